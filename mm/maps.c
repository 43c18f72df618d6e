/* Maps that change while others fault: unmapping, and protection. */
#include "mm/pager-internal.h"

#include <errno.h>

/* Does another map than MAP pin the page of its store at OFFSET? */
static bool pinned_by_another(const struct map *map, uint64_t offset)
{
	const struct map *at;

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

	while (btree_find_at_or_above(
		       &store->frames, offset, &offset, &number) &&
		offset < end) {
		if (physmem_unmap(&pager->physmem, number, map->as,
			    map->start + (offset - map->offset)) &
			BIT_DIRTY)
			pager_frame(pager, number)->flags |= FRAME_DIRTY;
		/* or else nobody could ever take the pin back */
		if (goes && map->pinned && !pinned_by_another(map, offset))
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
	error = as_split_range(as, start, end);
	while (!error && (map = as_find_from(as, start)) && map->start < end) {
		unmap_all(pager, map, true);
		gone = *map;
		as_remove(as, map);
		/* last: the lock may be given up meanwhile */
		if (gone.shadow)
			pager_drop_private(pager, &gone);
	}
	pager_unlock(pager);
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

int pager_protect(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, unsigned protection)
{
	int error;

	if (start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
		return -EINVAL;
	if (protection & ~(PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE))
		return -EINVAL;
	pager_lock(pager);
	/* first: they are found by what they could do; should it fail, what
	 * is unmapped is mapped again by soft faults */
	tighten(pager, as, start, start + pages, protection);
	error = as_protect(as, start, pages, protection);
	pager_unlock(pager);
	return error;
}
