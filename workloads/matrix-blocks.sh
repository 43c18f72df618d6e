# The same product as that of matrix-rows, in blocks that fit into a small
# memory.
. "$workloads/matrix-rows.sh"
about='a matrix product, in blocks'
made_of="$made_of matrix-rows.sh"
run() { "$@" ./matrix $seed $count blocks; }
