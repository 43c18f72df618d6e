/*
 * The line of time that OPT's stack distances are found on: which slots are
 * alive, which have a number's marker, and a tree over both.  Every slot
 * weighs 1 if it has a marker, less 1 if it is alive.
 *
 * The latest leaf, which slots are still added to, is open: the tree above
 * does not count it until the next is opened.
 *
 * Invariants (opt_tree_check proves them)
 * 1. A node says of each child that is not open: the sum of its weights; the
 *    highest sum of weights from its start up to and with an alive slot; the
 *    lowest number in it.
 * 2. A slot without a marker has OPT_NO_NUMBER.
 */
#ifndef REPLAY_OPT_TREE_H
#define REPLAY_OPT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#define OPT_NO_NUMBER UINT32_MAX
#define OPT_NONE_ALIVE (INT32_MIN / 2) /* a highest sum that there is not */

enum {
	OPT_LEAF_SLOTS = 64,
	OPT_WIDTH = 16, /* children a node */
	OPT_LEVELS_MAX = 8,
};

struct opt_node {
	int32_t sum[OPT_WIDTH];
	int32_t high[OPT_WIDTH];
	uint32_t low[OPT_WIDTH];
} __attribute__((aligned(64)));

struct opt_tree {
	uint64_t *alive;			/* [slots] bits */
	uint64_t *marked;			/* [slots] bits */
	uint32_t *number;			/* [slots] */
	struct opt_node *nodes[OPT_LEVELS_MAX]; /* nodes[0] over the leaves */
	uint32_t slots;
	uint32_t open;	 /* the leaf that is */
	unsigned levels; /* the last of them is one node */
	bool wide;	 /* this machine has AVX-512 */
};

/* SLOTS, a multiple of OPT_LEAF_SLOTS, none alive, none marked.  -ENOMEM. */
int opt_tree_init(struct opt_tree *tree, uint32_t slots);
void opt_tree_fini(struct opt_tree *tree);

/* In the open leaf, or before opt_tree_sum_up. */
static inline void opt_tree_enliven(struct opt_tree *tree, uint32_t slot)
{
	tree->alive[slot / OPT_LEAF_SLOTS] |= UINT64_C(1)
					      << slot % OPT_LEAF_SLOTS;
}

static inline void opt_tree_mark(
	struct opt_tree *tree, uint32_t slot, uint32_t number)
{
	tree->marked[slot / OPT_LEAF_SLOTS] |= UINT64_C(1)
					       << slot % OPT_LEAF_SLOTS;
	tree->number[slot] = number;
}

/* SLOT is the first of the leaf that is open from now on. */
void opt_tree_open(struct opt_tree *tree, uint32_t slot);

/* Makes the tree anew; NOW is the next slot to be added. */
void opt_tree_sum_up(struct opt_tree *tree, uint32_t now);

/* The slot ALIVE is so no more, and MARKED has no marker any more. */
void opt_tree_take(struct opt_tree *tree, uint32_t alive, uint32_t marked);

/* The first alive slot after SLOT with no excess of weight after it.  There
 * must be one. */
uint32_t opt_tree_balance(const struct opt_tree *tree, uint32_t slot);

/* The lowest number in slots up to and with SLOT. */
uint32_t opt_tree_lowest(const struct opt_tree *tree, uint32_t slot);

/* Starts loading what the two above read for SLOT. */
static inline void opt_tree_look_ahead(
	const struct opt_tree *tree, uint32_t slot)
{
	__builtin_prefetch(&tree->alive[slot / OPT_LEAF_SLOTS]);
	__builtin_prefetch(&tree->marked[slot / OPT_LEAF_SLOTS]);
}

/* NULL, or which invariant does not hold.  NOW: as above.  O(slots). */
const char *opt_tree_check(const struct opt_tree *tree, uint32_t now);

#endif
