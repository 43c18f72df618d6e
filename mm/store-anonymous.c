/*
 * A store that is anonymous memory: zeros until it is first paged out, and
 * from then on a slot of a swap file.
 *
 * The btree that tells the slot of a page, and the nodes it may ever need,
 * are there from the start: a page-out allocates nothing.  It has a lock of
 * its own, as page-ins and page-outs of different pages run side by side.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mm/store-file.h"

struct anonymous_store {
	struct store store;
	pthread_mutex_t lock; /* guards slots */
	struct btree_pool *pool;
	struct btree slots; /* offset -> slot */
	uint32_t slots_max;
	int fd;
};

static bool find_slot(
	struct anonymous_store *anonymous, uint64_t offset, uint32_t *slot)
{
	struct btree_place place;
	bool found;

	pthread_mutex_lock(&anonymous->lock);
	found = btree_find(&anonymous->slots, offset, slot, &place);
	pthread_mutex_unlock(&anonymous->lock);
	return found;
}

/* The pager never writes one page twice at a time, so that a slot which is
 * not there before the write is not there after it either. */
static int add_slot(
	struct anonymous_store *anonymous, uint64_t offset, uint32_t *slot)
{
	struct btree_place place;
	uint32_t leaf;
	int error = -ENOSPC;

	pthread_mutex_lock(&anonymous->lock);
	if (anonymous->slots.size < anonymous->slots_max) {
		*slot = anonymous->slots.size;
		btree_find(&anonymous->slots, offset, slot, &place);
		error = btree_insert(
			&anonymous->slots, offset, *slot, &place, &leaf);
	}
	pthread_mutex_unlock(&anonymous->lock);
	return error;
}

static int anonymous_page_in(struct store *store, const struct page_io *io)
{
	struct anonymous_store *anonymous = (struct anonymous_store *)store;
	uint32_t slot;
	int error;

	if (!find_slot(anonymous, io->offset, &slot)) {
		memset(io->data, 0, io->bytes);
		return STORE_ZERO;
	}
	error = file_read_page(anonymous->fd, io, slot);
	return error ? error : STORE_DATA;
}

/*
 * A first page-out that fails leaves a slot with no data in it.  That does
 * no harm: the pager keeps a frame whose write-back failed, so the page is
 * not read until it has been written.
 */
static int anonymous_page_out(struct store *store, const struct page_io *io)
{
	struct anonymous_store *anonymous = (struct anonymous_store *)store;
	uint32_t slot;
	int error;

	if (!find_slot(anonymous, io->offset, &slot)) {
		error = add_slot(anonymous, io->offset, &slot);
		if (error)
			return error;
	}
	return file_write_page(anonymous->fd, io, slot);
}

static void anonymous_destroy(struct store *store)
{
	struct anonymous_store *anonymous = (struct anonymous_store *)store;

	pthread_mutex_destroy(&anonymous->lock);
	btree_pool_destroy(anonymous->pool);
	free(anonymous);
}

static const struct store_ops anonymous_ops = {
	.page_in = anonymous_page_in,
	.page_out = anonymous_page_out,
	.destroy = anonymous_destroy,
};

int store_open_anonymous(
	struct btree_pool *pool, int fd, uint32_t pages_max, struct store **out)
{
	struct anonymous_store *anonymous = calloc(1, sizeof(*anonymous));

	if (!anonymous)
		return -ENOMEM;
	if (btree_pool_create(pages_max, 1, &anonymous->pool)) {
		free(anonymous);
		return -ENOMEM;
	}
	store_init(&anonymous->store, &anonymous_ops, pool, true);
	btree_init(&anonymous->slots, anonymous->pool);
	pthread_mutex_init(&anonymous->lock, NULL);
	anonymous->slots_max = pages_max;
	anonymous->fd = fd;
	*out = &anonymous->store;
	return 0;
}
