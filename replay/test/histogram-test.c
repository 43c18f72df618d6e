/* The histogram against sorted samples. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "replay/histogram.h"

#define SAMPLES 50000

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* What cycles look like: a narrow hill, a second one, and a long tail. */
static uint64_t cycles_sample(uint64_t *state)
{
	uint64_t dice = next_random(state) % 100;

	if (dice < 70)
		return 200 + next_random(state) % 40;
	if (dice < 98)
		return 700 + next_random(state) % 400;
	return 1000 + (next_random(state) >> (24 + next_random(state) % 36));
}

static void assert_quantiles(
	const struct histogram *histogram, uint64_t *sample, size_t count)
{
	static const double share[] = {0, .01, .25, .5, .9, .99, .999, 1};

	qsort(sample, count, sizeof(*sample), compare);
	for (size_t i = 0; i < sizeof(share) / sizeof(*share); i++) {
		double rank = ceil(share[i] * (double)count);
		double want = (double)sample[rank < 1 ? 0 : (size_t)rank - 1];
		double got = histogram_quantile(histogram, share[i]);

		assert_true(fabs(got - want) <= want / 128);
	}
}

static void buckets_end_where_the_next_begins(void **state)
{
	(void)state;
	for (uint32_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
		uint64_t end = histogram_bucket_end(i);

		assert_int_equal(histogram_bucket(end), i);
		assert_int_equal(histogram_bucket(end + 1), i + 1);
	}
}

static void quantiles_are_close(void **state)
{
	static uint64_t sample[SAMPLES];
	static struct histogram histogram;
	uint64_t seed = 5, sum = 0;

	(void)state;
	histogram_reset(&histogram);
	for (int i = 0; i < SAMPLES; i++) {
		sample[i] = cycles_sample(&seed);
		sum += sample[i];
		histogram_add(&histogram, sample[i]);
	}
	assert_quantiles(&histogram, sample, SAMPLES);
	assert_int_equal(histogram.sum, sum);
	assert_int_equal(histogram.greatest, sample[SAMPLES - 1]);
	assert_int_equal(histogram.least, sample[0]);
	assert_true(histogram_mean(&histogram) == (double)sum / SAMPLES);
	assert_true(histogram_quantile(&histogram, 1) ==
		    (double)histogram.greatest);
	assert_true(
		histogram_quantile(&histogram, 0) == (double)histogram.least);
}

/* Buckets rise, leave no gap, and are no wider than they may be. */
static void buckets_tile(void **state)
{
	uint32_t before = 0;

	(void)state;
	for (uint64_t value = 0; value < 1u << 14; value++) {
		uint32_t bucket = histogram_bucket(value);

		assert_true(bucket == before || bucket == before + 1);
		if (value < 256)
			assert_int_equal(bucket, value);
		before = bucket;
	}
	for (int bit = 14; bit < HISTOGRAM_VALUE_BITS; bit++) {
		uint64_t start = UINT64_C(1) << bit;

		assert_int_equal(histogram_bucket(start),
			histogram_bucket(start - 1) + 1);
	}
	assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void one_value_and_none(void **state)
{
	static struct histogram histogram;

	(void)state;
	histogram_reset(&histogram);
	assert_true(histogram_mean(&histogram) == 0);
	assert_true(histogram_quantile(&histogram, .5) == 0);
	histogram_add(&histogram, 123456789);
	assert_true(histogram_quantile(&histogram, 0) == 123456789);
	assert_true(histogram_quantile(&histogram, .5) == 123456789);
	assert_true(histogram_quantile(&histogram, 1) == 123456789);
	histogram_reset(&histogram);
	histogram_add(&histogram, UINT64_MAX);
	assert_int_equal(histogram.greatest, UINT64_MAX);
	assert_true(histogram_quantile(&histogram, 1) == (double)UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_end_where_the_next_begins),
		cmocka_unit_test(quantiles_are_close),
		cmocka_unit_test(buckets_tile),
		cmocka_unit_test(one_value_and_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
