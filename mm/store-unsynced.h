/*
 * Which pages of a store were written since its last good sync, and which of
 * them may be lost because a sync failed.
 *
 * A system that could not write a page says so once, to the next sync, and
 * may then take the page for written: the sync after that one succeeds, and
 * the data is nowhere.  So a good sync proves nothing of what was written
 * before a bad one.  Such pages are *unsafe* until they are written again and
 * a sync succeeds after that.
 *
 *             write              good sync
 *   safe ---------------> written --------> safe
 *                          |   ^
 *               bad sync   v   | write
 *                         unsafe
 *
 * Thread-safe; writes and syncs may overlap.
 */
#ifndef MM_STORE_UNSYNCED_H
#define MM_STORE_UNSYNCED_H

#include <pthread.h>

#include "mm/btree.h"

struct unsynced {
	pthread_mutex_t syncing; /* one sync at a time: the system tells each
				    error to one of them only */
	pthread_mutex_t lock;	 /* guards what is below it */
	struct btree_pool *pool;
	struct btree pages; /* offset -> mark */
	uint32_t pages_max;
	uint64_t unsafe;   /* pages with that mark */
	uint64_t failures; /* syncs that failed */
	uint32_t mark;	   /* of pages that are written now */
	int error;	   /* of the last sync that failed */
	bool untracked[3]; /* pages had no room, by mark */
};

/*
 * Up to PAGES_MAX pages can be told apart; if a sync fails after more were
 * written, every page is unsafe for good.  Memory: 36 bytes a page, at once.
 * -ENOMEM.
 */
int unsynced_init(struct unsynced *unsynced, uint32_t pages_max);
void unsynced_fini(struct unsynced *unsynced);

/* Around each write of a page, whether it goes well or not; what the first
 * returns is the second's SINCE. */
uint64_t unsynced_begin_write(struct unsynced *unsynced);
void unsynced_end_write(
	struct unsynced *unsynced, uint64_t offset, uint64_t since, int error);

/*
 * Calls SYNC.  Returns 0 if it did and no page is unsafe; SYNC's error; or
 * the error that made those pages unsafe which still are.
 */
int unsynced_sync(
	struct unsynced *unsynced, int (*sync)(void *context), void *context);

/* The first unsafe page at or above FROM: whether there is one. */
bool unsynced_find_unsafe(
	struct unsynced *unsynced, uint64_t from, uint64_t *offset_out);

#endif
