/* Which figures there are to draw, how large, and what they are called. */
#include "config.h"

#include "plots/figures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In units: 180 and 88 mm wide, and as high as a page has room for. */
enum { PAGE_WIDTH = 800, COLUMN_WIDTH = 391, PAGE_HEIGHT = 1100 };

/* Heights, in units. */
enum {
	HEIGHT = 480, /* of a figure */
	COLUMN_HEIGHT = 340,
	KEY_LINE = 22, /* a line of the key, beside */
	KEY_AROUND = 130,
	BARS_LINE = 120, /* a line of bars */
	BARS_LINE_LEAST = 80,
	BARS_AROUND = 300, /* with policies' names below */
	PANEL_LINE = 180,  /* a line of panels */
	PANEL_LINE_LEAST = 90,
	PANEL_AROUND = 110,
	KEY_PANELS = 22, /* a line of the key, below */
	DOT_LINE = 22,	 /* a policy, or a trace, with its dots */
	DOT_AROUND = 145,
	STRIP = 120, /* of faults, below a map */
};

const char *figure_kind_name(unsigned kind)
{
	static const char *const names[FIGURE_KINDS] = {
		[FIGURE_FAULTS] = "faults",
		[FIGURE_CYCLES] = "cycles",
		[FIGURE_DISTRIBUTION] = "distribution",
		[FIGURE_MAP] = "map",
		[FIGURE_OVERVIEW] = "overview",
		[FIGURE_POLICIES] = "policies",
		[FIGURE_HINTS] = "hints",
	};

	return kind < FIGURE_KINDS ? names[kind] : NULL;
}

const char *figure_format_name(unsigned format)
{
	static const char *const names[FIGURE_FORMATS] = {
		[FIGURE_PNG] = "png",
		[FIGURE_SVG] = "svg",
		[FIGURE_PDF] = "pdf",
	};

	return format < FIGURE_FORMATS ? names[format] : NULL;
}

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned lines_of(unsigned count, unsigned a_line)
{
	return (count + a_line - 1) / a_line;
}

/* The height of so many lines: MOST each, or less, down to LEAST, to fit on a
 * page that has AROUND besides. */
static unsigned lines_height(
	unsigned lines, unsigned most, unsigned least, unsigned around)
{
	unsigned room =
		around < PAGE_HEIGHT ? (PAGE_HEIGHT - around) / lines : 0;

	return lines * (room > most ? most : larger(room, least));
}

/* The most policies, of so many, that a key names: see told.h. */
static unsigned keys_of(const struct figures *figures, unsigned policies)
{
	unsigned most = figures->material->told_most;

	return policies <= most ? policies : most + 1;
}

/* How many panels of distributions and of the overview stand in a line, as
 * panels.gp lays them out. */
static unsigned panels_beside(const struct figures *figures, unsigned panels)
{
	unsigned most = panels < 2 ? 1 : panels < 5 ? 2 : panels < 13 ? 3 : 4;

	return figures->width < PAGE_WIDTH && most > 2 ? 2 : most;
}

unsigned figures_key_columns(const struct figures *figures)
{
	const struct names *policies = &figures->material->policies;
	size_t letters = strlen("first touches");
	size_t columns;

	for (unsigned i = 0; i < policies->count; i++)
		if (strlen(policies->name[i]) > letters)
			letters = strlen(policies->name[i]);
	columns = figures->width / (64 + 9 * letters);
	return columns ? (unsigned)columns : 1;
}

static unsigned panels_height(
	const struct figures *figures, unsigned panels, unsigned keys)
{
	unsigned lines = lines_of(panels, panels_beside(figures, panels));
	/* and what else is in the key */
	unsigned key_lines = lines_of(
		keys_of(figures, keys) + 1, figures_key_columns(figures));
	unsigned around = PANEL_AROUND + key_lines * KEY_PANELS;

	return around + (lines == 1 ? HEIGHT / 2
				    : lines_height(lines, PANEL_LINE,
					      PANEL_LINE_LEAST, around));
}

/* How many groups of bars, of so many policies, stand in a line, as cycles.gp
 * lays them out. */
static unsigned groups_beside(const struct figures *figures, unsigned policies)
{
	bool narrow = figures->width < PAGE_WIDTH;
	unsigned beside =
		(figures->width - (narrow ? 90 : 190)) / (16 * (policies + 1));

	return beside ? beside : 1;
}

static unsigned height_of_faults(
	const struct figures *figures, const struct points *points, unsigned t)
{
	unsigned policies = points_policies(points, t, false) +
			    points_policies(points, t, true);
	/* with the gap, and first touches */
	unsigned keys = keys_of(figures, policies) + 2;

	return figures->width < PAGE_WIDTH
		       ? COLUMN_HEIGHT + lines_of(keys, 2) * KEY_LINE
		       : larger(HEIGHT, KEY_AROUND + keys * KEY_LINE);
}

static unsigned height_of_cycles(
	const struct figures *figures, const struct points *points, unsigned t)
{
	unsigned beside =
		groups_beside(figures, points_policies(points, t, false));
	unsigned lines = lines_of(points_sizes(points, t), beside);

	return lines == 1 ? HEIGHT
			  : BARS_AROUND + lines_height(lines, BARS_LINE,
						  BARS_LINE_LEAST, BARS_AROUND);
}

static unsigned height_of(
	const struct figures *figures, enum figure_kind kind, unsigned item)
{
	const struct material *material = figures->material;
	unsigned policies = material->policies.count, sizes;

	switch (kind) {
	case FIGURE_FAULTS:
		return height_of_faults(figures, &material->points, item);
	case FIGURE_CYCLES:
		return height_of_cycles(figures, &material->points, item);
	case FIGURE_DISTRIBUTION:
		sizes = lengths_sizes(&material->lengths, item);
		return panels_height(figures, sizes,
			lengths_lines(&material->lengths, item) / sizes);
	case FIGURE_MAP:
		return HEIGHT + (material->maps[item].frames ? STRIP : 0);
	case FIGURE_OVERVIEW:
		return panels_height(
			figures, material->points.traces.count, policies);
	case FIGURE_POLICIES:
		return DOT_AROUND +
		       DOT_LINE * ratios_policies(&material->ratios,
					  material->ratios.shares.share[item]);
	default:
		return DOT_AROUND +
		       DOT_LINE * tuned_rows_at(&material->tuned,
					  material->tuned.shares.share[item]);
	}
}

/* "sort-faults", "overview", "policies-25" */
static char *name_figure(
	const struct figures *figures, enum figure_kind kind, unsigned item)
{
	const struct material *material = figures->material;
	const char *word = figure_kind_name(kind);
	const struct names *names = kind == FIGURE_DISTRIBUTION
					    ? &figures->length_traces
				    : kind == FIGURE_MAP ? &figures->maps
							 : &figures->traces;
	char *name = NULL;
	int length;

	if (kind == FIGURE_OVERVIEW)
		return strdup(word);
	if (kind == FIGURE_POLICIES)
		length = asprintf(&name, "%s-%g", word,
			material->ratios.shares.share[item]);
	else if (kind == FIGURE_HINTS)
		length = asprintf(&name, "%s-%g", word,
			material->tuned.shares.share[item]);
	else
		length = asprintf(&name, "%s-%s", names->name[item], word);
	return length < 0 ? NULL : name;
}

/* COUNT figures of KIND, for its first items. */
static int add_figures(struct figures *figures, enum figure_kind kind,
	unsigned count, const char *folder)
{
	bool here = strcmp(folder, ".") == 0;

	for (unsigned item = 0; item < count; item++) {
		struct figure *figure = &figures->figures[figures->count];
		char *name;

		if (kind == FIGURE_CYCLES &&
			!points_have_phases(&figures->material->points, item))
			continue;
		name = name_figure(figures, kind, item);
		if (!name)
			return -ENOMEM;
		*figure = (struct figure){.kind = kind,
			.item = item,
			.width = figures->width,
			.height = height_of(figures, kind, item)};
		if (asprintf(&figure->path, "%s%s%s", here ? "" : folder,
			    here ? "" : "/", name) < 0)
			figure->path = NULL;
		free(name);
		if (!figure->path)
			return -ENOMEM;
		figures->count++;
	}
	return 0;
}

/* How many items there are of KIND: the most figures of it. */
static unsigned count_items(
	const struct material *material, enum figure_kind kind)
{
	unsigned traces = material->points.traces.count;

	switch (kind) {
	case FIGURE_FAULTS:
	case FIGURE_CYCLES:
		return traces;
	case FIGURE_DISTRIBUTION:
		return material->lengths.traces.count;
	case FIGURE_MAP:
		return material->maps_count;
	case FIGURE_OVERVIEW:
		return traces > 1;
	case FIGURE_POLICIES:
		return material->ratios.shares.count;
	default:
		return material->tuned.shares.count;
	}
}

static int name_traces(struct figures *figures)
{
	const struct material *material = figures->material;
	struct names paths = {0};
	unsigned number;
	int error = 0;

	for (unsigned i = 0; i < material->maps_count && !error; i++)
		error = names_find(&paths, material->maps[i].path, &number);
	if (!error)
		error = names_shorten(&paths, &figures->maps);
	names_free(&paths);
	if (!error)
		error = names_shorten(
			&material->points.traces, &figures->traces);
	if (!error)
		error = names_shorten(
			&material->lengths.traces, &figures->length_traces);
	return error ? error
		     : names_shorten(
			       &material->tuned.traces, &figures->tuned_traces);
}

int figures_plan(const struct material *material,
	const struct figures_config *config, struct figures *out)
{
	unsigned most = 1;
	int error;

	*out = (struct figures){
		.material = material,
		.formats = config->formats,
		.width = config->column ? COLUMN_WIDTH : PAGE_WIDTH,
	};
	error = name_traces(out);
	for (unsigned kind = 0; kind < FIGURE_KINDS; kind++)
		most += count_items(material, kind);
	out->figures = calloc(most, sizeof(*out->figures));
	if (!out->figures)
		error = -ENOMEM;
	for (unsigned kind = 0; kind < FIGURE_KINDS && !error; kind++)
		if (config->kinds & 1u << kind)
			error = add_figures(out, kind,
				count_items(material, kind), config->folder);
	if (error)
		figures_free(out);
	return error;
}

void figures_free(struct figures *figures)
{
	for (unsigned i = 0; i < figures->count; i++)
		free(figures->figures[i].path);
	free(figures->figures);
	names_free(&figures->traces);
	names_free(&figures->length_traces);
	names_free(&figures->tuned_traces);
	names_free(&figures->maps);
	*figures = (struct figures){0};
}
