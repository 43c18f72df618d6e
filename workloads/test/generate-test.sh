#!/bin/sh
# The inputs of the workloads are the same bytes for the same seed, on every
# machine and with every Python, and others for another seed.
. "${srcdir:-.}/tests/common.sh"
[ -x /usr/bin/python3 ] || skip 'there is no /usr/bin/python3'
generate() { /usr/bin/python3 "$srcdir/workloads/generate.py" "$@"; }

# The checksums of the first inputs ever made: traces of different days and
# machines can be compared only while these stay.
while read -r what wanted; do
	got=$(generate "$what" --seed 7 --count 100 | cksum)
	[ "$got" = "$wanted" ] || failed "$what: cksum $got, expected $wanted"
	other=$(generate "$what" --seed 8 --count 100 | cksum)
	[ "$other" != "$wanted" ] || failed "$what: another seed, same bytes"
done <<END
lines 677918332 9900
words 1968357977 613
orders 4048003098 15646
source 4060860056 68873
tree 2126385773 2043
points 2193460052 1412
END

lines=$(generate lines --seed 7 --count 100 | grep -c '^[0-9a-f]\{8\} ')
[ "$lines" = 100 ] || failed "$lines lines, expected 100"
generate lines --seed 7 --count 0 >/dev/null 2>&1 &&
	failed '--count 0 was taken'
finish
