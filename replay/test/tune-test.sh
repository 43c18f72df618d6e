#!/bin/sh
# selfpage tune: finds what is known to be best of made traces, never proposes
# what is worse than LRU where it is judged, and its file gives what it told.
. "${srcdir:-.}/tests/common.sh"
make_trace=${TUNE_TRACE-$OLDPWD/replay/test/tune-trace}

# field ROW COLUMN: of the rows in the file rows
field()
{
	awk -F, -v row="$1" -v name="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		NR == row + 1 { print $at }' rows
}

# tune ARGUMENT...: its rows in the file rows, what it says in the file said
tune()
{
	"$selfpage" tune "$@" --format csv >rows 2>said ||
		failed "tune $*: $(cat said)"
}

# closes ROW LEAST: the gap that is closed
closes()
{
	awk -v got="$(field "$1" gap_closed)" -v least="$2" \
		'BEGIN { exit !(got != "" && got + 0 >= least) }' ||
		failed "$(field "$1" trace): closed $(field "$1" gap_closed)," \
			"not $2 of the gap: $(cat said)"
}

# replays ROW HINTS: replay has the counts of the row
replays()
{
	trace=$(field "$1" trace)
	told="$(field "$1" lru_faults) $(field "$1" hint_faults)
$(field "$1" opt_faults) $(field "$1" lru_writebacks)
$(field "$1" hint_writebacks)"
	"$selfpage" replay "$trace.spt" --hints "$2" --policy lru,opt \
		--frames "$(field "$1" frames)" --format csv >replayed ||
		failed "replay --hints $2: status $?"
	got=$(awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ faults[$2] = $at["faults"]; back[$2] = $at["writebacks"] }
		END { print faults["lru"], faults["lru-hints"]
		      print faults["opt"], back["lru"]
		      print back["lru-hints"] }' replayed)
	[ "$got" = "$told" ] ||
		failed "$trace: tune told" $told "and replay finds" $got
}

for kind in loop scan phases contrary given fetched; do
	"$make_trace" $kind 1 400 $kind-A.spt &&
		"$make_trace" $kind 2 440 $kind-B.spt || exit 99
done

# ---- what is best is found ----
for kind in loop scan phases; do
	tune $kind-A.spt --judge $kind-B.spt --frames 200 --budget 250 \
		-o $kind.hints
	[ "$(wc -l <rows)" -eq 3 ] || failed "$kind: rows: $(cat rows)"
	[ "$(field 1 role)$(field 2 role)" = learnjudge ] ||
		failed "$kind: roles: $(cat rows)"
	closes 1 0.8
	closes 2 0.7
	replays 1 $kind.hints
	replays 2 $kind.hints
done
# a part of the loop is held, whatever the grades
grep -q '^rows+[0-9.]*%-100% ' loop.hints || failed "loop: $(cat loop.hints)"
grep -qE '^stream (read-once|priority [0-3])$' scan.hints ||
	failed "scan: $(cat scan.hints)"
grep -qx 'stream sequential' scan.hints ||
	failed "scan is not fetched ahead: $(cat scan.hints)"
what='\([0-9]*\) faults at 200 .* scan-B, and \(.*\) pages'
said=$(sed -n "s/.*--read-ahead 16 $what.*/\1 \2/p" scan.hints)
"$selfpage" replay scan-B.spt --hints scan.hints --policy lru-hints \
	--frames 200 --read-ahead 16 --format csv >replayed
got=$(awk -F, '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	NR == 2 { print $at["faults"], $at["prefetches"] }' replayed)
[ "$got" = "$said" ] ||
	failed "reading ahead: told '$said', and replay finds '$got'"
# the phase matters: what is said from look on is another thing
grep -q '^@look ' phases.hints || failed "phases: $(cat phases.hints)"

# ---- what is no hint is told, and what it saves is what replay finds ----
# found REGION: its lines in the table, without the region's figures
found()
{
	awk -v region="$1" '
		/^all hints:/ { exit }
		$1 ~ /^\[?[a-z]/ && $4 == "%" { now = $1; sub(/^[^%]*%/, "") }
		now == region' said
}

# saves REGION WHAT: what it saves on A and on B, at the one size asked
saves()
{
	found "$1" | grep -F "$2" | sed "s/.*$2//" | awk '{ print $1, $2 }'
}

# finds COLUMN TRACE: how many less there are in its replay with the file tried
finds()
{
	"$selfpage" replay "$2.spt" --hints tried --policy lru,lru-hints \
		--frames 200 --format csv | awk -F, -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		NR > 1 { count[$2] = $at }
		END { print count["lru"] - count["lru-hints"] }'
}

tune scan-A.spt --judge scan-B.spt --frames 200 --budget 250
echo 'hot+0%-75% pin' >tried
got="$(finds faults scan-A) $(finds faults scan-B)"
[ "$(saves hot 'worth pinning 0 to 75 % of it')" = "$got" ] ||
	failed "pinning hot saves $got: $(cat said)"
! found stream | grep -q pinning || failed "the stream: $(cat said)"
found stream | grep -q '^ *\* not worth\|^ *\* read once' ||
	failed "no star: $(cat said)"

tune fetched-A.spt --judge fetched-B.spt --frames 200 --budget 100 -o none.hints
echo '@search index will-need' >tried
got="$(finds faults fetched-A) $(finds faults fetched-B)"
[ "$(saves index 'search: worth fetching ahead (will-need)')" = "$got" ] ||
	failed "fetching index saves $got: $(cat said)"
! found data | grep -q will-need || failed "data: $(cat said)"

# each of scratch's and log's dirty pages is written once, and kept is read
tune given-A.spt --judge given-B.spt --frames 200 --budget 100 -o given.hints
[ "$(saves scratch 'use: to be given back')" = '50w 55w' ] ||
	failed "scratch: $(cat said)"
[ "$(saves log 'use: to be given back, is written anew')" = '50w 55w' ] ||
	failed "log: $(cat said)"
[ "$(found kept)" = '    leave it' ] || failed "kept: $(cat said)"
[ "$(found table | grep -c 'given back')" -eq 0 ] ||
	failed "table: $(cat said)"
# nothing that is told apart gets into a file, least of all what loses data
! grep -v '^#' none.hints given.hints | grep -qE 'pin|will-need|dont-need' ||
	failed "in a file: $(grep -v '^#' none.hints given.hints)"

# ---- a part of the regions alone, by their names ----
tune scan-A.spt --judge scan-B.spt --frames 50% --budget 50 --only hot
[ "$(field 1 pages) $(field 2 pages)" = '200 220' ] ||
	failed "--only hot: $(cat rows)"
! grep -q stream said || failed "--only hot: $(cat said)"
tune scan-A.spt --frames 100 --budget 5 --only 'str*,nothing'
[ "$(field 1 pages)" -eq 12000 ] || failed "a pattern: $(cat rows)"
expect 1 'none of its regions' "$selfpage" tune scan-A.spt --only nothing

# ---- several sizes, bytes and shares, on the trace itself ----
tune loop-A.spt --frames 25%,800KiB -o loop.hints
[ "$(field 1 frames) $(field 2 frames)" = "102 200" ] ||
	failed "sizes: $(cat rows)"
closes 1 0.5
closes 2 0.5
replays 1 loop.hints
replays 2 loop.hints
grep -q 'judged on the trace it was learnt on' said ||
	failed "it is not said what it was judged on: $(cat said)"

# ---- never worse ----
# What is right for scan is wrong where it is the other way round.
tune scan-A.spt --judge contrary-B.spt --frames 200 --budget 250 \
	-o contrary.hints
[ "$(field 2 hint_faults)" -le $(($(field 2 lru_faults) * 101 / 100)) ] ||
	failed "worse than LRU: $(cat rows)"
grep -q 'left out again' said || failed "no reason: $(cat said)"
replays 2 contrary.hints

# ---- the same with any number of threads, and within the budget ----
tune phases-A.spt --frames 200 -j 1 -o one.hints
tune phases-A.spt --frames 200 -j 3 -o three.hints
cmp -s one.hints three.hints || failed "threads change what is found"
tune loop-A.spt --frames 200 --budget 3
grep -q '; 3 plans tried' said || failed "the budget: $(cat said)"

# ---- what is wrong is told ----
expect 2 'which trace' "$selfpage" tune
expect 2 'is a second' "$selfpage" tune loop-A.spt loop-B.spt
expect 2 'frames' "$selfpage" tune loop-A.spt --frames nothing
expect 2 'budget' "$selfpage" tune loop-A.spt --budget 0
expect 1 'nowhere.spt' "$selfpage" tune nowhere.spt
expect 1 'nowhere.spt' "$selfpage" tune loop-A.spt --judge nowhere.spt
expect 1 'nowhere/hints' "$selfpage" tune loop-A.spt --frames 200 \
	--budget 1 -o nowhere/hints
echo 'c_hard many' >costs
expect 1 'costs:1' "$selfpage" tune loop-A.spt --costs costs
"$selfpage" reduce --quiet loop-A.spt -K 100 -o short.spt || exit 99
expect 1 'reduced' "$selfpage" tune short.spt --frames 200
finish
