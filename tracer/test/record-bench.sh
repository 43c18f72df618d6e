#!/bin/sh
# What recording with Lackey costs: Lackey writing its text into cat, and
# selfpage record, in turn, on a small sort.  Limits: at most 1.30 times
# Lackey's time, at most 0.5 byte an event.  Arguments: [rounds] [lines].
selfpage=${SELFPAGE:-./selfpage}
rounds=${1:-3}
lines=${2:-4000}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT INT TERM

command -v valgrind >/dev/null || {
	echo "skipped: no valgrind (Debian package valgrind)"
	exit 77
}
awk -v lines="$lines" 'BEGIN {
	srand(1)
	for (i = 0; i < lines; i++)
		printf "%d %d\n", rand() * 1e9, i
}' >"$dir/input"

# Seconds of the command.
seconds() {
	start=$(date +%s.%N)
	"$@" || exit 1
	end=$(date +%s.%N)
	echo "$start $end" | awk '{ printf "%.3f\n", $2 - $1 }'
}

lackey() {
	valgrind --tool=lackey --trace-mem=yes --log-fd=9 \
		sort -o /dev/null "$dir/input" 9>&1 >/dev/null |
		cat >/dev/null
}

record() {
	"$selfpage" record -q --engine lackey -o "$dir/sort.spt" -- \
		sort -o /dev/null "$dir/input"
}

round=0
while [ $round -lt "$rounds" ]; do
	control=$(seconds lackey) || exit 1
	ours=$(seconds record) || exit 1
	echo "round $round: lackey | cat $control s, record $ours s"
	echo "$control $ours" >>"$dir/times"
	round=$((round + 1))
done
awk '{ print $2 / $1 }' "$dir/times" | sort -n | awk '
	{ ratio[NR] = $1 }
	END {
		printf "record / lackey: median %.2f, from %.2f to %.2f", \
			ratio[int((NR + 1) / 2)], ratio[1], ratio[NR]
		print " (limit 1.30)"
		exit ratio[int((NR + 1) / 2)] > 1.30
	}'
slow=$?
"$selfpage" record --engine lackey -o "$dir/sort.spt" -- \
	sort -o /dev/null "$dir/input" 2>&1 | tee "$dir/summary"
awk '/ an event,/ {
	sub(/ an event,.*/, "")
	print "bytes an event: " $NF " (limit 0.50)"
	found = 1
	exit $NF > 0.5
}
END { if (!found) exit 1 }' "$dir/summary" && exit $slow
