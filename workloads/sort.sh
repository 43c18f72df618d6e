# Sorting a text file, merge sort in memory: long sequential passes, then
# scattered reads of the lines by key.
about='sort, lines of 100 bytes'
needs='sort:coreutils'
seed=1
case $size in
small) count=1000 ;;
real) count=20000 ;;
full) count=1000000 ;;
esac
make_input() { generate lines --seed $seed --count $count >lines.txt; }
run() { "$@" sort --parallel=1 -o sorted.txt lines.txt; }
