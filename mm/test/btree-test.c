/*
 * The B+tree case by case: each split, merge and shift by name, the bounds of
 * memory, places and hints from before a change, and btree_check on trees
 * that were broken on purpose.  Built at the normal node size and at 4.
 */
#include "mm/btree-node.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define KEYS 20000

struct fixture {
	struct btree_pool *pool;
	struct btree tree;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || btree_pool_create(KEYS, 2, &fixture->pool))
		return -1;
	btree_init(&fixture->tree, fixture->pool);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	btree_pool_destroy(fixture->pool);
	free(fixture);
	return 0;
}

static void assert_sound(const struct btree *tree)
{
	const char *why = NULL;

	if (btree_check(tree, &why))
		fail_msg("%s", why);
}

static void remove_all(struct btree *tree)
{
	uint64_t key;
	uint32_t value;

	while (btree_find_at_or_above(tree, 0, &key, &value))
		assert_true(btree_remove(tree, key, BTREE_NONE));
}

static uint32_t put(struct btree *tree, uint64_t key)
{
	uint32_t leaf = BTREE_NONE;

	assert_int_equal(
		btree_insert(tree, key, (uint32_t)key, NULL, &leaf), 0);
	return leaf;
}

static void put_range(struct btree *tree, uint64_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put(tree, first + i);
}

static void drop_range(struct btree *tree, uint64_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		assert_true(btree_remove(tree, first + i, BTREE_NONE));
}

static void assert_range(struct btree *tree, uint64_t first, unsigned count)
{
	uint32_t value;

	for (unsigned i = 0; i < count; i++) {
		assert_true(btree_find(tree, first + i, &value, NULL));
		assert_int_equal(value, (uint32_t)(first + i));
	}
}

static void test_empty(void **state)
{
	struct fixture *fixture = *state;
	struct btree *tree = &fixture->tree;
	struct btree_place place;
	uint64_t key;
	uint32_t value;

	assert_false(btree_find(tree, 5, &value, &place));
	assert_false(btree_find(tree, 5, NULL, NULL));
	assert_false(btree_remove(tree, 5, BTREE_NONE));
	assert_false(btree_remove(tree, 5, 0));
	assert_false(btree_find_at_or_below(tree, 5, &key, &value));
	assert_false(btree_find_at_or_above(tree, 5, &key, &value));
	btree_prefetch(tree, 5);
	btree_prefetch_leaf(tree, BTREE_NONE);
	remove_all(tree);
	assert_sound(tree);
	assert_int_equal(btree_insert(tree, 5, 50, &place, NULL), 0);
	assert_int_equal(btree_insert(tree, 5, 51, &place, NULL), -EEXIST);
	assert_true(btree_find(tree, 5, &value, NULL));
	assert_int_equal(value, 50);
	assert_true(btree_remove(tree, 5, BTREE_NONE));
	assert_int_equal(btree_pool_nodes_used(fixture->pool), 0);
	assert_sound(tree);
}

static void test_extreme_keys(void **state)
{
	struct btree *tree = &((struct fixture *)*state)->tree;
	uint64_t key;
	uint32_t value;

	put(tree, BTREE_KEY_MAX);
	assert_true(btree_find_at_or_above(tree, 0, &key, &value));
	assert_true(key == BTREE_KEY_MAX);
	assert_false(btree_find_at_or_below(tree, 0, &key, &value));
	put(tree, 0);
	put_range(tree, BTREE_KEY_MAX - 5 * LEAF_MAX, 5 * LEAF_MAX);
	put_range(tree, 1, 5 * LEAF_MAX);
	assert_sound(tree);
	assert_true(btree_find_at_or_below(
		tree, BTREE_KEY_MAX - 5 * LEAF_MAX - 1, &key, &value));
	assert_int_equal(key, 5 * LEAF_MAX);
	assert_true(btree_find_at_or_below(tree, BTREE_KEY_MAX, &key, &value));
	assert_true(key == BTREE_KEY_MAX);
	assert_true(btree_remove(tree, BTREE_KEY_MAX, BTREE_NONE));
	assert_false(btree_find_at_or_above(tree, BTREE_KEY_MAX, &key, &value));
	assert_true(btree_remove(tree, 0, BTREE_NONE));
	assert_sound(tree);
}

static void test_rising_keys_fill_leaves(void **state)
{
	struct fixture *fixture = *state;
	uint32_t leaves;

	put_range(&fixture->tree, 1000, 100 * LEAF_MAX);
	assert_sound(&fixture->tree);
	leaves = fixture->pool->leaves_used;
	assert_int_equal(leaves, 100);
	assert_range(&fixture->tree, 1000, 100 * LEAF_MAX);
}

static void test_falling_keys(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < KEYS; i++)
		put(&fixture->tree, KEYS - i);
	assert_sound(&fixture->tree);
	assert_range(&fixture->tree, 1, KEYS);
}

/* Two full leaves, 0 10 20 ... */
static void put_two_leaves(struct btree *tree, uint32_t leaves_out[2])
{
	for (unsigned i = 0; i < LEAF_MAX; i++)
		leaves_out[0] = put(tree, i * 10);
	for (unsigned i = LEAF_MAX; i < 2 * LEAF_MAX; i++)
		leaves_out[1] = put(tree, i * 10);
	assert_int_not_equal(leaves_out[0], leaves_out[1]);
	assert_int_equal(tree->height, 2);
}

static unsigned count_in(const struct fixture *fixture, uint32_t leaf)
{
	return leaf_count(fixture->pool->leaves + leaf, false);
}

static void test_split_in_the_middle(void **state)
{
	struct fixture *fixture = *state;
	uint32_t leaves[2], leaf;

	put_two_leaves(&fixture->tree, leaves);
	leaf = put(&fixture->tree, 15);
	assert_int_equal(leaf, leaves[0]);
	assert_int_equal(count_in(fixture, leaf), LEAF_MAX / 2 + 1);
	assert_int_equal(fixture->pool->leaves_used, 3);
	assert_sound(&fixture->tree);
}

static void test_split_at_the_end(void **state)
{
	struct fixture *fixture = *state;
	uint32_t leaves[2], leaf;

	put_two_leaves(&fixture->tree, leaves);
	leaf = put(&fixture->tree, 10 * LEAF_MAX - 5);
	assert_int_not_equal(leaf, leaves[0]);
	assert_int_equal(count_in(fixture, leaf), LEAF_MIN);
	assert_int_equal(count_in(fixture, leaves[0]), LEAF_MAX + 1 - LEAF_MIN);
	assert_sound(&fixture->tree);
}

static void test_shift_from_the_right(void **state)
{
	struct fixture *fixture = *state;
	uint32_t leaves[2];
	uint32_t version;
	unsigned gone = LEAF_MAX - LEAF_MIN + 1;

	put_two_leaves(&fixture->tree, leaves);
	version = fixture->pool->leaves[leaves[0]].version;
	for (unsigned i = 0; i < gone; i++)
		btree_remove(&fixture->tree, i * 10, BTREE_NONE);
	assert_int_equal(fixture->pool->leaves_used, 2);
	assert_int_equal(
		count_in(fixture, leaves[0]), (2 * LEAF_MAX - gone) / 2);
	assert_int_not_equal(fixture->pool->leaves[leaves[0]].version, version);
	assert_sound(&fixture->tree);
}

static void test_merge_with_the_right(void **state)
{
	struct fixture *fixture = *state;
	struct btree *tree = &fixture->tree;
	uint32_t leaves[2];

	put_two_leaves(tree, leaves);
	/* The last leaf may be emptier than any other */
	for (unsigned i = LEAF_MAX + 1; i < 2 * LEAF_MAX; i++)
		assert_true(btree_remove(tree, i * 10, leaves[1]));
	assert_int_equal(count_in(fixture, leaves[1]), 1);
	assert_sound(tree);
	for (unsigned i = 0; i < LEAF_MAX - LEAF_MIN + 1; i++)
		assert_true(btree_remove(tree, i * 10, leaves[0]));
	assert_int_equal(fixture->pool->leaves_used, 1);
	assert_int_equal(tree->height, 1);
	assert_int_equal(count_in(fixture, leaves[0]), LEAF_MIN);
	assert_sound(tree);
}

static void test_last_leaf_goes_when_empty(void **state)
{
	struct fixture *fixture = *state;
	struct btree *tree = &fixture->tree;
	uint32_t leaves[2];

	put_two_leaves(tree, leaves);
	for (unsigned i = 2 * LEAF_MAX; i-- > LEAF_MAX;)
		assert_true(btree_remove(tree, i * 10, leaves[1]));
	assert_int_equal(tree->height, 1);
	assert_int_equal(tree->root, leaves[0]);
	assert_int_equal(btree_pool_nodes_used(fixture->pool), 1);
	assert_sound(tree);
}

/* Removing from the front, the back, and both ways to the middle. */
static void test_shrinks_to_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct btree *tree = &fixture->tree;

	put_range(tree, 0, KEYS);
	drop_range(tree, 0, KEYS);
	assert_int_equal(btree_pool_nodes_used(fixture->pool), 0);
	put_range(tree, 0, KEYS);
	for (unsigned i = KEYS; i-- > 0;) {
		assert_true(btree_remove(tree, i, BTREE_NONE));
		if (i % 1000 == 0)
			assert_sound(tree);
	}
	assert_int_equal(btree_pool_nodes_used(fixture->pool), 0);
	put_range(tree, 0, KEYS);
	for (unsigned i = 0; i < KEYS / 2; i++) {
		assert_true(btree_remove(tree, KEYS / 2 + i, BTREE_NONE));
		assert_true(btree_remove(tree, KEYS / 2 - 1 - i, BTREE_NONE));
		if (i % 1000 == 0)
			assert_sound(tree);
	}
	assert_int_equal(btree_pool_nodes_used(fixture->pool), 0);
	assert_int_equal(tree->size, 0);
}

static void test_stale_place(void **state)
{
	struct btree *tree = &((struct fixture *)*state)->tree;
	struct btree_place place;
	struct btree_place none = {0};
	uint32_t leaf, again;

	put_range(tree, 0, LEAF_MAX / 2);
	put_range(tree, 1000, LEAF_MAX / 2 - 1);
	assert_false(btree_find(tree, 500, NULL, &place));
	/* Within the leaf */
	assert_true(btree_remove(tree, 0, BTREE_NONE));
	assert_int_equal(btree_insert(tree, 500, 1, &place, &leaf), 0);
	assert_true(btree_remove(tree, 500, leaf));
	/* Over splits */
	put_range(tree, 2000, 50 * LEAF_MAX);
	put_range(tree, 200, 300);
	assert_int_equal(btree_insert(tree, 500, 2, &place, &leaf), 0);
	assert_sound(tree);
	/* When all is gone, and by a place that never was one */
	remove_all(tree);
	assert_int_equal(btree_insert(tree, 500, 3, &place, &leaf), 0);
	assert_int_equal(btree_insert(tree, 501, 3, &none, &again), 0);
	assert_int_equal(leaf, again);
	assert_int_equal(btree_insert(tree, 501, 3, &none, &again), -EEXIST);
	assert_sound(tree);
}

static void test_stale_hint(void **state)
{
	struct fixture *fixture = *state;
	struct btree *tree = &fixture->tree;
	struct btree other;
	uint32_t leaf;

	btree_init(&other, fixture->pool);
	leaf = put(&other, 7);
	put_range(tree, 0, 10 * LEAF_MAX);
	/* The other tree's leaf holds such a key too: it must stay */
	assert_true(btree_remove(tree, 7, leaf));
	assert_true(btree_find(&other, 7, NULL, NULL));
	assert_false(btree_remove(tree, 7, leaf));
	/* A leaf that is free, and one that is none */
	remove_all(&other);
	assert_true(btree_remove(tree, 8, leaf));
	assert_true(btree_remove(tree, 9, BTREE_NONE - 1));
	assert_sound(tree);
	assert_sound(&other);
}

/*
 * As many keys as were asked for, as badly spread as can be: fill up in
 * order, then leave each leaf as few as it may have, and fill up elsewhere.
 */
static void test_worst_distribution_fits(void **state)
{
	struct fixture *fixture = *state;
	struct btree *tree = &fixture->tree;
	uint64_t next = 1 << 30;
	uint64_t random = 1;
	struct btree other;

	btree_init(&other, fixture->pool);
	for (unsigned round = 0; round < 40; round++) {
		while (tree->size < KEYS - 1)
			put(tree, next += 1000);
		for (uint64_t key = next; tree->size > KEYS / 2;) {
			random = random * 6364136223846793005 + 1;
			key = random % next;
			if (!btree_find_at_or_above(
				    tree, key, &key, &(uint32_t){0}))
				continue;
			assert_true(btree_remove(tree, key, BTREE_NONE));
		}
		for (uint64_t key = 0; round % 2 && tree->size < KEYS - 1;
			key++)
			if (!btree_find(tree, key * 77777 % next, NULL, NULL))
				put(tree, key * 77777 % next);
	}
	while (tree->size < KEYS - 1)
		put(tree, next += 1000);
	put(&other, 1);
	assert_sound(tree);
	assert_sound(&other);
}

static void test_memory_bound(void **state)
{
	static const uint64_t sizes[] = {1, 100, 1000, 20000, 1 << 20, 1 << 24};
	struct btree_pool *pool;

	(void)state;
	if (LEAF_MAX != 30)
		skip();
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		assert_int_equal(btree_pool_create(sizes[i], 3, &pool), 0);
		assert_true(btree_pool_bytes(pool) <=
			    36 * sizes[i] + 3 * 1253 + 4096);
		btree_pool_destroy(pool);
	}
	assert_int_equal(btree_pool_create(UINT64_MAX, 1, &pool), -ENOMEM);
	assert_int_equal(
		btree_pool_create(UINT64_C(1) << 40, 1, &pool), -ENOMEM);
}

/* With every pool size: the insert that fails leaves the tree as it was. */
static void test_exhaustion(void **state)
{
	(void)state;
	for (uint64_t keys = 1; keys < 40 * LEAF_MAX; keys += LEAF_MIN) {
		struct btree_pool *pool;
		struct btree tree;
		uint64_t count = 0;
		uint32_t used;

		assert_int_equal(btree_pool_create(keys, 1, &pool), 0);
		btree_init(&tree, pool);
		/* From the right to the left: leaves stay half empty */
		while (btree_insert(&tree, 1000000 - count, 1, NULL, NULL) == 0)
			count++;
		assert_true(count >= keys);
		used = btree_pool_nodes_used(pool);
		assert_int_equal(
			btree_insert(&tree, 1000000 - count, 1, NULL, NULL),
			-ENOMEM);
		assert_int_equal(tree.size, count);
		assert_int_equal(btree_pool_nodes_used(pool), used);
		assert_sound(&tree);
		btree_pool_destroy(pool);
	}
}

/*
 * More trees than the pool was made for: now the inner nodes, which hang on
 * the number of trees, may run out before the leaves do.
 */
static void test_too_many_trees(void **state)
{
	struct btree trees[40];
	struct btree_pool *pool;
	unsigned last = 0;
	int result = 0;

	(void)state;
	assert_int_equal(btree_pool_create(20 * LEAF_MAX, 1, &pool), 0);
	for (; !result && last < 40; last++) {
		btree_init(&trees[last], pool);
		for (unsigned i = 0; !result && i < LEAF_MAX + 1; i++)
			result = btree_insert(&trees[last], i, i, NULL, NULL);
	}
	assert_int_equal(result, -ENOMEM);
	assert_true(last > 1);
	while (last-- > 0) {
		assert_sound(&trees[last]);
		remove_all(&trees[last]);
	}
	assert_int_equal(btree_pool_nodes_used(pool), 0);
	btree_pool_destroy(pool);
}

static int stop_at_third(void *context, uint64_t key, uint32_t value)
{
	unsigned *seen = context;

	(void)value;
	return ++*seen == 3 ? (int)key : 0;
}

static void test_visit(void **state)
{
	struct btree *tree = &((struct fixture *)*state)->tree;
	unsigned seen = 0;

	assert_int_equal(
		btree_visit(tree, 0, BTREE_KEY_MAX, stop_at_third, &seen), 0);
	put_range(tree, 100, 10 * LEAF_MAX);
	assert_int_equal(btree_visit(tree, 0, 99, stop_at_third, &seen), 0);
	assert_int_equal(seen, 0);
	assert_int_equal(btree_visit(tree, 110, 111, stop_at_third, &seen), 0);
	assert_int_equal(seen, 2);
	seen = 0;
	assert_int_equal(
		btree_visit(tree, 110, BTREE_KEY_MAX, stop_at_third, &seen),
		112);
	assert_int_equal(btree_visit(tree, 120, 110, stop_at_third, &seen), 0);
}

/* Breaks each invariant once: btree_check has to name it. */
static void test_check_finds_what_is_broken(void **state)
{
	struct fixture *fixture = *state;
	struct btree *tree = &fixture->tree;
	struct btree_pool *pool = fixture->pool;
	struct leaf *leaf;
	struct inner *inner;
	const char *why;
	uint32_t number;

	put_range(tree, 1000, 20 * LEAF_MAX);
	drop_range(tree, 1000, 5);
	assert_true(btree_find(tree, 1000 + 2 * LEAF_MAX, NULL, NULL));
	number = tree->look_up_finger.leaf;
	leaf = pool->leaves + number;
	inner = pool->inners + tree->root;
#define BREAK(LVALUE, VALUE, NUMBER)                                           \
	do {                                                                   \
		__typeof__(LVALUE) old = (LVALUE);                             \
		(LVALUE) = (VALUE);                                            \
		assert_int_equal(btree_check(tree, &why), -EINVAL);            \
		assert_int_equal(why[0], NUMBER);                              \
		(LVALUE) = old;                                                \
		assert_sound(tree);                                            \
	} while (0)
	BREAK(leaf->keys[1], leaf->keys[0], '1');
	BREAK(leaf->keys[LEAF_MAX / 2], BTREE_PAD, '1');
	BREAK(leaf->keys[0], leaf->keys[0] - 1, '2');
	BREAK(inner->separators[0], inner->separators[0] + 1, '2');
	if (INNER_MAX > 7)
		BREAK(inner->pivots[0], inner->pivots[0] - 1, '1');
	BREAK(tree->height, 0, '3');
	BREAK(tree->height, HEIGHT_MAX + 1, '3');
	BREAK(leaf->next, leaf->previous, '6');
	BREAK(leaf->previous, leaf->next, '6');
	BREAK(leaf->tree, tree->id + 1, '6');
	BREAK(tree->size, tree->size + 1, '7');
	BREAK(tree->look_up_finger.low, tree->look_up_finger.low - 1, '8');
	BREAK(tree->look_up_finger.leaf, pool->leaves_touched, '8');
	BREAK(pool->leaf_free, number, '9');
	BREAK(pool->leaves_used, pool->leaves_used - 1, '9');
	BREAK(pool->inners_used, pool->inners_used - 1, '9');
	for (unsigned i = LEAF_MIN - 1; i < LEAF_MAX; i++)
		leaf->keys[i] = BTREE_PAD;
	assert_int_equal(btree_check(tree, &why), -EINVAL);
	assert_int_equal(why[0], '4');
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_empty),
		CASE(test_extreme_keys),
		CASE(test_rising_keys_fill_leaves),
		CASE(test_falling_keys),
		CASE(test_split_in_the_middle),
		CASE(test_split_at_the_end),
		CASE(test_shift_from_the_right),
		CASE(test_merge_with_the_right),
		CASE(test_last_leaf_goes_when_empty),
		CASE(test_shrinks_to_nothing),
		CASE(test_stale_place),
		CASE(test_stale_hint),
		CASE(test_worst_distribution_fits),
		CASE(test_memory_bound),
		CASE(test_exhaustion),
		CASE(test_too_many_trees),
		CASE(test_visit),
		CASE(test_check_finds_what_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
