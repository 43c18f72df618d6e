#!/bin/sh
# selfpage report without a browser: the page holds the rows that it was given,
# whatever they are called, and nothing from elsewhere.  The command is
# $SELFPAGE, else ./selfpage.
srcdir=$(realpath "${srcdir:-.}")
. "$srcdir/tests/common.sh"

"$selfpage" generate -o t-A.spt --model zipf --pages 900 --references 200k \
	2>/dev/null || failed generate
cp t-A.spt t-B.spt
"$selfpage" keep --repeat 2 set replay t-A.spt t-B.spt \
	--policy opt,lru,fifo --frames 25%,50% >/dev/null 2>&1 || failed keep
mkdir set/curves
for x in A B; do
	"$selfpage" curve t-$x.spt >set/curves/t-$x.csv || failed curve
done
cat >set/tune.csv <<'END'
trace,role,frames,share,pages,references,lru_faults,hint_faults,opt_faults
t-A,learn,225,0.25,900,200000,1000,800,500
END

# The JSON of a page, checked against the rows of the files after it.
cat >check.py <<'END'
import csv, json, math, sys

text = open(sys.argv[1], encoding='utf-8').read()
start = '<script type="application/json" id="data">'
data = json.loads(text.split(start)[1].split('</script>')[0])
tables = {t['file']: t for t in data['tables']}
STEPS = 48

def cell(value):
    return '' if value is None else str(value)

def same(text, value):
    text = text.encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')
    return text == cell(value) or (
        isinstance(value, (int, float)) and float(text) == value)

def check_rows(path):
    rows = list(csv.DictReader(open(path, errors='surrogateescape')))
    table = tables[path]
    assert len(rows) == len(table['rows']) > 0, path
    for row, cells in zip(rows, table['rows']):
        named = dict(zip(table['columns'], cells))
        for name, text in row.items():
            assert same(text, named.get(name)), (path, name, text, named)

def check_curve(path):
    rows = list(csv.DictReader(open(path)))
    for policy in {row['policy'] for row in rows}:
        own = [row for row in rows if row['policy'] == policy]
        curve, = [c for c in data['curves'] if c['policy'] == policy
                  and c['trace'] == own[0]['trace']]
        points = curve['points']
        kept = dict(zip(points['frames'], points['faults']))
        sizes = [int(row['frames']) for row in own]
        faults = dict(zip(sizes, [int(row['faults']) for row in own]))
        pages = int(own[0]['pages'])
        assert curve['rows'] == len(own) and curve['pages'] == pages
        for size, count in kept.items():
            assert faults[size] == count, (path, size)
        assert {sizes[0], sizes[-1]} <= set(kept)
        # what is left out has one that is kept in its 48th of an octave
        steps = {math.floor(math.log2(size) * STEPS) for size in kept}
        for size in sizes:
            assert math.floor(math.log2(size) * STEPS) in steps, size
        for share in range(1, 101):
            at = math.floor(pages * share / 100 + 0.5)
            holds = max((s for s in sizes if s <= at), default=sizes[0])
            assert holds in kept, (path, share)
        if len(own) > 400:
            assert len(kept) < len(own), 'nothing is left out'

for path in sys.argv[2:]:
    (check_curve if '/curves/' in path else check_rows)(path)
END

# expect_page PAGE FILE...: it holds the files' rows, and needs nothing else.
expect_page()
{
	python3 check.py "$@" || failed "$1: not the rows of its files"
	[ "$(grep -o '<script' "$1" | wc -l)" -eq \
		"$(grep -o '</script' "$1" | wc -l)" ] ||
		failed "$1: an end of a script too many"
	# the one address is the name of SVG's elements
	if grep -oE "(https?:)?//[a-z0-9.-]+\.[a-z]+[^'\"]*" "$1" |
		grep -vx 'http://www.w3.org/2000/svg'; then
		failed "$1: names an address"
	fi
	if grep -nE '<(link|script|img)[^>]*(src|href)="[^"]' "$1" |
		grep -v 'href="data:,"'; then
		failed "$1: needs another file"
	fi
}

# ---- a set, its page in it ----
expect 0 '^set/report.html$' "$selfpage" report set
expect_page set/report.html set/rows.csv set/tune.csv set/curves/t-A.csv \
	set/curves/t-B.csv
grep -q '"command":\["replay","t-A.spt","t-B.spt"' set/report.html ||
	failed 'the manifest is not in the page'
[ "$(stat -c %s set/report.html)" -lt 400000 ] || failed 'a large page'

# ---- plain files, standard input, a title; what is not rows of ours ----
expect 0 '^report.html$' "$selfpage" report - set/tune.csv \
	-t 'A "title" & <more>' <set/rows.csv
grep -qF '"title":"A \"title\" & \u003cmore>"' report.html || failed title
printf 'trace,policy,cycles,share\na,lru,1,2\n' >set/other.csv
expect 0 'set/other.csv: passed over' "$selfpage" report set -o other.html
grep -qF '"passed":["set/other.csv"]' other.html || failed passed
"$selfpage" report -o - set 2>/dev/null | cmp -s - other.html ||
	failed 'not the same page on standard output'
expect 1 'other.csv: line 1: these are no rows of' "$selfpage" report \
	set/other.csv
rm set/other.csv

# ---- names that would end the script, the string or the text ----
hostile='</script><script>alert(1)</script><!-- "" & '\'' \u0041 %s'
header=trace,policy,frames,references,pages,faults
printf '%s\n"%s",opt,10,1000,90,100\n"b\377\302",lru,5,1000,90,7\n' \
	$header "$hostile" >hostile.csv
printf '00123,lru,5,1000,90,7\n1e5,lru,5,1000,90,123456789012345678\n' \
	>>hostile.csv
expect 0 '' "$selfpage" report -o hostile.html hostile.csv
expect_page hostile.html hostile.csv
grep -qF 'alert(1)</script' hostile.html && failed 'a script got in'

# ---- what goes wrong ----
expect 2 'no RESULTS' "$selfpage" report
expect 1 'none.csv: cannot open: No such file' "$selfpage" report none.csv
mkdir empty
expect 1 'empty: no rows: expected files' "$selfpage" report empty
mkdir -p half/curves
cp set/tune.csv half
expect 0 '' "$selfpage" report half
rm half/tune.csv
cp set/curves/t-A.csv half/curves
expect 0 '' "$selfpage" report half
echo $header >header.csv
expect 1 'header.csv: headers and no rows' "$selfpage" report header.csv
awk -F, -v OFS=, 'NR == 4 { $6 = 1 } 1' set/curves/t-A.csv >back.csv
expect 1 'back.csv: line 4: frames is less than on the line before' \
	"$selfpage" report back.csv
awk -F, -v OFS=, 'NR == 4 { $6 = "x" } 1' set/curves/t-A.csv >word.csv
expect 1 "word.csv: line 4: frames is 'x': expected a number" \
	"$selfpage" report word.csv
cp -r set broken
echo '{"runs": [' >broken/manifest.json
expect 1 'manifest.json: it is no JSON' "$selfpage" report broken
[ ! -e broken/report.html ] || rm broken/report.html
expect 1 'none/x.html: cannot write: No such file' \
	"$selfpage" report set -o none/x.html
expect 1 'expected the page.s parts there' \
	env SELFPAGE_REPORT=/nonexistent "$selfpage" report set
"$selfpage" report set -o - >/dev/full 2>err && failed 'a full disk'
grep -q 'standard output: cannot write: No space' err || failed "$(cat err)"

# A page that has no room leaves the old one, and nothing else.
cp set/report.html before.html
(trap '' XFSZ; ulimit -f 8; "$selfpage" report set) 2>err &&
	failed 'a page larger than may be'
grep -q 'set/report.html: cannot write: File too large' err ||
	failed "too large: $(cat err)"
cmp -s before.html set/report.html || failed 'the old page is gone'
[ ! -e set/report.html.part ] || failed 'half a page was left'

# ---- the colours are those of the figures on paper ----
grep -E '^(other_)?colours = ' "$srcdir/plots/look.gp" |
	grep -o '#[0-9A-Fa-f]\{6\}' >paper
sed -n 's/.*--style-[0-9]*: light-dark(\(#[0-9A-Fa-f]*\),.*/\1/p' \
	"$srcdir/report/look.css" >screen
tr a-f A-F <screen | cmp -s - paper || failed "colours differ: $(paste paper \
	screen)"

finish
