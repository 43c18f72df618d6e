/*
 * A B+tree from 64-bit keys to 32-bit values: which frame caches an offset
 * of a store, which map lies at an address.
 *
 * The nodes are whole cache lines, come from a pool that is sized when it
 * is made, and are named by 32-bit numbers.  Many trees share one pool; no
 * call but the pool's making allocates.  Not thread-safe but for btree_init:
 * the caller's lock guards pool and trees.  Look-ups need it too: they note
 * in the tree which leaf they ended in (the finger), so that the next key of
 * a run is found without a descent.
 *
 * A look-up leaves a `struct btree_place` behind.  An insert that follows a
 * failed look-up takes the place and does not descend again; it stays right
 * whatever happens to the tree in between (then it costs a descent).  The
 * number of the leaf that holds a key can be kept and given back to a later
 * remove as a hint, which then does not descend at all; a stale hint costs a
 * descent, never a wrong answer.
 */
#ifndef MM_BTREE_H
#define MM_BTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BTREE_NONE UINT32_MAX	       /* no node, no value */
#define BTREE_KEY_MAX (UINT64_MAX - 1) /* the largest key */

struct btree_pool;

/*
 * All keys in [low, low + span) belong into this leaf, as long as its
 * version is this one.
 */
struct btree_finger {
	uint32_t leaf;
	uint32_t version;
	uint64_t low;
	uint64_t span; /* 0: it points nowhere */
};

struct btree {
	struct btree_pool *pool;
	uint64_t size;	 /* keys in the tree */
	uint32_t root;	 /* BTREE_NONE while empty */
	uint32_t height; /* levels, leaves included; 0 while empty */
	uint32_t id;	 /* names the tree in its nodes */

	/* Where the last descent of a look-up and of a removal ended. */
	struct btree_finger look_up_finger;
	struct btree_finger removal_finger;
};

/*
 * Where a key is, or would go.  It is stale once that leaf has split, merged
 * or shifted keys to a neighbour; full of zeros it is so from the start.
 */
struct btree_place {
	uint32_t leaf;
	uint32_t version; /* the leaf's, at the look-up */
};

/*
 * Makes a pool that holds at least KEYS keys, over all the trees that use
 * it and in any distribution over up to TREES trees that are not empty.
 * Memory: at most 36 bytes a key, 1,253 bytes a tree and a page; taken at
 * once.  Returns 0 or -ENOMEM.
 */
int btree_pool_create(uint64_t keys, uint32_t trees, struct btree_pool **out);
void btree_pool_destroy(struct btree_pool *pool);

/*
 * From now on each key that moves to another leaf has that leaf noted at
 * FIRST + value * STRIDE_BYTES, where its hint is: hints are never stale then.
 */
void btree_pool_keep_hints(
	struct btree_pool *pool, uint32_t *first, size_t stride_bytes);

void btree_init(struct btree *tree, struct btree_pool *pool);

/*
 * Looks KEY up. Returns whether it is there, with its value.  VALUE_OUT and
 * PLACE_OUT may be NULL.  O(log n).
 */
bool btree_find(const struct btree *tree, uint64_t key, uint32_t *value_out,
	struct btree_place *place_out);

/*
 * The same, where LEAF may be the leaf that KEY belongs to: then there is no
 * descent.  A hint, which may be stale, or BTREE_NONE.
 */
bool btree_find_near(const struct btree *tree, uint64_t key, uint32_t leaf,
	uint32_t *value_out, struct btree_place *place_out);

/*
 * Starts loading what btree_find will touch; never faults.  Returns the leaf,
 * as a hint for btree_find_near, or BTREE_NONE.
 */
uint32_t btree_prefetch(const struct btree *tree, uint64_t key);

/* The same for a btree_remove with a leaf hint. */
void btree_prefetch_leaf(const struct btree *tree, uint32_t leaf);

/*
 * Inserts KEY at PLACE, which a failed btree_find of the same KEY left; with
 * NULL it looks for the place itself.  The leaf that now holds the key goes
 * to LEAF_OUT, which may be NULL.  Returns 0, -EEXIST, or -ENOMEM when the
 * pool is used up (the tree is then as it was).
 */
int btree_insert(struct btree *tree, uint64_t key, uint32_t value,
	const struct btree_place *place, uint32_t *leaf_out);

/* Removes KEY; LEAF is a hint or BTREE_NONE. Returns whether it was there. */
bool btree_remove(struct btree *tree, uint64_t key, uint32_t leaf);

/*
 * Neighbours: the largest key <= KEY, the smallest key >= KEY.  Return
 * whether there is one.  O(log n).
 */
bool btree_find_at_or_below(const struct btree *tree, uint64_t key,
	uint64_t *key_out, uint32_t *value_out);
bool btree_find_at_or_above(const struct btree *tree, uint64_t key,
	uint64_t *key_out, uint32_t *value_out);

/*
 * Range: calls VISIT for each key in [first, last] in rising order until it
 * returns non-zero, and returns that.  VISIT must not change the tree.
 */
int btree_visit(const struct btree *tree, uint64_t first, uint64_t last,
	int (*visit)(void *context, uint64_t key, uint32_t value),
	void *context);

/*
 * Proves every invariant (order, fill, heights, separators, sibling links,
 * size, the pool's free list).  Returns 0, or -EINVAL with a sentence that
 * says which one does not hold in *WHY_OUT.  O(nodes).
 */
int btree_check(const struct btree *tree, const char **why_out);

/* Nodes in use in the pool, and its whole size in bytes. */
uint32_t btree_pool_nodes_used(const struct btree_pool *pool);
size_t btree_pool_bytes(const struct btree_pool *pool);

#endif
