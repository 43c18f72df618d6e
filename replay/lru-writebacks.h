/*
 * Write-backs under LRU at every size, from stack distances.
 *
 * A page that was written to is dirty in memories of F frames until it is
 * evicted there, which it is before its next use if that use's distance is
 * more than F.  So a page is dirty at F as long as no distance since the last
 * write was more than F; and a use at distance D finds that it was written
 * back at all F from the largest distance since the last write to D - 1.
 *
 * Memory: 4 bytes a page and 8 a size.
 */
#ifndef REPLAY_LRU_WRITEBACKS_H
#define REPLAY_LRU_WRITEBACKS_H

#include <stdbool.h>
#include <stdint.h>

struct lru_writebacks {
	/* [pages] the fewest frames at which the page is dirty; UINT32_MAX:
	 * at none */
	uint32_t *dirty_from;
	/* [pages + 2] at this size, how many more than at the one before */
	int64_t *step;
	uint32_t pages;
};

/* -ENOMEM. */
int lru_writebacks_init(struct lru_writebacks *engine, uint32_t pages);
void lru_writebacks_fini(struct lru_writebacks *engine);

/* PAGE is used at DEPTH (at least 1, DEPTH_COLD the first time). */
static inline void lru_writebacks_use(struct lru_writebacks *engine,
	uint32_t page, uint32_t depth, bool write)
{
	uint32_t from = engine->dirty_from[page];

	/* the first use finds no size */
	if (from < depth) {
		engine->step[from]++;
		engine->step[depth]--;
		engine->dirty_from[page] = depth;
	}
	if (write)
		engine->dirty_from[page] = 1;
}

/* SUMS[F], F from 1 to pages: those at F frames since the last call. */
void lru_writebacks_take(struct lru_writebacks *engine, uint64_t *sums);

#endif
