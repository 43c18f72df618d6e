/*
 * Frames by rank and age, for policies that take hints.
 *
 * A frame has a base: the rank that it gets when it is used.  It is in a list
 * of its rank (aged.h); a policy may have more than one list a rank, of which
 * the second has RANKS added to its number.
 *
 * A read-once page, whose base is RANK_ONCE, has a short while first: it ranks
 * as a page without a hint does until RECENT others were used (recent.h).
 *
 * Invariants
 * 1. Each frame held is in one list.
 * 2. A frame of another rank than its base is at RANK_FIRST (cold), or is
 *    one of the recent ones: its base is RANK_ONCE and its rank RANK_NORMAL.
 */
#ifndef MM_POLICY_RANKED_H
#define MM_POLICY_RANKED_H

#include "mm/policy/aged.h"
#include "mm/policy/recent.h"

struct ranked {
	struct aged aged;
	uint8_t *base;	      /* [frames] the rank it has when used */
	struct recent recent; /* read-once, in their short while */
};

/* LISTS_A_RANK: 1 or 2.  0 or -ENOMEM.  ranked_fini: also of zeros. */
int ranked_init(struct ranked *ranked, uint32_t frames, unsigned lists_a_rank);
void ranked_fini(struct ranked *ranked);
/* NULL, or which invariant does not hold, of frames that are MEMBERs.  How many
 * are in each list goes to COUNTS. */
const char *ranked_check(const struct ranked *ranked, const uint8_t *member,
	uint32_t counts[AGED_LISTS_MAX]);

static inline uint8_t ranked_rank(const struct ranked *ranked, uint32_t frame)
{
	return ranked->aged.in[frame] % RANKS;
}

/* The frame's rank, or its base, will be another one. */
static inline void ranked_forget(struct ranked *ranked, uint32_t frame)
{
	if (ranked->base[frame] == RANK_ONCE &&
		ranked_rank(ranked, frame) == RANK_NORMAL)
		recent_forget(&ranked->recent, frame);
}

static inline void ranked_remove(struct ranked *ranked, uint32_t frame)
{
	ranked_forget(ranked, frame);
	aged_remove(&ranked->aged, frame);
}

/* The frame, which is in no list, is used now: to the first list of its rank.
 * Whose short while is over then, to be moved to RANK_ONCE; or FRAME_NONE. */
static inline uint32_t ranked_use(struct ranked *ranked, uint32_t frame)
{
	uint8_t base = ranked->base[frame];

	if (base != RANK_ONCE) {
		aged_use(&ranked->aged, frame, base);
		return FRAME_NONE;
	}
	aged_use(&ranked->aged, frame, RANK_NORMAL);
	return recent_note(&ranked->recent, frame);
}

/* A hint gives the frame RANK, to which it is to be moved then; COLD: until it
 * is used. */
static inline void ranked_hint(
	struct ranked *ranked, uint32_t frame, uint8_t rank, bool cold)
{
	ranked_forget(ranked, frame);
	if (!cold)
		ranked->base[frame] = rank;
}

#endif
