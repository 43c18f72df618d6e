/*
 * The text is cut into cells where it lies: every cell ends in a NUL that
 * takes the place of its comma, newline or closing quote.
 */
#include "config.h"

#include "plots/csv.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define READ_BYTES (1u << 16) /* at a time */

struct cursor {
	const char *path;
	char *next;  /* what is not yet cut */
	size_t line; /* of *next, from 1 */
};

static int read_stream(FILE *stream, char **text_out, size_t *bytes_out)
{
	char *text = NULL;
	size_t bytes = 0, got;

	do {
		char *more = realloc(text, bytes + READ_BYTES + 1);

		if (!more) {
			free(text);
			return -ENOMEM;
		}
		text = more;
		errno = 0;
		got = fread(text + bytes, 1, READ_BYTES, stream);
		bytes += got;
	} while (got > 0);
	if (ferror(stream)) {
		free(text);
		return errno ? -errno : -EIO;
	}
	text[bytes] = '\0';
	*text_out = text;
	*bytes_out = bytes;
	return 0;
}

static int read_text(const char *path, char **out, struct message *message)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *stream = standard ? stdin : fopen(path, "re");
	size_t bytes;
	int error;

	if (!stream)
		return message_set(message, -errno, "%s: cannot open: %s", path,
			strerror(errno));
	error = read_stream(stream, out, &bytes);
	if (!standard)
		fclose(stream);
	if (error)
		return message_set(message, error, "%s: cannot read: %s", path,
			strerror(-error));
	if (strlen(*out) == bytes)
		return 0;
	error = message_set(message, -EINVAL,
		"%s: byte %zu is no text: expected replay's rows as CSV", path,
		strlen(*out));
	free(*out);
	return error;
}

/* Undoes the quotes of the cell at TEXT in place; returns what follows its
 * closing quote, NULL if there is none. */
static char *cut_quoted(char *text, size_t *line)
{
	char *to = text;

	for (char *from = text + 1; *from; from++) {
		if (*from == '"' && from[1] != '"') {
			*to = '\0';
			return from + 1;
		}
		if (*from == '"')
			from++;
		else if (*from == '\n')
			++*line;
		*to++ = *from;
	}
	return NULL;
}

/*
 * Cuts the next cell off, *OUT; *LAST: its line ends with it.  The text is
 * not at its end.
 */
static int cut_cell(
	struct cursor *cursor, char **out, bool *last, struct message *message)
{
	char *cell = cursor->next;
	size_t line = cursor->line;
	char *end = cell[0] == '"' ? cut_quoted(cell, &cursor->line)
				   : cell + strcspn(cell, ",\n");

	if (end && end[0] == '\r' && end[1] == '\n')
		end++;
	if (!end || (*end != ',' && *end != '\n' && *end != '\0'))
		return message_set(message, -EINVAL,
			"%s: line %zu: a quote that does not end its cell",
			cursor->path, line);
	*last = *end != ',';
	cursor->line += *end == '\n';
	cursor->next = *end ? end + 1 : end;
	if (cell[0] != '"' && end > cell && end[-1] == '\r')
		end[-1] = '\0';
	*end = '\0';
	*out = cell;
	return 0;
}

/* Cuts a line into CELLS, at most CELLS_MAX; *COUNT_OUT is how many it has. */
static int cut_line(struct cursor *cursor, char **cells, size_t cells_max,
	size_t *count_out, struct message *message)
{
	bool last = false;
	int error;

	*count_out = 0;
	while (!last) {
		char *cell = NULL;

		error = cut_cell(cursor, &cell, &last, message);
		if (error)
			return error;
		if (*count_out < cells_max)
			cells[*count_out] = cell;
		++*count_out;
	}
	return 0;
}

static size_t count_char(const char *text, char what)
{
	size_t count = 0;

	for (; (text = strchr(text, what)); text++)
		count++;
	return count;
}

static bool is_header(const struct csv *csv, char **cells)
{
	for (size_t i = 0; i < csv->columns_count; i++)
		if (strcmp(cells[i], csv->names[i]) != 0)
			return false;
	return true;
}

static int cut_rows(
	struct csv *csv, struct cursor *cursor, struct message *message)
{
	while (*cursor->next) {
		char **cells =
			csv->cells + csv->rows_count * csv->columns_count;
		size_t line = cursor->line;
		size_t count;
		int error = cut_line(
			cursor, cells, csv->columns_count, &count, message);

		if (error)
			return error;
		if (count == 1 && cells[0][0] == '\0')
			continue; /* an empty line */
		if (count != csv->columns_count)
			return message_set(message, -EINVAL,
				"%s: line %zu: %zu cells where the header has "
				"%zu",
				cursor->path, line, count, csv->columns_count);
		if (is_header(csv, cells))
			continue;
		csv->lines[csv->rows_count++] = line;
	}
	return 0;
}

int csv_read(const char *path, struct csv *out, struct message *message)
{
	struct cursor cursor = {.path = path, .line = 1};
	size_t rows_max, columns_max;
	int error;

	*out = (struct csv){0};
	error = read_text(path, &out->text, message);
	if (error)
		return error;
	if (out->text[strspn(out->text, " \t\r\n")] == '\0') {
		error = message_set(message, -EINVAL,
			"%s: empty: expected replay's rows as CSV", path);
		goto out;
	}
	cursor.next = out->text;
	/* No more rows than newlines, no more columns than commas. */
	rows_max = count_char(out->text, '\n') + 1;
	columns_max = count_char(out->text, ',') + 1;
	out->names = calloc(columns_max, sizeof(*out->names));
	out->lines = calloc(rows_max, sizeof(*out->lines));
	if (!out->names || !out->lines) {
		error = -ENOMEM;
		goto out;
	}
	error = cut_line(
		&cursor, out->names, columns_max, &out->columns_count, message);
	if (error)
		goto out;
	out->cells = calloc(rows_max, out->columns_count * sizeof(*out->cells));
	error = out->cells ? cut_rows(out, &cursor, message) : -ENOMEM;
out:
	if (error == -ENOMEM)
		message_set(message, error, "%s: not enough memory", path);
	if (error)
		csv_free(out);
	return error;
}

void csv_free(struct csv *csv)
{
	free(csv->text);
	free(csv->names);
	free(csv->cells);
	free(csv->lines);
	*csv = (struct csv){0};
}

int csv_column(const struct csv *csv, const char *name)
{
	for (size_t i = 0; i < csv->columns_count; i++)
		if (strcmp(csv->names[i], name) == 0)
			return (int)i;
	return -1;
}

static int is_rows_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 4 &&
	       strcmp(entry->d_name + length - 4, ".csv") == 0;
}

bool csv_is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int csv_each_file(const char *path,
	int (*each)(void *context, const char *path), void *context,
	struct message *message)
{
	struct dirent **entries;
	int count, error = 0;

	if (!csv_is_folder(path))
		return each(context, path);
	count = scandir(path, &entries, is_rows_file, alphasort);
	if (count < 0)
		return message_set(message, -errno, "%s: cannot read: %s", path,
			strerror(errno));
	if (!count)
		error = message_set(message, -EINVAL,
			"%s: no rows: expected files *.csv in this folder",
			path);
	for (int i = 0; i < count; i++) {
		char *file = NULL;

		if (!error &&
			asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
			error = message_set(
				message, -ENOMEM, "not enough memory");
		else if (!error)
			error = each(context, file);
		free(file);
		free(entries[i]);
	}
	free(entries);
	return error;
}
