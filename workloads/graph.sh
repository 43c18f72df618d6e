# A graph in two arrays: built, searched by breadth, ranked.  Vertices are
# visited in no order.
about='a graph, breadth-first search and PageRank'
needs='gcc:gcc'
made_of='programs/graph.c programs/workload.h ../pagetrace/mark.h'
seed=14
case $size in
small) count=6000 ;;
real) count=75000 ;;
full) count=5000000 ;;
esac
make_input() { build graph; }
run() { "$@" ./graph $seed $count; }
