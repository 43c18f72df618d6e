/* Log-linear histograms: see the header for the buckets. */
#include <config.h>

#include "replay/histogram.h"

#include <assert.h>
#include <math.h>
#include <string.h>

_Static_assert(HISTOGRAM_BITS < 31 && HISTOGRAM_VALUE_BITS < 64,
	"the shifts in histogram_bucket stay in range");

void histogram_reset(struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	histogram->least = UINT64_MAX;
}

double histogram_mean(const struct histogram *histogram)
{
	if (histogram->count == 0)
		return 0;
	return (double)histogram->sum / (double)histogram->count;
}

/* The least value that falls into bucket NUMBER. */
static double bucket_start(uint32_t number)
{
	uint32_t octave = number >> HISTOGRAM_BITS;
	uint32_t shift = octave ? octave - 1 : 0;

	return ldexp((double)(number - (shift << HISTOGRAM_BITS)), (int)shift);
}

uint64_t histogram_bucket_end(uint32_t number)
{
	return (uint64_t)bucket_start(number + 1) - 1;
}

double histogram_quantile(const struct histogram *histogram, double share)
{
	double rank = share * (double)histogram->count;
	double below = 0, value, start, end;
	uint32_t i = 0;

	assert(share >= 0 && share <= 1);
	if (histogram->count == 0)
		return 0;
	while (i < HISTOGRAM_BUCKETS - 1 &&
		below + (double)histogram->bucket[i] < rank)
		below += (double)histogram->bucket[i++];
	/* Values are whole numbers: a bucket of one value is that value. */
	start = bucket_start(i);
	end = bucket_start(i + 1) - 1;
	value = start;
	if (histogram->bucket[i])
		value += (end - start) * (rank - below) /
			 (double)histogram->bucket[i];
	if (value < (double)histogram->least)
		return (double)histogram->least;
	if (value > (double)histogram->greatest || share == 1)
		return (double)histogram->greatest;
	return value;
}
