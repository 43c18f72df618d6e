/* See curve-data.h. */
#include "report/curve-data.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/json.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { STEPS_OF_OCTAVE = 48, SHARES = 100 };

/* What differs from point to point, and is shown. */
static const char *const point_columns[] = {
	"frames", "mean_frames", "faults", "writebacks", "faults_error", "tau"};
/* What differs too, and follows from the others. */
static const char *const derived_columns[] = {"fault_rate", "space_time"};

static bool is_in(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool is_constant(const char *name)
{
	return !is_in(name, point_columns, LENGTH_OF(point_columns)) &&
	       !is_in(name, derived_columns, LENGTH_OF(derived_columns));
}

/* A curve: rows [first, end) of a file. */
struct curve {
	const struct csv *csv;
	const char *path;
	size_t first, end;
	double pages;
	int size;   /* the column that the axis shows */
	bool *kept; /* [rows of the file] */
};

static const char *cell(const struct curve *curve, size_t row, int column)
{
	return column < 0 ? "" : csv_cell(curve->csv, row, (size_t)column);
}

/* Whether rows A and B are of one curve. */
static bool are_alike(const struct csv *csv, size_t a, size_t b)
{
	for (size_t i = 0; i < csv->columns_count; i++)
		if (is_constant(csv->names[i]) &&
			strcmp(csv_cell(csv, a, i), csv_cell(csv, b, i)) != 0)
			return false;
	return true;
}

static int get_number(const struct curve *curve, size_t row, int column,
	double *out, struct message *message)
{
	const char *text = cell(curve, row, column);
	char *end;

	*out = strtod(text, &end);
	if (end != text && !*end && isfinite(*out) && *out >= 0)
		return 0;
	return message_set(message, -EINVAL,
		"%s: line %zu: %s is '%s': expected a number", curve->path,
		curve->csv->lines[row],
		column < 0 ? "pages" : curve->csv->names[column], text);
}

/* The smallest hundredth of the pages that is SIZE or more, rounded as
 * frames_resolve does; INFINITY past the last. */
static double find_share(const struct curve *curve, double size)
{
	double share = floor(fmax(SHARES * (size - 1) / curve->pages, 0));

	while (floor(curve->pages * share / SHARES + 0.5) < size)
		share++;
	return share > SHARES ? INFINITY
			      : floor(curve->pages * share / SHARES + 0.5);
}

static double get_step(double size)
{
	return floor(log2(fmax(size, 1)) * STEPS_OF_OCTAVE);
}

/* A row holds from its own size up to the next row's. */
static int choose_rows(struct curve *curve, struct message *message)
{
	double before = -INFINITY; /* the size of the row before */
	size_t row;

	for (row = curve->first; row < curve->end; row++) {
		double size;
		int error = get_number(curve, row, curve->size, &size, message);

		if (error)
			return error;
		if (size < before)
			return message_set(message, -EINVAL,
				"%s: line %zu: %s is less than on the line "
				"before: expected the rows of a curve by size",
				curve->path, curve->csv->lines[row],
				curve->csv->names[curve->size]);
		if (row == curve->first || get_step(size) > get_step(before))
			curve->kept[row] = true;
		if (row > curve->first && find_share(curve, before) < size)
			curve->kept[row - 1] = true;
		before = size;
	}
	curve->kept[row - 1] = true;
	return 0;
}

static bool is_empty(const struct curve *curve, int column)
{
	for (size_t row = curve->first; row < curve->end; row++)
		if (*cell(curve, row, column))
			return false;
	return true;
}

static void write_points(const struct curve *curve, FILE *stream)
{
	const char *comma = "";

	fputs(",\n\"points\":{", stream);
	for (size_t i = 0; i < LENGTH_OF(point_columns); i++) {
		int column = csv_column(curve->csv, point_columns[i]);

		if (is_empty(curve, column))
			continue;
		fprintf(stream, "%s\"%s\":[", comma, point_columns[i]);
		comma = "";
		for (size_t row = curve->first; row < curve->end; row++) {
			if (!curve->kept[row])
				continue;
			fputs(comma, stream);
			json_write_cell(stream, cell(curve, row, column));
			comma = ",";
		}
		fputs("]", stream);
		comma = ",\n";
	}
	fputs("}}", stream);
}

static void write_curve(const struct curve *curve, FILE *stream)
{
	const struct csv *csv = curve->csv;

	fprintf(stream, "{\"rows\":%zu", curve->end - curve->first);
	for (size_t i = 0; i < csv->columns_count; i++) {
		const char *name = csv->names[i];
		const char *text = cell(curve, curve->first, (int)i);

		if (!is_constant(name) || !*text)
			continue;
		putc(',', stream);
		json_write_string(stream, name);
		putc(':', stream);
		json_write_named_cell(stream, name, text);
	}
	write_points(curve, stream);
}

int curve_data_write(const struct csv *csv, const char *path, size_t *count,
	FILE *stream, struct message *message)
{
	struct curve curve = {.csv = csv, .path = path};
	int pages = csv_column(csv, "pages");
	int error = 0;

	curve.kept = calloc(csv->rows_count + 1, sizeof(*curve.kept));
	if (!curve.kept)
		return message_set(
			message, -ENOMEM, "%s: not enough memory", path);
	for (; curve.first < csv->rows_count; curve.first = curve.end) {
		curve.end = curve.first + 1;
		while (curve.end < csv->rows_count &&
			are_alike(csv, curve.first, curve.end))
			curve.end++;
		curve.size = csv_column(csv, "mean_frames");
		if (!*cell(&curve, curve.first, curve.size))
			curve.size = csv_column(csv, "frames");
		error = get_number(
			&curve, curve.first, pages, &curve.pages, message);
		error = error ? error : choose_rows(&curve, message);
		if (error)
			break;
		fputs((*count)++ ? ",\n" : "\n", stream);
		write_curve(&curve, stream);
	}
	free(curve.kept);
	return error;
}
