/*
 * Many frames at once: they are written, and they leave.
 *
 *   policy --choose--> unmap all --> clean ones ------------+--> in hand (1)
 *                      (one call) \-> dirty ones --> write --+--> free (others)
 *                                       (many in flight)    +--> kept: wanted
 *                                                                or not written
 *
 * With batches an eviction takes up to victim_batch victims, so that a backend
 * for which unmapping is dear, as other processors must hear of it, pays once
 * for all.  It is the policy that names them, one after the other as it would
 * without batches; what it can't know is what would have been used meanwhile.
 */
#include "mm/pager-internal.h"

#include <errno.h>

/* The page-outs of one store, at a time if it can; the lock is given up. */
static void page_out_all(struct pager *pager, struct store *store,
	struct page_out *outs, unsigned count)
{
	const struct physmem *physmem = &pager->physmem;
	/* the ops may be others once the lock is given up: pager_write_back */
	bool guarded = physmem->ops->page_out;
	unsigned lane = pager_part(pager, store, WATCH_OUTS, count);
	unsigned i;

	if (guarded)
		for (i = 0; i < count; i++)
			outs[i].error = physmem->ops->page_out(
				physmem->backend, store, &outs[i].io);
	else if (store->ops->page_out_many)
		store->ops->page_out_many(store, outs, count);
	else
		for (i = 0; i < count; i++)
			outs[i].error =
				store->ops->page_out(store, &outs[i].io);
	outs[0].error = pager_return(pager, store, lane, outs[0].error);
	for (i = 1; i < count; i++)
		outs[i].error = pager_result(pager, outs[i].error);
}

/* Writes those of WANTED (bits) that are in the first one's store; which. */
static uint64_t write_one_store(
	struct pager *pager, struct batch *batch, uint64_t wanted)
{
	struct store *store =
		pager_frame(pager, batch->frames[__builtin_ctzll(wanted)])
			->store;
	struct page_out outs[BATCH_MAX];
	uint64_t left, these = 0, lent = 0;
	unsigned count = 0, i;

	for (left = wanted; left; left &= left - 1) {
		uint32_t number = batch->frames[__builtin_ctzll(left)];
		struct frame *frame = pager_frame(pager, number);

		if (frame->store != store)
			continue;
		these |= left & -left;
		/* it may be written to meanwhile, and be given back */
		if (frame->flags & FRAME_LENT)
			lent |= left & -left;
		outs[count++].io =
			pager_page_io(pager, number, frame->first.translation);
	}
	page_out_all(pager, store, outs, count);
	for (left = these, i = 0; left; left &= left - 1, i++) {
		unsigned at = __builtin_ctzll(left);

		batch->errors[at] = outs[i].error;
		if (outs[i].error)
			pager->counts.writeback_errors++;
		else if (!(lent >> at & 1))
			pager_frame(pager, batch->frames[at])->flags &=
				~FRAME_DIRTY;
	}
	return these;
}

uint64_t pager_write_batch(struct pager *pager, struct batch *batch)
{
	uint64_t dirty = 0, left;
	unsigned i;

	for (i = 0; i < batch->count; i++) {
		batch->errors[i] = 0;
		if (pager_frame(pager, batch->frames[i])->flags & FRAME_DIRTY)
			dirty |= UINT64_C(1) << i;
	}
	for (left = dirty; left;)
		left &= ~write_one_store(pager, batch, left);
	return dirty;
}

/* Victims, which are not the policy's any more. */
static void choose(struct pager *pager, struct batch *batch, unsigned most)
{
	struct policy *policy = pager->policy;
	uint32_t number;

	batch->count = 0;
	while (batch->count < most) {
		number = policy->ops->evict(policy);
		if (number == FRAME_NONE)
			return;
		if (pager->watch)
			pager_watch_victim(pager, number, CHOSEN_BY_POLICY);
		pager_frame(pager, number)->flags &= ~FRAME_EVICTABLE;
		batch->frames[batch->count++] = number;
	}
}

void pager_unmap_batch(struct pager *pager, const struct batch *batch)
{
	uint8_t bits[BATCH_MAX];
	struct frame *frame;
	unsigned i;

	if (!batch->count)
		return;
	physmem_unmap_many(&pager->physmem, batch->frames, batch->count, bits);
	for (i = 0; i < batch->count; i++) {
		frame = pager_frame(pager, batch->frames[i]);
		if (bits[i] & BIT_DIRTY)
			frame->flags |= FRAME_DIRTY;
		frame->flags &= ~FRAME_GUARDED;
	}
}

/* The backend is told whose data is not wanted any more: that need not be
 * moved.  (Where dirty bits tell, it is not known yet.) */
static void tell_backend(struct pager *pager, const struct batch *batch)
{
	uint32_t unwanted[BATCH_MAX];
	const struct frame *frame = NULL;
	unsigned count = 0, i;

	if (!pager->track_writes)
		return;
	for (i = 0; i < batch->count; i++) {
		frame = pager_frame(pager, batch->frames[i]);
		if (!pager_is_wanted(pager, frame))
			unwanted[count++] = batch->frames[i];
	}
	if (batch->count == 1 && !(frame->flags & FRAME_CLEANING))
		physmem_leave(&pager->physmem, batch->frames[0], !count);
	else
		physmem_leave_many(&pager->physmem, unwanted, count);
}

/* The first to leave is in hand then, the others are free. */
static void leave(
	struct pager *pager, uint32_t number, bool dirty, uint32_t *out)
{
	pager_let_go(pager, number, CHOSEN_BY_POLICY, dirty);
	if (*out == FRAME_NONE)
		*out = number;
	else
		physmem_give(&pager->physmem, number);
}

/* Clean victims leave; those that are to be written, or are being, stay. */
static void let_clean_go(
	struct pager *pager, struct batch *batch, uint32_t *out)
{
	unsigned count = 0, i;

	for (i = 0; i < batch->count; i++) {
		uint32_t number = batch->frames[i];

		if (pager_frame(pager, number)->flags &
			(FRAME_DIRTY | FRAME_CLEANING))
			batch->frames[count++] = number;
		else
			leave(pager, number, false, out);
	}
	batch->count = count;
}

/* Writes the victims that are left; returns which were still dirty.  All are
 * busy meanwhile, so that nobody else takes one. */
static uint64_t write_victims(
	struct pager *pager, struct batch *batch, bool *dropped_out)
{
	struct frame *frame;
	uint64_t dirty;
	unsigned i;

	for (i = 0; i < batch->count; i++) {
		frame = pager_frame(pager, batch->frames[i]);
		*dropped_out |= frame->flags & FRAME_CLEANING ||
				(frame->store->blocking && pager->threads);
		frame->flags |= FRAME_WRITING;
	}
	for (i = 0; i < batch->count; i++)
		while (pager_frame(pager, batch->frames[i])->flags &
			FRAME_CLEANING)
			pager_wait(pager);
	dirty = pager_write_batch(pager, batch);
	for (i = 0; i < batch->count; i++) {
		pager_frame(pager, batch->frames[i])->flags &= ~FRAME_WRITING;
		pager->counts.writebacks +=
			(dirty >> i & 1) && !batch->errors[i];
	}
	return dirty;
}

/* Those that could not be written.  They count as busy until they are offered
 * to the policy again, so that it does not name them meanwhile. */
struct failed {
	uint32_t frames[VICTIM_TRIES + BATCH_MAX];
	unsigned count;
	int error; /* of the first */
};

static void note_failed(
	struct pager *pager, struct failed *failed, uint32_t number, int error)
{
	pager_frame(pager, number)->flags |= FRAME_WRITING;
	failed->error = failed->count ? failed->error : error;
	failed->frames[failed->count++] = number;
}

/* Those that were written leave, but those that failed, or were pinned or
 * taken back. */
static void let_written_go(struct pager *pager, const struct batch *batch,
	uint64_t dirty, struct failed *failed, uint32_t *out)
{
	const struct frame *frame;
	uint32_t number;
	unsigned i;

	for (i = 0; i < batch->count; i++) {
		number = batch->frames[i];
		frame = pager_frame(pager, number);
		if (batch->errors[i])
			note_failed(pager, failed, number, batch->errors[i]);
		else if (frame->pins || frame->first.as)
			pager_offer(pager, number, NEXT_USE_NEVER);
		else
			leave(pager, number, dirty >> i & 1, out);
	}
}

int pager_evict_batch(struct pager *pager, const struct view *view,
	uint32_t *out, bool *dropped_out, struct probe *probe)
{
	/* a copy's source may be the next one to go */
	unsigned most = view->copy ? 1 : pager->victim_batch;
	struct failed failed = {.count = 0};
	struct batch batch;
	uint64_t dirty;

	*out = FRAME_NONE;
	while (*out == FRAME_NONE && failed.count < VICTIM_TRIES) {
		choose(pager, &batch, most);
		mark(probe, PHASE_VICTIM);
		if (!batch.count)
			break;
		tell_backend(pager, &batch);
		pager_unmap_batch(pager, &batch);
		mark(probe, PHASE_UNMAP);
		let_clean_go(pager, &batch, out);
		if (batch.count) {
			dirty = write_victims(pager, &batch, dropped_out);
			if (probe && *dropped_out)
				probe_mark(probe, PHASE_IO);
			let_written_go(pager, &batch, dirty, &failed, out);
		}
		pager_wake(pager);
		mark(probe, PHASE_BTREE_UPDATE);
	}
	if (failed.count)
		pager_offer_failed(pager, failed.frames, failed.count);
	if (*out != FRAME_NONE)
		return 0;
	return failed.count ? failed.error
			    : pager_wait_for_frames(pager, dropped_out);
}
