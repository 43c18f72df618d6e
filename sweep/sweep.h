/* A sweep at work: its jobs, the set, what is known of it. */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include <signal.h>

#include "results/set.h"
#include "sweep/done.h"
#include "sweep/jobs.h"
#include "sweep/measured.h"
#include "sweep/sweep-options.h"

struct sweep {
	const struct sweep_options *options;
	const char *name; /* for people */
	struct jobs jobs;
	size_t excluded; /* jobs, by the plan */
	struct set set;
	struct done done;
	struct measured measured;
	size_t failed;
	const volatile sig_atomic_t *stop;
	struct message message;
};

/* Jobs of SWEEP that are in its set. */
size_t sweep_count_done(const struct sweep *sweep);

/* ---- sweep-tell.c: what is said of it; what returns an int, the exit
 * status ---- */

/* Jobs of traces that could not be read when they were planned. */
void sweep_tell_unread(struct sweep *sweep);
/* --dry-run, before anything is run. */
int sweep_foretell(struct sweep *sweep);
/* --status */
int sweep_tell_status(struct sweep *sweep);
/* How it ended; ERROR is 0, -EINTR, or another that ended it. */
int sweep_tell_end(struct sweep *sweep, int error);
/* Jobs that failed; and those that a task leaves to another one. */
void sweep_tell_failure(
	void *context, const uint32_t *job, size_t count, const char *why);
void sweep_tell_left(
	void *context, const uint32_t *job, size_t count, const char *why);

#endif
