# Moving pictures: a stream read once, beside the last pictures and the
# screen, which are used all the time.
about='a player of moving pictures, from a stream'
needs='gcc:gcc'
made_of='programs/player.c programs/workload.h ../pagetrace/mark.h'
seed=13
case $size in
small) count=3 ;;
real) count=60 ;;
full) count=2000 ;;
esac
make_input()
{
	build player
	./player make $seed $count >stream
}
run() { "$@" ./player play stream; }
