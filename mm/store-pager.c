/*
 * Flushing and forgetting: what is done to the pages of a store as a whole.
 */
#include "mm/store-pager.h"

#include <errno.h>

#include "mm/pager-internal.h"

/* One dirty frame is written and stays. */
static int flush_frame(struct pager *pager, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);
	int error;

	pager_unmap_frame(pager, number);
	if (!(frame->flags & FRAME_DIRTY))
		return 0;
	/* nobody else gets it while it is written */
	pager_withdraw(pager, number);
	error = pager_write_back(pager, number);
	pager_offer(pager, number, NEXT_USE_NEVER);
	return error;
}

static int flush_one_by_one(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end)
{
	uint64_t offset = first;
	uint32_t number;
	int error, first_error = 0;

	while (pager_next_frame(store, &offset, end, &number)) {
		if (pager_frame(pager, number)->flags & FRAME_BUSY) {
			pager_wait(pager);
			continue;
		}
		error = flush_frame(pager, number);
		first_error = first_error ? first_error : error;
		offset++;
	}
	return first_error;
}

/* Takes dirty frames from *OFFSET on into the batch.  They are busy from then
 * on, so that none is waited for once there is one in it. */
static void fill_batch(struct pager *pager, struct store *store,
	struct batch *batch, uint64_t *offset, uint64_t end)
{
	struct frame *frame;
	uint32_t number;

	while (batch->count < BATCH_MAX &&
		pager_next_frame(store, offset, end, &number)) {
		frame = pager_frame(pager, number);
		if (frame->flags & FRAME_BUSY) {
			if (batch->count)
				return;
			pager_wait(pager);
			continue;
		}
		++*offset;
		pager_unmap_frame(pager, number);
		if (!(frame->flags & FRAME_DIRTY))
			continue;
		pager_withdraw(pager, number);
		frame->flags |= FRAME_WRITING;
		batch->frames[batch->count++] = number;
	}
}

/* They are written: each is clean, or dirty still.  The first error. */
static int empty_batch(struct pager *pager, struct batch *batch)
{
	int error, first_error = 0;
	unsigned i;

	for (i = 0; i < batch->count; i++) {
		struct frame *frame = pager_frame(pager, batch->frames[i]);

		error = batch->errors[i];
		first_error = first_error ? first_error : error;
		frame->flags &= ~FRAME_WRITING;
		pager_offer(pager, batch->frames[i], NEXT_USE_NEVER);
	}
	pager_wake(pager);
	batch->count = 0;
	return first_error;
}

static int flush_in_batches(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end)
{
	struct batch batch;
	uint64_t offset = first;
	int error, first_error = 0;

	batch.count = 0;
	for (;;) {
		fill_batch(pager, store, &batch, &offset, end);
		if (!batch.count)
			return first_error;
		(void)pager_write_batch(pager, &batch);
		error = empty_batch(pager, &batch);
		first_error = first_error ? first_error : error;
	}
}

int pager_flush_range(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end)
{
	int error;

	pager_lock(pager);
	pager_begin(pager, WATCH_FLUSH, store->frames.id, 0, first, end);
	if (store->ops->page_out_many && !pager->physmem.ops->page_out)
		error = flush_in_batches(pager, store, first, end);
	else
		error = flush_one_by_one(pager, store, first, end);
	pager_end(pager, error);
	pager_unlock(pager);
	return error;
}

/*
 * A sync has failed: the frames whose pages are unsafe now are dirty again,
 * so that the next flush writes them.  One that is busy is waited for: a
 * write that was under way when the sync failed may be over only after it.
 */
static void dirty_unsafe(struct pager *pager, struct store *store)
{
	const struct physmem *physmem = &pager->physmem;
	uint64_t offset = 0, unsafe;
	uint32_t number;
	bool found;

	while (pager_next_frame(store, &offset, UINT64_MAX, &number)) {
		if (pager_frame(pager, number)->flags & FRAME_BUSY) {
			pager_wait(pager);
			continue;
		}
		found = store_find_unsafe(store, offset, &unsafe);
		if (pager->watch)
			found = pager_watch_unsafe(pager, found, &unsafe);
		if (!found)
			return;
		if (unsafe == offset &&
			(!physmem->ops->may_dirty ||
				physmem->ops->may_dirty(
					physmem->backend, number)))
			pager_frame(pager, number)->flags |= FRAME_DIRTY;
		offset++;
	}
}

void pager_dirty_unsafe(struct pager *pager, struct store *store)
{
	pager_lock(pager);
	pager_begin_frame(pager, WATCH_UNSYNCED, store->frames.id, 0);
	dirty_unsafe(pager, store);
	pager_end(pager, 0);
	pager_unlock(pager);
}

int pager_flush(struct pager *pager, struct store *store)
{
	int error = pager_flush_range(pager, store, 0, UINT64_MAX);
	int sync_error = 0;

	if (store->ops->sync)
		sync_error = store->ops->sync(store);
	if (sync_error)
		pager_dirty_unsafe(pager, store);
	return error ? error : sync_error;
}

int pager_forget_span(struct pager *pager, struct store *store, uint64_t first,
	uint64_t *end_out)
{
	struct drop drop = {
		.store = store,
		.first = first,
		.end = *end_out,
		.keep_borrowed = true,
	};
	uint64_t offset;
	uint32_t number;

	/* again, if one came in while a busy one was waited for */
	do {
		(void)pager_drop(pager, &drop);
		offset = first;
		if (!pager_next_frame(store, &offset, drop.end, &number)) {
			pager_forget_frames(pager, store, first, drop.end);
			return store_forget(store, first, drop.end);
		}
	} while (pager_frame(pager, number)->pins < PIN_BORROW);
	*end_out = offset;
	pager_forget_frames(pager, store, first, offset);
	return first < offset ? store_forget(store, first, offset) : 0;
}

int pager_forget_locked(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end)
{
	uint64_t stop;
	int error, first_error = 0;

	for (; first < end; first = stop + 1) {
		stop = end;
		error = pager_forget_span(pager, store, first, &stop);
		first_error = first_error ? first_error : error;
		if (stop == end)
			break;
	}
	return first_error;
}

int pager_forget(
	struct pager *pager, struct store *store, uint64_t first, uint64_t end)
{
	int error;

	if (!store->ops->forget)
		return -EOPNOTSUPP;
	pager_lock(pager);
	pager_begin(pager, WATCH_FORGET, store->frames.id, 0, first, end);
	error = pager_forget_locked(pager, store, first, end);
	pager_end(pager, error);
	pager_leave(pager);
	return error;
}
