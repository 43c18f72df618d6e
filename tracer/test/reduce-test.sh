#!/bin/sh
# selfpage reduce: the rows of recorded programs before and after, what replay
# refuses of a reduced trace, and how reduce fails.
. "${srcdir:-.}/tests/common.sh"

# counts TRACE FRAMES: what must not change, of lru and opt
counts()
{
	run 0 replay --format csv --policy lru,opt --frames "$2" "$1"
	[ -s err ] && failed "replay said something"
	column policy frames references faults hard_faults zero_faults \
		writebacks fault_rate exact
}

# same WHOLE REDUCED K
same()
{
	frames=$3,$(($3 + 1)),$((2 * $3)),$((4 * $3)),$((16 * $3))
	counts "$1" "$frames" >whole
	counts "$2" "$frames" >reduced
	[ "$(wc -l <whole)" -eq 10 ] || failed "no ten rows of $1"
	cmp whole reduced || failed "$2 differs from $1"
}

# Invented references, then recorded programs: a shell, an interpreter.
trace=t.spt
run 0 generate -o "$trace" --model mix --pages 2000 --references 300k
run 0 reduce "$trace" -o t-16.spt -K 16
has err "events of"
has err "exact at 16 frames and more"
same "$trace" t-16.spt 16

cp "$trace" program-1.spt
if command -v valgrind >/dev/null; then
	run 0 record -q -o program-2.spt -- sh -c 'echo $((6 * 7))'
	run 0 record -q -o program-3.spt -- \
		awk 'BEGIN { for (i = 0; i < 999; i++) a[i] = i }'
else
	echo "no valgrind: nothing is recorded"
fi
for program in program-?.spt; do
	for K in 8 64; do
		run 0 reduce -q "$program" -o r.spt --frames "$K"
		[ -s err ] && failed "-q is not quiet"
		same "$program" r.spt "$K"
		run 0 info --check --format csv r.spt
		run 0 dump --regions "$program"
		cut -d ' ' -f 3- out >whole
		run 0 dump --regions r.spt
		cut -d ' ' -f 3- out >reduced
		cmp whole reduced || failed "other regions"
	done
done

# Reduced again, for more frames and not for fewer.
run 0 reduce t-16.spt -o t-40.spt -K 40
same "$trace" t-40.spt 40
run 0 reduce t-40.spt -o again.spt -K 40
run 1 reduce t-40.spt -o fewer.spt -K 39
has err "t-40.spt: is reduced for 40 frames and more already"
[ -e fewer.spt ] && failed "fewer frames, all the same"

# What replay makes of it.
run 0 info --format table t-40.spt
has out "reduction      for 40 frames and more"
run 0 info --format csv t-40.spt
has out ",reduction,"
run 1 replay --format csv -p lru,opt,fifo -f 39,40,160,100% t-40.spt
has err "t-40: lru at 39 frames would not be exact: the trace was reduced"
has err "t-40: opt at 39 frames would not be exact"
has err "t-40: fifo at 40 frames would not be exact"
has err "4 rows were refused"

# rows VALUE: how many rows of out have it in the column exact
rows()
{
	column exact | grep -cxF "$1"
}
[ "$(rows yes)" -eq 7 ] || failed "not 7 exact rows"
[ "$(rows close)" -eq 1 ] || failed "not one close row"
run 0 replay --format csv --inexact -p lru -f 39,40 t-40.spt
[ "$(rows no)" -eq 1 ] || failed "not one inexact row"

# Wrong calls, and a trace without its end.
run 2 reduce "$trace"
has err "where to?"
run 2 reduce -o x.spt
has err "which trace?"
run 2 reduce -o x.spt "$trace" "$trace"
has err "one trace at a time"
run 2 reduce -o x.spt -K 0 "$trace"
has err "--frames: '0' is not 1 to"
run 1 reduce -o x.spt none.spt
has err "none.spt: No such file"
run 1 reduce -o none/x.spt "$trace"
has err "none/x.spt"
head -c 30000 "$trace" >cut.spt
run 0 reduce -o x.spt cut.spt
has err "has no end"

finish
