/*
 * A part of a trace, by addresses: what trace_reader_only keeps.
 *
 *	events:  a a x b x x b c        x: outside
 *	kept:    a     b       c        runs are joined over what is left out
 *	pages:   0     1       2        numbered anew, by first use
 *
 * Region events all stay, each before the event that it was before.
 */
#ifndef TRACER_ONLY_H
#define TRACER_ONLY_H

#include "tracer/reader.h"

/* What is kept, found by a pass over the trace. */
struct only {
	struct trace_info info; /* of what is kept */
	uint64_t pages_before;	/* of the whole trace */
	uint64_t *vpn;		/* [info.pages] */
	uint32_t *id;		/* [pages_before]; ONLY_OUTSIDE */
	uint64_t *first_event;	/* [blocks] of the kept events */
	uint64_t *first_reference;
	bool hides_counts; /* they were not asked for */
};

#define ONLY_OUTSIDE UINT32_MAX

void only_free(struct only *only); /* NULL is fine */

/* Leaves of BLOCK, which is READER's and its NUMBERth, what is kept. */
void only_apply(const struct only *only, struct trace_reader *reader,
	uint64_t number, struct trace_block *block);

#endif
