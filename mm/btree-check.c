/*
 * btree_check: the executable twin of the invariants at the head of
 * mm/btree.c, in plain C and by the long way round, so that it shares no
 * trick with what it checks.
 */
#include "mm/btree-node.h"

#include <errno.h>

struct walk {
	const struct btree *tree;
	const char *why;      /* the first invariant that does not hold */
	uint64_t keys;	      /* seen so far */
	uint32_t leaf_before; /* the leaf left of the one to come */
};

static int broken(struct walk *walk, const char *why)
{
	walk->why = why;
	return -EINVAL;
}

/* The keys of a node rise within [low, high), then come pads. */
static int check_keys(struct walk *walk, const uint64_t *keys, unsigned max,
	uint64_t low, uint64_t high, unsigned *count_out)
{
	unsigned count = 0;

	while (count < max && keys[count] != BTREE_PAD) {
		if (keys[count] < low || keys[count] >= high)
			return broken(walk, "2: a key lies outside its "
					    "separators");
		if (count > 0 && keys[count] <= keys[count - 1])
			return broken(walk, "1: keys do not rise");
		count++;
	}
	for (unsigned i = count; i < max; i++)
		if (keys[i] != BTREE_PAD)
			return broken(walk, "1: a key behind a pad");
	*count_out = count;
	return 0;
}

static int check_finger(struct walk *walk, const struct btree_finger *finger,
	uint32_t number, uint64_t low, uint64_t high)
{
	const struct leaf *leaf = walk->tree->pool->leaves + number;

	if (finger->span == 0 || finger->leaf != number ||
		finger->version != leaf->version)
		return 0;
	if (finger->low < low || finger->span > high - finger->low)
		return broken(walk, "8: a finger's range is wider than its "
				    "leaf's");
	return 0;
}

/* A finger whose version is right is in use. */
static bool finger_astray(
	const struct btree *tree, const struct btree_finger *finger)
{
	const struct leaf *leaf = tree->pool->leaves + finger->leaf;

	return finger->span > 0 &&
	       (finger->leaf >= tree->pool->leaves_touched ||
		       (leaf->version == finger->version &&
			       leaf->tree != tree->id));
}

static int check_leaf(
	struct walk *walk, uint32_t number, uint64_t low, uint64_t high)
{
	const struct btree_pool *pool = walk->tree->pool;
	const struct leaf *leaf = pool->leaves + number;
	unsigned count;
	int result;

	if (number >= pool->leaves_touched || leaf->tree != walk->tree->id)
		return broken(walk, "6: a leaf does not name its tree");
	if (leaf->previous != walk->leaf_before)
		return broken(walk, "6: previous is not the leaf before");
	if (walk->leaf_before != BTREE_NONE &&
		pool->leaves[walk->leaf_before].next != number)
		return broken(walk, "6: next is not the leaf behind");
	walk->leaf_before = number;
	result = check_keys(walk, leaf->keys, LEAF_MAX, low, high, &count);
	if (result)
		return result;
	if (count == 0 || (count < LEAF_MIN && leaf->next != BTREE_NONE))
		return broken(walk, "4: a leaf holds too few keys");
	for (unsigned i = 0; i < count && pool->hints; i++)
		if (*btree_hint(pool, leaf->values[i]) != number)
			return broken(walk, "10: a kept hint is stale");
	walk->keys += count;
	result = check_finger(
		walk, &walk->tree->look_up_finger, number, low, high);
	if (result)
		return result;
	return check_finger(
		walk, &walk->tree->removal_finger, number, low, high);
}

/* Recursion is as deep as the tree is high. */
static int check_below(struct walk *walk, uint32_t number, uint32_t level,
	uint64_t low, uint64_t high)
{
	const struct btree *tree = walk->tree;
	const struct inner *inner = tree->pool->inners + number;
	unsigned least = level + 1 == tree->height ? 2 : INNER_MIN;
	unsigned separators;
	int result;

	if (level == 0)
		return check_leaf(walk, number, low, high);
	if (number >= tree->pool->inners_touched)
		return broken(walk, "9: a pristine node in the tree");
	result = check_keys(
		walk, inner->separators, INNER_MAX, low, high, &separators);
	if (result)
		return result;
	for (unsigned i = 7; i < INNER_MAX; i += 8)
		if (inner->pivots[i / 8] != inner->separators[i])
			return broken(walk, "1: a pivot is not its line's "
					    "last separator");
	if (separators + 1 < least || separators == INNER_MAX)
		return broken(walk, "5: an inner node's number of children "
				    "is out of bounds");
	for (unsigned i = 0; i <= separators; i++) {
		result = check_below(walk, inner->children[i], level - 1,
			i > 0 ? inner->separators[i - 1] : low,
			i < separators ? inner->separators[i] : high);
		if (result)
			return result;
	}
	return 0;
}

/*
 * The free lists are as long as the counts say, and hold no node in use: a
 * leaf in use names a tree, and no list has a loop, for it ends.
 */
static int check_pool(struct walk *walk)
{
	const struct btree_pool *pool = walk->tree->pool;
	uint32_t leaves = pool->leaves_used;
	uint32_t inners = pool->inners_used;

	for (uint32_t i = pool->leaf_free; i != BTREE_NONE;
		i = pool->leaves[i].next) {
		if (i >= pool->leaves_touched || pool->leaves[i].tree != 0)
			return broken(walk, "9: a leaf in use is in the free "
					    "list");
		if (++leaves > pool->leaves_touched)
			break;
	}
	if (leaves != pool->leaves_touched || leaves > pool->leaves_max)
		return broken(walk, "9: leaves are lost");
	for (uint32_t i = pool->inner_free; i != BTREE_NONE;
		i = pool->inners[i].children[0]) {
		if (i >= pool->inners_touched)
			return broken(walk, "9: a pristine node is in the "
					    "free list");
		if (++inners > pool->inners_touched)
			break;
	}
	if (inners != pool->inners_touched || inners > pool->inners_max)
		return broken(walk, "9: inner nodes are lost");
	return 0;
}

int btree_check(const struct btree *tree, const char **why_out)
{
	struct walk walk = {.tree = tree, .leaf_before = BTREE_NONE};
	int result = check_pool(&walk);

	if (!result && (tree->root == BTREE_NONE) != (tree->height == 0))
		result = broken(&walk, "3: root and height disagree");
	if (!result && tree->height > HEIGHT_MAX)
		result = broken(&walk, "3: the tree is too high");
	if (!result && tree->height > 0)
		result = check_below(
			&walk, tree->root, tree->height - 1, 0, BTREE_PAD);
	if (!result && walk.leaf_before != BTREE_NONE &&
		tree->pool->leaves[walk.leaf_before].next != BTREE_NONE)
		result = broken(&walk, "6: leaves behind the last");
	if (!result && walk.keys != tree->size)
		result = broken(&walk, "7: size is not the count of keys");
	if (!result && (finger_astray(tree, &tree->look_up_finger) ||
			       finger_astray(tree, &tree->removal_finger)))
		result = broken(&walk, "8: a finger names no leaf of the tree");
	*why_out = walk.why;
	return result;
}
