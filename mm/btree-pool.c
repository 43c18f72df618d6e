/*
 * The pool of the B+tree's nodes: one mapping, leaves first, then inner
 * nodes.
 *
 *   | leaves_max x leaf | inners_max x inner node | struct btree_pool |
 *
 * How many nodes KEYS keys in TREES trees can need.  Every leaf but a
 * tree's last holds LEAF_MIN keys or more, and every inner node but the
 * root has INNER_MIN children or more (invariants 4 and 5 in mm/btree.c).
 * So, with L leaves in all:
 *
 *	L <= KEYS / LEAF_MIN + TREES
 *
 * and in a tree with l leaves the k-th level above them has l / INNER_MIN^k
 * nodes at most, or is the root:
 *
 *	inner nodes <= l / (INNER_MIN - 1) + 1
 *	in all trees <= L / (INNER_MIN - 1) + TREES
 *
 * Bytes a key: 384 / 12 + 832 / 12 / 23 = 35.1; a tree adds 384 + 832 + 37.
 * The pool ends in its own head, and in what is left of a page.
 *
 * Fresh nodes are taken from a rising mark, and only what came back sits in
 * a list: so the nodes in use lie close together.
 */
#include "mm/btree-node.h"

#include <assert.h>
#include <errno.h>

#include "base/memory.h"

int btree_pool_create(uint64_t keys, uint32_t trees, struct btree_pool **out)
{
	uint64_t roots, leaves, inners;
	struct btree_pool *pool;
	size_t bytes;
	char *mapping;

	if (keys == 0)
		keys = 1;
	if (trees == 0)
		trees = 1;
	roots = trees < keys ? trees : keys;
	if (keys / LEAF_MIN >= BTREE_NONE - roots)
		return -ENOMEM;
	leaves = keys / LEAF_MIN + roots;
	inners = leaves / (INNER_MIN - 1) + roots;
	if (inners >= BTREE_NONE)
		return -ENOMEM;
	bytes = leaves * sizeof(struct leaf) + inners * sizeof(struct inner) +
		sizeof(*pool);
	mapping = memory_map(bytes);
	if (!mapping)
		return -ENOMEM;
	pool = (void *)(mapping + leaves * sizeof(struct leaf) +
			inners * sizeof(struct inner));
	*pool = (struct btree_pool){
		.leaves = (void *)mapping,
		.inners = (void *)(mapping + leaves * sizeof(struct leaf)),
		.wide = btree_wide_works(),
		.leaves_max = (uint32_t)leaves,
		.inners_max = (uint32_t)inners,
		.leaf_free = BTREE_NONE,
		.inner_free = BTREE_NONE,
		.mapping = mapping,
		.mapping_bytes = bytes,
	};
	*out = pool;
	return 0;
}

void btree_pool_keep_hints(
	struct btree_pool *pool, uint32_t *first, size_t stride_bytes)
{
	pool->hints = (char *)first;
	pool->hints_stride = stride_bytes;
}

void btree_pool_destroy(struct btree_pool *pool)
{
	if (pool)
		memory_unmap(pool->mapping, pool->mapping_bytes);
}

uint32_t btree_leaf_take(struct btree_pool *pool, uint32_t tree)
{
	uint32_t number = pool->leaf_free;
	struct leaf *leaf;

	assert(pool->leaves_used < pool->leaves_max);
	if (number == BTREE_NONE)
		number = pool->leaves_touched++;
	else
		pool->leaf_free = pool->leaves[number].next;
	leaf = pool->leaves + number;
	for (unsigned i = 0; i < LEAF_MAX; i++)
		leaf->keys[i] = BTREE_PAD;
	leaf->previous = BTREE_NONE;
	leaf->next = BTREE_NONE;
	leaf->tree = tree;
	leaf->version++;
	pool->leaves_used++;
	return number;
}

void btree_leaf_give(struct btree_pool *pool, uint32_t number)
{
	struct leaf *leaf = pool->leaves + number;

	leaf->tree = 0;	 /* hints to it are void, */
	leaf->version++; /* places and fingers too */
	leaf->next = pool->leaf_free;
	pool->leaf_free = number;
	pool->leaves_used--;
}

uint32_t btree_inner_take(struct btree_pool *pool)
{
	uint32_t number = pool->inner_free;
	struct inner *inner;

	assert(pool->inners_used < pool->inners_max);
	if (number == BTREE_NONE)
		number = pool->inners_touched++;
	else
		pool->inner_free = pool->inners[number].children[0];
	inner = pool->inners + number;
	for (unsigned i = 0; i < INNER_MAX; i++)
		inner->separators[i] = BTREE_PAD;
	inner_set_pivots(inner);
	pool->inners_used++;
	return number;
}

void btree_inner_give(struct btree_pool *pool, uint32_t number)
{
	pool->inners[number].children[0] = pool->inner_free;
	pool->inner_free = number;
	pool->inners_used--;
}

uint32_t btree_pool_nodes_used(const struct btree_pool *pool)
{
	return pool->leaves_used + pool->inners_used;
}

size_t btree_pool_bytes(const struct btree_pool *pool)
{
	return pool->mapping_bytes;
}
