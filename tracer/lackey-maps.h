/*
 * The address space of a recorded program, as far as its system calls tell:
 * maps that do not overlap, in the order of their addresses.
 */
#ifndef TRACER_LACKEY_MAPS_H
#define TRACER_LACKEY_MAPS_H

#include <stddef.h>
#include <stdint.h>

#include "tracer/trace.h"

struct lackey_maps {
	struct trace_region *map; /* kind TRACE_REGION_MAP, sorted by start */
	size_t count, room;
	char **names; /* each name once */
	size_t names_count, names_room;
};

void lackey_maps_free(struct lackey_maps *maps);

/* The lasting copy of a name, equal names share one.  NULL: no memory. */
const char *lackey_maps_name(
	struct lackey_maps *maps, const char *name, size_t bytes);

/* Puts a map where others may be: these are cut. MAP->name must be one of
 * lackey_maps_name. 0 or -ENOMEM (nothing changed). */
int lackey_maps_put(struct lackey_maps *maps, const struct trace_region *map);

/* Takes [start, end) out of every map. 0 or -ENOMEM (nothing changed). */
int lackey_maps_cut(struct lackey_maps *maps, uint64_t start, uint64_t end);

/* The first map that ends after ADDRESS, NULL if none. */
const struct trace_region *lackey_maps_find(
	const struct lackey_maps *maps, uint64_t address);

/* Sorted, none empty, none overlapping. */
void lackey_maps_check(const struct lackey_maps *maps);

/*
 * One line of /proc/PID/maps into a region (its name into the maps' names).
 * Returns 1: it is the program's; 0: it is Valgrind's or the kernel's;
 * -EINVAL, -ENOMEM.
 */
int lackey_maps_parse(struct lackey_maps *maps, const char *line, size_t bytes,
	struct trace_region *out);

#endif
