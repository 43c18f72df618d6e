/*
 * How fast traces are written and read, and how large they are.
 *
 *	trace-bench [TRACE...]
 *
 * reads the traces given, else traces of invented references that it writes
 * first.  A reading is the median of five.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tracer/generate.h"
#include "tracer/random.h"
#include "tracer/trace.h"

#define ROUNDS 5
#define REFERENCES (8u << 20)
#define PART 4096u

static double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int compare(const void *one, const void *two)
{
	const double *a = one, *b = two;

	return (*a > *b) - (*a < *b);
}

static void check(int error, const struct message *message)
{
	if (!error)
		return;
	fprintf(stderr, "trace-bench: %s\n", message->text);
	exit(1);
}

/* Seconds to read all of it; *HASH_OUT so that nothing is left out. */
static double read_trace(const char *path, bool with_counts, uint64_t *hash_out)
{
	struct message message;
	struct trace_reader *reader;
	struct trace_block block;
	double start = now_s();

	check(trace_reader_open(path, with_counts, &reader, &message),
		&message);
	*hash_out = 0;
	for (uint64_t i = 0; i < trace_reader_info(reader)->blocks; i++) {
		check(trace_reader_read(reader, i, &block, &message), &message);
		if (block.events > 0)
			*hash_out = *hash_out * 31 +
				    block.page[block.events - 1] * 7 +
				    block.kinds[block.events / 2];
	}
	trace_reader_close(reader);
	return now_s() - start;
}

static double median(const char *path, bool with_counts, uint64_t *hash_out)
{
	double time[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++)
		time[i] = read_trace(path, with_counts, hash_out);
	qsort(time, ROUNDS, sizeof(*time), compare);
	return time[ROUNDS / 2];
}

static void show(const char *name, const char *path, double write_s)
{
	struct message message;
	struct trace_reader *reader;
	struct trace_info info;
	uint64_t hash;
	double plain_s, counts_s;

	check(trace_reader_open(path, false, &reader, &message), &message);
	info = *trace_reader_info(reader);
	trace_reader_close(reader);
	plain_s = median(path, false, &hash);
	counts_s = median(path, true, &hash);
	printf("%-16.16s %11" PRIu64 " %11" PRIu64 " %8" PRIu64
	       " %7.4f %7.2f %7.2f ",
		name, info.references, info.events, info.pages,
		(double)info.file_bytes / (double)info.events,
		plain_s * 1e9 / (double)info.events,
		counts_s * 1e9 / (double)info.events);
	if (write_s > 0)
		printf("%7.2f", write_s * 1e9 / (double)info.references);
	else
		printf("%7s", "-");
	printf("  %016" PRIx64 "\n", hash);
}

static struct trace_writer *start_writing(const char *path)
{
	const struct trace_writer_options options = {
		.page_bytes = 4096, .has_writes = true};
	struct trace_writer *writer;
	struct message message;

	check(trace_writer_open(path, &options, &writer, &message), &message);
	return writer;
}

/* Time of the writer alone: the references are drawn before. */
static double write_model(const char *path, const char *model, uint32_t pages)
{
	struct generate_options options = {.pages = pages,
		.references = REFERENCES,
		.writes = 0.3,
		.seed = 1};
	struct trace_writer *writer = start_writing(path);
	struct generator *generator;
	struct message message;
	uint32_t page[PART];
	uint8_t kind[PART];
	double sum = 0;

	if (generate_parse_model(model, &options) ||
		generator_create(&options, &generator))
		abort();
	for (unsigned i = 0; i < REFERENCES / PART; i++) {
		double start;

		generator_fill(generator, page, kind, PART);
		start = now_s();
		for (unsigned j = 0; j < PART; j++)
			trace_writer_add(writer, page[j], kind[j], 1, 0);
		sum += now_s() - start;
	}
	generator_destroy(generator);
	sum -= now_s();
	check(trace_writer_finish(writer, &message), &message);
	return sum + now_s();
}

/* As a program does: an instruction page, then data on a few pages, in turns
 * of a loop that are mostly alike. */
static double write_loops(const char *path)
{
	struct trace_writer *writer = start_writing(path);
	struct message message;
	uint64_t seed = 1;
	uint64_t random = 0;
	double start = now_s();

	for (unsigned i = 0; i < REFERENCES; i += 8) {
		if (i % 1024 == 0)
			random = random_next(&seed);
		trace_writer_add(writer, random % 64, 4, 1, 0);
		trace_writer_add(writer, random % 64, 4, 1, 0);
		trace_writer_add(writer, 1000 + random % 512, 1, 1, 0);
		trace_writer_add(writer, random % 64, 4, 1, 0);
		trace_writer_add(writer, 5000 + i / 65536, 2, 1, 0);
		trace_writer_add(writer, random % 64, 4, 1, 0);
		trace_writer_add(writer, random % 64, 4, 1, 0);
		trace_writer_add(writer, 9000 + random % 2, 3, 1, 0);
	}
	check(trace_writer_finish(writer, &message), &message);
	return now_s() - start;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *model;
		uint32_t pages;
	} invented[] = {
		{"zipf:0.9", 1u << 20},
		{"uniform", 1u << 20},
		{"mix", 150000},
		{"runs:64", 1u << 20},
		{"loop", 1u << 20},
	};
	char path[] = "trace-bench-XXXXXX";

	printf("%-16s %11s %11s %8s %7s %7s %7s %7s  hash\n", "trace",
		"references", "events", "pages", "B/event", "ns/ev", "+counts",
		"ns/add");
	for (int i = 1; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');

		show(slash ? slash + 1 : argv[i], argv[i], 0);
	}
	if (argc > 1)
		return 0;
	close(mkstemp(path));
	show("loops", path, write_loops(path));
	for (unsigned i = 0; i < sizeof(invented) / sizeof(*invented); i++)
		show(invented[i].model, path,
			write_model(
				path, invented[i].model, invented[i].pages));
	unlink(path);
	return 0;
}
