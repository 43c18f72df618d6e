/* The cells of a row by column, checked. */
#ifndef PLOTS_CELLS_H
#define PLOTS_CELLS_H

#include <stdbool.h>

#include "base/message.h"
#include "plots/csv.h"

#define CELLS_COLUMNS_MAX 24

struct cells {
	const char *path;
	const struct csv *csv;
	const char *const *names; /* [count] of the columns that are read */
	unsigned count;
	unsigned needed;  /* so many of them, the first, must be there */
	const char *what; /* whose rows these are, for messages */
	size_t row;
	int at[CELLS_COLUMNS_MAX]; /* -1: not in the file */
};

/* Finds the columns, and at least one row.  -EINVAL with a message. */
int cells_start(struct cells *cells, struct message *message);

/* The cell as it stands; NULL where the column is not there. */
const char *cells_text(const struct cells *cells, unsigned column);

/* A number of 0 or more, below 1e18.  NONE stands for a cell that need not be
 * there and is empty or not there.  -EINVAL with a message. */
int cells_number(const struct cells *cells, unsigned column, double none,
	double *out, struct message *message);

/* ROWS, COUNT of BYTES each, with room for those of this file; NULL with a
 * message. */
void *cells_make_room(const struct cells *cells, void *rows, size_t count,
	size_t bytes, struct message *message);

/* message_set with file and line before the text. */
int cells_fail(
	const struct cells *cells, struct message *message, const char *text);

#endif
