# A store of values by key, a few asked for often; its log is compacted now and
# then.
about='a key-value store, requests by Zipf'
needs='gcc:gcc'
made_of='programs/keyvalue.c programs/workload.h ../pagetrace/mark.h'
seed=15
case $size in
small) count=400 ;;
real) count=12000 ;;
full) count=500000 ;;
esac
make_input() { build keyvalue; }
run() { "$@" ./keyvalue $seed $count; }
