/*
 * How the B+tree changes its shape: splits when a leaf is full, merges and
 * shifts when one holds too little.  One insert or removal in ten to forty
 * comes here; the rest stay within a leaf (mm/btree.c, which also states the
 * invariants by number).
 *
 * Nodes do not know their parents: each of these descends from the root to
 * learn the path.  In return an inner node that splits leaves its children
 * alone, and the paths stay out of every other operation.
 */
#include "mm/btree-node.h"

#include <assert.h>
#include <errno.h>

/* The way from the root to a leaf: at level L, slot[L] of inner[L]. */
struct path {
	uint32_t inner[HEIGHT_MAX];
	unsigned slot[HEIGHT_MAX];
};

/* Descends to KEY's leaf and notes the way. Returns the leaf. */
static uint32_t find_path(
	const struct btree *tree, uint64_t key, struct path *path)
{
	const struct btree_pool *pool = tree->pool;
	uint32_t node = tree->root;

	for (uint32_t level = tree->height - 1; level > 0; level--) {
		const struct inner *inner = pool->inners + node;

		path->inner[level] = node;
		path->slot[level] = inner_slot(inner, key, pool->wide);
		node = inner->children[path->slot[level]];
	}
	return node;
}

/*
 * Puts SEPARATOR and the CHILD right of it behind the child at SLOT of an
 * inner node that has COUNT children, and room.
 *
 *	   s0  s1  s2              s0  S   s1  s2
 *	 c0  c1  c2  c3   ->     c0  c1  C   c2  c3        SLOT = 1
 */
static void inner_open(struct inner *inner, unsigned count, unsigned slot,
	uint64_t separator, uint32_t child)
{
	unsigned behind = count - 1 - slot;

	memmove(inner->separators + slot + 1, inner->separators + slot,
		behind * sizeof(*inner->separators));
	memmove(inner->children + slot + 2, inner->children + slot + 1,
		behind * sizeof(*inner->children));
	inner->separators[slot] = separator;
	inner->children[slot + 1] = child;
	inner_set_pivots(inner);
}

/* Takes the separator at SLOT and the child right of it out. */
static void inner_close(struct inner *inner, unsigned count, unsigned slot)
{
	unsigned behind = count - 2 - slot;

	memmove(inner->separators + slot, inner->separators + slot + 1,
		behind * sizeof(*inner->separators));
	memmove(inner->children + slot + 1, inner->children + slot + 2,
		behind * sizeof(*inner->children));
	inner->separators[count - 2] = BTREE_PAD;
	inner_set_pivots(inner);
}

static void pad(uint64_t *keys, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		keys[i] = BTREE_PAD;
}

/*
 * Where a full node of MAX entries is cut when one more comes in at INDEX:
 * how many stay on the left, the new one not counted.  In the middle, unless
 * it comes in at the end: then more are likely to follow there, and the
 * right node gets as little as it may have.
 */
static unsigned cut(unsigned index, unsigned max, unsigned min)
{
	return index == max ? max + 1 - min : max / 2;
}

/*
 * Splits the full inner node NUMBER, whose child at SLOT gets a new right
 * neighbour CHILD.
 *
 *	   parent: ... P ...                 parent: ... P s2 Q ...
 *	           |                 ->                 /      \
 *	   s0  s1  s2  s3  (S)            s0  s1              s3  S
 *	 c0  c1  c2  c3  c4  (C)        c0  c1  c2         c3   c4   C
 *
 * Returns the right node Q; the separator for the parent (here s2) goes to
 * UP_OUT.
 */
static uint32_t inner_split(struct btree_pool *pool, uint32_t number,
	unsigned slot, uint64_t separator, uint32_t child, uint64_t *up_out)
{
	unsigned position = slot + 1;
	unsigned keep = cut(position, INNER_MAX, INNER_MIN);
	unsigned moved = INNER_MAX - keep;
	uint32_t right_number = btree_inner_take(pool);
	struct inner *left = pool->inners + number;
	struct inner *right = pool->inners + right_number;

	memcpy(right->separators, left->separators + keep,
		(moved - 1) * sizeof(*left->separators));
	memcpy(right->children, left->children + keep,
		moved * sizeof(*left->children));
	*up_out = left->separators[keep - 1];
	pad(left->separators, keep - 1, INNER_MAX);
	inner_set_pivots(left);
	inner_set_pivots(right);
	if (position <= keep)
		inner_open(left, keep, slot, separator, child);
	else
		inner_open(right, moved, slot - keep, separator, child);
	return right_number;
}

/*
 * Puts the leaf CHILD, whose keys start at SEPARATOR, to the right of the
 * leaf that PATH leads to, and splits upwards as long as nodes are full.
 *
 *	                            [ s ]         the root was full
 *	[ root ]     ->            /     \
 *	                      [ root ]  [ new ]
 */
static void path_insert(struct btree *tree, const struct path *path,
	uint64_t separator, uint32_t child)
{
	struct btree_pool *pool = tree->pool;
	uint32_t root_number;
	struct inner *root;

	for (uint32_t level = 1; level < tree->height; level++) {
		struct inner *inner = pool->inners + path->inner[level];
		unsigned slot = path->slot[level];

		if (!inner_is_full(inner)) {
			inner_open(inner, inner_count(inner, pool->wide), slot,
				separator, child);
			return;
		}
		child = inner_split(pool, path->inner[level], slot, separator,
			child, &separator);
	}
	root_number = btree_inner_take(pool);
	root = pool->inners + root_number;
	root->separators[0] = separator;
	inner_set_pivots(root);
	root->children[0] = tree->root;
	root->children[1] = child;
	tree->root = root_number;
	tree->height++;
}

/* Whether the pool has the nodes that a split of PATH's leaf will take. */
static bool pool_can_split(const struct btree *tree, const struct path *path)
{
	const struct btree_pool *pool = tree->pool;
	uint32_t level = 1;

	while (level < tree->height &&
		inner_is_full(pool->inners + path->inner[level]))
		level++;
	/* One for each full node, and one for the root if all are full. */
	return pool->leaves_used < pool->leaves_max &&
	       pool->inners_max - pool->inners_used >=
		       level - (level < tree->height);
}

/* Takes a leaf and links it in behind LEFT. */
static uint32_t leaf_take_behind(struct btree *tree, uint32_t left_number)
{
	struct btree_pool *pool = tree->pool;
	uint32_t number = btree_leaf_take(pool, tree->id);
	struct leaf *left = pool->leaves + left_number;
	struct leaf *leaf = pool->leaves + number;

	leaf->previous = left_number;
	leaf->next = left->next;
	if (left->next != BTREE_NONE)
		pool->leaves[left->next].previous = number;
	left->next = number;
	return number;
}

/* The COUNT keys with these values are in LEAF now. */
static void tell_moved(const struct btree_pool *pool, const uint32_t *values,
	unsigned count, uint32_t leaf)
{
	if (!pool->hints)
		return;
	for (unsigned i = 0; i < count; i++)
		*btree_hint(pool, values[i]) = leaf;
}

/*
 * Inserts KEY into the full leaf NUMBER, by splitting it.
 *
 *	[a b c d e f]  + C   ->   [a b c C] [d e f]       in the middle
 *	[a b c d e f]  + G   ->   [a b c d] [e f G]       at the end
 *	[a b c d e f]| + G   ->   [a b c d e f] [G]|      at the tree's end
 *
 * The separator is the right leaf's first key.
 */
int btree_insert_split(struct btree *tree, uint32_t number, uint64_t key,
	uint32_t value, uint32_t *leaf_out)
{
	struct btree_pool *pool = tree->pool;
	struct leaf *left = pool->leaves + number;
	unsigned index = leaf_index(left, key, pool->wide);
	unsigned least = left->next == BTREE_NONE ? 1 : LEAF_MIN;
	unsigned keep = cut(index, LEAF_MAX, least);
	unsigned moved = LEAF_MAX - keep;
	/* At the cut, left: a run that goes on there then finds its end */
	bool goes_right = index > keep || moved == 0;
	uint32_t right_number;
	struct leaf *right;
	struct path path;

	find_path(tree, key, &path);
	if (!pool_can_split(tree, &path))
		return -ENOMEM;
	right_number = leaf_take_behind(tree, number);
	right = pool->leaves + right_number;
	memcpy(right->keys, left->keys + keep, moved * sizeof(*right->keys));
	memcpy(right->values, left->values + keep,
		moved * sizeof(*right->values));
	tell_moved(pool, right->values, moved, right_number);
	pad(left->keys, keep, LEAF_MAX);
	left->version++;
	(void)leaf_insert(goes_right ? right : left, key, value, pool->wide);
	path_insert(tree, &path, right->keys[0], right_number);
	tree->size++;
	if (leaf_out)
		*leaf_out = goes_right ? right_number : number;
	return 0;
}

/* Inserts into a tree that is empty. */
int btree_insert_first(
	struct btree *tree, uint64_t key, uint32_t value, uint32_t *leaf_out)
{
	struct btree_pool *pool = tree->pool;
	uint32_t number;

	if (pool->leaves_used == pool->leaves_max)
		return -ENOMEM;
	number = btree_leaf_take(pool, tree->id);
	(void)leaf_insert(pool->leaves + number, key, value, pool->wide);
	tree->root = number;
	tree->height = 1;
	tree->size = 1;
	if (leaf_out)
		*leaf_out = number;
	return 0;
}

/*
 * Brings two neighbours, of which one has too few children, to one node or
 * to equal fill.  MIDDLE is the separator between them, in the parent.
 * Returns whether the right one was merged into the left one.
 *
 *	merge:   P ... m ...          P ...
 *	          /     \      ->      |
 *	       s0 s1     t0          s0 s1 m t0
 *
 *	shift:   P ... m ...              P ... t0 ...
 *	          /     \      ->           /      \
 *	       s0       t0 t1 t2        s0 m        t1 t2
 */
static bool inner_balance(struct btree_pool *pool, uint32_t left_number,
	uint32_t right_number, uint64_t *middle)
{
	struct inner *left = pool->inners + left_number;
	struct inner *right = pool->inners + right_number;
	unsigned left_count = inner_count(left, pool->wide);
	unsigned right_count = inner_count(right, pool->wide);
	unsigned total = left_count + right_count;
	unsigned keep = total <= INNER_MERGE_MAX ? total : total / 2;
	uint64_t separators[2 * INNER_MAX];
	uint32_t children[2 * INNER_MAX];

	memcpy(separators, left->separators, (left_count - 1) * 8);
	separators[left_count - 1] = *middle;
	memcpy(separators + left_count, right->separators,
		(right_count - 1) * 8);
	memcpy(children, left->children, left_count * 4);
	memcpy(children + left_count, right->children, right_count * 4);

	memcpy(left->separators, separators, (keep - 1) * 8);
	pad(left->separators, keep - 1, INNER_MAX);
	memcpy(left->children, children, keep * 4);
	inner_set_pivots(left);
	if (keep == total) {
		btree_inner_give(pool, right_number);
		return true;
	}
	*middle = separators[keep - 1];
	memcpy(right->separators, separators + keep, (total - keep - 1) * 8);
	pad(right->separators, total - keep - 1, INNER_MAX);
	memcpy(right->children, children + keep, (total - keep) * 4);
	inner_set_pivots(right);
	return false;
}

/*
 * Takes the separator at SLOT and the child right of it out of PATH's inner
 * node at level 1, and balances upwards as long as nodes have too few.
 *
 *	[ root ]                                  the root has one child left
 *	    |           ->
 *	 [ only ]                [ only ]
 */
static void path_remove(struct btree *tree, struct path *path, unsigned slot)
{
	struct btree_pool *pool = tree->pool;
	uint32_t old_root = tree->root;

	for (uint32_t level = 1;; level++) {
		uint32_t number = path->inner[level];
		struct inner *inner = pool->inners + number;
		unsigned count = inner_count(inner, pool->wide);
		struct inner *parent;

		inner_close(inner, count, slot);
		count--;
		if (level + 1 == tree->height) {
			if (count > 1)
				return;
			tree->root = inner->children[0];
			tree->height--;
			btree_inner_give(pool, old_root);
			return;
		}
		if (count >= INNER_MIN)
			return;
		/* With the right neighbour; the last one with the left. */
		parent = pool->inners + path->inner[level + 1];
		slot = path->slot[level + 1];
		if (slot + 1 == inner_count(parent, pool->wide))
			slot--;
		if (!inner_balance(pool, parent->children[slot],
			    parent->children[slot + 1],
			    &parent->separators[slot])) {
			inner_set_pivots(parent);
			return;
		}
	}
}

/* Unlinks the leaf from its neighbours and gives it back. */
static void leaf_drop(struct btree *tree, uint32_t number)
{
	struct btree_pool *pool = tree->pool;
	const struct leaf *leaf = pool->leaves + number;

	if (leaf->previous != BTREE_NONE)
		pool->leaves[leaf->previous].next = leaf->next;
	if (leaf->next != BTREE_NONE)
		pool->leaves[leaf->next].previous = leaf->previous;
	btree_leaf_give(pool, number);
}

/*
 * The same as inner_balance, for leaves; the separator does not come down.
 *
 *	merge:   [a b] | [d e f]     ->   [a b d e f]
 *	shift:   [a b] d [d e f g h] ->   [a b d] e [e f g h]
 */
static bool leaf_balance(struct btree *tree, uint32_t left_number,
	uint32_t right_number, uint64_t *middle)
{
	struct btree_pool *pool = tree->pool;
	struct leaf *left = pool->leaves + left_number;
	struct leaf *right = pool->leaves + right_number;
	unsigned left_count = leaf_count(left, pool->wide);
	unsigned right_count = leaf_count(right, pool->wide);
	unsigned total = left_count + right_count;
	unsigned keep = total <= LEAF_MERGE_MAX ? total : total / 2;
	uint64_t keys[2 * LEAF_MAX];
	uint32_t values[2 * LEAF_MAX];

	memcpy(keys, left->keys, left_count * 8);
	memcpy(keys + left_count, right->keys, right_count * 8);
	memcpy(values, left->values, left_count * 4);
	memcpy(values + left_count, right->values, right_count * 4);

	memcpy(left->keys, keys, keep * 8);
	pad(left->keys, keep, LEAF_MAX);
	memcpy(left->values, values, keep * 4);
	left->version++;
	if (keep > left_count)
		tell_moved(pool, values + left_count, keep - left_count,
			left_number);
	else
		tell_moved(
			pool, values + keep, left_count - keep, right_number);
	if (keep == total) {
		leaf_drop(tree, right_number);
		return true;
	}
	*middle = keys[keep];
	right->version++;
	memcpy(right->keys, keys + keep, (total - keep) * 8);
	pad(right->keys, total - keep, LEAF_MAX);
	memcpy(right->values, values + keep, (total - keep) * 4);
	return false;
}

/*
 * Mends invariant 4 after a removal of KEY left too little in a leaf.
 *
 *	the tree's last leaf     goes when it is empty
 *	another                  is balanced with its right neighbour, or its
 *	                         left one where its parent ends
 */
void btree_mend(struct btree *tree, uint32_t number, uint64_t key)
{
	struct btree_pool *pool = tree->pool;
	const struct leaf *leaf = pool->leaves + number;
	struct inner *parent;
	struct path path;
	unsigned slot;

	if (leaf->next == BTREE_NONE && leaf->keys[0] != BTREE_PAD)
		return;
	if (tree->height == 1) {
		btree_leaf_give(pool, number);
		tree->root = BTREE_NONE;
		tree->height = 0;
		return;
	}
	find_path(tree, key, &path);
	slot = path.slot[1];
	parent = pool->inners + path.inner[1];
	if (leaf->next == BTREE_NONE) {
		leaf_drop(tree, number);
		path_remove(tree, &path, slot - 1);
		return;
	}
	if (slot + 1 == inner_count(parent, pool->wide))
		slot--;
	if (leaf_balance(tree, parent->children[slot],
		    parent->children[slot + 1], &parent->separators[slot]))
		path_remove(tree, &path, slot);
	else
		inner_set_pivots(parent);
}
