/* LRU stack distances.  See lru-depth.h. */
#include "replay/lru-depth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/bitline.h"

#define NO_SLOT UINT32_MAX

enum {
	SPARE = 4, /* slots a page: three of four are free after a move */
	AHEAD = 16,
};

struct lru_depth {
	uint32_t pages;
	uint32_t now;	      /* the next free slot */
	uint32_t *slot_of;    /* [pages] of the last use, or NO_SLOT */
	uint32_t *page_at;    /* [slots] */
	struct bitline alive; /* by slot */
};

int lru_depth_create(uint32_t pages, struct lru_depth **out)
{
	struct lru_depth *engine = calloc(1, sizeof(*engine));
	uint64_t slots = (uint64_t)pages * SPARE;
	int error = -ENOMEM;

	if (!engine)
		return error;
	/* beyond that there is less room to move in, which costs time only */
	if (slots > UINT32_MAX - (1u << 15))
		slots = UINT32_MAX - (1u << 15);
	engine->pages = pages;
	error = bitline_init(&engine->alive, slots);
	engine->slot_of =
		memory_map(((size_t)pages + 1) * sizeof(*engine->slot_of));
	engine->page_at =
		memory_map(engine->alive.bits * sizeof(*engine->page_at));
	if (error || !engine->slot_of || !engine->page_at) {
		lru_depth_destroy(engine);
		return -ENOMEM;
	}
	memset(engine->slot_of, 0xff, pages * sizeof(*engine->slot_of));
	*out = engine;
	return 0;
}

void lru_depth_destroy(struct lru_depth *engine)
{
	if (!engine)
		return;
	memory_unmap(engine->slot_of,
		((size_t)engine->pages + 1) * sizeof(*engine->slot_of));
	memory_unmap(
		engine->page_at, engine->alive.bits * sizeof(*engine->page_at));
	bitline_fini(&engine->alive);
	free(engine);
}

/* Moves what is alive to the start of time. */
static void move_together(struct lru_depth *engine)
{
	uint32_t to = 0, from = 0;

	while ((from = bitline_next(&engine->alive, from)) != BITLINE_NONE) {
		uint32_t page = engine->page_at[from++];

		engine->page_at[to] = page;
		engine->slot_of[page] = to++;
	}
	bitline_clear_all(&engine->alive);
	for (engine->now = 0; engine->now < to; engine->now++)
		bitline_set(&engine->alive, engine->now);
}

static inline uint32_t use(struct lru_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];
	uint32_t depth = DEPTH_COLD;

	if (slot != NO_SLOT) {
		if (slot == engine->now - 1)
			return 1;
		depth = bitline_count_from(&engine->alive, slot);
		bitline_clear(&engine->alive, slot);
	}
	slot = engine->now++;
	bitline_set(&engine->alive, slot);
	engine->slot_of[page] = slot;
	engine->page_at[slot] = page;
	return depth;
}

void lru_depth_run(struct lru_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out)
{
	uint32_t i;

	for (i = 0; i < references; i++) {
		if (i + 2 * AHEAD < references)
			__builtin_prefetch(
				&engine->slot_of[page[i + 2 * AHEAD]]);
		if (i + AHEAD < references) {
			uint32_t slot = engine->slot_of[page[i + AHEAD]];

			if (slot != NO_SLOT)
				bitline_look_ahead(&engine->alive, slot);
		}
		if (engine->now == engine->alive.bits)
			move_together(engine);
		depth_out[i] = use(engine, page[i]);
	}
}

uint32_t lru_depth_now(const struct lru_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];

	return slot == NO_SLOT ? DEPTH_COLD
			       : bitline_count_from(&engine->alive, slot);
}

const char *lru_depth_check(const struct lru_depth *engine)
{
	uint32_t slot = 0, page, used = 0;

	for (; (slot = bitline_next(&engine->alive, slot)) != BITLINE_NONE;
		slot++) {
		if (slot >= engine->now)
			return "a slot that was not taken is alive";
		if (engine->slot_of[engine->page_at[slot]] != slot)
			return "a slot is alive without its page";
	}
	for (page = 0; page < engine->pages; page++)
		used += engine->slot_of[page] != NO_SLOT;
	if (used != engine->alive.set)
		return "pages and slots that are alive differ";
	return bitline_check(&engine->alive);
}
