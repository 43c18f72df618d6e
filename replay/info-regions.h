/* The rows of `selfpage info --regions` and `--phases`. */
#ifndef REPLAY_INFO_REGIONS_H
#define REPLAY_INFO_REGIONS_H

#include <stdio.h>

#include "base/message.h"
#include "cli/number.h"
#include "cli/rows.h"

struct info_regions {
	const char *path;
	struct rows *rows;
	bool phases;			  /* in place of regions */
	const struct frames_spec *frames; /* [frames_count]; may be none */
	unsigned frames_count;
};

int info_regions_start(
	FILE *stream, enum rows_format format, bool phases, struct rows **out);

/* The regions of one trace: a row a region and size, those with most faults
 * first; or its phases, in order.  -errno with a message. */
int info_regions(const struct info_regions *shown, struct message *message);

#endif
