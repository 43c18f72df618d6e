/*
 * ws and vmin at many windows at once, exactly: one pass over a trace.
 *
 * What both do is told by how far apart the uses of each page are (P. J.
 * Denning and D. R. Slutz, "Generalized working sets for segment reference
 * strings", CACM 21(9), 1978).  With a window of w references, a use at a
 * distance of d from the one before it
 *
 *			faults if	takes, from the use before it on
 *	ws		d > w		min(d, w) references of a frame
 *	vmin		d > w		d if d <= w, else 1
 *
 * and of the last use of a page, with e references to the trace's end from it
 * on, ws takes min(e, w), and vmin 1.  So it is enough to count the distances
 * between each window and the next, and to sum them up.
 *
 * Memory: 12 bytes a page, and 56 a window.
 */
#ifndef REPLAY_WINDOW_CURVE_H
#define REPLAY_WINDOW_CURVE_H

#include <signal.h>

#include "replay/variable.h"

/* Of one window. */
struct window_point {
	uint64_t window, faults; /* the faults of both */
	uint64_t ws_space, vmin_space;
	uint64_t ws_writebacks, vmin_writebacks;
};

struct window_curve_config {
	const uint64_t *windows; /* [count] rising, the first at least 1 */
	unsigned count;		 /* at least 1 */
	/* Events done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* may be NULL; ends the pass */
};

/*
 * Reads each block of READER, opened with_counts, once.  POINTS[count] get
 * what a run at each window would give.  0; -ENOMEM; -ECANCELED (STOP); or
 * what reading gave.
 */
int window_curve_run(struct trace_reader *reader,
	const struct window_curve_config *config, struct window_point *points,
	struct message *message);

#endif
