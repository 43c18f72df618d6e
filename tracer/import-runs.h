/*
 * Runs of references: what the parsers of foreign traces hand over.
 *
 *     text --parser--> struct runs --flush--> sink->add --> trace writer
 *
 * A parser adds reference by reference with runs_add; those to the same page
 * in a row become one run.  Runs are handed over in batches, so that a call
 * through a pointer is paid once a batch.  A run that a batch's end cuts in
 * two is joined again by the trace writer.
 *
 * Invariants (runs_check):
 * 1. open < RUNS_MAX.
 * 2. Only run[0] may have no references.
 * 3. Neighbours differ in their page, but for run[0] when it is empty.
 */
#ifndef TRACER_IMPORT_RUNS_H
#define TRACER_IMPORT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/trace.h"

#define RUNS_MAX 4096
/* A parser's text may be read this far past its end. */
#define PARSE_PADDING 32

struct run {
	uint64_t vpn;	/* virtual page number */
	uint32_t count; /* references */
	uint32_t kinds; /* set of enum trace_kind */
};

/* Who gets what was parsed.  Returned errors end the parsing. */
struct run_sink {
	void *context;
	int (*add)(void *context, const struct run *runs, size_t count,
		uint32_t thread);
	/* NULL: not wanted */
	int (*region)(void *context, const struct trace_region *region);
	/* A line for the user, without its newline.  NULL: not wanted. */
	void (*talk)(void *context, const char *line, size_t bytes);
};

struct runs {
	const struct run_sink *sink;
	uint32_t thread;
	uint32_t open; /* the run that the next reference may join */
	struct run run[RUNS_MAX];
};

void runs_init(struct runs *runs, const struct run_sink *sink);

/* Hands over what is there. 0, or the sink's error. */
int runs_flush(struct runs *runs);

void runs_check(const struct runs *runs);

static inline bool runs_full(const struct runs *runs)
{
	return runs->open >= RUNS_MAX - 1;
}

/*
 * COUNT references; the runs must not be full, and a batch must stay below
 * 2^32 references.  Without branches: whether a page repeats is what no
 * processor guesses right.
 */
static inline void runs_add(
	struct runs *runs, uint64_t vpn, uint32_t kinds, uint32_t count)
{
	struct run *run = &runs->run[runs->open];
	uint32_t next = vpn != run->vpn;
	uint32_t keep = next - 1;

	run += next;
	runs->open += next;
	run->vpn = vpn;
	run->count = (run->count & keep) + count;
	run->kinds = (run->kinds & keep) | kinds;
}

#endif
