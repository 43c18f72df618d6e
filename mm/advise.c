/*
 * Hints and unmapping: what is done to all pages of a range at once.
 *
 * Advice that lasts (read-once, priority, pin) is a property of the map, and
 * frames get it when they come in; the frames that are in are told at once.
 * Advice for now (cold, dont-need, will-need) is done to the frames.
 * `random` and `sequential` are about reading ahead; a pager that reads
 * nothing ahead has nothing to change for them.
 */
#include "mm/pager-internal.h"

#include <errno.h>

/* A range of one map, and what to do to the frames in it. */
struct task {
	struct pager *pager;
	struct as *as;
	struct map *map;
	enum advice advice;
};

static void set_rank(const struct task *task, uint32_t number, bool cold)
{
	struct policy *policy = task->pager->policy;
	struct frame *frame = pager_frame(task->pager, number);
	uint8_t rank = cold ? (uint8_t)RANK_FIRST : map_rank(task->map);

	if (!cold)
		frame->rank = rank;
	if (policy->ops->rank && frame->flags & FRAME_EVICTABLE)
		policy->ops->rank(policy, number, rank, cold);
}

static void set_pin(const struct task *task, uint32_t number, bool pin)
{
	struct pager *pager = task->pager;
	struct frame *frame = pager_frame(pager, number);

	if (pin == !!(frame->pins & PIN_ADVISED))
		return;
	if (pin && !frame->pins) {
		pager_withdraw(pager, number);
		pager->pinned++;
	}
	frame->pins ^= PIN_ADVISED;
	if (!frame->pins) {
		pager->pinned--;
		pager_offer(pager, number, NEXT_USE_NEVER);
	}
}

static void advise_frame(const struct task *task, uint32_t number)
{
	switch (task->advice) {
	case ADVICE_NORMAL:
		set_pin(task, number, false);
		set_rank(task, number, false);
		break;
	case ADVICE_READ_ONCE:
	case ADVICE_PRIORITY:
		set_rank(task, number, false);
		break;
	case ADVICE_COLD:
		set_rank(task, number, true);
		break;
	case ADVICE_PIN:
		set_pin(task, number, true);
		break;
	case ADVICE_UNPIN:
		set_pin(task, number, false);
		break;
	default:
		break;
	}
}

static void advise_map(struct map *map, enum advice advice, unsigned value)
{
	switch (advice) {
	case ADVICE_NORMAL:
		map->read_once = false;
		map->pinned = false;
		map->priority = PRIORITY_NORMAL;
		break;
	case ADVICE_READ_ONCE:
		map->read_once = true;
		break;
	case ADVICE_PRIORITY:
		map->read_once = false;
		map->priority = value;
		break;
	case ADVICE_PIN:
		map->pinned = true;
		break;
	case ADVICE_UNPIN:
		map->pinned = false;
		break;
	default:
		break;
	}
}

/* The frames that are in: each is told. */
static int advise_frames(const struct task *task)
{
	const struct map *map = task->map;
	uint64_t offset = map->offset;
	uint64_t end = map_offset(map, map->end);
	uint32_t number;

	while (btree_find_at_or_above(
		       &map->store->frames, offset, &offset, &number) &&
		offset < end) {
		advise_frame(task, number);
		offset++;
	}
	return 0;
}

static int drop_pages(const struct task *task)
{
	const struct map *map = task->map;
	struct drop drop = {
		.store = map->store,
		.first = map->offset,
		.end = map_offset(map, map->end),
		.write_back = true,
		.keep_pinned = true,
		.go_on = true,
	};

	return pager_drop(task->pager, &drop);
}

/* As if each page were referenced now, in rising order; no fault counts. */
static int fetch_pages(const struct task *task)
{
	struct physmem *physmem = &task->pager->physmem;
	struct as *as = task->as;
	uint64_t page = task->map->start, end = task->map->end;
	int error, first = 0;

	for (; page < end; page++) {
		struct fault fault = {
			.as = as,
			.page = page,
			.translation = physmem->ops->translate(
				physmem->backend, as, page),
			.prefetch = true,
			.next_use = NEXT_USE_NEVER,
		};

		if (fault.translation == TRANSLATION_NONE)
			continue;
		error = pager_fault_locked(task->pager, &fault, NULL);
		first = first ? first : error;
	}
	return first;
}

/* Frames of MAP's pages that are pinned. */
static uint64_t count_pinned(struct pager *pager, const struct map *map)
{
	uint64_t offset = map->offset;
	uint64_t end = map_offset(map, map->end);
	uint64_t count = 0;
	uint32_t number;

	while (btree_find_at_or_above(
		       &map->store->frames, offset, &offset, &number) &&
		offset < end) {
		count += pager_frame(pager, number)->pins != 0;
		offset++;
	}
	return count;
}

/* Would ADVICE_PIN pin more than can be, once all these pages are in? */
static bool pins_too_many(
	struct pager *pager, struct as *as, uint64_t start, uint64_t end)
{
	uint64_t more = 0;
	const struct map *map;

	for (map = as_find_from(as, start); map && map->start < end;
		map = as_find_from(as, map->end))
		more += map->end - map->start - count_pinned(pager, map);
	return more && pager->pinned + more >= pager->physmem.limit;
}

static int advise_locked(
	struct task *task, uint64_t start, uint64_t end, unsigned value)
{
	struct as *as = task->as;
	struct map *map;
	int error, first = 0;

	error = as_split(as, start);
	if (!error && end < AS_PAGES_MAX)
		error = as_split(as, end);
	if (error)
		return error;
	if (task->advice == ADVICE_PIN &&
		pins_too_many(task->pager, as, start, end))
		return -ENOMEM;
	/* by address: fetching and dropping may give up the lock, and the
	 * maps may be others by then */
	while (start < end && (map = as_find_from(as, start)) &&
		map->start < end) {
		start = map->end;
		task->map = map;
		advise_map(map, task->advice, value);
		if (task->advice == ADVICE_DONT_NEED)
			error = drop_pages(task);
		else if (task->advice == ADVICE_WILL_NEED)
			error = fetch_pages(task);
		else
			error = advise_frames(task);
		first = first ? first : error;
	}
	return first;
}

int pager_advise(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, enum advice advice, unsigned value)
{
	struct task task = {.pager = pager, .as = as, .advice = advice};
	int error;

	if ((unsigned)advice > ADVICE_PRIORITY)
		return -EINVAL;
	if (advice == ADVICE_PRIORITY && value > PRIORITY_MAX)
		return -EINVAL;
	if (start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
		return -EINVAL;
	pager_lock(pager);
	error = advise_locked(&task, start, start + pages, value);
	pager_unlock(pager);
	return error;
}

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

/* Removes what MAP, which is about to go, does to its store's frames. */
static void unmap_frames(struct pager *pager, struct map *map)
{
	struct task task = {.pager = pager, .map = map};
	uint64_t offset = map->offset;
	uint64_t end = map_offset(map, map->end);
	uint32_t number;

	while (btree_find_at_or_above(
		       &map->store->frames, offset, &offset, &number) &&
		offset < end) {
		if (physmem_unmap(&pager->physmem, number, map->as,
			    map->start + (offset - map->offset)) &
			BIT_DIRTY)
			pager_frame(pager, number)->flags |= FRAME_DIRTY;
		/* or else nobody could ever take the pin back */
		if (map->pinned && !pinned_by_another(map, offset))
			set_pin(&task, number, false);
		offset++;
	}
}

int pager_unmap(
	struct pager *pager, struct as *as, uint64_t start, uint64_t pages)
{
	uint64_t end = start + pages;
	struct map *map;
	int error;

	if (start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
		return -EINVAL;
	pager_lock(pager);
	error = as_split(as, start);
	if (!error && end < AS_PAGES_MAX)
		error = as_split(as, end);
	while (!error && (map = as_find_from(as, start)) && map->start < end) {
		unmap_frames(pager, map);
		as_remove(as, map);
	}
	pager_unlock(pager);
	return error;
}
