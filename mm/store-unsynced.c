/*
 * Pages that were written since the last good sync: see store-unsynced.h.
 *
 * Syncs come one after the other, so two marks suffice to tell what was
 * written before the one under way from what is written meanwhile: a sync
 * begins by changing the mark, and a good one forgets the pages that have the
 * other.  A bad one makes all unsafe, those written meanwhile too, and those
 * whose write began before it ended: the error may be theirs.
 */
#include "mm/store-unsynced.h"

enum { UNSAFE = 0, FIRST_MARK = 1, SECOND_MARK = 2 };

int unsynced_init(struct unsynced *unsynced, uint32_t pages_max)
{
	int error;

	*unsynced = (struct unsynced){
		.pages_max = pages_max,
		.mark = FIRST_MARK,
	};
	error = btree_pool_create(pages_max, 1, &unsynced->pool);
	if (error)
		return error;
	btree_init(&unsynced->pages, unsynced->pool);
	pthread_mutex_init(&unsynced->syncing, NULL);
	pthread_mutex_init(&unsynced->lock, NULL);
	return 0;
}

void unsynced_fini(struct unsynced *unsynced)
{
	pthread_mutex_destroy(&unsynced->lock);
	pthread_mutex_destroy(&unsynced->syncing);
	btree_pool_destroy(unsynced->pool);
}

static void set_mark(struct unsynced *unsynced, uint64_t offset, uint32_t mark)
{
	uint32_t before;

	if (btree_find(&unsynced->pages, offset, &before, NULL)) {
		if (before == mark)
			return;
		btree_remove(&unsynced->pages, offset, BTREE_NONE);
		unsynced->unsafe -= before == UNSAFE;
	} else if (unsynced->pages.size == unsynced->pages_max) {
		unsynced->untracked[mark] = true;
		return;
	}
	/* the pool has nodes for pages_max keys, so it can't fail */
	(void)btree_insert(&unsynced->pages, offset, mark, NULL, NULL);
	unsynced->unsafe += mark == UNSAFE;
}

uint64_t unsynced_begin_write(struct unsynced *unsynced)
{
	uint64_t failures;

	pthread_mutex_lock(&unsynced->lock);
	failures = unsynced->failures;
	pthread_mutex_unlock(&unsynced->lock);
	return failures;
}

/* A write that failed may have changed a part of the page: it counts as one,
 * but does not make a page better that was unsafe. */
void unsynced_end_write(
	struct unsynced *unsynced, uint64_t offset, uint64_t since, int error)
{
	uint32_t mark, before;

	pthread_mutex_lock(&unsynced->lock);
	mark = since == unsynced->failures ? unsynced->mark : UNSAFE;
	if (error && btree_find(&unsynced->pages, offset, &before, NULL) &&
		before == UNSAFE)
		mark = UNSAFE;
	set_mark(unsynced, offset, mark);
	pthread_mutex_unlock(&unsynced->lock);
}

static bool find_from(
	const struct unsynced *unsynced, uint64_t *offset, uint32_t *mark)
{
	return *offset <= BTREE_KEY_MAX &&
	       btree_find_at_or_above(&unsynced->pages, *offset, offset, mark);
}

static void forget_marked(struct unsynced *unsynced, uint32_t mark)
{
	uint64_t offset;
	uint32_t at;

	for (offset = 0; find_from(unsynced, &offset, &at); offset++)
		if (at == mark)
			btree_remove(&unsynced->pages, offset, BTREE_NONE);
	unsynced->untracked[mark] = false;
}

static void make_all_unsafe(struct unsynced *unsynced)
{
	uint64_t offset;
	uint32_t mark;

	for (offset = 0; find_from(unsynced, &offset, &mark); offset++)
		set_mark(unsynced, offset, UNSAFE);
	if (unsynced->untracked[FIRST_MARK] || unsynced->untracked[SECOND_MARK])
		unsynced->untracked[UNSAFE] = true;
	unsynced->untracked[FIRST_MARK] = false;
	unsynced->untracked[SECOND_MARK] = false;
}

int unsynced_sync(
	struct unsynced *unsynced, int (*sync)(void *context), void *context)
{
	uint32_t covered;
	int error;

	pthread_mutex_lock(&unsynced->syncing);
	pthread_mutex_lock(&unsynced->lock);
	covered = unsynced->mark;
	unsynced->mark = FIRST_MARK + SECOND_MARK - covered;
	pthread_mutex_unlock(&unsynced->lock);
	error = sync(context);
	pthread_mutex_lock(&unsynced->lock);
	if (error) {
		make_all_unsafe(unsynced);
		unsynced->failures++;
		unsynced->error = error;
	} else {
		forget_marked(unsynced, covered);
		if (unsynced->unsafe || unsynced->untracked[UNSAFE])
			error = unsynced->error;
	}
	pthread_mutex_unlock(&unsynced->lock);
	pthread_mutex_unlock(&unsynced->syncing);
	return error;
}

bool unsynced_find_unsafe(
	struct unsynced *unsynced, uint64_t from, uint64_t *offset_out)
{
	uint64_t offset = from;
	uint32_t mark;
	bool found;

	pthread_mutex_lock(&unsynced->lock);
	found = unsynced->untracked[UNSAFE];
	while (!found && unsynced->unsafe &&
		find_from(unsynced, &offset, &mark)) {
		found = mark == UNSAFE;
		offset += !found;
	}
	pthread_mutex_unlock(&unsynced->lock);
	if (found)
		*offset_out = offset;
	return found;
}
