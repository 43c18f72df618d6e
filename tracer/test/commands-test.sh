#!/bin/sh
# selfpage generate, info and dump: what they print, and how they fail.
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

# is FILE TEXT: TEXT and nothing else
is()
{
	[ "$(cat "$folder/$1")" = "$2" ] || fail "$1 is not '$2'"
}

# flip FILE BYTE
flip()
{
	old=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	new=$(printf '\\%03o' $((old ^ 16)))
	# shellcheck disable=SC2059
	printf "$new" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

trace=$folder/t.spt
run 0 generate -o "$trace" --model loop --pages 3 --references 5 --writes 0
is out ""
is err ""
run 0 dump "$trace"
is out "= 0 map 0x100000000 0x100003000 rw- anonymous 0x0 
0x100000 r-- 1 0
0x100001 r-- 1 0
0x100002 r-- 1 0
0x100000 r-- 1 0
0x100001 r-- 1 0"
run 0 dump --from 2 --count 1 "$trace"
is out "0x100002 r-- 1 0"
run 0 dump --regions "$trace"
is out "= 0 map 0x100000000 0x100003000 rw- anonymous 0x0 "
run 0 dump --from 5 "$trace"
is out ""
run 1 dump --from 6 "$trace"
has err "has 5 events"

run 0 info --format csv "$trace"
has out "trace,program,arguments,tool,date,page_bytes,references,events,"
has out ",4096,5,5,5,0,0,3,12288,1,1,"
run 0 info --format json --check "$trace"
has out '"references": 5,'
run 0 info --format table "$trace"
has out "references     5"
has out "end            whole"

# A trace of version 1 of the format reads as it did.
version1=${srcdir:-.}/tracer/test/data/version-1
run 0 info --check --format csv "$version1.spt"
has out ",4096,30064776063,150,84,81,85,73,299008,4,3,1561,"
run 0 dump "$version1.spt"
cmp "$folder/out" "$version1.dump" || fail "version 1 reads otherwise"
cp "$version1.spt" "$folder/old.spt"
flip "$folder/old.spt" 700
run 1 info --check "$folder/old.spt"
has err "block 1"
head -c 1100 "$version1.spt" >"$folder/old.spt"
run 0 dump "$folder/old.spt"
has err "has no end"
head -1 "$version1.dump" | cmp -n 50 - "$folder/out" || fail "version 1, cut"

# The same call gives the same file; another seed another one.
for seed in 1 1 2; do
	run 0 generate -o "$folder/$seed.spt" --model mix --pages 300 \
		--references 600k --seed $seed
	[ $seed = 2 ] || cp "$folder/$seed.spt" "$folder/last"
done
cmp -s "$folder/1.spt" "$folder/last" || fail "not the same again"
cmp -s "$folder/1.spt" "$folder/2.spt" && fail "the seed does nothing"

# Closed pipes are no error worth a word.
"$selfpage" dump "$folder/1.spt" 2>"$folder/err" | head -2 >"$folder/out"
is err ""
[ "$(wc -l <"$folder/out")" -eq 2 ] || fail "dump | head"

# A trace without its end: whole blocks, and it says so.
bytes=$(wc -c <"$folder/1.spt")
head -c $((bytes - 500)) "$folder/1.spt" >"$folder/cut.spt"
run 0 info --format table "$folder/cut.spt"
has out "end            missing"
run 0 dump --count 3 "$folder/cut.spt"
has err "has no end"

# Damage in each part: name and place.
for at in 8 30 60 100 300 $((bytes / 2)) $((bytes - 150)) $((bytes - 120)) \
	$((bytes - 50)) $((bytes - 12)) $((bytes - 1)); do
	cp "$folder/1.spt" "$folder/bad.spt"
	flip "$folder/bad.spt" "$at"
	run 1 info --check "$folder/bad.spt"
	has err "bad.spt: b"
done

: >"$folder/empty"
run 1 info "$folder/empty"
has err "empty: empty"
run 1 dump "$0"
has err "not a page-reference trace"
run 1 info "$folder/none"
has err "none: No such file"
run 1 info "$folder"
has err "not a regular file"
run 1 info "$folder/none" "$trace"
has out "t.spt,"

run 2 info
run 2 info --format yaml "$trace"
run 2 dump
run 2 dump "$trace" "$trace"
run 2 dump --from x "$trace"
run 2 generate
run 2 generate -o "$folder/x" --model zip
run 2 generate -o "$folder/x" --pages 0
run 2 generate -o "$folder/x" --writes 101%
run 2 generate -o "$folder/x" --model runs:9 --pages 8
run 2 generate -o "$folder/x" y
run 1 generate -o "$folder/none/x" --references 1
has err "none/x.part: cannot create"
run 1 generate -o /dev/null --references 1
has err "not a regular file"
[ -c /dev/null ] || fail "/dev/null is gone"

# A disk that is full: said, with the file, and nothing passes as a trace.
(
	trap '' XFSZ
	ulimit -f 8
	"$selfpage" generate -o "$folder/full.spt" --pages 100k \
		--references 600k >"$folder/out" 2>"$folder/err"
)
[ $? -eq 1 ] || fail "a full disk has another status"
has err "full.spt.part: cannot write"
[ ! -e "$folder/full.spt" ] || fail "a broken trace took the name"

for command in generate info dump; do
	run 0 $command --help
	has out "Examples:"
done
exit $((failures > 0))
