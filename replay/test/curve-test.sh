#!/bin/sh
# selfpage curve: the rows, those of selfpage replay, wrong calls, bad traces.
. "${srcdir:-.}/tests/common.sh"
subcommand=curve

trace=small.spt
"$selfpage" generate -o "$trace" --model mix --pages 90 --references 5k ||
	exit 1
pages=90
sizes=$(seq -s , 1 "$pages")

# the same counts as a replay, at every size
run 0 "$trace" --frames "$sizes" --format csv
column policy frames faults writebacks | sort >curve
[ "$(wc -l <curve)" -eq $((2 * pages)) ] || failed "not a row a size"
"$selfpage" replay "$trace" --policy lru,opt --frames "$sizes" --format csv \
	>out 2>err
column policy frames faults writebacks | sort >replay
# of opt the write-backs are not told
sed 's/^\(opt,.*,\)[0-9]*$/\1/' replay | cmp -s - curve ||
	failed "curve and replay differ"

# without --frames: exactly the sizes at which a count changes
run 0 "$trace" --policy lru --format csv
column policy frames faults writebacks >changes
grep '^lru' curve | sort -t , -k 2n |
	awk -F, '$3 "," $4 != last { print; last = $3 "," $4 }' |
	cmp -s - changes || failed "other sizes than those that change"

# other policies run size by size: the sizes given, or some on a log scale
"$selfpage" replay "$trace" --policy clock,fifo --frames 5,40,90 \
	--format csv >out 2>err
column policy frames faults writebacks | sort >replay
run 0 "$trace" --policy clock,fifo --frames 5,40,90 --format csv
column policy frames faults writebacks | sort | cmp -s - replay ||
	failed "curve and replay of clock and fifo differ"
run 0 "$trace" --policy fifo,lru --format csv --jobs 2
[ "$(column policy frames | grep -c fifo)" -le 64 ] || failed "too many sizes"
column policy frames >sizes
grep -q '^fifo,1$' sizes && grep -q '^fifo,90$' sizes ||
	failed "not from one frame to all pages"
tail -1 sizes | grep -q fifo || failed "fifo is not the last"

# jobs make no difference, nor does the order in which they end
"$selfpage" generate -o large.spt --pages 2k --references 200k || exit 1
run 0 large.spt "$trace" "$trace" --format csv --jobs 1
cp out one
run 0 large.spt "$trace" "$trace" --format csv --jobs 5
cmp -s one out || failed "rows with 5 jobs are others"

# windows
run 0 "$trace" --windows 3 --frames 10 --policy opt --format csv
[ "$(column window | tr '\n' ' ')" = "1 2 3 " ] || failed "windows 1 2 3"
total=$(awk -F, '$1 == "opt" && $2 == 10 { print $3 }' curve)
[ "$(column faults | awk '{ s += $1 } END { print s }')" -eq "$total" ] ||
	failed "windows do not sum up to $total"

# hints, also such that change over time
first=$("$selfpage" dump "$trace" | sed -n 's/^= 0 map \(0x[0-9a-f]*\).*/\1/p')
page()
{
	printf '0x%x' $((first + $1 * 4096))
}
cat >hints <<END
$(page 0)-$(page 10) read-once
$(page 10)-$(page 30) priority 6
@1000 $(page 20)-$(page 50) cold
@2000 $(page 5)-$(page 25) priority 2
@2500 $(page 0)-$(page 40) dont-need
@3000 $(page 40)-$(page 80) read-once
@4000 * normal
@4200 $(page 10)-$(page 60) cold
END
run 0 "$trace" --policy lru-hints --hints hints --frames "$sizes" --format csv
column policy frames faults | grep '^lru-hints' >curve-hints
"$selfpage" replay "$trace" --policy lru --hints hints \
	--frames "$sizes" --format csv >out 2>err
column policy frames faults | grep '^lru-hints' |
	cmp -s - curve-hints || failed "with hints they differ"
[ "$(wc -l <curve-hints)" -eq "$pages" ] || failed "rows of lru-hints"
echo '* pin' >pin
run 1 "$trace" --hints pin
has err 'pin:1: what pin does depends on the size'
run 1 "$trace" --hints absent
has err 'absent: No such file'
run 2 "$trace" --policy lru-hints
has err 'say --hints'

# a part of the addresses: of all that runs in its own way the counts of a
# replay of that part, and what is left out is told once
only=$(page 10)-$(page 60)
set -- --only "$only" --policy lru,opt,fifo,ws:tau=100 --frames 1,5,20,40 \
	--hints hints --format csv
"$selfpage" replay "$trace" "$@" >out 2>err
column policy faults | sort -u >replay
run 0 "$trace" "$@"
column policy faults | sort -u | cmp -s - replay ||
	failed "curve and replay of a part of the addresses differ"
[ "$(grep -c 'pages lie outside' err)" -eq 1 ] || failed "told once"
run 0 "$trace" --only "$only" --policy ws,fifo --format csv
[ "$(grep -c 'pages lie outside' err)" -eq 1 ] || failed "told once"
run 1 "$trace" --only 0-1
has err 'none of its references is in these ranges'
run 2 "$trace" --only 7
has err "'7' is no range of addresses"
run 2 "$trace" --only "$only" --policy lru --part 1/2 -o part
has err 'no parts'

# estimates: by name only, told as such, and refused where they mean nothing
big=big.spt
"$selfpage" generate -o "$big" --model zipf --pages 9k --references 60k ||
	exit 1
run 0 "$big" --policy lru --frames 50% --format csv
column faults_error sample_pages sample_seed >none
has none ',,'
run 0 "$big" --policy lru --sample 20% --seed 9 --format csv
has err 'ESTIMATES, from '
has err '(seed 9)'
column faults sample_seed | tail -1 >last
"$selfpage" curve "$big" --policy lru --frames 100% --format csv >out 2>err
column faults | sed 's/$/,9/' | cmp -s - last ||
	failed "with all pages an estimate is not exact"
run 1 "$big" --policy lru --sample 20% --frames 10
has err 'this sample tells nothing of 10 frames'
run 1 "$big" --policy lru --sample 1%
has err 'is too small to tell how far off it is: try --sample'
run 1 "$trace" --policy lru --sample 10%
has err '90 pages are too few'
run 2 "$big" --sample 10%
has err 'is for lru alone'
run 2 "$big" --policy lru --hints hints --sample 10%
has err 'is for lru alone'
run 2 "$big" --policy lru,clock --sample 10%
has err 'is for lru alone'
run 2 "$big" --policy lru --sample 10% --windows 2
has err '--sample has no windows'
run 2 "$big" --policy lru --sample 60%
has err "'60%' is no share"
run 2 "$big" --policy lru --seed 3
has err '--seed is that of --sample'

# parts, in any order, are the whole
run 0 "$trace" --policy lru --format csv
cp out whole
for parts in 1 2 3 7; do
	rm -f part.*
	for part in $(seq "$parts"); do
		run 0 "$trace" --policy lru --part "$part/$parts" \
			-o "part.$part"
		empty=$(cat out)
		[ -z "$empty" ] || failed "--part prints rows"
	done
	# shellcheck disable=SC2046
	run 0 --policy lru --format csv --merge $(ls -r part.*)
	cmp -s whole out || failed "$parts parts differ"
done
run 1 --policy lru --merge part.1 part.2
has err 'part 1 of 7: each of them is needed'
cp part.2 part.3
run 1 --policy lru --merge part.*
has err 'each of them is needed, once'
run 0 "$trace" --policy lru --part 1/2 -o mine
run 0 large.spt --policy lru --part 2/2 -o other
run 1 --policy lru --merge mine other
has err 'is of another trace'
run 0 "$trace" --policy lru --part 1/1 -o one
bytes=$(wc -c <one)
for at in 0 9 40 150 220 $((bytes / 2)) $((bytes - 1)); do
	cp one bad
	printf '\377' | dd of=bad bs=1 seek="$at" conv=notrunc 2>err
	cmp -s one bad || run 1 --policy lru --merge bad
	head -c "$at" one >bad
	run 1 --policy lru --merge bad
	has err "bad: byte"
done
run 1 "$trace" --policy lru --part 1/2 -o no/such/place
has err "no/such/place: No such file"
run 2 "$trace" --part 1/2 -o x
has err 'opt has no parts'
run 2 "$trace" --policy lru --part 1/2
has err '--part and --output go together'
run 2 "$trace" --policy lru --part 3/2 -o x
has err "'3/2' is no part"

# formats
run 0 "$trace" --frames 10 --format json
has out '"policy": "lru"'
run 0 "$trace" --frames 10 --format table
has out 'writebacks'
run 0 "$trace" --frames 25%,64KiB,1000000 --policy lru --format csv
column frames | tr '\n' ' ' | grep -q '16 1000000' || failed "sizes as asked"

# wrong calls
run 2
has err 'which trace?'
run 2 "$trace" --policy clock --windows 2
has err "clock runs size by size: it has no windows and no parts"
run 2 "$trace" --policy lru,clok
has err "there is no policy 'clok'; did you mean clock?"
run 2 "$trace" --frames 0
has err "--frames: '0' is not a size"
run 2 "$trace" --windows 0
has err "--windows: '0' is not 1 to 100000 windows"
run 2 "$trace" --jobs many
has err "--jobs: 'many' is not 1 to"
run 2 "$trace" --format xml
has err 'not table, csv or json'

# bad traces: what comes before them is finished
run 1 absent.spt
has err 'absent.spt: No such file'
run 1 "$trace" absent.spt --frames 10 --format csv
[ "$(column policy | tr '\n' ' ')" = "lru opt " ] ||
	failed "rows before an error"
printf 'no trace' >other.spt
run 1 other.spt
has err 'other.spt'
head -c 1000 "$trace" >cut.spt
run 1 cut.spt
has err 'cut.spt: has no end'
size=$(wc -c <"$trace")
cp "$trace" flipped.spt
printf 'X' | dd of=flipped.spt bs=1 seek=$((size / 2)) conv=notrunc 2>err
run 1 flipped.spt
has err 'flipped.spt'
if [ -w /dev/full ]; then
	"$selfpage" curve "$trace" >/dev/full 2>err
	[ $? -eq 1 ] || failed "a full disk is no error"
	has err 'standard output: No space left'
fi

finish
