#!/bin/sh
# Small traces whose counts were worked out by hand, from text to rows.
. "${srcdir:-.}/tests/common.sh"
data=$srcdir/replay/test/data
rows=0

# compare TRACE POLICY BIT FRAMES FAULTS WRITEBACKS
compare()
{
	[ -e "$1.spt" ] ||
		run 0 import --quiet --from pages "$data/$1.pages" -o "$1.spt"
	run 0 replay "$1.spt" --policy "$2" --bit-at-load "$3" \
		--frames "$4" --format csv --check
	got="$(column faults) $(column writebacks)"
	rows=$((rows + 1))
	[ "$got" = "$5 $6" ] ||
		failed "$1 $2 (bit at load $3) in $4 frames: faults and" \
			"write-backs $got, not $5 $6"
}

sed -e '/^#/d' -e '/^trace,/d' "$data/expected.csv" >expected
while IFS=, read -r trace policy bit frames faults writebacks; do
	compare "$trace" "$policy" "$bit" "$frames" "$faults" "$writebacks"
done <expected
echo "$rows rows compared, $failures differ"
[ "$rows" -ge 30 ] || failed "too few rows"
finish
