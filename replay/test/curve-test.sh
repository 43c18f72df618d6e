#!/bin/sh
# selfpage curve: the rows, those of selfpage replay, wrong calls, bad traces.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failures=0

fail()
{
	echo "FAILED: $*"
	sed 's/^/  out: /' "$folder/out" | cut -c 1-150 | tail -8
	sed 's/^/  err: /' "$folder/err" | tail -8
	failures=$((failures + 1))
}

# run STATUS ARGUMENT...: curve must end with STATUS.
run()
{
	expected=$1
	shift
	"$selfpage" curve "$@" >"$folder/out" 2>"$folder/err" </dev/null
	status=$?
	[ "$status" -eq "$expected" ] ||
		fail "curve $*: status $status, not $expected"
}

# has FILE TEXT
has()
{
	grep -qF -e "$2" "$folder/$1" || fail "no '$2' in $1"
}

# column NAME...: those columns of the rows in out, but for the heading.
column()
{
	awk -F, -v names="$*" '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			count = split(names, name, " ")
			next
		}
		{
			for (i = 1; i <= count; i++)
				printf "%s%s", $at[name[i]], i < count ? "," : "\n"
		}' "$folder/out"
}

trace=$folder/small.spt
"$selfpage" generate -o "$trace" --model mix --pages 90 --references 5k ||
	exit 1
pages=90
sizes=$(seq -s , 1 "$pages")

# the same counts as a replay, at every size
run 0 "$trace" --frames "$sizes" --format csv
column policy frames faults writebacks | sort >"$folder/curve"
[ "$(wc -l <"$folder/curve")" -eq $((2 * pages)) ] || fail "not a row a size"
"$selfpage" replay "$trace" --policy lru,opt --frames "$sizes" --format csv \
	>"$folder/out" 2>"$folder/err"
column policy frames faults writebacks | sort >"$folder/replay"
# of opt the write-backs are not told
sed 's/^\(opt,.*,\)[0-9]*$/\1/' "$folder/replay" | cmp -s - "$folder/curve" ||
	fail "curve and replay differ"

# without --frames: exactly the sizes at which a count changes
run 0 "$trace" --policy lru --format csv
column policy frames faults writebacks >"$folder/changes"
grep '^lru' "$folder/curve" | sort -t , -k 2n |
	awk -F, '$3 "," $4 != last { print; last = $3 "," $4 }' |
	cmp -s - "$folder/changes" || fail "other sizes than those that change"

# other policies run size by size: the sizes given, or some on a log scale
"$selfpage" replay "$trace" --policy clock,fifo --frames 5,40,90 \
	--format csv >"$folder/out" 2>"$folder/err"
column policy frames faults writebacks | sort >"$folder/replay"
run 0 "$trace" --policy clock,fifo --frames 5,40,90 --format csv
column policy frames faults writebacks | sort | cmp -s - "$folder/replay" ||
	fail "curve and replay of clock and fifo differ"
run 0 "$trace" --policy fifo,lru --format csv --jobs 2
[ "$(column policy frames | grep -c fifo)" -le 64 ] || fail "too many sizes"
column policy frames >"$folder/sizes"
grep -q '^fifo,1$' "$folder/sizes" && grep -q '^fifo,90$' "$folder/sizes" ||
	fail "not from one frame to all pages"
tail -1 "$folder/sizes" | grep -q fifo || fail "fifo is not the last"

# jobs make no difference, nor does the order in which they end
"$selfpage" generate -o "$folder/large.spt" --pages 2k --references 200k ||
	exit 1
run 0 "$folder/large.spt" "$trace" "$trace" --format csv --jobs 1
cp "$folder/out" "$folder/one"
run 0 "$folder/large.spt" "$trace" "$trace" --format csv --jobs 5
cmp -s "$folder/one" "$folder/out" || fail "rows with 5 jobs are others"

# windows
run 0 "$trace" --windows 3 --frames 10 --policy opt --format csv
[ "$(column window | tr '\n' ' ')" = "1 2 3 " ] || fail "windows 1 2 3"
total=$(awk -F, '$1 == "opt" && $2 == 10 { print $3 }' "$folder/curve")
[ "$(column faults | awk '{ s += $1 } END { print s }')" -eq "$total" ] ||
	fail "windows do not sum up to $total"

# hints, also such that change over time
first=$("$selfpage" dump "$trace" | sed -n 's/^= 0 map \(0x[0-9a-f]*\).*/\1/p')
page()
{
	printf '0x%x' $((first + $1 * 4096))
}
cat >"$folder/hints" <<END
$(page 0)-$(page 10) read-once
$(page 10)-$(page 30) priority 6
@1000 $(page 20)-$(page 50) cold
@2000 $(page 5)-$(page 25) priority 2
@2500 $(page 0)-$(page 40) dont-need
@3000 $(page 40)-$(page 80) read-once
@4000 * normal
@4200 $(page 10)-$(page 60) cold
END
run 0 "$trace" --policy lru-hints --hints "$folder/hints" --frames "$sizes" \
	--format csv
column policy frames faults | grep '^lru-hints' >"$folder/curve-hints"
"$selfpage" replay "$trace" --policy lru --hints "$folder/hints" \
	--frames "$sizes" --format csv >"$folder/out" 2>"$folder/err"
column policy frames faults | grep '^lru-hints' |
	cmp -s - "$folder/curve-hints" || fail "with hints they differ"
[ "$(wc -l <"$folder/curve-hints")" -eq "$pages" ] || fail "rows of lru-hints"
echo '* pin' >"$folder/pin"
run 1 "$trace" --hints "$folder/pin"
has err 'pin:1: what pin does depends on the size'
run 1 "$trace" --hints "$folder/absent"
has err 'absent: No such file'
run 2 "$trace" --policy lru-hints
has err 'say --hints'

# a part of the addresses: of all that runs in its own way the counts of a
# replay of that part, and what is left out is told once
only=$(page 10)-$(page 60)
set -- --only "$only" --policy lru,opt,fifo,ws:tau=100 --frames 1,5,20,40 \
	--hints "$folder/hints" --format csv
"$selfpage" replay "$trace" "$@" >"$folder/out" 2>"$folder/err"
column policy faults | sort -u >"$folder/replay"
run 0 "$trace" "$@"
column policy faults | sort -u | cmp -s - "$folder/replay" ||
	fail "curve and replay of a part of the addresses differ"
[ "$(grep -c 'pages lie outside' "$folder/err")" -eq 1 ] || fail "told once"
run 0 "$trace" --only "$only" --policy ws,fifo --format csv
[ "$(grep -c 'pages lie outside' "$folder/err")" -eq 1 ] || fail "told once"
run 1 "$trace" --only 0-1
has err 'none of its references is in these ranges'
run 2 "$trace" --only 7
has err "'7' is no range of addresses"
run 2 "$trace" --only "$only" --policy lru --part 1/2 -o "$folder/part"
has err 'no parts'

# estimates: by name only, told as such, and refused where they mean nothing
big=$folder/big.spt
"$selfpage" generate -o "$big" --model zipf --pages 9k --references 60k ||
	exit 1
run 0 "$big" --policy lru --frames 50% --format csv
column faults_error sample_pages sample_seed >"$folder/none"
has none ',,'
run 0 "$big" --policy lru --sample 20% --seed 9 --format csv
has err 'ESTIMATES, from '
has err '(seed 9)'
column faults sample_seed | tail -1 >"$folder/last"
"$selfpage" curve "$big" --policy lru --frames 100% --format csv \
	>"$folder/out" 2>"$folder/err"
column faults | sed 's/$/,9/' | cmp -s - "$folder/last" ||
	fail "with all pages an estimate is not exact"
run 1 "$big" --policy lru --sample 20% --frames 10
has err 'this sample tells nothing of 10 frames'
run 1 "$big" --policy lru --sample 1%
has err 'is too small to tell how far off it is: try --sample'
run 1 "$trace" --policy lru --sample 10%
has err '90 pages are too few'
run 2 "$big" --sample 10%
has err 'is for lru alone'
run 2 "$big" --policy lru --hints "$folder/hints" --sample 10%
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
cp "$folder/out" "$folder/whole"
for parts in 1 2 3 7; do
	rm -f "$folder"/part.*
	for part in $(seq "$parts"); do
		run 0 "$trace" --policy lru --part "$part/$parts" \
			-o "$folder/part.$part"
		empty=$(cat "$folder/out")
		[ -z "$empty" ] || fail "--part prints rows"
	done
	# shellcheck disable=SC2046
	run 0 --policy lru --format csv --merge $(ls -r "$folder"/part.*)
	cmp -s "$folder/whole" "$folder/out" || fail "$parts parts differ"
done
run 1 --policy lru --merge "$folder/part.1" "$folder/part.2"
has err 'part 1 of 7: each of them is needed'
cp "$folder/part.2" "$folder/part.3"
run 1 --policy lru --merge "$folder"/part.*
has err 'each of them is needed, once'
run 0 "$trace" --policy lru --part 1/2 -o "$folder/mine"
run 0 "$folder/large.spt" --policy lru --part 2/2 -o "$folder/other"
run 1 --policy lru --merge "$folder/mine" "$folder/other"
has err 'is of another trace'
run 0 "$trace" --policy lru --part 1/1 -o "$folder/one"
bytes=$(wc -c <"$folder/one")
for at in 0 9 40 150 220 $((bytes / 2)) $((bytes - 1)); do
	cp "$folder/one" "$folder/bad"
	printf '\377' | dd of="$folder/bad" bs=1 seek="$at" conv=notrunc \
		2>"$folder/err"
	cmp -s "$folder/one" "$folder/bad" ||
		run 1 --policy lru --merge "$folder/bad"
	head -c "$at" "$folder/one" >"$folder/bad"
	run 1 --policy lru --merge "$folder/bad"
	has err "$folder/bad: byte"
done
run 1 "$trace" --policy lru --part 1/2 -o "$folder/no/such/place"
has err "$folder/no/such/place: No such file"
run 2 "$trace" --part 1/2 -o "$folder/x"
has err 'opt has no parts'
run 2 "$trace" --policy lru --part 1/2
has err '--part and --output go together'
run 2 "$trace" --policy lru --part 3/2 -o "$folder/x"
has err "'3/2' is no part"

# formats
run 0 "$trace" --frames 10 --format json
has out '"policy": "lru"'
run 0 "$trace" --frames 10 --format table
has out 'writebacks'
run 0 "$trace" --frames 25%,64KiB,1000000 --policy lru --format csv
column frames | tr '\n' ' ' | grep -q '16 1000000' || fail "sizes as asked"

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
has err "--windows: '0' is no number"
run 2 "$trace" --jobs many
has err "--jobs: 'many' is no number"
run 2 "$trace" --format xml
has err 'not table, csv or json'

# bad traces: what comes before them is finished
run 1 "$folder/absent.spt"
has err 'absent.spt: No such file'
run 1 "$trace" "$folder/absent.spt" --frames 10 --format csv
[ "$(column policy | tr '\n' ' ')" = "lru opt " ] || fail "rows before an error"
printf 'no trace' >"$folder/other.spt"
run 1 "$folder/other.spt"
has err 'other.spt'
head -c 1000 "$trace" >"$folder/cut.spt"
run 1 "$folder/cut.spt"
has err 'cut.spt: has no end'
size=$(wc -c <"$trace")
cp "$trace" "$folder/flipped.spt"
printf 'X' | dd of="$folder/flipped.spt" bs=1 seek=$((size / 2)) \
	conv=notrunc 2>"$folder/err"
run 1 "$folder/flipped.spt"
has err 'flipped.spt'
if [ -w /dev/full ]; then
	"$selfpage" curve "$trace" >/dev/full 2>"$folder/err"
	[ $? -eq 1 ] || fail "a full disk is no error"
	has err 'standard output: No space left'
fi

[ "$failures" -eq 0 ] || echo "$failures failures"
[ "$failures" -eq 0 ]
