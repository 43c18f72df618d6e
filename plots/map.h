/* A map of a trace: who touches what when (replay/page-time.h), as data for
 * gnuplot. */
#ifndef PLOTS_MAP_H
#define PLOTS_MAP_H

#include <stdbool.h>
#include <stdio.h>

#include "base/message.h"
#include "cli/number.h"
#include "replay/page-time.h"

struct map_options {
	const struct frames_spec *frames; /* NULL: no faults */
	bool opt;			  /* its faults on top, not LRU's */
};

struct map {
	char *path; /* of the trace */
	uint64_t frames;
	bool opt;
	struct phases phases;
	struct page_time cells;
};

/* Whether PATH begins as a trace does. */
bool map_is_trace(const char *path);

/* Reads the trace PATH, with a progress line.  To be freed if it is 0; or
 * -errno with a message. */
int map_read(const char *path, const struct map_options *options,
	struct map *out, struct message *message);
void map_free(struct map *map);

/* $uses, $faults, $rates, and what else map.gp wants.  0; -ENOMEM. */
int map_write(const struct map *map, FILE *stream);

#endif
