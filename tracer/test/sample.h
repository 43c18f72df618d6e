/* Random traces for tests: what is written, kept plainly to compare with. */
#ifndef TRACER_TEST_SAMPLE_H
#define TRACER_TEST_SAMPLE_H

#include <stdint.h>

#include "tracer/trace.h"

struct sample_event {
	uint64_t vpn;
	uint32_t kinds, count, thread;
};

struct sample {
	uint64_t seed;
	uint32_t events, regions;
	struct sample_event *event; /* joined, as they should come back */
	struct trace_region *region;
};

/* EVENTS events or a few less (some are joined), with about a region event
 * for every hundred. */
struct sample *sample_create(uint64_t seed, uint32_t events);
void sample_destroy(struct sample *sample);

/* Writes it; 0 or -errno. */
int sample_write(const struct sample *sample, const char *path,
	uint32_t block_events, struct message *message);

/*
 * Compares block NUMBER (and the dictionary, when it loads) with the sample.
 * NULL, or what differs.
 */
const char *sample_compare(const struct sample *sample,
	const struct trace_block *block, const uint64_t *vpn);

/*
 * Opens PATH and reads all of it, with counts.  0: all read, and the same as
 * the sample as far as it goes (*EVENTS_OUT); -EDOM: it differs (MESSAGE
 * tells); or the reader's error.
 */
int sample_read(const struct sample *sample, const char *path,
	uint64_t *events_out, struct message *message);

#endif
