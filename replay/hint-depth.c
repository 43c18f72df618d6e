/* Stack distances of LRU with hints.  See hint-depth.h. */
#include "replay/hint-depth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/bitline.h"
#include "replay/places.h"

#define NO_SLOT UINT32_MAX

enum {
	HOLES = 0, /* the group of places that hold nothing */
	SPARE = 4, /* slots a page: three of four are free after a move */
};

/*
 * Invariants (hint_depth_check proves them)
 * 1. A group has as many slots as places.
 * 2. A page in memory has its slot in one group, the one that group_of[]
 *    says.
 */
struct hint_depth {
	uint32_t pages;
	uint32_t now;	     /* the next free slot */
	uint32_t slots;	     /* there are */
	uint32_t *slot_of;   /* [pages] of the last use, or NO_SLOT */
	uint8_t *group_of;   /* [pages] */
	uint32_t *page_at;   /* [slots] */
	struct places stack; /* the group of each place */
	struct bitline *group[HINT_DEPTH_GROUPS]; /* its pages' slots */
	int rank[HINT_DEPTH_GROUPS];		  /* -1: holes */
	unsigned groups;
	int error;
};

/* The number of a new group; HOLES after an error. */
static uint8_t add_group(struct hint_depth *engine, int rank)
{
	struct bitline *group;

	if (engine->groups == HINT_DEPTH_GROUPS) {
		engine->error = -E2BIG;
		return HOLES;
	}
	group = calloc(1, sizeof(*group));
	if (!group || bitline_init(group, engine->slots)) {
		free(group);
		engine->error = -ENOMEM;
		return HOLES;
	}
	engine->rank[engine->groups] = rank;
	engine->group[engine->groups] = group;
	return engine->groups++;
}

int hint_depth_create(uint32_t pages, struct hint_depth **out)
{
	struct hint_depth *engine = calloc(1, sizeof(*engine));
	uint64_t slots = ((uint64_t)pages + 1) * SPARE;

	if (!engine)
		return -ENOMEM;
	if (slots > UINT32_MAX - (1u << 15))
		slots = UINT32_MAX - (1u << 15);
	engine->pages = pages;
	engine->slots = slots;
	engine->slot_of = memory_map(((size_t)pages + 1) * sizeof(uint32_t));
	engine->group_of = memory_map((size_t)pages + 1);
	engine->page_at = memory_map(slots * sizeof(uint32_t));
	if (!engine->slot_of || !engine->group_of || !engine->page_at ||
		places_init(&engine->stack, pages) ||
		add_group(engine, -1) != HOLES || engine->error) {
		hint_depth_destroy(engine);
		return -ENOMEM;
	}
	memset(engine->slot_of, 0xff, pages * sizeof(uint32_t));
	*out = engine;
	return 0;
}

void hint_depth_destroy(struct hint_depth *engine)
{
	if (!engine)
		return;
	memory_unmap(engine->slot_of,
		((size_t)engine->pages + 1) * sizeof(uint32_t));
	memory_unmap(engine->group_of, (size_t)engine->pages + 1);
	memory_unmap(engine->page_at, engine->slots * sizeof(uint32_t));
	places_fini(&engine->stack);
	while (engine->groups--) {
		bitline_fini(engine->group[engine->groups]);
		free(engine->group[engine->groups]);
	}
	free(engine);
}

int hint_depth_error(const struct hint_depth *engine)
{
	return engine->error;
}

/* Pages of GROUP that were used later than at SLOT. */
static inline uint32_t later_than(
	const struct hint_depth *engine, uint8_t group, uint32_t slot)
{
	return bitline_count_from(engine->group[group], slot + 1);
}

/* Where PAGE, which is in memory, is. */
static inline uint32_t place_of(const struct hint_depth *engine, uint32_t page)
{
	uint8_t group = engine->group_of[page];

	return places_select(&engine->stack, group,
		later_than(engine, group, engine->slot_of[page]));
}

/* When the page of GROUP with K more recent ones was used. */
static inline uint32_t slot_after(
	const struct hint_depth *engine, uint8_t group, uint32_t k)
{
	const struct bitline *slots = engine->group[group];

	return bitline_select(slots, slots->set - 1 - k);
}

static inline void set_letter(
	struct hint_depth *engine, uint32_t place, uint8_t letter)
{
	if (places_set(&engine->stack, place, letter))
		engine->error = -ENOMEM;
}

/* Places of GROUP above PLACE, while the one on top is empty. */
static uint32_t above(
	const struct hint_depth *engine, uint8_t group, uint32_t place)
{
	return places_before(&engine->stack, group, place) -
	       (places_letter(&engine->stack, 0) == group);
}

/* Was the page at PLACE, of another group, used before the one of CARRIED
 * that is carried when it comes there? */
static bool is_older(
	const struct hint_depth *engine, uint8_t carried, uint32_t place)
{
	uint8_t other = places_letter(&engine->stack, place);

	return slot_after(engine, other, above(engine, other, place)) <
	       slot_after(engine, carried, above(engine, carried, place));
}

/* The first place from FROM to before END at which what is carried, of group
 * CARRIED, changes with a page of another group; END: none. */
static uint32_t next_change(const struct hint_depth *engine, uint8_t carried,
	uint32_t from, uint32_t end)
{
	const struct places *stack = &engine->stack;
	uint32_t next;

	for (;; from = next + 1) {
		next = places_next_lower(
			stack, engine->rank, carried, from, end);
		if (next >= end || engine->rank[places_letter(stack, next)] <
					   engine->rank[carried])
			return next;
		if (is_older(engine, carried, next))
			return next;
	}
}

/* Carries what is on top down to PLACE, which holds nothing any more; the
 * page that comes to the top is of group LETTER. */
static void carry_down(
	struct hint_depth *engine, uint32_t place, uint8_t letter)
{
	const struct places *stack = &engine->stack;
	uint8_t carried = places_letter(stack, 0), other;
	uint32_t at = 0;

	while (carried != HOLES) {
		at = next_change(engine, carried, at + 1, place);
		if (at >= place)
			break;
		other = places_letter(stack, at);
		set_letter(engine, at, carried);
		carried = other;
	}
	if (place < stack->used || carried != HOLES)
		set_letter(engine, place, carried);
	set_letter(engine, 0, letter);
}

/* Moves the slots that are taken to the start of time. */
static void move_together(struct hint_depth *engine)
{
	uint32_t to = 0, from, page;
	unsigned i;

	for (i = 0; i < engine->groups; i++)
		bitline_clear_all(engine->group[i]);
	for (from = 0; from < engine->now; from++) {
		page = engine->page_at[from];
		if (engine->slot_of[page] != from)
			continue;
		engine->page_at[to] = page;
		engine->slot_of[page] = to;
		bitline_set(engine->group[engine->group_of[page]], to);
		to++;
	}
	engine->now = to;
}

/* A group of RANK without pages. HOLES after an error. */
static uint8_t empty_group(struct hint_depth *engine, int rank)
{
	unsigned i;

	for (i = 1; i < engine->groups; i++)
		if (!engine->group[i]->set) {
			engine->rank[i] = rank;
			return i;
		}
	return add_group(engine, rank);
}

/* Any group of RANK: what is used now fits all of them. */
static inline uint8_t group_of_rank(struct hint_depth *engine, int rank)
{
	unsigned i;

	for (i = 1; i < engine->groups; i++)
		if (engine->rank[i] == rank)
			return i;
	return empty_group(engine, rank);
}

/* PAGE, which is in memory, is in no group any more. */
static inline void leave_group(struct hint_depth *engine, uint32_t page)
{
	bitline_clear(
		engine->group[engine->group_of[page]], engine->slot_of[page]);
}

uint32_t hint_depth_use(struct hint_depth *engine, uint32_t page, uint8_t rank)
{
	uint8_t letter = group_of_rank(engine, rank);
	uint32_t place = engine->stack.used, depth = DEPTH_COLD;

	if (engine->error)
		return DEPTH_COLD;
	if (engine->now == engine->slots)
		move_together(engine);
	if (engine->slot_of[page] != NO_SLOT) {
		place = place_of(engine, page);
		depth = place + 1;
		leave_group(engine, page);
	}
	if (place)
		carry_down(engine, place, letter);
	else
		set_letter(engine, 0, letter);
	engine->slot_of[page] = engine->now;
	engine->group_of[page] = letter;
	engine->page_at[engine->now] = page;
	bitline_set(engine->group[letter], engine->now++);
	return depth;
}

void hint_depth_rank(struct hint_depth *engine, uint32_t page, uint8_t rank)
{
	uint32_t slot = engine->slot_of[page];
	uint32_t place;
	unsigned i;

	if (engine->error || engine->rank[engine->group_of[page]] == rank)
		return;
	place = place_of(engine, page);
	/* one in whose order its age and its place fit */
	for (i = 1; i < engine->groups; i++)
		if (engine->rank[i] == rank &&
			later_than(engine, i, slot) ==
				places_before(&engine->stack, i, place))
			break;
	if (i == engine->groups)
		i = empty_group(engine, rank);
	if (engine->error)
		return;
	set_letter(engine, place, i);
	leave_group(engine, page);
	bitline_set(engine->group[i], slot);
	engine->group_of[page] = i;
}

void hint_depth_drop(struct hint_depth *engine, uint32_t page)
{
	if (engine->error)
		return;
	set_letter(engine, place_of(engine, page), HOLES);
	leave_group(engine, page);
	engine->slot_of[page] = NO_SLOT;
}

void hint_depth_look_ahead(
	const struct hint_depth *engine, uint32_t far, uint32_t near)
{
	uint32_t slot = engine->slot_of[near];

	__builtin_prefetch(&engine->slot_of[far]);
	__builtin_prefetch(&engine->group_of[far]);
	if (slot != NO_SLOT)
		bitline_look_ahead(engine->group[engine->group_of[near]], slot);
}

/* Of a group: its slots are its pages', and it has as many places. */
static const char *check_group(const struct hint_depth *engine, unsigned at)
{
	const struct bitline *slots = engine->group[at];
	uint32_t i;

	for (i = 0; i < engine->slots; i++) {
		uint32_t page = engine->page_at[i];

		if (bitline_test(slots, i) !=
			(i < engine->now && engine->slot_of[page] == i &&
				engine->group_of[page] == at))
			return "a slot is not in its page's group";
	}
	if (at != HOLES && slots->set != places_before(&engine->stack, at,
						 engine->stack.used))
		return "a group has more places than pages, or fewer";
	return bitline_check(slots);
}

const char *hint_depth_check(const struct hint_depth *engine)
{
	const char *why = places_check(&engine->stack);
	unsigned i;

	for (i = 0; i < engine->groups && !why; i++)
		why = check_group(engine, i);
	return why;
}
