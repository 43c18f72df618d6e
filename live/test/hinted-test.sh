#!/bin/sh
# Hints that tune found on one input bring live, on another, what replay
# foretold: sfifo-hints has as many hard faults as its replay, without hints
# and with them, and with them as many as replay says of lru-hints, which sees
# every reference; each within 5 %, and so is by how much they fall.
. "${srcdir:-.}/tests/common.sh"
workloads=$srcdir/workloads
paged=0x100000000000-0x300000000000

# in_run INPUT NAME COMMAND...: the program as COMMAND's, on INPUT.
in_run()
{
	input=$1
	name=$2
	shift 2
	"$workloads/run.sh" --size small --input "$input" "$name" "$@" \
		>out 2>err
}

# hard POLICY ROWS: hard faults in the first row of POLICY.
hard()
{
	awk -F, -v policy="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["policy"] == policy { print $at["hard_faults"]; exit }' "$2"
}

# close WHAT A B: A and B differ by at most 5 % of B.
close()
{
	awk -v a="$2" -v b="$3" 'BEGIN {
		exit !(b > 0 && (a - b)^2 <= (0.05 * b)^2) }' ||
		failed "$1: $2 live, and $3 foretold"
}

# recorded NAME: its hints, the trace of its paged memory on input B.
recorded()
{
	for input in A B; do
		in_run $input "$1" "$selfpage" record --quiet --kinds d \
			-o "$PWD/$1-$input.spt" -- ||
			skip "nothing can be recorded: $(tail -n 1 err)"
	done
	expect 0 '' "$selfpage" tune "$1-A.spt" --judge "$1-B.spt" \
		--frames 25%,50% -o "$1.hints"
	rm -f t.*spt
	in_run B "$1" "$selfpage" record --quiet --follow-exec \
		-o "$PWD/t.spt" -- "$selfpage" run --unpaged -- ||
		skip "nothing can be recorded: $(tail -n 1 err)"
	for trace in t.*spt; do
		"$selfpage" dump --regions "$trace" |
			grep -q 'map 0x200000000000 ' && break
	done
}

# foretold FRAMES ROWS HINTS...
foretold()
{
	frames=$1
	rows=$2
	shift 2
	"$selfpage" replay "$trace" --only $paged --frames "$frames" \
		--policy lru-hints,sfifo-hints --format csv "$@" \
		>"$rows" 2>err || failed "replay: $(cat err)"
}

# live FRAMES NAME ROWS HINTS...
live()
{
	frames=$1
	name=$2
	rows=$3
	shift 3
	in_run B "$name" "$selfpage" run --frames "$frames" \
		--policy sfifo-hints --format csv --rows "$PWD/$rows" "$@" -- ||
		skip "nothing can be run: $(tail -n 1 err)"
}

# compare NAME: in half of its pages, one of which userfaultfd keeps.
compare()
{
	recorded "$1"
	foretold 100% all
	pages=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { print $at["zero_faults"] }' all)
	hints="--hints $PWD/$1.hints"
	live $((pages / 2)) "$1" live
	cp out plain
	live $((pages / 2)) "$1" live-hints $hints
	cmp -s out plain || failed "$1: another output with hints"
	foretold $((pages / 2 - 1)) replay
	foretold $((pages / 2 - 1)) replay-hints $hints

	before=$(hard sfifo-hints live)
	after=$(hard sfifo-hints live-hints)
	said_before=$(hard sfifo-hints replay)
	said_after=$(hard sfifo-hints replay-hints)
	lru=$(hard lru-hints replay-hints)
	echo "$1, $((pages / 2)) frames: $before hard faults become $after," \
		"foretold $said_before and $said_after, with lru-hints $lru"
	close "$1, without hints" "$before" "$said_before"
	close "$1, with hints" "$after" "$said_after"
	close "$1, with hints, lru-hints" "$after" "$lru"
	close "$1, the fall" $((before - after)) $((said_before - said_after))
	[ "$after" -le $((before * 9 / 10)) ] ||
		failed "$1: hints bring little: $before become $after"
}

command -v gcc >/dev/null || skip 'no gcc'
compare matrix-rows
compare matrix-blocks
compare player
finish
