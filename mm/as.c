/* Address spaces and their maps: see as.h. */
#include "mm/as.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/physmem.h"
#include "mm/policy.h"

int as_init(struct as *as, uint32_t maps_max)
{
	int error = -ENOMEM;

	memset(as, 0, sizeof(*as));
	if (maps_max == UINT32_MAX) /* one gap more than maps, and no number */
		return -ENOMEM;
	as->maps = calloc(maps_max, sizeof(*as->maps));
	as->spare = calloc(maps_max, sizeof(*as->spare));
	if (as->maps && as->spare)
		error = btree_pool_create(maps_max, 1, &as->pool);
	if (!error)
		error = gaps_init(&as->gaps, AS_PAGES_MAX, maps_max + 1);
	if (error) {
		if (as->pool)
			btree_pool_destroy(as->pool);
		free(as->maps);
		free(as->spare);
		memset(as, 0, sizeof(*as));
		return error;
	}
	btree_init(&as->by_start, as->pool);
	as->maps_max = maps_max;
	as->floor = 1; /* a NULL pointer should point to nothing */
	return 0;
}

void as_fini(struct as *as)
{
	uint32_t i;

	for (i = 0; i < as->maps_max; i++)
		if (as->maps[i])
			as_remove(as, as->maps[i]);
	gaps_fini(&as->gaps);
	btree_pool_destroy(as->pool);
	free(as->maps);
	free(as->spare);
	memset(as, 0, sizeof(*as));
}

struct map *as_find_from(struct as *as, uint64_t page)
{
	uint64_t start;
	uint32_t number;

	if (btree_find_at_or_below(&as->by_start, page, &start, &number) &&
		as->maps[number]->end > page)
		return as->maps[number];
	if (btree_find_at_or_above(&as->by_start, page, &start, &number))
		return as->maps[number];
	return NULL;
}

struct map *as_find(struct as *as, uint64_t page)
{
	struct map *map = as->last;
	uint64_t start;
	uint32_t number;

	if (map && page >= map->start && page < map->end)
		return map;
	if (!btree_find_at_or_below(&as->by_start, page, &start, &number))
		return NULL;
	map = as->maps[number];
	if (page >= map->end)
		return NULL;
	as->last = map;
	return map;
}

/* Makes MAP, which is filled in but for its number, known. */
static int insert_map(struct as *as, struct map *map)
{
	struct btree_place place;
	struct store *store = map->store;
	uint32_t value, leaf;
	uint32_t number = as->maps_count;
	int error;

	if (as->maps_count == as->maps_max)
		return -ENOMEM;
	/* as many were used as there are maps and spare ones */
	if (as->spare_count)
		number = as->spare[as->spare_count - 1];
	btree_find(&as->by_start, map->start, &value, &place);
	error = btree_insert(&as->by_start, map->start, number, &place, &leaf);
	if (error)
		return error;
	as->spare_count -= as->spare_count != 0;
	map->number = number;
	map->next_of_store = store->maps;
	map->link = &store->maps;
	if (store->maps)
		store->maps->link = &map->next_of_store;
	store->maps = map;
	as->maps[number] = map;
	as->maps_count++;
	as->version++;
	return 0;
}

/* The opposite; MAP is freed. */
static void forget_map(struct as *as, struct map *map)
{
	*map->link = map->next_of_store;
	if (map->next_of_store)
		map->next_of_store->link = map->link;
	btree_remove(&as->by_start, map->start, BTREE_NONE);
	as->maps[map->number] = NULL;
	as->spare[as->spare_count++] = map->number;
	as->maps_count--;
	as->version++;
	if (as->last == map)
		as->last = NULL;
	free(map);
}

static bool is_range(uint64_t start, uint64_t pages)
{
	return pages && start < AS_PAGES_MAX && pages <= AS_PAGES_MAX - start;
}

int as_map(struct as *as, uint64_t start, uint64_t pages, struct store *store,
	uint64_t offset, unsigned protection, struct map **out)
{
	struct map *above, *map;
	int error;

	if (!is_range(start, pages))
		return -EINVAL;
	if (offset > BTREE_KEY_MAX - pages)
		return -EINVAL;
	above = as_find_from(as, start);
	if (above && above->start < start + pages)
		return -EEXIST;
	map = malloc(sizeof(*map));
	if (!map)
		return -ENOMEM;
	*map = (struct map){
		.as = as,
		.start = start,
		.end = start + pages,
		.store = store,
		.offset = offset,
		.protection = protection,
		.priority = PRIORITY_NORMAL,
	};
	error = insert_map(as, map);
	if (error) {
		free(map);
		return error;
	}
	/* with a map more there can be a gap more: it can't fail */
	(void)gaps_take(&as->gaps, map->start, map->end);
	if (out)
		*out = map;
	return 0;
}

int as_place(struct as *as, uint64_t hint, uint64_t pages, uint64_t align_pages,
	enum as_where where, uint64_t *start_out)
{
	bool fits = is_range(hint, pages) && !(hint & (align_pages - 1));
	uint64_t floor = as->floor;

	if (!pages || pages > AS_PAGES_MAX || !align_pages ||
		align_pages & (align_pages - 1))
		return -EINVAL;
	if (where == AS_EXACTLY && !fits)
		return -EINVAL;
	if (where != AS_ANYWHERE && fits &&
		gaps_are_free(&as->gaps, hint, hint + pages)) {
		*start_out = hint;
		return 0;
	}
	if (where == AS_EXACTLY)
		return -EEXIST;
	if (where == AS_ANYWHERE && hint > floor)
		floor = hint;
	return gaps_find(&as->gaps, floor, pages, align_pages, start_out)
		       ? 0
		       : -ENOMEM;
}

void as_remove(struct as *as, struct map *map)
{
	/* without the map there is room for its gap: it can't fail */
	(void)gaps_give(&as->gaps, map->start, map->end);
	forget_map(as, map);
}

int as_split(struct as *as, uint64_t page)
{
	struct map *low = as_find(as, page);
	struct map *high;
	uint64_t end;
	int error;

	if (!low || low->start == page)
		return 0;
	high = malloc(sizeof(*high));
	if (!high)
		return -ENOMEM;
	*high = *low;
	high->start = page;
	high->offset = map_offset(low, page);
	high->is_part = true;
	end = low->end;
	low->end = page;
	error = insert_map(as, high);
	if (error) {
		low->end = end;
		free(high);
	}
	return error;
}

int as_split_range(struct as *as, uint64_t start, uint64_t end)
{
	uint32_t maps_count = as->maps_count;
	int error = as_split(as, start);

	if (error)
		return error;
	error = as_split(as, end);
	if (error && as->maps_count != maps_count)
		as_merge_around(as, start);
	return error;
}

/* Is HIGH, which starts where LOW ends, but more of it? */
static bool can_merge(const struct map *low, const struct map *high)
{
	_Static_assert(sizeof(struct map) == 104,
		"struct map has changed: is there more to compare?");
	return high->is_part && low->store == high->store &&
	       map_offset(low, low->end) == high->offset &&
	       low->protection == high->protection &&
	       low->priority == high->priority &&
	       low->read_once == high->read_once &&
	       low->pinned == high->pinned &&
	       low->sequential == high->sequential &&
	       low->shadow == high->shadow;
}

void as_merge_around(struct as *as, uint64_t page)
{
	struct map *high = as_find(as, page);
	struct map *low;
	uint64_t end;

	if (!high || !page || high->start != page)
		return;
	low = as_find(as, page - 1);
	if (!low || !can_merge(low, high))
		return;
	/* the part that has learned to read less ahead knows better */
	if (high->ahead_window < low->ahead_window)
		low->ahead_window = high->ahead_window;
	end = high->end;
	forget_map(as, high);
	low->end = end;
}

void as_merge(struct as *as, uint64_t start, uint64_t end)
{
	const struct map *map;

	as_merge_around(as, start);
	while ((map = as_find_from(as, start)) && map->end <= end) {
		start = map->end;
		as_merge_around(as, start);
	}
}

/* Are all pages of [START, END) in maps? */
static bool is_mapped(struct as *as, uint64_t start, uint64_t end)
{
	const struct map *map;

	while (start < end) {
		map = as_find(as, start);
		if (!map)
			return false;
		start = map->end;
	}
	return true;
}

/* Sets the protection of [START, END), which is mapped. */
static int set_protection(
	struct as *as, uint64_t start, uint64_t end, unsigned protection)
{
	struct map *map;
	int error;

	/* what has it already at the ends needs no split */
	while (start < end &&
		(map = as_find(as, start))->protection == protection)
		start = map->end;
	while (start < end &&
		(map = as_find(as, end - 1))->protection == protection)
		end = map->start;
	if (start >= end)
		return 0;
	error = as_split_range(as, start, end);
	if (error)
		return error;
	for (; start < end; start = map->end) {
		map = as_find(as, start);
		map->protection = protection;
	}
	as->version++;
	return 0;
}

int as_protect(
	struct as *as, uint64_t start, uint64_t pages, unsigned protection)
{
	const unsigned all = PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE;
	int error;

	if (!is_range(start, pages) || protection & ~all)
		return -EINVAL;
	if (!is_mapped(as, start, start + pages))
		return -ENOMEM;
	error = set_protection(as, start, start + pages, protection);
	if (!error)
		as_merge(as, start, start + pages);
	return error;
}

static bool store_lists(const struct store *store, const struct map *map)
{
	const struct map *at;

	for (at = store->maps; at; at = at->next_of_store)
		if (at == map)
			return true;
	return false;
}

struct check {
	const struct as *as;
	uint64_t end; /* of the map before */
	uint32_t count, gaps_count;
	const char *why;
};

/* 4: from the map before to START there is a gap, or nothing. */
static const char *check_gap(struct check *check, uint64_t start)
{
	const struct gaps *gaps = &check->as->gaps;

	if (check->end == start)
		return NULL;
	check->gaps_count++;
	return gaps_have(gaps, check->end, start)
		       ? NULL
		       : "as: what lies between two maps is no gap";
}

/* 5 */
static const char *check_numbers(const struct as *as)
{
	uint32_t used = as->maps_count + as->spare_count;
	uint32_t i;

	for (i = 0; i < as->spare_count; i++)
		if (as->spare[i] >= used || as->maps[as->spare[i]])
			return "as: a spare number is none";
	for (i = used; i < as->maps_max; i++)
		if (as->maps[i])
			return "as: a number beyond those used";
	return NULL;
}

static int check_map(void *context, uint64_t start, uint32_t number)
{
	struct check *check = context;
	const struct map *map;

	if (number >= check->as->maps_max || !check->as->maps[number]) {
		check->why = "as: the btree names a map that is not there";
		return 1;
	}
	map = check->as->maps[number];
	if (map->start != start || map->number != number)
		check->why = "as: a map is not where the btree says";
	else if (map->end <= map->start)
		check->why = "as: an empty map";
	else if (map->start < check->end)
		check->why = "as: maps overlap";
	else if (map->as != check->as || *map->link != map ||
		 !store_lists(map->store, map))
		check->why = "as: a map is not on its store's list";
	else
		check->why = check_gap(check, map->start);
	check->end = map->end;
	check->count++;
	return check->why != NULL;
}

const char *as_check(const struct as *as)
{
	struct check check = {.as = as};

	check.why = gaps_check(&as->gaps);
	if (check.why || btree_check(&as->by_start, &check.why))
		return check.why;
	check.why = NULL;
	if (btree_visit(&as->by_start, 0, BTREE_KEY_MAX, check_map, &check))
		return check.why;
	if (check.count != as->maps_count)
		return "as: the btree has lost a map";
	check.why = check_gap(&check, AS_PAGES_MAX);
	if (!check.why && check.gaps_count != as->gaps.count)
		check.why = "as: a gap where a map is";
	return check.why ? check.why : check_numbers(as);
}
