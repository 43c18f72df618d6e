/* The public library: address spaces, maps and hints. */
#include "mm/selfpage-live-internal.h"
#include "mm/server-task.h"

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

static bool is_protection(unsigned protection)
{
	return !protection || protection == SELFPAGE_READ ||
	       protection == (SELFPAGE_READ | SELFPAGE_WRITE);
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
	pager_watch_space(pager->pager, &space->as, true);
	pager_unlock(pager->pager);
	*space_out = space;
	return 0;
}

static int unmap(struct selfpage_space *space, const struct range *range)
{
	if (space->owner->live)
		return selfpage_live_unmap(space, range);
	return pager_unmap(
		space->owner->pager, &space->as, range->start, range->pages);
}

PUBLIC int selfpage_space_destroy(struct selfpage_space *space)
{
	const struct range all = {.pages = AS_PAGES_MAX};
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
	error = unmap(space, &all);
	if (error)
		return error;
	pager_lock(self->pager);
	for (link = &self->spaces; *link != space;)
		link = &(*link)->next;
	*link = space->next;
	self->spaces_count--;
	pager_watch_space(self->pager, &space->as, false);
	pager_unlock(self->pager);
	as_fini(&space->as);
	free(space);
	return 0;
}

/* What can be wrong with a map but its place. */
static int check_request(
	const struct selfpage *self, const struct selfpage_request *request)
{
	const unsigned flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT;
	uint64_t mask = self->memory.page_bytes - 1;

	if (!request->store || request->store->owner != self ||
		request->offset & mask || request->align_bytes & mask ||
		request->align_bytes & (request->align_bytes - 1) ||
		request->flags & ~flags || !is_protection(request->protection))
		return -EINVAL;
	return 0;
}

static enum as_where where(const struct selfpage_request *request)
{
	if (request->flags & SELFPAGE_EXACT)
		return AS_EXACTLY;
	return request->address ? AS_HINT : AS_ANYWHERE;
}

static int map_request(struct selfpage_space *space,
	const struct selfpage_request *request, const struct range *range,
	uint64_t *start_out)
{
	uint64_t page_bytes = space->owner->memory.page_bytes;
	uint64_t align = request->align_bytes / page_bytes;
	struct pager *pager = space->owner->pager;
	int error;

	/* again, if the place was taken by another thread */
	do {
		pager_lock(pager);
		error = as_place(&space->as, range->start, range->pages,
			align ? align : 1, where(request), start_out);
		pager_unlock(pager);
		if (error)
			return error;
		error = pager_map(pager, &space->as, *start_out, range->pages,
			request->store->store, request->offset / page_bytes,
			request->protection,
			request->flags & SELFPAGE_PRIVATE ? PAGER_MAP_PRIVATE
							  : 0);
	} while (error == -EEXIST && where(request) != AS_EXACTLY);
	return error;
}

PUBLIC int selfpage_map_request(struct selfpage_space *space,
	const struct selfpage_request *request, uint64_t *address_out)
{
	struct range range;
	uint64_t start;
	int error;

	if (!request || request->request_bytes != sizeof(*request) ||
		(!address_out && !(request->flags & SELFPAGE_EXACT)))
		return -EINVAL;
	error = selfpage_range(space, request->address, request->bytes, &range);
	if (error)
		return error;
	error = check_request(space->owner, request);
	if (error)
		return error;
	if (space->owner->live)
		error = selfpage_live_map(space, request, &range, &start);
	else
		error = map_request(space, request, &range, &start);
	if (!error && address_out)
		*address_out = start * space->owner->memory.page_bytes;
	return error;
}

PUBLIC int selfpage_map(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, struct selfpage_store *store, uint64_t offset,
	unsigned protection)
{
	const struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = store,
		.offset = offset,
		.bytes = bytes,
		.address = address,
		.protection = protection,
		.flags = SELFPAGE_EXACT,
	};

	return selfpage_map_request(space, &request, NULL);
}

PUBLIC int selfpage_protect(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, unsigned protection)
{
	struct range range;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	if (!is_protection(protection))
		return -EINVAL;
	return pager_protect(space->owner->pager, &space->as, range.start,
		range.pages, protection);
}

PUBLIC int selfpage_unmap(
	struct selfpage_space *space, uint64_t address, uint64_t bytes)
{
	struct range range;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	return unmap(space, &range);
}

PUBLIC int selfpage_advise(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, enum selfpage_advice advice, unsigned value)
{
	struct range range;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	if (advice == SELFPAGE_PIN)
		selfpage_take_for_pins(space->owner, range.pages);
	if (space->owner->task)
		return server_task_advise(space->owner->task, &space->as,
			range.start, range.pages, (enum advice)advice, value);
	return pager_advise(space->owner->pager, &space->as, range.start,
		range.pages, (enum advice)advice, value);
}

PUBLIC int selfpage_discard(
	struct selfpage_space *space, uint64_t address, uint64_t bytes)
{
	struct range range;
	int error = selfpage_range(space, address, bytes, &range);

	if (error)
		return error;
	/* what is held would stay */
	if (space->owner->live)
		selfpage_live_bar_holds(space->owner);
	error = pager_discard(
		space->owner->pager, &space->as, range.start, range.pages);
	if (space->owner->live)
		selfpage_live_allow_holds(space->owner);
	return error;
}
