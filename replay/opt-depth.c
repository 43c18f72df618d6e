/* OPT stack distances.  See opt-depth.h. */
#pragma GCC target("popcnt") /* every x86-64 since 2008 */

#include "replay/opt-depth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/opt-tree.h"

#define NO_SLOT UINT32_MAX

enum {
	SPARE = 4, /* slots a page: two of four are free after a move */
	AHEAD = 8,
};

struct opt_depth {
	uint32_t pages, seen;
	uint32_t slots;
	uint32_t now;	     /* the next free slot */
	uint32_t *slot_of;   /* [pages] of the last use, or NO_SLOT */
	uint32_t *marker_of; /* [pages + 1] slot of a number's marker */
	uint32_t *page_at;   /* [slots] */
	struct opt_tree tree;
};

int opt_depth_create(uint32_t pages, struct opt_depth **out)
{
	struct opt_depth *engine = calloc(1, sizeof(*engine));
	uint64_t slots = (uint64_t)pages * SPARE + OPT_LEAF_SLOTS;
	int error = -ENOMEM;

	if (!engine)
		return error;
	if (slots > UINT32_MAX)
		slots = UINT32_MAX;
	engine->pages = pages;
	engine->slots = slots / OPT_LEAF_SLOTS * OPT_LEAF_SLOTS;
	engine->slot_of = memory_map((pages + 1) * sizeof(uint32_t));
	engine->marker_of = memory_map((pages + 1) * sizeof(uint32_t));
	engine->page_at = memory_map(engine->slots * sizeof(uint32_t));
	if (engine->slot_of && engine->marker_of && engine->page_at)
		error = opt_tree_init(&engine->tree, engine->slots);
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
	opt_tree_fini(&engine->tree);
	memory_unmap(engine->slot_of, (engine->pages + 1) * sizeof(uint32_t));
	memory_unmap(engine->marker_of, (engine->pages + 1) * sizeof(uint32_t));
	memory_unmap(engine->page_at, engine->slots * sizeof(uint32_t));
	free(engine);
}

/* Moves what is alive or has a marker to the start of time. */
static void move_together(struct opt_depth *engine)
{
	struct opt_tree *tree = &engine->tree;
	uint32_t leaves = engine->slots / OPT_LEAF_SLOTS;
	uint32_t to = 0, leaf;

	for (leaf = 0; leaf < leaves; leaf++) {
		uint64_t alive = tree->alive[leaf];
		uint64_t marked = tree->marked[leaf];
		uint64_t bits = alive | marked;

		tree->alive[leaf] = 0;
		tree->marked[leaf] = 0;
		for (; bits; bits &= bits - 1, to++) {
			unsigned at = __builtin_ctzll(bits);
			uint32_t from = leaf * OPT_LEAF_SLOTS + at;
			uint32_t number = tree->number[from];

			tree->number[from] = OPT_NO_NUMBER;
			if (marked >> at & 1) {
				opt_tree_mark(tree, to, number);
				engine->marker_of[number] = to;
			}
			if (alive >> at & 1) {
				opt_tree_enliven(tree, to);
				engine->page_at[to] = engine->page_at[from];
				engine->slot_of[engine->page_at[to]] = to;
			}
		}
	}
	engine->now = to;
	opt_tree_sum_up(tree, to);
}

static inline uint32_t use(struct opt_depth *engine, uint32_t page)
{
	struct opt_tree *tree = &engine->tree;
	uint32_t slot = engine->slot_of[page];
	uint32_t depth, marker;

	if (slot == engine->now - 1 && slot != NO_SLOT)
		return 1;
	if (slot == NO_SLOT) {
		depth = ++engine->seen;
	} else {
		depth = opt_tree_lowest(tree, opt_tree_balance(tree, slot));
		marker = engine->marker_of[depth];
		opt_tree_take(tree, slot, marker);
	}
	if (engine->now % OPT_LEAF_SLOTS == 0)
		opt_tree_open(tree, engine->now);
	opt_tree_enliven(tree, engine->now);
	if (depth > 1) { /* not the very first page */
		opt_tree_mark(tree, engine->now, depth);
		engine->marker_of[depth] = engine->now;
	}
	engine->page_at[engine->now] = page;
	engine->slot_of[page] = engine->now++;
	return slot == NO_SLOT ? DEPTH_COLD : depth;
}

/* Starts loading what a use of PAGE will read. */
static inline void look_ahead(const struct opt_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];

	if (slot != NO_SLOT)
		opt_tree_look_ahead(&engine->tree, slot);
}

void opt_depth_run(struct opt_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out)
{
	uint32_t i;

	for (i = 0; i < references; i++) {
		if (i + 2 * AHEAD < references)
			__builtin_prefetch(
				&engine->slot_of[page[i + 2 * AHEAD]]);
		if (i + AHEAD < references)
			look_ahead(engine, page[i + AHEAD]);
		if (engine->now == engine->slots)
			move_together(engine);
		depth_out[i] = use(engine, page[i]);
	}
}

const char *opt_depth_check(const struct opt_depth *engine)
{
	uint32_t page, number;

	for (page = 0; page < engine->pages; page++) {
		uint32_t slot = engine->slot_of[page];

		if (slot != NO_SLOT &&
			(slot >= engine->now || engine->page_at[slot] != page))
			return "a page is not where its slot says";
	}
	for (number = 2; number <= engine->seen; number++)
		if (engine->tree.number[engine->marker_of[number]] != number)
			return "a marker is not where it should be";
	return opt_tree_check(&engine->tree, engine->now);
}
