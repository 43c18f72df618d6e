/* The public library: address spaces, maps and hints. */
#include "mm/selfpage-internal.h"

#include <errno.h>
#include <stdlib.h>

enum {
	MAPS_USUAL = 1024,
	MAPS_MAX = 1 << 24,
};

/* The public names are the pager's own, by number. */
_Static_assert((int)SELFPAGE_READ == PROTECT_READ &&
		       (int)SELFPAGE_WRITE == PROTECT_WRITE &&
		       (int)SELFPAGE_DATA == STORE_DATA &&
		       (int)SELFPAGE_ZERO == STORE_ZERO,
	"accesses and page-ins");
_Static_assert((int)SELFPAGE_NORMAL == ADVICE_NORMAL &&
		       (int)SELFPAGE_RANDOM == ADVICE_RANDOM &&
		       (int)SELFPAGE_SEQUENTIAL == ADVICE_SEQUENTIAL &&
		       (int)SELFPAGE_READ_ONCE == ADVICE_READ_ONCE &&
		       (int)SELFPAGE_WILL_NEED == ADVICE_WILL_NEED &&
		       (int)SELFPAGE_DONT_NEED == ADVICE_DONT_NEED &&
		       (int)SELFPAGE_COLD == ADVICE_COLD &&
		       (int)SELFPAGE_PIN == ADVICE_PIN &&
		       (int)SELFPAGE_UNPIN == ADVICE_UNPIN &&
		       (int)SELFPAGE_PRIORITY == ADVICE_PRIORITY,
	"hints");
_Static_assert((int)SELFPAGE_PRIORITY_NORMAL == PRIORITY_NORMAL &&
		       (int)SELFPAGE_PRIORITY_MAX == PRIORITY_MAX,
	"priorities");

int selfpage_range(const struct selfpage_space *space, uint64_t address,
	uint64_t bytes, struct range *out)
{
	uint64_t page_bytes;

	if (!space || !bytes)
		return -EINVAL;
	page_bytes = space->owner->memory.page_bytes;
	if ((address | bytes) & (page_bytes - 1))
		return -EINVAL;
	out->start = address / page_bytes;
	out->pages = bytes / page_bytes;
	if (out->start >= AS_PAGES_MAX ||
		out->pages > AS_PAGES_MAX - out->start)
		return -EINVAL;
	return 0;
}

PUBLIC int selfpage_space_create(struct selfpage *pager, uint32_t maps_max,
	struct selfpage_space **space_out)
{
	struct selfpage_space *space;
	int error;

	if (!pager || !space_out || maps_max > MAPS_MAX)
		return -EINVAL;
	space = calloc(1, sizeof(*space));
	if (!space)
		return -ENOMEM;
	error = as_init(&space->as, maps_max ? maps_max : MAPS_USUAL);
	if (error) {
		free(space);
		return error;
	}
	space->owner = pager;
	pager_lock(pager->pager);
	space->next = pager->spaces;
	pager->spaces = space;
	pager->spaces_count++;
	pager_unlock(pager->pager);
	*space_out = space;
	return 0;
}

PUBLIC int selfpage_space_destroy(struct selfpage_space *space)
{
	struct selfpage_space **link;
	struct selfpage *self;
	bool busy;
	int error;

	if (!space)
		return -EINVAL;
	self = space->owner;
	pager_lock(self->pager);
	busy = space->borrows;
	pager_unlock(self->pager);
	if (busy)
		return -EBUSY;
	error = pager_unmap(self->pager, &space->as, 0, AS_PAGES_MAX);
	if (error)
		return error;
	pager_lock(self->pager);
	for (link = &self->spaces; *link != space;)
		link = &(*link)->next;
	*link = space->next;
	self->spaces_count--;
	pager_unlock(self->pager);
	as_fini(&space->as);
	free(space);
	return 0;
}

/* What can be wrong with a map but its place. */
static int check_map(const struct selfpage *self,
	const struct selfpage_store *store, uint64_t offset,
	unsigned protection)
{
	if (!store || store->owner != self ||
		offset & (self->memory.page_bytes - 1) ||
		!(protection & SELFPAGE_READ) ||
		protection & ~(SELFPAGE_READ | SELFPAGE_WRITE))
		return -EINVAL;
	return protection & SELFPAGE_WRITE && store->read_only ? -EACCES : 0;
}

PUBLIC int selfpage_map(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, struct selfpage_store *store, uint64_t offset,
	unsigned protection)
{
	struct selfpage *self;
	struct range range;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	self = space->owner;
	error = check_map(self, store, offset, protection);
	if (error)
		return error;
	pager_lock(self->pager);
	error = as_map(&space->as, range.start, range.pages, store->store,
		offset / self->memory.page_bytes, protection, NULL);
	pager_unlock(self->pager);
	return error;
}

PUBLIC int selfpage_map_anywhere(struct selfpage_space *space, uint64_t hint,
	uint64_t bytes, struct selfpage_store *store, uint64_t offset,
	unsigned protection, uint64_t *address_out)
{
	struct selfpage *self;
	struct range range;
	uint64_t start;
	int error = selfpage_range(space, hint, bytes, &range);

	if (error || !address_out)
		return -EINVAL;
	self = space->owner;
	error = check_map(self, store, offset, protection);
	if (error)
		return error;
	pager_lock(self->pager);
	error = as_place(&space->as, range.start, range.pages, 1,
		range.start ? AS_HINT : AS_ANYWHERE, &start);
	if (!error)
		error = as_map(&space->as, start, range.pages, store->store,
			offset / self->memory.page_bytes, protection, NULL);
	pager_unlock(self->pager);
	if (!error)
		*address_out = start * self->memory.page_bytes;
	return error;
}

PUBLIC int selfpage_unmap(
	struct selfpage_space *space, uint64_t address, uint64_t bytes)
{
	struct range range;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	return pager_unmap(
		space->owner->pager, &space->as, range.start, range.pages);
}

PUBLIC int selfpage_advise(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, enum selfpage_advice advice, unsigned value)
{
	struct range range;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	return pager_advise(space->owner->pager, &space->as, range.start,
		range.pages, (enum advice)advice, value);
}

PUBLIC int selfpage_discard(
	struct selfpage_space *space, uint64_t address, uint64_t bytes)
{
	struct drop drop = {.keep_pinned = true};
	struct pager *pager;
	const struct map *map;
	struct range range;
	uint64_t at, end;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	pager = space->owner->pager;
	at = range.start;
	end = range.start + range.pages;
	pager_lock(pager);
	/* by address: the lock may be given up, and the maps be others then */
	while (at < end && (map = as_find_from(&space->as, at)) &&
		map->start < end) {
		if (at < map->start)
			at = map->start;
		drop.store = map->store;
		drop.first = map_offset(map, at);
		at = map->end < end ? map->end : end;
		drop.end = map_offset(map, at);
		(void)pager_drop(pager, &drop);
	}
	pager_unlock(pager);
	return 0;
}
