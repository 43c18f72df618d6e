/*
 * A file of comma-separated values with a header line, read whole.
 * Cells may stand in double quotes ("" is a quote in them).
 */
#ifndef PLOTS_CSV_H
#define PLOTS_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/message.h"

struct csv {
	char *text; /* all cells point into it */
	size_t columns_count;
	size_t rows_count; /* without the header */
	char **names;	   /* [columns_count] */
	char **cells;	   /* [rows_count * columns_count] */
	size_t *lines;	   /* [rows_count] line number in the file */
};

/*
 * Reads PATH ("-": standard input).  A header that comes again (files put
 * one after the other) is skipped.  -EINVAL: empty, not text, or a row with
 * another number of cells than the header; -ENOMEM; or the system's -errno;
 * each with a message that names file and line.  Free with csv_free.
 */
int csv_read(const char *path, struct csv *out, struct message *message);
void csv_free(struct csv *csv);

/* Whether PATH is a folder. */
bool csv_is_folder(const char *path);

/*
 * Calls EACH with every file of rows that PATH stands for: itself, or, if it
 * is a folder, the files *.csv in it by name.  Stops at EACH's first error and
 * returns it.  -EINVAL: there is none in the folder; -ENOMEM; or the system's
 * -errno; each with a message.
 */
int csv_each_file(const char *path,
	int (*each)(void *context, const char *path), void *context,
	struct message *message);

/* Index of the column called NAME, or -1. */
int csv_column(const struct csv *csv, const char *name);

static inline const char *csv_cell(
	const struct csv *csv, size_t row, size_t column)
{
	return csv->cells[row * csv->columns_count + column];
}

#endif
