/* The tree behind OPT's stack distances.  See opt-tree.h. */
#pragma GCC target("popcnt") /* every x86-64 since 2008 */

#include "replay/opt-tree.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "replay/opt-node.h"

static uint32_t nodes_at(const struct opt_tree *tree, unsigned level)
{
	uint64_t slots = OPT_LEAF_SLOTS * OPT_WIDTH;

	for (; level; level--)
		slots *= OPT_WIDTH;
	return (tree->slots + slots - 1) / slots;
}

static void clear(struct opt_tree *tree)
{
	unsigned level;
	uint32_t node;
	unsigned i;

	for (level = 0; level < tree->levels; level++)
		for (node = 0; node < nodes_at(tree, level); node++)
			for (i = 0; i < OPT_WIDTH; i++) {
				tree->nodes[level][node].sum[i] = 0;
				tree->nodes[level][node].high[i] =
					OPT_NONE_ALIVE;
				tree->nodes[level][node].low[i] = OPT_NO_NUMBER;
			}
}

int opt_tree_init(struct opt_tree *tree, uint32_t slots)
{
	bool whole;

	memset(tree, 0, sizeof(*tree));
	tree->slots = slots;
	tree->wide = __builtin_cpu_supports("avx512bw") &&
		     __builtin_cpu_supports("avx512vl");
	tree->alive = memory_map(slots / 8);
	tree->marked = memory_map(slots / 8);
	tree->number = memory_map(slots * sizeof(*tree->number));
	whole = tree->alive && tree->marked && tree->number;
	do {
		tree->nodes[tree->levels] = memory_map(
			nodes_at(tree, tree->levels) * sizeof(struct opt_node));
		whole = whole && tree->nodes[tree->levels];
	} while (nodes_at(tree, tree->levels++) > 1);
	if (!whole) {
		opt_tree_fini(tree);
		return -ENOMEM;
	}
	memset(tree->number, 0xff, slots * sizeof(*tree->number));
	clear(tree);
	return 0;
}

void opt_tree_fini(struct opt_tree *tree)
{
	unsigned level;

	memory_unmap(tree->alive, tree->slots / 8);
	memory_unmap(tree->marked, tree->slots / 8);
	memory_unmap(tree->number, tree->slots * sizeof(*tree->number));
	for (level = 0; level < tree->levels; level++)
		memory_unmap(tree->nodes[level],
			nodes_at(tree, level) * sizeof(struct opt_node));
	memset(tree, 0, sizeof(*tree));
}

/* ---- changes ---- */

static void weigh_leaf(
	const struct opt_tree *tree, uint32_t leaf, struct opt_summary *out)
{
	struct opt_leaf bits = {tree->alive[leaf], tree->marked[leaf]};

	out->sum = opt_weight(&bits, ~UINT64_C(0));
	out->high =
		(tree->wide ? opt_leaf_high_wide : opt_leaf_high_plain)(&bits);
}

static uint32_t lowest_of(
	const struct opt_tree *tree, const uint32_t *numbers, unsigned count)
{
	return (tree->wide ? opt_lowest_wide : opt_lowest_plain)(
		numbers, count);
}

static void weigh_node(const struct opt_tree *tree, const struct opt_node *node,
	struct opt_summary *out)
{
	(tree->wide ? opt_node_weigh_wide : opt_node_weigh_plain)(node, out);
}

/* What is above LEAF learns of its weights. */
static void update_weights(struct opt_tree *tree, uint32_t leaf)
{
	struct opt_summary summary;
	uint32_t at = leaf;
	unsigned level;

	weigh_leaf(tree, leaf, &summary);
	for (level = 0; level < tree->levels; level++, at /= OPT_WIDTH) {
		struct opt_node *node = &tree->nodes[level][at / OPT_WIDTH];

		node->sum[at % OPT_WIDTH] = summary.sum;
		node->high[at % OPT_WIDTH] = summary.high;
		if (level + 1 < tree->levels)
			weigh_node(tree, node, &summary);
	}
}

/* And of its lowest number. */
static void update_lowest(struct opt_tree *tree, uint32_t leaf)
{
	uint32_t low = lowest_of(
		tree, &tree->number[leaf * OPT_LEAF_SLOTS], OPT_LEAF_SLOTS);
	uint32_t at = leaf;
	unsigned level;

	for (level = 0; level < tree->levels; level++, at /= OPT_WIDTH) {
		struct opt_node *node = &tree->nodes[level][at / OPT_WIDTH];

		if (node->low[at % OPT_WIDTH] == low)
			break;
		node->low[at % OPT_WIDTH] = low;
		low = lowest_of(tree, node->low, OPT_WIDTH);
	}
}

void opt_tree_open(struct opt_tree *tree, uint32_t slot)
{
	tree->open = slot / OPT_LEAF_SLOTS;
	if (!tree->open)
		return;
	update_weights(tree, tree->open - 1);
	update_lowest(tree, tree->open - 1);
}

/* Level LEVEL learns of child AT, counted over the level, of which SUMMARY
 * tells. */
static void set_child(struct opt_tree *tree, unsigned level, uint32_t at,
	const struct opt_summary *child)
{
	struct opt_node *node = &tree->nodes[level][at / OPT_WIDTH];

	node->sum[at % OPT_WIDTH] = child->sum;
	node->high[at % OPT_WIDTH] = child->high;
	node->low[at % OPT_WIDTH] = child->low;
}

void opt_tree_sum_up(struct opt_tree *tree, uint32_t now)
{
	struct opt_summary summary;
	unsigned level;
	uint32_t at;

	clear(tree);
	/* a leaf that is full stays open until the slot after it comes */
	tree->open = now ? (now - 1) / OPT_LEAF_SLOTS : 0;
	for (at = 0; at < tree->open; at++) {
		weigh_leaf(tree, at, &summary);
		summary.low = lowest_of(tree,
			&tree->number[at * OPT_LEAF_SLOTS], OPT_LEAF_SLOTS);
		set_child(tree, 0, at, &summary);
	}
	for (level = 1; level < tree->levels; level++)
		for (at = 0; at < nodes_at(tree, level - 1); at++) {
			const struct opt_node *node =
				&tree->nodes[level - 1][at];

			weigh_node(tree, node, &summary);
			summary.low = lowest_of(tree, node->low, OPT_WIDTH);
			set_child(tree, level, at, &summary);
		}
}

void opt_tree_take(struct opt_tree *tree, uint32_t alive, uint32_t marked)
{
	uint32_t leaf = alive / OPT_LEAF_SLOTS;
	uint32_t other = marked / OPT_LEAF_SLOTS;

	tree->alive[leaf] &= ~(UINT64_C(1) << alive % OPT_LEAF_SLOTS);
	tree->marked[other] &= ~(UINT64_C(1) << marked % OPT_LEAF_SLOTS);
	tree->number[marked] = OPT_NO_NUMBER;
	if (other != tree->open) {
		update_lowest(tree, other);
		update_weights(tree, other);
	}
	if (leaf != tree->open && leaf != other)
		update_weights(tree, leaf);
}

/* ---- questions ---- */

/* LEAF's slots after FIRST - 1. */
static struct opt_leaf leaf_from(
	const struct opt_tree *tree, uint32_t leaf, unsigned first)
{
	uint64_t later = first < OPT_LEAF_SLOTS ? ~UINT64_C(0) << first : 0;

	return (struct opt_leaf){
		tree->alive[leaf] & later, tree->marked[leaf] & later};
}

static int leaf_balance(const struct opt_tree *tree,
	const struct opt_leaf *leaf, int32_t excess)
{
	return (tree->wide ? opt_leaf_balance_wide : opt_leaf_balance_plain)(
		leaf, excess);
}

static unsigned node_balance(const struct opt_tree *tree,
	const struct opt_node *node, unsigned first, int32_t *excess)
{
	return (tree->wide ? opt_node_balance_wide : opt_node_balance_plain)(
		node, first, excess);
}

/* Weights after leaf AT, which is not open. */
static int32_t excess_after(const struct opt_tree *tree, uint32_t at)
{
	struct opt_leaf open = leaf_from(tree, tree->open, 0);
	int32_t sum = opt_weight(&open, ~UINT64_C(0));
	unsigned level;

	for (level = 0; level < tree->levels; level++, at /= OPT_WIDTH)
		sum += (tree->wide ? opt_node_sum_after_wide
				   : opt_node_sum_after_plain)(
			&tree->nodes[level][at / OPT_WIDTH], at % OPT_WIDTH);
	return sum;
}

/* The first leaf after AT, which is not open, with an alive slot up to which
 * the weights sum up to *EXCESS, which becomes what is missing at its start.
 * If no other, it is the open one. */
static uint32_t balanced_leaf(
	const struct opt_tree *tree, uint32_t at, int32_t *excess)
{
	unsigned level, child = OPT_WIDTH;

	for (level = 0; level < tree->levels; level++, at /= OPT_WIDTH) {
		child = node_balance(tree, &tree->nodes[level][at / OPT_WIDTH],
			at % OPT_WIDTH + 1, excess);
		if (child < OPT_WIDTH)
			break;
	}
	if (child == OPT_WIDTH)
		return tree->open;
	at = at / OPT_WIDTH * OPT_WIDTH + child;
	while (level--)
		at = at * OPT_WIDTH +
		     node_balance(tree, &tree->nodes[level][at], 0, excess);
	return at;
}

uint32_t opt_tree_balance(const struct opt_tree *tree, uint32_t slot)
{
	uint32_t at = slot / OPT_LEAF_SLOTS;
	struct opt_leaf rest = leaf_from(tree, at, slot % OPT_LEAF_SLOTS + 1);
	int32_t here = opt_weight(&rest, ~UINT64_C(0)), excess = here;
	int found;

	if (at != tree->open)
		excess += excess_after(tree, at);
	found = leaf_balance(tree, &rest, excess);
	if (found < 0) {
		excess -= here;
		at = balanced_leaf(tree, at, &excess);
		rest = leaf_from(tree, at, 0);
		found = leaf_balance(tree, &rest, excess);
	}
	return at * OPT_LEAF_SLOTS + found;
}

uint32_t opt_tree_lowest(const struct opt_tree *tree, uint32_t slot)
{
	uint32_t at = slot / OPT_LEAF_SLOTS;
	uint32_t lowest = lowest_of(tree, &tree->number[at * OPT_LEAF_SLOTS],
		slot % OPT_LEAF_SLOTS + 1);
	unsigned level;

	for (level = 0; level < tree->levels; level++, at /= OPT_WIDTH) {
		uint32_t low = lowest_of(tree,
			tree->nodes[level][at / OPT_WIDTH].low, at % OPT_WIDTH);

		lowest = low < lowest ? low : lowest;
	}
	return lowest;
}

/* Does the node over child AT of LEVEL say of it what IS says? */
static bool says(const struct opt_tree *tree, unsigned level, uint32_t at,
	const struct opt_summary *is)
{
	const struct opt_node *node = &tree->nodes[level][at / OPT_WIDTH];
	int32_t high = node->high[at % OPT_WIDTH];
	bool none = is->high < OPT_NONE_ALIVE / 2;

	return node->sum[at % OPT_WIDTH] == is->sum &&
	       node->low[at % OPT_WIDTH] == is->low &&
	       (none ? high < OPT_NONE_ALIVE / 2 : high == is->high);
}

const char *opt_tree_check(const struct opt_tree *tree, uint32_t now)
{
	struct opt_summary is;
	unsigned level;
	uint32_t at;

	for (at = 0; at < tree->slots; at++) {
		uint64_t bit = UINT64_C(1) << at % OPT_LEAF_SLOTS;
		uint32_t leaf = at / OPT_LEAF_SLOTS;

		if ((tree->number[at] != OPT_NO_NUMBER) !=
			!!(tree->marked[leaf] & bit))
			return "a slot's number and its mark differ";
		if (at >= now && tree->alive[leaf] & bit)
			return "a slot that was not taken is alive";
	}
	for (at = 0; at < tree->open; at++) {
		struct opt_leaf leaf = leaf_from(tree, at, 0);

		is.sum = opt_weight(&leaf, ~UINT64_C(0));
		is.high = opt_leaf_high_plain(&leaf);
		is.low = opt_lowest_plain(
			&tree->number[at * OPT_LEAF_SLOTS], OPT_LEAF_SLOTS);
		if (!says(tree, 0, at, &is))
			return "a node says of a leaf what is not so";
	}
	for (level = 1; level < tree->levels; level++)
		for (at = 0; at < nodes_at(tree, level - 1); at++) {
			const struct opt_node *node =
				&tree->nodes[level - 1][at];

			opt_node_weigh_plain(node, &is);
			is.low = opt_lowest_plain(node->low, OPT_WIDTH);
			if (!says(tree, level, at, &is))
				return "a node says of a node what is not so";
		}
	return NULL;
}
