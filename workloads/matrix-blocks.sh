# The same product in blocks that fit into a small memory.
about='a matrix product, in blocks'
needs='gcc:gcc'
made_of='programs/matrix.c programs/workload.h ../pagetrace/mark.h'
seed=12
case $size in
small) count=100 ;;
real) count=1024 ;;
full) count=20000 ;;
esac
make_input() { build matrix; }
run() { "$@" ./matrix $seed $count blocks; }
