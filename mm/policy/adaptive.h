/*
 * What arc and car have in common: lists of the pages used once lately and
 * more often, ghosts of both, and the target p for the first list's length,
 * which the ghosts move.
 */
#ifndef MM_POLICY_ADAPTIVE_H
#define MM_POLICY_ADAPTIVE_H

#include "mm/policy/ghosts.h"

enum { ONCE, OFTEN, LISTS }; /* T1 and T2 in lists, B1 and B2 in ghosts */

struct adaptive {
	struct lists lists;
	struct ghosts ghosts;
	uint64_t *key; /* [frames] of the page it holds */
	double p;      /* pages */
	uint32_t frames;
};

int adaptive_init(struct adaptive *adaptive, uint32_t frames);
void adaptive_fini(struct adaptive *adaptive);

/* The page of GHOST comes back: p goes up by max(1, |B2| / |B1|) if that is in
 * B1, down by max(1, |B1| / |B2|) if it is in B2. */
void adaptive_learn(struct adaptive *adaptive, uint32_t ghost);

/* A page comes in: to OFTEN if it has a ghost, which goes, else to ONCE; and
 * the oldest ghosts too many go. */
void adaptive_insert(struct adaptive *adaptive, uint32_t frame, uint64_t key);

/* The victim leaves, and a ghost is left. */
void adaptive_evict(struct adaptive *adaptive, uint32_t frame);

const char *adaptive_check(
	const struct adaptive *adaptive, const uint8_t *member);

#endif
