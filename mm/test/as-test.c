/* Address spaces: where maps may lie, how they are found and split. */
#include "mm/as.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mm/physmem.h"
#include "mm/policy.h"

enum { MAPS = 8 };

struct fixture {
	struct as as;
	struct store store, other;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || as_init(&fixture->as, MAPS))
		return -1;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	as_fini(&fixture->as);
	/* all maps are off their stores' lists */
	if (fixture->store.maps || fixture->other.maps)
		return -1;
	free(fixture);
	return 0;
}

static int put(struct fixture *fixture, uint64_t start, uint64_t pages)
{
	int error = as_map(&fixture->as, start, pages, &fixture->store,
		1000 + start, PROTECT_READ, NULL);
	const char *why = as_check(&fixture->as);

	if (why)
		fail_msg("%s", why);
	return error;
}

static void test_bounds(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;

	assert_int_equal(put(fixture, 5, 0), -EINVAL);
	assert_int_equal(put(fixture, AS_PAGES_MAX, 1), -EINVAL);
	assert_int_equal(put(fixture, AS_PAGES_MAX - 1, 2), -EINVAL);
	assert_int_equal(put(fixture, 1, AS_PAGES_MAX), -EINVAL);
	assert_int_equal(put(fixture, 2, UINT64_MAX), -EINVAL);
	assert_int_equal(put(fixture, UINT64_MAX, 1), -EINVAL);
	assert_int_equal(as->maps_count, 0);
	/* the last page and the first */
	assert_int_equal(put(fixture, AS_PAGES_MAX - 1, 1), 0);
	assert_int_equal(put(fixture, 0, 1), 0);
	assert_non_null(as_find(as, AS_PAGES_MAX - 1));
	assert_null(as_find(as, AS_PAGES_MAX - 2));
	assert_null(as_find(as, AS_PAGES_MAX));
	assert_null(as_find(as, BTREE_KEY_MAX));
	assert_null(as_find(as, 1));
	assert_int_equal(as_find_from(as, 1)->start, AS_PAGES_MAX - 1);
	assert_null(as_find_from(as, AS_PAGES_MAX));
	as_remove(as, as_find(as, 0));
	as_remove(as, as_find(as, AS_PAGES_MAX - 1));
	/* all of it */
	assert_int_equal(put(fixture, 0, AS_PAGES_MAX), 0);
	assert_int_equal(put(fixture, 0, 1), -EEXIST);
	assert_int_equal(put(fixture, AS_PAGES_MAX - 1, 1), -EEXIST);
	assert_int_equal(as_find(as, AS_PAGES_MAX / 2)->start, 0);
}

static void test_overlap(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(put(fixture, 10, 10), 0);
	assert_int_equal(put(fixture, 10, 10), -EEXIST);
	assert_int_equal(put(fixture, 12, 2), -EEXIST); /* within */
	assert_int_equal(put(fixture, 5, 30), -EEXIST); /* around */
	assert_int_equal(put(fixture, 5, 6), -EEXIST);	/* its first page */
	assert_int_equal(put(fixture, 19, 5), -EEXIST); /* its last page */
	assert_int_equal(put(fixture, 5, 5), 0);	/* up to it */
	assert_int_equal(put(fixture, 20, 5), 0);	/* from its end on */
	assert_int_equal(put(fixture, 4, 30), -EEXIST); /* several */
	assert_int_equal(fixture->as.maps_count, 3);
}

static void test_find(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	uint64_t page;

	assert_null(as_find(as, 0));
	assert_null(as_find_from(as, 0));
	assert_int_equal(put(fixture, 10, 10), 0);
	assert_int_equal(put(fixture, 20, 5), 0);
	assert_int_equal(put(fixture, 40, 1), 0);
	/* in both directions: the map found last is looked at first */
	for (page = 0; page < 100; page++) {
		const struct map *map = as_find(as, page % 50);
		const struct map *from = as_find_from(as, page % 50);
		uint64_t at = page % 50;

		if (at < 10 || (at >= 25 && at != 40))
			assert_null(map);
		else
			assert_int_equal(map->start, at < 20   ? 10
						     : at < 25 ? 20
							       : 40);
		if (at > 40)
			assert_null(from);
		else
			assert_int_equal(from->start, at < 20	? 10
						      : at < 25 ? 20
								: 40);
	}
	for (page = 50; page-- > 0;)
		assert_true(!as_find(as, page) ==
			    (page < 10 || (page >= 25 && page != 40)));
	assert_int_equal(map_offset(as_find(as, 22), 22), 1022);
}

static void test_split(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	uint32_t version;
	struct map *map;

	assert_int_equal(put(fixture, 10, 10), 0);
	version = as->version;
	/* nothing to split: outside, at its start, at its end */
	assert_int_equal(as_split(as, 5), 0);
	assert_int_equal(as_split(as, 10), 0);
	assert_int_equal(as_split(as, 20), 0);
	assert_int_equal(as->maps_count, 1);
	assert_int_equal(as->version, version);
	map = as_find(as, 10);
	map->priority = 2;
	map->pinned = map->read_once = true;
	assert_int_equal(as_split(as, 13), 0);
	assert_true(as->version != version);
	assert_null(as_check(as));
	assert_int_equal(as->maps_count, 2);
	assert_int_equal(as_find(as, 12)->end, 13);
	map = as_find(as, 13);
	assert_int_equal(map->start, 13);
	assert_int_equal(map->end, 20);
	assert_int_equal(map->offset, 1013);
	assert_int_equal(map->priority, 2);
	assert_int_equal(map->protection, PROTECT_READ);
	assert_true(map->pinned && map->read_once);
	/* down to single pages */
	assert_int_equal(as_split(as, 11), 0);
	assert_int_equal(as_split(as, 12), 0);
	assert_null(as_check(as));
	assert_int_equal(as_find(as, 11)->end, 12);
	assert_int_equal(as_find(as, 11)->offset, 1011);
}

static void test_maps_max(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	unsigned round, i;

	for (i = 0; i < MAPS; i++)
		assert_int_equal(put(fixture, i * 10, 5), 0);
	assert_int_equal(put(fixture, 500, 5), -ENOMEM);
	assert_int_equal(as_split(as, 12), -ENOMEM);
	assert_null(as_check(as));
	assert_int_equal(as_find(as, 14)->end, 15);
	assert_int_equal(as_find(as, 14)->start, 10);
	/* each number is free again after its map went */
	for (round = 0; round < 3 * MAPS; round++) {
		as_remove(as, as_find(as, round * 5 % MAPS * 10));
		assert_null(as_find(as, round * 5 % MAPS * 10));
		assert_null(as_check(as));
		assert_int_equal(put(fixture, round * 5 % MAPS * 10, 5), 0);
		assert_int_equal(put(fixture, 500, 5), -ENOMEM);
	}
}

/* A store knows all maps that show it, in whatever order they go. */
static void test_store_lists(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	static const unsigned order[] = {2, 0, 5, 1, 4, 3};
	const struct map *map;
	unsigned i, count;

	for (i = 0; i < 6; i++)
		assert_int_equal(
			as_map(as, i * 10, 10,
				i % 2 ? &fixture->other : &fixture->store, 0,
				PROTECT_READ, NULL),
			0);
	for (i = 0; i < 6; i++) {
		as_remove(as, as_find(as, order[i] * 10));
		assert_null(as_check(as));
		count = 0;
		for (map = fixture->store.maps; map; map = map->next_of_store)
			count += map->store == &fixture->store;
		for (map = fixture->other.maps; map; map = map->next_of_store)
			count += map->store == &fixture->other;
		assert_int_equal(count, 5 - i);
	}
	assert_null(as->last);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bounds),
		TEST(test_overlap),
		TEST(test_find),
		TEST(test_split),
		TEST(test_maps_max),
		TEST(test_store_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
