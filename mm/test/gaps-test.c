/* The tree of gaps: what is found, taken and given back. */
#include "mm/gaps.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { GAPS = 64 };

static void check(const struct gaps *gaps, uint32_t count)
{
	const char *why = gaps_check(gaps);

	if (why)
		fail_msg("%s", why);
	assert_int_equal(gaps->count, count);
}

/* The lowest fit, or -1. */
static long find(const struct gaps *gaps, uint64_t floor, uint64_t pages,
	uint64_t align_pages)
{
	uint64_t start;

	return gaps_find(gaps, floor, pages, align_pages, &start) ? (long)start
								  : -1;
}

static void test_take_and_give(void **state)
{
	struct gaps gaps;

	(void)state;
	assert_int_equal(gaps_init(&gaps, 100, GAPS), 0);
	check(&gaps, 1);
	assert_true(gaps_have(&gaps, 0, 100));
	assert_false(gaps_are_free(&gaps, 0, 101));
	/* from the middle, from the low end, from the high end, all of it */
	assert_int_equal(gaps_take(&gaps, 40, 50), 0);
	check(&gaps, 2);
	assert_int_equal(gaps_take(&gaps, 0, 10), 0);
	assert_int_equal(gaps_take(&gaps, 90, 100), 0);
	check(&gaps, 2);
	assert_true(gaps_have(&gaps, 10, 40));
	assert_true(gaps_have(&gaps, 50, 90));
	assert_true(gaps_are_free(&gaps, 12, 40));
	assert_false(gaps_have(&gaps, 12, 40));
	assert_false(gaps_are_free(&gaps, 12, 41));
	assert_false(gaps_are_free(&gaps, 9, 10));
	assert_int_equal(gaps_take(&gaps, 10, 40), 0);
	check(&gaps, 1);
	/* back: with no neighbour, with a lower, with a higher, with both */
	assert_int_equal(gaps_give(&gaps, 20, 25), 0);
	check(&gaps, 2);
	assert_int_equal(gaps_give(&gaps, 25, 30), 0);
	assert_int_equal(gaps_give(&gaps, 15, 20), 0);
	check(&gaps, 2);
	assert_true(gaps_have(&gaps, 15, 30));
	assert_int_equal(gaps_give(&gaps, 30, 50), 0);
	check(&gaps, 1);
	assert_true(gaps_have(&gaps, 15, 90));
	assert_int_equal(gaps_give(&gaps, 90, 100), 0);
	assert_int_equal(gaps_give(&gaps, 0, 15), 0);
	check(&gaps, 1);
	assert_true(gaps_have(&gaps, 0, 100));
	/* nothing is left */
	assert_int_equal(gaps_take(&gaps, 0, 100), 0);
	check(&gaps, 0);
	assert_false(gaps_are_free(&gaps, 0, 1));
	assert_int_equal(find(&gaps, 0, 1, 1), -1);
	gaps_fini(&gaps);
}

/* Gaps of 1, 2, 3 ... pages, at 100, 200, 300 ... */
static void make_gaps(struct gaps *gaps, unsigned count)
{
	unsigned i;

	assert_int_equal(gaps_init(gaps, 100000, GAPS), 0);
	assert_int_equal(gaps_take(gaps, 0, 100000), 0);
	for (i = 1; i <= count; i++)
		assert_int_equal(gaps_give(gaps, i * 100, i * 100 + i), 0);
	check(gaps, count);
}

static void test_find(void **state)
{
	struct gaps gaps;
	unsigned i;

	(void)state;
	make_gaps(&gaps, 50);
	for (i = 1; i <= 50; i++)
		assert_int_equal(find(&gaps, 0, i, 1), i * 100);
	assert_int_equal(find(&gaps, 0, 51, 1), -1);
	/* a floor before, at, within and behind a gap */
	assert_int_equal(find(&gaps, 4000, 3, 1), 4000);
	assert_int_equal(find(&gaps, 3999, 3, 1), 4000);
	assert_int_equal(find(&gaps, 4037, 3, 1), 4037);
	assert_int_equal(find(&gaps, 4038, 3, 1), 4100);
	assert_int_equal(find(&gaps, 4040, 3, 1), 4100);
	assert_int_equal(find(&gaps, 4000, 41, 1), 4100);
	assert_int_equal(find(&gaps, 5047, 3, 1), 5047);
	assert_int_equal(find(&gaps, 5048, 3, 1), -1);
	assert_int_equal(find(&gaps, UINT64_MAX, 1, 1), -1);
	/* 1408, 2304, 3200 and 4608 are the lowest that leave more and more */
	assert_int_equal(find(&gaps, 0, 6, 128), 1408);
	assert_int_equal(find(&gaps, 0, 7, 128), 2304);
	assert_int_equal(find(&gaps, 0, 32, 128), 3200);
	assert_int_equal(find(&gaps, 0, 33, 128), 4608);
	assert_int_equal(find(&gaps, 0, 39, 128), -1);
	assert_int_equal(find(&gaps, 0, 1, UINT64_C(1) << 63), -1);
	assert_int_equal(find(&gaps, UINT64_MAX - 5, 1, 8), -1);
	gaps_fini(&gaps);
}

/* A gap that has the pages, but not from a multiple of the alignment on. */
static void test_alignment(void **state)
{
	static const uint64_t aligns[] = {2, 512, 1024, 1 << 18, 1 << 20};
	unsigned i;

	(void)state;
	for (i = 0; i < 5; i++) {
		uint64_t align = aligns[i];
		struct gaps gaps;

		assert_int_equal(gaps_init(&gaps, 100 * align, GAPS), 0);
		assert_int_equal(gaps_take(&gaps, 0, 1), 0);
		/* [1, 2a - 1): a multiple, but not a pages from there on */
		assert_int_equal(gaps_take(&gaps, 2 * align - 1, 2 * align), 0);
		/* [2a, 3a): just it */
		assert_int_equal(gaps_take(&gaps, 3 * align, 3 * align + 1), 0);
		check(&gaps, 3);
		assert_int_equal(find(&gaps, 0, align - 1, align), align);
		assert_int_equal(find(&gaps, 0, align, align), 2 * align);
		assert_int_equal(
			find(&gaps, 2 * align + 1, align, align), 4 * align);
		assert_int_equal(find(&gaps, 0, align + 1, align), 4 * align);
		assert_int_equal(find(&gaps, 0, align - 1, 1), 1);
		assert_int_equal(find(&gaps, 0, 96 * align, align), 4 * align);
		assert_int_equal(find(&gaps, 0, 96 * align + 1, align), -1);
		gaps_fini(&gaps);
	}
}

/* What does not fit into the tree leaves no trace. */
static void test_too_many(void **state)
{
	struct gaps gaps;
	unsigned round;

	(void)state;
	assert_int_equal(gaps_init(&gaps, 100, 2), 0);
	assert_int_equal(gaps_take(&gaps, 50, 60), 0);
	for (round = 0; round < 5; round++) {
		assert_int_equal(gaps_take(&gaps, 20, 30), -ENOMEM);
		assert_int_equal(gaps_give(&gaps, 52, 58), -ENOMEM);
		check(&gaps, 2);
		assert_true(gaps_have(&gaps, 0, 50));
		assert_true(gaps_have(&gaps, 60, 100));
		/* these need no node, or give one back first */
		assert_int_equal(gaps_take(&gaps, 0, 50), 0);
		assert_int_equal(gaps_give(&gaps, 52, 58), 0);
		check(&gaps, 2);
		assert_int_equal(gaps_take(&gaps, 52, 58), 0);
		assert_int_equal(gaps_give(&gaps, 0, 50), 0);
	}
	gaps_fini(&gaps);
}

/* Rising, falling and from the middle: the tree stays low. */
static void test_height(void **state)
{
	enum { MANY = 1 << 12 };
	struct gaps gaps;
	unsigned way, i;

	(void)state;
	for (way = 0; way < 3; way++) {
		assert_int_equal(gaps_init(&gaps, 2 * MANY, MANY), 0);
		assert_int_equal(gaps_take(&gaps, 0, 2 * MANY), 0);
		for (i = 0; i < MANY; i++) {
			unsigned at = way == 0	 ? i
				      : way == 1 ? MANY - 1 - i
						 : i * 5 % MANY;

			assert_int_equal(
				gaps_give(&gaps, 2 * at, 2 * at + 1), 0);
		}
		check(&gaps, MANY);
		/* 1.44 times log2 of 4096 */
		assert_true(gaps.nodes[gaps.root].height <= 17);
		for (i = 0; i < MANY; i += 2)
			assert_int_equal(gaps_take(&gaps, 2 * i, 2 * i + 1), 0);
		check(&gaps, MANY / 2);
		assert_true(gaps.nodes[gaps.root].height <= 15);
		gaps_fini(&gaps);
	}
}

/* The check finds what was spoilt. */
static void test_check(void **state)
{
	struct gaps gaps;
	struct gap *root;

	(void)state;
	make_gaps(&gaps, 20);
	root = &gaps.nodes[gaps.root];
	root->fit[1]++;
	assert_non_null(gaps_check(&gaps));
	root->fit[1]--;
	root->height++;
	assert_non_null(gaps_check(&gaps));
	root->height--;
	root->end += 1000;
	assert_non_null(gaps_check(&gaps));
	root->end -= 1000;
	root->side[0] = gaps.root;
	assert_non_null(gaps_check(&gaps));
	gaps_fini(&gaps);
	make_gaps(&gaps, 20);
	gaps.count--;
	assert_non_null(gaps_check(&gaps));
	gaps.count++;
	assert_int_equal(gaps_take(&gaps, 100, 101), 0);
	check(&gaps, 19);
	gaps.free = UINT32_MAX;
	assert_non_null(gaps_check(&gaps));
	gaps_fini(&gaps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take_and_give),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_height),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
