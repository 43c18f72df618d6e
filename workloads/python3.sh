# An interpreter that allocates: dictionaries of lists of strings, many
# small pieces that live and die, walked through pointers.
about='python3, dictionaries of lists of strings'
needs='python3:python3'
case $size in
small) count=100 ;;
real) count=400 ;;
full) count=10000 ;;
esac
make_input() { cp "$workloads/python3-index.py" index.py; }
run() { "$@" python3 -S index.py $count; }
