/*
 * The rows of a result: groups of repetitions, ordered by what was done.
 */
#ifndef RESULTS_ROWSET_H
#define RESULTS_ROWSET_H

#include <stddef.h>

#include "base/message.h"
#include "plots/csv.h"

struct rowset_row {
	char *key; /* of the columns that are keys; the same: a repetition */
	size_t file, row; /* where it is */
};

struct rowset {
	struct csv *files; /* [files_count] */
	size_t files_count;
	struct rowset_row *rows; /* [rows_count], by key, then as found */
	size_t rows_count;
};

/*
 * Reads PATH: a file of rows, a result set's rows.csv, or a folder of files
 * *.csv.  csv_read's errors;
 * -EINVAL: no rows, or a column that is not known.  Free with rowset_free.
 */
int rowset_read(const char *path, struct rowset *out, struct message *message);
void rowset_free(struct rowset *set);

/* The end of the group that starts at row FIRST. */
size_t rowset_group_end(const struct rowset *set, size_t first);

/* The cell of ROW in the column NAME; "" if there is none. */
const char *rowset_cell(const struct rowset *set, size_t row, const char *name);

#endif
