/* OPT stack distances.  See opt-depth.h. */
#include "replay/opt-depth-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	SPARE = 3, /* slots a page: two of three are free after a move */
	SLOTS_MIN = 2 * OPT_WIDTH,
};

int opt_depth_create(uint32_t pages, struct opt_depth **out)
{
	struct opt_depth *engine = calloc(1, sizeof(*engine));
	uint64_t slots = (uint64_t)pages * SPARE + SLOTS_MIN;
	int error;

	if (!engine)
		return -ENOMEM;
	if (slots > UINT32_MAX)
		slots = UINT32_MAX;
	engine->run = __builtin_cpu_supports("avx512bw") &&
				      __builtin_cpu_supports("avx512dq") &&
				      __builtin_cpu_supports("avx512vl")
			      ? opt_run_wide
			      : opt_run_plain;
	engine->pages = pages;
	engine->slot_of = memory_map((pages + 1) * sizeof(uint32_t));
	engine->page_at = memory_map(slots * sizeof(uint32_t));
	error = opt_line_init(&engine->line, slots);
	if (!error)
		error = opt_numbers_init(&engine->numbers, pages + 1);
	if (!engine->slot_of || !engine->page_at)
		error = -ENOMEM;
	if (error) {
		opt_depth_destroy(engine);
		return error;
	}
	memset(engine->slot_of, 0xff, pages * sizeof(uint32_t));
	*out = engine;
	return 0;
}

void opt_depth_destroy(struct opt_depth *engine)
{
	if (!engine)
		return;
	memory_unmap(engine->slot_of, (engine->pages + 1) * sizeof(uint32_t));
	memory_unmap(engine->page_at, engine->line.slots * sizeof(uint32_t));
	opt_line_fini(&engine->line);
	opt_numbers_fini(&engine->numbers);
	free(engine);
}

/* The slots of the markers, of which there are *COUNT_OUT. */
static uint32_t *markers(const struct opt_depth *engine, uint32_t *count_out)
{
	*count_out = engine->seen > 1 ? engine->seen - 1 : 0;
	return opt_numbers_slots(&engine->numbers) + 2;
}

static void moved(void *context, uint32_t from, uint32_t to)
{
	struct opt_depth *engine = context;

	engine->page_at[to] = engine->page_at[from];
	engine->slot_of[engine->page_at[to]] = to;
}

void opt_depth_move_together(struct opt_depth *engine)
{
	uint32_t count, *marker = markers(engine, &count);

	engine->now = opt_line_move_together(
		&engine->line, marker, count, moved, engine);
	opt_numbers_sum_up(&engine->numbers);
}

void opt_depth_run(struct opt_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out)
{
	engine->run(engine, page, references, depth_out);
}

const char *opt_depth_check(const struct opt_depth *engine)
{
	uint32_t page, count, i;
	const uint32_t *marker = markers(engine, &count);
	const char *broken;

	for (page = 0; page < engine->pages; page++) {
		uint32_t slot = engine->slot_of[page];

		if (slot != OPT_NO_SLOT &&
			(slot >= engine->now || engine->page_at[slot] != page))
			return "a page is not where its slot says";
	}
	for (i = 0; i < count; i++)
		if (marker[i] >= engine->now)
			return "a marker is in a slot that was not taken";
	broken = opt_numbers_check(&engine->numbers);
	return broken ? broken : opt_line_check(&engine->line, marker, count);
}
