# A garbage collector that marks and sweeps, under a program that makes trees
# and drops them.
about='a mark-sweep collector, trees that live and die'
needs='gcc:gcc'
made_of='programs/collector.c programs/workload.h ../pagetrace/mark.h'
seed=11
case $size in
small) count=100 ;;
real) count=1200 ;;
full) count=100000 ;;
esac
make_input() { build collector; }
run() { "$@" ./collector $seed $count; }
