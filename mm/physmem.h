/*
 * The physical memory server: the frames, which of them are free, and the
 * backend that maps them.
 *
 * Two backends stand behind `struct physmem_ops`: the simulated one
 * (physmem-sim.h) has a page table in memory and no data; a real one has
 * both.  The pager core calls nothing else of them.
 */
#ifndef MM_PHYSMEM_H
#define MM_PHYSMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/frame.h"

struct page_io;

enum {
	PROTECT_READ = 1,
	PROTECT_WRITE = 2,
	PROTECT_EXECUTE = 4,
};

enum {
	BIT_REFERENCED = 1,
	BIT_DIRTY = 2,
};

/* One of many mappings that are undone at a time. */
struct unmapping {
	const struct mapping *mapping;
	uint32_t frame; /* the one that it shows */
	unsigned bits;	/* out: the BIT_s that were set */
};

enum { UNMAPPINGS_MAX = 64 };

struct physmem_ops {
	/* The data of a frame, page_bytes long; NULL: a simulated one. */
	void *(*data)(void *backend, uint32_t frame);
	/* Makes PAGE of AS show FRAME.  The access that faulted is then done
	 * again and sets the referenced bit. */
	void (*map)(void *backend, const struct mapping *mapping,
		uint32_t frame, unsigned protection);
	/* Undoes map; returns the BIT_s that were set. */
	unsigned (*unmap)(void *backend, const struct mapping *mapping);
	/* The same for up to UNMAPPINGS_MAX mappings of as many frames at once,
	 * so that other processors need to be told but once.  NULL: they are
	 * undone one by one. */
	void (*unmap_many)(
		void *backend, struct unmapping *unmappings, unsigned count);
	/* Reads the BIT_s and clears BIT_REFERENCED. */
	unsigned (*harvest)(void *backend, const struct mapping *mapping);
	/* As unmap and map of a page that shows FRAME already, but without a
	 * time between.  NULL: those. */
	void (*protect)(void *backend, const struct mapping *mapping,
		uint32_t frame, unsigned protection);
	/* FRAME is about to be unmapped and to leave its store.  WANTED: its
	 * data is written before; if not, nobody wants it any more.  May be
	 * NULL. */
	void (*leave)(void *backend, uint32_t frame, bool wanted);
	/* The same of up to UNMAPPINGS_MAX frames at once, whose data nobody
	 * wants.  NULL: one by one. */
	void (*leave_many)(
		void *backend, const uint32_t *frames, unsigned count);
	/* Starts loading what unmap and harvest will touch. */
	void (*prefetch)(void *backend, const struct mapping *mapping);
	/* The translation of a page that did not come with a fault. */
	uint32_t (*translate)(void *backend, struct as *as, uint64_t page);
	/* Writes a page to its store, as the store's page_out does, unless the
	 * frame's data has been taken away: -errno, and the store is left
	 * alone.  NULL: data is never taken away. */
	int (*page_out)(
		void *backend, struct store *store, const struct page_io *io);
	/* May a frame that is clean be dirty, although nobody wrote to it?
	 * NULL: it may. */
	bool (*may_dirty)(void *backend, uint32_t frame);
	/* What pages [FIRST, END) of STORE were when they were last in a frame
	 * is of no use any more; none is in a frame now.  May be NULL. */
	void (*forget)(void *backend, const struct store *store, uint64_t first,
		uint64_t end);
};

/*
 * Invariants
 * 1. Frames 0 .. frames_max - 1 are each free (store == NULL, on the free
 *    list), used, or parked: not to be used until physmem_unpark.  limit
 *    counts those that are not parked, resident those in use; resident <=
 *    limit.  A parked frame names itself as the next free one, which no
 *    other frame does.
 * 2. Mappings 0 .. mappings_max - 1 are each on the list of one frame or on
 *    the free list.
 */
struct physmem {
	const struct physmem_ops *ops;
	void *backend;
	struct frame *frames;
	uint32_t limit; /* frames that are not parked */
	uint32_t resident;
	uint32_t free; /* first of the free list, FRAME_NONE at its end */
	struct mapping *mappings; /* second and further mappings of a frame */
	uint32_t mappings_max;
	uint32_t mappings_free;
	uint32_t page_bytes;
	uint32_t frames_max; /* of the array */
};

/*
 * LIMIT frames of PAGE_BYTES over BACKEND, which stays the caller's;
 * MAPPINGS_MAX mappings beyond one a frame.  -EINVAL, -ENOMEM.
 */
int physmem_init(struct physmem *physmem, uint32_t limit, uint32_t page_bytes,
	uint32_t mappings_max, const struct physmem_ops *ops, void *backend);
void physmem_fini(struct physmem *physmem);

/* Takes a frame off the free list; FRAME_NONE if all are used. */
uint32_t physmem_take(struct physmem *physmem);
/* Gives it back; it must be in no store and not mapped. */
void physmem_give(struct physmem *physmem, uint32_t frame);

/* Takes FRAME, which is used or in hand, out of service; and back, free. */
void physmem_park(struct physmem *physmem, uint32_t frame);
void physmem_unpark(struct physmem *physmem, uint32_t frame);

static inline bool physmem_is_parked(
	const struct physmem *physmem, uint32_t frame)
{
	return physmem->frames[frame].next_free == frame;
}

/* Maps FRAME as MAPPING says (its `next` is not looked at). -ENOMEM. */
int physmem_map(struct physmem *physmem, uint32_t frame,
	const struct mapping *mapping, unsigned protection);
/* FRAME is unmapped next, and leaves its store: see physmem_ops. */
static inline void physmem_leave(
	struct physmem *physmem, uint32_t frame, bool wanted)
{
	if (physmem->ops->leave)
		physmem->ops->leave(physmem->backend, frame, wanted);
}

/* The same of COUNT frames that nobody wants, UNMAPPINGS_MAX at most. */
void physmem_leave_many(
	struct physmem *physmem, const uint32_t *frames, unsigned count);

/* Removes every mapping of FRAME; returns the BIT_s found. */
unsigned physmem_unmap_all(struct physmem *physmem, uint32_t frame);
/* The same for COUNT frames, UNMAPPINGS_MAX at most; BITS_OUT: of each. */
void physmem_unmap_many(struct physmem *physmem, const uint32_t *frames,
	unsigned count, uint8_t *bits_out);
/* Removes those of AS at PAGE only. */
unsigned physmem_unmap(struct physmem *physmem, uint32_t frame,
	const struct as *as, uint64_t page);
/* The BIT_s over all mappings; clears the referenced ones. */
unsigned physmem_harvest(struct physmem *physmem, uint32_t frame);

/* Proves 1 and 2: NULL, or a sentence. */
const char *physmem_check(const struct physmem *physmem);

#endif
