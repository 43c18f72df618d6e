/*
 * Rows on standard output (or another stream): an aligned table for people,
 * CSV or JSON for programs.  CSV and JSON rows are written whole and flushed
 * one by one, so that what is finished stays when a run is cut short; so is
 * a table's, whose column widths are given in advance.
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum rows_format { ROWS_AUTO, ROWS_TABLE, ROWS_CSV, ROWS_JSON };

struct rows_column {
	const char *name; /* in CSV and JSON */
	const char *head; /* in the table, NULL: left out of the table */
	int width;	  /* in the table */
	bool text;	  /* left-aligned, quoted in JSON */
};

struct rows;

/* ROWS_AUTO: a table when STREAM is a terminal, else CSV. -ENOMEM. */
int rows_start(FILE *stream, enum rows_format format,
	const struct rows_column *columns, size_t columns_count,
	struct rows **out);

/* Leaves the column NAME out of the table; before the first row. */
void rows_hide(struct rows *rows, const char *name);

/* Cells of the next row, in order.  rows_none: no value (CSV empty, JSON
 * null, table "-"). */
void rows_text(struct rows *rows, const char *value);
void rows_count(struct rows *rows, uint64_t value);
void rows_real(struct rows *rows, double value, int decimals);
void rows_none(struct rows *rows);

/* Ends the row and flushes it. 0 or the -errno of the stream. */
int rows_end(struct rows *rows);

/* Ends the output (JSON's bracket), frees. 0 or -errno. */
int rows_finish(struct rows *rows);

/* "table", "csv", "json" -> format; -EINVAL */
int rows_parse_format(const char *text, enum rows_format *out);

#endif
