#!/bin/sh
# selfpage curve --sample on reference traces, which are not part of selfpage:
# the exact curve lies within the bars at 95 % of the sizes.
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

# frames,faults,faults_error of the rows
columns()
{
	awk -F , '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["frames"] "," $at["faults"] "," \
			$at["faults_error"] }'
}

# compare TRACE FORMAT FILE SHARE: says how many sizes there are, and how many
# lie within the bar, with each of some seeds.
compare()
{
	"$selfpage" import --quiet --from "$2" "$data/$3" \
		-o "$folder/$1.spt" || exit 1
	"$selfpage" curve "$folder/$1.spt" --policy lru --format csv |
		columns >"$folder/exact" || exit 1
	for seed in 1 2 3 4 5 6; do
		"$selfpage" curve "$folder/$1.spt" --policy lru --format csv \
			--sample "$4" --seed $seed 2>"$folder/talk" |
			columns >"$folder/sample"
		grep -q "ESTIMATES.*seed $seed" "$folder/talk" || {
			cat "$folder/talk"
			exit 1
		}
		# an exact row holds up to the next one
		awk -F , -v what="$1 $4 seed $seed" '
			NR == FNR { at[NR] = $1; exact[NR] = $2; n = NR; next }
			{
				while (k < n && at[k + 1] <= $1)
					k++
				off = $2 - exact[k]
				off = off < 0 ? -off : off
				inside += off <= $3 + 0.5
				sizes++
			}
			END { print what, sizes, inside }' \
			"$folder/exact" "$folder/sample"
	done
	rm "$folder/$1.spt"
}

{
	compare multi1 lirs multi1.trace.gz 35% || exit 1
	compare sprite lirs sprite.trace.gz 15% || exit 1
	compare cloudPhysicsIO pages cloudPhysicsIO.txt.xz 10% || exit 1
	compare oltp arc OLTP.lis.zst 1% || exit 1
} >"$folder/tally" || { cat "$folder/tally"; exit 1; }
cat "$folder/tally"
# each seed of each trace counts the same
awk '{ share += $NF / $(NF - 1) }
	END {
		printf "%.3f of the sizes lie within the bars\n", share / NR
		exit NR != 24 || share / NR < 0.95
	}' "$folder/tally"
