/*
 * A row is built in memory and written when it ends, so that a stream never
 * holds half a row, and is flushed then.  The first error is kept: every
 * later call gives it again and writes nothing more.
 *
 * What separates a row from the one before is written before it (JSON) or
 * after it (CSV, table); the heading goes out with the first row, or at the
 * end if there was none.
 */
#include "cli/rows.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/utf8.h"

struct rows {
	FILE *stream;
	enum rows_format format; /* never ROWS_AUTO */
	const struct rows_column *columns;
	size_t columns_count;
	size_t cells_count; /* of the row being built */
	uint64_t rows_count;
	bool headed;
	bool *hidden; /* [columns_count] */
	int error;    /* the first, 0 or -errno */
	char *row;    /* the row being built, row_bytes long */
	size_t row_bytes, row_bytes_max;
	size_t blanks; /* the table's, put out before the next cell */
};

static void append_bytes(struct rows *rows, const char *bytes, size_t count)
{
	if (rows->error || count == 0)
		return;
	if (count > rows->row_bytes_max - rows->row_bytes) {
		size_t size = 2 * (rows->row_bytes + count) + 256;
		char *row = realloc(rows->row, size);

		if (!row) {
			rows->error = -ENOMEM;
			return;
		}
		rows->row = row;
		rows->row_bytes_max = size;
	}
	memcpy(rows->row + rows->row_bytes, bytes, count);
	rows->row_bytes += count;
}

static void append(struct rows *rows, const char *text)
{
	append_bytes(rows, text, strlen(text));
}

static void append_blanks(struct rows *rows, size_t count)
{
	while (count-- > 0)
		append_bytes(rows, " ", 1);
}

/* Quoted only where a reader would split or trim it (RFC 4180). */
static void append_csv(struct rows *rows, const char *text)
{
	size_t length = strlen(text);
	bool quoted = strpbrk(text, ",\"\r\n") || length == 0 ||
		      text[0] == ' ' || text[length - 1] == ' ';

	if (!quoted) {
		append(rows, text);
		return;
	}
	append(rows, "\"");
	for (; *text; text++)
		append_bytes(rows, *text == '"' ? "\"\"" : text,
			*text == '"' ? 2 : 1);
	append(rows, "\"");
}

/*
 * JSON is UTF-8 by its definition, file names are any bytes: those that are
 * not UTF-8 become U+FFFD.
 */
static void append_json(struct rows *rows, const char *text)
{
	append(rows, "\"");
	while (*text) {
		size_t length = utf8_length(text);
		unsigned char c = *text;
		char escape[8];

		if (length == 0) {
			append(rows, UTF8_REPLACEMENT);
			length = 1;
		} else if (c == '"' || c == '\\') {
			append(rows, "\\");
			append_bytes(rows, text, 1);
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", c);
			append(rows, escape);
		} else {
			append_bytes(rows, text, length);
		}
		text += length;
	}
	append(rows, "\"");
}

/* For a terminal: bytes that would move the cursor become '?'. */
static void append_visible(struct rows *rows, const char *text)
{
	while (*text) {
		size_t length = utf8_length(text);
		bool visible = length > 0 && utf8_is_visible(text);

		append_bytes(rows, visible ? text : "?", visible ? length : 1);
		text += length > 0 ? length : 1;
	}
}

void rows_hide(struct rows *rows, const char *name)
{
	size_t i;

	for (i = 0; i < rows->columns_count; i++)
		rows->hidden[i] |= !strcmp(rows->columns[i].name, name);
}

static bool is_in_table(
	const struct rows *rows, const struct rows_column *column)
{
	return column->head && !rows->hidden[column - rows->columns];
}

/*
 * A cell of the table, or of its heading: two blanks between columns, text to
 * the left, numbers to the right.  The blanks after a text are put out by the
 * next cell, so that no line ends in blanks.
 */
static void append_table(
	struct rows *rows, const struct rows_column *column, const char *text)
{
	size_t head_columns = utf8_columns(column->head);
	size_t width = column->width > 0 ? column->width : 0;
	size_t columns = utf8_columns(text);
	size_t fill;

	if (width < head_columns)
		width = head_columns;
	fill = width > columns ? width - columns : 0;
	append_blanks(rows, rows->blanks + (column->text ? 0 : fill));
	append_visible(rows, text);
	rows->blanks = 2 + (column->text ? fill : 0);
}

static const char *get_separator(const struct rows *rows)
{
	if (rows->cells_count == 0)
		return "";
	return rows->format == ROWS_JSON ? ", " : ",";
}

/* One cell: TEXT, or no value if NULL. */
static void add_cell(struct rows *rows, const char *text, bool quote)
{
	const struct rows_column *column = &rows->columns[rows->cells_count];

	assert(rows->cells_count < rows->columns_count);
	switch (rows->format) {
	case ROWS_CSV:
		append(rows, get_separator(rows));
		if (text)
			append_csv(rows, text);
		break;
	case ROWS_JSON:
		append(rows, get_separator(rows));
		append_json(rows, column->name);
		append(rows, ": ");
		if (text && quote)
			append_json(rows, text);
		else
			append(rows, text ? text : "null");
		break;
	default:
		if (is_in_table(rows, column))
			append_table(rows, column, text ? text : "-");
		break;
	}
	rows->cells_count++;
}

/* Writes what has been built. */
static void write_row(struct rows *rows)
{
	errno = 0;
	if (!rows->error && rows->row_bytes > 0 &&
		(fwrite(rows->row, 1, rows->row_bytes, rows->stream) !=
				rows->row_bytes ||
			fflush(rows->stream) != 0))
		rows->error = errno ? -errno : -EIO;
	rows->row_bytes = 0;
	rows->blanks = 0;
	rows->cells_count = 0;
}

/* Writes what comes before the first row, once. */
static void write_heading(struct rows *rows)
{
	if (rows->headed)
		return;
	rows->headed = true;
	for (size_t i = 0; i < rows->columns_count; i++) {
		const struct rows_column *column = &rows->columns[i];

		if (rows->format == ROWS_CSV) {
			append(rows, i > 0 ? "," : "");
			append_csv(rows, column->name);
		} else if (rows->format == ROWS_TABLE &&
			   is_in_table(rows, column)) {
			append_table(rows, column, column->head);
		}
	}
	append(rows, rows->format == ROWS_JSON ? "[" : "\n");
	write_row(rows);
}

/* Before a row's first cell. */
static void begin_row(struct rows *rows)
{
	if (rows->cells_count > 0)
		return;
	write_heading(rows);
	if (rows->format == ROWS_JSON)
		append(rows, rows->rows_count > 0 ? ",\n{" : "\n{");
}

int rows_start(FILE *stream, enum rows_format format,
	const struct rows_column *columns, size_t columns_count,
	struct rows **out)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	if (format == ROWS_AUTO)
		format = isatty(fileno(stream)) ? ROWS_TABLE : ROWS_CSV;
	rows->stream = stream;
	rows->format = format;
	rows->columns = columns;
	rows->columns_count = columns_count;
	rows->hidden = calloc(columns_count, sizeof(*rows->hidden));
	if (!rows->hidden) {
		free(rows);
		return -ENOMEM;
	}
	*out = rows;
	return 0;
}

void rows_text(struct rows *rows, const char *value)
{
	begin_row(rows);
	add_cell(rows, value, true);
}

void rows_count(struct rows *rows, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	begin_row(rows);
	add_cell(rows, text, false);
}

void rows_real(struct rows *rows, double value, int decimals)
{
	char text[400]; /* the largest double has 309 digits before the point */

	if (decimals > 60)
		decimals = 60;
	snprintf(text, sizeof(text), "%.*f", decimals, value);
	begin_row(rows);
	add_cell(rows, isfinite(value) ? text : NULL, false);
}

void rows_none(struct rows *rows)
{
	begin_row(rows);
	add_cell(rows, NULL, false);
}

int rows_end(struct rows *rows)
{
	assert(rows->cells_count == rows->columns_count);
	append(rows, rows->format == ROWS_JSON ? "}" : "\n");
	write_row(rows);
	rows->rows_count++;
	return rows->error;
}

int rows_finish(struct rows *rows)
{
	int error;

	/* A row that was begun and not ended is dropped. */
	rows->row_bytes = 0;
	rows->blanks = 0;
	write_heading(rows);
	if (rows->format == ROWS_JSON) {
		append(rows, "\n]\n");
		write_row(rows);
	}
	error = rows->error;
	free(rows->row);
	free(rows->hidden);
	free(rows);
	return error;
}

int rows_parse_format(const char *text, enum rows_format *out)
{
	if (strcmp(text, "table") == 0)
		*out = ROWS_TABLE;
	else if (strcmp(text, "csv") == 0)
		*out = ROWS_CSV;
	else if (strcmp(text, "json") == 0)
		*out = ROWS_JSON;
	else
		return -EINVAL;
	return 0;
}
