/*
 * Stack distances of LRU with hints: pages have ranks, which change over time
 * but not with the size of memory; the victim is the least recently used of
 * the lowest rank that is there.  That is a stack algorithm too: at each use
 * the page that was on top is carried down to where the used one came from,
 * and changes with each on its way that would be evicted before it (Mattson
 * et al. 1970).
 *
 * Pages of one rank lie in the stack in the order of their last uses.  So it
 * is enough to know which places belong to which rank, and for each rank when
 * its pages were used: the kth most recent is in the rank's kth place.  A
 * page that is carried changes with all of its rank on its way, which changes
 * nothing in that; what has to be done is one change of letters where a place
 * of a lower rank is met, and there are few ranks:
 *
 *	places	a a b a b c a		used: the fifth, of rank b
 *	after	b a a a b c a		a was carried to the first place of
 *					b, and b on to the fifth
 *
 * When a page's rank changes, its age and its place may not fit the order of
 * the new rank.  So a rank is one or more groups of pages that are in order;
 * between groups of one rank the ages decide.  A page that is dropped from
 * memory leaves a hole, which takes what is carried to it.
 *
 * Memory: 25 to 60 bytes a page, and 2 a group; nothing grows with the
 * references.
 */
#ifndef REPLAY_HINT_DEPTH_H
#define REPLAY_HINT_DEPTH_H

#include <stdint.h>

#include "replay/lru-depth.h"

enum { HINT_DEPTH_GROUPS = 255 };

struct hint_depth;

/* For pages 0 .. PAGES - 1, none of them in memory.  -ENOMEM. */
int hint_depth_create(uint32_t pages, struct hint_depth **out);
void hint_depth_destroy(struct hint_depth *engine); /* NULL is fine */

/*
 * The next REFERENCES pages are used, PAGE[i] is of RANK_OF[PAGE[i]] from
 * then on, and DEPTH_OUT[i] is its distance: the fewest frames with which it
 * is in memory, >= 1, or DEPTH_COLD.  O(log pages) each, as long as no two
 * groups are of one rank.  After a lack of memory (see hint_depth_error)
 * distances mean nothing.
 */
void hint_depth_run(struct hint_depth *engine, const uint32_t *page,
	const uint8_t *rank_of, uint32_t references, uint32_t *depth_out);

/* The same of one. */
uint32_t hint_depth_use(struct hint_depth *engine, uint32_t page, uint8_t rank);

/* PAGE, which is in memory, is of RANK from now on, and keeps its age. */
void hint_depth_rank(struct hint_depth *engine, uint32_t page, uint8_t rank);

/* PAGE, which is in memory, is dropped from memory of every size. */
void hint_depth_drop(struct hint_depth *engine, uint32_t page);

/* 0; -ENOMEM; -E2BIG: more than HINT_DEPTH_GROUPS groups were needed. */
int hint_depth_error(const struct hint_depth *engine);

/* Proves that places, groups and ages fit: NULL, or a sentence.  O(pages *
 * groups). */
const char *hint_depth_check(const struct hint_depth *engine);

#endif
