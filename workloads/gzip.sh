# Compression: a stream read once, beside a window and hash chains that are
# used all the time.
about='gzip -6, running text'
needs='gzip:gzip'
seed=5
case $size in
small) count=5000 ;;
real) count=25000 ;;
full) count=1000000 ;;
esac
make_input() { generate words --seed $seed --count $count >words.txt; }
run() { "$@" gzip -6 -k -f -n words.txt; }
