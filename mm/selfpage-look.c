/* The public library: what is where, and putting it on the disk. */
#include "mm/selfpage-internal.h"

#include <errno.h>

#include "mm/store-pager.h"

enum { LOOKS = 256 }; /* pages that are looked at before others may go on */

/* Has any of the frame's mappings been written through? */
static bool was_written(const struct selfpage *self, const struct frame *frame)
{
	const struct mapping *at = &frame->first;
	const struct memory_entry *entry;

	if (!at->as)
		return false;
	for (;;) {
		entry = memory_find(&self->memory, at->as, at->page);
		if (entry && entry->bits & BIT_DIRTY)
			return true;
		if (at->next == MAPPING_NONE)
			return false;
		at = &self->pager->physmem.mappings[at->next];
	}
}

unsigned selfpage_frame_state(const struct selfpage *self, uint32_t number)
{
	const struct frame *frame = pager_frame(self->pager, number);
	unsigned state = SELFPAGE_RESIDENT;

	if (frame->flags & (FRAME_DIRTY | FRAME_LENT) ||
		was_written(self, frame))
		state |= SELFPAGE_DIRTY;
	if (frame->pins & PIN_ADVISED)
		state |= SELFPAGE_PINNED;
	if (frame->pins >= PIN_BORROW)
		state |= SELFPAGE_BORROWED;
	if (frame->flags & FRAME_BUSY)
		state |= SELFPAGE_BUSY;
	return state;
}

static unsigned page_state(struct selfpage_space *space, uint64_t page)
{
	const struct page_name name = {.as = &space->as, .page = page};
	struct map *map = as_find(&space->as, page);
	unsigned state = SELFPAGE_MAPPED;
	uint32_t number;

	if (!map)
		return 0;
	if (map->shadow && shadow_has(map->shadow, map_offset(map, page)))
		state |= SELFPAGE_COPY;
	number = pager_find_page(&name);
	if (number != FRAME_NONE)
		state |= selfpage_frame_state(space->owner, number);
	return state;
}

PUBLIC int selfpage_look(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, uint8_t *states_out)
{
	struct pager *pager;
	struct range range;
	uint64_t i;
	int error = selfpage_range(space, address, bytes, &range);

	if (error || !states_out)
		return -EINVAL;
	pager = space->owner->pager;
	pager_lock(pager);
	for (i = 0; i < range.pages; i++) {
		states_out[i] = page_state(space, range.start + i);
		if (i % LOOKS == LOOKS - 1) {
			pager_unlock(pager);
			pager_lock(pager);
		}
	}
	pager_unlock(pager);
	return 0;
}

PUBLIC int selfpage_find_map(struct selfpage_space *space, uint64_t address,
	struct selfpage_map_info *info_out, size_t info_bytes)
{
	const struct map *map;
	uint64_t page_bytes;

	if (!space || !info_out || info_bytes != sizeof(*info_out))
		return -EINVAL;
	page_bytes = space->owner->memory.page_bytes;
	pager_lock(space->owner->pager);
	map = as_find_from(&space->as, address / page_bytes);
	if (map)
		*info_out = (struct selfpage_map_info){
			.address = map->start * page_bytes,
			.bytes = (map->end - map->start) * page_bytes,
			.store = map->store->owner,
			.offset = map->offset * page_bytes,
			.protection = map->protection,
			.flags = map->shadow ? SELFPAGE_PRIVATE : 0,
			.priority = map->priority,
			.read_once = map->read_once,
			.sequential = map->sequential,
			.pinned = map->pinned,
		};
	pager_unlock(space->owner->pager);
	return map ? 0 : -ENOENT;
}

PUBLIC int selfpage_store_read_counts(struct selfpage_store *store,
	struct selfpage_store_counts *counts_out, size_t counts_bytes)
{
	struct selfpage_store_counts counts = {0};
	const struct map *map;
	uint64_t offset = 0;
	uint32_t number;
	unsigned state;

	if (!store || !counts_out || counts_bytes != sizeof(counts))
		return -EINVAL;
	pager_lock(store->owner->pager);
	for (; pager_next_frame(store->store, &offset, UINT64_MAX, &number);
		offset++) {
		state = selfpage_frame_state(store->owner, number);
		counts.resident++;
		counts.dirty += !!(state & SELFPAGE_DIRTY);
		counts.pinned +=
			!!(state & (SELFPAGE_PINNED | SELFPAGE_BORROWED));
	}
	for (map = store->store->maps; map; map = map->next_of_store)
		counts.maps++;
	pager_unlock(store->owner->pager);
	*counts_out = counts;
	return 0;
}

PUBLIC int selfpage_store_flush(
	struct selfpage_store *store, uint64_t offset, uint64_t bytes)
{
	uint64_t page_bytes, end = UINT64_MAX;

	if (!store || !bytes)
		return -EINVAL;
	page_bytes = store->owner->memory.page_bytes;
	if (bytes != SELFPAGE_ALL) {
		if ((offset | bytes) & (page_bytes - 1) ||
			bytes > UINT64_MAX - offset)
			return -EINVAL;
		end = (offset + bytes) / page_bytes;
	}
	return pager_flush_range(
		store->owner->pager, store->store, offset / page_bytes, end);
}

PUBLIC int selfpage_store_sync(struct selfpage_store *store)
{
	if (!store)
		return -EINVAL;
	return pager_flush(store->owner->pager, store->store);
}

PUBLIC int selfpage_store_find_unsafe(
	struct selfpage_store *store, uint64_t offset, uint64_t *offset_out)
{
	uint64_t page_bytes, page;

	if (!store || !offset_out)
		return -EINVAL;
	page_bytes = store->owner->memory.page_bytes;
	if (offset & (page_bytes - 1))
		return -EINVAL;
	if (!store_find_unsafe(store->store, offset / page_bytes, &page))
		return -ENOENT;
	*offset_out = page * page_bytes;
	return 0;
}
