/*
 * Tasks: the units that one task of a job array runs, one after the other.
 * Those of a class take about as much memory, so that none asks for much more
 * than it needs; and merges of curves are a class of their own, for later.
 */
#ifndef SWEEP_TASKS_H
#define SWEEP_TASKS_H

#include "sweep/units.h"

struct task_class {
	uint32_t first, count; /* tasks */
	uint64_t bytes;	       /* the most that one of its units takes */
	double seconds;	       /* of its longest task */
	bool merges;
};

struct tasks {
	struct task_class *classes; /* [count] */
	size_t count;
	uint32_t tasks;
	double *seconds; /* [tasks] foretold */
};

struct tasks_config {
	double seconds;		    /* that a task should take */
	unsigned at_least, at_most; /* tasks of a class, if it has the units */
};

/* Notes in JOBS which task each job of UNITS is of.  -ENOMEM. */
int tasks_make(struct jobs *jobs, const struct units *units,
	const struct tasks_config *config, struct tasks *out);
void tasks_free(struct tasks *tasks);

#endif
