/*
 * A whole machine for tests: a pager over the backend with real data, two
 * address spaces, a few stores, and a processor that faults and does its
 * access again.
 */
#ifndef MM_TEST_MACHINE_H
#define MM_TEST_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/pager.h"
#include "mm/test/memory-store.h"
#include "mm/test/real-backend.h"

enum {
	MACHINE_SPACES = 2,
	MACHINE_STORES = 4,
	MACHINE_PAGES = 256, /* of each address space */
	PROTECT_BOTH = PROTECT_READ | PROTECT_WRITE,
};

struct machine_config {
	const struct policy_ops *policy; /* NULL: lru */
	uint32_t frames;
	uint32_t mappings_max, maps_max;
	bool blocking, threads, bit_at_load;
	bool track_writes; /* then the backend has no dirty bits */
	uint32_t victim_batch, clean_ahead;
	uint32_t read_ahead_max;
	uint32_t shadows_max;
};

struct machine {
	struct real real;
	struct pager *pager;
	struct as spaces[MACHINE_SPACES];
	struct as *space_list[MACHINE_SPACES];
	struct memory_store memory[2];
	/* those of memory, and those that a test adds */
	struct store *stores[MACHINE_STORES];
	unsigned stores_count;
	bool blocking;			  /* shadows are as the other stores */
	int fail_shadow;		  /* what opening the next ones gives */
	uint64_t shadow_ins, shadow_outs; /* of all there ever were */
	enum fault_kind kind;		  /* of the last fault */
	bool faulted;			  /* the last access did */
	uint64_t next_use;		  /* what faults say of it */
};

int machine_create(const struct machine_config *config, struct machine **out);

/* All frames are thrown away; stores that a test added are destroyed. */
void machine_destroy(struct machine *machine);

/* NULL, or what is wrong in the machine. */
const char *machine_check(struct machine *machine);

/* A fault as it comes from the backend; the kind is noted. */
int machine_fault(struct machine *machine, unsigned space, uint64_t page,
	unsigned access);

/*
 * One access to word WORD, after as many faults as it takes.  0, or what the
 * fault said.  Safe for threads if the pager is: nothing is noted then.
 */
int machine_read(struct machine *machine, unsigned space, uint64_t page,
	unsigned word, uint64_t *value);
int machine_write(struct machine *machine, unsigned space, uint64_t page,
	unsigned word, uint64_t value);

/* The frame that holds the page of STORE at OFFSET, or NULL. */
struct frame *machine_frame(
	struct machine *machine, unsigned store, uint64_t offset);

#endif
