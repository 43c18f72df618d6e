/*
 * Policies of variable space at random: pages, runs, windows, gaps in time.
 * After each use the policy's own check is done, and how many pages are in
 * memory is compared with what its definition says of each page.
 *
 *	variable-fuzz [SEED [STEPS]]
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/test/course.h"
#include "replay/variable.h"

enum { PAGES = 40, STEPS = 200000 };

/* A page as its definition sees it. */
struct model_page {
	bool in, bit;
	uint64_t last; /* time of its last use */
};

struct fuzz {
	struct course course;
	const struct variable_ops *ops;
	struct variable_run *run;
	struct model_page page[PAGES];
	uint64_t now, window, last_fault;
	bool bit_at_load, had_fault;
};

/* Who leaves when PAGE faults under pff; all bits are cleared. */
static void model_pff_fault(struct fuzz *fuzz)
{
	bool shrink =
		fuzz->had_fault && fuzz->now - fuzz->last_fault >= fuzz->window;

	for (uint32_t i = 0; i < PAGES; i++) {
		fuzz->page[i].in &= !shrink || fuzz->page[i].bit;
		fuzz->page[i].bit = false;
	}
	fuzz->had_fault = true;
	fuzz->last_fault = fuzz->now;
}

/* What is in memory while PAGE is used from now on; was that a fault? */
static bool model_before(struct fuzz *fuzz, uint32_t page)
{
	bool fault;

	if (fuzz->ops == &variable_ws)
		for (uint32_t i = 0; i < PAGES; i++)
			/* at the time itself only what is used stays */
			fuzz->page[i].in &= fuzz->page[i].last + fuzz->window +
						    (i == page) >
					    fuzz->now;
	fault = !fuzz->page[page].in;
	if (fault && fuzz->ops == &variable_pff)
		model_pff_fault(fuzz);
	fuzz->page[page].in = true;
	return fault;
}

static void model_use(struct fuzz *fuzz, uint32_t page, uint32_t count,
	uint64_t next, bool fault)
{
	struct model_page *used = &fuzz->page[page];

	used->bit = !fault || fuzz->bit_at_load || count > 1;
	used->last = fuzz->now + count - 1;
	used->in = fuzz->ops != &variable_vmin || next <= fuzz->window;
}

static void compare(struct fuzz *fuzz)
{
	const char *why = variable_run_check(fuzz->run);
	uint32_t resident = 0;

	for (uint32_t i = 0; i < PAGES; i++)
		resident += fuzz->page[i].in;
	if (resident != variable_resident(fuzz->run))
		fail(fuzz, "another number of pages is in memory");
	if (why)
		fail(fuzz, why);
}

static void use(struct fuzz *fuzz)
{
	uint32_t page = draw(fuzz, 1 + draw(fuzz, PAGES));
	uint32_t count = 1 + draw(fuzz, 1 + draw(fuzz, 30));
	uint64_t next = draw(fuzz, 8) ? 1 + draw(fuzz, 2 * fuzz->window)
				      : NEXT_USE_NEVER;
	bool fault;

	if (!draw(fuzz, 50)) {
		fuzz->now += draw(fuzz, 2 * fuzz->window);
		variable_run_at(fuzz->run, fuzz->now);
	}
	fault = model_before(fuzz, page);
	if (variable_run_before(fuzz->run, page) != fault)
		fail(fuzz, fault ? "no fault" : "a fault");
	variable_run_use(fuzz->run, page, count, next);
	model_use(fuzz, page, count, next, fault);
	fuzz->now += count;
	compare(fuzz);
}

/* One policy with one window. */
static void run(struct fuzz *fuzz)
{
	const double window = 1 + draw(fuzz, 1 + draw(fuzz, 2000));
	struct variable_run_config config = {
		.ops = variable_at(draw(fuzz, 3)),
		.values = &window,
		.pages = PAGES,
		.references = UINT64_MAX,
		.bit_at_load = draw(fuzz, 2),
	};
	uint64_t end = fuzz->course.step + 1 + draw(fuzz, 5000);

	fuzz->ops = config.ops;
	fuzz->course.of = fuzz->ops->about.name;
	fuzz->window = window;
	fuzz->bit_at_load = config.bit_at_load;
	fuzz->now = 0;
	fuzz->had_fault = false;
	memset(fuzz->page, 0, sizeof(fuzz->page));
	if (variable_run_open(&config, &fuzz->run))
		fail(fuzz, "no memory");
	for (; fuzz->course.step < end; fuzz->course.step++)
		use(fuzz);
	variable_run_close(fuzz->run);
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = {.course = course_start(argc, argv, STEPS)};

	while (fuzz.course.step < fuzz.course.steps)
		run(&fuzz);
	return 0;
}
