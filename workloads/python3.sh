# An interpreter that allocates: dictionaries of lists of strings, many
# small pieces that live and die, walked through pointers.
about='python3, dictionaries of lists of strings'
needs='python3:python3'
made_of=python3-index.py
seed=4
case $size in
small) count=100 ;;
real) count=400 ;;
full) count=10000 ;;
esac
make_input()
{
	sed "s/^state = 4$/state = $seed/" "$workloads/python3-index.py" \
		>index.py
}
run() { "$@" python3 -S index.py $count; }
