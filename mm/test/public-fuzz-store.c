/* public-fuzz: stores of three kinds. */
#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- a store of functions ---- */

static int own_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	struct model_store *store = context;

	if (trouble_strikes(TROUBLE_READ)) {
		memset(data, 0xee, bytes);
		return -trouble_get()->error;
	}
	expect(store->fuzz, bytes == PAGE && offset / PAGE < STORE_PAGES,
		"what a store is asked for", (int)(offset / PAGE));
	memcpy(data, store->kept[offset / PAGE], bytes);
	return SELFPAGE_DATA;
}

static int own_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct model_store *store = context;
	bool fails = trouble_strikes(TROUBLE_WRITE);

	expect(store->fuzz, bytes == PAGE && offset / PAGE < STORE_PAGES,
		"what a store is given", (int)(offset / PAGE));
	memcpy(store->kept[offset / PAGE], data, fails ? bytes / 2 : bytes);
	return fails ? -trouble_get()->error : 0;
}

static int own_sync(void *context)
{
	(void)context;
	return trouble_strikes(TROUBLE_SYNC) ? -trouble_get()->error : 0;
}

static int own_forget(void *context, uint64_t offset, uint64_t bytes)
{
	struct model_store *store = context;

	if (trouble_strikes(TROUBLE_WRITE))
		return -trouble_get()->error;
	expect(store->fuzz,
		offset % PAGE == 0 && bytes % PAGE == 0 &&
			offset + bytes <= STORE_PAGES * PAGE,
		"what a store is to forget", (int)(offset / PAGE));
	memset(store->kept[offset / PAGE], 0, bytes);
	return 0;
}

static void own_destroy(void *context)
{
	((struct model_store *)context)->destroyed = true;
}

static int open_own(struct fuzz *fuzz, struct model_store *store)
{
	struct selfpage_store_functions functions = {
		.functions_bytes = sizeof(functions),
		.page_in = own_in,
		.page_out = store->read_only ? NULL : own_out,
		.sync = draw(fuzz, 4) ? own_sync : NULL,
		.forget = store->forgets ? own_forget : NULL,
		.destroy = own_destroy,
	};

	store->destroyed = false;
	return selfpage_store_open_functions(
		fuzz->pager, &functions, store, &store->store);
}

/* ---- opening ---- */

/* The same file, opened once more. */
static int open_again(int fd, int flags)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, flags);
}

/* With O_DSYNC, flushes are done by io_uring. */
static int open_file(struct fuzz *fuzz, struct model_store *store)
{
	int flags = store->read_only ? O_RDONLY
		    : draw(fuzz, 4)  ? O_RDWR
				     : O_RDWR | O_DSYNC;

	store->fd = open_again(store->memory, flags);
	expect(fuzz, store->fd >= 0, "open a file", errno);
	return selfpage_store_open_file(fuzz->pager, store->fd, &store->store);
}

static int open_anonymous(struct fuzz *fuzz, struct model_store *store)
{
	unsigned pages = fuzz->tight_swap ? 1 + draw(fuzz, STORE_PAGES - 1)
					  : STORE_PAGES;

	store->fd = draw(fuzz, 16) ? open_again(store->memory, O_RDWR) : -1;
	return selfpage_store_open_anonymous(
		fuzz->pager, store->fd, pages * PAGE, &store->store);
}

/* What there is when it is opened. */
static void fill_model(struct model_store *store)
{
	if (store->kept)
		memcpy(store->now, store->kept, sizeof(store->now));
	else
		memset(store->now, 0, sizeof(store->now));
}

void step_open(struct fuzz *fuzz)
{
	struct model_store *store = &fuzz->stores[draw(fuzz, STORES)];
	int error;

	if (store->store)
		return;
	store->read_only = store->kind != STORE_ANONYMOUS && draw(fuzz, 6) == 0;
	store->forgets = store->kind == STORE_OWN && draw(fuzz, 2);
	store->unsafe = false;
	store->fd = -1;
	begin_call(fuzz);
	if (store->kind == STORE_FILE)
		error = open_file(fuzz, store);
	else if (store->kind == STORE_OWN)
		error = open_own(fuzz, store);
	else
		error = open_anonymous(fuzz, store);
	end_call(fuzz, "open", error, 0);
	if (error && store->fd >= 0)
		close(store->fd);
	fill_model(store);
}

/* ---- closing ---- */

static bool is_mapped(const struct fuzz *fuzz, const struct model_store *store)
{
	unsigned i, at;

	for (i = 0; i < SPACES; i++)
		for (at = 0; at < SPACE_PAGES; at++)
			if (fuzz->spaces[i].pages[at].store == store)
				return true;
	return false;
}

static int right_close(const struct fuzz *fuzz, const struct model_store *store)
{
	unsigned i;

	if (is_mapped(fuzz, store))
		return -EBUSY;
	for (i = 0; i < STORE_PAGES; i++)
		if (is_borrowed(fuzz, store->now[i]))
			return -EBUSY;
	return 0;
}

static void expect_kept(
	struct fuzz *fuzz, struct model_store *store, unsigned i)
{
	if (store->kept && !is_borrowed_to_write(fuzz, store->now[i]))
		expect(fuzz, !memcmp(store->now[i], store->kept[i], PAGE),
			"a store has what was written", (int)i);
}

static void closed(struct fuzz *fuzz, struct model_store *store)
{
	expect(fuzz, store->kind != STORE_OWN || store->destroyed,
		"the store is told", 0);
	if (store->fd >= 0)
		close(store->fd);
	store->store = NULL;
}

void close_store(struct fuzz *fuzz, struct model_store *store)
{
	int error, right = right_close(fuzz, store);
	unsigned i;

	begin_call(fuzz);
	error = selfpage_store_close(store->store);
	end_call(fuzz, "close", error, right);
	if (error)
		return;
	closed(fuzz, store);
	for (i = 0; i < STORE_PAGES; i++)
		expect_kept(fuzz, store, i);
}

void step_close(struct fuzz *fuzz)
{
	struct model_store *store = draw_store(fuzz);

	if (store)
		close_store(fuzz, store);
}

void step_discard_store(struct fuzz *fuzz)
{
	struct model_store *store = draw_store(fuzz);
	int error, right;
	unsigned i;

	if (!store)
		return;
	right = right_close(fuzz, store);
	/* what its swap file had of its pages then, nobody knows */
	if (right && store->kind == STORE_ANONYMOUS)
		return;
	begin_call(fuzz);
	error = selfpage_store_discard(store->store);
	end_call(fuzz, "discard a store", error, right);
	if (!error)
		closed(fuzz, store);
	else if (!is_mapped(fuzz, store))
		/* but for what is borrowed, all is gone */
		for (i = 0; i < STORE_PAGES; i++)
			if (!is_borrowed(fuzz, store->now[i]))
				fall_back(fuzz, store, i);
}

/* ---- flushing ---- */

void step_flush(struct fuzz *fuzz)
{
	struct model_store *store = draw_store(fuzz);
	unsigned first = draw(fuzz, STORE_PAGES), i;
	unsigned count = 1 + draw(fuzz, STORE_PAGES - first);
	int error;

	if (!store)
		return;
	begin_call(fuzz);
	if (draw(fuzz, 3)) {
		error = selfpage_store_flush(
			store->store, first * PAGE, count * PAGE);
	} else {
		first = 0;
		count = STORE_PAGES;
		error = selfpage_store_flush(store->store, 0, SELFPAGE_ALL);
	}
	end_call(fuzz, "flush", error, 0);
	for (i = first; i < first + count && !error; i++)
		expect_kept(fuzz, store, i);
}

/* Only a failed sync leaves something unsafe, and then syncs may go on
 * failing without more trouble. */
void step_sync(struct fuzz *fuzz)
{
	struct model_store *store = draw_store(fuzz);
	uint64_t syncs = trouble_get()->struck[TROUBLE_SYNC], unsafe;
	int error;
	unsigned i;

	if (!store)
		return;
	begin_call(fuzz);
	error = selfpage_store_sync(store->store);
	if (store->unsafe && (error == -EIO || error == -ENOSPC))
		trouble_get()->struck[TROUBLE_SYNC]++;
	end_call(fuzz, "sync", error, 0);
	for (i = 0; i < STORE_PAGES && !error; i++)
		expect_kept(fuzz, store, i);
	if (!error)
		store->unsafe = false;
	else if (syncs != trouble_get()->struck[TROUBLE_SYNC])
		store->unsafe = store->kind == STORE_FILE;
	error = selfpage_store_find_unsafe(store->store, 0, &unsafe);
	expect(fuzz,
		error == -ENOENT || (!error && store->unsafe &&
					    unsafe < STORE_PAGES * PAGE),
		"what is unsafe", error);
}
