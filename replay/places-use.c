/*
 * Many uses in a stack of few runs of unlike ranks.
 *
 * Let Q[t] be the places below the top of pages whose class is less than t
 * (classes are ranks in their order, and 0 is that of places that hold
 * nothing, as all after the last).  A use at place p, with a page of class c
 * on top, changes each of them in the same way:
 *
 *	Q[t] gets p, and if c >= t loses its first place
 *
 * which is what carrying the page on top down to p comes to.  The place of
 * the page of class x with k others of it above it is that of Q[x + 1] which
 * has k others that are not in Q[x] above it.
 *
 * These sets are a few places and all from some place on.  So the first LANES
 * of each are kept, in a vector, and all after the last are in it too.  A
 * stack that is not like that is left as it is.
 */
#pragma GCC target("avx2,popcnt,bmi,bmi2") /* x86-64 since 2013 */

#include "replay/places.h"

#include <immintrin.h>
#include <string.h>

enum { LANES = 8, CLASSES = PLACES_CLASSES };

#define INLINE inline __attribute__((always_inline))

struct stack {
	uint32_t classes;	  /* with 0, but not what is after the last */
	uint32_t letter[CLASSES]; /* rising */
	uint8_t class[PLACES_LETTERS]; /* by number */
	uint32_t top;		       /* class */
	/* [0] is not used, [classes] all places */
	uint32_t first[CLASSES + 1][LANES] __attribute__((aligned(32)));
};

/* ---- to vectors ---- */

/* LETTER is one of the classes.  false: there are too many. */
static bool add_letter(struct stack *stack, uint32_t letter)
{
	uint32_t at = stack->classes;

	if (at == CLASSES)
		return false;
	for (; at && stack->letter[at - 1] > letter; at--)
		stack->letter[at] = stack->letter[at - 1];
	stack->letter[at] = letter;
	stack->classes++;
	return true;
}

/* The letters of the stack, and of uses to come.  false: too many. */
static bool find_classes(struct stack *stack, const struct places *places,
	const struct places_use *use, uint32_t uses)
{
	uint32_t letter[PLACES_LETTERS] = {0}; /* by number */
	uint32_t i;

	for (i = 0; i < places->runs; i++)
		letter[places->run_letter[i] % PLACES_LETTERS] =
			places->run_letter[i];
	for (i = 0; i < uses; i++)
		letter[use[i].to % PLACES_LETTERS] = use[i].to;
	stack->classes = 0;
	add_letter(stack, 0);
	for (i = 0; i < PLACES_LETTERS; i++)
		if (letter[i] && !add_letter(stack, letter[i]))
			return false;
	for (i = 0; i < stack->classes; i++)
		stack->class[stack->letter[i] % PLACES_LETTERS] = i;
	return true;
}

/* The first places of classes below CLASS.  false: those after them are not
 * all of such classes. */
static bool find_first(
	struct stack *stack, const struct places *places, uint32_t class)
{
	uint32_t *first = stack->first[class];
	uint32_t lane = 0, place = 1, run;

	for (run = 0; run < places->runs; run++) {
		bool less = places->run_letter[run] < stack->letter[class];

		for (; less && place < places->run_end[run] && lane < LANES;
			place++)
			first[lane++] = place;
		place = places->run_end[run];
		if (!less && lane == LANES)
			return false;
	}
	for (place = places->used; lane < LANES; place++)
		first[lane++] = place;
	return true;
}

static bool load(struct stack *stack, const struct places *places,
	const struct places_use *use, uint32_t uses)
{
	uint32_t i;

	if (places->many || !places->used ||
		places->room > INT32_MAX - PLACES_LETTERS ||
		!find_classes(stack, places, use, uses))
		return false;
	for (i = 1; i < stack->classes; i++)
		if (!find_first(stack, places, i))
			return false;
	for (i = 0; i < LANES; i++)
		stack->first[stack->classes][i] = i + 1;
	stack->top = stack->class[places->run_letter[0] % PLACES_LETTERS];
	return true;
}

/* ---- and back ---- */

/* Is PLACE one of FIRST or after it?  *END: where that changes. */
static bool has(const uint32_t *first, uint32_t place, uint32_t *end)
{
	uint32_t lane = 0;

	while (lane < LANES && first[lane] < place)
		lane++;
	if (lane < LANES && first[lane] > place) {
		*end = first[lane];
		return false;
	}
	while (lane + 1 < LANES && first[lane + 1] == first[lane] + 1)
		lane++;
	*end = lane + 1 < LANES ? first[lane] + 1 : UINT32_MAX;
	return true;
}

static void store(const struct stack *stack, struct places *places)
{
	uint32_t place = 1, end, next, class;

	places->runs = 1;
	places->run_end[0] = 1;
	places->run_letter[0] = stack->letter[stack->top];
	for (;; place = end) {
		end = UINT32_MAX;
		for (class = stack->classes - 1; class; class --) {
			bool less = has(stack->first[class], place, &next);

			end = next < end ? next : end;
			if (!less)
				break;
		}
		/* nothing from here on? */
		if (!class && end == UINT32_MAX)
			break;
		if (stack->letter[class] !=
			places->run_letter[places->runs - 1])
			places->run_letter[places->runs++] =
				stack->letter[class];
		places->run_end[places->runs - 1] = end;
	}
	places->used = places->run_end[places->runs - 1];
}

/* ---- uses ---- */

#define NEVER PLACES_NEVER

/*
 * What becomes of the lanes of a class when a place is put among them: each
 * is that place, but at least its LOW and at most its HIGH.  Without a loss
 * these are the lane before it and what it was, or else what it was and the
 * lane after it; the one after the last is one more.
 */
struct step {
	uint32_t low_lane[LANES], low_mask[LANES];
	uint32_t high_lane[LANES], high_more[LANES];
};

/* [CLASSES + top - class] */
static const struct step steps[2 * CLASSES] __attribute__((aligned(32))) = {
	[0 ... CLASSES - 1] = {{0, 0, 1, 2, 3, 4, 5, 6},
		{0, -1u, -1u, -1u, -1u, -1u, -1u, -1u},
		{0, 1, 2, 3, 4, 5, 6, 7}, {0}},
	[CLASSES... 2 * CLASSES - 1] = {{0, 1, 2, 3, 4, 5, 6, 7},
		{-1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u},
		{1, 2, 3, 4, 5, 6, 7, 7}, {[LANES - 1] = 1}},
};

/* [CLASSES + from - class]: makes places NEVER if the classes differ. */
static const uint32_t differ[2 * CLASSES][LANES]
	__attribute__((aligned(32))) = {
		[0 ... CLASSES - 1] = {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER,
			NEVER, NEVER},
		[CLASSES + 1 ... 2 * CLASSES - 1] = {NEVER, NEVER, NEVER, NEVER,
			NEVER, NEVER, NEVER, NEVER},
};

static INLINE __m256i load_lanes(const uint32_t *lanes)
{
	return _mm256_load_si256((const __m256i *)lanes);
}

/* Lane I is lane LANE[I] of PLACES. */
static INLINE __m256i lanes_at(__m256i places, const uint32_t *lane)
{
	return _mm256_permutevar8x32_epi32(places, load_lanes(lane));
}

static INLINE __m256i highs(__m256i places, const struct step *step)
{
	return _mm256_add_epi32(
		lanes_at(places, step->high_lane), load_lanes(step->high_more));
}

static INLINE __m256i put(__m256i first, __m256i place, const struct step *step)
{
	__m256i low = _mm256_and_si256(
		lanes_at(first, step->low_lane), load_lanes(step->low_mask));

	return _mm256_max_epi32(
		low, _mm256_min_epi32(highs(first, step), place));
}

/* PLACE if it is of a class FROM that is CLASS. */
static INLINE __m256i if_of(__m256i place, uint32_t from, uint32_t class)
{
	return _mm256_or_si256(
		place, load_lanes(differ[CLASSES + from - class]));
}

/* The first place in NEXT that is before its lane of LOWER, in all lanes. */
static INLINE __m256i first_before(__m256i next, __m256i lower)
{
	__m256i is = _mm256_cmpgt_epi32(lower, next);
	uint32_t lane = _tzcnt_u32(_mm256_movemask_ps(_mm256_castsi256_ps(is)));

	return _mm256_permutevar8x32_epi32(next, _mm256_set1_epi32(lane));
}

/* One use, with K others of its class above it and below the top. */
struct one {
	uint32_t top, from, k; /* classes */
};

/*
 * Puts its place into FIRST[LOWEST .. CLASSES - 1], and into *PLACE_OUT.
 * false, and nothing is done: it would leave a place after the last lane that
 * those after it do not follow.
 *
 * Let next be the places of Q[t + 1] from its Kth on, if the page is of class
 * t.  Its place p is the first of them that is before its lane of Q[t].  In
 * lanes before that one Q[t] is before next, and after it even the lane
 * before is at or after next: so Q[t] becomes the same with next put in as
 * with p.  That matters: what is to come of a class does not wait for p, only
 * for what it is itself, and processors look far ahead.
 */
static INLINE bool use_one(__m256i *first, uint32_t lowest, uint32_t classes,
	const struct one *one, uint32_t *place_out)
{
	__m256i at = _mm256_add_epi32(_mm256_set1_epi32(one->k),
		_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
	__m256i lane = _mm256_min_epu32(at, _mm256_set1_epi32(LANES - 1));
	__m256i beyond = _mm256_sub_epi32(at, lane);
	__m256i next = _mm256_add_epi32(at, _mm256_set1_epi32(1));
	__m256i place = _mm256_set1_epi32(NEVER);
	__m256i moved = _mm256_setzero_si256();
	__m256i new[CLASSES + 1];
	uint32_t class;

#pragma GCC unroll 8
	for (class = classes - 1; class >= lowest; class --) {
		const struct step *step = &steps[CLASSES + one->top - class];
		__m256i own = if_of(highs(next, step), one->from, class);

		new[class] =
			put(first[class], _mm256_min_epi32(place, own), step);
		moved = _mm256_min_epi32(
			moved, _mm256_sub_epi32(new[class], first[class]));
		place = _mm256_min_epi32(
			place, if_of(first_before(next, first[class]),
				       one->from, class));
		next = _mm256_add_epi32(
			_mm256_permutevar8x32_epi32(first[class], lane),
			beyond);
	}
	/* without holes, next is of class 1 */
	if (lowest == 2)
		place = _mm256_min_epi32(place, if_of(next, one->from, 1));
	moved = _mm256_cmpgt_epi32(_mm256_set1_epi32(-1), moved);
	if (_mm256_movemask_ps(_mm256_castsi256_ps(moved)) >> (LANES - 1))
		return false;
#pragma GCC unroll 8
	for (class = lowest; class < classes; class ++)
		first[class] = new[class];
	*place_out = _mm256_cvtsi256_si32(place);
	return true;
}

/* With as many CLASSES as the stack has, and the LOWEST that changes, told so
 * that the loops over them have no end to look for.  The lowest is 1; or 2
 * without holes, and then class 1 only gets longer. */
static INLINE uint32_t run(struct stack *stack, uint32_t lowest,
	uint32_t classes, const struct places_use *use, uint32_t uses,
	uint32_t *place_out)
{
	__m256i first[CLASSES + 1];
	struct one one = {.top = stack->top};
	uint32_t used = stack->first[1][0], i, class;

#pragma GCC unroll 8
	for (class = lowest; class < classes; class ++)
		first[class] = load_lanes(stack->first[class]);
	for (i = 0; i < uses; i++) {
		one.from = stack->class[use[i].from % PLACES_LETTERS];
		one.k = use[i].k - (one.from == one.top);
		if (one.k + 1 == 0)
			place_out[i] = one.from ? 0 : NEVER;
		else if (!use_one(first, lowest, classes, &one, &place_out[i]))
			break;
		used += !one.from;
		one.top = stack->class[use[i].to % PLACES_LETTERS];
	}
#pragma GCC unroll 8
	for (class = lowest; class < classes; class ++)
		_mm256_store_si256(
			(__m256i *)stack->first[class], first[class]);
	for (class = 0; lowest == 2 && class < LANES; class ++)
		stack->first[1][class] = used + class;
	stack->top = one.top;
	return i;
}

static INLINE uint32_t run_from(struct stack *stack, uint32_t lowest,
	const struct places_use *use, uint32_t uses, uint32_t *place_out)
{
	if (stack->classes == 2)
		return run(stack, lowest, 2, use, uses, place_out);
	if (stack->classes == 3)
		return run(stack, lowest, 3, use, uses, place_out);
	if (stack->classes == 4)
		return run(stack, lowest, 4, use, uses, place_out);
	return run(stack, lowest, stack->classes, use, uses, place_out);
}

uint32_t places_run(struct places *places, const struct places_use *use,
	uint32_t uses, uint32_t *place_out)
{
	struct stack stack;
	uint32_t done;

	if (!load(&stack, places, use, uses))
		return 0;
	if (stack.top && stack.first[1][LANES - 1] == places->used + LANES - 1)
		done = run_from(&stack, 2, use, uses, place_out);
	else
		done = run_from(&stack, 1, use, uses, place_out);
	store(&stack, places);
	return done;
}
