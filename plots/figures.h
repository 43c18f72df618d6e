/*
 * Figures from points: writes what gnuplot is to do, lets gnuplot do it, and
 * gives each picture its name when it is whole.
 */
#ifndef PLOTS_FIGURES_H
#define PLOTS_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/message.h"
#include "plots/points.h"

enum figure_kind {
	FIGURE_FAULTS = 1,   /* a trace: fault rate over memory size */
	FIGURE_CYCLES = 2,   /* a trace: cycles per fault by phase */
	FIGURE_OVERVIEW = 4, /* all traces: their fault rates side by side */
};

struct figure {
	enum figure_kind kind;
	unsigned trace;		/* index in figures.traces; overview: 0 */
	unsigned width, height; /* points: a 72nd of an inch */
	char *path;		/* of the pictures, without .png and .svg */
};

/* A point and where it stands, each number from 0. */
struct place {
	unsigned trace, policy, size; /* the trace's smallest size is 0 */
	const struct point *point;
};

struct figures {
	struct place *places; /* [places_count] by trace, policy and size */
	size_t places_count;
	const char **traces; /* [traces_count] as in the points */
	char **names;	     /* [traces_count] short, each once */
	unsigned *sizes;     /* [traces_count] how many it has */
	unsigned traces_count;
	const char **policies; /* [policies_count] as in the points */
	unsigned policies_count;
	struct figure *figures; /* [count] */
	unsigned count;
};

/*
 * Plans the figures of the KINDS (a set of enum figure_kind) that POINTS
 * (borrowed, at least one) have data for: no cycles without cycles, no
 * overview of a single trace.  The pictures will lie in FOLDER.  -ENOMEM.
 */
int figures_plan(const struct points *points, unsigned kinds,
	const char *folder, struct figures *out);
void figures_free(struct figures *figures);

/* Writes the program for gnuplot that draws them all, with the scripts of
 * the folder SCRIPTS. 0 or -errno. */
int figures_write_script(
	const struct figures *figures, const char *scripts, FILE *stream);

/* What a picture is called after .png or .svg until it is whole. */
#define FIGURES_PART ".part"

/*
 * Draws them all, with the gnuplot scripts in SCRIPTS: PATH.png and PATH.svg
 * for each.  -ENOENT: no gnuplot; -EIO: gnuplot failed or a picture is not
 * whole; or the system's -errno; each with a message.
 */
int figures_draw(const struct figures *figures, const char *scripts,
	struct message *message);

#endif
