/*
 * A backend with real data for tests: frames in an arena, a page table with
 * an entry for each page of each address space, and a processor that walks
 * it.  It is strict: a mapping over a mapping, or the removal of one that is
 * not there, ends the program.
 *
 * One lock stands for what hardware does in one step, so that threads may
 * access memory while the pager maps and unmaps it.
 */
#ifndef MM_TEST_REAL_BACKEND_H
#define MM_TEST_REAL_BACKEND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "mm/as.h"
#include "mm/physmem.h"

enum {
	REAL_WORDS = 8, /* words of a page */
	REAL_PAGE_BYTES = REAL_WORDS * sizeof(uint64_t),
};

struct real_entry {
	uint32_t frame;
	uint8_t protection; /* set of PROTECT_; 0: not mapped */
	uint8_t bits;	    /* set of BIT_ */
};

struct real {
	pthread_mutex_t lock;
	uint64_t *words;	  /* [frames][REAL_WORDS] */
	struct real_entry *table; /* [spaces][pages] */
	struct as *const *spaces;
	uint32_t spaces_count;
	uint32_t pages;	    /* of each address space, from page 0 on */
	uint32_t mapped;    /* entries that are */
	uint32_t batches;   /* calls that unmapped many at a time */
	bool no_dirty_bits; /* a processor that does not set them */
};

/* -ENOMEM. SPACES stays the caller's. */
int real_init(struct real *real, uint32_t frames, uint32_t pages,
	struct as *const *spaces, uint32_t spaces_count);
void real_fini(struct real *real);

/* The entry's number, which travels with a fault. */
uint32_t real_translate(void *backend, struct as *as, uint64_t page);

/*
 * The processor: reads word WORD of PAGE into *VALUE, or writes it.  False:
 * it must fault first, nothing was done.
 */
bool real_access(struct real *real, struct as *as, uint64_t page,
	unsigned access, unsigned word, uint64_t *value);

/* The frame mapped there, or FRAME_NONE. */
uint32_t real_frame(struct real *real, struct as *as, uint64_t page);

extern const struct physmem_ops real_ops; /* backend: struct real */

#endif
