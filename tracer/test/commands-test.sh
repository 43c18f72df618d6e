#!/bin/sh
# selfpage generate, info and dump: what they print, and how they fail.
. "${srcdir:-.}/tests/common.sh"

# is FILE TEXT: TEXT and nothing else
is()
{
	[ "$(cat "$1")" = "$2" ] || failed "$1 is not '$2'"
}

trace=t.spt
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
version1=$srcdir/tracer/test/data/version-1
run 0 info --check --format csv "$version1.spt"
has out ",4096,30064776063,150,84,81,85,73,299008,4,3,1561,"
run 0 dump "$version1.spt"
cmp out "$version1.dump" || failed "version 1 reads otherwise"
cp "$version1.spt" old.spt
flip old.spt 700
run 1 info --check old.spt
has err "block 1"
head -c 1100 "$version1.spt" >old.spt
run 0 dump old.spt
has err "has no end"
head -1 "$version1.dump" | cmp -n 50 - out || failed "version 1, cut"

# A trace of this version, with everything that can be in one.
version2=$srcdir/tracer/test/data/version-2
run 0 dump "$version2.spt"
cmp out "$version2.dump" || failed "version 2 reads otherwise"
run 0 info --check --format csv "$version2.spt"
has out ",1,0,2,4711,every reference,0,3,16,10,20,30,4,500,1,1"
run 0 info --format table "$version2.spt"
has out "process        4711"
has out "reduction      for 3 frames and more"
has out "skipped        500 references"
has out "stopped        at a limit"

# The same call gives the same file; another seed another one.
for seed in 1 1 2; do
	run 0 generate -o "$seed.spt" --model mix --pages 300 \
		--references 600k --seed $seed
	[ $seed = 2 ] || cp "$seed.spt" last
done
cmp -s 1.spt last || failed "not the same again"
cmp -s 1.spt 2.spt && failed "the seed does nothing"

# Closed pipes are no error worth a word.
"$selfpage" dump 1.spt 2>err | head -2 >out
is err ""
[ "$(wc -l <out)" -eq 2 ] || failed "dump | head"

# A trace without its end: whole blocks, and it says so.
bytes=$(wc -c <1.spt)
head -c $((bytes - 500)) 1.spt >cut.spt
run 0 info --format table cut.spt
has out "end            missing"
run 0 dump --count 3 cut.spt
has err "has no end"

# Damage in each part: name and place.
for at in 8 30 60 100 300 $((bytes / 2)) $((bytes - 150)) $((bytes - 120)) \
	$((bytes - 50)) $((bytes - 12)) $((bytes - 1)); do
	cp 1.spt bad.spt
	flip bad.spt "$at"
	run 1 info --check bad.spt
	has err "bad.spt: b"
done

: >empty
run 1 info empty
has err "empty: empty"
run 1 dump "$srcdir/configure.ac"
has err "not a page-reference trace"
run 1 info none
has err "none: No such file"
run 1 info "$work"
has err "not a regular file"
run 1 info none "$trace"
has out "t.spt,"

run 2 info
run 2 info --format yaml "$trace"
run 2 dump
run 2 dump "$trace" "$trace"
run 2 dump --from x "$trace"
run 2 generate
run 2 generate -o x --model zip
run 2 generate -o x --pages 0
run 2 generate -o x --writes 101%
run 2 generate -o x --model runs:9 --pages 8
run 2 generate -o x y
run 1 generate -o none/x --references 1
has err "none/x.part: cannot create"
run 1 generate -o /dev/null --references 1
has err "not a regular file"
[ -c /dev/null ] || failed "/dev/null is gone"

# A disk that is full: said, with the file, and nothing passes as a trace.
(
	trap '' XFSZ
	ulimit -f 8
	"$selfpage" generate -o full.spt --pages 100k \
		--references 600k >out 2>err
)
[ $? -eq 1 ] || failed "a full disk has another status"
has err "full.spt.part: cannot write"
[ ! -e full.spt ] || failed "a broken trace took the name"

for command in generate info dump; do
	run 0 $command --help
	has out "Examples:"
done
finish
