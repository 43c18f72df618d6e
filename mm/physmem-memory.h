/*
 * The backend with data in the program's own memory: frames in an arena, and
 * a page table in software, which whoever accesses memory walks by calls.
 *
 * The table holds only the pages that are mapped, of address spaces of any
 * size: a hash by address space and page.  It has an entry for each mapping
 * there may be, so that mapping allocates nothing.
 *
 * Invariants
 * 1. Each entry is on the free list or in the bucket of its page, once.
 * 2. No two entries have the same address space and page.
 *
 * Everything here is called with the pager's lock held, but for memory_data.
 */
#ifndef MM_PHYSMEM_MEMORY_H
#define MM_PHYSMEM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/physmem.h"

struct memory_entry {
	const struct as *as; /* NULL: free */
	uint64_t page;
	uint32_t frame;
	uint32_t next;	    /* in the bucket, or free; MAPPING_NONE: none */
	uint8_t protection; /* set of PROTECT_ */
	uint8_t bits;	    /* set of BIT_ */
};

struct memory {
	char *arena; /* [frames][page_bytes] */
	bool arena_is_lent;
	int file; /* the arena is mapped from it; -1: none */
	size_t page_bytes;
	uint32_t frames;
	struct memory_entry *entries; /* [entries_max] */
	uint32_t entries_max;
	uint32_t free;	   /* first of the free entries */
	uint32_t *buckets; /* [1 << bits]: first entry */
	unsigned bits;
};

/* MAPPINGS_MAX mappings beyond one a frame, as in physmem_init. -ENOMEM. */
int memory_init(struct memory *memory, uint32_t frames, size_t page_bytes,
	uint32_t mappings_max);
/* The same in a file without a name, which can be mapped elsewhere too: frame
 * N is its page N.  Also the system's -errno. */
int memory_init_file(struct memory *memory, uint32_t frames, size_t page_bytes,
	uint32_t mappings_max);
/* The same with the frames in ARENA, which stays the caller's. -ENOMEM. */
int memory_init_over(struct memory *memory, void *arena, uint32_t frames,
	size_t page_bytes, uint32_t mappings_max);
void memory_fini(struct memory *memory);

/* The entry of PAGE if it is mapped, or NULL.  O(1). */
struct memory_entry *memory_find(
	const struct memory *memory, const struct as *as, uint64_t page);

void *memory_data(const struct memory *memory, uint32_t frame);

/* Which frame DATA points into; FRAME_NONE: none. */
uint32_t memory_frame_of(const struct memory *memory, const void *data);

/* Proves 1 and 2: NULL, or a sentence.  O(entries). */
const char *memory_check(const struct memory *memory);

extern const struct physmem_ops physmem_memory_ops; /* backend: memory */

#endif
