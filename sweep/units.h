/*
 * Units: the jobs that one process runs, all of one trace, so that it is
 * decoded once for them.
 *
 * Cells go into a unit while its time and number of jobs allow; what its
 * replays take at a time is bounded by what the process is told (pass.h).
 * The longest unit comes first.
 */
#ifndef SWEEP_UNITS_H
#define SWEEP_UNITS_H

#include "sweep/done.h"
#include "sweep/jobs.h"
#include "sweep/measured.h"

struct unit_memory {
	uint64_t bytes;	     /* that its process takes */
	uint64_t pass_bytes; /* of its replays at a time, by replay_bytes */
};

struct unit {
	uint32_t *job; /* [count] numbers */
	size_t count;
	double seconds;		  /* foretold */
	struct unit_memory needs; /* as others took */
	struct unit_memory full;  /* by formula, or as others took, if more */
	/* ---- of who runs it ---- */
	uint64_t not_before_ns;
	unsigned tries;
	bool one_by_one; /* its first job alone, then the next */
};

struct units {
	struct unit **unit; /* [count] */
	size_t count;
	uint64_t jobs;
	double seconds; /* of all */
};

struct units_config {
	double seconds_max; /* of a unit with more than one cell */
	uint64_t bytes_max; /* of a process; more only if one job needs it */
	/* jobs to leave out besides those that are done; may be NULL */
	const struct table *without;
	/* jobs that may have died of what they were foretold to take: they get
	 * what they take in full; may be NULL */
	const struct table *in_full;
};

/* The units of all jobs that are not DONE.  -ENOMEM. */
int units_make(const struct jobs *jobs, const struct done *done,
	const struct measured *measured, const struct units_config *config,
	struct units *out);
void units_free(struct units *units);

struct unit *unit_new(const uint32_t *job, size_t count);
void unit_free(struct unit *unit);

/* What a process takes that runs nothing but this job; *MEASURED_OUT: as others
 * took, or by formula. */
uint64_t unit_job_bytes(const struct jobs *jobs,
	const struct measured *measured, const struct job *job,
	bool *measured_out);

/* How long units are for WORKERS to end at the same time, about. */
double units_even_seconds(double seconds, unsigned workers);

/* Of all jobs that are not done. */
double units_sum_seconds(const struct jobs *jobs, const struct done *done,
	const struct measured *measured);

#endif
