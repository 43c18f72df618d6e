/* An application's own store for tests: see store-own.h. */
#include "mm/test/store-own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/test/store-disk.h"

struct own_page {
	bool written;
	char data[REAL_PAGE_BYTES];
	char safe[REAL_PAGE_BYTES];
};

struct own_store {
	struct store store;
	uint32_t pages_count;
	int *alive;
	struct own_page pages[];
};

/* Once more where it was interrupted. */
static int call(enum disk_kind kind, uint32_t page)
{
	int error;

	do
		error = disk_call(kind, page);
	while (error == -EINTR);
	return error;
}

static int own_page_in(struct store *store, const struct page_io *io)
{
	struct own_store *own = (struct own_store *)store;
	int error;

	if (io->offset >= own->pages_count)
		return -EFBIG;
	error = call(DISK_READ, io->offset);
	if (error)
		return error;
	memcpy(io->data, own->pages[io->offset].data, io->bytes);
	return own->pages[io->offset].written ? STORE_DATA : STORE_ZERO;
}

static int own_page_out(struct store *store, const struct page_io *io)
{
	struct own_page *page = &((struct own_store *)store)->pages[io->offset];
	int error = call(DISK_WRITE, io->offset);

	page->written = true;
	memcpy(page->data, io->data, error ? io->bytes / 2 : io->bytes);
	return error;
}

/* It keeps what was paged out, so that a sync can be tried again. */
static int own_sync(struct store *store)
{
	struct own_store *own = (struct own_store *)store;
	int error = call(DISK_SYNC, 0);
	uint32_t i;

	for (i = 0; i < own->pages_count && !error; i++)
		memcpy(own->pages[i].safe, own->pages[i].data, REAL_PAGE_BYTES);
	return error;
}

static int own_forget(struct store *store, uint64_t first, uint64_t end)
{
	struct own_store *own = (struct own_store *)store;

	for (; first < end && first < own->pages_count; first++)
		memset(&own->pages[first], 0, sizeof(own->pages[first]));
	return 0;
}

static void own_destroy(struct store *store)
{
	--*((struct own_store *)store)->alive;
	free(store);
}

static const struct store_ops own_ops = {
	.page_in = own_page_in,
	.page_out = own_page_out,
	.sync = own_sync,
	.forget = own_forget,
	.destroy = own_destroy,
};

int own_store_open(struct btree_pool *pool, uint32_t pages, bool blocking,
	int *alive, struct store **out)
{
	struct own_store *own =
		calloc(1, sizeof(*own) + pages * sizeof(own->pages[0]));

	if (!own)
		return -ENOMEM;
	store_init(&own->store, &own_ops, pool, blocking);
	own->pages_count = pages;
	own->alive = alive;
	++*alive;
	*out = &own->store;
	return 0;
}

uint64_t own_store_safe_word(struct store *store, uint64_t page)
{
	uint64_t value;

	memcpy(&value, ((struct own_store *)store)->pages[page].safe,
		sizeof(value));
	return value;
}
