#!/bin/sh
# Policies of variable space through the commands: the rows of replay and
# curve are the same, windows meet the residency asked, what is refused.
. "${srcdir:-.}/tests/common.sh"

# The drawing of variable-ws.c, with writes, worked out by hand.  In memory
# after each reference, with tau 3, * where it is a fault:
#	reference	a*   b*   c*   a    a    a    b*
#	ws		a    ab   abc  abc  ac   a    ab	14
#	vmin		a    ab   ac   a    a    a    b		9
# a's next uses are 3, 1 and 1 away, so vmin keeps it to its last one; b's is 5
# away and c has none.
# The write to b makes a write-back when b leaves.
printf '%s\n' 0 '1 w' 2 0 0 0 1 >drawing.pages
run 0 import --quiet --from pages drawing.pages -o drawing.spt
run 0 replay drawing.spt --policy ws:tau=3,vmin:tau=3 --check \
	--format csv --fault-cost 10
column policy faults writebacks tau mean_frames peak_frames space_time \
	frames_off >got
cat >want <<'END'
ws:tau=3,4,1,3,2.000,3,54,
vmin:tau=3,4,1,3,1.286,2,49,
END
diff want got || failed "the drawing"

trace=walk.spt
awk 'BEGIN {
	srand(3)
	for (i = 0; i < 30000; i++) {
		dice = rand()
		if (dice < .3)
			page = int(rand() * rand() * 400)
		else if (dice < .6)
			page = int(i / 6000) * 60 + int(rand() * 60)
		print page, rand() < .2 ? "w" : "r"
	}
}' >walk.pages
run 0 import --quiet --from pages walk.pages -o "$trace"

# The curve at a window is a replay with it.
list=
for tau in 1 2 17 300 2500 29999 30000 900000; do
	list=${list:+$list,}ws:tau=$tau,vmin:tau=$tau
done
columns="policy frames faults writebacks tau mean_frames space_time"
run 0 curve "$trace" --policy "$list" --format csv
# shellcheck disable=SC2086
column $columns | sort >curve
run 0 replay "$trace" --policy "$list" --check --jobs 2 --format csv
# shellcheck disable=SC2086
column $columns | sort >replay
diff curve replay || failed "curve and replay differ"
[ "$(wc -l <curve)" -eq 16 ] || failed "not 16 rows"

# By itself it has 64 windows at most, each once, from 1 to all references,
# with fewer faults and more frames each time.
run 0 curve "$trace" --policy ws,vmin --format csv
column policy tau faults mean_frames | awk -F, '
	$1 != policy { policy = $1; tau = 0; faults = 1e9; mean = 0 }
	$2 <= tau || $3 > faults || $4 < mean { bad = 1 }
	{ tau = $2; faults = $3; mean = $4; rows++ }
	END { exit bad || rows < 100 || rows > 128 || tau != 30000 }' ||
	failed "the default windows"

# Windows by residency: frames are those asked, as nearly as frames_off says;
# and at the same residency vmin has no more faults than the others.
run 0 replay "$trace" --policy lru,opt,ws,vmin,pff,wsclock --frames 20,60,90 \
	--format csv
column policy frames tau mean_frames frames_off faults | awk -F, '
	BEGIN { split("20 60 90", asked, " ") }
	$1 == "lru" || $1 == "opt" || $1 == "wsclock" {
		bad = bad || $3 != "" || $4 != "" || $5 != ""
		next
	}
	{
		want = asked[++seen[$1]]
		off = $4 - want - $5
		bad = bad || off * off > 1e-6 ||
			$5 * $5 > ($1 == "pff" ? 9 : .1)
		faults[$1, want] = $6
	}
	END {
		for (i = 1; i <= 3; i++)
			if (faults["vmin", asked[i]] >= faults["ws", asked[i]])
				bad = 1
		exit bad || seen["pff"] != 3
	}' || failed "windows by residency"
run 0 curve "$trace" --policy ws --frames 20,60 --format csv
[ "$(column frames)" = "20
60" ] || failed "curve --frames"

# Nothing of this where it is not asked.
run 0 replay "$trace" --policy lru --frames 20 --format csv
[ "$(column tau mean_frames peak_frames space_time frames_off)" = ",,,," ] ||
	failed "columns of lru alone"

# A trace that does not tell the time is refused.
run 0 reduce "$trace" --quiet --frames 16 -o reduced.spt
run 1 replay reduced.spt --policy ws:tau=50 --frames 200
has err "ws:tau=50 would not be exact: ws looks at when pages were used last"
run 1 replay reduced.spt --policy wsclock --frames 200
has err "wsclock at 200 frames would not be exact"
run 1 curve reduced.spt --policy vmin
has err "vmin would not be exact"

run 2 curve "$trace" --policy pff
has err "pff has no curve"
run 2 curve "$trace" --policy ws --windows 3
has err "ws has neither parts nor --windows"
run 2 replay "$trace" --policy ws:tau=-1
has err "ws: tau=-1 is not a whole number"
run 2 replay "$trace" --fault-cost much
has err "--fault-cost: 'much' is no number"
run 0 policies ws vmin pff --format csv
has out "ws,sees-every-reference,yes,"
has out "vmin,oracle,yes,"
has out "pff,realisable,no,"
[ "$(grep -c ',variable$' out)" -eq 3 ] || failed "policies"

finish
