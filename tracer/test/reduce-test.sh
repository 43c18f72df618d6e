#!/bin/sh
# selfpage reduce: the rows of recorded programs before and after, what replay
# refuses of a reduced trace, and how reduce fails.
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
	head -20 "$folder/out" "$folder/err"
	failures=$((failures + 1))
}

# run STATUS ARGUMENT...: the command must end with STATUS.
run()
{
	expected=$1
	shift
	"$selfpage" "$@" >"$folder/out" 2>"$folder/err" </dev/null
	status=$?
	[ "$status" -eq "$expected" ] ||
		fail "selfpage $*: status $status, not $expected"
}

# has FILE TEXT
has()
{
	grep -qF -e "$2" "$folder/$1" || fail "no '$2' in $1"
}

# counts TRACE FRAMES: what must not change, of lru and opt
counts()
{
	run 0 replay --format csv --policy lru,opt --frames "$2" "$1"
	[ -s "$folder/err" ] && fail "replay said something"
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		{ print $column["policy"], $column["frames"],
			$column["references"], $column["faults"],
			$column["hard_faults"], $column["zero_faults"],
			$column["writebacks"], $column["fault_rate"],
			$column["exact"] }' "$folder/out"
}

# same WHOLE REDUCED K
same()
{
	frames=$3,$(($3 + 1)),$((2 * $3)),$((4 * $3)),$((16 * $3))
	counts "$1" "$frames" >"$folder/whole"
	counts "$2" "$frames" >"$folder/reduced"
	[ "$(wc -l <"$folder/whole")" -eq 10 ] || fail "no ten rows of $1"
	cmp "$folder/whole" "$folder/reduced" || fail "$2 differs from $1"
}

# Invented references, then recorded programs: a shell, an interpreter.
trace=$folder/t.spt
run 0 generate -o "$trace" --model mix --pages 2000 --references 300k
run 0 reduce "$trace" -o "$folder/t-16.spt" -K 16
has err "events of"
has err "exact at 16 frames and more"
same "$trace" "$folder/t-16.spt" 16

cp "$trace" "$folder/program-1.spt"
if command -v valgrind >/dev/null; then
	run 0 record -q -o "$folder/program-2.spt" -- sh -c 'echo $((6 * 7))'
	run 0 record -q -o "$folder/program-3.spt" -- \
		awk 'BEGIN { for (i = 0; i < 999; i++) a[i] = i }'
else
	echo "no valgrind: nothing is recorded"
fi
for program in "$folder"/program-?.spt; do
	for K in 8 64; do
		run 0 reduce -q "$program" -o "$folder/r.spt" --frames "$K"
		[ -s "$folder/err" ] && fail "-q is not quiet"
		same "$program" "$folder/r.spt" "$K"
		run 0 info --check --format csv "$folder/r.spt"
		run 0 dump --regions "$program"
		cut -d ' ' -f 3- "$folder/out" >"$folder/whole"
		run 0 dump --regions "$folder/r.spt"
		cut -d ' ' -f 3- "$folder/out" >"$folder/reduced"
		cmp "$folder/whole" "$folder/reduced" || fail "other regions"
	done
done

# Reduced again, for more frames and not for fewer.
run 0 reduce "$folder/t-16.spt" -o "$folder/t-40.spt" -K 40
same "$trace" "$folder/t-40.spt" 40
run 0 reduce "$folder/t-40.spt" -o "$folder/again.spt" -K 40
run 1 reduce "$folder/t-40.spt" -o "$folder/fewer.spt" -K 39
has err "t-40.spt: is reduced for 40 frames and more already"
[ -e "$folder/fewer.spt" ] && fail "fewer frames, all the same"

# What replay makes of it.
run 0 info --format table "$folder/t-40.spt"
has out "reduction      for 40 frames and more"
run 0 info --format csv "$folder/t-40.spt"
has out ",reduction,"
run 1 replay --format csv -p lru,opt,fifo -f 39,40,160,100% "$folder/t-40.spt"
has err "t-40: lru at 39 frames would not be exact: the trace was reduced"
has err "t-40: opt at 39 frames would not be exact"
has err "t-40: fifo at 40 frames would not be exact"
has err "4 rows were refused"

# rows VALUE: how many rows of out have it in the column exact
rows()
{
	awk -F , -v value="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["exact"] == value { count++ }
		END { print count + 0 }' "$folder/out"
}
[ "$(rows yes)" -eq 7 ] || fail "not 7 exact rows"
[ "$(rows close)" -eq 1 ] || fail "not one close row"
run 0 replay --format csv --inexact -p lru -f 39,40 "$folder/t-40.spt"
[ "$(rows no)" -eq 1 ] || fail "not one inexact row"

# Wrong calls, and a trace without its end.
run 2 reduce "$trace"
has err "where to?"
run 2 reduce -o "$folder/x.spt"
has err "which trace?"
run 2 reduce -o "$folder/x.spt" "$trace" "$trace"
has err "one trace at a time"
run 2 reduce -o "$folder/x.spt" -K 0 "$trace"
has err "--frames 0: expected"
run 1 reduce -o "$folder/x.spt" "$folder/none.spt"
has err "none.spt: No such file"
run 1 reduce -o "$folder/none/x.spt" "$trace"
has err "none/x.spt"
head -c 30000 "$trace" >"$folder/cut.spt"
run 0 reduce -o "$folder/x.spt" "$folder/cut.spt"
has err "has no end"

exit $((failures > 0))
