/* The public library: memory is read, written and borrowed by calls. */
#include "mm/selfpage-live-internal.h"

#include <errno.h>
#include <string.h>

/*
 * What a processor does: finds the page's entry, or faults and tries again.
 * The pager's lock is held, and given up while a store reads or writes.
 */
static int reach(struct selfpage_space *space, uint64_t page, unsigned access,
	struct memory_entry **out)
{
	struct pager *pager = space->owner->pager;
	struct memory_entry *entry;
	bool faulted = false;
	int error;

	for (;;) {
		struct fault fault = {
			.as = &space->as,
			.page = page,
			.access = access,
			.next_use = NEXT_USE_NEVER,
		};

		entry = memory_find(&space->owner->memory, &space->as, page);
		if (entry && !(access & ~entry->protection))
			break;
		error = selfpage_fault(space->owner, &fault);
		if (error)
			return error;
		faulted = true;
	}
	if (!faulted)
		pager_use(pager, entry->frame);
	entry->bits |= BIT_REFERENCED;
	if (access & PROTECT_WRITE)
		entry->bits |= BIT_DIRTY;
	*out = entry;
	return 0;
}

/* Copies within one page. */
static int copy_part(struct selfpage_space *space, uint64_t address,
	char *buffer, size_t bytes, unsigned access)
{
	struct selfpage *self = space->owner;
	size_t page_bytes = self->memory.page_bytes;
	struct memory_entry *entry;
	char *data;
	int error;

	pager_lock(self->pager);
	error = reach(space, address / page_bytes, access, &entry);
	if (!error) {
		data = memory_data(&self->memory, entry->frame);
		data += address & (page_bytes - 1);
		if (access & PROTECT_WRITE)
			memcpy(data, buffer, bytes);
		else
			memcpy(buffer, data, bytes);
		error = selfpage_is_intact(self);
	}
	pager_leave(self->pager);
	return error;
}

/* The same with real memory.  What is paged must not be touched with the lock
 * held, and the buffer may be. */
static int copy_live_part(struct selfpage_space *space, uint64_t address,
	char *buffer, size_t bytes, unsigned access)
{
	struct pager *pager = space->owner->pager;
	void *there = (void *)(uintptr_t)address;
	char part[LIVE_PAGE_BYTES];
	int error;

	if (access & PROTECT_WRITE)
		memcpy(part, buffer, bytes);
	pager_lock(pager);
	error = selfpage_live_reach(space, address / LIVE_PAGE_BYTES, access);
	if (!error && access & PROTECT_WRITE)
		memcpy(there, part, bytes);
	else if (!error)
		memcpy(part, there, bytes);
	pager_leave(pager);
	if (!error && !(access & PROTECT_WRITE))
		memcpy(buffer, part, bytes);
	return error;
}

static int copy(struct selfpage_space *space, uint64_t address, char *buffer,
	size_t bytes, unsigned access)
{
	size_t page_bytes, part;
	int error = 0;

	if (!space || (!buffer && bytes))
		return -EINVAL;
	if (bytes && bytes - 1 > UINT64_MAX - address)
		return -EFAULT;
	page_bytes = space->owner->memory.page_bytes;
	while (bytes && !error) {
		part = page_bytes - (address & (page_bytes - 1));
		part = part < bytes ? part : bytes;
		if (space->owner->live)
			error = copy_live_part(
				space, address, buffer, part, access);
		else
			error = copy_part(space, address, buffer, part, access);
		address += part;
		buffer += part;
		bytes -= part;
	}
	return error;
}

PUBLIC int selfpage_read(struct selfpage_space *space, uint64_t address,
	void *buffer, size_t bytes)
{
	return copy(space, address, buffer, bytes, PROTECT_READ);
}

PUBLIC int selfpage_write(struct selfpage_space *space, uint64_t address,
	const void *buffer, size_t bytes)
{
	/* it is only read from */
	return copy(space, address, (char *)buffer, bytes, PROTECT_WRITE);
}

static int reach_to_lend(struct selfpage_space *space, uint64_t page,
	unsigned access, struct memory_entry **out)
{
	int error;

	if (!space->owner->live)
		return reach(space, page, access, out);
	error = selfpage_live_reach(space, page, access);
	*out = memory_find(&space->owner->memory, &space->as, page);
	return error;
}

static void *lent_data(const struct selfpage_space *space, uint64_t address,
	const struct memory_entry *entry)
{
	const struct memory *memory = &space->owner->memory;
	char *data;

	if (space->owner->live)
		return (void *)(uintptr_t)address;
	data = memory_data(memory, entry->frame);
	return data + (address & (memory->page_bytes - 1));
}

PUBLIC int selfpage_borrow(struct selfpage_space *space, uint64_t address,
	unsigned access, void **data_out)
{
	struct memory_entry *entry;
	struct selfpage *self;
	size_t page_bytes;
	int error;

	if (!space || !data_out || !access ||
		access & ~(SELFPAGE_READ | SELFPAGE_WRITE))
		return -EINVAL;
	self = space->owner;
	page_bytes = self->memory.page_bytes;
	selfpage_make_room(self);
	pager_lock(self->pager);
	error = reach_to_lend(space, address / page_bytes, access, &entry);
	if (!error)
		error = pager_borrow(
			self->pager, entry->frame, access & SELFPAGE_WRITE);
	if (!error) {
		space->borrows++;
		*data_out = lent_data(space, address, entry);
	}
	pager_leave(self->pager);
	return error;
}

void selfpage_end_borrow(struct selfpage *self, uint32_t number)
{
	const struct frame *frame = pager_frame(self->pager, number);
	bool dirty = frame->flags & FRAME_LENT;

	pager_give_back(self->pager, number);
	if (dirty && frame->store)
		selfpage_note_dirty(self, number);
}

static uint32_t lent_frame(struct selfpage_space *space, const void *data)
{
	const struct page_name name = {
		.as = &space->as,
		.page = (uintptr_t)data / LIVE_PAGE_BYTES,
	};

	if (space->owner->live)
		return pager_find_page(&name);
	return memory_frame_of(&space->owner->memory, data);
}

PUBLIC int selfpage_give_back(struct selfpage_space *space, const void *data)
{
	struct selfpage *self;
	uint32_t number;
	int error = -EINVAL;

	if (!space || !data)
		return -EINVAL;
	self = space->owner;
	pager_lock(self->pager);
	number = lent_frame(space, data);
	if (number != FRAME_NONE && space->borrows &&
		pager_frame(self->pager, number)->pins >= PIN_BORROW) {
		selfpage_end_borrow(self, number);
		space->borrows--;
		error = 0;
	}
	pager_leave(self->pager);
	return error;
}
