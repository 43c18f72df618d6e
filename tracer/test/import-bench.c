/*
 * How fast is parsed: million records a second for each format, from memory
 * into a sink that only counts, against memchr finding the same lines.
 * Lackey's should be at least 100, the others at least 20, but for csv, perf
 * and blkparse, whose makers are slower than 2.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tracer/import.h"
#include "tracer/lackey.h"
#include "tracer/oracle.h"

#define LINES 1000000
#define ROUNDS 5

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ (x >> 29);
}

/* As a program's: fetches go on in a page, data comes from a few. */
static int put_lackey(char *at, uint64_t *state)
{
	static const char *const heads[] = {
		"I  ", "I  ", " L ", " S ", "I  ", " L ", "I  ", " M "};
	uint64_t x = random_next(state);
	const char *head = heads[x % 8];
	uint64_t page = head[0] == 'I' ? 0x4001 + (x >> 8) % 2
			: (x >> 8) % 2 ? 0x1ffefff
				       : 0x4222 + (x >> 9) % 64;

	return sprintf(at, "%s%08" PRIx64 ",%u\n", head,
		page << 12 | ((x >> 32) & 0xff8),
		head[0] == 'I' ? 1 + (unsigned)(x >> 20) % 7 : 8u);
}

/* A record of 24 bytes. */
static int put_oracle(char *at, uint64_t x)
{
	struct oracle_record record = {
		.object = x % 1000000, .bytes = 4096, .next = -1};

	memcpy(at, &record, sizeof(record));
	return sizeof(record);
}

/* One of 12, the first a header; half of them fetches. */
static int put_drmemtrace(char *at, bool first, uint64_t x)
{
	uint16_t type = first ? 25 : x >> 63 ? 10 : (x >> 62) & 1, size = 8;
	uint64_t value = first ? 4 : x % (UINT64_C(1) << 32);

	memcpy(at, &type, 2);
	memcpy(at + 2, &size, 2);
	memcpy(at + 4, &value, 8);
	return 12;
}

static int put_line(
	enum import_format format, char *at, bool first, uint64_t *state)
{
	uint64_t x = random_next(state);

	switch (format) {
	case IMPORT_PAGES:
		return sprintf(at, "%" PRIu64 "%s\n", x % 1000000,
			x >> 63 ? " w" : "");
	case IMPORT_LIRS:
		return sprintf(at, "%" PRIu64 "\n", x % 1000000);
	case IMPORT_ARC:
		return sprintf(at, "%" PRIu64 " 1 0 0\n", x % 1000000);
	case IMPORT_ADDRESS:
		return sprintf(at, "%c 0x%" PRIx64 " %u\n", x >> 63 ? 's' : 'l',
			x % (UINT64_C(1) << 32), (unsigned)(x >> 40) % 9);
	case IMPORT_ORACLE:
		return put_oracle(at, x);
	case IMPORT_DRMEMTRACE:
		return put_drmemtrace(at, first, x);
	case IMPORT_CSV:
		return first ? sprintf(at, "time,page,op\n")
			     : sprintf(at, "%u,%" PRIu64 ",%c\n",
				       (unsigned)(x >> 40), x % 1000000,
				       x >> 63 ? 'w' : 'r');
	case IMPORT_PERF:
		return sprintf(at, "sort 7/7 1.5: mem-loads: %" PRIx64 "\n",
			x % (UINT64_C(1) << 40));
	case IMPORT_BLKPARSE:
		return sprintf(at, "8,0 1 2 0.5 7 Q R %" PRIu64 " + 8 [x]\n",
			x % 1000000 * 8);
	default:
		return put_lackey(at, state);
	}
}

static int count(
	void *context, const struct run *runs, size_t number, uint32_t thread)
{
	uint64_t *sum = context;

	(void)thread;
	for (size_t i = 0; i < number; i++)
		*sum += runs[i].count;
	return 0;
}

static double time_memchr(const char *text, size_t bytes, uint64_t *sum)
{
	const char *end = text + bytes;
	double start = now_s();

	while (text < end) {
		text = (const char *)memchr(text, '\n', end - text) + 1;
		++*sum;
	}
	return now_s() - start;
}

static double time_import(enum import_format format, const char *text,
	size_t bytes, uint64_t *sum)
{
	struct run_sink sink = {sum, count, NULL, NULL};
	struct importer *importer;
	struct import_options options = {
		.format = format, .name = "bench", .page_bytes = 4096};
	struct message message;

	if (importer_open(&options, &sink, &importer, &message) != 0)
		exit(1);
	double start = now_s();

	if (importer_feed(importer, text, bytes, &message) != 0) {
		fprintf(stderr, "%s\n", message.text);
		exit(1);
	}
	double seconds = now_s() - start;

	importer_close(importer);
	return seconds;
}

/* What `record` does: the parser without counting lines. */
static double time_record(const char *text, size_t bytes, uint64_t *sum)
{
	struct run_sink sink = {sum, count, NULL, NULL};
	struct lackey_options options = {4096, 7, false};
	struct lackey *lackey;
	const char *bad;

	if (lackey_open(&options, &sink, &lackey) != 0)
		exit(1);
	double start = now_s();

	if (lackey_feed(lackey, text, bytes, &bad) != 0)
		exit(1);
	double seconds = now_s() - start;

	lackey_close(lackey);
	return seconds;
}

static void print_best(const char *name, double seconds, double control_s)
{
	printf("%-14s %6.1f M records/s", name, LINES / seconds / 1e6);
	if (control_s < 1e9)
		printf("  %4.1f times memchr's time", seconds / control_s);
	putchar('\n');
}

int main(void)
{
	char *text = malloc(LINES * 48 + PARSE_PADDING);
	uint64_t sum = 0, state = 1;

	if (text == NULL)
		return 1;
	printf("seed 1, %d lines, best of %d\n", LINES, ROUNDS);
	for (unsigned format = 0; format < IMPORT_FORMATS; format++) {
		double best = 1e9, best_record = 1e9, control = 1e9;
		size_t bytes = 0;

		for (unsigned i = 0; i < LINES; i++)
			bytes += put_line(format, text + bytes, i == 0, &state);
		for (unsigned i = 0; i < ROUNDS; i++) {
			double c = import_format_record_bytes(format) > 0
					   ? 1e9
					   : time_memchr(text, bytes, &sum);
			double s = time_import(format, text, bytes, &sum);
			double r = format == IMPORT_LACKEY
					   ? time_record(text, bytes, &sum)
					   : 1e9;

			control = c < control ? c : control;
			best = s < best ? s : best;
			best_record = r < best_record ? r : best_record;
		}
		print_best(import_format_name(format), best, control);
		if (format == IMPORT_LACKEY)
			print_best("(record)", best_record, control);
	}
	printf("sum %" PRIu64 "\n", sum);
	free(text);
	return 0;
}
