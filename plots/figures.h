/*
 * Figures: which there are to draw, the program that draws them, and gnuplot,
 * which runs it.  Each picture gets its name when it is whole.
 */
#ifndef PLOTS_FIGURES_H
#define PLOTS_FIGURES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/message.h"
#include "plots/material.h"

enum figure_kind {
	FIGURE_FAULTS,	     /* a trace: fault rate over memory size */
	FIGURE_CYCLES,	     /* a trace: cycles per fault by phase */
	FIGURE_DISTRIBUTION, /* a trace: how long its faults took */
	FIGURE_MAP,	     /* a trace: who touches what when */
	FIGURE_OVERVIEW,     /* all traces: their fault rates side by side */
	FIGURE_POLICIES,     /* a memory share: policies relative to OPT */
	FIGURE_HINTS,	     /* a memory share: faults with hints */
	FIGURE_KINDS
};

enum figure_format { FIGURE_PNG, FIGURE_SVG, FIGURE_PDF, FIGURE_FORMATS };

struct figure {
	enum figure_kind kind;
	unsigned item;		/* trace, map, or share; overview: 0 */
	unsigned width, height; /* see FIGURE_UNIT_MM */
	char *path;		/* of the pictures, without their endings */
};

/* A printed figure's unit: 800 are 180 mm, the width of a page, and letters
 * of 11 are 7 points high. */
#define FIGURE_UNIT_MM 0.225

struct figures {
	const struct material *material;
	/* what the traces of points, lengths and tuned are called */
	struct names traces, length_traces, tuned_traces, maps;
	unsigned formats;	/* set of 1 << enum figure_format */
	unsigned width;		/* of the figures */
	struct figure *figures; /* [count] */
	unsigned count;
};

struct figures_config {
	unsigned kinds;	    /* set of 1 << enum figure_kind */
	unsigned formats;   /* set of 1 << enum figure_format */
	bool column;	    /* as wide as a column of two */
	const char *folder; /* where the pictures will lie */
};

/* The word for a kind, and for a format; NULL past the last. */
const char *figure_kind_name(unsigned kind);
const char *figure_format_name(unsigned format);

/* Plans the figures that MATERIAL (borrowed, settled) has data for.  -ENOMEM.
 */
int figures_plan(const struct material *material,
	const struct figures_config *config, struct figures *out);
void figures_free(struct figures *figures);

/* How many keys of policies stand side by side below panels. */
unsigned figures_key_columns(const struct figures *figures);

/* Writes the program for gnuplot that draws them all, with the scripts of
 * the folder SCRIPTS. 0 or -errno. */
int figures_write_script(
	const struct figures *figures, const char *scripts, FILE *stream);

/* What a picture is called after its ending until it is whole. */
#define FIGURES_PART ".part"

/*
 * Draws them all, with the gnuplot scripts in SCRIPTS: PATH.png and so on for
 * each.  -ENOENT: no gnuplot; -EIO: gnuplot failed or a picture is not whole;
 * or the system's -errno; each with a message.
 */
int figures_draw(const struct figures *figures, const char *scripts,
	struct message *message);

#endif
