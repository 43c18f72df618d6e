#!/bin/sh
# What memory is called and what a program says is heard of a running program
# as of a recorded one: marks of programs of all kinds, or by a file; names by
# symbols or not; memory that is moved, freed and had again.
. "${srcdir:-.}/tests/common.sh"
cc=${CC:-cc} # with its flags

"$selfpage" run --frames 50 --quiet -- true 2>err ||
	skip "nothing can be run: $(tail -n 1 err)"
command -v "${cc%% *}" >/dev/null || skip "no compiler"

# hard PROGRAM...: its hard faults in memory for all, with the hints on
# standard input.
hard()
{
	cat >hints
	"$selfpage" run --frames 2000 --hints hints --quiet --format csv \
		--rows rows -- "$@" >out 2>err || echo "$*: $(cat err)"
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { print $at["hard_faults"] }' rows
}

# needs FAULTS WHAT HINT PROGRAM...
needs()
{
	wanted=$1
	what=$2
	hint=$3
	shift 3
	got=$(echo "$hint" | hard "$@")
	[ "$got" = "$wanted" ] ||
		failed "$what: '$hint': $got hard faults, not $wanted"
}

# 40 pages by one function, 64 by malloc in another, and 20 given a name; all
# are written, then a mark is said, then they are read.
cat >marks.c <<'end'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include "pagetrace/mark.h"

static int touch(volatile char *at, int pages)
{
	int sum = 0;

	for (int i = 0; i < pages; i++)
		sum += at[i * 4096] += 1;
	return sum;
}

static void *map(int pages, int flags)
{
	return mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

__attribute__((noinline)) char *ask_rows(void)
{
	char *at = (char *)mmap(NULL, 40 * 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	at[0] = 0;
	return at;
}

__attribute__((noinline)) char *ask_piece(void)
{
	char *at = (char *)malloc(64 * 4096);

	at[0] = 0;
	return at;
}

int main(int count, char **argument)
{
	char *rows = ask_rows(), *piece = ask_piece();
	char *given = (char *)map(20, 0);

	prctl(0x53564d41, 0, given, 20 * 4096, "given");
	touch(rows, 40), touch(piece, 64), touch(given, 20);
	if (count > 1) {
		rows = (char *)mremap(rows, 40 * 4096, 80 * 4096,
			MREMAP_MAYMOVE);
		piece = (char *)realloc(piece, 128 * 4096);
		touch(rows, 80), touch(piece, 128);
	}
	SELFPAGE_MARK("written");
	touch(rows, 40), touch(piece, 64), touch(given, 20);
	free(piece);
	munmap(rows, 40 * 4096);
	SELFPAGE_MARK("freed");
	piece = (char *)malloc(300);
	touch(piece, 1);
	return argument[0] == NULL;
}
end
cp marks.c marks.cc
flags="-O2 -w -fno-sanitize=all -I $srcdir"
$cc $flags -fPIE -pie -o pie marks.c 2>err ||
	skip "nothing can be compiled: $(tail -n 1 err)"
$cc $flags -fno-pie -no-pie -o fixed marks.c || failed "no -no-pie"
programs="pie fixed"
if command -v c++ >/dev/null; then
	c++ $flags -o plus marks.cc && programs="$programs plus" ||
		failed "mark.h is no C++"
else
	echo "left out: C++, as there is no compiler for it"
fi
if $cc $flags -static -o static marks.c 2>err; then
	./static || failed "static"
else
	echo "left out: static programs: $(tail -n 1 err)"
fi
for program in $programs; do
	./$program || failed "$program by itself"
	name=
	[ $program = plus ] && name=_Z8
	needs 0 $program "@never * dont-need" ./$program
	needs 20 $program "@written [anon:given] dont-need" ./$program
	needs 10 $program "@written [anon:given]+50%-100% dont-need" ./$program
	[ $program = plus ] && continue
	needs 40 $program "@written [anon:ask_rows] dont-need" ./$program
	needs 64 $program "@written [anon:ask_piece] dont-need" ./$program
	needs 4 $program "@written [anon:ask_piece]+0-16KiB dont-need" \
		./$program
done
if [ -x plus ]; then
	needs 40 plus "@written [anon:_Z8ask_rowsv] dont-need" ./plus
	needs 64 plus "@written [anon:_Z9ask_piecev] dont-need" ./plus
fi

# Moved, they keep their names; freed, they are the heap's and nobody's.
needs 40 moved "@written [anon:ask_rows]+0%-50% dont-need" ./pie grow
needs 64 moved "@written [anon:ask_piece]+0%-50% dont-need" ./pie grow
needs 0 freed "@freed [anon:ask_piece] dont-need" ./pie
needs 0 freed "@freed [anon:ask_rows] dont-need" ./pie

# Without symbols only names that are given are known.
strip -o stripped fixed 2>/dev/null && {
	needs 0 stripped "@written [anon:ask_rows] dont-need" ./stripped
	needs 20 stripped "@written [anon:given] dont-need" ./stripped
}

# A script says marks by a file.
cat >script <<'end'
a=0123456789abcdef
i=0
while [ $i -lt 12 ]; do a=$a$a i=$((i + 1)); done
echo said >>"$SELFPAGE_MARKS"
echo ${#a}
end
SELFPAGE_MARKS=marks
export SELFPAGE_MARKS
none=$(echo '@never * dont-need' | hard sh script)
said=$(echo '@said * dont-need' | hard sh script)
[ "$said" -gt $((none + 5)) ] ||
	failed "a mark by a file: $said hard faults, $none without"
finish
