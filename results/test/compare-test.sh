#!/bin/sh
# selfpage compare: finds a planted change of one fault and a planted
# slow-down of 10 %, does not cry wolf, and says what is wrong with its input.
# Times are made up, so that nothing hangs on how busy the machine is.  The
# command is $SELFPAGE, else ./selfpage.
. "${srcdir:-.}/tests/common.sh"

# rows SEED REPETITIONS FACTOR: 12 rows, whose times vary by a tenth with a
# long tail, FACTOR times as long.
rows()
{
	awk -v seed="$1" -v repetitions="$2" -v factor="$3" 'BEGIN {
		srand(seed)
		print "trace,policy,frames,faults,writebacks," \
			"cycles_per_fault_mean,counter_source,refs_per_second"
		for (r = 0; r < repetitions; r++)
			for (row = 0; row < 12; row++) {
				noise = 1 + 0.1 * rand() + 0.02 / (rand() + 0.1)
				printf "t%d,lru,%d,%d,%d,%.1f,tsc,%.0f\n",
					row % 3, 64 * (1 + row), 5000 - row,
					700 - row,
					200 * factor * noise * (1 + row / 5),
					1e7 / factor / noise
			}
	}'
}

# ---- real rows have only columns that are known ----
"$selfpage" generate -o t.spt --model zipf --pages 50 --references 2000 \
	>/dev/null 2>&1 || failed "generate: $?"
"$selfpage" replay t.spt --policy lru,opt --frames 10,20 --format csv \
	--distribution d.csv >r.csv 2>/dev/null || failed "replay"
"$selfpage" compare --columns --format csv | cut -d , -f 1 >columns
"$selfpage" curve t.spt >curve.csv 2>/dev/null || failed curve
"$selfpage" tune t.spt --budget 1 --format csv >tune.csv 2>/dev/null ||
	failed tune
if "$selfpage" run --frames 1000 --rows run.csv true 2>/dev/null; then
	[ -s run.csv ] || failed 'run: no rows'
else
	echo 'nothing runs live here: its columns were not looked at'
fi
head -q -n 1 r.csv d.csv curve.csv tune.csv run.csv 2>/dev/null | tr , '\n' |
	while read -r column; do
	grep -qx "$column" columns || echo "$column"
done >unknown
[ ! -s unknown ] || failed "compare does not know: $(cat unknown)"
expect 0 'counts: .* 0 worse' "$selfpage" compare r.csv r.csv

# ---- one fault more, one fault less, one row less ----
rows 1 1 1 >a.csv
sed '5s/,4997,/,4998,/' a.csv >more.csv
sed '5s/,4997,/,4996,/' a.csv >less.csv
sed '5d' a.csv >fewer.csv
cmp -s a.csv more.csv && failed 'nothing was planted'
expect 1 '^t0,lru,256,faults,4997,4998,1.0002,,,1,1,worse' \
	"$selfpage" compare a.csv more.csv
expect 0 '^t0,lru,256,faults,4997,4996,.*,better' \
	"$selfpage" compare a.csv less.csv
expect 0 ',different' "$selfpage" compare --counts-threshold 1% a.csv more.csv
expect 1 'only in A' "$selfpage" compare a.csv fewer.csv
expect 0 'only in B' "$selfpage" compare fewer.csv a.csv
cat a.csv more.csv >unsteady.csv
expect 1 'unsteady' "$selfpage" compare a.csv unsteady.csv

# ---- a slow-down of 10 % in 20 repetitions; and back ----
rows 2 20 1 >a.csv
rows 3 20 1.1 >b.csv
expect 1 '^,,,cycles_per_fault_mean,.*,worse' "$selfpage" compare a.csv b.csv
expect 1 '^,,,refs_per_second,.*,worse' "$selfpage" compare a.csv b.csv
expect 0 '^,,,cycles_per_fault_mean,.*,better' "$selfpage" compare b.csv a.csv
expect 0 '^,,,cycles_per_fault_mean,.*,same' \
	"$selfpage" compare -t 20% a.csv b.csv

# ---- the same against the same, 20 times ----
seed=10
while [ $seed -lt 50 ]; do
	rows $seed 10 1 >a.csv
	rows $((seed + 1)) 10 1 >b.csv
	expect 0 'times: [0-9]* the same, 0 worse, 0 better' \
		"$selfpage" compare a.csv b.csv
	seed=$((seed + 2))
done

# ---- other counters, folders, bad input ----
sed s/,tsc,/,clock,/ b.csv >clock.csv
expect 0 'times: 0 the same' "$selfpage" compare a.csv clock.csv
mkdir set && cp a.csv set/rows.csv
expect 0 '' "$selfpage" compare set a.csv
expect 1 'none.csv: cannot open' "$selfpage" compare none.csv a.csv
mkdir empty
expect 1 'empty: no rows' "$selfpage" compare a.csv empty
sed '2s/,5000,/,many,/' a.csv >text.csv
expect 1 "column faults: found 'many', expected a number" \
	"$selfpage" compare a.csv text.csv
printf 'trace,colour\nt,red\n' >colour.csv
expect 1 "found a column 'colour'" "$selfpage" compare a.csv colour.csv
expect 2 'expected two results' "$selfpage" compare a.csv
expect 2 "'-1' is not a share" "$selfpage" compare -t -1 a.csv b.csv
"$selfpage" compare --all a.csv b.csv >/dev/full 2>err
[ $? -eq 1 ] || failed 'a full disk: no error'
expect 0 '"verdict"' "$selfpage" compare --format json a.csv b.csv

finish
