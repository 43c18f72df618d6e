#!/bin/sh
# What memory is called and what a program says is heard of a running program
# as of a recorded one: marks of programs of all kinds, or by a file; names by
# symbols or not; memory that is moved, freed and had again.
set -u
LC_ALL=C
export LC_ALL
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
source=$(realpath "${srcdir:-.}")
folder=$(mktemp -d "${TMPDIR:-/tmp}/selfpage-names-XXXXXX") || exit 99
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
status=0
cc=${CC:-cc} # with its flags

wrong()
{
	echo "$*"
	status=1
}

"$selfpage" run --frames 50 --quiet -- true 2>err || {
	echo "skipped: nothing can be run: $(tail -n 1 err)"
	exit 77
}
command -v "${cc%% *}" >/dev/null || {
	echo "skipped: no compiler"
	exit 77
}

# hard PROGRAM...: its hard faults in memory for all, with the hints on
# standard input.
hard()
{
	cat >hints
	"$selfpage" run --frames 2000 --hints hints --quiet --format csv \
		--rows rows -- "$@" >out 2>err || wrong "$*: $(cat err)"
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { print $at["hard_faults"] }' rows
}

# expect FAULTS WHAT HINT PROGRAM...
expect()
{
	wanted=$1
	what=$2
	hint=$3
	shift 3
	got=$(echo "$hint" | hard "$@")
	[ "$got" = "$wanted" ] ||
		wrong "$what: '$hint': $got hard faults, not $wanted"
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
flags="-O2 -w -fno-sanitize=all -I $source"
$cc $flags -fPIE -pie -o pie marks.c 2>err || {
	echo "skipped: nothing can be compiled: $(tail -n 1 err)"
	exit 77
}
$cc $flags -fno-pie -no-pie -o fixed marks.c || wrong "no -no-pie"
programs="pie fixed"
if command -v c++ >/dev/null; then
	c++ $flags -o plus marks.cc && programs="$programs plus" ||
		wrong "mark.h is no C++"
else
	echo "left out: C++, as there is no compiler for it"
fi
if $cc $flags -static -o static marks.c 2>err; then
	./static || wrong "static"
else
	echo "left out: static programs: $(tail -n 1 err)"
fi
for program in $programs; do
	./$program || wrong "$program by itself"
	name=
	[ $program = plus ] && name=_Z8
	expect 0 $program "@never * dont-need" ./$program
	expect 20 $program "@written [anon:given] dont-need" ./$program
	expect 10 $program "@written [anon:given]+50%-100% dont-need" ./$program
	[ $program = plus ] && continue
	expect 40 $program "@written [anon:ask_rows] dont-need" ./$program
	expect 64 $program "@written [anon:ask_piece] dont-need" ./$program
	expect 4 $program "@written [anon:ask_piece]+0-16KiB dont-need" \
		./$program
done
if [ -x plus ]; then
	expect 40 plus "@written [anon:_Z8ask_rowsv] dont-need" ./plus
	expect 64 plus "@written [anon:_Z9ask_piecev] dont-need" ./plus
fi

# Moved, they keep their names; freed, they are the heap's and nobody's.
expect 40 moved "@written [anon:ask_rows]+0%-50% dont-need" ./pie grow
expect 64 moved "@written [anon:ask_piece]+0%-50% dont-need" ./pie grow
expect 0 freed "@freed [anon:ask_piece] dont-need" ./pie
expect 0 freed "@freed [anon:ask_rows] dont-need" ./pie

# Without symbols only names that are given are known.
strip -o stripped fixed 2>/dev/null && {
	expect 0 stripped "@written [anon:ask_rows] dont-need" ./stripped
	expect 20 stripped "@written [anon:given] dont-need" ./stripped
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
	wrong "a mark by a file: $said hard faults, $none without"
exit $status
