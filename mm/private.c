/*
 * Private maps: a page is copied when it is first written to.
 *
 *   map --> store    what all see      page 0 1 2 3 4 5
 *      \                                    |   |   | |
 *       -> shadow    copies                   1   3
 *          copied    a bit a page           0 1 0 1 0 0
 *
 * A shadow's pages have the offsets that they have in the map's store.  So
 * the parts of a map that is split share its shadow as they are, and each
 * page in it belongs to one part.
 *
 * The copy is made under the lock, from a frame that nobody maps: what
 * another task writes meanwhile is wholly in it or not at all.
 *
 * A shadow lives as long as a map names it, a thread drops its frames, or one
 * of them is borrowed.  A thread that reads or writes a page of it has a busy
 * frame there, which whoever drops the frames waits for.
 */
#include "mm/pager-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void destroy_shadow(struct shadow *shadow)
{
	if (shadow->store->ops->destroy)
		shadow->store->ops->destroy(shadow->store);
	free(shadow);
}

static int create_shadow(struct pager *pager, const struct store *store,
	uint64_t first, uint64_t pages, struct shadow **out)
{
	size_t bytes = (pages + 63) / 64 * sizeof(uint64_t);
	struct shadow *shadow;
	int error;

	if (!pager->open_shadow)
		return -ENOTSUP;
	if (pages >= AS_PAGES_MAX)
		return -EINVAL;
	shadow = calloc(1, sizeof(*shadow) + bytes);
	if (!shadow)
		return -ENOMEM;
	shadow->shown = store;
	shadow->first = first;
	shadow->pages = pages;
	error = pager->open_shadow(
		pager->shadow_context, pager->btrees, pages, &shadow->store);
	if (pager->watch)
		error = pager_watch_shadow(pager, shadow->store, error);
	if (error) {
		free(shadow);
		return error;
	}
	shadow->store->owner = store->owner;
	*out = shadow;
	return 0;
}

static int map_private(struct pager *pager, struct map *map)
{
	struct shadow *shadow = NULL;
	int error;

	if (pager->shadows_count == pager->shadows_max && pager->open_shadow)
		return -ENOMEM;
	error = create_shadow(
		pager, map->store, map->offset, map->end - map->start, &shadow);
	if (error)
		return error;
	map->shadow = shadow;
	shadow->next = pager->shadows;
	pager->shadows = shadow;
	pager->shadows_count++;
	return 0;
}

int pager_map(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, struct store *store, uint64_t offset,
	unsigned protection, unsigned flags)
{
	const struct watch_record call[] = {
		{.kind = WATCH_MAP,
			.detail = protection | flags << 8,
			.number = as->number,
			.value = start},
		{.kind = WATCH_MORE, .value = pages},
		{.kind = WATCH_MORE,
			.number = store->frames.id,
			.value = offset},
	};
	struct map *map;
	int error;

	if (flags & ~PAGER_MAP_PRIVATE)
		return -EINVAL;
	if (protection & PROTECT_WRITE && store->read_only && !flags)
		return -EACCES;
	pager_lock(pager);
	if (pager->watch)
		pager_watch_begin(pager, call, 3);
	error = as_map(as, start, pages, store, offset, protection, &map);
	if (!error && flags & PAGER_MAP_PRIVATE) {
		error = map_private(pager, map);
		if (error)
			as_remove(as, map);
	} else if (!error) {
		map->is_part = true;
		as_merge_around(as, start);
		as_merge_around(as, start + pages);
	}
	pager_end(pager, error);
	pager_unlock(pager);
	return error;
}

void pager_view_private(const struct fault *fault, struct view *view)
{
	const struct shadow *shadow = view->map->shadow;

	if (shadow_has(shadow, view->offset))
		view->store = shadow->store;
	else
		view->copy = fault->access & PROTECT_WRITE;
}

/* Frame TO is empty. */
static void copy_frame(struct pager *pager, uint32_t from, uint32_t to)
{
	struct physmem *physmem = &pager->physmem;
	void *data = physmem->ops->data(physmem->backend, to);

	pager_unmap_frame(pager, from);
	if (data)
		memcpy(data, physmem->ops->data(physmem->backend, from),
			physmem->page_bytes);
}

/*
 * A frame for a copy.  The policy's victim may be the very page that is to be
 * copied: then its frame has what is needed, and *MOVES.  It would be a
 * mistake to look again then, as long as other victims can't be written: the
 * page would come and go for ever.
 */
static int take_for_copy(struct pager *pager, const struct view *view,
	uint32_t *in_hand, bool *moves, struct probe *probe)
{
	const struct shadow *shadow = view->map->shadow;
	const struct as *as = view->map->as;
	uint32_t version = as->version;
	const struct frame *frame;
	bool dropped = false;
	int error;

	*in_hand = physmem_take(&pager->physmem);
	if (*in_hand != FRAME_NONE)
		return 0;
	pager->copiers++;
	error = pager_make_room(pager, view, in_hand, &dropped, probe);
	pager->copiers--;
	if (error)
		return error;
	/* it waited and has none yet; or the shadow may be gone */
	if (*in_hand == FRAME_NONE || version != as->version)
		return LOOK_AGAIN;
	frame = pager_frame(pager, *in_hand);
	*moves = frame->store == view->store && frame->offset == view->offset &&
		 !shadow_has(shadow, view->offset);
	return dropped && !*moves ? LOOK_AGAIN : 0;
}

int pager_copy(struct pager *pager, struct fault *fault,
	const struct view *view, uint32_t *number, uint32_t *in_hand,
	struct probe *probe)
{
	const struct physmem *physmem = &pager->physmem;
	struct shadow *shadow = view->map->shadow;
	struct view copy = {view->map, shadow->store, view->offset, false};
	uint64_t bit = view->offset - shadow->first;
	bool moves = false;
	int error;

	if (*in_hand == FRAME_NONE) {
		error = take_for_copy(pager, view, in_hand, &moves, probe);
		if (error)
			return error;
	}
	/* what was made room for may be another's by now */
	if (physmem->ops->may_dirty &&
		!physmem->ops->may_dirty(physmem->backend, *in_hand))
		return NO_ROOM;
	if (!moves)
		copy_frame(pager, *number, *in_hand);
	*number = *in_hand;
	*in_hand = FRAME_NONE;
	pager_enter(pager, &copy, NULL, *number);
	pager_frame(pager, *number)->flags = FRAME_DIRTY;
	pager_pin_if_told(pager, view->map, *number);
	shadow->copied[bit / 64] |= UINT64_C(1) << bit % 64;
	pager->counts.copies++;
	if (fault->kind == FAULT_SOFT)
		fault->kind = FAULT_WRITE;
	return 0;
}

/* Has SHADOW a map that shows the page at OFFSET, or any with UINT64_MAX? */
static bool is_shown(const struct shadow *shadow, uint64_t offset)
{
	const struct map *map = shadow->shown ? shadow->shown->maps : NULL;

	for (; map; map = map->next_of_store)
		if (map->shadow == shadow &&
			(offset == UINT64_MAX ||
				(offset >= map->offset &&
					offset < map_offset(map, map->end))))
			return true;
	return false;
}

/* Nobody may need SHADOW any more.  Once it has no map it never has one again,
 * and the maps' store may go. */
static void release_shadow(struct pager *pager, struct shadow *shadow)
{
	struct shadow **link;

	if (is_shown(shadow, UINT64_MAX))
		return;
	shadow->shown = NULL;
	/* what is left is borrowed */
	if (shadow->store->droppers || shadow->store->frames.size)
		return;
	for (link = &pager->shadows; *link != shadow;)
		link = &(*link)->next;
	*link = shadow->next;
	pager->shadows_count--;
	pager_forget_frames(pager, shadow->store, 0, UINT64_MAX);
	destroy_shadow(shadow);
}

int pager_drop_copies(
	struct pager *pager, struct shadow *shadow, struct drop drop)
{
	int error;

	drop.store = shadow->store;
	error = pager_drop(pager, &drop);
	pager_forget_frames(pager, drop.store, drop.first, drop.end);
	release_shadow(pager, shadow);
	return error;
}

void pager_drop_private(struct pager *pager, const struct map *map)
{
	struct drop drop = {
		.first = map->offset,
		.end = map_offset(map, map->end),
		.keep_borrowed = true,
	};

	/* nothing is written: no error */
	(void)pager_drop_copies(pager, map->shadow, drop);
}

void pager_end_borrowing(struct pager *pager, uint32_t number)
{
	const struct frame *frame = pager_frame(pager, number);
	struct shadow *shadow = frame->first.as ? NULL : pager->shadows;

	while (shadow && shadow->store != frame->store)
		shadow = shadow->next;
	/* one that is busy is waited for by whoever drops it */
	if (!shadow || frame->flags & FRAME_BUSY ||
		is_shown(shadow, frame->offset)) {
		pager_offer(pager, number, NEXT_USE_NEVER);
		return;
	}
	(void)pager_drop_frame(pager, number, CHOSEN_BY_CALL, false, NULL);
	release_shadow(pager, shadow);
}

int pager_discard_copies(struct pager *pager, struct shadow *shadow,
	uint64_t first, uint64_t end)
{
	uint64_t stop;
	int error, first_error = 0;

	for (; first < end; first = stop + 1) {
		stop = end;
		error = pager_forget_span(pager, shadow->store, first, &stop);
		first_error = first_error ? first_error : error;
		for (; first < stop; first++) {
			uint64_t bit = first - shadow->first;

			shadow->copied[bit / 64] &= ~(UINT64_C(1) << bit % 64);
		}
	}
	release_shadow(pager, shadow);
	return first_error;
}
