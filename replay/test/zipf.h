/*
 * Page numbers by Zipf's law: page k (from 0, most used first) with weight
 * 1 / (k + 1)^exponent, then scattered, so that rank says nothing about place.
 * Drawn by inverting the cumulative sum through a table of 2^16 entry points.
 */
#ifndef REPLAY_TEST_ZIPF_H
#define REPLAY_TEST_ZIPF_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct zipf {
	double *sum;	   /* [pages] weights of the pages up to this one */
	uint32_t *start;   /* [2^16 + 1] first page of a slice of the sum */
	uint32_t *scatter; /* [pages] rank -> page */
	uint32_t pages;
	uint64_t state; /* of the generator */
};

static inline uint64_t zipf_random(struct zipf *zipf)
{
	uint64_t x = zipf->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* 0, or -1 without memory */
static inline int zipf_init(
	struct zipf *zipf, uint32_t pages, double exponent, uint64_t seed)
{
	double total = 0;
	uint32_t at = 0;

	zipf->pages = pages;
	zipf->state = seed;
	zipf->sum = malloc(pages * sizeof(*zipf->sum));
	zipf->start = malloc(((1u << 16) + 1) * sizeof(*zipf->start));
	zipf->scatter = malloc(pages * sizeof(*zipf->scatter));
	if (!zipf->sum || !zipf->start || !zipf->scatter)
		return -1;
	for (uint32_t k = 0; k < pages; k++) {
		total += pow(k + 1.0, -exponent);
		zipf->sum[k] = total;
		zipf->scatter[k] = k;
	}
	for (uint32_t slice = 0; slice <= 1u << 16; slice++) {
		while (at < pages - 1 &&
			zipf->sum[at] <= total * slice / (1u << 16))
			at++;
		zipf->start[slice] = at;
	}
	for (uint32_t k = pages - 1; k > 0; k--) {
		uint32_t other = (uint32_t)(zipf_random(zipf) % (k + 1));
		uint32_t swap = zipf->scatter[k];

		zipf->scatter[k] = zipf->scatter[other];
		zipf->scatter[other] = swap;
	}
	return 0;
}

static inline uint32_t zipf_next(struct zipf *zipf)
{
	uint64_t random = zipf_random(zipf);
	double want =
		zipf->sum[zipf->pages - 1] * (double)(random >> 11) * 0x1p-53;
	uint32_t low = zipf->start[random >> 48];
	uint32_t high = zipf->start[(random >> 48) + 1];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (zipf->sum[middle] > want)
			high = middle;
		else
			low = middle + 1;
	}
	return zipf->scatter[low];
}

static inline void zipf_free(struct zipf *zipf)
{
	free(zipf->sum);
	free(zipf->start);
	free(zipf->scatter);
}

#endif
