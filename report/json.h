/*
 * JSON that stands in a page of HTML: whatever it holds, it neither ends the
 * script that it stands in nor is cut short by bytes that are no UTF-8.  The
 * stream keeps the errors.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdio.h>

/* TEXT, any bytes, as a string; what is not UTF-8 becomes U+FFFD. */
void json_write_string(FILE *stream, const char *text);

/* A cell of rows: null if it is empty, a number if it is one that a reader
 * gets whole (15 digits), else a string. */
void json_write_cell(FILE *stream, const char *text);

/* The same of the column NAME: what are names in rows are strings, though
 * they look like numbers. */
void json_write_named_cell(FILE *stream, const char *name, const char *text);

/* TEXT, which is JSON already. */
void json_write_document(FILE *stream, const char *text);

#endif
