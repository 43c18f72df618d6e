/* Rows become points: columns are found by name, cells are checked. */
#include "plots/points.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/csv.h"

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
	SOURCE = PHASES + PHASES_COUNT, /* text; those before are numbers */
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
	[SOURCE] = "counter_source",
};

#define PAGE_BYTES_DEFAULT 4096
#define NUMBER_END 1e18 /* counts below it fit a uint64_t */

/* A row of the file with what is needed to speak of it. */
struct row {
	const char *path;
	const struct csv *csv;
	size_t number;
	int columns[COLUMNS_COUNT]; /* -1: not in the file */
};

const char *points_phase_column(unsigned phase)
{
	return column_names[PHASES + phase];
}

static int find_columns(struct row *row, struct message *message)
{
	for (unsigned i = 0; i < COLUMNS_COUNT; i++) {
		row->columns[i] = csv_column(row->csv, column_names[i]);
		if (row->columns[i] < 0 && i < NEEDED)
			return message_set(message, -EINVAL,
				"%s: line 1: no column '%s': expected the rows "
				"of 'selfpage replay --format csv'",
				row->path, column_names[i]);
	}
	return 0;
}

/* The cell as it stands; NULL where the column is not there. */
static const char *cell_text(const struct row *row, enum column column)
{
	if (row->columns[column] < 0)
		return NULL;
	return csv_cell(row->csv, row->number, (size_t)row->columns[column]);
}

/* NONE stands for a cell that may be empty or not there, and is. */
static int cell_number(const struct row *row, enum column column, double none,
	double *out, struct message *message)
{
	const char *text = cell_text(row, column);
	char *end;

	if (column >= NEEDED && (!text || !*text)) {
		*out = none;
		return 0;
	}
	*out = strtod(text, &end);
	if (end != text && !*end && *out >= 0 && *out < NUMBER_END)
		return 0;
	return message_set(message, -EINVAL,
		"%s: line %zu: %s is '%s': expected a number", row->path,
		row->csv->lines[row->number], column_names[column], text);
}

/* Only the processor's own counter counts its cycles. */
static const char *unit_of(const struct row *row)
{
	const char *source = cell_text(row, SOURCE);

	return !source			      ? "cycles"
	       : strcmp(source, "tsc") == 0   ? "TSC ticks"
	       : strcmp(source, "clock") == 0 ? "nanoseconds"
					      : "cycles";
}

static int read_numbers(
	const struct row *row, struct point *point, struct message *message)
{
	double numbers[SOURCE];

	for (enum column i = FRAMES; i < SOURCE; i++) {
		double none = i == PAGE_BYTES ? PAGE_BYTES_DEFAULT : NAN;
		int error = cell_number(row, i, none, &numbers[i], message);

		if (error)
			return error;
	}
	point->frames = (uint64_t)numbers[FRAMES];
	point->pages = (uint64_t)numbers[PAGES];
	point->faults = (uint64_t)numbers[FAULTS];
	point->references = numbers[REFERENCES];
	point->page_bytes = numbers[PAGE_BYTES];
	point->cycles = numbers[CYCLES];
	point->unit = unit_of(row);
	memcpy(point->phases, &numbers[PHASES], sizeof(point->phases));
	if (point->frames && point->pages && point->references > 0)
		return 0;
	return message_set(message, -EINVAL,
		"%s: line %zu: frames, pages and references must be more "
		"than 0",
		row->path, row->csv->lines[row->number]);
}

/* The place of such a point: that of its like, or a new one at the end. */
static struct point *find_place(struct points *points, const char *trace,
	const char *policy, uint64_t frames)
{
	for (size_t i = 0; i < points->count; i++) {
		struct point *point = &points->points[i];

		if (point->frames == frames &&
			strcmp(point->policy, policy) == 0 &&
			strcmp(point->trace, trace) == 0)
			return point;
	}
	return &points->points[points->count];
}

static int add_row(
	const struct row *row, struct points *points, struct message *message)
{
	const char *trace = cell_text(row, TRACE);
	const char *policy = cell_text(row, POLICY);
	struct point point;
	struct point *place;
	int error = read_numbers(row, &point, message);

	if (error)
		return error;
	place = find_place(points, trace, policy, point.frames);
	if (place != &points->points[points->count]) {
		point.trace = place->trace;
		point.policy = place->policy;
		*place = point;
		return 0;
	}
	point.trace = strdup(trace);
	point.policy = strdup(policy);
	*place = point;
	points->count++;
	if (point.trace && point.policy)
		return 0;
	return message_set(
		message, -ENOMEM, "%s: not enough memory", row->path);
}

int points_read(
	const char *path, struct points *points, struct message *message)
{
	struct csv csv;
	struct row row = {.path = path, .csv = &csv};
	struct point *more;
	int error = csv_read(path, &csv, message);

	if (error)
		return error;
	error = find_columns(&row, message);
	if (!error && csv.rows_count == 0)
		error = message_set(message, -EINVAL,
			"%s: a header and no rows: nothing to draw", path);
	if (error)
		goto out;
	more = reallocarray(
		points->points, points->count + csv.rows_count, sizeof(*more));
	if (!more) {
		error = message_set(
			message, -ENOMEM, "%s: not enough memory", path);
		goto out;
	}
	points->points = more;
	for (; row.number < csv.rows_count && !error; row.number++)
		error = add_row(&row, points, message);
out:
	csv_free(&csv);
	return error;
}

void points_free(struct points *points)
{
	for (size_t i = 0; i < points->count; i++) {
		free(points->points[i].trace);
		free(points->points[i].policy);
	}
	free(points->points);
	*points = (struct points){0};
}
