/*
 * Memory of the writer and of the reader does not grow with the number of
 * references.
 *
 *	flat-test [REFERENCES [K]]
 *
 * writes a long stream, as a program's that goes from one loop to another,
 * reduced for K frames (1: only runs are joined), and reads it.  From an
 * eighth of the way to the end memory may grow by 4 MiB.  `flat-test 10G 64`
 * is worth a try where there are some minutes.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tracer/random.h"
#include "tracer/trace.h"

#define PAGES 20000u
#define PART 4096u
#define GROWTH_KIB (4 << 10)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static void check(int error, const struct message *message)
{
	if (!error)
		return;
	fprintf(stderr, "flat-test: %s\n", message->text);
	exit(1);
}

static double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* A loop over a few pages, another one each time; they drift over all. */
static void fill(struct trace_touch *touch, uint64_t *seed, uint64_t part)
{
	uint64_t random = random_next(seed);
	uint64_t base = part * 7 % PAGES;
	uint32_t length = 6 + (uint32_t)(random % 90);

	for (uint32_t i = 0; i < PART; i++) {
		uint32_t turn = i % length;
		uint64_t page = turn % 2 ? 1u << 20 : base + turn * turn % 3000;

		touch[i] = (struct trace_touch){page % (1u << 21), 1,
			turn % 2 ? TRACE_INSTRUCTION
				 : TRACE_READ << (turn % 5 == 0)};
	}
}

static void check_growth(const char *what, long before)
{
	long growth = peak_kib() - before;

	printf("%s: %ld KiB, %ld more at the end\n", what, before, growth);
	if (growth <= GROWTH_KIB)
		return;
	fprintf(stderr, "flat-test: memory grows\n");
	exit(1);
}

static void write_trace(const char *path, uint64_t references, uint32_t frames)
{
	const struct trace_writer_options options = {
		.page_bytes = 4096,
		.has_writes = true,
		.reduce = frames,
		.threads = 1, /* not what this machine has: its own memory */
		/* many, also of a short trace */
		.block_events = references < TRACE_BLOCK_EVENTS * 1000
					? (uint32_t)(references / 1000)
					: TRACE_BLOCK_EVENTS,
	};
	static struct trace_touch touch[PART];
	uint64_t parts = references / PART, seed = 1;
	double start = now_s();
	struct trace_writer *writer;
	struct message message;
	long before = 0;

	check(trace_writer_open(path, &options, &writer, &message), &message);
	for (uint64_t i = 0; i < parts; i++) {
		fill(touch, &seed, i);
		if (trace_writer_add_touches(writer, touch, PART, 1))
			break;
		if (i == parts / 8)
			before = peak_kib();
	}
	check(trace_writer_finish(writer, &message), &message);
	printf("%" PRIu64 " references, K = %" PRIu32 ": %.1f s\n", references,
		frames, now_s() - start);
	check_growth("writing", before);
}

static void read_trace(const char *path)
{
	struct trace_reader *reader;
	struct trace_block block;
	struct message message;
	uint64_t references = 0;
	const struct trace_info *info;
	long before = 0;

	check(trace_reader_open(path, true, &reader, &message), &message);
	info = trace_reader_info(reader);
	for (uint64_t i = 0; i < info->blocks; i++) {
		check(trace_reader_read(reader, i, &block, &message), &message);
		references += block.references;
		if (i == info->blocks / 8)
			before = peak_kib();
	}
	printf("%" PRIu64 " events, %" PRIu64 " blocks, %" PRIu64 " bytes\n",
		info->events, info->blocks, info->file_bytes);
	check(references != info->references, &message);
	trace_reader_close(reader);
	check_growth("reading", before);
}

static uint64_t parse(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	return (uint64_t)(*end == 'G'	? value * 1e9
			  : *end == 'M' ? value * 1e6
					: value);
}

int main(int argc, char **argv)
{
	uint64_t references = argc > 1 ? parse(argv[1]) : 16000000;
	uint32_t frames = argc > 2 ? (uint32_t)parse(argv[2]) : 0;
	const char *folder = getenv("TMPDIR");
	char path[4096];

	if (SANITIZED) {
		puts("skipped: sanitizers take memory of their own");
		return 77;
	}
	snprintf(path, sizeof(path), "%s/flat-test-XXXXXX",
		folder ? folder : "/tmp");
	close(mkstemp(path));
	if (frames != 1)
		write_trace(path, references, frames ? frames : 8);
	if (frames > 1)
		read_trace(path);
	if (frames <= 1) {
		write_trace(path, references, 1);
		read_trace(path);
	}
	unlink(path);
	return 0;
}
