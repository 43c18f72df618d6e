/* Points as data for gnuplot.  See points-write.h. */
#include "config.h"

#include "plots/points-write.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/gnuplot.h"
#include "plots/shares.h"
#include "plots/told.h"

/* The numbers of the policies that each trace has in rows and as curves:
 * " 1 2 4". */
static void write_present(const struct points *points, FILE *stream)
{
	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];
		const char *array = at->curve ? "curved" : "replayed";

		if (i == 0 || at[-1].trace != at->trace ||
			at[-1].curve != at->curve ||
			at[-1].policy != at->policy)
			fprintf(stream, "%s[%u] = %s[%u].' %u'\n", array,
				at->trace + 1, array, at->trace + 1,
				at->policy + 1);
	}
}

void points_write_traces(const struct points *points, FILE *stream)
{
	unsigned count = points->traces.count;

	fprintf(stream,
		"array references[%u]\narray pages[%u]\n"
		"array page_bytes[%u]\narray unit[%u]\n"
		"array replayed[%u]\narray curved[%u]\n",
		count, count, count, count, count, count);
	for (unsigned t = 1; t <= count; t++)
		fprintf(stream, "replayed[%u] = ''\ncurved[%u] = ''\n", t, t);
	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];
		unsigned number = at->trace + 1;

		/* They are the same in all rows of a trace: write them once. */
		if (i > 0 && at[-1].trace == at->trace)
			continue;
		fprintf(stream,
			"references[%u] = %.0f.\npages[%u] = %" PRIu64 ".\n"
			"page_bytes[%u] = %.0f.\nunit[%u] = ",
			number, at->references, number, at->pages, number,
			at->page_bytes, number);
		gnuplot_string(stream, at->unit);
		putc('\n', stream);
	}
	write_present(points, stream);
}

static double fault_rate(const struct point *point)
{
	return 1e6 * (double)point->faults / point->references;
}

void points_write(const struct points *points, unsigned trace, FILE *stream)
{
	const struct point *last = NULL;

	fputs("$rows << END_OF_ROWS\n", stream);
	for (size_t i = 0; i < points->count; i++) {
		const struct point *point = &points->points[i];
		double frames = (double)point->frames;

		if (trace != POINTS_ALL && point->trace != trace)
			continue;
		if (trace == POINTS_ALL && last && i + 1 < points->count &&
			points_are_line(point, point + 1) &&
			points_are_near(last, point, POINTS_APART_IN_PANELS))
			continue;
		if (last && !points_are_line(last, point))
			putc('\n', stream); /* where a line ends */
		last = point;
		/* in the order that look.gp names the columns */
		fprintf(stream, "%u %u %u %.0f %.10g %.0f %.10g %.10g",
			point->trace + 1, point->policy + 1, point->size + 1,
			frames, 100 * frames / (double)point->pages,
			frames * point->page_bytes, fault_rate(point),
			point->cycles);
		for (unsigned k = 0; k < PHASES_COUNT; k++)
			fprintf(stream, " %.10g", point->phases[k]);
		fprintf(stream, " %d\n", point->curve);
	}
	fputs("END_OF_ROWS\n", stream);
}

void points_write_shares(
	const struct points *points, unsigned trace, FILE *stream)
{
	fprintf(stream, "array size_share[%u]\n", points_sizes(points, trace));
	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];

		if (at->trace == trace && !at->curve)
			fprintf(stream, "size_share[%u] = %.10g\n",
				at->size + 1, share_of(at->frames, at->pages));
	}
}

/* ---- which lines are told apart ---- */

/* The points from FIRST to END are a trace's replays, or its curves: the
 * fewest faults at each size. */
static void find_fewest(
	const struct point *first, const struct point *end, uint64_t *fewest)
{
	for (const struct point *at = first; at < end; at++)
		fewest[at->size] = UINT64_MAX;
	for (const struct point *at = first; at < end; at++)
		if (at->faults < fewest[at->size])
			fewest[at->size] = at->faults;
}

static void tell_points(const struct point *first, const struct point *end,
	const uint64_t *fewest, struct told *told)
{
	for (const struct point *at = first; at < end; at++)
		told_add(told, at->policy,
			log2(((double)at->faults + 1) /
				((double)fewest[at->size] + 1)));
}

/* Curves of what was replayed, too, say the same again, at more sizes than
 * the others have. */
static void tell_curves(
	const struct point *first, const struct point *end, struct told *told)
{
	for (const struct point *at = first; at < end; at++)
		if (!told->lines[at->policy].count)
			told_add(told, at->policy, 0);
}

int points_write_told(const struct points *points, const struct names *policies,
	unsigned trace, unsigned most, FILE *stream)
{
	const struct point *at = points->points, *end = at + points->count;
	uint64_t *fewest = calloc(points->count + 1, sizeof(*fewest));
	struct told told;

	if (!fewest || told_start(&told, policies->count)) {
		free(fewest);
		return -ENOMEM;
	}
	while (at < end) {
		const struct point *first = at;

		while (at < end && at->trace == first->trace &&
			at->curve == first->curve)
			at++;
		if (trace != POINTS_ALL && first->trace != trace)
			continue;
		if (first->curve && first > points->points &&
			first[-1].trace == first->trace) {
			tell_curves(first, at, &told);
			continue;
		}
		find_fewest(first, at, fewest);
		tell_points(first, at, fewest, &told);
	}
	told_settle(&told, most, policies);
	told_write(&told, stream);
	told_free(&told);
	free(fewest);
	return 0;
}

/* ---- the gap between LRU and OPT ---- */

static void write_gap_at(FILE *stream, uint64_t frames, const struct point *lru,
	const struct point *opt)
{
	fprintf(stream, "%.0f %.10g %.10g\n", (double)frames * lru->page_bytes,
		fault_rate(lru), fault_rate(opt));
}

/* Where both were replayed. */
static unsigned write_replay_gap(
	struct points_line lru, struct points_line opt, FILE *stream)
{
	unsigned count = 0;

	while (lru.next < lru.end && opt.next < opt.end) {
		if (lru.next->frames == opt.next->frames) {
			write_gap_at(
				stream, lru.next->frames, lru.next, opt.next);
			count++;
		}
		if (lru.next->frames <= opt.next->frames)
			lru.next++;
		else
			opt.next++;
	}
	return count;
}

/* Curves are stairs: a size that a curve does not tell has the faults of the
 * one before it. */
static unsigned write_curve_gap(
	struct points_line lru, struct points_line opt, FILE *stream)
{
	const struct point *last_lru = NULL, *last_opt = NULL;
	unsigned count = 0;

	while (lru.next < lru.end || opt.next < opt.end) {
		uint64_t frames = lru.next < lru.end ? lru.next->frames
						     : opt.next->frames;

		if (opt.next < opt.end && opt.next->frames < frames)
			frames = opt.next->frames;
		if (last_lru && last_opt)
			write_gap_at(stream, frames, last_lru, last_opt);
		if (lru.next < lru.end && lru.next->frames == frames)
			last_lru = lru.next++;
		if (opt.next < opt.end && opt.next->frames == frames)
			last_opt = opt.next++;
		if (last_lru && last_opt) {
			write_gap_at(stream, frames, last_lru, last_opt);
			count++;
		}
	}
	return count;
}

void points_write_gap(const struct points *points, const struct names *policies,
	unsigned trace, FILE *stream)
{
	struct points_line lru =
		points_find_line(points, policies, trace, "lru", true);
	struct points_line opt =
		points_find_line(points, policies, trace, "opt", true);
	unsigned count;

	fputs("$gap << END_OF_GAP\n", stream);
	if (lru.next && opt.next)
		count = write_curve_gap(lru, opt, stream);
	else
		count = write_replay_gap(
			points_find_line(points, policies, trace, "lru", false),
			points_find_line(points, policies, trace, "opt", false),
			stream);
	/* two sizes and more have something between them */
	fprintf(stream, "END_OF_GAP\nhas_gap = %d\n", count > 1);
}
