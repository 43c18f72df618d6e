#!/bin/sh
# Reference traces with fault counts that other programs found: every row for
# the policies below must be equal.  They are not part of selfpage, and
# lie beside its source tree or nowhere.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
data=${srcdir:-.}/../shared/data
if [ ! -e "$data/expected.csv" ]; then
	echo "skipped: there are no reference traces in $data"
	exit 77
fi
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT

# The rows of ours, as trace,references,policy,frames,faults.
sed -n -e 's/clock(bit at load 0)/clock/' \
	-e "s/lirs (the authors' own C)/lirs:authors/" \
	-e '/,lru,/p' -e '/,fifo,/p' -e '/,clock,/p' -e '/,opt,/p' \
	-e '/,arc,/p' -e '/,lirs:authors,/p' -e '/,sieve,/p' \
	"$data/expected.csv" | sort >"$folder/expected"

policies=lru,fifo,clock,opt,arc,lirs:authors,sieve

# replay TRACE FORMAT FILE: appends rows like those to $folder/got.
replay()
{
	sizes=$(awk -F , -v trace="$1" '$1 == trace { print $4 }' \
		"$folder/expected" | sort -nu | paste -sd , -)
	[ -n "$sizes" ] || return
	[ -e "$data/$3" ] || { echo "there is no $data/$3"; exit 1; }
	"$selfpage" import --quiet --from "$2" "$data/$3" \
		-o "$folder/$1.spt" || exit 1
	"$selfpage" replay "$folder/$1.spt" --policy "$policies" \
		--frames "$sizes" --bit-at-load 0 --check --format csv \
		>"$folder/rows.csv" || exit 1
	awk -F , '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{
			print $at["trace"] "," $at["references"] "," \
				$at["policy"] "," $at["frames"] "," \
				$at["faults"]
		}' "$folder/rows.csv" >>"$folder/got"
	rm "$folder/$1.spt"
}

for trace in cpp gli loop multi1 ps sprite; do
	replay $trace lirs $trace.trace.gz
done
replay oltp arc OLTP.lis.zst
replay cloudPhysicsIO pages cloudPhysicsIO.txt.xz

# Not every policy is expected at every size.
awk -F , '
	{ row = $1 "," $3 "," $4 }
	NR == FNR { expected[row]; next }
	row in expected' "$folder/expected" "$folder/got" |
	sort >"$folder/sorted"
rows=$(wc -l <"$folder/expected")
if ! diff "$folder/expected" "$folder/sorted" >"$folder/diff"; then
	echo "< expected, > found; trace,references,policy,frames,faults:"
	cat "$folder/diff"
	exit 1
fi
echo "$rows rows compared, all are equal"
[ "$rows" -gt 640 ] || { echo "too few rows"; exit 1; }
