/*
 * Two results side by side: counts exactly, times by interval.
 */
#ifndef RESULTS_COMPARE_H
#define RESULTS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "results/rowset.h"
#include "results/statistics.h"

enum verdict {
	SAME,	   /* a count that is; a time whose interval has 1 in it */
	DIFFERENT, /* a count that is neither better nor worse */
	BETTER,
	WORSE,
	UNSTEADY, /* a count that differs between repetitions */
	ONLY_A,
	ONLY_B,
	VERDICTS
};

struct comparison;

struct compare_config {
	/* By how much a time, and a count, must be larger to be worse: 0.03
	 * is 3 %. */
	double times, counts;
	/* How often times may be called different though nothing is, in one
	 * comparison of all rows. */
	double error;
	/* Is told what was found. */
	void (*each)(void *context, const struct comparison *comparison);
	void *context;
};

/* One column of one row of both; or, of a time, all rows together. */
struct comparison {
	const char *key; /* as in struct rowset_row; NULL: all rows together */
	size_t row;	 /* of A, or of B if only there; of no use if all */
	bool in_b;	 /* ROW is of B */
	const struct column *column; /* NULL: ONLY_A, ONLY_B */
	double a, b;		     /* medians */
	size_t a_count, b_count;     /* repetitions */
	struct ratio ratio;	     /* of times */
	enum verdict verdict;
};

/*
 * Tells CONFIG->each of every column of every row, in order of the rows, and
 * of all rows together for each time.  Times of rows from different counters
 * are left out.  A time is BETTER or WORSE if its interval lies past the
 * threshold.  -EINVAL: a cell is not a number; -ENOMEM; with a message.
 */
int compare_rowsets(const struct rowset *a, const struct rowset *b,
	const struct compare_config *config, struct message *message);

const char *compare_verdict_name(enum verdict verdict);

#endif
