#!/bin/sh
# The demonstration on one small program: it leaves a trace, rows, pictures
# and a table, does not record twice what is there, and says what is wrong.
. "${srcdir:-.}/tests/common.sh"
demo=$srcdir/workloads/demo.sh
for program in valgrind gnuplot sort /usr/bin/python3; do
	command -v $program >/dev/null || skip "there is no $program"
done
SELFPAGE=$selfpage
SELFPAGE_RESULTS="$work/it has spaces"
export SELFPAGE SELFPAGE_RESULTS

"$demo" --size small sort >"$work/out" 2>&1 ||
	failed "the demo failed: $(cat "$work/out")"
cd "$SELFPAGE_RESULTS" || exit 1
[ "$(wc -l <sort.csv)" -eq 29 ] || failed '28 rows and a header expected'
for file in traces/sort.spt sort-faults.png sort-faults.svg sort-cycles.png \
	sort-cycles.svg table.txt
do
	[ -s "$file" ] || failed "no $file"
done
grep -q '^sort: 1\.[0-9] million references' table.txt ||
	failed 'the table does not say what was recorded'
[ "$(grep -c '%' table.txt)" -eq 7 ] || failed '7 sizes expected in the table'

# Again: the same counts from the same trace.
counts() { cut -d, -f2-12 sort.csv; }
counts >"$work/before"
"$demo" --size small sort >"$work/again" 2>&1 || failed 'the second run failed'
grep -q 'sort *there already' "$work/again" || failed 'recorded twice'
counts | cmp - "$work/before" || failed 'other counts the second time'

# A second recording of the program touches the same pages.
SELFPAGE_RESULTS="$work/second/longer/name" "$demo" --size small sort \
	>"$work/third" 2>&1 || failed 'the third run failed'
(cd "$work/second/longer/name" && counts) | cmp - "$work/before" ||
	failed 'another recording, other counts'

# Errors.
"$demo" nonesuch >"$work/out" 2>&1 && failed 'nonesuch was recorded'
grep -q "no workload 'nonesuch'" "$work/out" ||
	failed "nonesuch: $(cat "$work/out")"
SELFPAGE=/nonexistent "$demo" sort >"$work/out" 2>&1 &&
	failed 'ran without the command'
grep -q 'no command /nonexistent' "$work/out" ||
	failed "no command: $(cat "$work/out")"
finish
