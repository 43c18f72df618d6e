/*
 * LRU's curve of a trace in parts, for traces too long for one machine: each
 * part is run by itself, wherever and whenever, and the partials are merged
 * into exactly the curve of the whole (after PARDA: Niu, Dinan, Lu and
 * Sadayappan, IPDPS 2012).
 *
 * Within a part, distances between two uses in it are final.  What it can't
 * know are the distances of first uses in it.  A first use's distance depends
 * only on which pages were used first in the part before it, and on the order
 * of last uses before the part.  So a partial tells
 *
 *	the distances that are final,
 *	the pages in the order of their first use in the part,
 *	the pages in the order of their last use in it,
 *	and for write-backs, of each page: the largest distance before it is
 *	first written in the part, and since it was last written.
 *
 * Merging runs the first uses of a part through the engine, adds what is
 * final, and runs the last uses through it: time and memory grow with the
 * pages of the parts, not with their references.
 *
 * OPT's curve can't be had so: what it holds at a part's start depends on
 * all before, and what becomes of it on each use in the part.
 */
#ifndef REPLAY_PARTIAL_H
#define REPLAY_PARTIAL_H

#include <stdint.h>

#include "replay/curve.h"

/* Which trace, and which part of it. */
struct partial_head {
	char trace[128]; /* its name, for rows */
	uint64_t trace_events, trace_references, trace_bytes;
	uint64_t first_event, events;
	uint32_t pages, page_bytes, reduction;
	uint32_t part, parts; /* PART from 1 on */
	uint32_t used;	      /* pages that are used in the part */
	uint32_t has_writes;
};

#define PARTIAL_NOT_WRITTEN UINT32_MAX

struct partial {
	struct partial_head head;
	uint64_t *uses;	 /* [pages + 1] by distance */
	int64_t *step;	 /* [pages + 2] see lru-writebacks.h */
	uint32_t *first; /* [used] pages in the order of first use */
	uint32_t *last;	 /* [used] and of last use */
	uint32_t *reach; /* [used] as first: the largest distance until the
			    page is written */
	uint32_t *dirty; /* [used] as first: since it was written, or
			    PARTIAL_NOT_WRITTEN */
};

struct partial_config {
	const char *trace;    /* its name, for rows */
	uint32_t part, parts; /* 1 <= PART <= PARTS */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop;
};

/* Runs a part.  0, and *OUT is to be given to partial_free; -ENOMEM;
 * -ECANCELED; or what reading gave. */
int partial_run(struct trace_reader *reader,
	const struct partial_config *config, struct partial *out,
	struct message *message);
void partial_free(struct partial *partial);

/* PATH gets its name when all of it is on the disk.  -errno. */
int partial_save(const struct partial *partial, const char *path,
	struct message *message);

/* -EINVAL: no partial, or corrupt; -ENOMEM; -errno. */
int partial_load(
	const char *path, struct partial *out, struct message *message);
int partial_load_head(
	const char *path, struct partial_head *out, struct message *message);

/*
 * Merges the partials at PATHS, which may be in any order, and gives the
 * curve to EMIT.  Loads one at a time.  -EINVAL: of different traces, one
 * missing or twice; what loading or EMIT gave.
 */
int partial_merge(char *const *paths, uint32_t count,
	int (*emit)(void *context, const struct partial_head *head,
		const struct curve *curve),
	void *context, struct message *message);

#endif
