/*
 * A use in a stack of few runs of unlike ranks, all runs at once.
 *
 * Runs are lanes, in their order, and the first starts with the page on top.
 * The letter that is carried when it comes to a run is the least of all
 * before it.  A run with a lesser one is a step: its first place gets what is
 * carried.  That is one place more for the run before, if it is of that
 * letter, or else a run of its own (at most one, here).  Where the used page
 * was, its run is the last step, or else is split by what is carried there:
 *
 *	lanes	  a   c c c   b b   c c	    used: the last, of rank c
 *	carried	      a	      a	    a
 *	after	c c c c   b b   c   a
 *
 * A run that lost its last place, or is of the letter of the next one, goes
 * when lanes are moved together.
 */
#include "replay/places.h"

#include <immintrin.h>

/* Lanes there must be left: the page on top, a step, a split. */
enum { LANES = PLACES_LANES, MORE = 4 };

#define WIDE                                                                   \
	__attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt")))

/* Lane i of all those before, and FIRST as lane 0. */
#define UP(lanes, first, by) _mm512_alignr_epi32(lanes, first, LANES - (by))

static inline WIDE __m512i sums_until(__m512i lanes)
{
	const __m512i none = _mm512_setzero_si512();

	lanes = _mm512_add_epi32(lanes, UP(lanes, none, 1));
	lanes = _mm512_add_epi32(lanes, UP(lanes, none, 2));
	lanes = _mm512_add_epi32(lanes, UP(lanes, none, 4));
	return _mm512_add_epi32(lanes, UP(lanes, none, 8));
}

static inline WIDE __m512i least_before(__m512i lanes)
{
	const __m512i most = _mm512_set1_epi32(-1);

	lanes = UP(lanes, most, 1);
	lanes = _mm512_min_epu32(lanes, UP(lanes, most, 1));
	lanes = _mm512_min_epu32(lanes, UP(lanes, most, 2));
	lanes = _mm512_min_epu32(lanes, UP(lanes, most, 4));
	return _mm512_min_epu32(lanes, UP(lanes, most, 8));
}

static WIDE uint32_t use(
	struct places *places, uint32_t from, uint32_t k, uint32_t to)
{
	const __m512i lane = _mm512_set_epi32(
		15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	const __m512i most = _mm512_set1_epi32(-1);
	uint32_t lanes = (1u << places->runs) - 1;
	__m512i end = _mm512_mask_loadu_epi32(most, lanes, places->run_end);
	__m512i letter =
		_mm512_mask_loadu_epi32(most, lanes, places->run_letter);
	__m512i start = UP(end, _mm512_setzero_si512(), 1);
	__m512i carried = least_before(letter);
	__m512i sum = sums_until(_mm512_maskz_sub_epi32(
		_mm512_cmpeq_epi32_mask(letter, _mm512_set1_epi32(from)), end,
		start));
	uint32_t found = _mm512_cmpgt_epu32_mask(sum, _mm512_set1_epi32(k));
	/* the run of the used page, and its place */
	uint32_t run = __builtin_ctz(found);
	__m512i at = _mm512_permutexvar_epi32(_mm512_set1_epi32(run),
		_mm512_add_epi32(
			_mm512_sub_epi32(end, sum), _mm512_set1_epi32(k)));
	uint32_t place = _mm512_cvtsi512_si32(at);
	uint32_t until = found ^ (found - 1);
	uint32_t step = _mm512_cmplt_epu32_mask(letter, carried) & until;
	uint32_t longer = _mm512_mask_cmpeq_epi32_mask(
		step, UP(letter, most, 1), carried);
	uint32_t alone = step & ~longer;
	uint32_t here = found & -found;
	uint32_t split =
		_mm512_mask_cmpneq_epi32_mask(here & ~step, letter, carried);
	/* lanes of the new runs, of which the one on top is lane 0 */
	uint32_t single = alone << 1;
	uint32_t halves = split << 1 << !!alone;
	uint32_t keep, filled;
	__m512i source, new_end, new_letter;

	if (!place || (alone & (alone - 1)))
		return PLACES_NONE;
	source = _mm512_sub_epi32(lane, _mm512_set1_epi32(1));
	source = _mm512_mask_sub_epi32(source,
		alone ? (__mmask16) - (single << 1) : 0, source,
		_mm512_set1_epi32(1));
	source = _mm512_mask_sub_epi32(source,
		split ? (__mmask16) - (halves << 1) : 0, source,
		_mm512_set1_epi32(1));
	source = _mm512_mask_sub_epi32(source,
		split ? (__mmask16) - (halves << 2) : 0, source,
		_mm512_set1_epi32(1));
	end = _mm512_mask_add_epi32(
		end, longer >> 1, end, _mm512_set1_epi32(1));
	new_end = _mm512_permutexvar_epi32(source, end);
	new_end = _mm512_mask_add_epi32(new_end, single,
		_mm512_permutexvar_epi32(source, start), _mm512_set1_epi32(1));
	new_end = _mm512_mask_mov_epi32(new_end, halves, at);
	new_end = _mm512_mask_add_epi32(
		new_end, halves << 1, at, _mm512_set1_epi32(1));
	new_end = _mm512_mask_mov_epi32(new_end, 1, _mm512_set1_epi32(1));
	new_letter = _mm512_permutexvar_epi32(source, letter);
	new_letter = _mm512_mask_permutexvar_epi32(
		new_letter, single | halves << 1, source, carried);
	new_letter =
		_mm512_mask_mov_epi32(new_letter, 1, _mm512_set1_epi32(to));
	lanes = (2u << places->runs << !!alone << 2 * !!split) - 1;
	filled = _mm512_mask_cmpgt_epu32_mask(
		lanes, new_end, UP(new_end, _mm512_setzero_si512(), 1));
	keep = filled & ~(filled >> 1 & _mm512_cmpeq_epi32_mask(new_letter,
						_mm512_alignr_epi32(
							most, new_letter, 1)));
	_mm512_storeu_si512(places->run_end,
		_mm512_mask_compress_epi32(most, keep, new_end));
	_mm512_storeu_si512(places->run_letter,
		_mm512_mask_compress_epi32(most, keep, new_letter));
	places->runs = _mm_popcnt_u32(keep);
	return place;
}

uint32_t places_use(
	struct places *places, uint32_t from, uint32_t k, uint32_t to)
{
	if (!places->wide || places->many || places->runs > LANES - MORE)
		return PLACES_NONE;
	return use(places, from, k, to);
}
