/* Pieces of programs for gnuplot. */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include <stdio.h>

#include "plots/names.h"

/* TEXT as a string in single quotes: in it only the quote means something,
 * and a control character, which would end the line, becomes '?'. */
void gnuplot_string(FILE *stream, const char *text);

/* VARIABLE = 'TEXT' */
void gnuplot_set(FILE *stream, const char *variable, const char *text);

/* An array called NAME of these. */
void gnuplot_names(FILE *stream, const char *name, const struct names *names);

#endif
