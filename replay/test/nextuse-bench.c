/*
 * Next uses in nanoseconds an event: the pass alone, and giving them out
 * again.  The blocks come out of memory, so no reader's time is in it.
 * Arguments: [millions of events] [thousands of pages]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "replay/nextuse.h"
#include "replay/test/fake-trace.h"
#include "replay/test/zipf.h"

#define ROUNDS 5
#define SEED 1

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* All of it in block-sized pieces; a hash of it so that it is done. */
static uint64_t read_all(struct nextuse *nextuse, uint64_t events)
{
	static uint64_t out[TRACE_BLOCK_EVENTS];
	struct message message;
	uint64_t hash = 0;

	for (uint64_t first = 0; first < events; first += TRACE_BLOCK_EVENTS) {
		uint64_t left = events - first;
		uint32_t count = left < TRACE_BLOCK_EVENTS ? (uint32_t)left
							   : TRACE_BLOCK_EVENTS;

		if (nextuse_read(nextuse, first, count, out, &message)) {
			fprintf(stderr, "%s\n", message.text);
			exit(1);
		}
		for (uint32_t i = 0; i < count; i++)
			hash = hash * 31 + out[i];
	}
	return hash;
}

int main(int argc, char **argv)
{
	uint64_t events = (argc > 1 ? strtoull(argv[1], 0, 0) : 20) * 1000000;
	uint32_t pages =
		(uint32_t)(argc > 2 ? strtoul(argv[2], 0, 0) : 1000) * 1000;
	uint32_t *page = malloc(events * sizeof(*page));
	struct trace_reader reader;
	struct message message;
	struct zipf zipf;

	if (!page || zipf_init(&zipf, pages, 0.9, SEED))
		return 1;
	for (uint64_t i = 0; i < events; i++)
		page[i] = zipf_next(&zipf);
	fake_trace(&reader, page, events, pages, TRACE_BLOCK_EVENTS);
	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns(), built;
		struct nextuse *nextuse;
		uint64_t hash;

		if (nextuse_build(&reader, NULL, &nextuse, &message)) {
			fprintf(stderr, "%s\n", message.text);
			return 1;
		}
		built = now_ns();
		hash = read_all(nextuse, events);
		printf("next use: pass %.2f ns, reading %.2f ns an event "
		       "(%" PRIu64 " events, hash %016" PRIx64 ")\n",
			(built - start) / (double)events,
			(now_ns() - built) / (double)events, events, hash);
		nextuse_close(nextuse);
	}
	zipf_free(&zipf);
	free(page);
	return 0;
}
