/* Maps that change while others fault: unmapping, protection, discarding. */
#include "mm/pager-internal.h"

#include <errno.h>

#include "mm/store-pager.h"

/* Does another map than MAP pin the page of STORE, its own or its shadow's, at
 * OFFSET? */
static bool pinned_by_another(
	const struct map *map, const struct store *store, uint64_t offset)
{
	const struct map *at;

	if (store != map->store)
		return false;
	for (at = map->store->maps; at; at = at->next_of_store)
		if (at != map && at->pinned && offset >= at->offset &&
			offset - at->offset < at->end - at->start)
			return true;
	return false;
}

/* The frames of STORE, which is MAP's or its shadow's, are shown by MAP no
 * more; if GOES, MAP's pins are gone too. */
static void unmap_frames(struct pager *pager, const struct map *map,
	struct store *store, bool goes)
{
	uint64_t offset = map->offset;
	uint64_t end = map_offset(map, map->end);
	uint32_t number;

	while (pager_next_frame(store, &offset, end, &number)) {
		if (physmem_unmap(&pager->physmem, number, map->as,
			    map->start + (offset - map->offset)) &
			BIT_DIRTY)
			pager_frame(pager, number)->flags |= FRAME_DIRTY;
		/* or else nobody could ever take the pin back */
		if (goes && map->pinned &&
			!pinned_by_another(map, store, offset))
			pager_set_pin(pager, number, false);
		offset++;
	}
}

static void unmap_all(struct pager *pager, const struct map *map, bool goes)
{
	unmap_frames(pager, map, map->store, goes);
	if (map->shadow)
		unmap_frames(pager, map, map->shadow->store, goes);
}

int pager_unmap(
	struct pager *pager, struct as *as, uint64_t start, uint64_t pages)
{
	uint64_t end = start + pages;
	struct map *map, gone;
	int error;

	if (start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
		return -EINVAL;
	pager_lock(pager);
	pager_begin(pager, WATCH_UNMAP, as->number, 0, start, pages);
	error = as_split_range(as, start, end);
	while (!error && (map = as_find_from(as, start)) && map->start < end) {
		unmap_all(pager, map, true);
		gone = *map;
		as_remove(as, map);
		/* last: the lock may be given up meanwhile, and what is mapped
		 * there by then is not what was to go */
		start = gone.end;
		if (gone.shadow)
			pager_drop_private(pager, &gone);
	}
	pager_end(pager, error);
	pager_leave(pager);
	return error;
}

/* What can be done in [START, END) and not with PROTECTION must fault. */
static void tighten(struct pager *pager, struct as *as, uint64_t start,
	uint64_t end, unsigned protection)
{
	const struct map *map;
	struct map part;

	for (; (map = as_find_from(as, start)) && map->start < end;
		start = map->end) {
		if (!(map->protection & ~protection))
			continue;
		part = *map;
		part.start = map->start > start ? map->start : start;
		part.end = map->end < end ? map->end : end;
		part.offset = map_offset(map, part.start);
		unmap_all(pager, &part, false);
	}
}

/* Is there a map in [START, END) that must not be written through? */
static bool must_not_write(struct as *as, uint64_t start, uint64_t end)
{
	const struct map *map;

	for (; (map = as_find_from(as, start)) && map->start < end;
		start = map->end)
		if (map->store->read_only && !map->shadow)
			return true;
	return false;
}

int pager_protect(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, unsigned protection)
{
	uint64_t end = start + pages;
	int error = -EACCES;

	if (start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
		return -EINVAL;
	if (protection & ~(PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE))
		return -EINVAL;
	pager_lock(pager);
	pager_begin(pager, WATCH_PROTECT, as->number, protection, start, pages);
	if (!(protection & PROTECT_WRITE) || !must_not_write(as, start, end)) {
		/* first: they are found by what they could do; should it
		 * fail, what is unmapped is mapped again by soft faults */
		tighten(pager, as, start, end, protection);
		error = as_protect(as, start, pages, protection);
	}
	pager_end(pager, error);
	pager_unlock(pager);
	return error;
}

static int discard_range(struct pager *pager, const struct map *map,
	uint64_t start, uint64_t end)
{
	uint64_t first = map_offset(map, start), last = map_offset(map, end);
	int error;

	if (map->shadow)
		error = pager_discard_copies(pager, map->shadow, first, last);
	else
		error = pager_forget_locked(pager, map->store, first, last);
	/* its frames are free, and it has what it had */
	return error == -EOPNOTSUPP ? 0 : error;
}

int pager_discard(
	struct pager *pager, struct as *as, uint64_t start, uint64_t pages)
{
	uint64_t end = start + pages, from;
	const struct map *map;
	int error, first = 0;

	if (start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
		return -EINVAL;
	pager_lock(pager);
	pager_begin(pager, WATCH_DISCARD, as->number, 0, start, pages);
	/* by address: the lock may be given up, and the maps be others then */
	while (start < end && (map = as_find_from(as, start)) &&
		map->start < end) {
		from = map->start > start ? map->start : start;
		start = map->end < end ? map->end : end;
		error = discard_range(pager, map, from, start);
		first = first ? first : error;
	}
	pager_end(pager, first);
	pager_leave(pager);
	return first;
}
