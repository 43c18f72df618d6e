/* A run's figures: a sentence, and a row with the columns of `selfpage replay`
 * where they mean the same. */
#ifndef LIVE_RUN_ROWS_H
#define LIVE_RUN_ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/rows.h"
#include "live/figures.h"

struct run_row {
	const char *program;
	const char *policy, *class;
	bool kernel; /* it has not all of the figures */
	const struct live_figures *figures;
	double seconds;
	int status; /* as waitpid gives it */
};

/* One line. */
void run_write_line(FILE *stream, const struct run_row *row);

/* The row, by FORMAT, into the new file PATH.  0 or -errno. */
int run_write_rows(
	const char *path, enum rows_format format, const struct run_row *row);

#endif
