/* The public library: opening and closing stores. */
#include "mm/selfpage-live-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* A program's own functions. */
struct functions_store {
	struct store store;
	struct selfpage_store_functions functions;
	void *context;
	size_t page_bytes;
};

/* What a program's function returns, which has nothing to say but errors. */
static int done(int result)
{
	return result > 0 ? -EIO : result;
}

static int functions_page_in(struct store *store, const struct page_io *io)
{
	struct functions_store *own = (struct functions_store *)store;
	int found = own->functions.page_in(
		own->context, io->offset * io->bytes, io->data, io->bytes);

	return found > SELFPAGE_ZERO ? -EIO : found;
}

static int functions_page_out(struct store *store, const struct page_io *io)
{
	struct functions_store *own = (struct functions_store *)store;

	return done(own->functions.page_out(
		own->context, io->offset * io->bytes, io->data, io->bytes));
}

static int functions_sync(struct store *store)
{
	struct functions_store *own = (struct functions_store *)store;

	return own->functions.sync ? done(own->functions.sync(own->context))
				   : 0;
}

static int functions_forget(struct store *store, uint64_t first, uint64_t end)
{
	struct functions_store *own = (struct functions_store *)store;

	if (!own->functions.forget)
		return -EOPNOTSUPP;
	return done(own->functions.forget(own->context, first * own->page_bytes,
		(end - first) * own->page_bytes));
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
	.forget = functions_forget,
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
	store->swap_fd = -1;
	store->swap_copy = -1;
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

	store->store->owner = store;
	pager_lock(self->pager);
	store->next = self->stores;
	self->stores = store;
	pager_watch_store(self->pager, store->store, true);
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
	store->store->read_only = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
	return open_done(store, store_out);
}

PUBLIC int selfpage_store_open_anonymous(struct selfpage *pager, int swap_fd,
	uint64_t bytes_max, struct selfpage_store **store_out)
{
	struct selfpage_store *store;
	uint32_t pages;
	int error;

	if (!pager || !store_out)
		return -EINVAL;
	error = reserve(pager, &store);
	if (error)
		return error;
	error = selfpage_swap_file(
		pager, bytes_max, &swap_fd, &store->swap_file, &pages);
	if (!error)
		error = store_open_anonymous(
			pager->pager->btrees, swap_fd, pages, &store->store);
	if (error)
		return give_up(store, error);
	store->swap_fd = swap_fd;
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
	own->page_bytes = pager->memory.page_bytes;
	own->store.read_only = !functions->page_out;
	store->store = &own->store;
	return open_done(store, store_out);
}

/* The shadows of the store's private maps, which are gone. */
static bool forget_shadows(struct selfpage_store *store)
{
	struct shadow *shadow;

	/* a map that is just being removed is still one */
	for (shadow = store->owner->pager->shadows; shadow;
		shadow = shadow->next)
		if (shadow->store->owner == store && shadow->store->droppers)
			return false;
	/* what is left of them is borrowed */
	for (shadow = store->owner->pager->shadows; shadow;
		shadow = shadow->next)
		if (shadow->store->owner == store)
			shadow->store->owner = NULL;
	return true;
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
	error = pager_drop_told(store->owner->pager, &drop);
	if (!error && (store->store->frames.size || !forget_shadows(store)))
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
	if (self->live)
		selfpage_live_end_holds(self);
	error = drop_frames(store, write_back);
	if (!error) {
		pager_forget_frames(self->pager, store->store, 0, UINT64_MAX);
		for (link = &self->stores; *link != store;)
			link = &(*link)->next;
		*link = store->next;
		self->stores_count--;
		pager_watch_store(self->pager, store->store, false);
	}
	pager_leave(self->pager);
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
