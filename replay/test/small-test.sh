#!/bin/sh
# Small traces whose counts were worked out by hand, from text to rows.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
data=${srcdir:-.}/replay/test/data
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
rows=0 failures=0

# column NAME: of the one row in $folder/row.csv
column()
{
	awk -F , -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		NR == 2 { print $at }' "$folder/row.csv"
}

# compare TRACE POLICY BIT FRAMES FAULTS WRITEBACKS
compare()
{
	[ -e "$folder/$1.spt" ] || "$selfpage" import --quiet --from pages \
		"$data/$1.pages" -o "$folder/$1.spt" || exit 1
	"$selfpage" replay "$folder/$1.spt" --policy "$2" --bit-at-load "$3" \
		--frames "$4" --format csv --check >"$folder/row.csv" || exit 1
	got="$(column faults) $(column writebacks)"
	rows=$((rows + 1))
	[ "$got" = "$5 $6" ] && return
	echo "$1 $2 (bit at load $3) in $4 frames: faults and write-backs" \
		"$got, not $5 $6"
	failures=$((failures + 1))
}

sed -e '/^#/d' -e '/^trace,/d' "$data/expected.csv" >"$folder/expected"
while IFS=, read -r trace policy bit frames faults writebacks; do
	compare "$trace" "$policy" "$bit" "$frames" "$faults" "$writebacks"
done <"$folder/expected"
echo "$rows rows compared, $failures differ"
[ "$rows" -ge 30 ] || { echo "too few rows"; exit 1; }
exit $((failures > 0))
