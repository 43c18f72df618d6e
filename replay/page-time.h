/*
 * Who touches what when: a trace as a matrix of time (across) and pages (up),
 * of a fixed size whatever the trace's length.
 *
 *	rows	^  . . # #
 *		|  . # . .	each cell: how often its pages are used
 *		|  # # # #	in its time, and how often that faults
 *		+----------> columns
 *
 * Time is counted in references, evenly cut into columns.  The pages that are
 * used at all are put in the order of their addresses, side by side whatever
 * is between them, and evenly cut into rows: page number R of P from below is
 * in row R * rows / P.  A run of references that goes on over the border of a
 * column counts in each with its part; a fault counts where it happens.
 *
 * One pass.  Memory: 24 bytes a cell and at most 100 a page; nothing grows
 * with the references.
 */
#ifndef REPLAY_PAGE_TIME_H
#define REPLAY_PAGE_TIME_H

#include <signal.h>
#include <stdint.h>

#include "base/message.h"
#include "replay/phases.h"
#include "tracer/trace.h"

struct page_time_config {
	unsigned columns, rows; /* at most; at least 1 */
	uint64_t frames;	/* 0: no faults */
	/* to be told in which columns they begin; may be NULL */
	const struct phases *phases;
	/* Events done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* ends the pass if it is set */
};

/* Pages side by side that were one region's when they were last used. */
struct page_time_region {
	char *name;
	uint32_t first, pages; /* from below */
};

/* The phases that begin in a column, in order. */
struct page_time_phases {
	unsigned first, count;
	/* references at which the first and the last one begin */
	uint64_t first_start, last_start;
};

struct page_time {
	uint64_t references, pages; /* of the whole trace */
	uint32_t page_bytes;
	/* no more columns than references, no more rows than pages */
	unsigned columns, rows;
	/* [rows * columns], row 0 the lowest pages, column 0 the first time;
	 * the faults are NULL without frames */
	uint64_t *uses, *lru_faults, *opt_faults;
	struct page_time_region *regions; /* [regions_count] from below */
	unsigned regions_count;
	struct page_time_phases *phases; /* [columns]; NULL without them */
};

/* Reads each block of READER, which gives counts, once.  0; -EINVAL (nothing
 * in the trace); -ENOMEM; -ECANCELED (STOP); or what reading gave, with a
 * message.  To be freed. */
int page_time_run(struct trace_reader *reader,
	const struct page_time_config *config, struct page_time *out,
	struct message *message);
void page_time_free(struct page_time *map);

#endif
