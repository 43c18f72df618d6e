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
 * given	scratch, log and kept are written to; then the program says
 *		`use`, and uses a table at random.  At last kept is read, and
 *		log is written to again: scratch could have been given back,
 *		log too, and kept not
 * fetched	each time after some work the program says `search` and reads
 *		index, which is not in memory then, but not often enough to be
 *		kept
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/trace.h"

#define ROWS 0x100000
#define HOT 0x200000
#define MORE 0x300000

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

/* COUNT pages, one after the other. */
static void touch_all(
	struct making *making, uint64_t first, uint32_t count, unsigned kinds)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		touch(making, first + i, kinds);
}

static void touch_some(
	struct making *making, uint64_t first, uint32_t count, uint32_t times)
{
	uint32_t i;

	for (i = 0; i < times; i++)
		touch(making, first + draw(making, count), TRACE_READ);
}

static void make_given(struct making *making)
{
	uint32_t pages = making->pages / 8;
	const uint64_t scratch = HOT, log = HOT + 0x1000, kept = HOT + 0x2000;

	map(making, ROWS, making->pages, "table");
	map(making, scratch, pages, "scratch");
	map(making, log, pages, "log");
	map(making, kept, pages, "kept");
	touch_all(making, scratch, pages, TRACE_WRITE);
	touch_all(making, log, pages, TRACE_WRITE);
	touch_all(making, kept, pages, TRACE_WRITE);
	mark(making, "use");
	touch_some(making, ROWS, making->pages, ROUNDS * making->pages);
	touch_all(making, kept, pages, TRACE_READ);
	touch_all(making, log, pages, TRACE_WRITE);
	touch_some(making, ROWS, making->pages, ROUNDS * making->pages);
}

static void make_fetched(struct making *making)
{
	uint32_t pages = making->pages * 3 / 4, round;

	map(making, ROWS, pages, "data");
	map(making, MORE, making->pages / 4, "index");
	for (round = 0; round < ROUNDS; round++) {
		mark(making, "work");
		touch_some(making, ROWS, pages, 5 * pages);
		mark(making, "search");
		touch_all(making, MORE, making->pages / 4, TRACE_READ);
	}
}

static const struct {
	const char *name;
	void (*make)(struct making *making);
} kinds[] = {
	{"loop", make_loop},
	{"scan", make_scan},
	{"contrary", make_contrary},
	{"phases", make_phases},
	{"given", make_given},
	{"fetched", make_fetched},
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
