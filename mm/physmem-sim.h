/*
 * The simulated backend: a page table and no data.
 *
 * An entry is what an x86 page table entry is to the processor: the frame,
 * present, writable, referenced, dirty.  The simulated processor (a replay
 * loop) walks the table itself, sets the bits, and faults where an entry is
 * not present.  Entries are numbered by the caller (a trace's page ids); the
 * number travels with the fault as its translation.
 */
#ifndef MM_PHYSMEM_SIM_H
#define MM_PHYSMEM_SIM_H

#include "mm/physmem.h"

#define SIM_PRESENT (1u << 31)
#define SIM_WRITABLE (1u << 30)
#define SIM_DIRTY (1u << 29)
#define SIM_REFERENCED (1u << 28)
#define SIM_FRAME (SIM_REFERENCED - 1) /* mask; frames are below it */

struct sim {
	uint32_t *table; /* [entries] */
	uint32_t entries;
	/* the entry of a page; TRANSLATION_NONE: it has none. NULL: none has */
	uint32_t (*translate)(void *context, uint64_t page);
	void *context;
};

int sim_init(struct sim *sim, uint32_t entries);
void sim_fini(struct sim *sim);

extern const struct physmem_ops physmem_sim_ops; /* backend: struct sim */

#endif
