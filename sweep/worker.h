/*
 * A process that runs the jobs of a unit: what a job does is done here, and
 * who runs it when, and what becomes of it, is others' business.
 */
#ifndef SWEEP_WORKER_H
#define SWEEP_WORKER_H

#include <signal.h>

#include "sweep/done.h"
#include "sweep/jobs.h"

/* How a worker ends. */
enum { WORKER_DONE, WORKER_FAILED, WORKER_TRACE_IS_BAD = 3 };

struct worker {
	const struct jobs *jobs;
	const struct done *done; /* for what opt and lru found before */
	const uint32_t *job;	 /* [count] of one unit */
	size_t count;
	uint64_t bytes_max; /* of replays at a time */
	int rows, log;	    /* files for rows, and for what it says */
	/* set by signals, whose handlers are the parent's */
	const volatile sig_atomic_t *stop;
};

/* Ends this process, in a moment or in days, with one of the above. */
void worker_run(const struct worker *worker) __attribute__((noreturn));

/* Where a job's file lies in SET: of a part, or what was made of parts; to be
 * freed.  Two jobs have the same one only where it has the same in it, as a
 * curve of more and of fewer parts. */
char *worker_path(
	const struct set *set, const struct jobs *jobs, const struct job *job);

#endif
