#!/bin/sh
# The programs that the lab has of its own: each prints what a plain model of
# it in Python prints, for several seeds, also under the sanitizers; fails on
# a wrong call; and touches the same pages on every run.
. "${srcdir:-.}/tests/common.sh"
workloads=$srcdir/workloads
export SELFPAGE="$selfpage"
for program in gcc /usr/bin/python3; do
	command -v $program >/dev/null || skip "there is no $program"
done

build()
{
	gcc -std=gnu17 -O3 -Wall -Wextra -Wshadow -Werror "$@" \
		-I"$workloads/.." -o "$program" \
		"$workloads/programs/$program.c" -lm || failed "$program: $*"
}

naive() { /usr/bin/python3 "$workloads/test/naive.py" "$@" >wanted; }

# same ARGUMENT...: the program prints, at the end, what the model has.
same()
{
	./"$program" "$@" >out 2>err || failed "$program $*: $(cat out err)"
	case $(cat out) in
	*"$(cat wanted)") ;;
	*) failed "$program $*: '$(cat out)', expected '$(cat wanted)'" ;;
	esac
}

check_all()
{
	program=collector && build "$@"
	for seed in 1 2 3; do naive collector $seed 30 && same $seed 30; done
	program=columns && build "$@"
	for seed in 1 2; do naive columns $seed 5000 && same $seed 5000; done
	program=graph && build "$@"
	for seed in 1 2; do naive graph $seed 700 && same $seed 700; done
	program=keyvalue && build "$@"
	for seed in 1 2 3; do naive keyvalue $seed 200 && same $seed 200; done
	program=matrix && build "$@"
	for seed in 1 2; do
		naive matrix $seed 70
		same $seed 70 rows
		same $seed 70 blocks
	done
	program=player && build "$@"
	./player make 4 14 >stream || failed 'player make'
	naive player stream && same play stream
}

check_all
check_all -fsanitize=address,undefined -fno-sanitize-recover=all

# What a player can't have been given.
printf 'x' | dd of=stream bs=1 seek=400000 conv=notrunc 2>/dev/null
expect 1 WRONG ./player play stream
for program in collector columns graph keyvalue matrix; do
	expect 2 'expected' ./$program
	expect 2 'expected' ./$program 1 0
	expect 2 'expected' ./$program 1 x
done
expect 2 'expected' ./player play
expect 1 'No such file' ./player play nothing

# Two recordings are the same, but for the day and the process.
if ! command -v valgrind >/dev/null; then
	echo 'no valgrind: nothing recorded'
	finish
	exit 0
fi
for name in collector columns graph keyvalue matrix-blocks matrix-rows player
do
	for again in 1 2; do
		"$workloads/record.sh" --size small --input B \
			--traces $again $name >out 2>&1 ||
			failed "$name: $(cat out)"
		"$selfpage" dump $again/$name-B.spt >$again/dump
	done
	[ -s 1/dump ] || failed "$name: nothing was recorded"
	cmp 1/dump 2/dump || failed "$name: recorded differently"
done
finish
