/*
 * The pass over the references behind OPT's stack distances: once compiled
 * with AVX-512 (opt-run-wide.c), once without (opt-run-plain.c).  Each defines
 * OPT_RUN, the name that it has there, and includes this.
 */
#include "replay/opt-depth-internal.h"

enum { AHEAD = 8 };

static inline uint32_t use(struct opt_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page], now = engine->now;
	uint32_t depth, marker;

	if (slot == now - 1 && slot != OPT_NO_SLOT)
		return 1;
	if (slot == OPT_NO_SLOT) {
		depth = ++engine->seen;
	} else {
		depth = opt_numbers_lowest(&engine->numbers,
			opt_line_balance(&engine->line, slot));
		marker = opt_numbers_slots(&engine->numbers)[depth];
		opt_line_take(&engine->line, slot, marker);
	}
	if (depth > 1) /* not the very first page */
		opt_numbers_mark(&engine->numbers, depth, now);
	opt_line_append(&engine->line, now);
	engine->page_at[now] = page;
	engine->slot_of[page] = now;
	engine->now++;
	return slot == OPT_NO_SLOT ? DEPTH_COLD : depth;
}

/* Starts loading what a use of PAGE will touch. */
static inline void look_ahead(const struct opt_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];

	if (slot != OPT_NO_SLOT)
		opt_line_look_ahead(&engine->line, slot);
}

void OPT_RUN(struct opt_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out)
{
	uint32_t i;

	for (i = 0; i < references; i++) {
		if (i + 2 * AHEAD < references)
			__builtin_prefetch(
				&engine->slot_of[page[i + 2 * AHEAD]]);
		if (i + AHEAD < references)
			look_ahead(engine, page[i + AHEAD]);
		if (engine->now == engine->line.slots)
			opt_depth_move_together(engine);
		depth_out[i] = use(engine, page[i]);
	}
}
