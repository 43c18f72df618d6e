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

	while (at && stack->letter[at - 1] > letter)
		at--;
	if (at && stack->letter[at - 1] == letter)
		return true;
	if (stack->classes == CLASSES)
		return false;
	memmove(&stack->letter[at + 1], &stack->letter[at],
		(stack->classes++ - at) * sizeof(*stack->letter));
	stack->letter[at] = letter;
	return true;
}

/* The letters of the stack, and of uses to come.  false: too many. */
static bool find_classes(struct stack *stack, const struct places *places,
	const struct places_use *use, uint32_t uses)
{
	bool seen[PLACES_LETTERS] = {false};
	uint32_t i;

	stack->classes = 0;
	add_letter(stack, 0);
	for (i = 0; i < places->runs; i++)
		if (!add_letter(stack, places->run_letter[i]))
			return false;
	for (i = 0; i < uses; i++) {
		uint32_t number = use[i].to % PLACES_LETTERS;

		if (!seen[number] && !add_letter(stack, use[i].to))
			return false;
		seen[number] = true;
	}
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

/* Each lane is the one after it, and the last one more. */
static inline __m256i next_places(__m256i first)
{
	return _mm256_add_epi32(
		_mm256_permutevar8x32_epi32(
			first, _mm256_set_epi32(7, 7, 6, 5, 4, 3, 2, 1)),
		_mm256_set_epi32(1, 0, 0, 0, 0, 0, 0, 0));
}

/* Each lane is the one before it, and the first 0. */
static inline __m256i last_places(__m256i first)
{
	return _mm256_blend_epi32(
		_mm256_permutevar8x32_epi32(
			first, _mm256_set_epi32(6, 5, 4, 3, 2, 1, 0, 0)),
		_mm256_setzero_si256(), 1);
}

/* Place AT of FIRST and those after it. */
static inline uint32_t place_at(const uint32_t *first, uint32_t at)
{
	return at < LANES ? first[at] : first[LANES - 1] + (at - (LANES - 1));
}

/* The place of class CLASS before which there are K others of it below the
 * top: those of lower classes on the way come on top of these. */
static inline uint32_t find_place(
	const struct stack *stack, uint32_t class, uint32_t k)
{
	const uint32_t *lower = stack->first[class];
	const uint32_t *first = stack->first[class + 1];
	uint32_t place = place_at(first, k), passed = 0;

	while (passed < LANES && lower[passed] <= place)
		place = place_at(first, k + ++passed);
	return place;
}

/* All lanes, or none. */
static const uint32_t masks[2][LANES] __attribute__((aligned(32))) = {
	{0}, {-1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u}};

static inline __m256i mask_if(bool condition)
{
	return _mm256_load_si256((const __m256i *)masks[condition]);
}

/* A page of class FROM is used at PLACE. */
static INLINE void use_at(
	struct stack *stack, uint32_t classes, uint32_t from, __m256i place)
{
	const __m256i never = _mm256_set1_epi32(INT32_MAX);
	uint32_t class;

#pragma GCC unroll 8
	for (class = 1; class < classes; class ++) {
		__m256i *first = (__m256i *)stack->first[class];
		__m256i old = _mm256_load_si256(first);
		__m256i loses = mask_if(stack->top >= class);
		__m256i is_in = mask_if(from < class);
		__m256i low = _mm256_blendv_epi8(last_places(old), old, loses);
		__m256i high = _mm256_blendv_epi8(old, next_places(old), loses);
		__m256i new = _mm256_blendv_epi8(place, never, is_in);

		_mm256_store_si256(first,
			_mm256_max_epi32(low, _mm256_min_epi32(high, new)));
	}
}

/* Would a use of a page of class FROM leave a place after the last lane that
 * those after it do not follow? */
static INLINE bool overflows(
	const struct stack *stack, uint32_t classes, uint32_t from)
{
	uint32_t class, loose = 0;

#pragma GCC unroll 8
	for (class = 1; class < classes; class ++)
		loose |= (class > stack->top) & (class <= from) &
			 (stack->first[class][LANES - 1] !=
				 stack->first[class][LANES - 2] + 1);
	return loose;
}

/* With as many CLASSES as the stack has, told so that the loops over them
 * have no end to look for. */
static INLINE uint32_t run(struct stack *stack, uint32_t classes,
	const struct places_use *use, uint32_t uses, uint32_t *place_out)
{
	uint32_t i;

	for (i = 0; i < uses; i++) {
		uint32_t from = stack->class[use[i].from % PLACES_LETTERS];
		uint32_t k = use[i].k;
		uint32_t place;

		if (overflows(stack, classes, from))
			break;
		if (from != stack->top || k) {
			/* one that holds nothing: any after all pages */
			place = from ? find_place(stack, from,
					       k - (from == stack->top))
				     : INT32_MAX;
			place_out[i] = place;
			use_at(stack, classes, from, _mm256_set1_epi32(place));
		} else {
			place_out[i] = 0;
		}
		stack->top = stack->class[use[i].to % PLACES_LETTERS];
	}
	return i;
}

uint32_t places_run(struct places *places, const struct places_use *use,
	uint32_t uses, uint32_t *place_out)
{
	struct stack stack;
	uint32_t done;

	if (!load(&stack, places, use, uses))
		return 0;
	if (stack.classes == 2)
		done = run(&stack, 2, use, uses, place_out);
	else if (stack.classes == 3)
		done = run(&stack, 3, use, uses, place_out);
	else if (stack.classes == 4)
		done = run(&stack, 4, use, uses, place_out);
	else
		done = run(&stack, stack.classes, use, uses, place_out);
	store(&stack, places);
	return done;
}
