#!/bin/sh
# selfpage curve --sample on reference traces, which are not part of selfpage:
# the exact curve lies within the bars at 95 % of the sizes.
. "${srcdir:-.}/tests/common.sh"
data=$srcdir/../shared/data
[ -e "$data/expected.csv" ] || skip "there are no reference traces in $data"

# compare TRACE FORMAT FILE SHARE: says how many sizes there are, and how many
# lie within the bar, with each of some seeds.
compare()
{
	run 0 import --quiet --from "$2" "$data/$3" -o "$1.spt"
	run 0 curve "$1.spt" --policy lru --format csv
	column frames faults faults_error >exact
	for seed in 1 2 3 4 5 6; do
		run 0 curve "$1.spt" --policy lru --format csv \
			--sample "$4" --seed $seed
		check "seed $seed is told" grep -q "ESTIMATES.*seed $seed" err
		column frames faults faults_error >sample
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
			END { print what, sizes, inside }' exact sample
	done
	rm "$1.spt"
}

{
	compare multi1 lirs multi1.trace.gz 35%
	compare sprite lirs sprite.trace.gz 15%
	compare cloudPhysicsIO pages cloudPhysicsIO.txt.xz 10%
	compare oltp arc OLTP.lis.zst 1%
} >tally
cat tally
# each seed of each trace counts the same
awk '{ share += $NF / $(NF - 1) }
	END {
		printf "%.3f of the sizes lie within the bars\n", share / NR
		exit NR != 24 || share / NR < 0.95
	}' tally || failed 'too few of them'
finish
