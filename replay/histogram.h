/*
 * How values are distributed, in fixed memory: an octave (1024 to 2047, say)
 * is split into 128 buckets of one width, so that a quantile is wrong by at
 * most 1/128 of its value, and by much less where the values in a bucket lie
 * evenly.  Mean, least and greatest are exact.
 *
 *	values  0 .. 127 | 128 .. 255 | 256 .. 511 | 512 .. 1023 | ...
 *	width       1    |     1      |     2      |      4      |
 */
#ifndef REPLAY_HISTOGRAM_H
#define REPLAY_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 7	/* 2^7 buckets an octave */
#define HISTOGRAM_VALUE_BITS 40 /* longer values count as 2^40 - 1 */
#define HISTOGRAM_BUCKETS                                                      \
	((HISTOGRAM_VALUE_BITS - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

/* About 34 KiB, of which a narrow distribution touches a few lines. */
struct histogram {
	uint64_t count, sum;
	uint64_t least, greatest; /* meaningless while count is 0 */
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *histogram);

/* Which bucket VALUE falls into. O(1). */
static inline uint32_t histogram_bucket(uint64_t value)
{
	const uint64_t top = UINT64_C(1) << HISTOGRAM_VALUE_BITS;
	uint32_t shift;

	if (value >= top)
		value = top - 1;
	/* The octave's number is that of the highest bit. */
	shift = 63 - (uint32_t)__builtin_clzll(value | (1u << HISTOGRAM_BITS));
	shift -= HISTOGRAM_BITS;
	return (shift << HISTOGRAM_BITS) + (uint32_t)(value >> shift);
}

/* Adds a value. O(1), no call: meant for every fault. */
static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->sum += value;
	if (value < histogram->least)
		histogram->least = value;
	if (value > histogram->greatest)
		histogram->greatest = value;
	histogram->bucket[histogram_bucket(value)]++;
}

/* The greatest value that falls into bucket NUMBER. */
uint64_t histogram_bucket_end(uint32_t number);

/* Sum over count; 0 if there is nothing. */
double histogram_mean(const struct histogram *histogram);

/*
 * The value that SHARE (0..1) of all values do not exceed, interpolated
 * within its bucket: 0.5 the median, 0 the least, 1 the greatest; 0 if there
 * is nothing.  O(buckets).
 */
double histogram_quantile(const struct histogram *histogram, double share);

#endif
