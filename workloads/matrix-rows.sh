# A matrix product as it is first written: each row of the result needs all of
# the second matrix, which is a loop larger than memory.
about='a matrix product, row by row'
needs='gcc:gcc'
made_of='programs/matrix.c programs/workload.h ../pagetrace/mark.h'
seed=12
case $size in
small) count=100 ;;
real) count=1024 ;;
full) count=20000 ;;
esac
make_input() { build matrix; }
run() { "$@" ./matrix $seed $count rows; }
