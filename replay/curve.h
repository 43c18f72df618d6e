/*
 * Faults at every size of memory at once, for LRU and OPT: one pass over a
 * trace, by stack distances (lru-depth.h, opt-depth.h).  For LRU the
 * write-backs too.
 *
 * Counts are those of a replay with demand paging that starts with no page
 * resident and writes nothing back at the end.
 *
 * Memory: 32 to 120 bytes a page; nothing grows with the references.
 */
#ifndef REPLAY_CURVE_H
#define REPLAY_CURVE_H

#include <signal.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/trace.h"

enum curve_policy {
	CURVE_LRU,
	CURVE_OPT,
	CURVE_HINTS, /* hint-curve.h */
};

/* Of one window of a trace: all of it, or one of several as long. */
struct curve {
	unsigned window; /* from 1 on */
	uint64_t first_event;
	uint64_t events, references;
	uint64_t cold; /* faults that no size saves */
	uint32_t pages;
	/* Up to the end of the window: of memory for FRAMES pages, 1 .. pages,
	 * [FRAMES]; [0] is nothing. */
	uint64_t *faults;
	uint64_t *writebacks; /* NULL: not told */
};

struct curve_config {
	enum curve_policy policy;
	unsigned windows; /* 0: 1 */
	/* Each window's; what it points to is gone afterwards.  Anything but
	 * 0 ends the pass, and is what curve_run returns. */
	int (*emit)(void *context, const struct curve *curve);
	/* Events done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* ends the pass if it is set */
};

/* Reads each block of READER once.  0; -ENOMEM; -ECANCELED (STOP); what emit
 * or reading gave. */
int curve_run(struct trace_reader *reader, const struct curve_config *config,
	struct message *message);

#endif
