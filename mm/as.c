/* Address spaces and their maps: see as.h. */
#include "mm/as.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy.h"

int as_init(struct as *as, uint32_t maps_max)
{
	int error;

	memset(as, 0, sizeof(*as));
	as->maps = calloc(maps_max, sizeof(*as->maps));
	if (!as->maps)
		return -ENOMEM;
	error = btree_pool_create(maps_max, 1, &as->pool);
	if (error) {
		free(as->maps);
		return error;
	}
	btree_init(&as->by_start, as->pool);
	as->maps_max = maps_max;
	return 0;
}

void as_fini(struct as *as)
{
	uint32_t i;

	for (i = 0; i < as->maps_max; i++)
		if (as->maps[i])
			as_remove(as, as->maps[i]);
	btree_pool_destroy(as->pool);
	free(as->maps);
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
	uint32_t value, leaf;
	uint32_t number = as->maps_count;
	int error;

	if (as->maps_count == as->maps_max)
		return -ENOMEM;
	while (as->maps[number]) /* the next free one, round and round */
		number = number + 1 < as->maps_max ? number + 1 : 0;
	btree_find(&as->by_start, map->start, &value, &place);
	error = btree_insert(&as->by_start, map->start, number, &place, &leaf);
	if (error)
		return error;
	map->number = number;
	map->next_of_store = map->store->maps;
	map->store->maps = map;
	as->maps[number] = map;
	as->maps_count++;
	as->version++;
	return 0;
}

int as_map(struct as *as, uint64_t start, uint64_t pages, struct store *store,
	uint64_t offset, unsigned protection, struct map **out)
{
	struct map *above, *map;
	int error;

	if (!pages || start >= AS_PAGES_MAX || pages > AS_PAGES_MAX - start)
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
	if (out)
		*out = map;
	return 0;
}

void as_remove(struct as *as, struct map *map)
{
	struct map **link;

	for (link = &map->store->maps; *link != map;)
		link = &(*link)->next_of_store;
	*link = map->next_of_store;
	btree_remove(&as->by_start, map->start, BTREE_NONE);
	as->maps[map->number] = NULL;
	as->maps_count--;
	as->version++;
	if (as->last == map)
		as->last = NULL;
	free(map);
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
	end = low->end;
	low->end = page;
	error = insert_map(as, high);
	if (error) {
		low->end = end;
		free(high);
	}
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
	uint32_t count;
	const char *why;
};

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
	else if (map->as != check->as || !store_lists(map->store, map))
		check->why = "as: a map is not on its store's list";
	check->end = map->end;
	check->count++;
	return check->why != NULL;
}

const char *as_check(const struct as *as)
{
	struct check check = {.as = as};

	if (btree_check(&as->by_start, &check.why))
		return check.why;
	check.why = NULL;
	if (btree_visit(&as->by_start, 0, BTREE_KEY_MAX, check_map, &check))
		return check.why;
	if (check.count != as->maps_count)
		return "as: the btree has lost a map";
	return NULL;
}
