/*
 * LRU with hints in its plainest form, written from what mm/advice.h says of
 * each, to hold the real one against.  Pages lie in one region; what was said
 * of them is known page by page, and what belongs to a map, part by part:
 *
 *	parts	[ 0 ......... 12 | 12 .. 20 | 20 ......... 64 ]
 *		  normal	   sequential normal
 *
 * A hint splits the parts at its ends, and parts that are alike again become
 * one.  The victim has the lowest rank, and of these it was used longest ago.
 * No pins.
 */
#ifndef REPLAY_TEST_NAIVE_HINTS_H
#define REPLAY_TEST_NAIVE_HINTS_H

#include "replay/hints.h"
#include "replay/test/lab.h"

enum { NAIVE_PAGES = 64, NAIVE_NEVER = 1 << 20, NAIVE_SHORT = 4 };

struct naive_page {
	uint64_t used;
	uint8_t priority;
	bool occurs, in, dirty, once, cold;
	bool ahead; /* read ahead, and not used yet */
	bool low;   /* that, and nothing was said of it since */
};

/* A map, or what a hint has split off: pages [start, end). */
struct naive_part {
	uint32_t start, end;
	bool sequential;
	uint32_t window, mark, ahead_end, behind; /* see mm/ahead.c */
};

struct naive_hinted {
	struct naive_page page[NAIVE_PAGES];
	struct naive_part part[NAIVE_PAGES];
	uint32_t parts, in, frames, read_ahead;
	/* read-once pages in their short while, the last one first */
	struct naive_page *recent[NAIVE_SHORT];
	uint64_t time, faults, soft, writebacks, prefetches;
};

static inline unsigned naive_said_rank(const struct naive_page *page)
{
	return page->once ? 1 : 2 + page->priority;
}

static inline unsigned naive_rank(
	const struct naive_hinted *all, const struct naive_page *page)
{
	if (page->cold || page->low)
		return 0;
	for (int i = 0; i < NAIVE_SHORT; i++)
		if (all->recent[i] == page)
			return 2 + 4;
	return naive_said_rank(page);
}

/* Its short while is over. */
static inline void naive_forget(
	struct naive_hinted *all, struct naive_page *page)
{
	int i = 0, j = 0;

	for (; i < NAIVE_SHORT; i++)
		if (all->recent[i] != page)
			all->recent[j++] = all->recent[i];
	for (; j < NAIVE_SHORT; j++)
		all->recent[j] = NULL;
}

static inline struct naive_part *naive_part_of(
	struct naive_hinted *all, uint32_t page)
{
	struct naive_part *part = all->part;

	while (page >= part->end)
		part++;
	return part;
}

static inline void naive_drop(struct naive_hinted *all, struct naive_page *page)
{
	struct naive_part *part = naive_part_of(all, page - all->page);

	if (page->ahead && part->sequential && part->window > 1)
		part->window /= 2;
	naive_forget(all, page);
	page->in = page->dirty = page->ahead = page->low = page->cold = false;
	all->in--;
}

static inline struct naive_page *naive_coldest(struct naive_hinted *all)
{
	struct naive_page *coldest = NULL;

	for (struct naive_page *page = all->page;
		page < all->page + NAIVE_PAGES; page++)
		if (page->in &&
			(!coldest ||
				naive_rank(all, page) <
					naive_rank(all, coldest) ||
				(naive_rank(all, page) ==
						naive_rank(all, coldest) &&
					page->used < coldest->used)))
			coldest = page;
	return coldest;
}

static inline void naive_evict(
	struct naive_hinted *all, struct naive_page *page)
{
	all->writebacks += page->dirty;
	naive_drop(all, page);
}

static inline void naive_touch(
	struct naive_hinted *all, struct naive_page *page)
{
	page->used = ++all->time;
	page->cold = false;
	if (!page->once || page->low)
		return;
	naive_forget(all, page);
	memmove(all->recent + 1, all->recent,
		(NAIVE_SHORT - 1) * sizeof(all->recent[0]));
	all->recent[0] = page;
}

static inline void naive_enter(
	struct naive_hinted *all, struct naive_page *page, bool ahead)
{
	page->in = true;
	page->ahead = page->low = ahead;
	all->in++;
	naive_touch(all, page);
}

/* Evicts the first page from where the last one was on, none from NOW on. */
static inline bool naive_drop_behind(
	struct naive_hinted *all, struct naive_part *part, uint32_t now)
{
	if (part->behind < part->start || part->behind > now)
		part->behind = part->start;
	for (uint32_t page = part->behind; page < now; page++)
		if (all->page[page].in) {
			part->behind = page + 1;
			naive_evict(all, &all->page[page]);
			return true;
		}
	return false;
}

/* NOW was missing, or had been read ahead and was used for the first time. */
static inline void naive_read_ahead(
	struct naive_hinted *all, uint32_t now, bool missing)
{
	struct naive_part *part = naive_part_of(all, now);
	uint32_t page = now + 1;

	if (!part->sequential || (!missing && now != part->mark))
		return;
	if (!missing) {
		part->window = 2 * part->window < all->read_ahead
				       ? 2 * part->window
				       : all->read_ahead;
		if (page < part->ahead_end)
			page = part->ahead_end;
		if (page > part->end)
			page = part->end;
	}
	part->mark = page;
	part->ahead_end = page + part->window < part->end ? page + part->window
							  : part->end;
	for (; page < part->ahead_end; page++) {
		if (all->page[page].in || !all->page[page].occurs)
			continue;
		if (all->in == all->frames &&
			!naive_drop_behind(all, part, now)) {
			part->ahead_end = page;
			return;
		}
		naive_enter(all, &all->page[page], true);
		all->prefetches++;
	}
}

/* A run of references counts as one use, before what it has read ahead. */
static inline void naive_use(struct naive_hinted *all, uint32_t number)
{
	struct naive_page *page = &all->page[number];
	bool missing = !page->in, ahead = page->ahead;

	if (missing && all->in == all->frames)
		naive_evict(all, naive_coldest(all));
	all->faults += missing;
	all->soft += ahead;
	if (missing)
		naive_enter(all, page, false);
	page->ahead = page->low = false;
	naive_touch(all, page);
	if (missing || ahead)
		naive_read_ahead(all, number, missing);
}

/* PAGE, of a hint for [FIRST, END). */
static inline void naive_need(struct naive_hinted *all, struct naive_page *page,
	uint32_t first, uint32_t end)
{
	struct naive_page *coldest = naive_coldest(all);

	if (page->in) {
		page->ahead = page->low = false;
		naive_touch(all, page);
		return;
	}
	if (!page->occurs)
		return;
	if (all->in == all->frames) {
		if (naive_rank(all, coldest) > naive_said_rank(page) ||
			(!coldest->ahead && coldest >= all->page + first &&
				coldest < all->page + end))
			return;
		naive_evict(all, coldest);
	}
	naive_enter(all, page, false);
	all->prefetches++;
}

static inline void naive_advise_page(struct naive_hinted *all,
	struct naive_page *page, const struct hint *hint)
{
	switch (hint->advice) {
	case ADVICE_WILL_NEED:
		if (page->in)
			naive_touch(all, page);
		break;
	case ADVICE_DONT_NEED:
		if (page->in)
			naive_drop(all, page);
		break;
	case ADVICE_COLD:
		page->cold = page->in;
		naive_forget(all, page);
		break;
	case ADVICE_RANDOM:
	case ADVICE_SEQUENTIAL:
		break;
	default: /* the ranks */
		page->once = hint->advice == ADVICE_READ_ONCE;
		if (hint->advice == ADVICE_PRIORITY)
			page->priority = hint->value;
		else if (hint->advice == ADVICE_NORMAL)
			page->priority = 4;
		page->cold = page->low = false;
		naive_forget(all, page);
	}
}

static inline void naive_advise_part(struct naive_hinted *all,
	struct naive_part *part, const struct hint *hint)
{
	bool goes_up = hint->advice == ADVICE_SEQUENTIAL;

	if (hint->advice != ADVICE_NORMAL && hint->advice != ADVICE_RANDOM &&
		(!goes_up || part->sequential))
		return;
	part->sequential = goes_up && all->read_ahead;
	part->window = all->read_ahead < 4 ? all->read_ahead : 4;
	part->mark = NAIVE_NEVER;
	part->behind = 0;
}

static inline void naive_split(struct naive_hinted *all, uint32_t at)
{
	struct naive_part *part = naive_part_of(all, at);

	if (part->start == at)
		return;
	memmove(part + 1, part,
		(all->part + all->parts++ - part) * sizeof(*part));
	part[0].end = part[1].start = at;
}

static inline void naive_merge(
	struct naive_hinted *all, uint32_t first, uint32_t end)
{
	for (uint32_t i = 1; i < all->parts; i++) {
		struct naive_part *low = &all->part[i - 1], *high = low + 1;
		const struct naive_page *page = &all->page[high->start];

		if (high->start < first || high->start > end ||
			low->sequential != high->sequential ||
			page->priority != page[-1].priority ||
			page->once != page[-1].once)
			continue;
		if (high->window < low->window)
			low->window = high->window;
		low->end = high->end;
		memmove(high, high + 1,
			(all->part + --all->parts - high) * sizeof(*high));
		i--;
	}
}

/* Whether a hint for the region, which all pages are of, is for PAGE. */
static inline bool naive_is_in(const struct map_part *part, uint32_t page)
{
	if (part->share)
		return page * (MAP_PART_ALL / NAIVE_PAGES) >= part->from &&
		       page * (MAP_PART_ALL / NAIVE_PAGES) < part->to;
	return (page + 1) * 4096 > part->from && page * 4096 < part->to;
}

static inline void naive_hint(struct naive_hinted *all, const struct hint *hint)
{
	uint32_t first = hint->start / 4096 - LAB_FIRST_PAGE;
	uint32_t end = hint->end / 4096 - LAB_FIRST_PAGE;
	struct naive_part *part;

	if (hint->region) {
		first = 0;
		while (first < NAIVE_PAGES && !naive_is_in(&hint->part, first))
			first++;
		end = first;
		while (end < NAIVE_PAGES && naive_is_in(&hint->part, end))
			end++;
		if (first == end)
			return;
	}
	naive_split(all, first);
	naive_split(all, end);
	for (uint32_t at = first; at < end; at = part->end) {
		part = naive_part_of(all, at);
		naive_advise_part(all, part, hint);
		for (uint32_t i = part->start; i < part->end; i++)
			naive_advise_page(all, &all->page[i], hint);
		if (hint->advice != ADVICE_WILL_NEED)
			continue;
		for (uint32_t i = part->start; i < part->end; i++)
			naive_need(all, &all->page[i], first, end);
	}
	naive_merge(all, first, end);
}

/* Those up to EVENT that were not yet GIVEN. */
static inline void naive_hints(struct naive_hinted *all,
	const struct hints *hints, size_t *given, uint64_t event)
{
	while (*given < hints->timed && hints->hint[*given].event <= event)
		naive_hint(all, &hints->hint[(*given)++]);
}

static inline void naive_mark(
	struct naive_hinted *all, const struct hints *hints, const char *mark)
{
	for (size_t i = hints->timed; i < hints->count; i++)
		if (strcmp(hints->hint[i].mark, mark) == 0)
			naive_hint(all, &hints->hint[i]);
}

/* An event of the trace begins with each reference to another page or thread,
 * and behind a mark. */
static inline bool naive_begins_event(
	const struct lab_references *references, size_t i)
{
	return !i || references->page[i] != references->page[i - 1] ||
	       (references->before && references->before[i]) ||
	       references->thread[i] != references->thread[i - 1];
}

/* HINTS are for ranges of the region's 64 pages; nothing but marks comes
 * between the references. */
static inline struct naive_hinted naive_hinted_replay(
	const struct lab_references *references, const struct hints *hints,
	uint32_t frames, uint32_t read_ahead)
{
	struct naive_hinted all = {
		.frames = frames, .read_ahead = read_ahead, .parts = 1};
	uint64_t event = 0;
	size_t given = 0;

	all.part[0].end = NAIVE_PAGES;
	for (uint32_t i = 0; i < NAIVE_PAGES; i++)
		all.page[i].priority = 4;
	for (size_t i = 0; i < references->count; i++)
		all.page[references->page[i]].occurs = true;
	for (size_t i = 0; i < references->count; i++) {
		if (references->before && references->before[i])
			naive_mark(&all, hints, references->before[i]->name);
		if (naive_begins_event(references, i)) {
			naive_hints(&all, hints, &given, event++);
			naive_use(&all, references->page[i]);
		}
		all.page[references->page[i]].dirty |= references->write[i];
	}
	naive_hints(&all, hints, &given, event);
	return all;
}

#endif
