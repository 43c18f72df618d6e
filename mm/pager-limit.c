/*
 * Growing and shrinking a pager: see pager-limit.h.
 *
 *              pager_add_frame
 *   parked ----------------------> free
 *     | ^  <---------------------- /
 *     | |   pager_remove_frame
 *     | +------------------------- evictable (written back if dirty)
 *     +--------------------------> evictable
 *              pager_adopt_locked
 */
#include "mm/pager-limit.h"

#include <errno.h>

#include "mm/pager-internal.h"

void pager_park_all(struct pager *pager)
{
	uint32_t frame;

	while ((frame = physmem_take(&pager->physmem)) != FRAME_NONE)
		physmem_park(&pager->physmem, frame);
}

static bool can_unpark(const struct pager *pager, uint32_t frame)
{
	const struct physmem *physmem = &pager->physmem;

	return frame < physmem->frames_max && physmem_is_parked(physmem, frame);
}

int pager_add_locked(struct pager *pager, uint32_t frame)
{
	int error = -EINVAL;

	pager_begin_frame(pager, WATCH_ADD_FRAME, frame, 0);
	if (can_unpark(pager, frame)) {
		physmem_unpark(&pager->physmem, frame);
		pager_wake(pager);
		error = 0;
	}
	pager_end(pager, error);
	return error;
}

int pager_add_frame(struct pager *pager, uint32_t frame)
{
	int error;

	pager_lock(pager);
	error = pager_add_locked(pager, frame);
	pager_leave(pager);
	return error;
}

/* What the maps that show the page say of it. */
static void take_advice(struct pager *pager, struct frame *frame)
{
	const struct map *map;

	for (map = frame->store->maps; map; map = map->next_of_store) {
		if (frame->offset < map->offset ||
			frame->offset - map->offset >= map->end - map->start)
			continue;
		frame->rank = map_rank(map);
		if (map->pinned && !frame->pins &&
			pager->pinned < pager_pins_max(pager)) {
			frame->pins = 1;
			pager->pinned++;
		}
	}
}

int pager_adopt_locked(struct pager *pager, uint32_t number,
	struct store *store, uint64_t offset)
{
	struct physmem *physmem = &pager->physmem;
	struct frame *frame = pager_frame(pager, number);
	struct btree_place place;
	uint32_t other;

	if (!can_unpark(pager, number))
		return -EINVAL;
	if (btree_find(&store->frames, offset, &other, &place))
		return -EEXIST;
	physmem->limit++;
	physmem->resident++;
	*frame = (struct frame){
		.store = store,
		.offset = offset,
		.first.next = MAPPING_NONE,
		.next_free = FRAME_NONE,
		.rank = RANK_NORMAL,
	};
	/* the pool has nodes for every frame, so it can't fail */
	(void)btree_insert(
		&store->frames, offset, number, &place, &frame->leaf);
	take_advice(pager, frame);
	pager_offer(pager, number, NEXT_USE_NEVER);
	return 0;
}

/* Would one frame less leave enough to evict? */
static bool can_shrink(const struct pager *pager)
{
	uint32_t limit = pager->physmem.limit;

	return limit && (!pager->pinned || pager->pinned + 1 < limit);
}

/*
 * Victims that are passed over stay out of the policy's hands until there is
 * one that can go, so that each is looked at once.  They count as busy, as
 * the lock may be given up meanwhile, and are chained through next_free,
 * which a used frame has no use for.
 */
static void pass_over(struct pager *pager, uint32_t number, uint32_t *chain)
{
	struct frame *frame = pager_frame(pager, number);

	frame->flags |= FRAME_WRITING;
	frame->next_free = *chain;
	*chain = number;
}

static void offer_passed_over(struct pager *pager, uint32_t chain)
{
	uint32_t number;

	while ((number = chain) != FRAME_NONE) {
		chain = pager_frame(pager, number)->next_free;
		pager_frame(pager, number)->flags &= ~FRAME_WRITING;
		pager_offer(pager, number, NEXT_USE_NEVER);
		pager_wake(pager);
	}
}

/* A frame that is to go, and is not the policy's any more. */
struct victim {
	uint32_t number; /* FRAME_NONE: there is none */
	enum chooser chooser;
	bool was_dirty;
};

/* The application is asked first, once. */
static void name_victim(struct pager *pager, bool first, struct victim *victim)
{
	*victim = (struct victim){FRAME_NONE, CHOSEN_BY_HOOK, false};
	if (first && pager->hooks)
		victim->number = pager_ask_victim(pager, NULL);
	if (victim->number != FRAME_NONE)
		return;
	victim->chooser = CHOSEN_BY_POLICY;
	victim->number = pager->policy->ops->evict(pager->policy);
	if (victim->number == FRAME_NONE)
		return;
	if (pager->watch)
		pager_watch_victim(pager, victim->number, CHOSEN_BY_POLICY);
	pager_frame(pager, victim->number)->flags &= ~FRAME_EVICTABLE;
}

/* 0: the victim is clean and unmapped, and can go. */
static int empty_victim(
	struct pager *pager, struct victim *victim, bool clean_only)
{
	struct frame *frame = pager_frame(pager, victim->number);
	int error;

	pager_unmap_frame(pager, victim->number);
	(void)pager_wait_cleaned(pager, victim->number);
	if (!(frame->flags & FRAME_DIRTY))
		return 0;
	if (clean_only)
		return -EBUSY;
	victim->was_dirty = true;
	error = pager_write_back(pager, victim->number);
	pager->counts.writebacks += !error;
	return error;
}

/* Was the victim pinned, or mapped again, while it was written? */
static bool is_wanted(struct pager *pager, uint32_t number)
{
	const struct frame *frame = pager_frame(pager, number);

	return frame->pins || frame->first.as;
}

static int take_victim(
	struct pager *pager, bool clean_only, struct victim *victim)
{
	uint32_t chain = FRAME_NONE;
	bool asked = false;
	int error, first = -EBUSY;

	for (;;) {
		name_victim(pager, !asked, victim);
		asked = true;
		if (victim->number == FRAME_NONE)
			break;
		error = empty_victim(pager, victim, clean_only);
		if (!error && is_wanted(pager, victim->number)) {
			pager_offer(pager, victim->number, NEXT_USE_NEVER);
			continue;
		}
		if (!error)
			break;
		if (first == -EBUSY)
			first = error;
		pass_over(pager, victim->number, &chain);
	}
	offer_passed_over(pager, chain);
	return victim->number == FRAME_NONE ? first : 0;
}

static int remove_frame(
	struct pager *pager, bool clean_only, struct pager_removed *out)
{
	struct physmem *physmem = &pager->physmem;
	struct pager_removed removed = {0};
	struct victim victim;
	int error;

	if (!can_shrink(pager))
		return -EBUSY;
	removed.frame = physmem_take(physmem);
	if (removed.frame == FRAME_NONE) {
		error = take_victim(pager, clean_only, &victim);
		if (error)
			return error;
		removed.frame = victim.number;
		removed.store = pager_frame(pager, removed.frame)->store;
		removed.offset = pager_frame(pager, removed.frame)->offset;
		pager_let_go(
			pager, victim.number, victim.chooser, victim.was_dirty);
		if (!can_shrink(pager)) {
			/* others were pinned while it was written */
			physmem_give(physmem, removed.frame);
			pager_wake(pager);
			return -EBUSY;
		}
	}
	physmem_park(physmem, removed.frame);
	/* who waits for a frame may have none to wait for now */
	pager_wake(pager);
	*out = removed;
	return 0;
}

int pager_remove_locked(
	struct pager *pager, bool clean_only, struct pager_removed *out)
{
	int error;

	pager_begin_frame(pager, WATCH_REMOVE_FRAME, 0, clean_only);
	error = remove_frame(pager, clean_only, out);
	pager_end(pager, error);
	return error;
}

int pager_remove_frame(
	struct pager *pager, bool clean_only, struct pager_removed *out)
{
	int error;

	pager_lock(pager);
	error = pager_remove_locked(pager, clean_only, out);
	pager_leave(pager);
	return error;
}
