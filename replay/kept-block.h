/* A decoded block that stays when its reader goes on to the next. */
#ifndef REPLAY_KEPT_BLOCK_H
#define REPLAY_KEPT_BLOCK_H

#include "replay/nextuse.h"
#include "tracer/trace.h"

struct kept_block {
	struct trace_block block; /* points into what follows */
	/* [block.events] next uses, and how far in references they are; NULL:
	 * nobody wants it */
	uint64_t *next_use, *distance;
	uint32_t *page, *count;
	uint8_t *kinds;
	struct trace_region *regions;
	char *names;
	uint32_t events_max, regions_max;
	size_t names_max;
};

/*
 * Decodes block NUMBER of READER, with NEXTUSE its next uses, and with
 * DISTANCES how far they are; what was kept here before is gone.  Threads are
 * left out.  All of it is zero at first, and then always with each of the two
 * or always without.
 * Memory: at most 25 bytes an event of the largest block.  Returns 0, -ENOMEM
 * or what reading gave, with a message.
 */
int kept_block_read(struct kept_block *kept, struct trace_reader *reader,
	struct nextuse *nextuse, struct nextuse *distances, uint64_t number,
	struct message *message);
/* It is as at first. */
void kept_block_free(struct kept_block *kept);

#endif
