/*
 * Traces whose best hints are known, for tune-test.sh:
 *
 *	tune-trace KIND SEED PAGES FILE
 *
 * loop		rows is gone through over and over, beside a few hot pages: LRU
 *		keeps none of it, and a part should be held
 * scan		a stream is read once, beside hot pages at random: it should
 *		not push them out
 * phases	rows is read once while it is loaded, and what is used at random
 *		is table; when the program says `look`, it is the other way
 *		round
 * contrary	as scan, but the stream is what is used again, at once and at
 *		random, and the pages of hot are what is read once
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/trace.h"

#define ROWS 0x100000
#define HOT 0x200000

enum { ROUNDS = 30 };

struct making {
	struct trace_writer *writer;
	uint64_t random;
	uint32_t pages;
};

static uint32_t draw(struct making *making, uint32_t below)
{
	making->random ^= making->random << 13;
	making->random ^= making->random >> 7;
	making->random ^= making->random << 17;
	return (uint32_t)(making->random >> 33) % below;
}

static void map(
	struct making *making, uint64_t vpn, uint64_t pages, const char *name)
{
	const struct trace_region region = {
		.kind = TRACE_REGION_MAP,
		.start = vpn << 12,
		.end = (vpn + pages) << 12,
		.protection = 3,
		.anonymous = *name != '/',
		.name = name,
	};

	trace_writer_region(making->writer, &region);
}

static void mark(struct making *making, const char *name)
{
	const struct trace_region region = {
		.kind = TRACE_REGION_MARK, .name = name};

	trace_writer_region(making->writer, &region);
}

static void touch(struct making *making, uint64_t vpn, unsigned kinds)
{
	trace_writer_add(making->writer, vpn, kinds, 1, 1);
}

static void make_loop(struct making *making)
{
	uint32_t round, i;

	map(making, ROWS, making->pages, "rows");
	map(making, HOT, 8, "hot");
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < making->pages; i++) {
			touch(making, ROWS + i, TRACE_READ);
			touch(making, HOT + draw(making, 8), TRACE_WRITE);
		}
}

/* The pages from ONCE on are read once, and between them those of OFTEN. */
static void read_beside(
	struct making *making, uint64_t once, uint64_t often, uint32_t pages)
{
	uint32_t i, j;

	for (i = 0; i < pages; i++) {
		touch(making, once + i, TRACE_READ);
		for (j = 0; j < 2; j++)
			touch(making, often + draw(making, making->pages / 2),
				TRACE_WRITE);
	}
}

static void make_scan(struct making *making)
{
	map(making, ROWS, (uint64_t)making->pages * ROUNDS, "/srv/stream");
	map(making, HOT, making->pages / 2, "hot");
	read_beside(making, ROWS, HOT, making->pages * ROUNDS);
}

static void make_contrary(struct making *making)
{
	map(making, HOT, making->pages / 2, "/srv/stream");
	map(making, ROWS, (uint64_t)making->pages * ROUNDS, "hot");
	read_beside(making, ROWS, HOT, making->pages * ROUNDS);
}

static void make_phases(struct making *making)
{
	uint32_t pages = making->pages * ROUNDS / 2;

	map(making, ROWS, pages, "rows");
	map(making, HOT, pages, "table");
	read_beside(making, ROWS, HOT, pages);
	mark(making, "look");
	read_beside(making, HOT, ROWS, pages);
}

static const struct {
	const char *name;
	void (*make)(struct making *making);
} kinds[] = {
	{"loop", make_loop},
	{"scan", make_scan},
	{"contrary", make_contrary},
	{"phases", make_phases},
};

int main(int argc, char **argv)
{
	const struct trace_writer_options options = {
		.program = "made",
		.arguments = "",
		.tool = "tune-trace",
		.page_bytes = 4096,
		.has_writes = true,
	};
	struct making making;
	struct message message = {""};
	size_t i;
	int error;

	if (argc != 5)
		return 2;
	making.random = strtoull(argv[2], NULL, 10) * 2654435761 + 1;
	making.pages = (uint32_t)strtoul(argv[3], NULL, 10);
	error = trace_writer_open(argv[4], &options, &making.writer, &message);
	if (error) {
		fprintf(stderr, "%s\n", message.text);
		return 1;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name))
			kinds[i].make(&making);
	error = trace_writer_finish(making.writer, &message);
	if (error)
		fprintf(stderr, "%s\n", message.text);
	return error ? 1 : 0;
}
