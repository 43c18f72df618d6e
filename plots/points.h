/*
 * Faults by trace, policy and memory size: rows of `selfpage replay`, which
 * tell some sizes and their cycles, and of `selfpage curve`, which tell every
 * size.
 */
#ifndef PLOTS_POINTS_H
#define PLOTS_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"
#include "plots/csv.h"
#include "plots/names.h"

/* The phases of a fault, in the order they happen in. */
#define PHASES_COUNT 7

struct point {
	unsigned trace, policy; /* numbers of their names */
	bool curve;		/* of a curve */
	uint64_t frames, pages, faults;
	double references;
	double page_bytes;
	double cycles;		     /* a fault, median; NAN: not measured */
	const char *unit;	     /* of these: "cycles", "TSC ticks" ... */
	double phases[PHASES_COUNT]; /* the same, by phase */
	unsigned size; /* of the sizes of the trace's replays, from 0 */
	size_t order;  /* in which it came */
};

/* A trace's points stand side by side, its replays before its curves, by
 * policy and size. */
struct points {
	struct point *points;
	size_t count;
	struct names traces;
};

/*
 * Adds the rows of CSV, the file PATH, to POINTS, which is {0} at first.
 * -EINVAL: a column is missing, or a cell is not a number; -ENOMEM; each with
 * a message.  To be freed whatever is returned.
 */
int points_add(struct points *points, const char *path, const struct csv *csv,
	struct names *policies, struct message *message);
void points_free(struct points *points);

/*
 * When all are added: puts them in order; of several of one trace, policy and
 * size the last one stays; of a curve, sizes that no figure could tell apart
 * become one.
 */
void points_settle(struct points *points);

/* Drops what is of policies whose KEEP is not set, and traces of which nothing
 * is left.  0 or -ENOMEM. */
int points_keep(struct points *points, const bool *keep);

/* The points of one line, by size: of one trace's replays or its curve, under
 * one policy. */
struct points_line {
	const struct point *next, *end; /* NULL: there is none */
};

struct points_line points_find_line(const struct points *points,
	const struct names *policies, unsigned trace, const char *policy,
	bool curve);

/* Whether two points are of one line; and of one curve, their sizes less than
 * a factor APART from each other. */
bool points_are_line(const struct point *point, const struct point *next);
bool points_are_near(
	const struct point *point, const struct point *next, double apart);

/* How many sizes the replays of TRACE have. */
unsigned points_sizes(const struct points *points, unsigned trace);

/* How many policies TRACE has replays of, or CURVEs. */
unsigned points_policies(
	const struct points *points, unsigned trace, bool curve);

/* Whether a replay of TRACE tells its cycles by phase. */
bool points_have_phases(const struct points *points, unsigned trace);

/* What a row's times are of. */
const char *points_unit(const char *counter_source);

/* The column of each phase's mean. */
const char *points_phase_column(unsigned phase);

#endif
