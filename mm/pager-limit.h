/*
 * Growing and shrinking a pager at run time.
 *
 * A pager is made with as many frames as it can ever have (the array, the
 * trees' nodes and the policy are sized for them).  Those that it may not use
 * now are parked.  The numbers of frames are those of the backend's memory,
 * so that several pagers over one memory can hand frames to each other by
 * number: what is parked in one may be used in another.
 *
 * Only frames that are in no store and not mapped are ever parked: taking one
 * from a pager is an eviction.
 */
#ifndef MM_PAGER_LIMIT_H
#define MM_PAGER_LIMIT_H

#include "mm/pager.h"

/* What a frame that was taken from a pager still holds. */
struct pager_removed {
	uint32_t frame;
	struct store *store; /* NULL: nothing, it was free */
	uint64_t offset;     /* in the store, pages: as the store has it */
};

/* Parks all frames of PAGER, which has just been made. */
void pager_park_all(struct pager *pager);

/* FRAME may be used from now on. -EINVAL: it is not there, or not parked. */
int pager_add_frame(struct pager *pager, uint32_t frame);
/* The same for those who hold the pager's lock. */
int pager_add_locked(struct pager *pager, uint32_t frame);

/*
 * Parks one frame: a free one, or else the policy's victim, which is written
 * back if it is dirty; if CLEAN_ONLY, the first victim that is not dirty, and
 * nothing is written.  -EBUSY: as many are pinned as may be with one frame
 * less, or busy, or dirty; or a write-back's -errno, after all victims were
 * tried.  *OUT is set only if 0 is returned.  O(victims tried).
 */
int pager_remove_frame(
	struct pager *pager, bool clean_only, struct pager_removed *out);

/* The same for those who hold the pager's lock. */
int pager_remove_locked(
	struct pager *pager, bool clean_only, struct pager_removed *out);

/*
 * FRAME, which is parked, holds the page of STORE at OFFSET, as the store has
 * it: it is resident from now on.  -EINVAL: not parked; -EEXIST: the page is
 * in another frame.  The caller holds the pager's lock.
 */
int pager_adopt_locked(struct pager *pager, uint32_t frame, struct store *store,
	uint64_t offset);

#endif
