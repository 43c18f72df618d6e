/*
 * What the Valgrind tool pagetrace tells (pagetrace/protocol.h), parsed.
 *
 *     words of a chunk --play--> batch of runs --> sink: trace writer
 *
 * A word of the stream stands for a section, a stretch of program text that
 * was run; its loads' and stores' addresses follow.  A section is compiled
 * when it is told: fetches from one page in a row become one step.
 */
#ifndef TRACER_PAGETRACE_H
#define TRACER_PAGETRACE_H

#include <stddef.h>
#include <stdint.h>

#include "tracer/trace.h"

struct pagetrace;

/* Who gets what was parsed.  Returned errors end the parsing. */
struct pagetrace_sink {
	void *context;
	int (*add)(void *context, const struct trace_touch *runs, size_t count,
		uint32_t thread);
	int (*region)(void *context, const struct trace_region *region);
};

/* KINDS: the set of enum trace_kind to keep.  -ENOMEM */
int pagetrace_open(unsigned kinds, const struct pagetrace_sink *sink,
	struct pagetrace **out);
void pagetrace_close(struct pagetrace *pagetrace);

/*
 * Parses WORDS, whole records.  All runs are handed to the sink before it
 * returns.  0; -EINVAL: no such stream; -ENOMEM; or the sink's error.  About
 * 1.5 ns a reference.
 */
int pagetrace_feed(
	struct pagetrace *pagetrace, const uint64_t *words, size_t count);

/* References by kind, so far. */
void pagetrace_count(
	const struct pagetrace *pagetrace, struct trace_ending *out);
/* References so far, those left out by kind too: about, and cheap. */
uint64_t pagetrace_references(const struct pagetrace *pagetrace);

/* What the process became, by the last record of all; NULL: it did not. */
const char *pagetrace_exec(const struct pagetrace *pagetrace);

#endif
