/*
 * A store that is anonymous memory: zeros until it is first paged out, and
 * from then on a slot of a swap file, until the page is forgotten.
 *
 * The btree that tells the slot of a page, and the nodes it may ever need,
 * are there from the start: a page-out allocates nothing.  It has a lock of
 * its own, as page-ins and page-outs of different pages run side by side.
 *
 * A page enters the btree after its first write, not before it: a slot whose
 * write failed is free again, and no page-in can find it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mm/store-file.h"
#include "mm/store-swap.h"

struct anonymous_store {
	struct store store;
	pthread_mutex_t lock; /* guards slots and first_writes */
	struct btree_pool *pool;
	struct btree slots;    /* offset -> slot */
	uint32_t first_writes; /* under way: pages that may enter slots */
	uint32_t pages_max;
	struct swap *swap;
	bool owns_swap;
};

static bool find_slot(
	struct anonymous_store *anonymous, uint64_t offset, uint32_t *slot)
{
	bool found;

	pthread_mutex_lock(&anonymous->lock);
	found = btree_find(&anonymous->slots, offset, slot, NULL);
	pthread_mutex_unlock(&anonymous->lock);
	return found;
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
	error = file_read_page(swap_fd(anonymous->swap), io, slot);
	return error ? error : STORE_DATA;
}

/* Room for one more page in the btree, and a slot for it. */
static int begin_first_write(struct anonymous_store *anonymous, uint32_t *slot)
{
	int error = -ENOSPC;

	pthread_mutex_lock(&anonymous->lock);
	if (anonymous->slots.size + anonymous->first_writes <
		anonymous->pages_max)
		error = swap_take(anonymous->swap, slot);
	anonymous->first_writes += !error;
	pthread_mutex_unlock(&anonymous->lock);
	return error;
}

/* The pager never writes one page twice at a time, so that a page which had
 * no slot before the write has none after it either. */
static int end_first_write(struct anonymous_store *anonymous, uint64_t offset,
	uint32_t slot, int error)
{
	pthread_mutex_lock(&anonymous->lock);
	anonymous->first_writes--;
	if (!error)
		error = btree_insert(
			&anonymous->slots, offset, slot, NULL, NULL);
	if (error)
		swap_give(anonymous->swap, slot);
	pthread_mutex_unlock(&anonymous->lock);
	return error;
}

static int anonymous_page_out(struct store *store, const struct page_io *io)
{
	struct anonymous_store *anonymous = (struct anonymous_store *)store;
	int fd = swap_fd(anonymous->swap);
	uint32_t slot;
	int error;

	if (find_slot(anonymous, io->offset, &slot))
		return file_write_page(fd, io, slot);
	error = begin_first_write(anonymous, &slot);
	if (error)
		return error;
	error = file_write_page(fd, io, slot);
	return end_first_write(anonymous, io->offset, slot, error);
}

static int anonymous_forget(struct store *store, uint64_t first, uint64_t end)
{
	struct anonymous_store *anonymous = (struct anonymous_store *)store;
	uint32_t slot;

	pthread_mutex_lock(&anonymous->lock);
	while (first <= BTREE_KEY_MAX &&
		btree_find_at_or_above(
			&anonymous->slots, first, &first, &slot) &&
		first < end) {
		btree_remove(&anonymous->slots, first, BTREE_NONE);
		swap_give(anonymous->swap, slot);
	}
	pthread_mutex_unlock(&anonymous->lock);
	return 0;
}

static void anonymous_destroy(struct store *store)
{
	struct anonymous_store *anonymous = (struct anonymous_store *)store;

	if (anonymous->owns_swap)
		swap_destroy(anonymous->swap);
	else
		anonymous_forget(store, 0, UINT64_MAX);
	pthread_mutex_destroy(&anonymous->lock);
	btree_pool_destroy(anonymous->pool);
	free(anonymous);
}

static const struct store_ops anonymous_ops = {
	.page_in = anonymous_page_in,
	.page_out = anonymous_page_out,
	.forget = anonymous_forget,
	.destroy = anonymous_destroy,
};

int store_open_swapped(struct btree_pool *pool, struct swap *swap,
	uint32_t pages_max, struct store **out)
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
	anonymous->pages_max = pages_max;
	anonymous->swap = swap;
	*out = &anonymous->store;
	return 0;
}

int store_open_anonymous(
	struct btree_pool *pool, int fd, uint32_t pages_max, struct store **out)
{
	struct swap *swap;
	int error = swap_create(fd, pages_max, &swap);

	if (error)
		return error;
	error = store_open_swapped(pool, swap, pages_max, out);
	if (error)
		swap_destroy(swap);
	else
		((struct anonymous_store *)*out)->owns_swap = true;
	return error;
}
