/* The public library: stores. */
#include "mm/selfpage-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* A program's own functions. */
struct functions_store {
	struct store store;
	struct selfpage_store_functions functions;
	void *context;
};

static int functions_page_in(struct store *store, const struct page_io *io)
{
	struct functions_store *own = (struct functions_store *)store;

	return own->functions.page_in(
		own->context, io->offset * io->bytes, io->data, io->bytes);
}

static int functions_page_out(struct store *store, const struct page_io *io)
{
	struct functions_store *own = (struct functions_store *)store;

	if (!own->functions.page_out)
		return -EROFS;
	return own->functions.page_out(
		own->context, io->offset * io->bytes, io->data, io->bytes);
}

static int functions_sync(struct store *store)
{
	struct functions_store *own = (struct functions_store *)store;

	return own->functions.sync ? own->functions.sync(own->context) : 0;
}

static void functions_destroy(struct store *store)
{
	struct functions_store *own = (struct functions_store *)store;

	if (own->functions.destroy)
		own->functions.destroy(own->context);
	free(own);
}

static const struct store_ops functions_ops = {
	.page_in = functions_page_in,
	.page_out = functions_page_out,
	.sync = functions_sync,
	.destroy = functions_destroy,
};

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Room for one more store, not yet on the list.  -ENFILE, -ENOMEM. */
static int reserve(struct selfpage *self, struct selfpage_store **out)
{
	struct selfpage_store *store = calloc(1, sizeof(*store));
	int error = 0;

	if (!store)
		return -ENOMEM;
	store->owner = self;
	pager_lock(self->pager);
	if (self->stores_count == self->stores_max)
		error = -ENFILE;
	else
		self->stores_count++;
	pager_unlock(self->pager);
	if (error)
		free(store);
	else
		*out = store;
	return error;
}

/* Takes the reservation back, after ERROR. */
static int give_up(struct selfpage_store *store, int error)
{
	struct selfpage *self = store->owner;

	if (store->swap_file)
		fclose(store->swap_file);
	free(store);
	pager_lock(self->pager);
	self->stores_count--;
	pager_unlock(self->pager);
	return error;
}

static int open_done(struct selfpage_store *store, struct selfpage_store **out)
{
	struct selfpage *self = store->owner;

	pager_lock(self->pager);
	store->next = self->stores;
	self->stores = store;
	pager_unlock(self->pager);
	*out = store;
	return 0;
}

PUBLIC int selfpage_store_open_file(
	struct selfpage *pager, int fd, struct selfpage_store **store_out)
{
	struct selfpage_store *store;
	int error;

	if (!pager || !store_out)
		return -EINVAL;
	if (!is_open(fd))
		return -EBADF;
	error = reserve(pager, &store);
	if (error)
		return error;
	error = store_open_file(pager->pager->btrees, fd, &store->store);
	if (error)
		return give_up(store, error);
	store->read_only = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
	return open_done(store, store_out);
}

PUBLIC int selfpage_store_open_anonymous(struct selfpage *pager, int swap_fd,
	uint64_t bytes_max, struct selfpage_store **store_out)
{
	uint64_t page_bytes, pages;
	struct selfpage_store *store;
	int error;

	if (!pager || !store_out || swap_fd < -1)
		return -EINVAL;
	page_bytes = pager->memory.page_bytes;
	pages = bytes_max / page_bytes;
	if (!pages || pages * page_bytes != bytes_max || pages >= UINT32_MAX)
		return -EINVAL;
	if (swap_fd >= 0 && !is_open(swap_fd))
		return -EBADF;
	error = reserve(pager, &store);
	if (error)
		return error;
	if (swap_fd == -1) {
		store->swap_file = tmpfile();
		if (!store->swap_file)
			return give_up(store, -errno);
		swap_fd = fileno(store->swap_file);
	}
	error = store_open_anonymous(
		pager->pager->btrees, swap_fd, pages, &store->store);
	if (error)
		return give_up(store, error);
	return open_done(store, store_out);
}

PUBLIC int selfpage_store_open_functions(struct selfpage *pager,
	const struct selfpage_store_functions *functions, void *context,
	struct selfpage_store **store_out)
{
	struct selfpage_store *store;
	struct functions_store *own;
	int error;

	if (!pager || !functions || !store_out || !functions->page_in ||
		functions->functions_bytes != sizeof(*functions))
		return -EINVAL;
	error = reserve(pager, &store);
	if (error)
		return error;
	own = calloc(1, sizeof(*own));
	if (!own)
		return give_up(store, -ENOMEM);
	store_init(&own->store, &functions_ops, pager->pager->btrees, true);
	own->functions = *functions;
	own->context = context;
	store->store = &own->store;
	store->read_only = !functions->page_out;
	return open_done(store, store_out);
}

PUBLIC int selfpage_store_flush(struct selfpage_store *store)
{
	if (!store)
		return -EINVAL;
	return pager_flush(store->owner->pager, store->store);
}

/* Frees the frames, but for those that are borrowed. */
static int drop_frames(struct selfpage_store *store, bool write_back)
{
	struct drop drop = {
		.store = store->store,
		.end = UINT64_MAX,
		.write_back = write_back,
		.keep_pinned = true,
		.go_on = true,
	};
	int error;

	if (store->store->maps)
		return -EBUSY;
	error = pager_drop(store->owner->pager, &drop);
	if (!error && store->store->frames.size)
		error = -EBUSY;
	return error;
}

static int close_store(struct selfpage_store *store, bool write_back)
{
	struct selfpage *self;
	struct selfpage_store **link;
	int error;

	if (!store)
		return -EINVAL;
	self = store->owner;
	pager_lock(self->pager);
	error = drop_frames(store, write_back);
	if (!error) {
		for (link = &self->stores; *link != store;)
			link = &(*link)->next;
		*link = store->next;
		self->stores_count--;
	}
	pager_unlock(self->pager);
	if (error)
		return error;
	store->store->ops->destroy(store->store);
	if (store->swap_file)
		fclose(store->swap_file);
	free(store);
	return 0;
}

PUBLIC int selfpage_store_close(struct selfpage_store *store)
{
	return close_store(store, true);
}

PUBLIC int selfpage_store_discard(struct selfpage_store *store)
{
	return close_store(store, false);
}
