/*
 * Lots for policies that draw them: splitmix64 (G. L. Steele, D. Lea,
 * C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
 * The same seed gives the same lots.
 */
#ifndef MM_POLICY_DRAW_H
#define MM_POLICY_DRAW_H

#include "mm/policy/keys.h"

/* A number below BELOW; no one is likelier than another by more than
 * BELOW / 2^32. */
static inline uint32_t policy_draw(uint64_t *state, uint32_t below)
{
	*state += 0x9e3779b97f4a7c15;
	return (keys_hash(*state) >> 32) * below >> 32;
}

#endif
