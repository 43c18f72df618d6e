#!/bin/sh
# Hints that hold more than there is memory, and instructions that need several
# pages: the program goes on, its output is the same; and from 64 frames on, of
# which what it uses at a time has 16, it hardly faults more than without hints.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
thrash=live/test/thrash
folder=$(mktemp -d "${TMPDIR:-/tmp}/selfpage-thrash-XXXXXX") || exit 99
trap 'rm -rf "$folder"' EXIT
status=0

wrong()
{
	echo "$*"
	sed 's/^/    /' "$folder/err"
	status=1
}

# hard FRAMES ARGUMENT...: hard faults of `selfpage run`, and of thrash.
hard()
{
	frames=$1
	shift
	timeout -k 1 300 "$selfpage" run --frames "$frames" --quiet \
		--policy sfifo-hints --rows "$folder/rows" "$@" \
		>"$folder/out" 2>"$folder/err"
	code=$?
	[ $code = 0 ] && [ ! -s "$folder/err" ] ||
		wrong "$frames frames, $*: exit status $code"
	cmp -s "$folder/plain" "$folder/out" ||
		wrong "$frames frames, $*: another output"
	faults=$(awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { print $at["hard_faults"] }' "$folder/rows")
}

"$selfpage" run --frames 50 --quiet -- true 2>"$folder/err" || {
	echo "skipped: nothing can be run: $(tail -n 1 "$folder/err")"
	exit 77
}
printf '[anon:held] priority 5\n' >"$folder/hints"
for seed in 1 2 3; do
	"$thrash" $seed 200 3000 >"$folder/plain"
	for frames in 3 20 64 128; do
		hard $frames -- "$thrash" $seed 200 3000
		plain=$faults
		hard $frames --hints "$folder/hints" -- "$thrash" $seed 200 3000
		[ $frames -lt 64 ] || [ "$faults" -le $((plain * 5 / 4)) ] ||
			wrong "$frames frames: $plain faults become $faults"
	done
done
exit $status
