/*
 * A frame: one page of physical memory, and what it holds.
 *
 * A frame is in exactly one place: on physmem's free list (store == NULL),
 * or in the btree of one store.  It fits a cache line: it is the one line
 * that every fault and every eviction must touch.
 */
#ifndef MM_FRAME_H
#define MM_FRAME_H

#include <stdint.h>

#define MAPPING_NONE UINT32_MAX
#define TRANSLATION_NONE UINT32_MAX

struct as;
struct store;

enum frame_flag {
	FRAME_DIRTY = 1,      /* differs from the store */
	FRAME_READING = 2,    /* page-in under way: no data yet */
	FRAME_WRITING = 4,    /* write-back under way */
	FRAME_EVICTABLE = 8,  /* the policy holds it */
	FRAME_GUARDED = 16,   /* mapped without PROTECT_WRITE although its map
				allows it: the first write must be seen */
	FRAME_AHEAD = 32,     /* read ahead, and not used yet */
	FRAME_LENT = 64,      /* borrowed to be written: it may be dirty at any
				time until it is given back */
	FRAME_FRESH = 128,    /* its bit was not read since the page came in */
	FRAME_CLEANING = 256, /* write-back ahead of need, under way or to be:
				 the policy may hold it meanwhile */
	FRAME_SAVING = FRAME_WRITING | FRAME_CLEANING,
	FRAME_BUSY = FRAME_READING | FRAME_SAVING,
};

/* A place in an address space where a frame is mapped. */
struct mapping {
	struct as *as;	      /* NULL: no mapping */
	uint64_t page;	      /* virtual page number */
	uint32_t translation; /* the backend's name for that page table entry:
				 it came with the fault */
	uint32_t next;	      /* the frame's next mapping, in physmem's pool */
};

struct frame {
	struct store *store;  /* NULL: free */
	uint64_t offset;      /* in the store, pages */
	struct mapping first; /* most frames have one mapping at most */
	uint32_t leaf;	      /* hint: the btree's leaf that holds it */
	uint32_t next_free;
	uint16_t pins;
	uint16_t flags;
	uint8_t rank; /* what policies that take hints are told */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct frame) == 64, "a frame is a cache line");

#endif
