/*
 * How fast text is parsed: million lines a second for each format, from
 * memory into a sink that only counts, against memchr finding the same lines.
 * Lackey's should be at least 100, the others at least 20.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tracer/import.h"
#include "tracer/lackey.h"

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

static int put_line(enum import_format format, char *at, uint64_t *state)
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
	struct message message;

	if (importer_open(format, "bench", 4096, &sink, &importer) != 0)
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
	printf("%-10s %6.1f M lines/s  %4.1f times memchr's time\n", name,
		LINES / seconds / 1e6, seconds / control_s);
}

int main(void)
{
	char *text = malloc(LINES * 40 + PARSE_PADDING);
	uint64_t sum = 0, state = 1;

	if (text == NULL)
		return 1;
	printf("seed 1, %d lines, best of %d\n", LINES, ROUNDS);
	for (unsigned format = 0; format < IMPORT_FORMATS; format++) {
		double best = 1e9, best_record = 1e9, control = 1e9;
		size_t bytes = 0;

		for (unsigned i = 0; i < LINES; i++)
			bytes += put_line(format, text + bytes, &state);
		for (unsigned i = 0; i < ROUNDS; i++) {
			double c = time_memchr(text, bytes, &sum);
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
