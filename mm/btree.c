/*
 * The B+tree: look-ups, inserts, removals.  The nodes and what happens
 * within one are in mm/btree-node.h, splits and merges in mm/btree-shape.c,
 * the pool is in mm/btree-pool.c, the executable twin of the invariants in
 * mm/btree-check.c.
 *
 *	level 2		              [ 40 | 90 ]              inner nodes:
 *			             /     |     \             separators and
 *	level 1		   [ 7 | 20 ]  [ 55 | 71 ]  [ 95 ]     children
 *			    /  |   \     /  |   \     /  \
 *	level 0		   []  []  []   []  []  []   []  []    leaves: keys,
 *			   <-> <-> <-> <-> <-> <-> <-> <->     values, links
 *
 * Invariants, with which btree_check agrees number by number:
 *
 *  1. Keys rise strictly within a leaf and from leaf to leaf; so do the
 *     separators of an inner node.  Slots behind the last are BTREE_PAD.
 *     Pivots repeat the last separator of each line.
 *  2. Keys in the child left of a separator are below it, keys in the child
 *     right of it are not.
 *  3. All leaves are at level 0, the root is at level height - 1, and an
 *     empty tree has neither root nor height.
 *  4. A leaf holds at least LEAF_MIN keys; only the last one of a tree may
 *     hold fewer, but never none.
 *  5. An inner node has at least INNER_MIN children, the root two.
 *  6. next and previous run through all leaves of the tree in order, and
 *     each names the tree in its tree field.
 *  7. size is the count of the keys.
 *  8. A finger whose version is its leaf's names a leaf of the tree, and its
 *     range lies between the separators next to that leaf.
 *  9. Each node of the pool is in exactly one of: a tree, the free list, the
 *     pristine rest.
 * 10. With hints that are kept, that of each value is its key's leaf.
 *
 * Invariant 4 leaves the last leaf out so that keys that only ever rise
 * (first touches do) fill every leaf to the brim.
 *
 * A place and a finger hold a leaf's version, and are void once it has
 * changed; what happens to other leaves does not matter to them.  There are
 * two fingers, since a pager looks up here and evicts there, each in its own
 * run.  Runs need the second one: where keys go in and out in runs, nearly
 * all hints are stale, for a run that splits the leaf it goes into moves on.
 */
#include "mm/btree-node.h"

#include <assert.h>
#include <errno.h>

void btree_init(struct btree *tree, struct btree_pool *pool)
{
	*tree = (struct btree){
		.pool = pool,
		.root = BTREE_NONE,
		/* the only thing here that is done without the lock */
		.id = __atomic_add_fetch(&pool->trees, 1, __ATOMIC_RELAXED),
	};
}

/*
 * The leaf that KEY belongs to, in a tree that is not empty.  On the way it
 * takes down the separators next to that leaf and leaves them in the finger.
 */
BTREE_INLINE uint32_t descend(const struct btree *tree, uint64_t key,
	struct btree_finger *finger, bool wide)
{
	const struct inner *inners = tree->pool->inners;
	uint32_t node = tree->root;
	uint64_t low = 0;
	uint64_t high = BTREE_PAD;

	for (uint32_t level = tree->height - 1; level > 0; level--) {
		const struct inner *inner = inners + node;
		unsigned slot = inner_slot(inner, key, wide);
		uint64_t above = inner->separators[slot];

		node = inner->children[slot];
		low = slot > 0 ? inner->separators[slot - 1] : low;
		high = above < high ? above : high;
	}
	*finger = (struct btree_finger){
		.leaf = node,
		.version = tree->pool->leaves[node].version,
		.low = low,
		.span = high - low,
	};
	return node;
}

/* The same, without a descent when the finger covers KEY. */
BTREE_INLINE uint32_t find_leaf(const struct btree *tree, uint64_t key,
	struct btree_finger *finger, bool wide)
{
	if (key - finger->low < finger->span &&
		tree->pool->leaves[finger->leaf].version == finger->version)
		return finger->leaf;
	return descend(tree, key, finger, wide);
}

/*
 * The finger is the one thing that a look-up changes.  That the tree is
 * const is the caller's promise, not the object's nature: btree_init wrote
 * to it.
 */
static inline struct btree_finger *look_up_finger(const struct btree *tree)
{
	return (struct btree_finger *)&tree->look_up_finger;
}

BTREE_INLINE bool find(const struct btree *tree, uint64_t key,
	uint32_t *value_out, struct btree_place *place_out, bool wide)
{
	const struct leaf *leaf;
	uint32_t number;
	unsigned index;
	bool found;

	if (tree->root == BTREE_NONE) {
		if (place_out)
			*place_out = (struct btree_place){0, 0};
		return false;
	}
	number = find_leaf(tree, key, look_up_finger(tree), wide);
	leaf = tree->pool->leaves + number;
	index = leaf_index(leaf, key, wide);
	found = index < LEAF_MAX && leaf->keys[index] == key;
	if (place_out)
		*place_out = (struct btree_place){number, leaf->version};
	if (found && value_out)
		*value_out = leaf->values[index];
	return found;
}

static BTREE_WIDE bool find_wide(const struct btree *tree, uint64_t key,
	uint32_t *value_out, struct btree_place *place_out)
{
	return find(tree, key, value_out, place_out, true);
}

bool btree_find(const struct btree *tree, uint64_t key, uint32_t *value_out,
	struct btree_place *place_out)
{
	assert(key <= BTREE_KEY_MAX);
	if (tree->pool->wide)
		return find_wide(tree, key, value_out, place_out);
	return find(tree, key, value_out, place_out, false);
}

/*
 * A key that lies between two keys of a leaf belongs into it, whatever has
 * become of the leaf since it was hinted at.
 */
BTREE_INLINE bool find_near(const struct btree *tree, uint64_t key,
	uint32_t number, uint32_t *value_out, struct btree_place *place_out,
	bool wide)
{
	const struct leaf *leaf = tree->pool->leaves + number;
	unsigned index;

	if (number >= tree->pool->leaves_max || leaf->tree != tree->id)
		return find(tree, key, value_out, place_out, wide);
	index = leaf_index(leaf, key, wide);
	if (index == LEAF_MAX || leaf->keys[index] == BTREE_PAD ||
		(index == 0 && leaf->keys[0] != key))
		return find(tree, key, value_out, place_out, wide);
	*place_out = (struct btree_place){number, leaf->version};
	*value_out = leaf->values[index];
	return leaf->keys[index] == key;
}

static BTREE_WIDE bool find_near_wide(const struct btree *tree, uint64_t key,
	uint32_t leaf, uint32_t *value_out, struct btree_place *place_out)
{
	return find_near(tree, key, leaf, value_out, place_out, true);
}

bool btree_find_near(const struct btree *tree, uint64_t key, uint32_t leaf,
	uint32_t *value_out, struct btree_place *place_out)
{
	assert(key <= BTREE_KEY_MAX);
	if (tree->pool->wide)
		return find_near_wide(tree, key, leaf, value_out, place_out);
	return find_near(tree, key, leaf, value_out, place_out, false);
}

BTREE_INLINE uint32_t prefetch_leaf_of(
	const struct btree *tree, uint64_t key, bool wide)
{
	const struct inner *inners = tree->pool->inners;
	uint32_t node = tree->root;

	for (uint32_t level = tree->height - 1; level > 0; level--) {
		const struct inner *inner = inners + node;
		const char *line = (const char *)inner;

		for (size_t i = BTREE_LINE; i < sizeof(*inner); i += BTREE_LINE)
			__builtin_prefetch(line + i);
		node = inner->children[inner_slot(inner, key, wide)];
	}
	return node;
}

static BTREE_WIDE uint32_t prefetch_leaf_of_wide(
	const struct btree *tree, uint64_t key)
{
	return prefetch_leaf_of(tree, key, true);
}

uint32_t btree_prefetch(const struct btree *tree, uint64_t key)
{
	uint32_t leaf;

	if (tree->root == BTREE_NONE ||
		key - tree->look_up_finger.low < tree->look_up_finger.span)
		return BTREE_NONE;
	leaf = tree->pool->wide ? prefetch_leaf_of_wide(tree, key)
				: prefetch_leaf_of(tree, key, false);
	btree_prefetch_leaf(tree, leaf);
	return leaf;
}

void btree_prefetch_leaf(const struct btree *tree, uint32_t leaf)
{
	const char *start;

	if (leaf >= tree->pool->leaves_max)
		return;
	start = (const char *)(tree->pool->leaves + leaf);
	for (size_t i = 0; i < sizeof(struct leaf); i += BTREE_LINE)
		__builtin_prefetch(start + i, 1);
	/* GCC holds a function that only loads ahead to be without effect,
	 * and drops the calls of it that it sees through */
	__asm__ volatile("");
}

BTREE_INLINE int insert(struct btree *tree, uint64_t key, uint32_t value,
	const struct btree_place *place, uint32_t *leaf_out, bool wide)
{
	struct leaf *leaves = tree->pool->leaves;
	uint32_t number;
	int result;

	if (tree->root == BTREE_NONE)
		return btree_insert_first(tree, key, value, leaf_out);
	if (place && leaves[place->leaf].version == place->version)
		number = place->leaf;
	else
		number = find_leaf(tree, key, look_up_finger(tree), wide);
	result = leaf_insert(leaves + number, key, value, wide);
	if (result == -ENOSPC)
		return btree_insert_split(tree, number, key, value, leaf_out);
	if (result)
		return result;
	tree->size++;
	if (leaf_out)
		*leaf_out = number;
	return 0;
}

static BTREE_WIDE int insert_wide(struct btree *tree, uint64_t key,
	uint32_t value, const struct btree_place *place, uint32_t *leaf_out)
{
	return insert(tree, key, value, place, leaf_out, true);
}

int btree_insert(struct btree *tree, uint64_t key, uint32_t value,
	const struct btree_place *place, uint32_t *leaf_out)
{
	assert(key <= BTREE_KEY_MAX);
	if (tree->pool->wide)
		return insert_wide(tree, key, value, place, leaf_out);
	return insert(tree, key, value, place, leaf_out, false);
}

/*
 * The hint is right if it names a leaf of this tree that holds the key: a
 * key is in one leaf at most, so nothing else has to hold.
 */
BTREE_INLINE bool remove_key(
	struct btree *tree, uint64_t key, uint32_t number, bool wide)
{
	struct btree_pool *pool = tree->pool;
	struct leaf *leaf = pool->leaves + number;

	if (number >= pool->leaves_max || leaf->tree != tree->id ||
		!leaf_remove(leaf, key, wide)) {
		if (tree->root == BTREE_NONE)
			return false;
		number = find_leaf(tree, key, &tree->removal_finger, wide);
		leaf = pool->leaves + number;
		if (!leaf_remove(leaf, key, wide))
			return false;
	}
	tree->size--;
	if (leaf->keys[LEAF_MIN - 1] == BTREE_PAD)
		btree_mend(tree, number, key);
	return true;
}

static BTREE_WIDE bool remove_key_wide(
	struct btree *tree, uint64_t key, uint32_t leaf)
{
	return remove_key(tree, key, leaf, true);
}

bool btree_remove(struct btree *tree, uint64_t key, uint32_t leaf)
{
	assert(key <= BTREE_KEY_MAX);
	if (tree->pool->wide)
		return remove_key_wide(tree, key, leaf);
	return remove_key(tree, key, leaf, false);
}

/* A key's leaf and index there, for the look-ups of neighbours. */
static const struct leaf *seek(
	const struct btree *tree, uint64_t key, unsigned *index_out)
{
	const struct btree_pool *pool = tree->pool;
	const struct leaf *leaf =
		pool->leaves +
		find_leaf(tree, key, look_up_finger(tree), pool->wide);

	*index_out = leaf_index(leaf, key, pool->wide);
	return leaf;
}

bool btree_find_at_or_below(const struct btree *tree, uint64_t key,
	uint64_t *key_out, uint32_t *value_out)
{
	const struct btree_pool *pool = tree->pool;
	const struct leaf *leaf;
	unsigned index;

	assert(key <= BTREE_KEY_MAX);
	if (tree->root == BTREE_NONE)
		return false;
	leaf = seek(tree, key, &index);
	if (index < LEAF_MAX && leaf->keys[index] == key)
		index++;
	if (index == 0) {
		if (leaf->previous == BTREE_NONE)
			return false;
		leaf = pool->leaves + leaf->previous;
		index = leaf_count(leaf, pool->wide);
	}
	*key_out = leaf->keys[index - 1];
	*value_out = leaf->values[index - 1];
	return true;
}

bool btree_find_at_or_above(const struct btree *tree, uint64_t key,
	uint64_t *key_out, uint32_t *value_out)
{
	const struct leaf *leaf;
	unsigned index;

	assert(key <= BTREE_KEY_MAX);
	if (tree->root == BTREE_NONE)
		return false;
	leaf = seek(tree, key, &index);
	if (index == LEAF_MAX || leaf->keys[index] == BTREE_PAD) {
		if (leaf->next == BTREE_NONE)
			return false;
		leaf = tree->pool->leaves + leaf->next;
		index = 0;
	}
	*key_out = leaf->keys[index];
	*value_out = leaf->values[index];
	return true;
}

int btree_visit(const struct btree *tree, uint64_t first, uint64_t last,
	int (*visit)(void *context, uint64_t key, uint32_t value),
	void *context)
{
	const struct btree_pool *pool = tree->pool;
	const struct leaf *leaf;
	unsigned index;
	int result;

	assert(first <= BTREE_KEY_MAX && last <= BTREE_KEY_MAX);
	if (tree->root == BTREE_NONE)
		return 0;
	leaf = seek(tree, first, &index);
	for (;;) {
		if (index == LEAF_MAX || leaf->keys[index] == BTREE_PAD) {
			if (leaf->next == BTREE_NONE)
				return 0;
			leaf = pool->leaves + leaf->next;
			index = 0;
		}
		if (leaf->keys[index] > last)
			return 0;
		result = visit(context, leaf->keys[index], leaf->values[index]);
		if (result)
			return result;
		index++;
	}
}
