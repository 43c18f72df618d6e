/* Points as data for gnuplot. */
#ifndef PLOTS_POINTS_WRITE_H
#define PLOTS_POINTS_WRITE_H

#include <limits.h>
#include <stdio.h>

#include "plots/points.h"

#define POINTS_ALL UINT_MAX

/* Beside many others a panel is small, and has room for fewer sizes. */
#define POINTS_APART_IN_PANELS 1.03

/* Arrays of what is told of each trace. */
void points_write_traces(const struct points *points, FILE *stream);

/* $rows: the points of TRACE, or POINTS_ALL. */
void points_write(const struct points *points, unsigned trace, FILE *stream);

/* size_share[]: what share of its pages each size of TRACE's replays is. */
void points_write_shares(
	const struct points *points, unsigned trace, FILE *stream);

/*
 * Which policies of TRACE, or POINTS_ALL, are told apart, MOST of them (see
 * told.h): the more faults a policy has the higher its line, beside the best
 * one's with as much memory.  0 or -ENOMEM.
 */
int points_write_told(const struct points *points, const struct names *policies,
	unsigned trace, unsigned most, FILE *stream);

/* $gap, between LRU and OPT of TRACE: bytes, LRU's and OPT's fault rate; and
 * whether there is one: has_gap. */
void points_write_gap(const struct points *points, const struct names *policies,
	unsigned trace, FILE *stream);

#endif
