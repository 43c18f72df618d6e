/*
 * Finding a plan: what to tell the pager of a program's regions in its phases,
 * so that LRU with these hints has few faults at some memory sizes.
 *
 * A plan's score is the share of the gap between LRU and OPT that it closes,
 * over all sizes; at each, faults are in shares of LRU's.  Each size asked
 * counts once, and with a half one that is 13 % smaller, so that what only
 * just fits is not worth much: the next input may be a little larger.  What is
 * worse than LRU at a size asked counts ten times, as judging would not let it
 * pass.  The search goes uphill:
 *
 *	probe	  some changes of each cell of the plan, tried by replays
 *	refine	  the best cells: all changes that are known of
 *	take	  that of the six best which is best on the whole trace, if it
 *		  closes another hundredth of the gap
 *	polish	  that cell: small changes, while they are for the better
 *
 * until nothing is better or the budget of tries is used up.  Later rounds
 * only probe cells that came to something in the round before.  What is found
 * does not depend on the clock or the number of threads.
 *
 * The whole trace is asked, as the shorter one may be far off where hints leave
 * a region less frames than it was shortened for.
 *
 * A change gives a cell (a region in a phase, or in all) one level; or holds
 * as many of its first stripes as fit in memory above the rest; or has levels
 * fall along the region, which holds what fits at every size.  That is what
 * most-recently-used does in a loop that is larger than memory, and least
 * recently used can't.
 */
#ifndef REPLAY_TUNE_SEARCH_H
#define REPLAY_TUNE_SEARCH_H

#include "replay/tune-runs.h"

struct tune_search {
	struct tune_runs whole; /* over the trace that is learnt on */
	struct tune_runs runs;	/* over it, or a shorter one that is close */
	const uint64_t *frames; /* asked, [sizes], rising */
	unsigned sizes;
	unsigned budget; /* plans that are tried, at most */
	/* after each batch; may be NULL */
	void (*progress)(void *context, uint64_t tried);
	void *context;
};

/* 0 with the best plan found, and how many were tried; or what replays gave,
 * with a message. */
int tune_search_run(const struct tune_search *search, struct tune_plan *out,
	unsigned *tried_out, struct message *message);

#endif
