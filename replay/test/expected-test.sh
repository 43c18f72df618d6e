#!/bin/sh
# Reference traces with fault counts that other programs found: every row for
# the policies below must be equal.  They are not part of selfpage, and
# lie beside its source tree or nowhere.
. "${srcdir:-.}/tests/common.sh"
data=$srcdir/../shared/data
[ -e "$data/expected.csv" ] || skip "there are no reference traces in $data"

# The rows of ours, as trace,references,policy,frames,faults.
sed -n -e 's/clock(bit at load 0)/clock/' \
	-e "s/lirs (the authors' own C)/lirs:authors/" \
	-e '/,lru,/p' -e '/,fifo,/p' -e '/,clock,/p' -e '/,opt,/p' \
	-e '/,arc,/p' -e '/,lirs:authors,/p' -e '/,sieve,/p' \
	"$data/expected.csv" | sort >expected

policies=lru,fifo,clock,opt,arc,lirs:authors,sieve

# replay TRACE FORMAT FILE: appends rows like those to got.
replay()
{
	sizes=$(awk -F , -v trace="$1" '$1 == trace { print $4 }' expected |
		sort -nu | paste -sd , -)
	[ -n "$sizes" ] || return
	run 0 import --quiet --from "$2" "$data/$3" -o "$1.spt"
	run 0 replay "$1.spt" --policy "$policies" --frames "$sizes" \
		--bit-at-load 0 --check --format csv
	column trace references policy frames faults >>got
	rm "$1.spt"
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
	row in expected' expected got | sort >sorted
rows=$(wc -l <expected)
diff expected sorted || failed "< expected, > found; each is" \
	"trace,references,policy,frames,faults"
echo "$rows rows compared"
[ "$rows" -gt 640 ] || failed "too few rows"
finish
