/* The public library: real memory behind the maps of live pagers. */
#include "mm/selfpage-live-internal.h"

#include <errno.h>

/* Memory for the map, where it is wanted if that can be. */
static int reserve(struct live *backend, const struct selfpage_request *request,
	void **out)
{
	void *wanted = (void *)(uintptr_t)request->address;
	size_t align = request->align_bytes;
	int error = -EEXIST;

	if (wanted && (!align || !(request->address & (align - 1))))
		error = live_reserve(backend, wanted, request->bytes, 0, out);
	if (error == -EEXIST && !(request->flags & SELFPAGE_EXACT))
		error = live_reserve(backend, NULL, request->bytes, align, out);
	return error;
}

int selfpage_live_map(struct selfpage_space *space,
	const struct selfpage_request *request, const struct range *range,
	uint64_t *start_out)
{
	struct selfpage *self = space->owner;
	bool private = request->flags & SELFPAGE_PRIVATE;
	void *start;
	int error;

	if (request->flags & SELFPAGE_EXACT &&
		request->align_bytes & (request->align_bytes - 1) &
			request->address)
		return -EINVAL;
	error = reserve(&self->live->backend, request, &start);
	if (error)
		return error;
	*start_out = (uintptr_t)start / LIVE_PAGE_BYTES;
	error = pager_map(self->pager, &space->as, *start_out, range->pages,
		request->store->store, request->offset / LIVE_PAGE_BYTES,
		request->protection, private ? PAGER_MAP_PRIVATE : 0);
	if (error)
		live_release(start, request->bytes);
	return error;
}

/* Does the program have a page of RANGE borrowed?  The lock is held. */
static bool has_borrowed(
	struct selfpage_space *space, const struct range *range)
{
	uint64_t page = range->start, end = range->start + range->pages;
	const struct map *map;
	uint32_t number;

	if (!space->borrows)
		return false;
	while (page < end && (map = as_find_from(&space->as, page)) &&
		map->start < end) {
		page = map->start > page ? map->start : page;
		for (; page < map->end && page < end; page++) {
			const struct page_name name = {
				.as = &space->as,
				.page = page,
			};

			number = pager_find_page(&name);
			if (number != FRAME_NONE &&
				pager_frame(space->owner->pager, number)
						->pins >= PIN_BORROW)
				return true;
		}
	}
	return false;
}

/* The first piece of RANGE that is mapped; false: none is. */
static bool next_piece(struct selfpage_space *space, const struct range *range,
	struct range *piece)
{
	struct pager *pager = space->owner->pager;
	uint64_t end = range->start + range->pages, last;
	const struct map *map;
	bool found;

	pager_lock(pager);
	map = as_find_from(&space->as, range->start);
	found = map && map->start < end;
	if (found) {
		last = map->end < end ? map->end : end;
		piece->start =
			map->start > range->start ? map->start : range->start;
		piece->pages = last - piece->start;
	}
	pager_unlock(pager);
	return found;
}

/* What lies between maps is not the pager's to take away. */
int selfpage_live_unmap(struct selfpage_space *space, const struct range *range)
{
	struct pager *pager = space->owner->pager;
	struct range left = *range, piece;
	bool borrowed;
	int error;

	pager_lock(pager);
	selfpage_live_end_holds(space->owner);
	borrowed = has_borrowed(space, range);
	pager_unlock(pager);
	if (borrowed)
		return -EBUSY;
	while (next_piece(space, &left, &piece)) {
		/* what is released can be another's at once */
		left.pages -= piece.start + piece.pages - left.start;
		left.start = piece.start + piece.pages;
		error = pager_unmap(
			pager, &space->as, piece.start, piece.pages);
		if (error)
			return error;
		live_release(live_address(piece.start),
			piece.pages * LIVE_PAGE_BYTES);
	}
	return 0;
}
