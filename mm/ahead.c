/*
 * Reading ahead in maps that are called sequential.
 *
 *        behind              fault  read ahead, not used yet
 *   . . . o o o o o o o o o o o X a a a a a a a a . . . .
 *                                 |               |
 *                                 mark            end
 *
 * A miss reads the next pages, a window of them.  When the first of them
 * (the mark) is used, the window is doubled, up to the pager's maximum, and
 * the next ones are read.  A page that goes without having been used halves
 * it.  A page read ahead is mapped nowhere, so that its first use is a (soft)
 * fault and is seen; until then its rank is RANK_FIRST.
 *
 * What makes way for it: free frames, and frames of the same map behind the
 * fault, those first that lie furthest behind, if nobody else has them mapped
 * and their rank is not above that of the map.  The program has said that it
 * uses the map's pages upwards: so they are colder than those before it.
 * Nothing else makes way, and if there is nothing, nothing is read.  So
 * reading ahead never takes a frame that is hotter than what it brings.
 */
#include "mm/pager-internal.h"

#include <errno.h>

enum { LOOKS = 8 }; /* frames behind that are looked at, at a time */

void pager_ahead_used(
	struct pager *pager, const struct map *map, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);
	struct policy *policy = pager->policy;

	frame->flags &= ~FRAME_AHEAD;
	pager->counts.ahead_used++;
	frame->rank = map_rank(map);
	if (policy->ops->rank && frame->flags & FRAME_EVICTABLE)
		policy->ops->rank(policy, number, frame->rank, false);
}

void pager_ahead_wasted(struct pager *pager, const struct frame *frame)
{
	struct map *map;

	pager->counts.ahead_wasted++;
	for (map = frame->store->maps; map; map = map->next_of_store)
		if (map->sequential && map->ahead_window > 1 &&
			frame->offset >= map->offset &&
			frame->offset < map_offset(map, map->end))
			map->ahead_window /= 2;
}

/* Does only MAP show the frame, and would its policy not mind? */
static bool is_colder(
	const struct frame *frame, const struct map *map, uint64_t page)
{
	const struct mapping *first = &frame->first;

	if (!(frame->flags & FRAME_EVICTABLE) || frame->rank > map_rank(map))
		return false;
	return !first->as || (first->as == map->as && first->page < page &&
				     first->page >= map->start &&
				     first->next == MAPPING_NONE);
}

/* Frees one frame behind PAGE, or waits until one may be freed; the lock may
 * have been given up. */
static bool drop_behind(struct pager *pager, struct map *map, uint64_t page)
{
	uint64_t offset, end = map_offset(map, page);
	uint32_t number;
	unsigned looks;

	if (map->behind < map->start || map->behind > page)
		map->behind = map->start;
	offset = map_offset(map, map->behind);
	for (looks = 0; looks < LOOKS; looks++) {
		if (!pager_next_frame(map->store, &offset, end, &number))
			return false;
		if (pager_frame(pager, number)->flags & FRAME_CLEANING) {
			pager_wait(pager);
			return true;
		}
		map->behind = map->start + (++offset - map->offset);
		if (is_colder(pager_frame(pager, number), map, page))
			return !pager_drop_frame(pager, number, CHOSEN_BY_CALL,
				true, &pager->counts.writebacks);
	}
	return false;
}

/*
 * Brings PAGE in, after a fault in MAP at AFTER.  0, also if there is nothing
 * to bring in; -ENOMEM: no frame that may make way; -EAGAIN: the maps are
 * others now; or the store's -errno.
 */
static int bring_ahead(
	struct pager *pager, struct map *map, uint64_t page, uint64_t after)
{
	struct physmem *physmem = &pager->physmem;
	struct as *as = map->as;
	struct view view = {map, map->store, map_offset(map, page), false};
	struct fault fault = {.as = as, .page = page, .prefetch = true};
	uint32_t version = as->version;
	struct btree_place place;
	uint32_t number;
	int error;

	fault.translation = physmem->ops->translate(physmem->backend, as, page);
	if (fault.translation == TRANSLATION_NONE)
		return 0;
	for (;;) {
		if (map->shadow && shadow_has(map->shadow, view.offset))
			return 0;
		if (btree_find(
			    &view.store->frames, view.offset, &number, &place))
			return 0;
		number = physmem_take(physmem);
		if (number != FRAME_NONE)
			break;
		if (!drop_behind(pager, map, after))
			return -ENOMEM;
		if (version != as->version)
			return -EAGAIN;
	}
	pager_enter(pager, &view, &place, number);
	pager_frame(pager, number)->flags |= FRAME_AHEAD;
	pager_frame(pager, number)->rank = RANK_FIRST;
	error = pager_page_in(pager, &fault, number);
	if (error)
		return error;
	pager->counts.prefetches++;
	pager_offer(pager, number, NEXT_USE_NEVER);
	if (pager->hooks)
		pager_tell_fault(pager, &fault, 0);
	return version == as->version ? 0 : -EAGAIN;
}

void pager_read_ahead(
	struct pager *pager, const struct fault *fault, struct map *map)
{
	uint64_t page = fault->page + 1;
	uint32_t version = fault->as->version;
	uint64_t end;
	int error = 0;
	bool is_miss = fault->kind == FAULT_HARD || fault->kind == FAULT_ZERO;

	/* pages that are pinned can't be had back when they prove useless */
	if (map->pinned || (!is_miss && fault->page != map->ahead_mark))
		return;
	if (!is_miss) {
		map->ahead_window *= 2;
		if (map->ahead_window > pager->read_ahead_max)
			map->ahead_window = pager->read_ahead_max;
		if (page < map->ahead_end)
			page = map->ahead_end;
		/* that may be of when the map was longer */
		if (page > map->end)
			page = map->end;
	}
	/* what was read ahead may have been of a part that is gone */
	if (page >= map->end)
		return;
	map->ahead_mark = page;
	end = map->end - page < map->ahead_window ? map->end
						  : page + map->ahead_window;
	map->ahead_end = end;
	for (; page < end && !error; page++)
		error = bring_ahead(pager, map, page, fault->page);
	if (error && version == fault->as->version)
		map->ahead_end = page - 1; /* which was not to be had */
}
