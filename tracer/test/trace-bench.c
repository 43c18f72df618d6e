/*
 * How fast traces are written and read, and how large they are.
 *
 *	trace-bench [TRACE...]
 *
 * takes the first references of the traces given, else invented ones, and
 * writes them: with no thread beside the caller's, with what pays on this
 * machine, and reduced for 64 frames.  Then it reads what was written, without
 * and with counts.  Every time is the best of five.
 */
#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tracer/generate.h"
#include "tracer/random.h"
#include "tracer/run.h"
#include "tracer/trace.h"

#define ROUNDS 5
#define REFERENCES (8u << 20)
#define REDUCTION 64

/* References to write, kept so that only the writer is timed. */
struct references {
	const char *name;
	struct trace_run *run; /* [REFERENCES] */
	uint64_t runs;
};

static double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
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

static double time_reading(const char *path, bool with_counts, uint64_t *hash)
{
	double best = INFINITY;

	for (unsigned i = 0; i < ROUNDS; i++)
		best = fmin(best, read_trace(path, with_counts, hash));
	return best;
}

/* Seconds to write all of it. */
static double write_trace(const struct references *references, const char *path,
	unsigned threads, uint32_t reduce)
{
	const struct trace_writer_options options = {
		.page_bytes = 4096,
		.has_writes = true,
		.threads = threads,
		.reduce = reduce,
	};
	struct trace_writer *writer;
	struct message message;
	double start;

	check(trace_writer_open(path, &options, &writer, &message), &message);
	start = now_s();
	for (uint64_t i = 0; i < references->runs; i++) {
		const struct trace_run *run = &references->run[i];

		trace_writer_add(
			writer, run->vpn, run->kinds, run->count, run->thread);
	}
	check(trace_writer_finish(writer, &message), &message);
	return now_s() - start;
}

static double time_writing(const struct references *references,
	const char *path, unsigned threads, uint32_t reduce)
{
	double best = INFINITY;

	for (unsigned i = 0; i < ROUNDS; i++)
		best = fmin(
			best, write_trace(references, path, threads, reduce));
	return best;
}

static struct trace_info info_of(const char *path)
{
	struct trace_reader *reader;
	struct trace_info info;
	struct message message;

	check(trace_reader_open(path, false, &reader, &message), &message);
	info = *trace_reader_info(reader);
	trace_reader_close(reader);
	return info;
}

/* All in nanoseconds an event of the trace that is not reduced. */
static void show(const struct references *references, const char *path)
{
	unsigned threads = trace_writer_threads();
	double ns, alone_s, threads_s, reduced_s, plain_s, counts_s;
	struct trace_info info, reduced;
	uint64_t hash;

	reduced_s = time_writing(references, path, threads, REDUCTION);
	reduced = info_of(path);
	threads_s = time_writing(references, path, threads, 1);
	alone_s = time_writing(references, path, 0, 1);
	info = info_of(path);
	plain_s = time_reading(path, false, &hash);
	counts_s = time_reading(path, true, &hash);
	ns = 1e9 / (double)info.events;
	printf("%-16.16s %10" PRIu64 " %8" PRIu64
	       " %8.4f %7.2f %7.2f %7.2f %7.1f %7.2f %7.2f  %016" PRIx64 "\n",
		references->name, info.events, info.pages,
		(double)info.file_bytes / (double)info.events, alone_s * ns,
		threads_s * ns, reduced_s * ns,
		(double)info.events / (double)reduced.events, plain_s * ns,
		counts_s * ns, hash);
}

/* ---- references ---- */

static void put(struct references *references, uint64_t vpn, uint32_t kinds)
{
	references->run[references->runs++] =
		(struct trace_run){vpn, 1, kinds, 0};
}

static void invent(
	struct references *references, const char *model, uint32_t pages)
{
	struct generate_options options = {.pages = pages,
		.references = REFERENCES,
		.writes = 0.3,
		.seed = 1};
	struct generator *generator;
	static uint32_t page[REFERENCES];
	static uint8_t kind[REFERENCES];

	if (generate_parse_model(model, &options) ||
		generator_create(&options, &generator))
		abort();
	generator_fill(generator, page, kind, REFERENCES);
	generator_destroy(generator);
	references->name = model;
	references->runs = 0;
	for (unsigned i = 0; i < REFERENCES; i++)
		put(references, page[i], kind[i]);
}

/* As a program does: an instruction page, then data on a few pages, in turns
 * of a loop that are mostly alike. */
static void invent_loops(struct references *references)
{
	uint64_t seed = 1;
	uint64_t random = 0;

	references->name = "loops";
	references->runs = 0;
	for (unsigned i = 0; i < REFERENCES; i += 8) {
		if (i % 1024 == 0)
			random = random_next(&seed);
		put(references, random % 64, 4);
		put(references, random % 64, 4);
		put(references, 1000 + random % 512, 1);
		put(references, random % 64, 4);
		put(references, 5000 + i / 65536, 2);
		put(references, random % 64, 4);
		put(references, random % 64, 4);
		put(references, 9000 + random % 2, 3);
	}
}

/* The first events of a trace. */
static void load(struct references *references, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct trace_reader *reader;
	struct message message;
	struct trace_block block;
	const uint64_t *vpn;

	references->name = slash ? slash + 1 : path;
	references->runs = 0;
	check(trace_reader_open(path, true, &reader, &message), &message);
	check(trace_reader_load_pages(reader, &vpn, &message), &message);
	for (uint64_t i = 0; i < trace_reader_info(reader)->blocks; i++) {
		check(trace_reader_read(reader, i, &block, &message), &message);
		if (references->runs + block.events > REFERENCES)
			break;
		for (uint32_t j = 0; j < block.events; j++)
			references->run[references->runs++] =
				(struct trace_run){vpn[block.page[j]],
					block.count[j], block.kinds[j],
					block.thread[j]};
	}
	trace_reader_close(reader);
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
	struct references references = {
		.run = malloc(REFERENCES * sizeof(*references.run))};
	char path[] = "trace-bench-XXXXXX";

	close(mkstemp(path));
	printf("ns an event      %10s %8s %8s %7s %+7d %7s %7s %7s %7s  hash\n",
		"events", "pages", "B/event", "write", trace_writer_threads(),
		"K = 64", "times", "read", "+counts");
	for (int i = 1; i < argc; i++) {
		load(&references, argv[i]);
		show(&references, path);
	}
	if (argc == 1) {
		invent_loops(&references);
		show(&references, path);
	}
	for (unsigned i = 0;
		argc == 1 && i < sizeof(invented) / sizeof(*invented); i++) {
		invent(&references, invented[i].model, invented[i].pages);
		show(&references, path);
	}
	unlink(path);
	free(references.run);
	return 0;
}
