/* Cells of rows.  See cells.h. */
#include "config.h"

#include "plots/cells.h"

#include <errno.h>
#include <stdlib.h>

#define NUMBER_END 1e18 /* counts below it fit a uint64_t */

int cells_start(struct cells *cells, struct message *message)
{
	for (unsigned i = 0; i < cells->count; i++) {
		cells->at[i] = csv_column(cells->csv, cells->names[i]);
		if (cells->at[i] < 0 && i < cells->needed)
			return message_set(message, -EINVAL,
				"%s: line 1: no column '%s': expected the rows "
				"of %s",
				cells->path, cells->names[i], cells->what);
	}
	if (cells->csv->rows_count > 0)
		return 0;
	return message_set(message, -EINVAL,
		"%s: a header and no rows: nothing to draw", cells->path);
}

const char *cells_text(const struct cells *cells, unsigned column)
{
	if (cells->at[column] < 0)
		return NULL;
	return csv_cell(cells->csv, cells->row, (size_t)cells->at[column]);
}

int cells_number(const struct cells *cells, unsigned column, double none,
	double *out, struct message *message)
{
	const char *text = cells_text(cells, column);
	char *end;

	if (column >= cells->needed && (!text || !*text)) {
		*out = none;
		return 0;
	}
	*out = strtod(text, &end);
	if (end != text && !*end && *out >= 0 && *out < NUMBER_END)
		return 0;
	return message_set(message, -EINVAL,
		"%s: line %zu: %s is '%s': expected a number", cells->path,
		cells->csv->lines[cells->row], cells->names[column], text);
}

void *cells_make_room(const struct cells *cells, void *rows, size_t count,
	size_t bytes, struct message *message)
{
	void *more = reallocarray(rows, count + cells->csv->rows_count, bytes);

	if (!more)
		message_set(
			message, -ENOMEM, "%s: not enough memory", cells->path);
	return more;
}

int cells_fail(
	const struct cells *cells, struct message *message, const char *text)
{
	return message_set(message, -EINVAL, "%s: line %zu: %s", cells->path,
		cells->csv->lines[cells->row], text);
}
