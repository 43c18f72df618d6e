/*
 * Eviction: a frame leaves its store, by the policy's choice or because its
 * page is not wanted any more.
 */
#include "mm/pager-internal.h"

#include <errno.h>

enum {
	TRIES = 16,	   /* victims tried when write-backs fail */
	VICTIM_WANTED = 1, /* no -errno: a store may return any */
};

void pager_unmap_frame(struct pager *pager, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	if (physmem_unmap_all(&pager->physmem, number) & BIT_DIRTY)
		frame->flags |= FRAME_DIRTY;
	frame->flags &= ~FRAME_GUARDED;
}

void pager_detach(struct pager *pager, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	if (frame->flags & FRAME_AHEAD)
		pager_ahead_wasted(frame);
	btree_remove(&frame->store->frames, frame->offset, frame->leaf);
}

int pager_write_back(struct pager *pager, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);
	struct store *store = frame->store;
	struct page_io io =
		pager_page_io(pager, number, frame->first.translation);
	int error;

	frame->flags |= FRAME_WRITING;
	if (store->blocking)
		pager_unlock(pager);
	error = store->ops->page_out(store, &io);
	if (store->blocking)
		pager_lock(pager);
	frame->flags &= ~FRAME_WRITING;
	pager_wake(pager);
	if (error)
		pager->counts.writeback_errors++;
	else
		frame->flags &= ~FRAME_DIRTY;
	return error;
}

/* The policy holds no frame: are there some that others are busy with? */
static int wait_for_frames(struct pager *pager, bool *dropped_out)
{
	if (!pager->threads || pager->pinned == pager->physmem.limit)
		return -ENOMEM;
	pager_wait(pager);
	*dropped_out = true;
	return 0;
}

/*
 * Most of an eviction's time would go by waiting for the victim's memory.
 * So what the next two will touch is loaded now, in two steps, as a frame
 * tells where its leaf and its page table entry are: the frame of the one
 * after the next; leaf and entry of the next, whose frame was loaded at the
 * eviction before.
 */
static inline void load_upcoming(struct pager *pager)
{
	struct policy *policy = pager->policy;
	const struct physmem *physmem = &pager->physmem;
	const struct frame *frame;
	uint32_t next, after;

	if (!policy->ops->guess)
		return;
	next = policy->ops->guess(policy, 0);
	after = policy->ops->guess(policy, 1);
	if (after != FRAME_NONE)
		__builtin_prefetch(pager_frame(pager, after), 1);
	if (next == FRAME_NONE)
		return;
	frame = pager_frame(pager, next);
	/* a guess may be wrong, and the frame free or in another's hands */
	if (!(frame->flags & FRAME_EVICTABLE))
		return;
	btree_prefetch_leaf(&frame->store->frames, frame->leaf);
	if (frame->first.as)
		physmem->ops->prefetch(physmem->backend, &frame->first);
}

/* Those that could not be written may be tried again from now on.  Until
 * then they count as busy, so that nobody else has them meanwhile. */
static void offer_failed(
	struct pager *pager, const uint32_t *failed, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		pager_frame(pager, failed[i])->flags &= ~FRAME_WRITING;
		pager_offer(pager, failed[i], NEXT_USE_NEVER);
		pager_wake(pager);
	}
}

/*
 * Takes the policy's victim out of its mappings and writes it back if it is
 * dirty.  VICTIM_WANTED: it was pinned or taken back meanwhile.  An error: it
 * is left busy.
 */
static int empty_victim(struct pager *pager, uint32_t number, bool *dropped_out,
	struct probe *probe)
{
	struct frame *frame = pager_frame(pager, number);
	int error;

	pager_unmap_frame(pager, number);
	mark(probe, PHASE_UNMAP);
	if (!(frame->flags & FRAME_DIRTY))
		return 0;
	*dropped_out |= frame->store->blocking && pager->threads;
	error = pager_write_back(pager, number);
	mark_io(probe, frame->store);
	pager->counts.writebacks += !error;
	if (error)
		frame->flags |= FRAME_WRITING;
	else if (frame->pins || frame->first.as) {
		pager_offer(pager, number, NEXT_USE_NEVER);
		return VICTIM_WANTED;
	}
	return error;
}

int pager_evict(struct pager *pager, uint32_t *out, bool *dropped_out,
	struct probe *probe)
{
	uint32_t failed[TRIES];
	unsigned failed_count = 0;
	uint32_t number;
	int error, first = 0;

	while (failed_count < TRIES) {
		number = pager->policy->ops->evict(pager->policy);
		if (number == FRAME_NONE)
			break;
		pager_frame(pager, number)->flags &= ~FRAME_EVICTABLE;
		load_upcoming(pager);
		mark(probe, PHASE_VICTIM);
		error = empty_victim(pager, number, dropped_out, probe);
		if (!error)
			break;
		if (error == VICTIM_WANTED)
			continue;
		first = first ? first : error;
		failed[failed_count++] = number;
	}
	offer_failed(pager, failed, failed_count);
	if (number == FRAME_NONE && !failed_count)
		return wait_for_frames(pager, dropped_out);
	if (number == FRAME_NONE || failed_count == TRIES)
		return first;
	pager_detach(pager, number);
	mark(probe, PHASE_BTREE_UPDATE);
	pager->counts.evictions++;
	*out = number;
	return 0;
}

int pager_drop_frame(struct pager *pager, uint32_t number, bool keep_pinned,
	uint64_t *writebacks)
{
	struct frame *frame = pager_frame(pager, number);
	int error = 0;

	pager_withdraw(pager, number);
	pager_unmap_frame(pager, number);
	if (writebacks && frame->flags & FRAME_DIRTY) {
		error = pager_write_back(pager, number);
		if (error) {
			pager_offer(pager, number, NEXT_USE_NEVER);
			return error;
		}
		++*writebacks;
		/* it may have been taken back, or borrowed */
		if (keep_pinned && frame->pins)
			return 0;
		pager_unmap_frame(pager, number);
	}
	pager->pinned -= frame->pins != 0;
	frame->pins = 0;
	pager_detach(pager, number);
	physmem_give(&pager->physmem, number);
	pager_wake(pager);
	return 0;
}

int pager_drop(struct pager *pager, const struct drop *drop)
{
	uint64_t *writebacks =
		drop->write_back ? &pager->counts.drop_writebacks : NULL;
	uint64_t offset = drop->first;
	uint32_t number;
	int error, first = 0;

	while (btree_find_at_or_above(
		       &drop->store->frames, offset, &offset, &number) &&
		offset < drop->end) {
		if (pager_frame(pager, number)->flags & FRAME_BUSY) {
			pager_wait(pager);
			continue;
		}
		if (!drop->keep_pinned || !pager_frame(pager, number)->pins) {
			error = pager_drop_frame(
				pager, number, drop->keep_pinned, writebacks);
			if (error && !drop->go_on)
				return error;
			first = first ? first : error;
		}
		offset++;
	}
	return first;
}

int pager_drop_store(struct pager *pager, struct store *store, bool write_back)
{
	struct drop drop = {
		.store = store,
		.end = UINT64_MAX,
		.write_back = write_back,
	};
	int error;

	pager_lock(pager);
	error = pager_drop(pager, &drop);
	pager_unlock(pager);
	return error;
}
