/* Stack distances of LRU with hints.  See hint-depth.h. */
#include "replay/hint-depth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/bitline.h"

#define NO_SLOT UINT32_MAX

enum {
	HOLES = 0, /* the group of places that hold nothing */
	SPARE = 4, /* slots a page: three of four are free after a move */
};

/*
 * Invariants (hint_depth_check proves them)
 * 1. A group has as many slots as places.
 * 2. A place below `used` is in one group, the one that letter[] says.
 * 3. A page in memory has its slot in one group, the one that group_of[]
 *    says.
 */
struct group {
	struct bitline slots;  /* of its pages' last uses */
	struct bitline places; /* in the stack, from 0 on */
	int rank;	       /* -1: holes */
};

struct hint_depth {
	uint32_t pages;
	uint32_t used;	   /* places */
	uint32_t now;	   /* the next free slot */
	uint32_t slots;	   /* there are */
	uint32_t *slot_of; /* [pages] of the last use, or NO_SLOT */
	uint8_t *group_of; /* [pages] */
	uint32_t *page_at; /* [slots] */
	uint8_t *letter;   /* [pages] the group of a place */
	struct group *group[HINT_DEPTH_GROUPS];
	unsigned groups;
	int error;
};

static void free_group(struct group *group)
{
	bitline_fini(&group->slots);
	bitline_fini(&group->places);
	free(group);
}

/* The number of a new group; HOLES after an error. */
static uint8_t add_group(struct hint_depth *engine, int rank)
{
	struct group *group;

	if (engine->groups == HINT_DEPTH_GROUPS) {
		engine->error = -E2BIG;
		return HOLES;
	}
	group = calloc(1, sizeof(*group));
	if (!group || bitline_init(&group->slots, engine->slots) ||
		bitline_init(&group->places, engine->pages)) {
		if (group)
			free_group(group);
		engine->error = -ENOMEM;
		return HOLES;
	}
	group->rank = rank;
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
	engine->letter = memory_map((size_t)pages + 1);
	engine->page_at = memory_map(slots * sizeof(uint32_t));
	if (!engine->slot_of || !engine->group_of || !engine->letter ||
		!engine->page_at || add_group(engine, -1) != HOLES ||
		engine->error) {
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
	memory_unmap(engine->letter, (size_t)engine->pages + 1);
	memory_unmap(engine->page_at, engine->slots * sizeof(uint32_t));
	while (engine->groups)
		free_group(engine->group[--engine->groups]);
	free(engine);
}

int hint_depth_error(const struct hint_depth *engine)
{
	return engine->error;
}

/* Pages of GROUP that were used later than at SLOT. */
static inline uint32_t later_than(const struct group *group, uint32_t slot)
{
	return bitline_count_from(&group->slots, slot + 1);
}

/* Places of GROUP above PLACE. */
static inline uint32_t above(const struct group *group, uint32_t place)
{
	return group->places.set - bitline_count_from(&group->places, place);
}

/* Where PAGE, which is in memory, is. */
static inline uint32_t place_of(const struct hint_depth *engine, uint32_t page)
{
	const struct group *group = engine->group[engine->group_of[page]];

	return bitline_select(
		&group->places, later_than(group, engine->slot_of[page]));
}

/* When the page of GROUP with K more recent ones was used. */
static inline uint32_t slot_after(const struct group *group, uint32_t k)
{
	return bitline_select(&group->slots, group->slots.set - 1 - k);
}

static inline void set_letter(
	struct hint_depth *engine, uint32_t place, uint8_t letter)
{
	engine->letter[place] = letter;
	bitline_set(&engine->group[letter]->places, place);
}

static inline void clear_letter(struct hint_depth *engine, uint32_t place)
{
	bitline_clear(&engine->group[engine->letter[place]]->places, place);
}

/* The first place of OTHER from FROM to before END whose page was used before
 * the one of CARRIED that is carried when it comes there; END: none. */
static uint32_t first_older(const struct group *carried,
	const struct group *other, uint32_t from, uint32_t end)
{
	uint32_t place = bitline_next(&other->places, from);

	while (place < end &&
		slot_after(other, above(other, place)) >
			slot_after(carried, above(carried, place)))
		place = bitline_next(&other->places, place + 1);
	return place < end ? place : end;
}

/* The first place from FROM to before END at which what is carried, of group
 * CARRIED, changes with a page of another group; END: none. */
static uint32_t next_change(const struct hint_depth *engine, uint8_t carried,
	uint32_t from, uint32_t end)
{
	const struct group *mine = engine->group[carried];
	unsigned i;

	for (i = 0; i < engine->groups; i++) {
		const struct group *other = engine->group[i];
		uint32_t place;

		if (i == carried || !other->places.set ||
			other->rank > mine->rank)
			continue;
		if (other->rank == mine->rank) {
			end = first_older(mine, other, from, end);
			continue;
		}
		place = bitline_next(&other->places, from);
		end = place < end ? place : end;
	}
	return end;
}

/* Carries what is on top down to PLACE, which holds nothing any more; the
 * page that comes to the top is of group LETTER. */
static void carry_down(
	struct hint_depth *engine, uint32_t place, uint8_t letter)
{
	uint8_t carried = engine->letter[0], other;
	uint32_t at = 0, next;

	clear_letter(engine, 0);
	while (carried != HOLES) {
		next = next_change(engine, carried, at + 1, place);
		if (next >= place)
			break;
		at = next;
		other = engine->letter[at];
		clear_letter(engine, at);
		set_letter(engine, at, carried);
		carried = other;
	}
	if (place < engine->used || carried != HOLES) {
		set_letter(engine, place, carried);
		if (place == engine->used)
			engine->used++;
	}
	set_letter(engine, 0, letter);
}

/* Moves the slots that are taken to the start of time. */
static void move_together(struct hint_depth *engine)
{
	uint32_t to = 0, from, page;
	unsigned i;

	for (i = 0; i < engine->groups; i++)
		bitline_clear_all(&engine->group[i]->slots);
	for (from = 0; from < engine->now; from++) {
		page = engine->page_at[from];
		if (engine->slot_of[page] != from)
			continue;
		engine->page_at[to] = page;
		engine->slot_of[page] = to;
		bitline_set(&engine->group[engine->group_of[page]]->slots, to);
		to++;
	}
	engine->now = to;
}

/* A group of RANK without pages. HOLES after an error. */
static uint8_t empty_group(struct hint_depth *engine, int rank)
{
	unsigned i;

	for (i = 1; i < engine->groups; i++)
		if (!engine->group[i]->slots.set) {
			engine->group[i]->rank = rank;
			return i;
		}
	return add_group(engine, rank);
}

/* Any group of RANK: what is used now fits all of them. */
static inline uint8_t group_of_rank(struct hint_depth *engine, int rank)
{
	unsigned i;

	for (i = 1; i < engine->groups; i++)
		if (engine->group[i]->rank == rank)
			return i;
	return empty_group(engine, rank);
}

uint32_t hint_depth_use(struct hint_depth *engine, uint32_t page, uint8_t rank)
{
	uint8_t letter = group_of_rank(engine, rank);
	uint32_t place = engine->used, depth = DEPTH_COLD;

	if (engine->error)
		return DEPTH_COLD;
	if (engine->now == engine->slots)
		move_together(engine);
	if (engine->slot_of[page] != NO_SLOT) {
		place = place_of(engine, page);
		depth = place + 1;
		clear_letter(engine, place);
		bitline_clear(&engine->group[engine->group_of[page]]->slots,
			engine->slot_of[page]);
	}
	if (place) {
		carry_down(engine, place, letter);
	} else {
		set_letter(engine, 0, letter);
		engine->used += !engine->used;
	}
	engine->slot_of[page] = engine->now;
	engine->group_of[page] = letter;
	engine->page_at[engine->now] = page;
	bitline_set(&engine->group[letter]->slots, engine->now++);
	return depth;
}

/* Do age and place of a page fit GROUP's order? */
static bool fits(const struct group *group, uint32_t slot, uint32_t place)
{
	return later_than(group, slot) == above(group, place);
}

void hint_depth_rank(struct hint_depth *engine, uint32_t page, uint8_t rank)
{
	uint32_t slot = engine->slot_of[page];
	uint32_t place;
	unsigned i;

	if (engine->error ||
		engine->group[engine->group_of[page]]->rank == rank)
		return;
	place = place_of(engine, page);
	for (i = 1; i < engine->groups; i++)
		if (engine->group[i]->rank == rank &&
			fits(engine->group[i], slot, place))
			break;
	if (i == engine->groups)
		i = empty_group(engine, rank);
	if (engine->error)
		return;
	clear_letter(engine, place);
	bitline_clear(&engine->group[engine->group_of[page]]->slots, slot);
	set_letter(engine, place, i);
	bitline_set(&engine->group[i]->slots, slot);
	engine->group_of[page] = i;
}

void hint_depth_drop(struct hint_depth *engine, uint32_t page)
{
	uint32_t place;

	if (engine->error)
		return;
	place = place_of(engine, page);
	clear_letter(engine, place);
	set_letter(engine, place, HOLES);
	bitline_clear(&engine->group[engine->group_of[page]]->slots,
		engine->slot_of[page]);
	engine->slot_of[page] = NO_SLOT;
}

void hint_depth_look_ahead(const struct hint_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];

	if (slot != NO_SLOT)
		bitline_look_ahead(
			&engine->group[engine->group_of[page]]->slots, slot);
}

/* Of a group: places and slots agree with what is told by place and page. */
static const char *check_group(const struct hint_depth *engine, unsigned at)
{
	const struct group *group = engine->group[at];
	const char *why = bitline_check(&group->slots);
	uint32_t i;

	if (!why)
		why = bitline_check(&group->places);
	if (why)
		return why;
	if (at != HOLES && group->slots.set != group->places.set)
		return "a group has more places than pages, or fewer";
	for (i = 0; i < engine->pages; i++)
		if (bitline_test(&group->places, i) !=
			(i < engine->used && engine->letter[i] == at))
			return "a place is not in the group that it names";
	for (i = 0; i < engine->slots; i++) {
		uint32_t page = engine->page_at[i];

		if (bitline_test(&group->slots, i) !=
			(i < engine->now && engine->slot_of[page] == i &&
				engine->group_of[page] == at))
			return "a slot is not in its page's group";
	}
	return NULL;
}

const char *hint_depth_check(const struct hint_depth *engine)
{
	const char *why = NULL;
	uint32_t places = 0;
	unsigned i;

	for (i = 0; i < engine->groups && !why; i++) {
		why = check_group(engine, i);
		places += engine->group[i]->places.set;
	}
	if (!why && places != engine->used)
		why = "a place is in no group, or in two";
	return why;
}
