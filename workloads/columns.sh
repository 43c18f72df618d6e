# Columns scanned from end to end, again and again, beside a hash table of
# groups.
about='a column store, sums by group'
needs='gcc:gcc'
made_of='programs/columns.c programs/workload.h ../pagetrace/mark.h'
seed=16
case $size in
small) count=20000 ;;
real) count=360000 ;;
full) count=20000000 ;;
esac
make_input() { build columns; }
run() { "$@" ./columns $seed $count; }
