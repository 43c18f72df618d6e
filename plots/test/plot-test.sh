#!/bin/sh
# selfpage plot: a small file of rows becomes whole pictures, and whatever is
# wrong is said with its file and place.  The command is $SELFPAGE, else
# ./selfpage.
. "${srcdir:-.}/tests/common.sh"
command -v gnuplot >/dev/null || skip 'there is no gnuplot'

# expect_pictures PATH...: PATH.png and PATH.svg are whole.
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
cat rows.csv rows.csv | expect 0 '' "$selfpage" plot -o piped --only faults -
expect_pictures piped/one-faults
[ ! -e piped/one-cycles.png ] || failed '--only faults drew cycles'

# What goes wrong.
expect 2 'no RESULTS' "$selfpage" plot
expect 2 "'bars': expected a list of faults" \
	"$selfpage" plot --only bars rows.csv
expect 2 "'jpeg': expected a list of png" \
	"$selfpage" plot --format jpeg rows.csv
expect 2 'a map is of one size' "$selfpage" plot --frames 1,2 rows.csv
expect 1 "'fifo': there are no rows of it" \
	"$selfpage" plot --policy lru,fifo rows.csv
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
expect 1 'nothing to draw: cycles want' "$selfpage" plot --only cycles plain.csv
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

# ---- what is drawn ----

# A gnuplot that keeps its program instead.
# program ARGUMENT...: the program of plot with these, in the file "program".
program()
{
	printf '#!/bin/sh\ncat >%s/program\nexit 3\n' "$work" >bin/gnuplot
	expect 1 'gnuplot failed with status 3' \
		env PATH="$work/bin:$PATH" "$selfpage" plot "$@"
}

# block NAME: the data that the program calls so.
block()
{
	awk -v start="\$$1 << " '
		index($0, start) == 1 { on = 1; end = $3; next }
		$0 == end { on = 0 } on' program
}

# same WHAT FILE: as the data on standard input.
same()
{
	cat >wanted
	diff wanted "$2" >difference ||
		failed "$1: $(head -5 difference)"
}

# Rows: trace, policy, size, frames, share, bytes, faults, median, phases.
program --only faults rows.csv
block rows >got
same rows got <<END
1 1 1 10 10 40960 40000 350 20 30 100 60 30 80 25 0
1 1 2 50 50 204800 2000 360 20 30 110 60 30 80 25 0

1 2 1 10 10 40960 80000 340 20 30 100 50 30 80 25 0
1 2 2 50 50 204800 9000 350 20 30 110 50 30 80 25 0
END
block gap >got
same gap got <<END
40960 80000 40000
204800 9000 2000
END

# A curve: stairs, and the gap between two of them; sizes that no figure can
# tell apart become one.
cat >curve.csv <<END
trace,policy,window,frames,references,pages,faults,page_bytes
c,lru,1,1,1000,2000,900,4096
c,lru,1,3,1000,2000,500,4096
c,lru,1,1000,1000,2000,100,4096
c,lru,1,1001,1000,2000,99,4096
c,lru,1,1500,1000,2000,98,4096
c,opt,1,1,1000,2000,900,4096
c,opt,1,2,1000,2000,400,4096
c,opt,1,1500,1000,2000,90,4096
END
program --only faults curve.csv
block rows | awk 'NF { print $2, $4, $7, $16 }' >got
same curve got <<END
1 1 900000 1
1 3 500000 1
1 1000 100000 1
1 1500 98000 1
2 1 900000 1
2 2 400000 1
2 1500 90000 1
END
block gap | awk '{ print $1 / 4096, $2, $3 }' >got
same 'gap of curves' got <<END
1 900000 900000
2 900000 900000
2 900000 400000
3 900000 400000
3 500000 400000
1000 500000 400000
1000 100000 400000
1500 100000 400000
1500 98000 90000
END
sed 's/,1,/,2,/' curve.csv | sed 1d >second-window
cat curve.csv second-window >windows.csv
expect 0 '' "$selfpage" plot -o windows windows.csv
expect_pictures windows/c-part-1-faults windows/c-part-2-faults

# Policies relative to OPT over several traces: medians and quartiles by hand.
{
	echo $header
	for trace in 1:10 2:20 3:40 4:20; do
		echo "t${trace%:*},opt,25,1000,100,10"
		echo "t${trace%:*},lru,25,1000,100,${trace#*:}"
		echo "t${trace%:*},fifo,25,1000,100,$((${trace#*:} * 2))"
	done
	echo 't5,opt,250,1000,1000,10'
	echo 't6,lru,250,1000,1000,10'
} >ratios.csv
program --only policies ratios.csv
block spreads >got
same spreads got <<END
1 2 1.75 2 2.5 4
2 3 3.5 4 5 8
END
block ratios | sort -n >got
same ratios got <<END
1 2 1 1
1 2 2 2
1 2 3 4
1 2 4 2
2 3 1 2
2 3 2 4
2 3 3 8
2 3 4 4
END
# one that is out of the figure with all it has
sed -n 's/,fifo,25,1000,100,/,mru,25,1000,100,9999/p' ratios.csv >>ratios.csv
expect 0 '' "$selfpage" plot -o policies --only policies ratios.csv
[ ! -s err ] || failed "gnuplot complained: $(cat err)"
expect_pictures policies/policies-25

# Hints before and after; without faults, without a gap.
cat >tune.csv <<END
trace,role,frames,pages,lru_faults,hint_faults,opt_faults
m-A,learn,25,100,1000,500,400
m_B x,judge,26,104,1100,600,400
none,learn,25,100,0,0,0
even,judge,25,100,7,7,7
m-A,learn,50,100,10,9,8
m-A,learn,25,100,1000,501,400
END
program --only hints tune.csv
[ "$(grep -c '^figure' program)" -eq 2 ] || failed 'not a figure a share'
sed '/^share = 50/,$d' program >first && mv first program
block tuned >got
same 'tuned at 25 %' got <<END
1 1 0 1000 501 400
2 2 1 1100 600 400
3 3 0 0 0 0
4 4 1 7 7 7
END
expect 0 '' "$selfpage" plot -o tune --format png,svg,pdf tune.csv
[ ! -s err ] || failed "gnuplot complained: $(cat err)"
expect_pictures tune/hints-25 tune/hints-50
tail -c 10 tune/hints-25.pdf | grep -q %%EOF || failed 'no end of a PDF'
sed 's/judge/teach/' tune.csv >role.csv
expect 1 'role.csv: line 3: role: expected learn or judge' \
	"$selfpage" plot role.csv
sed 's/,501,/,-1,/' tune.csv >minus.csv
expect 1 "minus.csv: line 7: hint_faults is '-1': expected a number" \
	"$selfpage" plot minus.csv

# Lengths of faults.
cat >lengths.csv <<END
trace,policy,frames,cycles,share,faults_measured,pages,counter_source
t,lru,10,100,0.4,5,100,pmu
t,lru,10,200,0.6,5,100,pmu
t,lru,10,900,1,5,100,pmu
t,opt,50,77,1,2,100,pmu
END
program lengths.csv
block lengths >got
same lengths got <<END
1 1 100 40
1 1 200 60
1 1 900 100

2 2 77 100
END
block quantiles >got
same quantiles got <<END
1 1 200 50
2 2 77 50
1 1 900 99
2 2 77 99
END
expect 0 '' "$selfpage" plot -o lengths lengths.csv
[ ! -s err ] || failed "gnuplot complained: $(cat err)"
expect_pictures lengths/t-distribution
sed 's/0.6/1.6/' lengths.csv >share.csv
expect 1 'share.csv: line 3: frames and pages must be more than 0, share' \
	"$selfpage" plot share.csv

# A map: three pages, LRU's and OPT's faults with two of them in memory.
printf '%s\n' 1 2 1 7 1 2 | "$selfpage" import --from pages -o m.spt - \
	2>err || failed "import: $(cat err)"
program --frames 2 m.spt
block uses >got
same uses got <<END
1 0 1 0 1 0 
0 1 0 0 0 1 
0 0 0 1 0 0 
END
block faults >got
same faults got <<END
1 0 0 0 0 0 
0 1 0 0 0 1 
0 0 0 1 0 0 
END
block rates >got
same rates got <<END
0 1 1
1 1 1
2 0 0
3 1 1
4 0 0
5 1 1
6 1 1
END
expect 0 '' "$selfpage" plot --frames 50% --policy opt --format png,pdf m.spt
[ ! -s err ] || failed "gnuplot complained: $(cat err)"
[ -s m-map.png ] && [ -s m-map.pdf ] && [ ! -e m-map.svg ] ||
	failed 'other maps than asked for'
head -c 300 m.spt >cut.spt
expect 1 'cut.spt' "$selfpage" plot cut.spt

expect 1 'the map of a trace shows lru or opt' \
	"$selfpage" plot --policy fifo m.spt

# Of many policies those are told apart that people look for, the worst, and
# the best of the others; the key goes from many faults to few.
{
	echo "$header"
	for size in 10 40; do
		echo "m,opt,$size,1000,100,$((100 - size))"
		echo "m,lru,$size,1000,100,$((200 - size))"
		echo "m,clock,$size,1000,100,$((210 - size))"
		for number in 1 2 3 4 5 6 7 8 9; do
			faults=$((number * 100 - size))
			echo "m,p$number,$size,1000,100,$faults"
		done
	done
} >twelve.csv
program --only faults twelve.csv
[ "$(grep '^told = ' program)" = "told = ' 12 7 6 3 2 5 1 4'" ] ||
	failed "told apart: $(grep '^told = ' program)"
[ "$(grep '^behind = ' program)" = "behind = ' 11 10 9 8'" ] ||
	failed "behind: $(grep '^behind = ' program)"
expect 0 '' "$selfpage" plot -o told --only faults --format svg twelve.csv
[ ! -s err ] || failed "gnuplot complained: $(cat err)"
# what lies far above LRU is cut, and told from where on it does
for text in OPT LRU CLOCK P1 'P9: above 860k' '4 others'; do
	grep -q "$text<" told/m-faults.svg || failed "no $text in the key"
done
! grep -q 'P5<' told/m-faults.svg || failed 'P5 is told apart, too'

# --policy: these and no others; of lru-k whatever its parameters.
sed 's/,p9,/,"p9(a,b)",/' twelve.csv >parameters.csv
program --only faults --policy p5,p9,opt parameters.csv
[ "$(grep -E '^(told|behind) = ' program | tr '\n' ' ')" = \
	"told = ' 12 8 1' behind = '' " ] ||
	failed "--policy: $(grep -E '^(told|behind) = ' program)"
block rows | awk 'NF { print $2, $4 }' >got
same 'rows of three policies' got <<END
1 10
1 40
8 10
8 40
12 10
12 40
END
program --only faults --policy 'p9(a,b)' parameters.csv
program --only policies --policy lru ratios.csv
block spreads >got
same 'ratios of one policy' got <<END
1 2 1.75 2 2.5 4
END

# Lines between replays go along OPT's curve, and never below it.
cat >guided.csv <<END
$header
c,fifo,10,1000,100,800
c,fifo,40,1000,100,200
END
cat >stairs.csv <<END
trace,policy,window,frames,references,pages,faults,page_bytes
c,opt,1,1,1000,100,900,4096
c,opt,1,10,1000,100,400,4096
c,opt,1,20,1000,100,360,4096
c,opt,1,30,1000,100,100,4096
c,opt,1,100,1000,100,100,4096
END
program --only faults guided.csv stairs.csv
block guides_1 | awk 'NF { printf "%d %.0f\n", $2, $4 / 1000 }' >got
same guides got <<END
10 800
20 800
20 720
30 720
30 200
40 200
END

# A PDF is as wide as it says, 180 mm or 88 mm, and brings its letters.
for width in 510: 249:--column; do
	# shellcheck disable=SC2086 # none, or one
	expect 0 '' "$selfpage" plot ${width#*:} -o pdf --format pdf \
		--only faults rows.csv
	grep -a -q "/MediaBox \[ 0 0 ${width%:*} " pdf/one-faults.pdf ||
		failed "width: $(grep -a MediaBox pdf/one-faults.pdf)"
	grep -a -q /FontFile pdf/one-faults.pdf || failed 'no letters in a PDF'
	[ "$(stat -c %s pdf/one-faults.pdf)" -gt 8000 ] ||
		failed 'a PDF that shows nothing'
done

# A folder of results: its rows, and its curves.
mkdir -p set/curves
cp rows.csv tune.csv lengths.csv set
cp curve.csv set/curves
expect 0 '' "$selfpage" plot --format svg set
[ -e set/c-faults.svg ] && [ -e set/one-cycles.svg ] &&
	[ -e set/hints-25.svg ] && [ -e set/t-distribution.svg ] ||
	failed "pictures of a set: $(cat out)"

# Hard cases, in a column and on a page: no faults; one row; many policies.
{
	echo "$header,$phases"
	rest=0,350,20,30,100,60,30,80,25
	for policy in $(seq 1 27); do
		for frames in 1 5 20 50; do
			echo "many_of them,p$policy,$frames,1000,100,$rest"
		done
	done
} >many.csv
for width in '' --column; do
	# shellcheck disable=SC2086 # none, or one
	expect 0 '' "$selfpage" plot $width -o hard many.csv m.spt --frames 1
	[ ! -s err ] || failed "gnuplot complained: $(cat err)"
	head -2 rows.csv >row.csv
	# shellcheck disable=SC2086 # none, or one
	expect 0 '' "$selfpage" plot $width -o hard row.csv
	[ ! -s err ] || failed "gnuplot complained: $(cat err)"
done
[ "$(ls hard | wc -l)" -eq 10 ] || failed "hard cases: $(ls hard)"

# A full disk: gnuplot cannot finish, and nothing of its work is left.
if [ "$(id -u)" -eq 0 ] && mkdir tiny &&
	mount -t tmpfs -o size=32k none tiny 2>/dev/null; then
	expect 1 'is the disk full' "$selfpage" plot -o tiny rows.csv
	left=$(ls tiny)
	umount tiny
	[ -z "$left" ] || failed "a full disk: $left was left"
else
	echo 'no small file system can be mounted: that part is left out'
fi

finish
