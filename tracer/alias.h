/*
 * Drawing from a given distribution over 0 .. count - 1 in constant time, by
 * Walker's alias method (A. J. Walker, ACM TOMS 3(3), 1977; built in linear
 * time after M. D. Vose, IEEE TSE 17(9), 1991): every slot is shared by at
 * most two values, so that a draw is one slot and one comparison.
 */
#ifndef TRACER_ALIAS_H
#define TRACER_ALIAS_H

#include <stdint.h>

#include "tracer/random.h"

struct alias_slot {
	uint32_t own;	/* of 2^32, the share of the slot's own value */
	uint32_t other; /* has the rest */
};

struct alias {
	struct alias_slot *slot; /* [count] */
	uint32_t count;
};

/*
 * WEIGHT[COUNT], at least one above 0, is used up: its contents are lost.
 * The probabilities are met to within 2^-32 of a slot.  -ENOMEM.
 */
int alias_create(struct alias *alias, double *weight, uint32_t count);
void alias_destroy(struct alias *alias);

static inline uint32_t alias_slot_of(const struct alias *alias, uint64_t random)
{
	return random_scale((uint32_t)random, alias->count);
}

static inline uint32_t alias_draw(const struct alias *alias, uint64_t random)
{
	uint32_t at = alias_slot_of(alias, random);
	const struct alias_slot *slot = &alias->slot[at];

	return (uint32_t)(random >> 32) <= slot->own ? at : slot->other;
}

#endif
