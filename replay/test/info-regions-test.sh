#!/bin/sh
# selfpage info --regions, --phases: their faults add up to the replays' of the
# same sizes, and they refuse sizes of which a reduced trace knows nothing.
. "${srcdir:-.}/tests/common.sh"

# add_up FILE: its faults by policy and size are the replays'.
add_up()
{
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{
		faults["lru," $at["frames"]] += $at["lru_faults"]
		faults["opt," $at["frames"]] += $at["opt_faults"]
	}
	END { for (key in faults) print key "," faults[key] }' "$1" |
		sort >sums
	cmp sums replays ||
		failed "$1: $(cat sums) is not $(cat replays)"
}

"$selfpage" generate -o t.spt --model mix --pages 300 --references 30k \
	2>/dev/null || failed generate
"$selfpage" info --regions --frames 50%,20 --format csv t.spt >regions ||
	failed info
run 0 replay t.spt --policy lru,opt --frames 20,50% --format csv
column policy frames faults | sort >replays
[ "$(wc -l <replays)" -eq 4 ] || failed "replays: $(cat replays)"
add_up regions

"$selfpage" info --regions --format csv t.spt | tail -n +2 >plain
grep -q '^t,300,30000,[0-9]*,.*,\[anon\]$' plain ||
	failed "without sizes: $(cat plain)"

# Phases: their faults are the replays' too, and their events are all.
"$selfpage" generate -o u.spt --model zipf --pages 300 --references 30k \
	2>/dev/null || failed generate
"$selfpage" info --phases --frames 50%,20 --format csv t.spt >phases ||
	failed info
add_up phases
"$selfpage" info --phases --format csv u.spt | tail -n +2 >plain
grep -q '^u,0,300,30000,[0-9]*,.*,start$' plain ||
	failed "one phase: $(cat plain)"
[ "$(wc -l <plain)" -eq 1 ] || failed "more than one phase: $(cat plain)"

"$selfpage" reduce -K 64 -o r.spt t.spt 2>/dev/null || failed reduce
run 1 info --frames 63 r.spt
has err 'r.spt: lru at 63 frames would not be exact'
run 0 info --frames 64 r.spt
run 1 info --regions none.spt
has err none.spt
run 2 info --frames 0 t.spt
"$selfpage" info --regions t.spt >/dev/full 2>err && failed '/dev/full'

finish
