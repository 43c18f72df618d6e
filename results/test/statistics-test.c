/*
 * Ratios and their intervals: against a table, by counting all orders, and by
 * how often intervals of made-up times miss the truth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "results/statistics.h"

static double random_unit(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return ((*state >> 33) + 0.5) / (UINT64_C(1) << 31);
}

static void test_known(void **state)
{
	/* of all ratios 2/2, 2/1, 3/2, 3/1, 6/2, 6/1 the middle is 2.5 */
	const double a[] = {1, 2}, b[] = {2, 3, 6};
	struct ratio ratio;

	(void)state;
	assert_int_equal(statistics_ratio(a, 2, b, 3, 0.5, &ratio), 0);
	assert_true(fabs(ratio.middle - 2.5) < 1e-12);
}

/*
 * The lowest U of the two-sided test that is not rejected, from the published
 * tables of Mann and Whitney's test at 5 %: for 5 and 5 values U <= 2 rejects,
 * for 8 and 8 U <= 13, for 10 and 10 U <= 23, for 6 and 9 U <= 10, for 20 and
 * 20 U <= 127.  So many pairs and one lie outside of the interval: its low end
 * is the next.
 */
static void test_table(void **state)
{
	static const struct {
		size_t a, b, rejects;
	} rows[] = {
		{5, 5, 2}, {8, 8, 13}, {10, 10, 23}, {6, 9, 10}, {20, 20, 127}};
	double a[20], b[20];

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct ratio ratio;
		size_t below = 0;

		/* all ratios differ */
		for (size_t i = 0; i < rows[row].a; i++)
			a[i] = exp(0.37 * i);
		for (size_t i = 0; i < rows[row].b; i++)
			b[i] = exp(0.0101 * i * i + 0.3 * i);
		assert_int_equal(statistics_ratio(a, rows[row].a, b,
					 rows[row].b, 0.05, &ratio),
			0);
		for (size_t i = 0; i < rows[row].a; i++)
			for (size_t j = 0; j < rows[row].b; j++)
				below += b[j] / a[i] < ratio.low;
		assert_int_equal(below, rows[row].rejects);
	}
}

/* A thousand comparisons of the same with the same: about one in twenty
 * intervals for 5 % misses 1, and never many more. */
static void test_error(void **state)
{
	static const size_t counts[] = {6, 20, 60};
	uint64_t random = 1;

	(void)state;
	for (size_t row = 0; row < 3; row++) {
		double a[60], b[60];
		unsigned missed = 0;

		for (unsigned round = 0; round < 1000; round++) {
			struct ratio ratio;
			size_t i;

			/* a long tail, as times have */
			for (i = 0; i < counts[row]; i++) {
				a[i] = 100 + 1 / random_unit(&random);
				b[i] = 100 + 1 / random_unit(&random);
			}
			assert_int_equal(statistics_ratio(a, counts[row], b,
						 counts[row], 0.05, &ratio),
				0);
			missed += ratio.low > 1 || ratio.high < 1;
		}
		assert_in_range(missed, 15, 75);
	}
}

static void test_few(void **state)
{
	const double a[] = {1, 2}, zero[] = {0, 1};
	struct ratio ratio;

	(void)state;
	assert_int_equal(statistics_ratio(a, 2, a, 2, 0.01, &ratio), 0);
	assert_true(ratio.low == 0 && isinf(ratio.high));
	assert_int_equal(statistics_ratio(a, 2, a, 0, 0.01, &ratio), -EINVAL);
	assert_int_equal(statistics_ratio(a, 2, zero, 2, 0.1, &ratio), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
