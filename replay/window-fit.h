/*
 * Which window gives a policy of variable space a certain mean residency?
 * So it can be held against policies that have as many frames all the time.
 *
 * The residency of ws and vmin rises with the window, so the windows found are
 * the nearest that there are: one less or one more is not nearer.  With pff's
 * interval it may rise and fall; of the intervals tried the nearest is taken.
 */
#ifndef REPLAY_WINDOW_FIT_H
#define REPLAY_WINDOW_FIT_H

#include <signal.h>

#include "replay/variable.h"

struct window_fit {
	const struct variable_ops *ops;
	uint64_t frames; /* asked, on average */
	uint64_t window; /* found; of several the smallest tried */
};

struct window_fit_config {
	bool bit_at_load;
	/* Events done so far in this pass over the trace, and how many passes
	 * were done before; may be NULL */
	void (*progress)(void *context, unsigned passes, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* may be NULL; ends it */
};

/*
 * Fills in the windows of FITS[COUNT].  Reads READER, opened with_counts,
 * log2(references) / 6 times at most for ws and vmin together, and a third of
 * that many times more for the others.  Memory: 12 bytes a page, or 80 for
 * each fit of another policy.  0; -ENOMEM; -ECANCELED (STOP); or what reading
 * gave.
 */
int window_fit_run(struct trace_reader *reader,
	const struct window_fit_config *config, struct window_fit *fits,
	unsigned count, struct message *message);

#endif
