/* Rows become points.  See points.h. */
#include "config.h"

#include "plots/points.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/cells.h"

enum column {
	TRACE,
	POLICY,
	FRAMES,
	REFERENCES,
	PAGES,
	FAULTS,
	NEEDED, /* the ones before must be there, those after may be */
	PAGE_BYTES = NEEDED,
	CYCLES,
	PHASES,
	WINDOW = PHASES + PHASES_COUNT, /* of curves */
	SOURCE,				/* text; those before are numbers */
	COLUMNS_COUNT
};

static const char *const column_names[COLUMNS_COUNT] = {
	[TRACE] = "trace",
	[POLICY] = "policy",
	[FRAMES] = "frames",
	[REFERENCES] = "references",
	[PAGES] = "pages",
	[FAULTS] = "faults",
	[PAGE_BYTES] = "page_bytes",
	[CYCLES] = "cycles_per_fault_p50",
	[PHASES] = "cycles_deliver",
	[PHASES + 1] = "cycles_as_lookup",
	[PHASES + 2] = "cycles_store_lookup",
	[PHASES + 3] = "cycles_victim",
	[PHASES + 4] = "cycles_unmap",
	[PHASES + 5] = "cycles_btree_update",
	[PHASES + 6] = "cycles_map",
	[WINDOW] = "window",
	[SOURCE] = "counter_source",
};

#define PAGE_BYTES_DEFAULT 4096
/* Sizes of a curve nearer to each other than this are less than a pixel
 * apart at 300 dots an inch. */
#define SIZES_APART 1.002

const char *points_phase_column(unsigned phase)
{
	return column_names[PHASES + phase];
}

/* Only the processor's own counter counts its cycles. */
const char *points_unit(const char *source)
{
	return !source			      ? "cycles"
	       : strcmp(source, "tsc") == 0   ? "TSC ticks"
	       : strcmp(source, "clock") == 0 ? "nanoseconds"
					      : "cycles";
}

static int read_numbers(const struct cells *cells, struct point *point,
	double *window, struct message *message)
{
	double numbers[SOURCE];

	for (enum column i = FRAMES; i < SOURCE; i++) {
		double none = i == PAGE_BYTES ? PAGE_BYTES_DEFAULT : NAN;
		int error = cells_number(cells, i, none, &numbers[i], message);

		if (error)
			return error;
	}
	point->curve = !isnan(numbers[WINDOW]);
	point->frames = (uint64_t)numbers[FRAMES];
	point->pages = (uint64_t)numbers[PAGES];
	point->faults = (uint64_t)numbers[FAULTS];
	point->references = numbers[REFERENCES];
	point->page_bytes = numbers[PAGE_BYTES];
	point->cycles = numbers[CYCLES];
	point->unit = points_unit(cells_text(cells, SOURCE));
	memcpy(point->phases, &numbers[PHASES], sizeof(point->phases));
	*window = numbers[WINDOW];
	if (point->frames && point->pages && point->references > 0)
		return 0;
	return cells_fail(cells, message,
		"frames, pages and references must be more than 0");
}

/* Parts of a trace, by themselves, are traces of their own. */
static int find_trace(const struct cells *cells, struct points *points,
	double window, bool parts, unsigned *out)
{
	const char *trace = cells_text(cells, TRACE);
	char *name;
	int error;

	if (!parts)
		return names_find(&points->traces, trace, out);
	if (asprintf(&name, "%s-part-%.0f", trace, window) < 0)
		return -ENOMEM;
	error = names_find(&points->traces, name, out);
	free(name);
	return error;
}

static bool has_parts(struct cells *cells)
{
	bool parts = false;

	for (cells->row = 0; cells->row < cells->csv->rows_count; cells->row++)
		parts |= cells->at[WINDOW] >= 0 &&
			 strtod(cells_text(cells, WINDOW), NULL) > 1;
	return parts;
}

int points_add(struct points *points, const char *path, const struct csv *csv,
	struct names *policies, struct message *message)
{
	struct cells cells = {.path = path,
		.csv = csv,
		.names = column_names,
		.count = COLUMNS_COUNT,
		.needed = NEEDED,
		.what = "'selfpage replay' or 'curve' with '--format csv'"};
	struct point *more;
	int error = cells_start(&cells, message);
	bool parts;

	if (error)
		return error;
	parts = has_parts(&cells);
	more = cells_make_room(
		&cells, points->points, points->count, sizeof(*more), message);
	if (!more)
		return -ENOMEM;
	points->points = more;
	for (cells.row = 0; cells.row < csv->rows_count; cells.row++) {
		struct point *point = &points->points[points->count];
		double window;

		error = read_numbers(&cells, point, &window, message);
		if (error)
			return error;
		if (find_trace(&cells, points, window, parts, &point->trace) ||
			names_find(policies, cells_text(&cells, POLICY),
				&point->policy))
			return message_set(message, -ENOMEM,
				"%s: not enough memory", path);
		point->order = points->count++;
	}
	return 0;
}

void points_free(struct points *points)
{
	free(points->points);
	names_free(&points->traces);
	*points = (struct points){0};
}

/* ---- in order ---- */

/* The same trace, policy and size. */
static int compare_keys(const struct point *a, const struct point *b)
{
	if (a->trace != b->trace)
		return a->trace < b->trace ? -1 : 1;
	if (a->curve != b->curve)
		return a->curve ? 1 : -1;
	if (a->policy != b->policy)
		return a->policy < b->policy ? -1 : 1;
	return (a->frames > b->frames) - (a->frames < b->frames);
}

static int compare_points(const void *left, const void *right)
{
	const struct point *a = left, *b = right;
	int order = compare_keys(a, b);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int compare_sizes(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	if (a->trace != b->trace)
		return a->trace < b->trace ? -1 : 1;
	if (a->curve != b->curve)
		return a->curve ? 1 : -1;
	return (a->frames > b->frames) - (a->frames < b->frames);
}

/* Leaves all in order. */
static void number_sizes(struct points *points)
{
	struct point *at = points->points;

	if (points->count == 0)
		return;
	qsort(at, points->count, sizeof(*at), compare_sizes);
	for (size_t i = 0; i < points->count; i++, at++) {
		bool first = i == 0 || at[-1].trace != at->trace ||
			     at[-1].curve != at->curve;

		at->size =
			first ? 0 : at[-1].size + (at[-1].frames != at->frames);
	}
	qsort(points->points, points->count, sizeof(*at), compare_points);
}

void points_settle(struct points *points)
{
	struct point *all = points->points;
	size_t count = points->count, kept = 0;

	if (count == 0)
		return;
	qsort(all, count, sizeof(*all), compare_points);
	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || compare_keys(&all[i], &all[i + 1]) != 0)
			all[kept++] = all[i];
	count = kept;
	kept = 0;
	for (size_t i = 0; i < count; i++) {
		/* a curve's last size shows where it ends */
		bool last = i + 1 == count ||
			    all[i].policy != all[i + 1].policy ||
			    all[i].trace != all[i + 1].trace;

		if (kept == 0 || last ||
			!points_are_near(&all[kept - 1], &all[i], SIZES_APART))
			all[kept++] = all[i];
	}
	points->count = kept;
	number_sizes(points);
}

int points_keep(struct points *points, const bool *keep)
{
	struct names traces = points->traces;
	struct point *all = points->points;
	size_t count = points->count;
	int error = 0;

	points->traces = (struct names){0};
	points->count = 0;
	for (size_t i = 0; i < count && !error; i++) {
		struct point point = all[i];

		if (!keep[point.policy])
			continue;
		error = names_find(&points->traces, traces.name[point.trace],
			&point.trace);
		all[points->count++] = point;
	}
	names_free(&traces);
	number_sizes(points);
	return error;
}

/* ---- asked of them ---- */

struct points_line points_find_line(const struct points *points,
	const struct names *policies, unsigned trace, const char *policy,
	bool curve)
{
	struct points_line line = {NULL, NULL};

	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];

		if (at->trace != trace || at->curve != curve ||
			strcmp(policies->name[at->policy], policy) != 0)
			continue;
		if (!line.next)
			line.next = at;
		line.end = at + 1;
	}
	return line;
}

bool points_are_line(const struct point *point, const struct point *next)
{
	return point->trace == next->trace && point->curve == next->curve &&
	       point->policy == next->policy;
}

bool points_are_near(
	const struct point *point, const struct point *next, double apart)
{
	return point->curve && points_are_line(point, next) &&
	       (double)next->frames < (double)point->frames * apart;
}

unsigned points_sizes(const struct points *points, unsigned trace)
{
	unsigned sizes = 0;

	for (size_t i = 0; i < points->count; i++) {
		const struct point *point = &points->points[i];

		if (point->trace == trace && !point->curve &&
			point->size + 1 > sizes)
			sizes = point->size + 1;
	}
	return sizes;
}

unsigned points_policies(
	const struct points *points, unsigned trace, bool curve)
{
	unsigned policies = 0;

	for (size_t i = 0; i < points->count; i++) {
		const struct point *at = &points->points[i];

		policies += at->trace == trace && at->curve == curve &&
			    (i == 0 || at[-1].trace != trace ||
				    at[-1].curve != curve ||
				    at[-1].policy != at->policy);
	}
	return policies;
}

bool points_have_phases(const struct points *points, unsigned trace)
{
	for (size_t i = 0; i < points->count; i++) {
		const struct point *point = &points->points[i];
		double sum = point->cycles;

		for (unsigned k = 0; k < PHASES_COUNT; k++)
			sum += point->phases[k];
		if (point->trace == trace && !isnan(sum))
			return true;
	}
	return false;
}
