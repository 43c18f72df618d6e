#!/bin/sh
# The whole street on real programs: record each, replay it under four
# policies at seven memory sizes, draw the figures, print the table.
#
#	SELFPAGE=./selfpage workloads/demo.sh [--size small|real] [NAME...]
#
# Everything goes to $SELFPAGE_RESULTS, or results/demo here.  Traces that
# are there already are kept; rows and figures are made again.
# $SELFPAGE_JOBS programs are recorded at a time (all cores, at most 4).
set -eu

policies=opt,lru,clock,fifo
shares=5%,10%,20%,30%,50%,70%,90%
default_names='cc1 python3 sqlite3 sort gzip awk' # the longest first

fail()
{
	echo "demo: $*" >&2
	exit 1
}

step() { printf '\n[%s] %s\n' "$1" "$2"; }

took() { printf '  %-9s %d s\n' "$1" $(($(date +%s) - $2)); }

replay()
{
	rows=$results/$1.csv
	log=$results/$1.log

	if ! "$SELFPAGE" replay "$results/traces/$1.spt" --policy $policies \
		--frames $shares --format csv >"$rows.part" 2>"$log"
	then
		cat "$log" >&2
		fail "the replay of $1 failed"
	fi
	mv "$rows.part" "$rows"
	rm -f "$log"
}

size=real
if [ "${1-}" = --size ]; then
	[ $# -ge 2 ] || fail '--size wants small or real'
	size=$2
	shift 2
fi
workloads=$(cd "$(dirname "$0")" && pwd)
SELFPAGE=${SELFPAGE-selfpage}
command -v "$SELFPAGE" >/dev/null ||
	fail "no command $SELFPAGE: build it (./bootstrap), or set SELFPAGE"
SELFPAGE=$(realpath -s "$(command -v "$SELFPAGE")")
export SELFPAGE
results=${SELFPAGE_RESULTS-results/demo}
mkdir -p "$results" || fail "cannot make $results"
results=$(cd "$results" && pwd)
jobs=${SELFPAGE_JOBS-$(getconf _NPROCESSORS_ONLN)}
[ "$jobs" -le 4 ] || jobs=4
[ $# -gt 0 ] || set -- $default_names
begun=$(date +%s)

echo "$# real programs, recorded, replayed and drawn"
echo "all of it goes to $results"

step 1/4 "record every load, store and instruction fetch, $jobs at a time"
printf '%s\n' "$@" | xargs -n 1 -P "$jobs" \
	"$workloads/record.sh" --size "$size" --traces "$results/traces" ||
	fail 'a recording failed'
took 'in all' "$begun"

step 2/4 "replay under $policies, with $shares of a program's pages"
for name; do
	started=$(date +%s)
	replay "$name"
	took "$name" "$started"
done

step 3/4 'draw'
started=$(date +%s)
rows=
for name; do
	rows="$rows $name.csv"
done
cd "$results"
# shellcheck disable=SC2086 # a list of plain names
"$SELFPAGE" plot $rows >plot.log || fail 'the figures failed'
echo "  $(wc -l <plot.log) pictures: NAME-faults, NAME-cycles, overview," \
	'policies-SHARE (.png and .svg)'
rm plot.log
took figures "$started"

step 4/4 'what it shows'
awk -f "$workloads/table.awk" $rows | tee table.txt
echo
echo "done in $(($(date +%s) - begun)) s; see $results"
