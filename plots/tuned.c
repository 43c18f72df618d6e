/* Rows of tune.  See tuned.h. */
#include "config.h"

#include "plots/tuned.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/cells.h"

enum column { TRACE, ROLE, FRAMES, PAGES, LRU, HINT, OPT, COLUMNS_COUNT };

static const char *const column_names[COLUMNS_COUNT] = {
	[TRACE] = "trace",
	[ROLE] = "role",
	[FRAMES] = "frames",
	[PAGES] = "pages",
	[LRU] = "lru_faults",
	[HINT] = "hint_faults",
	[OPT] = "opt_faults",
};

static int read_row(
	const struct cells *cells, struct tuned *tuned, struct message *message)
{
	struct tuned_row *row = &tuned->rows[tuned->count];
	const char *role = cells_text(cells, ROLE);
	double numbers[COLUMNS_COUNT];

	for (enum column i = FRAMES; i < COLUMNS_COUNT; i++) {
		int error = cells_number(cells, i, NAN, &numbers[i], message);

		if (error)
			return error;
	}
	if (numbers[FRAMES] < 1 || numbers[PAGES] < 1)
		return cells_fail(
			cells, message, "frames and pages must be more than 0");
	*row = (struct tuned_row){.judge = strcmp(role, "judge") == 0,
		.frames = (uint64_t)numbers[FRAMES],
		.pages = (uint64_t)numbers[PAGES],
		.lru_faults = numbers[LRU],
		.hint_faults = numbers[HINT],
		.opt_faults = numbers[OPT],
		.order = tuned->count};
	if (!row->judge && strcmp(role, "learn") != 0)
		return cells_fail(
			cells, message, "role: expected learn or judge");
	row->share = share_of(row->frames, row->pages);
	if (names_find(&tuned->traces, cells_text(cells, TRACE), &row->trace))
		return message_set(
			message, -ENOMEM, "%s: not enough memory", cells->path);
	tuned->count++;
	return 0;
}

int tuned_add(struct tuned *tuned, const char *path, const struct csv *csv,
	struct message *message)
{
	struct cells cells = {.path = path,
		.csv = csv,
		.names = column_names,
		.count = COLUMNS_COUNT,
		.needed = COLUMNS_COUNT,
		.what = "'selfpage tune --format csv'"};
	int error = cells_start(&cells, message);
	struct tuned_row *more;

	if (error)
		return error;
	more = cells_make_room(
		&cells, tuned->rows, tuned->count, sizeof(*more), message);
	if (!more)
		return -ENOMEM;
	tuned->rows = more;
	for (; cells.row < csv->rows_count && !error; cells.row++)
		error = read_row(&cells, tuned, message);
	return error;
}

void tuned_free(struct tuned *tuned)
{
	free(tuned->rows);
	names_free(&tuned->traces);
	shares_free(&tuned->shares);
	*tuned = (struct tuned){0};
}

/* The same trace, part in it, and size. */
static int compare_keys(const struct tuned_row *a, const struct tuned_row *b)
{
	if (a->share != b->share)
		return a->share < b->share ? -1 : 1;
	if (a->trace != b->trace)
		return a->trace < b->trace ? -1 : 1;
	if (a->judge != b->judge)
		return a->judge ? 1 : -1;
	return (a->frames > b->frames) - (a->frames < b->frames);
}

static int compare_rows(const void *left, const void *right)
{
	const struct tuned_row *a = left, *b = right;
	int order = compare_keys(a, b);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

int tuned_settle(struct tuned *tuned)
{
	struct tuned_row *rows = tuned->rows;
	size_t kept = 0;
	int error = 0;

	if (tuned->count == 0)
		return 0;
	qsort(rows, tuned->count, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < tuned->count; i++)
		if (i + 1 == tuned->count ||
			compare_keys(&rows[i], &rows[i + 1]) != 0)
			rows[kept++] = rows[i];
	tuned->count = kept;
	for (size_t i = 0; i < kept && !error; i++)
		error = shares_add(&tuned->shares, rows[i].share);
	return error;
}

unsigned tuned_rows_at(const struct tuned *tuned, double share)
{
	unsigned count = 0;

	for (size_t i = 0; i < tuned->count; i++)
		count += tuned->rows[i].share == share;
	return count;
}

void tuned_write(const struct tuned *tuned, double share, FILE *stream)
{
	unsigned line = 0;

	fprintf(stream, "share = %.10g\n$tuned << END_OF_TUNED\n", share);
	for (size_t i = 0; i < tuned->count; i++) {
		const struct tuned_row *row = &tuned->rows[i];

		if (row->share == share)
			fprintf(stream, "%u %u %d %.0f %.0f %.0f\n", ++line,
				row->trace + 1, row->judge, row->lru_faults,
				row->hint_faults, row->opt_faults);
	}
	fprintf(stream, "END_OF_TUNED\nlines = %u\n", line);
}
