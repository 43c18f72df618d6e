/*
 * What replays took, by the rows of a set: what is foretold of others.
 *
 * Memory is foretold by a formula, an upper bound made of the pages and frames
 * of a process's replays, or by the share of it that processes took that ran
 * replays of the same policy.
 *
 *	process		program, a pass's blocks, what is shared	fixed
 *	+ trace		its dictionary					pages
 *	+ replays	of one pass, by replay_bytes		frames, pages
 *
 * What is fixed is the part of which least is taken.  So the share rises with
 * the size of what is run, and what a process took tells of those that are
 * about as large, or smaller, but not of larger ones.
 */
#ifndef SWEEP_MEASURED_H
#define SWEEP_MEASURED_H

#include "sweep/jobs.h"
#include "sweep/table.h"

/* Tables are by hashes of the policy's text, and of trace and policy. */
struct measured {
	struct table references, nanoseconds; /* sums */
	struct table shares;		      /* the largest, by size, too */
	size_t rows, rows_of_memory;
};

/* A row of a replay; what it does not tell is 0. */
struct measured_row {
	const char *trace, *policy;
	double references, rate; /* a second */
	uint64_t pages;
	uint64_t pass_bytes, peak_bytes; /* by formula; of the process */
};

void measured_add(struct measured *measured, const struct measured_row *row);

/* How long JOB takes: by its trace's and policy's rows, else its policy's,
 * else all rows, else a guess. */
double measured_seconds(const struct measured *measured,
	const struct jobs *jobs, const struct job *job);

/* What a process takes by formula whose replays of a trace of PAGES take
 * PASS_BYTES at a time. */
uint64_t measured_formula(uint64_t pages, uint64_t pass_bytes);

/* The share of FORMULA bytes that a process takes which runs JOB, by the
 * largest share among its trace's and policy's rows, else its policy's, and a
 * margin; 0: none of them is of a process of that size or a larger one. */
double measured_share(const struct measured *measured, const struct jobs *jobs,
	const struct job *job, uint64_t formula);

void measured_free(struct measured *measured);

#endif
