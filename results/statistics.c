/* Ratios by ranks.  See statistics.h. */
#include "config.h"

#include "results/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* With more pairs than these the normal distribution is near enough. */
enum { EXACT_PAIRS_MAX = 2500 };

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double middle_of(const double *sorted, size_t count)
{
	if (count % 2)
		return sorted[count / 2];
	return (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double statistics_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return middle_of(values, count);
}

/*
 * U counts the pairs with b < a.  If both sets come from one distribution, all
 * orders of the A + B values are alike likely; WAYS[u], of them, becomes the
 * share with U = u.  A value of a that comes last has all of b below it:
 *
 *	ways(a, b, u) = ways(a - 1, b, u - b) + ways(a, b - 1, u)
 *
 * as shares, weighted a / (a + b) and b / (a + b).
 */
static int share_of_orders(size_t a, size_t b, double **out)
{
	size_t pairs = a * b, i, j, u;
	double *table = calloc((b + 1) * (pairs + 1), sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (j = 0; j <= b; j++)
		table[j * (pairs + 1)] = 1; /* no a: U is 0 */
	for (i = 1; i <= a; i++)
		for (j = 1; j <= b; j++) {
			double *here = &table[j * (pairs + 1)];
			const double *less_b = here - (pairs + 1);

			for (u = pairs + 1; u--;)
				here[u] = (i * (u >= j ? here[u - j] : 0) +
						  j * less_b[u]) /
					  (i + j);
		}
	*out = table;
	return 0;
}

/* The most pairs that can be left out at either end: P(U < result) <= TAIL. */
static int pairs_outside(size_t a, size_t b, double tail, size_t *out)
{
	double pairs = (double)a * b, sum = 0, *table;
	size_t u = 0;
	int error;

	if (pairs > EXACT_PAIRS_MAX) {
		double spread = sqrt(pairs * (a + b + 1) / 12), z = 0;

		while (erfc(z / M_SQRT2) / 2 > tail)
			z += 1.0 / 64;
		pairs = floor(pairs / 2 - z * spread);
		*out = pairs > 0 ? pairs : 0;
		return 0;
	}
	error = share_of_orders(a, b, &table);
	if (error)
		return error;
	while (sum + table[b * (a * b + 1) + u] <= tail)
		sum += table[b * (a * b + 1) + u++];
	free(table);
	*out = u;
	return 0;
}

static int set_ratio(const double *ratios, size_t a, size_t b, double error,
	struct ratio *out)
{
	size_t pairs = a * b, outside;
	int failed = pairs_outside(a, b, error / 2, &outside);

	if (failed)
		return failed;
	out->middle = middle_of(ratios, pairs);
	out->low = outside ? ratios[outside - 1] : 0;
	out->high = outside ? ratios[pairs - outside] : HUGE_VAL;
	return 0;
}

int statistics_ratio(const double *a, size_t a_count, const double *b,
	size_t b_count, double error, struct ratio *out)
{
	size_t i, j;
	double *ratios;
	int failed;

	if (!a_count || !b_count || a_count > SIZE_MAX / 16 / b_count)
		return -EINVAL;
	for (i = 0; i < a_count + b_count; i++)
		if (!((i < a_count ? a[i] : b[i - a_count]) > 0))
			return -EINVAL;
	ratios = malloc(a_count * b_count * sizeof(*ratios));
	if (!ratios)
		return -ENOMEM;
	for (i = 0; i < a_count; i++)
		for (j = 0; j < b_count; j++)
			ratios[i * b_count + j] = b[j] / a[i];
	qsort(ratios, a_count * b_count, sizeof(*ratios), compare);
	failed = set_ratio(ratios, a_count, b_count, error, out);
	free(ratios);
	return failed;
}
