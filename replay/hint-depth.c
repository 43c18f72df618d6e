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
	HOLES = 0, /* the group, and the letter, of places that hold nothing */
	SPARE = 4, /* slots a page: three of four are free after a move */
	AHEAD = 16,
	CHUNK = 1024,
	RANKS = 256,
};

/*
 * Invariants (hint_depth_check proves them)
 * 1. A group has as many slots as places.
 * 2. A page in memory has its slot in one group, the one that group_of[]
 *    says.
 * 3. A group has a rank, and its letter, while it has pages; of_rank[] is
 *    one of the groups of each rank, and `alike` tells whether some rank has
 *    more.
 */
struct hint_depth {
	uint32_t pages;
	uint32_t now;	     /* the next free slot */
	uint32_t slots;	     /* there are */
	uint32_t *slot_of;   /* [pages] of the last use, or NO_SLOT */
	uint8_t *group_of;   /* [pages] */
	uint32_t *page_at;   /* [slots] */
	struct places stack; /* the letter of each place's group */
	struct bitline *group[HINT_DEPTH_GROUPS]; /* its pages' slots */
	uint32_t letter[HINT_DEPTH_GROUPS];	  /* HOLES: it has no rank */
	uint8_t of_rank[RANKS];			  /* HOLES: none is */
	bool alike;
	unsigned groups;
	int error;
};

static inline uint32_t letter_of(uint8_t group, uint8_t rank)
{
	return (rank + 1u) * PLACES_LETTERS + group;
}

static inline bool is_of_rank(
	const struct hint_depth *engine, unsigned group, uint8_t rank)
{
	return places_rank(engine->letter[group]) == rank + 1u;
}

/* The number of a new group; HOLES after an error. */
static uint8_t add_group(struct hint_depth *engine)
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
	engine->group[engine->groups] = group;
	return engine->groups++;
}

/* Says which groups are of each rank. */
static void list_ranks(struct hint_depth *engine)
{
	unsigned i;

	memset(engine->of_rank, HOLES, sizeof(engine->of_rank));
	engine->alike = false;
	for (i = 1; i < engine->groups; i++) {
		uint32_t rank = places_rank(engine->letter[i]);

		if (!rank)
			continue;
		if (engine->of_rank[rank - 1])
			engine->alike = true;
		else
			engine->of_rank[rank - 1] = i;
	}
}

/* A group that had none is of RANK.  HOLES after an error. */
static uint8_t new_group(struct hint_depth *engine, uint8_t rank)
{
	unsigned i;

	for (i = 1; i < engine->groups && engine->letter[i]; i++)
		;
	if (i == engine->groups)
		i = add_group(engine);
	if (i != HOLES) {
		engine->letter[i] = letter_of(i, rank);
		list_ranks(engine);
	}
	return i;
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
		add_group(engine) != HOLES || engine->error) {
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

	return places_select(&engine->stack, engine->letter[group],
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
	struct hint_depth *engine, uint32_t place, uint32_t letter)
{
	if (places_set(&engine->stack, place, letter))
		engine->error = -ENOMEM;
}

/*
 * The first place from FROM to before END at which a page of group OTHER lies
 * that was used before the one of CARRIED that is carried when it comes
 * there; or END.  The page on top is not in its place, but carried.
 */
static uint32_t next_older(const struct hint_depth *engine, uint8_t carried,
	uint8_t other, uint32_t from, uint32_t end)
{
	const struct places *stack = &engine->stack;
	const uint32_t *letter = engine->letter;
	uint32_t top = places_letter(stack, 0);
	uint32_t k = places_before(stack, letter[other], from);
	uint32_t place, above, older;

	for (;; k = older + (top == letter[other])) {
		place = places_select(stack, letter[other], k);
		if (place >= end)
			return end;
		above = places_before(stack, letter[carried], place) -
			(top == letter[carried]);
		older = later_than(
			engine, other, slot_after(engine, carried, above));
		/* pages of OTHER before that many are younger than what is
		 * carried now, and what is carried later is older */
		if (k - (top == letter[other]) >= older)
			return place;
	}
}

/* The first place from FROM to before END at which what is carried, of group
 * CARRIED, changes with a page of another group; END: none. */
static uint32_t next_change(const struct hint_depth *engine, uint8_t carried,
	uint32_t from, uint32_t end)
{
	uint32_t letter = engine->letter[carried];
	unsigned i;

	end = places_next_lower(&engine->stack, letter, from, end);
	for (i = 1; engine->alike && i < engine->groups; i++)
		if (i != carried &&
			places_rank(engine->letter[i]) == places_rank(letter))
			end = next_older(engine, carried, i, from, end);
	return end;
}

/* Carries what is on top down to PLACE, which holds nothing any more; the
 * page that comes to the top is of LETTER. */
static void carry_down(
	struct hint_depth *engine, uint32_t place, uint32_t letter)
{
	const struct places *stack = &engine->stack;
	uint32_t carried = places_letter(stack, 0), other;
	uint32_t at = 0;

	while (carried != HOLES) {
		at = next_change(
			engine, carried % PLACES_LETTERS, at + 1, place);
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

/* The slots that are taken of the 64 from 64 * WORD on. */
static inline uint64_t taken(const struct hint_depth *engine, uint32_t word)
{
	uint64_t bits = 0;
	unsigned i;

	for (i = 1; i < engine->groups; i++)
		bits |= engine->group[i]->word[word];
	return bits;
}

/* Moves the slots that are taken to the start of time. */
static void move_together(struct hint_depth *engine)
{
	uint32_t to = 0, word, page;
	uint64_t bits;
	unsigned i;

	for (word = 0; word * 64 < engine->now; word++) {
		bits = taken(engine, word);
		for (i = 1; i < engine->groups; i++)
			bitline_pack(engine->group[i], word, bits, to);
		for (; bits; bits &= bits - 1) {
			page = engine->page_at[word * 64 +
					       __builtin_ctzll(bits)];
			engine->page_at[to] = page;
			engine->slot_of[page] = to++;
		}
	}
	for (i = 1; i < engine->groups; i++)
		bitline_recount(engine->group[i]);
	engine->now = to;
}

/* PAGE, which is in memory, is in no group any more. */
static inline void leave_group(struct hint_depth *engine, uint32_t page)
{
	bitline_clear(
		engine->group[engine->group_of[page]], engine->slot_of[page]);
}

/* Groups without pages have no rank any more. */
static void release_empty(struct hint_depth *engine)
{
	unsigned i;

	for (i = 1; i < engine->groups; i++)
		if (!engine->group[i]->set)
			engine->letter[i] = HOLES;
	list_ranks(engine);
}

/* A page has left GROUP, and has come to another if it did. */
static inline void after_leaving(struct hint_depth *engine, uint8_t group)
{
	if (!engine->group[group]->set)
		release_empty(engine);
}

/* ---- uses ---- */

/* PAGE is about to come to the top as one of RANK: where it is in the stack.
 * It is in no group any more. */
static inline struct places_use begin_use(
	struct hint_depth *engine, uint32_t page, uint8_t rank)
{
	uint8_t group = engine->group_of[page], to = engine->of_rank[rank];
	struct places_use use = {.from = HOLES};
	uint32_t slot;

	if (to == HOLES)
		to = new_group(engine, rank);
	if (engine->now == engine->slots)
		move_together(engine);
	use.to = engine->letter[to];
	slot = engine->slot_of[page];
	if (slot != NO_SLOT) {
		use.from = engine->letter[group];
		use.k = later_than(engine, group, slot);
		bitline_clear(engine->group[group], slot);
	}
	return use;
}

/* PAGE is the last one used. */
static inline void end_use(
	struct hint_depth *engine, uint32_t page, const struct places_use *use)
{
	uint8_t group = use->to % PLACES_LETTERS;
	uint32_t slot = engine->now++;

	engine->slot_of[page] = slot;
	engine->page_at[slot] = page;
	if (use->to != use->from)
		engine->group_of[page] = group;
	bitline_set(engine->group[group], slot);
}

/* Brings the page of USE to the top of the stack; returns its distance. */
static uint32_t bring_up(
	struct hint_depth *engine, const struct places_use *use)
{
	bool is_new = use->from == HOLES;
	uint32_t place =
		is_new ? engine->stack.used
		       : places_select(&engine->stack, use->from, use->k);

	if (place)
		carry_down(engine, place, use->to);
	else
		set_letter(engine, 0, use->to);
	return is_new ? DEPTH_COLD : place + 1;
}

uint32_t hint_depth_use(struct hint_depth *engine, uint32_t page, uint8_t rank)
{
	uint8_t left = engine->group_of[page];
	struct places_use use = begin_use(engine, page, rank);
	uint32_t depth = DEPTH_COLD;

	if (engine->error)
		return depth;
	depth = bring_up(engine, &use);
	end_use(engine, page, &use);
	if (use.from != HOLES)
		after_leaving(engine, left);
	return depth;
}

static inline void load_page(const struct hint_depth *engine, uint32_t page)
{
	__builtin_prefetch(&engine->slot_of[page]);
	__builtin_prefetch(&engine->group_of[page]);
}

static inline void load_slot(const struct hint_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];

	if (slot != NO_SLOT)
		bitline_look_ahead(engine->group[engine->group_of[page]], slot);
	/* or else GCC drops calls of what only loads ahead */
	__asm__ volatile("");
}

/* What the next uses do to groups.  While these are of unlike ranks, what
 * they do to the stack does not depend on ages, and can be made up for later;
 * until then groups keep their ranks. */
static void run_groups(struct hint_depth *engine, const uint32_t *page,
	const uint8_t *rank_of, uint32_t references, struct places_use *use)
{
	uint32_t i;

	for (i = 0; i < references && !engine->error; i++) {
		if (i + 2 * AHEAD < references) {
			load_page(engine, page[i + 2 * AHEAD]);
			__builtin_prefetch(&rank_of[page[i + 2 * AHEAD]]);
		}
		if (i + AHEAD < references)
			load_slot(engine, page[i + AHEAD]);
		use[i] = begin_use(engine, page[i], rank_of[page[i]]);
		if (!engine->error)
			end_use(engine, page[i], &use[i]);
	}
}

static void run_unlike(struct hint_depth *engine, const uint32_t *page,
	const uint8_t *rank_of, uint32_t references, uint32_t *depth_out)
{
	struct places_use use[CHUNK];
	uint32_t done, i;

	run_groups(engine, page, rank_of, references, use);
	if (engine->error)
		return;
	done = places_run(&engine->stack, use, references, depth_out);
	for (i = 0; i < done; i++)
		depth_out[i] = depth_out[i] == PLACES_NEVER ? DEPTH_COLD
							    : depth_out[i] + 1;
	for (; i < references; i++)
		depth_out[i] = bring_up(engine, &use[i]);
	release_empty(engine);
}

void hint_depth_run(struct hint_depth *engine, const uint32_t *page,
	const uint8_t *rank_of, uint32_t references, uint32_t *depth_out)
{
	uint32_t at = 0, chunk;

	while (at < references && !engine->error) {
		if (engine->alike) {
			depth_out[at] = hint_depth_use(
				engine, page[at], rank_of[page[at]]);
			at++;
			continue;
		}
		chunk = references - at < CHUNK ? references - at : CHUNK;
		run_unlike(engine, &page[at], rank_of, chunk, &depth_out[at]);
		at += chunk;
	}
}

void hint_depth_rank(struct hint_depth *engine, uint32_t page, uint8_t rank)
{
	uint8_t left = engine->group_of[page];
	uint32_t slot = engine->slot_of[page];
	uint32_t place;
	unsigned i;

	if (engine->error || is_of_rank(engine, left, rank))
		return;
	place = place_of(engine, page);
	/* one in whose order its age and its place fit */
	for (i = 1; i < engine->groups; i++)
		if (is_of_rank(engine, i, rank) &&
			later_than(engine, i, slot) ==
				places_before(&engine->stack, engine->letter[i],
					place))
			break;
	if (i == engine->groups)
		i = new_group(engine, rank);
	if (engine->error)
		return;
	set_letter(engine, place, engine->letter[i]);
	leave_group(engine, page);
	bitline_set(engine->group[i], slot);
	engine->group_of[page] = i;
	after_leaving(engine, left);
}

void hint_depth_drop(struct hint_depth *engine, uint32_t page)
{
	uint8_t left = engine->group_of[page];

	if (engine->error)
		return;
	set_letter(engine, place_of(engine, page), HOLES);
	leave_group(engine, page);
	engine->slot_of[page] = NO_SLOT;
	after_leaving(engine, left);
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
	if (at != HOLES && !slots->set != !engine->letter[at])
		return "a group has pages and no rank, or a rank and no pages";
	if (at != HOLES && slots->set &&
		slots->set != places_before(&engine->stack, engine->letter[at],
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
