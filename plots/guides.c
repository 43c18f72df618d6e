/* Lines between the sizes that were replayed.  See guides.h. */
#include "plots/guides.h"

#include <math.h>

/* Where a line goes through, and on which of OPT's stairs. */
struct guide {
	const struct point *from, *to; /* of the replays: NEXT on one line */
	double above_from, above_to;   /* log of how many times OPT's */
};

static void write_at(
	FILE *stream, const struct point *of, uint64_t frames, double faults)
{
	fprintf(stream, "%u %.10g %.0f %.10g\n", of->policy + 1,
		100 * (double)frames / (double)of->pages,
		(double)frames * of->page_bytes, 1e6 * faults / of->references);
}

/* OPT's faults with FRAMES: of the last point that is not larger. */
static const struct point *find_stair(struct points_line opt, uint64_t frames)
{
	const struct point *stair = NULL;

	for (; opt.next < opt.end && opt.next->frames <= frames; opt.next++)
		stair = opt.next;
	return stair;
}

static double faults_along(
	const struct guide *guide, const struct point *stair, uint64_t frames)
{
	double from = log((double)guide->from->frames);
	double to = log((double)guide->to->frames);
	double way = (log((double)frames) - from) / (to - from);
	double faults = (double)stair->faults *
			exp(guide->above_from +
				way * (guide->above_to - guide->above_from));
	double one = (double)guide->from->faults;
	double other = (double)guide->to->faults;

	return fmin(fmax(faults, fmin(one, other)), fmax(one, other));
}

/* From one size to the next along OPT's stairs: before and after each. */
static void write_between(const struct point *from, const struct point *to,
	struct points_line opt, double apart, FILE *stream)
{
	const struct point *stair = find_stair(opt, from->frames);
	const struct point *end = find_stair(opt, to->frames);
	uint64_t last = from->frames;
	struct guide guide = {.from = from, .to = to};

	if (!stair || !end->faults || !from->faults || !to->faults)
		return;
	guide.above_from = log((double)from->faults / (double)stair->faults);
	guide.above_to = log((double)to->faults / (double)end->faults);
	for (; stair < end; stair++) {
		uint64_t frames = stair[1].frames;

		if ((double)frames < (double)last * apart)
			continue;
		write_at(stream, from, frames,
			faults_along(&guide, stair, frames));
		write_at(stream, from, frames,
			faults_along(&guide, stair + 1, frames));
		last = frames;
	}
}

void guides_write(const struct points *points, const struct names *policies,
	unsigned trace, double apart, FILE *stream)
{
	struct points_line opt =
		points_find_line(points, policies, trace, "opt", true);

	fprintf(stream, "$guides_%u << END_OF_GUIDES\n", trace + 1);
	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];

		if (at->trace != trace || at->curve)
			continue;
		write_at(stream, at, at->frames, (double)at->faults);
		if (i + 1 < points->count && points_are_line(at, at + 1))
			write_between(at, at + 1, opt, apart, stream);
		else
			putc('\n', stream); /* where a line ends */
	}
	fputs("END_OF_GUIDES\n", stream);
}
