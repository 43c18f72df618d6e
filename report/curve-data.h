/*
 * Curves as JSON for the page: of the thousands of rows of a curve those that
 * a screen can show.
 */
#ifndef REPORT_CURVE_DATA_H
#define REPORT_CURVE_DATA_H

#include <stdio.h>

#include "base/message.h"
#include "plots/csv.h"

/*
 * Writes the curves of CSV, the rows of `selfpage curve`, to STREAM, each an
 * object and a comma before all but the first; *COUNT, how many the stream
 * has already, is counted on:
 *
 *	{"trace", "policy" ...: what is the same in all of its rows,
 *	 "rows": how many it has,
 *	 "points": {"frames": [...], "faults": [...] ...: of the rows kept}}
 *
 * Kept are the first and the last row; on a logarithmic axis, of each 48th of
 * an octave the first; and the rows that hold at each hundredth of the
 * trace's pages, so that what is told of such shares is exact.  -EINVAL: sizes
 * that do not ascend, or no numbers; with a message.  PATH is the file's name.
 */
int curve_data_write(const struct csv *csv, const char *path, size_t *count,
	FILE *stream, struct message *message);

#endif
