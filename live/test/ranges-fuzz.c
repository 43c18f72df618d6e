/*
 * Random ranges are added and removed, against a naive model: an array with a
 * cell a page.
 *
 *	ranges-fuzz [seed] [steps]
 */
#include <config.h>

#include "live/ranges.h"

#include <stdlib.h>

#include "base/test/course.h"

enum { CELLS = 96, PAGE = 4096, FREE = -1, BASE = 1 << 20 };

struct fuzz {
	struct course course;
	struct ranges ranges;
	int cell[CELLS]; /* a kind, or FREE */
};

static uint64_t address_of(unsigned cell)
{
	return BASE + (uint64_t)cell * PAGE;
}

static bool model_has(
	const struct fuzz *fuzz, unsigned from, unsigned to, bool free)
{
	for (; from < to; from++)
		if ((fuzz->cell[from] == FREE) != free)
			return false;
	return true;
}

static void check_all(const struct fuzz *fuzz)
{
	const char *broken = ranges_check(&fuzz->ranges);

	expect(fuzz, broken == NULL, broken);
	for (unsigned i = 0; i < CELLS; i++) {
		const struct range *range =
			ranges_find(&fuzz->ranges, address_of(i));
		int kind = range && range->start <= address_of(i)
				   ? (int)range->kind
				   : FREE;

		expect(fuzz, kind == fuzz->cell[i], "a page is of its kind");
	}
}

static void check_place(struct fuzz *fuzz)
{
	unsigned pages = 1 + draw(fuzz, CELLS / 4), cell = 0;
	uint64_t place;
	bool found = ranges_find_place(
		&fuzz->ranges, (uint64_t)pages * PAGE, &place);

	while (cell + pages <= CELLS &&
		!model_has(fuzz, cell, cell + pages, true))
		cell++;
	expect(fuzz, found == (cell + pages <= CELLS), "there is a place");
	expect(fuzz, !found || place == address_of(cell),
		"the place is the lowest");
}

static void change(struct fuzz *fuzz)
{
	unsigned from = draw(fuzz, CELLS);
	unsigned to = from + 1 + draw(fuzz, CELLS - from);
	uint64_t start = address_of(from), end = address_of(to);
	bool free = ranges_are_free(&fuzz->ranges, start, end);
	int kind = FREE;

	expect(fuzz, free == model_has(fuzz, from, to, true), "all is free");
	expect(fuzz,
		ranges_cover(&fuzz->ranges, start, end) ==
			model_has(fuzz, from, to, false),
		"all is mapped");
	expect(fuzz, ranges_reserve(&fuzz->ranges, 1) == 0, "there is memory");
	if (free) {
		kind = (int)draw(fuzz, RANGE_FOREIGN + 1);
		ranges_add(&fuzz->ranges, start, end, kind);
	} else {
		ranges_remove(&fuzz->ranges, start, end);
	}
	while (from < to)
		fuzz->cell[from++] = kind;
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = {.course = course_start(argc, argv, 200000)};

	ranges_init(&fuzz.ranges, BASE, (uint64_t)CELLS * PAGE);
	for (unsigned i = 0; i < CELLS; i++)
		fuzz.cell[i] = FREE;
	while (course_next(&fuzz.course)) {
		change(&fuzz);
		check_place(&fuzz);
		check_all(&fuzz);
	}
	ranges_fini(&fuzz.ranges);
	return 0;
}
