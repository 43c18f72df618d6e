/*
 * The backend with real memory: the program's own loads and stores fault.
 *
 * There are two fronts: userfaultfd (live-front-uffd.c), and mprotect with
 * SIGSEGV (live-front-protect.c) for systems that allow no other.  Both keep
 * the pages of frames that are shown nowhere in slots, outside of all paged
 * memory, where stores read and write them; what else they share is here.
 *
 * Invariants (the fronts' `check`)
 * 1. The table has an entry just for each place where a frame is shown, and
 *    the hardware lets through what it says.
 * 2. Pages in memory, shown or in a slot, are at most `limit` and what has
 *    been let over it (`over`).
 *
 * Everything is called with the pager's lock held.
 */
#ifndef MM_PHYSMEM_LIVE_H
#define MM_PHYSMEM_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/live-uffd.h"
#include "mm/physmem-memory.h"

#define SLOT_NONE UINT32_MAX
#define LEAVING_NONE UINT64_MAX

struct live;

struct live_front {
	const char *name;
	int signal;	/* what a fault comes as */
	int protection; /* PROT_ of memory that has just been reserved */
	bool moves;	/* a page that is shown is in no slot */
	uint32_t spare; /* pages beside those of the frames, at most */
	struct physmem_ops physmem; /* backend: live */
	/* The frame is shown nowhere, and out of service: its page goes. */
	void (*forget)(struct live *live, uint32_t frame);
	/* A fault has been served: nobody is alone any more. */
	void (*settle)(struct live *live);
	/* 0 or -errno; what was done is undone by `close`. */
	int (*open)(struct live *live);
	void (*close)(struct live *live);
	/* What touches BYTES from START on, just reserved, faults. */
	int (*cover)(struct live *live, void *start, size_t bytes);
	/*
	 * fork(2): before it; and in the child, where all that was covered is
	 * covered again after `begin_child` and shown by `end_child`.
	 */
	int (*before_fork)(struct live *live);
	void (*after_fork)(struct live *live); /* in the parent */
	int (*begin_child)(struct live *live);
	int (*end_child)(struct live *live);
	const char *(*check)(const struct live *live);
};

extern const struct live_front live_front_uffd, live_front_protect;

struct live_counts {
	uint64_t resident_peak, over_limit;
	uint64_t copies_in, moves_in, copies_out, moves_out, drops;
};

/* Where the page of a frame is: in a slot, or shown, or nowhere. */
struct live_frame {
	const struct as *as; /* shown there; NULL: not */
	uint64_t page;
	uint32_t slot; /* SLOT_NONE: not in one */
};

/* A frame that is to be shown. */
struct live_coming {
	uint32_t frame; /* FRAME_NONE: there is none */
	unsigned protection;
	struct mapping mapping;
};

struct live {
	const struct live_front *front;
	struct memory *table; /* of what is shown */
	struct live_frame *frames;
	uint32_t frames_count;
	uint32_t limit; /* pages that may be in memory */
	uint32_t over;	/* and now also these */
	uint32_t spare;
	uint32_t resident;
	char *slots;
	uint32_t slots_count;
	uint32_t *empty; /* slots that hold no page, a stack */
	uint32_t empty_count;
	uint32_t *junk; /* that hold a page which nobody wants; at most spare */
	uint32_t junk_count;
	char *bounce; /* a page, if none is spare */
	struct uffd uffd;
	/* No other thread can see what is there for a moment. */
	bool alone;
	uint64_t leaving; /* while alone: a page that is still there, although
			     its frame is not shown; LEAVING_NONE: none */
	uint32_t leaving_frame;	   /* whose data it has; FRAME_NONE: nobody's */
	bool leaving_guarded;	   /* it can't be written to where it is */
	struct live_coming coming; /* while alone, and no page is leaving */
	int file;		   /* of the slots; -1: none */
	int child_file;	      /* its copy for a child that is being forked */
	uint64_t failed_page; /* that could not be shown last */
	int failed;	      /* -errno */
	struct live_counts counts;
};

/*
 * FRAMES frames of which LIMIT pages may be in memory, by FRONT.  TABLE, which
 * stays the caller's, has that many frames and no data.  -ENOTSUP: the system
 * can't; -ENOMEM, -errno.
 */
int live_init(struct live *live, const struct live_front *front,
	uint32_t frames, uint32_t limit, struct memory *table);
void live_fini(struct live *live);

/*
 * BYTES of memory at ADDRESS, or, if that is NULL, where the system has room,
 * at a multiple of ALIGN_BYTES: what touches it faults.  -EEXIST: the process
 * has something there; -ENOMEM.
 */
int live_reserve(struct live *live, void *address, size_t bytes,
	size_t align_bytes, void **out);
void live_release(void *address, size_t bytes);

/* What both fronts do alike: a page more is in memory, or fewer; and two of
 * their operations. */
void live_note(struct live *live, int step);
void live_prefetch(void *backend, const struct mapping *mapping);
uint32_t live_translate(void *backend, struct as *as, uint64_t page);

static inline char *live_slot(const struct live *live, uint32_t slot)
{
	return live->slots + (size_t)slot * LIVE_PAGE_BYTES;
}

static inline void *live_address(uint64_t page)
{
	return (void *)(uintptr_t)(page * LIVE_PAGE_BYTES);
}

#endif
