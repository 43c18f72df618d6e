/*
 * Memory with names, and a course with marks: a table that is used again and
 * again, by the name that it is given, between streams that are read once, by
 * the function that asks for them.  From the mark "half" on half of the table
 * is not needed, but a ring that would have room in its place.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "pagetrace/mark.h"

enum { PAGE = 4096, TABLE = 100, STREAM = 300, RING = 60, ROUNDS = 6 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static __attribute__((noinline)) char *ask_for_table(void)
{
	char *at = mmap(NULL, TABLE * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	/* a kernel may not know of it */
	prctl(0x53564d41, 0, at, TABLE * PAGE, "table");
	return at;
}

static __attribute__((noinline)) char *ask_for_stream(void)
{
	char *at = malloc(STREAM * PAGE);

	if (!at)
		fail("malloc");
	return at;
}

static unsigned use(const char *at, unsigned pages)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < pages; i++)
		sum += at[i * PAGE];
	return sum;
}

static void fill(char *at, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++)
		at[i * PAGE] = (char)i;
}

int main(void)
{
	char *table = ask_for_table(), *stream = ask_for_stream();
	unsigned sum = 0;

	SELFPAGE_MARK("fill");
	fill(table, TABLE);
	fill(stream, STREAM);
	for (int round = 0; round < ROUNDS; round++) {
		SELFPAGE_MARK("round");
		sum += use(table, TABLE) + use(stream, STREAM);
	}
	SELFPAGE_MARK("half");
	for (int round = 0; round < ROUNDS; round++)
		sum += use(table + TABLE / 2 * PAGE, TABLE / 2) +
		       use(stream, RING);
	printf("%u\n", sum);
	return 0;
}
