/*
 * Runs units as processes of this machine: as many at a time as are asked for
 * and fit into memory, the longest first; tries again what died; adds rows as
 * they come.
 */
#ifndef SWEEP_RUNNER_H
#define SWEEP_RUNNER_H

#include <signal.h>

#include "cli/progress.h"
#include "sweep/done.h"
#include "sweep/jobs.h"
#include "sweep/units.h"

struct runner_config {
	const struct jobs *jobs;
	struct done *done;
	unsigned processes;
	uint64_t bytes_max; /* of all processes */
	const volatile sig_atomic_t *stop;
	struct progress *progress; /* in references */
	/* is told of jobs that failed, after they were noted in the set */
	void (*failed)(void *context, const uint32_t *job, size_t count,
		const char *why);
	/* is told of jobs that died and need more memory than there is here,
	 * and are left to who has more; NULL: nobody has */
	void (*left)(void *context, const uint32_t *job, size_t count,
		const char *why);
	void *context;
};

/*
 * Runs all UNITS, which are taken from it.  0: whatever became of them was
 * told; -EINTR: stopped, what was finished is in the set; -ENOSPC and others:
 * rows can't be added, with a message; -ENOMEM.
 */
int runner_run(const struct runner_config *config, struct units *units,
	struct message *message);

#endif
