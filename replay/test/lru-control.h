/*
 * Exact LRU with nothing behind it: no pager, no trees, no frames, only two
 * flat arrays over page ids.  It is what the replay's speed is held against.
 *
 * Each reference appends its page to a log, and the page keeps the place of
 * its latest entry (its stamp).  An entry is stale if its page has a later
 * one.  The victim is the page of the first entry that is not stale.
 *
 *	log	a b c a d b . . .	first = 0, after the trace a b c a d b
 *	stamp	a:3 b:5 c:2 d:4		entries 0 and 1 are stale: c goes first
 *
 * The log is a ring.  When it is full, its fresh entries, at most FRAMES of
 * them, move together; it is long enough for that to be rare.
 */
#ifndef REPLAY_TEST_LRU_CONTROL_H
#define REPLAY_TEST_LRU_CONTROL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define LRU_CONTROL_AHEAD 24 /* references whose stamps are fetched ahead */
#define LRU_CONTROL_AWAY UINT32_MAX /* the stamp of a page that is not in */

struct lru_control {
	uint32_t *stamp; /* [pages] place in the log */
	uint32_t *log;
	uint32_t mask;	/* entries in the log - 1; a power of two - 1 */
	uint32_t first; /* entry: all before it are stale */
	uint32_t end;	/* entry: where the next one goes */
	uint32_t frames, resident;
	uint64_t faults;
};

/* 0, or -1 without memory */
static inline int lru_control_init(
	struct lru_control *lru, uint32_t pages, uint32_t frames)
{
	*lru = (struct lru_control){.frames = frames};
	lru->mask = (1u << 16) - 1;
	while (lru->mask / 8 < frames)
		lru->mask = lru->mask * 2 + 1;
	lru->stamp = malloc(((size_t)pages + 1) * sizeof(*lru->stamp));
	lru->log = calloc((size_t)lru->mask + 1, sizeof(*lru->log));
	if (!lru->stamp || !lru->log) {
		free(lru->stamp);
		free(lru->log);
		return -1;
	}
	for (uint32_t page = 0; page < pages; page++)
		lru->stamp[page] = LRU_CONTROL_AWAY;
	return 0;
}

static inline void lru_control_free(struct lru_control *lru)
{
	free(lru->stamp);
	free(lru->log);
}

/* Starts loading what tells whether the entry AHEAD of AT is stale. */
static inline void lru_control_prefetch(
	const struct lru_control *lru, uint32_t at)
{
	uint32_t ahead = (at + LRU_CONTROL_AHEAD) & lru->mask;

	/* Beyond the end there is an old page or nothing: 0. */
	__builtin_prefetch(&lru->stamp[lru->log[ahead]], 1);
	/* or else GCC drops calls of what only loads ahead */
	__asm__ volatile("");
}

static inline void lru_control_compact(struct lru_control *lru)
{
	uint32_t to = lru->first;

	for (uint32_t from = to; from != lru->end;
		from = (from + 1) & lru->mask) {
		uint32_t page = lru->log[from];

		lru_control_prefetch(lru, from);
		if (lru->stamp[page] != from)
			continue;
		lru->log[to] = page;
		lru->stamp[page] = to;
		to = (to + 1) & lru->mask;
	}
	lru->end = to;
}

/* Some page is in, so there is a fresh entry before the end. */
static inline void lru_control_evict(struct lru_control *lru)
{
	uint32_t at = lru->first;

	while (lru->stamp[lru->log[at]] != at) {
		at = (at + 1) & lru->mask;
		lru_control_prefetch(lru, at);
	}
	lru->stamp[lru->log[at]] = LRU_CONTROL_AWAY;
	lru->first = (at + 1) & lru->mask;
}

/* The next COUNT references.  Adds to lru->faults. */
static inline void lru_control_run(
	struct lru_control *lru, const uint32_t *page, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i + LRU_CONTROL_AHEAD < count)
			__builtin_prefetch(
				&lru->stamp[page[i + LRU_CONTROL_AHEAD]], 1);
		if (__builtin_expect(
			    ((lru->end + 1) & lru->mask) == lru->first, 0))
			lru_control_compact(lru);
		if (lru->stamp[page[i]] == LRU_CONTROL_AWAY) {
			lru->faults++;
			if (lru->resident == lru->frames)
				lru_control_evict(lru);
			else
				lru->resident++;
		}
		lru->stamp[page[i]] = lru->end;
		lru->log[lru->end] = page[i];
		lru->end = (lru->end + 1) & lru->mask;
	}
}

#endif
