/* Policies relative to OPT.  See ratios.h. */
#include "config.h"

#include "plots/ratios.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One policy at one share: where its ratios stand, sorted. */
struct spread {
	const struct ratio_point *first;
	unsigned count;
	double median;
};

/* OPT's faults of the same trace and size; NULL: not known. */
static const struct point *find_opt(const struct points *points,
	const struct names *policies, const struct point *point)
{
	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];

		if (at->trace == point->trace && !at->curve &&
			at->frames == point->frames &&
			strcmp(policies->name[at->policy], "opt") == 0)
			return at;
	}
	return NULL;
}

static int compare_ratios(const void *left, const void *right)
{
	const struct ratio_point *a = left, *b = right;

	if (a->share != b->share)
		return a->share < b->share ? -1 : 1;
	if (a->policy != b->policy)
		return a->policy < b->policy ? -1 : 1;
	if (a->ratio != b->ratio)
		return a->ratio < b->ratio ? -1 : 1;
	return (a->trace > b->trace) - (a->trace < b->trace);
}

/* The shares at which there is more than one trace. */
static int find_shares(struct ratios *ratios)
{
	const struct ratio_point *at = ratios->points;
	const struct ratio_point *first = at;
	int error = 0;

	for (size_t i = 0; i < ratios->count && !error; i++, at++) {
		if (at->share != first->share)
			first = at;
		if (at->trace != first->trace)
			error = shares_add(&ratios->shares, at->share);
	}
	return error;
}

int ratios_find(const struct points *points, const struct names *policies,
	struct ratios *out)
{
	int error;

	*out = (struct ratios){0};
	out->points = calloc(points->count + 1, sizeof(*out->points));
	if (!out->points)
		return -ENOMEM;
	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];
		const struct point *best;

		if (at->curve)
			continue;
		best = find_opt(points, policies, at);
		if (best && best != at && best->faults)
			out->points[out->count++] = (struct ratio_point){
				.policy = at->policy,
				.trace = at->trace,
				.share = share_of(at->frames, at->pages),
				.ratio = (double)at->faults /
					 (double)best->faults};
	}
	qsort(out->points, out->count, sizeof(*out->points), compare_ratios);
	error = find_shares(out);
	if (error)
		ratios_free(out);
	return error;
}

int ratios_keep(struct ratios *ratios, const bool *keep)
{
	size_t kept = 0;

	for (size_t i = 0; i < ratios->count; i++)
		if (keep[ratios->points[i].policy])
			ratios->points[kept++] = ratios->points[i];
	ratios->count = kept;
	shares_free(&ratios->shares);
	return find_shares(ratios);
}

void ratios_free(struct ratios *ratios)
{
	free(ratios->points);
	shares_free(&ratios->shares);
	*ratios = (struct ratios){0};
}

/* What is between the values below and above PART of them. */
static double quantile(
	const struct ratio_point *sorted, unsigned count, double part)
{
	double rank = part * (count - 1);
	unsigned below = (unsigned)rank;
	double rest = rank - below;

	if (below + 1 >= count)
		return sorted[count - 1].ratio;
	return sorted[below].ratio * (1 - rest) +
	       sorted[below + 1].ratio * rest;
}

static int compare_spreads(const void *left, const void *right)
{
	const struct spread *a = left, *b = right;

	if (a->median != b->median)
		return a->median < b->median ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

/* The policies at SHARE, the best one first; how many. */
static unsigned find_spreads(
	const struct ratios *ratios, double share, struct spread *spreads)
{
	unsigned count = 0;

	for (size_t i = 0; i < ratios->count; i++) {
		const struct ratio_point *at = &ratios->points[i];

		if (at->share != share)
			continue;
		if (count == 0 ||
			spreads[count - 1].first->policy != at->policy)
			spreads[count++] = (struct spread){.first = at};
		spreads[count - 1].count++;
	}
	for (unsigned i = 0; i < count; i++)
		spreads[i].median =
			quantile(spreads[i].first, spreads[i].count, 0.5);
	if (count > 0)
		qsort(spreads, count, sizeof(*spreads), compare_spreads);
	return count;
}

unsigned ratios_policies(const struct ratios *ratios, double share)
{
	unsigned count = 0;

	for (size_t i = 0; i < ratios->count; i++) {
		const struct ratio_point *at = &ratios->points[i];

		count += at->share == share &&
			 (i == 0 || at[-1].share != share ||
				 at[-1].policy != at->policy);
	}
	return count;
}

int ratios_write(const struct ratios *ratios, double share, FILE *stream)
{
	struct spread *spreads = calloc(ratios->count + 1, sizeof(*spreads));
	unsigned count, traces = 0;

	if (!spreads)
		return -ENOMEM;
	count = find_spreads(ratios, share, spreads);
	fprintf(stream, "share = %.10g\n$ratios << END_OF_RATIOS\n", share);
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < spreads[i].count; k++)
			fprintf(stream, "%u %u %u %.10g\n", i + 1,
				spreads[i].first[k].policy + 1,
				spreads[i].first[k].trace + 1,
				spreads[i].first[k].ratio);
	fputs("END_OF_RATIOS\n$spreads << END_OF_SPREADS\n", stream);
	for (unsigned i = 0; i < count; i++) {
		const struct spread *spread = &spreads[i];

		fprintf(stream, "%u %u %.10g %.10g %.10g %.10g\n", i + 1,
			spread->first->policy + 1,
			quantile(spread->first, spread->count, 0.25),
			spread->median,
			quantile(spread->first, spread->count, 0.75),
			spread->first[spread->count - 1].ratio);
		if (spread->count > traces)
			traces = spread->count;
	}
	fprintf(stream, "END_OF_SPREADS\nlines = %u\ntraces = %u\n", count,
		traces);
	free(spreads);
	return 0;
}
