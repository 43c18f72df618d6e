/*
 * LRU stack distances: how many distinct pages, its own among them, were used
 * since a page's last use.  A memory of F frames under LRU has the page if
 * the distance is at most F; so one pass tells the faults at every size
 * (Mattson et al., "Evaluation techniques for storage hierarchies", IBM
 * Systems Journal 9(2), 1970).
 *
 * Each use takes a new slot on a line of time, and a page is alive in the
 * slot of its last use.  The distance is the number of slots that are alive
 * from that slot on (bitline.h).  When the line of time is full, the slots
 * that are alive move together at its start.
 *
 * Memory: 25 to 50 bytes a page; nothing grows with the references.
 */
#ifndef REPLAY_LRU_DEPTH_H
#define REPLAY_LRU_DEPTH_H

#include <stdint.h>

/* The distance of a page's first use. */
#define DEPTH_COLD UINT32_MAX

struct lru_depth;

/* For pages 0 .. PAGES - 1. -ENOMEM. */
int lru_depth_create(uint32_t pages, struct lru_depth **out);
void lru_depth_destroy(struct lru_depth *engine); /* NULL is fine */

/* The next REFERENCES of them: DEPTH_OUT[i] is the distance of PAGE[i], >= 1,
 * or DEPTH_COLD.  O(log pages) each. */
void lru_depth_run(struct lru_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out);

/* The distance that a use of PAGE would have now; DEPTH_COLD: never used. */
uint32_t lru_depth_now(const struct lru_depth *engine, uint32_t page);

/* Proves the counts: NULL, or a sentence.  O(pages). */
const char *lru_depth_check(const struct lru_depth *engine);

#endif
