/*
 * Which figures there are to draw: the traces and policies of the points, in
 * the order they first come in, and a name for each picture.
 */
#include "config.h"

#include "plots/figures.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 800 /* of a figure, points */
#define HEIGHT 480
#define WIDTH_MAX 2000
#define BAR_WIDTH 16	/* of cycles: a bar with its share of the gap */
#define BESIDE_BARS 190 /* of cycles: axis and key */
#define PANEL_WIDTH 310 /* of the overview */
#define PANEL_HEIGHT 210

/* The index of NAME among COUNT NAMES; COUNT if it is not there. */
static unsigned find_name(const char **names, unsigned count, const char *name)
{
	unsigned i = 0;

	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

static int compare_frames(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->trace != b->trace)
		return a->trace < b->trace ? -1 : 1;
	return (a->point->frames > b->point->frames) -
	       (a->point->frames < b->point->frames);
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->trace != b->trace)
		return a->trace < b->trace ? -1 : 1;
	if (a->policy != b->policy)
		return a->policy < b->policy ? -1 : 1;
	return (a->size > b->size) - (a->size < b->size);
}

/* Numbers the sizes of each trace and puts the places in order. */
static int sort_places(struct figures *figures)
{
	struct place *places = figures->places;

	figures->sizes = calloc(figures->traces_count, sizeof(*figures->sizes));
	if (!figures->sizes)
		return -ENOMEM;
	qsort(places, figures->places_count, sizeof(*places), compare_frames);
	for (size_t i = 0; i < figures->places_count; i++) {
		unsigned *sizes = &figures->sizes[places[i].trace];

		if (i == 0 || compare_frames(&places[i - 1], &places[i]) != 0)
			++*sizes;
		places[i].size = *sizes - 1;
	}
	qsort(places, figures->places_count, sizeof(*places), compare_places);
	return 0;
}

static int place_points(struct figures *figures, const struct points *points)
{
	figures->places = calloc(points->count, sizeof(*figures->places));
	figures->traces = calloc(points->count, sizeof(*figures->traces));
	figures->policies = calloc(points->count, sizeof(*figures->policies));
	if (!figures->places || !figures->traces || !figures->policies)
		return -ENOMEM;
	for (size_t i = 0; i < points->count; i++) {
		const struct point *point = &points->points[i];
		unsigned trace = find_name(
			figures->traces, figures->traces_count, point->trace);
		unsigned policy = find_name(figures->policies,
			figures->policies_count, point->policy);

		figures->traces[trace] = point->trace;
		figures->policies[policy] = point->policy;
		figures->traces_count += trace == figures->traces_count;
		figures->policies_count += policy == figures->policies_count;
		figures->places[figures->places_count++] =
			(struct place){trace, policy, 0, point};
	}
	return sort_places(figures);
}

/* "traces/sort.spt" -> "sort"; "sort-2" when there is another "sort" before
 * it. NULL without memory. */
static char *name_trace(const struct figures *figures, const char *trace)
{
	const char *slash = strrchr(trace, '/');
	const char *base = slash ? slash + 1 : trace;
	int length = (int)strlen(base);
	char *name = NULL;
	unsigned number = 1;

	if (length > 4 && strcmp(base + length - 4, ".spt") == 0)
		length -= 4;
	if (asprintf(&name, "%.*s", length, base) < 0)
		return NULL;
	while (find_name((const char **)figures->names, figures->traces_count,
		       name) < figures->traces_count) {
		free(name);
		if (asprintf(&name, "%.*s-%u", length, base, ++number) < 0)
			return NULL;
	}
	return name;
}

static int name_traces(struct figures *figures)
{
	unsigned count = figures->traces_count;

	figures->names = calloc(count, sizeof(*figures->names));
	if (!figures->names)
		return -ENOMEM;
	figures->traces_count = 0; /* the names before the one being made */
	while (figures->traces_count < count) {
		const char *trace = figures->traces[figures->traces_count];
		char *name = name_trace(figures, trace);

		if (!name)
			return -ENOMEM;
		figures->names[figures->traces_count++] = name;
	}
	return 0;
}

static bool has_cycles(const struct figures *figures, unsigned trace)
{
	for (size_t i = 0; i < figures->places_count; i++) {
		const struct point *point = figures->places[i].point;
		double sum = point->cycles;

		for (unsigned k = 0; k < PHASES_COUNT; k++)
			sum += point->phases[k];
		if (figures->places[i].trace == trace && !isnan(sum))
			return true;
	}
	return false;
}

static unsigned bound(unsigned value, unsigned low, unsigned high)
{
	return value < low ? low : value > high ? high : value;
}

static int add_figure(
	struct figures *figures, struct figure figure, const char *folder)
{
	const char *name = figure.kind == FIGURE_OVERVIEW
				   ? "overview"
				   : figures->names[figure.trace];
	const char *suffix = figure.kind == FIGURE_FAULTS   ? "-faults"
			     : figure.kind == FIGURE_CYCLES ? "-cycles"
							    : "";
	bool here = strcmp(folder, ".") == 0;

	if (asprintf(&figure.path, "%s%s%s%s", here ? "" : folder,
		    here ? "" : "/", name, suffix) < 0)
		return -ENOMEM;
	figures->figures[figures->count++] = figure;
	return 0;
}

static struct figure overview_figure(const struct figures *figures)
{
	unsigned traces = figures->traces_count;
	/* as overview.gp lays them out */
	unsigned columns = traces < 5 ? 2 : traces < 13 ? 3 : 4;
	unsigned lines = (traces + columns - 1) / columns;

	return (struct figure){.kind = FIGURE_OVERVIEW,
		.width = bound(columns * PANEL_WIDTH, WIDTH, WIDTH_MAX),
		.height = 100 + lines * PANEL_HEIGHT};
}

int figures_plan(const struct points *points, unsigned kinds,
	const char *folder, struct figures *out)
{
	int error;

	*out = (struct figures){0};
	error = place_points(out, points);
	error = error ? error : name_traces(out);
	if (error)
		goto out;
	out->figures = calloc(
		2 * (size_t)out->traces_count + 1, sizeof(*out->figures));
	if (!out->figures)
		error = -ENOMEM;
	if (!error && (kinds & FIGURE_OVERVIEW) && out->traces_count > 1)
		error = add_figure(out, overview_figure(out), folder);
	for (unsigned t = 0; t < out->traces_count && !error; t++) {
		unsigned bars = out->sizes[t] * (out->policies_count + 1);
		struct figure faults = {FIGURE_FAULTS, t, WIDTH, HEIGHT, NULL};
		struct figure cycles = {FIGURE_CYCLES, t,
			bound(BESIDE_BARS + bars * BAR_WIDTH, WIDTH, WIDTH_MAX),
			HEIGHT, NULL};

		if (kinds & FIGURE_FAULTS)
			error = add_figure(out, faults, folder);
		if (!error && (kinds & FIGURE_CYCLES) && has_cycles(out, t))
			error = add_figure(out, cycles, folder);
	}
out:
	if (error)
		figures_free(out);
	return error;
}

void figures_free(struct figures *figures)
{
	for (unsigned i = 0; i < figures->count; i++)
		free(figures->figures[i].path);
	for (unsigned i = 0; i < figures->traces_count && figures->names; i++)
		free(figures->names[i]);
	free(figures->figures);
	free(figures->names);
	free(figures->sizes);
	free(figures->places);
	free(figures->traces);
	free(figures->policies);
	*figures = (struct figures){0};
}
