/*
 * A quick first reduction, in front of SAD (sad.h).
 *
 * The references are cut into windows of at most K pages, and of each page's
 * in a window only the first and the last are kept:
 *
 *	 a b a c a b c | d a d a ...	K = 3
 *	 a b   c a b c | d a ...
 *
 * Between a page's first and last touch in a window fewer than K other pages
 * are touched, so what is left out is what SAD may leave out (sad.h tells
 * why): with K frames and more, faults and write-backs of LRU and OPT are the
 * same.  SAD finds a third more, over the borders of windows; but it takes
 * 10 ns where this takes 3, and has little left to do behind it.
 *
 * S. F. Kaplan, Y. Smaragdakis and P. R. Wilson, "Trace reduction for virtual
 * memory simulations", SIGMETRICS 1999, for SAD; the windows are ours.
 */
#ifndef TRACER_WINDOW_H
#define TRACER_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "tracer/run.h"

struct window;

/* Gets what is left, in order.  An error ends the call that led to it. */
typedef int window_emit(void *context, const struct trace_touch *touches,
	size_t count, uint32_t thread);

/* FRAMES: K, at least 2.  -ENOMEM.  Memory: 360 bytes times K, at most 12
 * MiB. */
int window_create(
	uint32_t frames, window_emit *emit, void *context, struct window **out);
void window_destroy(struct window *window); /* NULL is fine */

/*
 * The next references, of one THREAD.  What becomes of those that are left
 * out: their count is added to the page's last, and their kinds but for
 * TRACE_KERNEL.
 */
int window_add(struct window *window, const struct trace_touch *touches,
	size_t count, uint32_t thread);

/* Emits all that is held back: nothing is left out across this point. */
int window_flush(struct window *window);

#endif
