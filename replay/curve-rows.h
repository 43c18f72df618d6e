/* The rows of `selfpage curve`: a policy at a size. */
#ifndef REPLAY_CURVE_ROWS_H
#define REPLAY_CURVE_ROWS_H

#include "cli/rows.h"
#include "mm/policy.h"

/* Of a policy of variable space. */
struct curve_residency {
	uint64_t window; /* references */
	double mean_frames, space_time;
};

struct curve_row {
	const char *trace;
	const char *policy; /* with its parameters */
	enum policy_class knows;
	uint32_t window; /* from 1 on */
	uint64_t first_event;
	uint64_t frames, faults;
	const uint64_t *writebacks; /* NULL: not known */
	uint64_t references, events, pages;
	uint32_t page_bytes;
	/* NULL: the policy is of fixed space */
	const struct curve_residency *residency;
	const double *faults_error; /* NULL: the counts are exact */
	uint32_t sample_pages;	    /* where they are not */
	uint64_t sample_seed;
};

int curve_rows_start(FILE *stream, enum rows_format format, struct rows **out);
int curve_rows_add(struct rows *rows, const struct curve_row *row);

#endif
