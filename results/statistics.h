/*
 * Are the times of one set longer than those of another?  By ranks, as times
 * on shared machines have long tails and no known distribution.
 */
#ifndef RESULTS_STATISTICS_H
#define RESULTS_STATISTICS_H

#include <stddef.h>

struct ratio {
	double middle;	  /* of b to a: the Hodges-Lehmann estimate */
	double low, high; /* its interval; 0 and HUGE_VAL: too few values */
};

/*
 * How many times as large as the values A[A_COUNT] those of B[B_COUNT] are:
 * the median of all ratios b / a, and the interval that has it but with
 * probability ERROR at most (Hodges and Lehmann 1963; the interval that
 * belongs to the test of Mann and Whitney 1947, exact without ties).  All
 * values > 0.  -EINVAL: no values, or one that is not; -ENOMEM.
 * O(a b log(a b)).
 */
int statistics_ratio(const double *a, size_t a_count, const double *b,
	size_t b_count, double error, struct ratio *out);

/* Sorts VALUES. */
double statistics_median(double *values, size_t count);

#endif
