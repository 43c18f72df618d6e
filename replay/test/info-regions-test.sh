#!/bin/sh
# selfpage info --regions, --phases: their faults add up to the replays' of the same sizes,
# and they refuse sizes of which a reduced trace knows nothing.  The command is
# $SELFPAGE, else ./selfpage.
set -u
selfpage=${SELFPAGE-$PWD/selfpage}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failures=0

failed()
{
	echo "FAILED: $*" >&2
	failures=$((failures + 1))
}

"$selfpage" generate -o t.spt --model mix --pages 300 --references 30k \
	2>/dev/null || failed generate
"$selfpage" info --regions --frames 50%,20 --format csv t.spt >regions ||
	failed info
"$selfpage" replay t.spt --policy lru,opt --frames 20,50% --format csv |
	cut -d , -f 2,4,8 >replays
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
	faults["lru," $at["frames"]] += $at["lru_faults"]
	faults["opt," $at["frames"]] += $at["opt_faults"]
}
END { for (key in faults) print key "," faults[key] }' regions |
	sort >sums
tail -n +2 replays | sort | cmp - sums ||
	failed "$(cat sums) is not $(cat replays)"
[ "$(wc -l <sums)" -eq 4 ] || failed "sums: $(cat sums)"

"$selfpage" info --regions --format csv t.spt | tail -n +2 >plain
grep -q '^t,300,30000,[0-9]*,.*,\[anon\]$' plain ||
	failed "without sizes: $(cat plain)"

# Phases: their faults are the replays' too, and their events are all.
"$selfpage" generate -o u.spt --model zipf --pages 300 --references 30k \
	2>/dev/null || failed generate
"$selfpage" info --phases --frames 50%,20 --format csv t.spt >phases ||
	failed info
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
	faults["lru," $at["frames"]] += $at["lru_faults"]
	faults["opt," $at["frames"]] += $at["opt_faults"]
}
END { for (key in faults) print key "," faults[key] }' phases |
	sort >sums
tail -n +2 replays | sort | cmp - sums ||
	failed "phases: $(cat sums) is not $(cat replays)"
"$selfpage" info --phases --format csv u.spt | tail -n +2 >plain
grep -q '^u,0,300,30000,[0-9]*,.*,start$' plain ||
	failed "one phase: $(cat plain)"
[ "$(wc -l <plain)" -eq 1 ] || failed "more than one phase: $(cat plain)"

"$selfpage" reduce -K 64 -o r.spt t.spt 2>/dev/null || failed reduce
"$selfpage" info --frames 63 r.spt >out 2>err && failed 'below K: no error'
grep -q 'r.spt: lru at 63 frames would not be exact' err ||
	failed "below K: $(cat err)"
"$selfpage" info --frames 64 r.spt >out 2>err || failed "at K: $(cat err)"
"$selfpage" info --regions none.spt 2>err && failed 'no file: no error'
grep -q none.spt err || failed "no file: $(cat err)"
"$selfpage" info --frames 0 t.spt 2>err && failed 'no frames: no error'
"$selfpage" info --regions t.spt >/dev/full 2>err && failed '/dev/full'

[ $failures -eq 0 ] || exit 1
