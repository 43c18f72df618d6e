/*
 * Jobs that failed, and why: sweep/failures of a set, a line each, the last
 * one of a job is what is known of it.  A job that is done by now has not
 * failed, whatever stands there.
 *
 *	KEY	DATE	HOST	WHY
 */
#ifndef SWEEP_FAILURES_H
#define SWEEP_FAILURES_H

#include "sweep/done.h"
#include "sweep/jobs.h"

struct failures {
	struct table line; /* by key: the number of its last line, plus 1 */
	char **text;	   /* [count] "DATE HOST: WHY" */
	size_t count;
};

int failures_read(
	const struct done *done, struct failures *out, struct message *message);
void failures_free(struct failures *failures);

/* Why the job KEY failed; NULL: it did not, that is known. */
const char *failures_why(const struct failures *failures, uint64_t key);

/* Notes that the jobs JOB[COUNT] failed.  -errno. */
int failures_add(const struct done *done, const struct jobs *jobs,
	const uint32_t *job, size_t count, const char *why);

#endif
