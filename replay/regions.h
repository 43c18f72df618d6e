/*
 * What a program's regions, or phases, take part in: how much of each is used,
 * how often, and which share of the faults of LRU and OPT falls on its pages.
 *
 * A region is what the trace calls by one name: all maps of one file, the
 * heap, the stacks, all anonymous maps of one name; those without are one.  A
 * page is of the region that was mapped over it last.
 *
 * One pass tells the faults at any sizes, by stack distances.  Memory: 80
 * bytes a page.  Disk, beyond the first MiB: 48 a region or phase, and 16 a
 * size of it.
 */
#ifndef REPLAY_REGIONS_H
#define REPLAY_REGIONS_H

#include <signal.h>
#include <stdint.h>

#include "base/disk-array.h"
#include "base/message.h"
#include "replay/phases.h"
#include "tracer/trace.h"

struct region {
	/* of it that were used; again if they were another's meanwhile */
	uint64_t pages;
	uint64_t events, references, writes, instructions;
	uint64_t cold; /* first uses: they fault at every size */
};

struct regions {
	struct region *region; /* [count], as they are first named */
	unsigned count, sizes;
	char **names;		     /* [count]; NULL: the phases have them */
	const struct phases *phases; /* the config's */
	struct disk_array regions, faults; /* where they lie */
};

static inline const char *regions_name(
	const struct regions *regions, unsigned number)
{
	return regions->names ? regions->names[number]
			      : phases_name(regions->phases, number);
}

/* [sizes] of LRU, and of OPT. */
static inline uint64_t *regions_lru_faults(
	const struct regions *regions, unsigned number)
{
	return (uint64_t *)regions->faults.data +
	       2 * (size_t)number * (regions->sizes + 1);
}

static inline uint64_t *regions_opt_faults(
	const struct regions *regions, unsigned number)
{
	return regions_lru_faults(regions, number) + regions->sizes + 1;
}

struct regions_config {
	const uint64_t *frames; /* [sizes] rising; may be none */
	unsigned sizes;
	/* not NULL: tells of these in place of regions, one each, in order; to
	 * be there as long as the result */
	const struct phases *phases;
	/* Events done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* ends the pass if it is set */
};

/* Reads each block of READER, which gives counts, once.  0; -ENOMEM;
 * -ECANCELED (STOP); or what reading or writing gave, with a message.  To be
 * freed. */
int regions_run(struct trace_reader *reader,
	const struct regions_config *config, struct regions *out,
	struct message *message);
void regions_free(struct regions *regions);

#endif
