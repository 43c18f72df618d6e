/*
 * Eviction: a frame leaves its store, by the policy's choice or because its
 * page is not wanted any more.
 */
#include "mm/pager-internal.h"

#include <errno.h>

/* Used more than once, and still to be part of pager_evict. */
#define ON_FAULT_PATH inline __attribute__((always_inline))

/* What becomes of a victim; no -errno: a store may return any. */
enum {
	VICTIM_CLEAN = 0,
	VICTIM_WRITTEN = 1, /* it was dirty */
	VICTIM_WANTED = 2,
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
		pager_ahead_wasted(pager, frame);
	btree_remove(&frame->store->frames, frame->offset, frame->leaf);
}

int pager_write_back(struct pager *pager, uint32_t number)
{
	const struct physmem *physmem = &pager->physmem;
	struct frame *frame = pager_frame(pager, number);
	struct store *store = frame->store;
	struct page_io io =
		pager_page_io(pager, number, frame->first.translation);
	/* a log that stops puts the backend's own ops back, but not if it has
	 * a page_out */
	bool guarded = physmem->ops->page_out;
	/* it may be written to meanwhile, and be given back */
	bool lent = frame->flags & FRAME_LENT;
	unsigned lane;
	int error;

	frame->flags |= FRAME_WRITING;
	lane = pager_part(pager, store, WATCH_OUT, io.offset);
	if (guarded)
		error = physmem->ops->page_out(physmem->backend, store, &io);
	else
		error = store->ops->page_out(store, &io);
	error = pager_return(pager, store, lane, error);
	frame->flags &= ~FRAME_WRITING;
	pager_wake(pager);
	if (error)
		pager->counts.writeback_errors++;
	else if (!lent)
		frame->flags &= ~FRAME_DIRTY;
	return error;
}

int pager_wait_for_frames(struct pager *pager, bool *dropped_out)
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

void pager_offer_failed(
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
 * Takes the victim out of its mappings and writes it back if it is dirty.
 * VICTIM_WANTED: it was pinned or taken back meanwhile.  An error: it is left
 * busy.
 */
static ON_FAULT_PATH int empty_victim(struct pager *pager, uint32_t number,
	bool *dropped_out, struct probe *probe)
{
	struct frame *frame = pager_frame(pager, number);
	int error;

	if (pager->track_writes)
		physmem_leave(
			&pager->physmem, number, pager_is_wanted(pager, frame));
	pager_unmap_frame(pager, number);
	mark(probe, PHASE_UNMAP);
	if (!(frame->flags & FRAME_DIRTY))
		return VICTIM_CLEAN;
	*dropped_out |= frame->store->blocking && pager->threads;
	error = pager_write_back(pager, number);
	mark_io(probe, frame->store);
	pager->counts.writebacks += !error;
	if (error) {
		frame->flags |= FRAME_WRITING;
		return error;
	}
	if (!frame->pins && !frame->first.as)
		return VICTIM_WRITTEN;
	pager_offer(pager, number, NEXT_USE_NEVER);
	return VICTIM_WANTED;
}

void pager_let_go(
	struct pager *pager, uint32_t number, enum chooser chooser, bool dirty)
{
	pager_detach(pager, number);
	pager->counts.evictions++;
	if (pager->hooks)
		pager_tell_eviction(pager, number, chooser, dirty);
}

/* The hook's choice, if there is one that can go.  Returns whether it did. */
static bool evict_chosen(struct pager *pager, const struct view *view,
	uint32_t *out, bool *dropped_out, struct probe *probe)
{
	uint32_t number = pager_ask_victim(pager, view);
	int result;

	if (number == FRAME_NONE)
		return false;
	mark(probe, PHASE_VICTIM);
	if (pager_wait_cleaned(pager, number)) {
		*dropped_out = true;
		if (pager_frame(pager, number)->pins)
			return false;
	}
	result = empty_victim(pager, number, dropped_out, probe);
	if (result < 0)
		pager_offer_failed(pager, &number, 1);
	if (result < 0 || result == VICTIM_WANTED)
		return false;
	pager_let_go(pager, number, CHOSEN_BY_HOOK, result == VICTIM_WRITTEN);
	mark(probe, PHASE_BTREE_UPDATE);
	*out = number;
	return true;
}

/* The policy's choice.  The code for when nobody LISTENS does not even look
 * whether somebody does. */
static ON_FAULT_PATH int evict(struct pager *pager, uint32_t *out,
	bool *dropped_out, struct probe *probe, bool listens)
{
	uint32_t failed[VICTIM_TRIES];
	unsigned failed_count = 0;
	uint32_t number;
	int result = VICTIM_CLEAN, first = 0;

	while (failed_count < VICTIM_TRIES) {
		number = pager->policy->ops->evict(pager->policy);
		if (number == FRAME_NONE)
			break;
		if (listens && pager->watch)
			pager_watch_victim(pager, number, CHOSEN_BY_POLICY);
		pager_frame(pager, number)->flags &= ~FRAME_EVICTABLE;
		load_upcoming(pager);
		mark(probe, PHASE_VICTIM);
		result = empty_victim(pager, number, dropped_out, probe);
		if (result == VICTIM_CLEAN || result == VICTIM_WRITTEN)
			break;
		if (result == VICTIM_WANTED)
			continue;
		first = first ? first : result;
		failed[failed_count++] = number;
	}
	if (failed_count)
		pager_offer_failed(pager, failed, failed_count);
	if (number == FRAME_NONE && !failed_count)
		return pager_wait_for_frames(pager, dropped_out);
	if (number == FRAME_NONE || failed_count == VICTIM_TRIES)
		return first;
	pager_detach(pager, number);
	pager->counts.evictions++;
	if (listens)
		pager_tell_eviction(pager, number, CHOSEN_BY_POLICY,
			result == VICTIM_WRITTEN);
	mark(probe, PHASE_BTREE_UPDATE);
	*out = number;
	return 0;
}

int pager_evict(struct pager *pager, uint32_t *out, bool *dropped_out,
	struct probe *probe)
{
	return evict(pager, out, dropped_out, probe, false);
}

int pager_evict_specially(struct pager *pager, const struct view *view,
	uint32_t *out, bool *dropped_out, struct probe *probe)
{
	int error = 0;

	if (!pager->hooks ||
		!evict_chosen(pager, view, out, dropped_out, probe))
		error = pager->evicts_many
				? pager_evict_batch(
					  pager, view, out, dropped_out, probe)
				: evict(pager, out, dropped_out, probe, true);
	/* what is copied may be what has just left, and must not come back and
	 * be used before it is: then the lock is not given up to write */
	if (!error && pager->cleaner.ahead &&
		(pager->cleaner.attached || !view->copy)) {
		pager_look_for_dirty(pager, dropped_out);
		mark(probe, PHASE_VICTIM);
	}
	return error;
}

int pager_drop_frame(struct pager *pager, uint32_t number, enum chooser chooser,
	bool keep_pinned, uint64_t *writebacks)
{
	struct frame *frame = pager_frame(pager, number);
	bool was_dirty;
	int error = 0;

	pager_withdraw(pager, number);
	if (!writebacks || pager->track_writes)
		physmem_leave(&pager->physmem, number,
			writebacks && pager_is_wanted(pager, frame));
	pager_unmap_frame(pager, number);
	was_dirty = frame->flags & FRAME_DIRTY;
	if (writebacks && was_dirty) {
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
	pager->counts.evictions += chooser != CHOSEN_BY_CALL;
	if (pager->hooks)
		pager_tell_eviction(pager, number, chooser, was_dirty);
	physmem_give(&pager->physmem, number);
	pager_wake(pager);
	return 0;
}

int pager_evict_frame(struct pager *pager, uint32_t frame)
{
	int error;

	pager_lock(pager);
	error = pager_drop_frame(pager, frame, CHOSEN_BY_POLICY, true,
		&pager->counts.writebacks);
	pager_leave(pager);
	return error;
}

/* Does DROP leave a frame with these pins? */
static bool is_kept(const struct drop *drop, unsigned pins)
{
	return (drop->keep_pinned && pins) ||
	       (drop->keep_borrowed && pins >= PIN_BORROW);
}

static int drop_frames(struct pager *pager, const struct drop *drop)
{
	uint64_t *writebacks =
		drop->write_back ? &pager->counts.drop_writebacks : NULL;
	uint64_t offset = drop->first;
	uint32_t number;
	int error, first = 0;

	while (pager_next_frame(drop->store, &offset, drop->end, &number)) {
		if (pager_frame(pager, number)->flags & FRAME_BUSY) {
			pager_wait(pager);
			continue;
		}
		if (!is_kept(drop, pager_frame(pager, number)->pins)) {
			error = pager_drop_frame(pager, number, CHOSEN_BY_CALL,
				drop->keep_pinned, writebacks);
			if (error && !drop->go_on)
				return error;
			first = first ? first : error;
		}
		offset++;
	}
	return first;
}

int pager_drop(struct pager *pager, const struct drop *drop)
{
	struct store *store = drop->store;
	int error;

	store->droppers++;
	error = drop_frames(pager, drop);
	store->droppers--;
	pager_wake(pager);
	return error;
}

int pager_drop_told(struct pager *pager, const struct drop *drop)
{
	unsigned flags = (drop->write_back ? WATCH_DROP_WRITE_BACK : 0) |
			 (drop->keep_pinned ? WATCH_DROP_KEEP_PINNED : 0) |
			 (drop->keep_borrowed ? WATCH_DROP_KEEP_BORROWED : 0) |
			 (drop->go_on ? WATCH_DROP_GO_ON : 0);
	int error;

	pager_begin(pager, WATCH_DROP, drop->store->frames.id, flags,
		drop->first, drop->end);
	error = pager_drop(pager, drop);
	/* who waits for a frame of it that is gone would look for the next */
	while (!error && drop->store->droppers)
		pager_wait(pager);
	pager_end(pager, error);
	return error;
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
	error = pager_drop_told(pager, &drop);
	pager_leave(pager);
	return error;
}
