/* Reads rows and puts repetitions side by side.  See rowset.h. */
#include "config.h"

#include "results/rowset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/columns.h"

static int too_little_memory(const char *path, struct message *message)
{
	return message_set(message, -ENOMEM, "%s: too little memory", path);
}

struct reading {
	struct rowset *set;
	struct message *message;
};

static int add_file(void *context, const char *path)
{
	struct reading *reading = context;
	struct rowset *set = reading->set;
	struct csv *files =
		realloc(set->files, (set->files_count + 1) * sizeof(*files));
	struct csv *csv;
	int error;

	if (!files)
		return too_little_memory(path, reading->message);
	set->files = files;
	csv = &files[set->files_count];
	error = csv_read(path, csv, reading->message);
	if (error)
		return error;
	set->files_count++;
	for (size_t i = 0; i < csv->columns_count; i++)
		if (!column_find(csv->names[i]))
			return message_set(reading->message, -EINVAL,
				"%s: found a column '%s', expected those of "
				"selfpage's rows",
				path, csv->names[i]);
	return 0;
}

/* "trace=sort;policy=lru;frames=64;": only what is told. */
static char *make_key(const struct csv *csv, size_t row)
{
	const struct column *column;
	char *key = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&key, &bytes);
	unsigned i;

	if (!stream)
		return NULL;
	for (i = 0; (column = column_at(i)); i++) {
		int at = csv_column(csv, column->name);

		if (column->kind == COLUMN_KEY && at >= 0 &&
			*csv_cell(csv, row, at))
			fprintf(stream, "%s=%s;", column->name,
				csv_cell(csv, row, at));
	}
	if (fclose(stream)) {
		free(key);
		return NULL;
	}
	return key;
}

static int compare_rows(const void *a, const void *b)
{
	const struct rowset_row *left = a, *right = b;
	int order = strverscmp(left->key, right->key);

	if (order)
		return order;
	if (left->file != right->file)
		return left->file < right->file ? -1 : 1;
	return left->row < right->row ? -1 : left->row > right->row;
}

static int index_rows(struct rowset *set)
{
	size_t rows_count = 0, file, row;

	for (file = 0; file < set->files_count; file++)
		rows_count += set->files[file].rows_count;
	set->rows = calloc(rows_count + 1, sizeof(*set->rows));
	if (!set->rows)
		return -ENOMEM;
	for (file = 0; file < set->files_count; file++)
		for (row = 0; row < set->files[file].rows_count; row++) {
			struct rowset_row *at = &set->rows[set->rows_count];

			at->file = file;
			at->row = row;
			at->key = make_key(&set->files[file], row);
			if (!at->key)
				return -ENOMEM;
			set->rows_count++;
		}
	qsort(set->rows, set->rows_count, sizeof(*set->rows), compare_rows);
	return 0;
}

int rowset_read(const char *path, struct rowset *out, struct message *message)
{
	struct reading reading = {out, message};
	char *rows;
	int error;

	memset(out, 0, sizeof(*out));
	if (asprintf(&rows, "%s/rows.csv", path) < 0)
		return too_little_memory(path, message);
	/* a result set may have other tables besides */
	error = csv_each_file(
		access(rows, F_OK) ? path : rows, add_file, &reading, message);
	free(rows);
	if (!error && index_rows(out))
		error = too_little_memory(path, message);
	if (error)
		rowset_free(out);
	return error;
}

void rowset_free(struct rowset *set)
{
	for (size_t i = 0; i < set->rows_count; i++)
		free(set->rows[i].key);
	for (size_t i = 0; i < set->files_count; i++)
		csv_free(&set->files[i]);
	free(set->rows);
	free(set->files);
	memset(set, 0, sizeof(*set));
}

size_t rowset_group_end(const struct rowset *set, size_t first)
{
	size_t end = first + 1;

	while (end < set->rows_count &&
		strcmp(set->rows[end].key, set->rows[first].key) == 0)
		end++;
	return end;
}

const char *rowset_cell(const struct rowset *set, size_t row, const char *name)
{
	const struct rowset_row *at = &set->rows[row];
	const struct csv *csv = &set->files[at->file];
	int column = csv_column(csv, name);

	return column < 0 ? "" : csv_cell(csv, at->row, column);
}
