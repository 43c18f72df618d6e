/*
 * Random ranges of a line are taken and given back, against a naive model: an
 * array with a cell for each UNIT pages.  Whatever the tree says is held
 * against a walk over the cells, and gaps_check runs after each step.
 *
 * Units are of the sizes that alignments are sorted by, and the line is
 * shifted against them, so that all of a gap or next to nothing of it fits.
 *
 *	gaps-fuzz [seed] [steps]
 */
#include "mm/gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/test/course.h"

#define CELLS 128

struct fuzz {
	struct course course;
	uint64_t unit;	/* pages a cell */
	uint64_t shift; /* of cell 0; the pages below are taken */
	uint32_t gaps_max;
	struct gaps gaps;
	bool taken[CELLS];
};

static uint64_t page_of(const struct fuzz *fuzz, unsigned cell)
{
	return cell * fuzz->unit + fuzz->shift;
}

/* The next run of free cells from FIRST on; CELLS: there is none. */
static unsigned next_run(
	const struct fuzz *fuzz, unsigned first, unsigned *end_out)
{
	while (first < CELLS && fuzz->taken[first])
		first++;
	*end_out = first;
	while (*end_out < CELLS && !fuzz->taken[*end_out])
		++*end_out;
	return first;
}

static unsigned count_runs(const struct fuzz *fuzz)
{
	unsigned count = 0, cell, end;

	for (cell = next_run(fuzz, 0, &end); cell < CELLS;
		cell = next_run(fuzz, end, &end))
		count++;
	return count;
}

static bool model_find(const struct fuzz *fuzz, uint64_t floor, uint64_t pages,
	uint64_t align, uint64_t *start_out)
{
	unsigned cell, end;
	uint64_t start;

	for (cell = next_run(fuzz, 0, &end); cell < CELLS;
		cell = next_run(fuzz, end, &end)) {
		start = page_of(fuzz, cell);
		if (start < floor)
			start = floor;
		if (start % align)
			start += align - start % align;
		if (start + pages > page_of(fuzz, end))
			continue;
		*start_out = start;
		return true;
	}
	return false;
}

/* Takes or gives cells that are all of one kind, as many as that leaves. */
static void try_change(struct fuzz *fuzz, unsigned cell, unsigned length)
{
	bool taken = fuzz->taken[cell];
	unsigned end = cell;
	uint64_t from;
	int error;

	while (end < CELLS && end < cell + length && fuzz->taken[end] == taken)
		fuzz->taken[end++] = !taken;
	from = page_of(fuzz, cell);
	if (taken)
		error = gaps_give(&fuzz->gaps, from, page_of(fuzz, end));
	else
		error = gaps_take(&fuzz->gaps, from, page_of(fuzz, end));
	if (count_runs(fuzz) <= fuzz->gaps_max) {
		expect(fuzz, !error, "a change fails");
		return;
	}
	expect(fuzz, error == -ENOMEM, "more gaps than there may be");
	while (end > cell)
		fuzz->taken[--end] = taken;
}

static void try_find(struct fuzz *fuzz)
{
	uint64_t floor = draw(fuzz, page_of(fuzz, CELLS) + 2);
	uint64_t pages =
		1 + draw(fuzz, fuzz->unit * (1 + draw(fuzz, CELLS / 4)));
	uint64_t align = UINT64_C(1) << draw(fuzz, 22);
	uint64_t start = 0, expected = 0;
	bool found;

	if (draw(fuzz, 3) == 0) /* just so many cells, in their own raster */
		pages = (1 + draw(fuzz, 8)) * fuzz->unit;
	if (draw(fuzz, 3) == 0 && fuzz->unit != 3)
		align = fuzz->unit;
	if (draw(fuzz, 3) == 0)
		floor = page_of(fuzz, (unsigned)draw(fuzz, CELLS)) + 1 -
			draw(fuzz, 2);
	found = gaps_find(&fuzz->gaps, floor, pages, align, &start);
	expect(fuzz, found == model_find(fuzz, floor, pages, align, &expected),
		"find: whether there is a fit");
	expect(fuzz, start == expected, "find: another than the lowest fit");
}

static void try_ask(struct fuzz *fuzz, unsigned cell, unsigned length)
{
	unsigned at = cell, end = cell + length < CELLS ? cell + length : CELLS;
	bool whole = (!cell || fuzz->taken[cell - 1]) &&
		     (end == CELLS || fuzz->taken[end]);
	uint64_t from = page_of(fuzz, cell), to = page_of(fuzz, end);

	while (at < end && !fuzz->taken[at])
		at++;
	expect(fuzz, gaps_are_free(&fuzz->gaps, from, to) == (at == end),
		"are_free");
	expect(fuzz, gaps_have(&fuzz->gaps, from, to) == (at == end && whole),
		"have");
	expect(fuzz, !gaps_have(&fuzz->gaps, from, to - 1) || fuzz->unit == 1,
		"have: one page less");
}

static void start_round(struct fuzz *fuzz)
{
	static const uint64_t units[] = {1, 3, 64, 512, 1 << 12, 1 << 18};

	fuzz->unit = units[draw(fuzz, 6)];
	fuzz->shift = draw(fuzz, 2) * draw(fuzz, fuzz->unit);
	fuzz->gaps_max = draw(fuzz, 4) ? CELLS : 1 + draw(fuzz, CELLS / 4);
	memset(fuzz->taken, 0, sizeof(fuzz->taken));
	expect(fuzz,
		!gaps_init(&fuzz->gaps, page_of(fuzz, CELLS), fuzz->gaps_max),
		"init");
	if (fuzz->shift)
		expect(fuzz, !gaps_take(&fuzz->gaps, 0, fuzz->shift), "take");
}

static void do_step(struct fuzz *fuzz)
{
	unsigned cell = (unsigned)draw(fuzz, CELLS);
	unsigned length = 1 + (unsigned)draw(fuzz, draw(fuzz, 8) ? 3 : CELLS);
	const char *why;

	switch (draw(fuzz, 8)) {
	case 0:
	case 1:
	case 2:
		try_find(fuzz);
		return;
	case 3:
		try_ask(fuzz, cell, length);
		return;
	}
	try_change(fuzz, cell, length);
	why = gaps_check(&fuzz->gaps);
	expect(fuzz, !why, why);
	expect(fuzz, fuzz->gaps.count == count_runs(fuzz), "count");
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = {.course = course_start(argc, argv, 1000000)};

	start_round(&fuzz);
	while (course_next(&fuzz.course)) {
		do_step(&fuzz);
		if (draw(&fuzz, 3000) == 0) {
			gaps_fini(&fuzz.gaps);
			start_round(&fuzz);
		}
	}
	gaps_fini(&fuzz.gaps);
	return 0;
}
