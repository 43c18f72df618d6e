/*
 * What is done to the pages of a store through the pager, and what is where
 * after it.  pager_flush and pager_drop_store (pager.h) are two more.
 *
 *   call that returned 0            every page, as it was at the call, is
 *   pager_flush_range(first, end)   in the store if in the range: a page-in
 *                                   gives it; not yet on the disk
 *   pager_flush                     in the store and on the disk
 *   pager_drop_store(write back)    in the store; in no frame; not yet on the
 *                                   disk
 *   pager_forget(first, end)        if in the range: zeros, in no frame
 *
 * "On the disk" is what the store's sync says; for anonymous memory it says
 * nothing.  Pages that are written during a call may be there or not.
 */
#ifndef MM_STORE_PAGER_H
#define MM_STORE_PAGER_H

#include "mm/pager.h"

/*
 * Writes the dirty frames of STORE at offsets [FIRST, END) back; they stay.
 * -errno: the first page-out's error; those frames are dirty still, all
 * others of the range were written.
 */
int pager_flush_range(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end);

/*
 * Frees the frames of STORE at offsets [FIRST, END), pinned ones too, and
 * discards their stored copies: the pages read as zeros.  One that is in a
 * pinned map is pinned again when it comes back.  Pages that are borrowed stay
 * as they are.  -EOPNOTSUPP: the store forgets nothing, and nothing was done;
 * or the store's -errno: the frames are gone.
 */
int pager_forget(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end);

/* The same for those who hold the lock; with -EOPNOTSUPP the frames are gone
 * too. */
int pager_forget_locked(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end);

/* What pager_flush does after a sync that failed: frames of pages that it has
 * left unsafe are dirty again. */
void pager_dirty_unsafe(struct pager *pager, struct store *store);

#endif
