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

static int place(struct fixture *fixture, uint64_t hint, uint64_t pages,
	uint64_t align_pages, enum as_where where, uint64_t expected)
{
	uint64_t start = 0;
	uint32_t version = fixture->as.version;
	int error =
		as_place(&fixture->as, hint, pages, align_pages, where, &start);

	assert_int_equal(start, error ? 0 : expected);
	assert_int_equal(fixture->as.version, version);
	return error;
}

static void test_place_anywhere(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;

	/* page 0 is not given away unasked, but with another floor */
	assert_int_equal(place(fixture, 0, 5, 1, AS_ANYWHERE, 1), 0);
	as->floor = 0;
	assert_int_equal(place(fixture, 0, 5, 1, AS_ANYWHERE, 0), 0);
	as->floor = 7;
	assert_int_equal(place(fixture, 0, 5, 1, AS_ANYWHERE, 7), 0);
	as->floor = 1;
	assert_int_equal(put(fixture, 4, 4), 0);
	assert_int_equal(put(fixture, 10, 10), 0);
	/* the lowest that is large enough, or aligned, or above the hint */
	assert_int_equal(place(fixture, 0, 3, 1, AS_ANYWHERE, 1), 0);
	assert_int_equal(place(fixture, 2, 2, 1, AS_ANYWHERE, 2), 0);
	assert_int_equal(place(fixture, 2, 3, 1, AS_ANYWHERE, 20), 0);
	assert_int_equal(place(fixture, 0, 2, 4, AS_ANYWHERE, 8), 0);
	assert_int_equal(place(fixture, 0, 2, 8, AS_ANYWHERE, 8), 0);
	assert_int_equal(place(fixture, 0, 2, 16, AS_ANYWHERE, 32), 0);
	assert_int_equal(place(fixture, 0, 4, 1, AS_ANYWHERE, 20), 0);
	assert_int_equal(place(fixture, 5000, 4, 1, AS_ANYWHERE, 5000), 0);
	/* what goes can be had again */
	as_remove(as, as_find(as, 4));
	assert_int_equal(place(fixture, 2, 8, 1, AS_ANYWHERE, 2), 0);
	assert_int_equal(place(fixture, 2, 9, 1, AS_ANYWHERE, 20), 0);
	/* up to the last page */
	assert_int_equal(
		place(fixture, 0, AS_PAGES_MAX - 20, 1, AS_ANYWHERE, 20), 0);
	assert_int_equal(
		place(fixture, 0, AS_PAGES_MAX - 19, 1, AS_ANYWHERE, 0),
		-ENOMEM);
	assert_int_equal(place(fixture, AS_PAGES_MAX - 5, 6, 1, AS_ANYWHERE, 0),
		-ENOMEM);
	assert_int_equal(
		place(fixture, UINT64_MAX, 1, 1, AS_ANYWHERE, 0), -ENOMEM);
	assert_int_equal(
		place(fixture, 0, 1, UINT64_C(1) << 63, AS_ANYWHERE, 0),
		-ENOMEM);
}

static void test_place_at_hint(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(put(fixture, 10, 10), 0);
	assert_int_equal(place(fixture, 25, 5, 1, AS_HINT, 25), 0);
	assert_int_equal(place(fixture, 0, 10, 1, AS_HINT, 0), 0);
	/* not free, not aligned, past the end: as if without a hint */
	assert_int_equal(place(fixture, 0, 11, 1, AS_HINT, 20), 0);
	assert_int_equal(place(fixture, 19, 5, 1, AS_HINT, 1), 0);
	assert_int_equal(place(fixture, 25, 5, 4, AS_HINT, 4), 0);
	assert_int_equal(place(fixture, 24, 5, 4, AS_HINT, 24), 0);
	assert_int_equal(place(fixture, AS_PAGES_MAX - 1, 2, 1, AS_HINT, 1), 0);
	assert_int_equal(place(fixture, AS_PAGES_MAX, 1, 1, AS_HINT, 1), 0);
	assert_int_equal(place(fixture, AS_PAGES_MAX - 2, 2, 1, AS_HINT,
				 AS_PAGES_MAX - 2),
		0);
}

static void test_place_exactly(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(put(fixture, 10, 10), 0);
	assert_int_equal(place(fixture, 0, 10, 1, AS_EXACTLY, 0), 0);
	assert_int_equal(place(fixture, 20, 10, 4, AS_EXACTLY, 20), 0);
	assert_int_equal(place(fixture, 0, 11, 1, AS_EXACTLY, 0), -EEXIST);
	assert_int_equal(place(fixture, 19, 1, 1, AS_EXACTLY, 0), -EEXIST);
	assert_int_equal(place(fixture, 12, 2, 4, AS_EXACTLY, 0), -EEXIST);
	assert_int_equal(place(fixture, 21, 10, 4, AS_EXACTLY, 0), -EINVAL);
	assert_int_equal(
		place(fixture, AS_PAGES_MAX - 1, 2, 1, AS_EXACTLY, 0), -EINVAL);
	assert_int_equal(
		place(fixture, AS_PAGES_MAX, 1, 1, AS_EXACTLY, 0), -EINVAL);
	/* no request at all */
	assert_int_equal(place(fixture, 50, 0, 1, AS_EXACTLY, 0), -EINVAL);
	assert_int_equal(place(fixture, 50, 0, 1, AS_ANYWHERE, 0), -EINVAL);
	assert_int_equal(place(fixture, 50, 0, 1, AS_HINT, 0), -EINVAL);
	assert_int_equal(place(fixture, 48, 1, 0, AS_HINT, 0), -EINVAL);
	assert_int_equal(place(fixture, 48, 1, 3, AS_ANYWHERE, 0), -EINVAL);
	assert_int_equal(
		place(fixture, 0, AS_PAGES_MAX + 1, 1, AS_HINT, 0), -EINVAL);
	assert_int_equal(
		place(fixture, 0, UINT64_MAX, 1, AS_ANYWHERE, 0), -EINVAL);
}

/* Each page's protection from page 10 on, one figure a page. */
static void expect_protection(struct fixture *fixture, const char *expected)
{
	const char *why = as_check(&fixture->as);
	uint64_t page;

	if (why)
		fail_msg("%s", why);
	for (page = 10; expected[page - 10]; page++) {
		const struct map *map = as_find(&fixture->as, page);

		assert_non_null(map);
		assert_int_equal(map->protection, expected[page - 10] - '0');
		assert_int_equal(map_offset(map, page), 1000 + page);
	}
}

static void test_protect(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	uint32_t version;

	assert_int_equal(put(fixture, 10, 10), 0);
	version = as->version;
	assert_int_equal(as_protect(as, 12, 3, PROTECT_WRITE), 0);
	assert_true(as->version != version);
	expect_protection(fixture, "1122211111");
	assert_int_equal(as->maps_count, 3);
	/* more of it, at both ends: the parts between grow and shrink */
	assert_int_equal(as_protect(as, 11, 2, PROTECT_WRITE), 0);
	assert_int_equal(as_protect(as, 14, 2, PROTECT_WRITE), 0);
	expect_protection(fixture, "1222221111");
	assert_int_equal(as->maps_count, 3);
	/* none */
	assert_int_equal(as_protect(as, 13, 1, 0), 0);
	expect_protection(fixture, "1220221111");
	assert_int_equal(as->maps_count, 5);
	/* all alike again: one map */
	assert_int_equal(as_protect(as, 10, 10, PROTECT_READ), 0);
	expect_protection(fixture, "1111111111");
	assert_int_equal(as->maps_count, 1);
	/* what it has already */
	version = as->version;
	assert_int_equal(as_protect(as, 12, 3, PROTECT_READ), 0);
	assert_int_equal(as->version, version);
	/* the whole map, and over two that as_map gave */
	assert_int_equal(put(fixture, 20, 5), 0);
	assert_int_equal(as_protect(as, 10, 15, 5), 0);
	expect_protection(fixture, "555555555555555");
	assert_int_equal(as->maps_count, 2);
}

static void test_protect_errors(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	unsigned i;

	assert_int_equal(put(fixture, 10, 10), 0);
	assert_int_equal(put(fixture, 21, 5), 0);
	/* a hole before, within and behind */
	assert_int_equal(as_protect(as, 9, 3, PROTECT_WRITE), -ENOMEM);
	assert_int_equal(as_protect(as, 15, 10, PROTECT_WRITE), -ENOMEM);
	assert_int_equal(as_protect(as, 23, 4, PROTECT_WRITE), -ENOMEM);
	assert_int_equal(as_protect(as, 30, 1, PROTECT_WRITE), -ENOMEM);
	assert_int_equal(as_protect(as, 10, 0, PROTECT_WRITE), -EINVAL);
	assert_int_equal(as_protect(as, 10, 1, 8), -EINVAL);
	assert_int_equal(as_protect(as, AS_PAGES_MAX, 1, 1), -EINVAL);
	assert_int_equal(as_protect(as, 10, AS_PAGES_MAX, 1), -EINVAL);
	assert_int_equal(as_protect(as, 10, UINT64_MAX, 1), -EINVAL);
	expect_protection(fixture, "1111111111");
	assert_int_equal(as->maps_count, 2);
	/* too many maps: at once, and only with the second split */
	for (i = 0; i < MAPS - 3; i++)
		assert_int_equal(put(fixture, 100 + 10 * i, 5), 0);
	assert_int_equal(as_protect(as, 12, 3, PROTECT_WRITE), -ENOMEM);
	expect_protection(fixture, "1111111111");
	assert_int_equal(as->maps_count, MAPS - 1);
	assert_int_equal(as_find(as, 12)->start, 10);
	assert_int_equal(put(fixture, 500, 5), 0);
	assert_int_equal(as_protect(as, 10, 3, PROTECT_WRITE), -ENOMEM);
	assert_int_equal(as_split_range(as, 12, 13), -ENOMEM);
	/* this needs none */
	assert_int_equal(as_protect(as, 10, 10, PROTECT_WRITE), 0);
	expect_protection(fixture, "2222222222");
}

/* Parts stay apart for any one thing in which they differ, and no longer. */
static void test_merge(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	struct map *map, *part;
	uint32_t version;
	unsigned i;

	assert_int_equal(put(fixture, 10, 10), 0);
	map = as_find(as, 10);
	for (i = 0; i < 4; i++) {
		assert_int_equal(as_split_range(as, 12, 14), 0);
		part = as_find(as, 12);
		part->priority += i == 0;
		part->read_once = i == 1;
		part->pinned = i == 2;
		part->protection += i == 3;
		version = as->version;
		as_merge(as, 0, 100);
		assert_int_equal(as->maps_count, 3);
		assert_int_equal(as->version, version);
		map->priority += i == 0;
		map->read_once = i == 1;
		map->pinned = i == 2;
		map->protection += i == 3;
		assert_ptr_equal(as_find(as, 13), part);
		/* the part is gone, and not what was found last */
		as_merge_around(as, 12);
		assert_true(as->version != version);
		assert_int_equal(as->maps_count, 2);
		assert_ptr_equal(as_find(as, 13), map);
		part = as_find(as, 14);
		part->priority = map->priority;
		part->read_once = map->read_once;
		part->pinned = map->pinned;
		part->protection = map->protection;
		as_merge_around(as, 14);
		assert_int_equal(as->maps_count, 1);
		assert_ptr_equal(as_find(as, 19), map);
		assert_int_equal(map->end, 20);
		assert_null(as_check(as));
	}
}

/* Maps that as_map gave stay apart, whatever they show. */
static void test_merge_not(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	struct map *low, *high;

	assert_int_equal(as_map(as, 10, 5, &fixture->store, 0, 1, &low), 0);
	assert_int_equal(as_map(as, 15, 5, &fixture->store, 5, 1, &high), 0);
	as_merge(as, 0, 100);
	assert_int_equal(as->maps_count, 2);
	/* parts of another place or another store, at the same borders */
	assert_int_equal(as_split_range(as, 12, 13), 0);
	as_remove(as, as_find(as, 12));
	as_merge(as, 0, 100);
	assert_int_equal(as->maps_count, 3);
	assert_int_equal(as_map(as, 12, 1, &fixture->other, 2, 1, NULL), 0);
	as_merge(as, 0, 100);
	assert_int_equal(as->maps_count, 4);
	as_remove(as, as_find(as, 12));
	assert_int_equal(as_map(as, 12, 1, &fixture->store, 3, 1, NULL), 0);
	as_merge(as, 0, 100);
	assert_int_equal(as->maps_count, 4);
	as_remove(as, as_find(as, 12));
	/* but what shows what was there before is whole with what follows */
	assert_int_equal(as_map(as, 12, 1, &fixture->store, 2, 1, NULL), 0);
	as_merge(as, 0, 100);
	assert_int_equal(as->maps_count, 3);
	assert_int_equal(as_find(as, 14)->start, 12);
	assert_ptr_equal(as_find(as, 10), low);
	assert_ptr_equal(as_find(as, 19), high);
	assert_null(as_check(as));
	/* at pages where nothing meets */
	as_merge_around(as, 0);
	as_merge_around(as, 11);
	as_merge_around(as, 20);
	as_merge_around(as, 30);
	as_merge_around(as, AS_PAGES_MAX);
	assert_int_equal(as->maps_count, 3);
}

/* What is advised and taken back page by page needs few maps. */
static void test_many_splits(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	struct map *map;
	uint64_t page;

	assert_int_equal(put(fixture, 10, 1000), 0);
	for (page = 11; page < 1000; page++) {
		assert_int_equal(as_split_range(as, page, page + 1), 0);
		map = as_find(as, page);
		map->read_once = true;
		as_merge(as, page, page + 1);
		assert_true(as->maps_count <= 3);
	}
	assert_int_equal(as_find(as, 500)->end - as_find(as, 500)->start, 989);
	for (page = 11; page < 1000; page++) {
		assert_int_equal(as_split_range(as, page, page + 1), 0);
		as_find(as, page)->read_once = false;
		as_merge(as, page, page + 1);
		assert_true(as->maps_count <= 3);
	}
	assert_int_equal(as->maps_count, 1);
	assert_null(as_check(as));
}

/* Two spaces over one store: each has its own maps; the store knows all. */
static void test_spaces(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	struct as other;
	const struct map *map;
	unsigned mine = 0, others = 0;

	assert_int_equal(as_init(&other, MAPS), 0);
	assert_int_equal(put(fixture, 10, 10), 0);
	assert_int_equal(
		as_map(&other, 10, 10, &fixture->store, 1010, 3, NULL), 0);
	assert_int_equal(as_protect(&other, 12, 2, PROTECT_WRITE), 0);
	expect_protection(fixture, "1111111111");
	assert_int_equal(other.maps_count, 3);
	for (map = fixture->store.maps; map; map = map->next_of_store) {
		mine += map->as == as;
		others += map->as == &other;
	}
	assert_int_equal(mine, 1);
	assert_int_equal(others, 3);
	assert_int_equal(as_protect(&other, 12, 2, 3), 0);
	as_remove(as, as_find(as, 10));
	assert_null(as_check(as));
	assert_null(as_check(&other));
	assert_int_equal(other.maps_count, 1);
	assert_ptr_equal(fixture->store.maps, as_find(&other, 10));
	as_fini(&other);
	assert_null(fixture->store.maps);
}

/* The check finds what was spoilt. */
static void test_check(void **state)
{
	struct fixture *fixture = *state;
	struct as *as = &fixture->as;
	struct map *map;

	assert_int_equal(put(fixture, 10, 10), 0);
	assert_int_equal(put(fixture, 30, 10), 0);
	assert_int_equal(put(fixture, 50, 10), 0);
	as_remove(as, as_find(as, 30));
	map = as_find(as, 10);
	map->end++;
	assert_non_null(as_check(as));
	map->end--;
	assert_int_equal(gaps_give(&as->gaps, 12, 13), 0);
	assert_non_null(as_check(as));
	assert_int_equal(gaps_take(&as->gaps, 12, 13), 0);
	assert_null(as_check(as));
	as->spare[0] = 0;
	assert_non_null(as_check(as));
	as->spare[0] = 1;
	assert_null(as_check(as));
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
		TEST(test_place_anywhere),
		TEST(test_place_at_hint),
		TEST(test_place_exactly),
		TEST(test_protect),
		TEST(test_protect_errors),
		TEST(test_merge),
		TEST(test_merge_not),
		TEST(test_many_splits),
		TEST(test_spaces),
		TEST(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
