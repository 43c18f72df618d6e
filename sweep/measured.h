/*
 * How fast replays were, by the rows of a set: what is foretold of others.
 */
#ifndef SWEEP_MEASURED_H
#define SWEEP_MEASURED_H

#include "sweep/jobs.h"
#include "sweep/table.h"

/* Sums by a hash of the policy's text, and of trace and policy. */
struct measured {
	struct table references, nanoseconds;
	size_t rows;
};

/* A row: REFERENCES at RATE a second. */
void measured_add(struct measured *measured, const char *trace,
	const char *policy, double references, double rate);

/* How long JOB takes: by its trace's and policy's rows, else its policy's,
 * else all rows, else a guess. */
double measured_seconds(const struct measured *measured,
	const struct jobs *jobs, const struct job *job);

void measured_free(struct measured *measured);

#endif
