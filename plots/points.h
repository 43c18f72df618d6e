/*
 * What the figures show: one point a trace, policy and memory size, from the
 * rows that `selfpage replay --format csv` writes.
 */
#ifndef PLOTS_POINTS_H
#define PLOTS_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

/* The phases of a fault, in the order they happen in. */
#define PHASES_COUNT 7

struct point {
	char *trace;  /* as in the file */
	char *policy; /* as in the file */
	uint64_t frames, pages, faults;
	double references;
	double page_bytes;
	double cycles;		     /* a fault, median; NAN: not measured */
	const char *unit;	     /* of these: "cycles", "TSC ticks" ... */
	double phases[PHASES_COUNT]; /* the same, by phase */
};

struct points {
	struct point *points;
	size_t count;
};

/*
 * Adds the rows of the file PATH ("-": standard input) to POINTS, which is
 * {0} at first.  A row for a trace, policy and size that is there already
 * takes its place: the last one counts.  -EINVAL: a column is missing, a
 * cell is not a number, or no rows; or csv_read's errors; each with a
 * message.  POINTS is to be freed whatever is returned.
 */
int points_read(
	const char *path, struct points *points, struct message *message);
void points_free(struct points *points);

/* The column of each phase's mean. */
const char *points_phase_column(unsigned phase);

#endif
