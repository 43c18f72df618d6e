#!/bin/sh
# selfpage plot: a small file of rows becomes whole pictures, and whatever is
# wrong is said with its file and place.  The command is $SELFPAGE, else
# ./selfpage.
set -u
selfpage=${SELFPAGE-$PWD/selfpage}
if ! command -v gnuplot >/dev/null; then
	echo 'no gnuplot: skipped'
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failures=0

failed()
{
	echo "FAILED: $*" >&2
	failures=$((failures + 1))
}

# expect STATUS TEXT COMMAND...: ends so, and says so (a basic pattern).
expect()
{
	wanted=$1
	text=$2
	shift 2
	"$@" >out 2>err
	status=$?
	[ $status -eq "$wanted" ] ||
		failed "$*: status $status, expected $wanted: $(cat err)"
	[ -z "$text" ] || grep -q -e "$text" err ||
		failed "$*: '$text' is not in: $(cat err)"
}

expect_pictures()
{
	for picture; do
		magic=$(head -c 8 "$picture.png" | od -An -tx1 | tr -d ' \n')
		[ "$magic" = 89504e470d0a1a0a ] || failed "$picture.png: no PNG"
		[ "$(stat -c %s "$picture.png")" -gt 10000 ] ||
			failed "$picture.png: too small to show anything"
		grep -q '</svg>' "$picture.svg" ||
			failed "$picture.svg: no end"
		grep -q 'LRU' "$picture.svg" ||
			failed "$picture.svg: no word of LRU"
	done
	for part in "$(dirname "$1")"/*.part; do
		[ ! -e "$part" ] || failed "$part was left"
	done
}

header=trace,policy,frames,references,pages,faults
phases=cycles_per_fault_p50,cycles_deliver,cycles_as_lookup
phases=$phases,cycles_store_lookup,cycles_victim,cycles_unmap
phases=$phases,cycles_btree_update,cycles_map
cat >rows.csv <<END
$header,$phases
a/one.spt,opt,10,100000,100,4000,350,20,30,100,60,30,80,25
a/one.spt,lru,10,100000,100,8000,340,20,30,100,50,30,80,25
a/one.spt,opt,50,100000,100,200,360,20,30,110,60,30,80,25
a/one.spt,lru,50,100000,100,900,350,20,30,110,50,30,80,25
END

# One trace: no overview.
expect 0 '' "$selfpage" plot rows.csv
[ ! -s err ] || failed "gnuplot complained: $(cat err)"
[ "$(wc -l <out)" -eq 4 ] || failed "4 pictures expected: $(cat out)"
expect_pictures ./one-faults ./one-cycles

# Two traces of one name, a folder in, a folder out; a quoted name; quotes
# that gnuplot must not see; a policy without a style; one size only.
mkdir in
cp rows.csv in/first.csv
cat >in/second.csv <<END
$header
b/one.spt,lru,16,5000,64,100
"it's ""two"", really",lru(x),16,5000,64,64
"it's ""two"", really",lru,16,5000,64,64
c/three,newest,1,5000,1,1
c/three,lru,1,5000,1,1
END
expect 0 '' "$selfpage" plot -o figures in
[ ! -s err ] || failed "gnuplot complained: $(cat err)"
expect_pictures figures/overview figures/one-faults figures/one-2-faults \
	figures/one-cycles "figures/it's \"two\", really-faults" \
	figures/three-faults
[ ! -e figures/one-2-cycles.png ] || failed 'cycles drawn from nothing'

# Standard input; a header that comes twice; a later row in place of an
# earlier one; only what was asked for.
mkdir piped
cat rows.csv rows.csv | expect 0 '' "$selfpage" plot -o piped -f faults -
expect_pictures piped/one-faults
[ ! -e piped/one-cycles.png ] || failed '--figures faults drew cycles'

# What goes wrong.
expect 2 'no RESULTS' "$selfpage" plot
expect 2 "'bars': expected a list of faults" "$selfpage" plot -f bars rows.csv
expect 1 'none.csv: cannot open: No such file' "$selfpage" plot none.csv
mkdir empty
expect 1 'empty: no rows: expected files' "$selfpage" plot empty
: >empty.csv
expect 1 'empty.csv: empty: expected' "$selfpage" plot empty.csv
echo $header >header.csv
expect 1 'header.csv: a header and no rows' "$selfpage" plot header.csv
cut -d, -f1-4,6- rows.csv >short.csv
expect 1 "short.csv: line 1: no column 'pages'" "$selfpage" plot short.csv
sed '3s/8000/many/' rows.csv >word.csv
expect 1 "word.csv: line 3: faults is 'many': expected a number" \
	"$selfpage" plot word.csv
sed '3s/,lru,10/,lru,0/' rows.csv >zero.csv
expect 1 'zero.csv: line 3: frames, pages and' "$selfpage" plot zero.csv
sed '4s/,25$//' rows.csv >cut.csv
expect 1 'cut.csv: line 4: 13 cells where the header has 14' \
	"$selfpage" plot cut.csv
sed '2s/^a/"a/' rows.csv >quote.csv
expect 1 'quote.csv: line 2: a quote that does not' "$selfpage" plot quote.csv
printf 'a\0b\n' >binary.csv
expect 1 'binary.csv: byte 1 is no text' "$selfpage" plot binary.csv
cut -d, -f1-6 rows.csv >plain.csv
expect 1 'nothing to draw: cycles want' "$selfpage" plot -f cycles plain.csv
expect 1 'none/there: cannot make' "$selfpage" plot -o none/there rows.csv
expect 1 'rows.csv: is not a folder' "$selfpage" plot -o rows.csv rows.csv
expect 1 'cannot' "$selfpage" plot -o /proc/self rows.csv
expect 1 'no gnuplot: install the package gnuplot-nox' \
	env PATH=/nonexistent "$selfpage" plot rows.csv
expect 1 'expected the gnuplot scripts there' \
	env SELFPAGE_PLOTS=/nonexistent "$selfpage" plot rows.csv

# A gnuplot that fails or leaves half a picture: the old ones stay.
mkdir bin
printf '#!/bin/sh\nexit 3\n' >bin/gnuplot
chmod +x bin/gnuplot
expect 1 'gnuplot failed with status 3' \
	env PATH="$work/bin:$PATH" "$selfpage" plot rows.csv
printf '#!/bin/sh\nhead -c 99 one-faults.png >one-faults.png.part\n' \
	>bin/gnuplot
expect 1 'one-faults.png.part: gnuplot did not finish' \
	env PATH="$work/bin:$PATH" "$selfpage" plot rows.csv
expect_pictures ./one-faults

[ $failures -eq 0 ] || exit 1
echo 'plot: all as expected'
