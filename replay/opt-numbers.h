/*
 * The markers of OPT's stack distances: in which slot the marker of each
 * number is, and a tree that finds the lowest number with one early enough.
 *
 * Invariant (opt_numbers_check proves it): a node says of each child which is
 * the first slot in it.
 */
#ifndef REPLAY_OPT_NUMBERS_H
#define REPLAY_OPT_NUMBERS_H

#include <stdint.h>

#include "replay/opt-node.h"

struct opt_numbers {
	struct opt_node *level[OPT_LEVELS_MAX]; /* [0]: of numbers */
	uint32_t nodes[OPT_LEVELS_MAX];
	unsigned levels; /* the last is one node */
};

/* For numbers 0 .. NUMBERS - 1, none with a marker.  -ENOMEM. */
int opt_numbers_init(struct opt_numbers *numbers, uint32_t count);
void opt_numbers_fini(struct opt_numbers *numbers);

/* The slots by number, to be changed; and what is to be done then. */
static inline uint32_t *opt_numbers_slots(const struct opt_numbers *numbers)
{
	return numbers->level[0]->slot;
}
void opt_numbers_sum_up(struct opt_numbers *numbers);

/* NULL, or what does not hold.  O(numbers). */
const char *opt_numbers_check(const struct opt_numbers *numbers);

/* ---- what every use does ---- */

/* The lowest number whose marker is in SLOT or before.  There must be one. */
static inline uint32_t opt_numbers_lowest(
	const struct opt_numbers *numbers, uint32_t slot)
{
	unsigned level = numbers->levels;
	uint32_t at = 0;

	while (level--)
		at = at * OPT_WIDTH +
		     __builtin_ctz(
			     opt_node_until(&numbers->level[level][at], slot));
	return at;
}

/* The marker of NUMBER goes to SLOT. */
static inline void opt_numbers_mark(
	struct opt_numbers *numbers, uint32_t number, uint32_t slot)
{
	uint32_t before = opt_numbers_slots(numbers)[number];
	unsigned level;

	for (level = 0;; level++) {
		struct opt_node *node;
		unsigned at = number % OPT_WIDTH;

		number /= OPT_WIDTH;
		node = &numbers->level[level][number];
		opt_node_set(node, at, slot);
		/* was it the first in the node? */
		if (level + 1 == numbers->levels ||
			numbers->level[level + 1]->slot[number] != before)
			break;
		slot = opt_node_first(node);
		if (slot == before)
			break;
	}
}

#endif
