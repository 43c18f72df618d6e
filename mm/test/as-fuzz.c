/*
 * Random calls on an address space, against a naive model: an array with an
 * entry for each page of a window.  After each step as_check runs, and now
 * and then each page is looked up and compared, where maps start and end
 * included: so splits that should have been undone show.
 *
 * The window lies at the start of the address space, or at its end with one
 * map over all that is before it.
 *
 *	as-fuzz [seed] [steps]
 */
#include "mm/as.h"
#include "mm/physmem.h"
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/test/course.h"

enum { PAGES = 96, STORES = 3, PRIORITIES = 3 };

struct view {
	bool is_mapped;
	bool starts; /* a map starts here */
	bool is_part;
	uint8_t protection, priority;
	unsigned store;
	uint64_t offset;
};

struct fuzz {
	struct course course;
	uint64_t base; /* of the window */
	uint32_t maps_max;
	struct as as;
	struct store stores[STORES];
	struct view views[PAGES];
};

static unsigned draw_range(struct fuzz *fuzz, unsigned *pages)
{
	unsigned start = (unsigned)draw(fuzz, PAGES);

	*pages = 1 + (unsigned)draw(fuzz, draw(fuzz, 4) ? 8 : PAGES);
	if (*pages > PAGES - start)
		*pages = PAGES - start;
	return start;
}

static uint32_t count_maps(const struct fuzz *fuzz)
{
	uint32_t count = fuzz->base != 0;
	unsigned page;

	for (page = 0; page < PAGES; page++)
		count += fuzz->views[page].starts;
	return count;
}

static bool is_free(const struct fuzz *fuzz, uint64_t start, uint64_t pages)
{
	uint64_t page;

	for (page = start; page < start + pages; page++)
		if (page < fuzz->base ||
			(page - fuzz->base < PAGES &&
				fuzz->views[page - fuzz->base].is_mapped))
			return false;
	return true;
}

/* Whether a map goes on from the page before into PAGE. */
static bool lies_across(const struct fuzz *fuzz, unsigned page)
{
	return page < PAGES && fuzz->views[page].is_mapped &&
	       !fuzz->views[page].starts;
}

static void model_split(struct fuzz *fuzz, unsigned page)
{
	if (lies_across(fuzz, page))
		fuzz->views[page].starts = fuzz->views[page].is_part = true;
}

static void model_merge(struct fuzz *fuzz, unsigned page)
{
	struct view *high = &fuzz->views[page];
	const struct view *low = high - 1;

	if (!page || page >= PAGES || !high->is_part || !low->is_mapped)
		return;
	if (low->store == high->store && low->offset + 1 == high->offset &&
		low->protection == high->protection &&
		low->priority == high->priority)
		high->starts = high->is_part = false;
}

static void do_map(struct fuzz *fuzz, unsigned start, unsigned pages)
{
	struct view view = {
		.is_mapped = true,
		.starts = true,
		.protection = (uint8_t)(1 + draw(fuzz, 3)),
		.priority = PRIORITY_NORMAL,
		.store = (unsigned)draw(fuzz, STORES),
		.offset = draw(fuzz, 2) * 1000 + start,
	};
	bool is_room = is_free(fuzz, fuzz->base + start, pages);
	bool is_full = count_maps(fuzz) == fuzz->maps_max;
	struct map *map = NULL;
	int error = as_map(&fuzz->as, fuzz->base + start, pages,
		&fuzz->stores[view.store], view.offset, view.protection, &map);

	expect(fuzz,
		error == (!is_room	   ? -EEXIST
				 : is_full ? -ENOMEM
					   : 0),
		"map: result");
	if (error)
		return;
	expect(fuzz, map == as_find(&fuzz->as, fuzz->base + start),
		"map: another than is found");
	for (; pages--; start++) {
		fuzz->views[start] = view;
		view.starts = false;
		view.offset++;
	}
}

static void do_remove(struct fuzz *fuzz, unsigned page)
{
	struct map *map = as_find(&fuzz->as, fuzz->base + page);

	expect(fuzz, !map == !fuzz->views[page].is_mapped, "find");
	if (!map)
		return;
	as_remove(&fuzz->as, map);
	while (!fuzz->views[page].starts)
		page--;
	do
		fuzz->views[page++] = (struct view){0};
	while (lies_across(fuzz, page));
}

static void do_split(struct fuzz *fuzz, unsigned start, unsigned pages)
{
	unsigned end = start + pages;
	uint32_t more = lies_across(fuzz, start);
	int error;

	if (draw(fuzz, 2)) {
		error = as_split(&fuzz->as, fuzz->base + start);
		end = start;
	} else {
		more += lies_across(fuzz, end);
		error = as_split_range(
			&fuzz->as, fuzz->base + start, fuzz->base + end);
	}
	more += count_maps(fuzz);
	expect(fuzz, error == (more > fuzz->maps_max ? -ENOMEM : 0),
		"split: result");
	if (error)
		return;
	model_split(fuzz, start);
	model_split(fuzz, end);
}

static void do_merge(struct fuzz *fuzz, unsigned start, unsigned pages)
{
	unsigned page;

	if (draw(fuzz, 2)) {
		as_merge_around(&fuzz->as, fuzz->base + start);
		pages = 0;
	} else {
		as_merge(&fuzz->as, fuzz->base + start,
			fuzz->base + start + pages);
	}
	for (page = start; page <= start + pages; page++)
		model_merge(fuzz, page);
}

/* Advice as the pager gives it: split, set, merge. */
static void do_advise(struct fuzz *fuzz, unsigned start, unsigned pages)
{
	uint8_t priority = (uint8_t)draw(fuzz, PRIORITIES);
	uint64_t from = fuzz->base + start;
	uint64_t end = from + pages, at;
	struct map *map;
	unsigned page;

	if (as_split_range(&fuzz->as, from, end))
		return;
	model_split(fuzz, start);
	model_split(fuzz, start + pages);
	for (at = from; (map = as_find_from(&fuzz->as, at)) && map->start < end;
		at = map->end)
		map->priority = priority;
	as_merge(&fuzz->as, from, end);
	for (page = start; page < start + pages; page++)
		fuzz->views[page].priority = priority;
	for (page = start; page <= start + pages; page++)
		model_merge(fuzz, page);
}

static void do_protect(struct fuzz *fuzz, unsigned start, unsigned pages)
{
	unsigned protection = (unsigned)draw(fuzz, 4);
	unsigned low = start, high = start + pages, page;
	bool has_hole = false;
	uint32_t count;
	int error =
		as_protect(&fuzz->as, fuzz->base + start, pages, protection);

	for (page = start; page < start + pages; page++)
		has_hole |= !fuzz->views[page].is_mapped;
	/* only what changes needs splits */
	while (low < high && fuzz->views[low].protection == protection)
		low++;
	while (low < high && fuzz->views[high - 1].protection == protection)
		high--;
	count = count_maps(fuzz);
	if (low < high)
		count += lies_across(fuzz, low) + lies_across(fuzz, high);
	has_hole |= count > fuzz->maps_max;
	expect(fuzz, error == (has_hole ? -ENOMEM : 0), "protect: result");
	if (error)
		return;
	if (low < high) {
		model_split(fuzz, low);
		model_split(fuzz, high);
	}
	for (page = low; page < high; page++)
		fuzz->views[page].protection = (uint8_t)protection;
	for (page = start; page <= start + pages; page++)
		model_merge(fuzz, page);
}

static int model_place(struct fuzz *fuzz, uint64_t hint, uint64_t pages,
	uint64_t align, enum as_where where, uint64_t *start_out)
{
	uint64_t start;

	if (where != AS_ANYWHERE && hint % align == 0 &&
		hint <= AS_PAGES_MAX - pages && is_free(fuzz, hint, pages)) {
		*start_out = hint;
		return 0;
	}
	if (where == AS_EXACTLY)
		return hint % align || hint > AS_PAGES_MAX - pages ? -EINVAL
								   : -EEXIST;
	start = where == AS_HINT || hint < fuzz->as.floor ? fuzz->as.floor
							  : hint;
	if (start < fuzz->base)
		start = fuzz->base;
	start += (align - start % align) % align;
	/* behind the window all is free */
	for (; start <= AS_PAGES_MAX - pages; start += align)
		if (is_free(fuzz, start, pages)) {
			*start_out = start;
			return 0;
		}
	return -ENOMEM;
}

static void do_place(struct fuzz *fuzz)
{
	static const enum as_where wheres[] = {
		AS_ANYWHERE, AS_HINT, AS_EXACTLY};
	enum as_where where = wheres[draw(fuzz, 3)];
	uint64_t hint = fuzz->base + draw(fuzz, PAGES + 8);
	uint64_t pages = 1 + draw(fuzz, draw(fuzz, 4) ? 8 : PAGES);
	uint64_t align = UINT64_C(1) << (draw(fuzz, 2) * draw(fuzz, 11));
	uint64_t start = 0, expected = 0;
	int error;

	if (draw(fuzz, 4) == 0)
		hint = draw(fuzz, 2) ? 0 : AS_PAGES_MAX - 1 - draw(fuzz, 9);
	fuzz->as.floor = draw(fuzz, 3);
	error = as_place(&fuzz->as, hint, pages, align, where, &start);
	expect(fuzz,
		error ==
			model_place(fuzz, hint, pages, align, where, &expected),
		"place: result");
	expect(fuzz, start == expected, "place: another place");
	start -= fuzz->base;
	if (!error && start < PAGES && pages <= PAGES - start && draw(fuzz, 2))
		do_map(fuzz, (unsigned)start, (unsigned)pages);
}

/* Every page, and where its map starts and ends. */
static void compare(struct fuzz *fuzz)
{
	unsigned first = 0, end, page;

	for (page = 0; page < PAGES; page++) {
		const struct view *view = &fuzz->views[page];
		const struct map *map = as_find(&fuzz->as, fuzz->base + page);

		expect(fuzz, !map == !view->is_mapped, "a map more or less");
		if (!map)
			continue;
		first = view->starts ? page : first;
		for (end = page + 1; lies_across(fuzz, end);)
			end++;
		expect(fuzz,
			map->start == fuzz->base + first &&
				map->end == fuzz->base + end,
			"a map's start or end");
		expect(fuzz,
			map->store == &fuzz->stores[view->store] &&
				map_offset(map, fuzz->base + page) ==
					view->offset &&
				map->protection == view->protection &&
				map->priority == view->priority,
			"what a page is");
	}
	expect(fuzz, fuzz->as.maps_count == count_maps(fuzz), "count");
}

static void do_step(struct fuzz *fuzz)
{
	unsigned pages;
	unsigned start = draw_range(fuzz, &pages);
	const char *why;

	switch (draw(fuzz, 9)) {
	case 0:
		do_map(fuzz, start, pages);
		break;
	case 1:
		do_remove(fuzz, start);
		break;
	case 2:
		do_split(fuzz, start, pages);
		break;
	case 3:
		do_merge(fuzz, start, pages);
		break;
	case 4:
		do_advise(fuzz, start, pages);
		break;
	case 5:
	case 6:
		do_protect(fuzz, start, pages);
		break;
	default:
		do_place(fuzz);
	}
	why = as_check(&fuzz->as);
	expect(fuzz, !why, why);
	if (draw(fuzz, 4) == 0)
		compare(fuzz);
}

static void start_round(struct fuzz *fuzz)
{
	fuzz->base = draw(fuzz, 2) * (AS_PAGES_MAX - PAGES);
	fuzz->maps_max = draw(fuzz, 2) ? PAGES + 1 : 2 + draw(fuzz, 12);
	memset(fuzz->views, 0, sizeof(fuzz->views));
	expect(fuzz, !as_init(&fuzz->as, fuzz->maps_max), "init");
	if (fuzz->base)
		expect(fuzz,
			!as_map(&fuzz->as, 0, fuzz->base, &fuzz->stores[0], 0,
				PROTECT_READ, NULL),
			"map before the window");
}

static void end_round(struct fuzz *fuzz)
{
	unsigned store;

	compare(fuzz);
	as_fini(&fuzz->as);
	for (store = 0; store < STORES; store++)
		expect(fuzz, !fuzz->stores[store].maps, "a store keeps a map");
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = {.course = course_start(argc, argv, 1000000)};

	start_round(&fuzz);
	while (course_next(&fuzz.course)) {
		do_step(&fuzz);
		if (draw(&fuzz, 2000) == 0) {
			end_round(&fuzz);
			start_round(&fuzz);
		}
	}
	end_round(&fuzz);
	return 0;
}
