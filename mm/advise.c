/*
 * Hints: what is done to all pages of a range at once.
 *
 * Advice that lasts (read-once, priority, pin) is a property of the map, and
 * frames get it when they come in; the frames that are in are told at once.
 * Advice for now (cold, dont-need, will-need) is done to the frames.
 * `sequential` lets the pager read ahead (ahead.c), `random` takes that back.
 *
 * Advice on a private map is for what it shows: its copies, and where it has
 * none the frames that others see too.
 */
#include "mm/pager-internal.h"

#include <errno.h>

enum { AHEAD_FIRST = 4 }; /* pages that are read ahead at first */

/* A range, one map in it at a time, and what to do to the frames there. */
struct task {
	struct pager *pager;
	struct as *as;
	uint64_t start, end; /* pages */
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

void pager_set_pin(struct pager *pager, uint32_t number, bool pin)
{
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
	case ADVICE_WILL_NEED:
		pager_tell_reference(task->pager, number, NEXT_USE_NEVER);
		break;
	case ADVICE_NORMAL:
		pager_set_pin(task->pager, number, false);
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
		pager_set_pin(task->pager, number, true);
		break;
	case ADVICE_UNPIN:
		pager_set_pin(task->pager, number, false);
		break;
	default:
		break;
	}
}

/* May the pager read up to AHEAD_MAX pages ahead? */
static void set_sequential(struct map *map, uint32_t ahead_max)
{
	map->sequential = ahead_max != 0;
	map->ahead_window = ahead_max < AHEAD_FIRST ? ahead_max : AHEAD_FIRST;
	map->ahead_mark = UINT64_MAX;
	map->behind = 0;
}

static void advise_map(struct map *map, const struct task *task, unsigned value)
{
	switch (task->advice) {
	case ADVICE_NORMAL:
		set_sequential(map, 0);
		map->read_once = false;
		map->pinned = false;
		map->priority = PRIORITY_NORMAL;
		break;
	case ADVICE_RANDOM:
		set_sequential(map, 0);
		break;
	case ADVICE_SEQUENTIAL:
		if (!map->sequential)
			set_sequential(map, task->pager->read_ahead_max);
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

/* Does MAP show the frame of STORE, its own or its shadow's, at OFFSET? */
static bool shows(
	const struct map *map, const struct store *store, uint64_t offset)
{
	return !map->shadow ||
	       (store == map->store) != shadow_has(map->shadow, offset);
}

/* The frames that are in: each is told. */
static void advise_frames(const struct task *task, struct store *store)
{
	const struct map *map = task->map;
	uint64_t offset = map->offset;
	uint64_t end = map_offset(map, map->end);
	bool unpins =
		task->advice == ADVICE_UNPIN || task->advice == ADVICE_NORMAL;
	uint32_t number;

	while (pager_next_frame(store, &offset, end, &number)) {
		if (shows(map, store, offset))
			advise_frame(task, number);
		else if (unpins) /* pinned before it was copied */
			pager_set_pin(task->pager, number, false);
		offset++;
	}
}

static void advise_all(const struct task *task)
{
	advise_frames(task, task->map->store);
	if (task->map->shadow)
		advise_frames(task, task->map->shadow->store);
}

/* The copies first: the lock may be given up, and the map be another then. */
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
	int error, first = 0;

	if (map->shadow)
		first = pager_drop_copies(task->pager, map->shadow, drop);
	error = pager_drop(task->pager, &drop);
	return first ? first : error;
}

/* Does the frame show one of the pages that are needed? */
static bool is_needed(const struct task *task, uint32_t number)
{
	const struct physmem *physmem = &task->pager->physmem;
	const struct mapping *at = &pager_frame(task->pager, number)->first;

	while (at->as) {
		if (at->as == task->as && at->page >= task->start &&
			at->page < task->end)
			return true;
		if (at->next == MAPPING_NONE)
			break;
		at = &physmem->mappings[at->next];
	}
	return false;
}

/*
 * Frees the policy's victim for a page of RANK, unless the victim is hotter:
 * of a higher rank, or one of the pages that are needed as well, which count
 * as used when that is said.  Anything else was used before.  0: it has freed
 * a frame, or some other thread may have; NO_ROOM; or a write-back's error.
 */
static int free_colder(const struct task *task, uint8_t rank)
{
	struct pager *pager = task->pager;
	const struct policy_ops *ops = pager->policy->ops;
	uint8_t victim_rank = RANK_FIRST;
	uint32_t victim = ops->peek(pager->policy, &victim_rank);

	if (victim == FRAME_NONE)
		return NO_ROOM;
	if (!ops->takes_hints)
		victim_rank = pager_frame(pager, victim)->rank;
	if (victim_rank > rank || is_needed(task, victim))
		return NO_ROOM;
	if (pager_frame(pager, victim)->flags & FRAME_BUSY) {
		pager_wait(pager); /* until it is clean */
		return 0;
	}
	if (pager->watch)
		pager_watch_victim(pager, victim, CHOSEN_BY_POLICY);
	return pager_drop_frame(pager, victim, CHOSEN_BY_POLICY, true,
		&pager->counts.writebacks);
}

static int fetch_page(const struct task *task, uint64_t page, uint8_t rank)
{
	struct physmem *physmem = &task->pager->physmem;
	struct fault fault = {
		.as = task->as,
		.page = page,
		.translation = physmem->ops->translate(
			physmem->backend, task->as, page),
		.prefetch = true,
		.next_use = NEXT_USE_NEVER,
	};
	int error;

	if (fault.translation == TRANSLATION_NONE)
		return 0;
	while ((error = pager_fault_locked(task->pager, &fault, NULL)) ==
		NO_ROOM) {
		error = free_colder(task, rank);
		if (error)
			return error == NO_ROOM ? 0 : error;
	}
	return error;
}

/*
 * In rising order; no fault counts.  Those that are in come first, lest they
 * make way for others, and again in their turn: which of the pages was used
 * last must not depend on how many frames there are.
 */
static int fetch_pages(const struct task *task)
{
	uint64_t page = task->map->start, end = task->map->end;
	uint8_t rank = map_rank(task->map);
	int error, first = 0;

	advise_all(task);
	/* the lock may be given up, and the map be another then */
	for (; page < end; page++) {
		error = fetch_page(task, page, rank);
		first = first ? first : error;
	}
	return first;
}

/* Frames of STORE that MAP shows and that are pinned. */
static uint64_t count_pinned(
	struct pager *pager, const struct map *map, struct store *store)
{
	uint64_t offset = map->offset;
	uint64_t end = map_offset(map, map->end);
	uint64_t count = 0;
	uint32_t number;

	while (pager_next_frame(store, &offset, end, &number)) {
		count += pager_frame(pager, number)->pins &&
			 shows(map, store, offset);
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
		map = as_find_from(as, map->end)) {
		more += map->end - map->start -
			count_pinned(pager, map, map->store);
		if (map->shadow)
			more -= count_pinned(pager, map, map->shadow->store);
	}
	return more && pager->pinned + more > pager_pins_max(pager);
}

static int advise_locked(struct task *task, unsigned value)
{
	struct as *as = task->as;
	uint64_t start = task->start, end = task->end;
	struct map *map;
	int error, first = 0;

	error = as_split_range(as, start, end);
	if (error)
		return error;
	if (task->advice == ADVICE_PIN &&
		pins_too_many(task->pager, as, start, end)) {
		as_merge(as, start, end);
		return -ENOMEM;
	}
	/* by address: fetching and dropping may give up the lock, and the
	 * maps may be others by then */
	while (start < end && (map = as_find_from(as, start)) &&
		map->start < end) {
		start = map->end;
		task->map = map;
		advise_map(map, task, value);
		if (task->advice == ADVICE_DONT_NEED)
			error = drop_pages(task);
		else if (task->advice == ADVICE_WILL_NEED)
			error = fetch_pages(task);
		else
			advise_all(task);
		first = first ? first : error;
	}
	as_merge(as, task->start, end);
	return first;
}

int pager_advise(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, enum advice advice, unsigned value)
{
	struct task task = {
		.pager = pager,
		.as = as,
		.start = start,
		.end = start + pages,
		.advice = advice,
	};
	int error;

	if ((unsigned)advice > ADVICE_PRIORITY)
		return -EINVAL;
	if (advice == ADVICE_PRIORITY && value > PRIORITY_MAX)
		return -EINVAL;
	if (start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
		return -EINVAL;
	pager_lock(pager);
	pager_begin(pager, WATCH_ADVISE, as->number,
		advice | (value & PRIORITY_MAX) << 8, start, pages);
	error = advise_locked(&task, value);
	pager_end(pager, error);
	pager_leave(pager);
	return error;
}
