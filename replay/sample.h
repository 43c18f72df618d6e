/*
 * LRU's faults at every size, estimated from a part of the pages: those that
 * a hash of their number draws, and all uses of these.  Among pages that are
 * drawn at a rate of R, distances are R times as long, and there are R times
 * as many faults (SHARDS: Waldspurger et al., "Efficient MRC construction
 * with SHARDS", FAST 2015, with its correction for the uses that the drawn
 * pages have too many or too few of: faults are held against all uses of the
 * trace, not against those of the sample).
 *
 * The pages that are drawn are dealt into SAMPLE_GROUPS groups, and each gives
 * an estimate of its own, with the share of the pages that it really got as
 * its rate.  What is told is their mean, and how far off it may be: by how far
 * the groups are apart (Student's t), how few pages their distances are told
 * in, and what pages may do of which none was drawn.
 *
 * That is no bound.  And distances of few pages of a group mean nothing: of
 * sizes below sample_least nothing is told.
 *
 * Memory: 1 bit a page and 50 bytes a page that is drawn.
 */
#ifndef REPLAY_SAMPLE_H
#define REPLAY_SAMPLE_H

#include <signal.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/trace.h"

enum {
	SAMPLE_GROUPS = 8,
	SAMPLE_GROUP_PAGES = 64, /* a group of fewer is refused */
	SAMPLE_LEAST = 16,	 /* pages of a group in the least memory */
};

#define SAMPLE_SHARE_MAX 0.5

struct sample;

struct sample_config {
	double share; /* of the pages: 0 .. SAMPLE_SHARE_MAX */
	uint64_t seed;
	/* Events done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* ends the pass if it is set */
};

struct sample_estimate {
	double faults;
	double error; /* at 95 % of the sizes or more they are FAULTS +- it */
};

/* Reads each block of READER once.  -EINVAL: too few pages are drawn;
 * -ENOMEM; -ECANCELED (STOP); what reading gave; with a message. */
int sample_run(struct trace_reader *reader, const struct sample_config *config,
	struct sample **out, struct message *message);
void sample_free(struct sample *sample); /* NULL is fine */

uint32_t sample_pages(const struct sample *sample); /* drawn */

/* The fewest frames of which something is told. */
uint64_t sample_least(const struct sample *sample);

/* The frames that the smallest difference between sizes stands for. */
uint64_t sample_step(const struct sample *sample);

/* Of a memory of FRAMES, at least sample_least. */
struct sample_estimate sample_at(const struct sample *sample, uint64_t frames);

#endif
