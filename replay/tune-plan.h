/*
 * What `selfpage tune` may propose: for each region of a program, and in each
 * of its phases, how long the region's pages are to be kept.
 *
 *	region		phase "start"		phase "sum"
 *	[anon:rows]	4 4 4 ... 4		1 1 1 ... 1	lower
 *	[anon:groups]	4 4 4 ... 4		5 5 2 ... 2	a part is held
 *
 * A region's maps are cut in stripes, each a twentieth of its map, and a cell
 * has a level a stripe: a priority, or read-once.  A cell may also drop the
 * region's pages when the phase begins: they are `cold`.
 *
 * Two things are tried, and never proposed: stripes that are pinned, and a
 * region's pages that are fetched when a phase begins.
 *
 * A plan is not about any one run: regions and phases go by their names, and
 * parts by their share of a map's length; so it holds on another input.
 */
#ifndef REPLAY_TUNE_PLAN_H
#define REPLAY_TUNE_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "replay/hints.h"

enum {
	TUNE_REGIONS = 16, /* at most, in a plan */
	TUNE_PHASES = 12,
	TUNE_STRIPES = 20,
	TUNE_ONCE = -1, /* level: read-once; others are priorities */
	TUNE_NORMAL = 4,
	TUNE_PIN = HINTS_PRIORITY_MAX + 1, /* level, in all phases */
	TUNE_EVERY_PHASE = -1,
};

/* What plans of a program are about. */
struct tune_scene {
	/* as hint files call it; those that a search looks at come first */
	char *region[TUNE_REGIONS];
	uint64_t pages[TUNE_REGIONS]; /* that it uses */
	double share[TUNE_REGIONS];   /* of the faults, at all sizes asked */
	/* [0] is what comes before the program says anything */
	char *phase[TUNE_PHASES];
	unsigned regions, searched, phases;
	unsigned left_out; /* phases that were too many */
};

void tune_scene_free(struct tune_scene *scene);

struct tune_cell {
	int8_t level[TUNE_STRIPES];
	bool drop; /* at the phase's beginning */
	bool fetch;
};

struct tune_plan {
	struct tune_cell cell[TUNE_REGIONS][TUNE_PHASES];
	/* The region is `sequential`, which means something only to those
	 * that read ahead. */
	bool ahead[TUNE_REGIONS];
};

/* One thing that a plan says: what it takes to leave it out. */
struct tune_part {
	unsigned region;
	int phase; /* TUNE_EVERY_PHASE: the region has one level in all */
	bool drop; /* only the drop */
};

enum { TUNE_PARTS = TUNE_REGIONS * TUNE_PHASES * 2 };

/* A plan that says nothing. */
struct tune_plan tune_plan_none(void);

/* PHASE may be TUNE_EVERY_PHASE. */
void tune_plan_set(struct tune_plan *plan, const struct tune_scene *scene,
	unsigned region, int phase, const int8_t level[TUNE_STRIPES]);

/* What PLAN says, in the order of its lines: how many of OUT[TUNE_PARTS]. */
unsigned tune_plan_parts(const struct tune_plan *plan,
	const struct tune_scene *scene, struct tune_part *out);

/* Has REGION the same levels in all phases? */
bool tune_plan_is_steady(const struct tune_plan *plan,
	const struct tune_scene *scene, unsigned region);

/* Has the region of PART, in its phase, the levels that pages have without
 * hints? */
bool tune_plan_is_normal(
	const struct tune_plan *plan, const struct tune_part *part);

/* PLAN without PART. */
struct tune_plan tune_plan_without(const struct tune_plan *plan,
	const struct tune_scene *scene, const struct tune_part *part);

/* The lines of PART, or those of all if it is NULL, with those that take back
 * what PART says when its phase is over. */
void tune_plan_write(const struct tune_plan *plan,
	const struct tune_scene *scene, const struct tune_part *part,
	FILE *stream);

/* The lines that call REGION sequential.  They come after its others, as
 * `normal` takes back that too. */
void tune_plan_write_ahead(const struct tune_plan *plan,
	const struct tune_scene *scene, unsigned region, FILE *stream);

/* PLAN as hints, to be freed with hints_free. -ENOMEM. */
int tune_plan_hints(const struct tune_plan *plan,
	const struct tune_scene *scene, struct hints *out,
	struct message *message);

/* PART in words: "a part is held", "read once", ... of at most BYTES. */
void tune_part_tell(const struct tune_plan *plan, const struct tune_part *part,
	char *text, size_t bytes);

#endif
