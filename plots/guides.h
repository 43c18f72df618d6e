/* Lines between the sizes that were replayed, as data for gnuplot. */
#ifndef PLOTS_GUIDES_H
#define PLOTS_GUIDES_H

#include <stdio.h>

#include "plots/points.h"

/*
 * $guides_1, for the first trace: policy, share of the pages, bytes, faults
 * per million references, along the line of each policy that TRACE has replays
 * of.  Where OPT's curve is known a line goes along it, as far above it as its
 * ends are and no higher or lower than they, at sizes a factor APART and more:
 * a straight one would cross the curve where that is steep, and no policy is
 * below OPT.
 */
void guides_write(const struct points *points, const struct names *policies,
	unsigned trace, double apart, FILE *stream);

#endif
