/*
 * What happens within a leaf or a node of the tree behind OPT's stack
 * distances (opt-tree.h).  Each step comes twice: in plain C, and with
 * AVX-512, a line at a time.  Included by opt-tree.c alone.
 */
#ifndef REPLAY_OPT_NODE_H
#define REPLAY_OPT_NODE_H

#include <immintrin.h>

#include "replay/opt-tree.h"

#define OPT_WIDE __attribute__((target("avx512f,avx512bw,avx512vl,popcnt")))

/* What a node says of a child. */
struct opt_summary {
	int32_t sum, high;
	uint32_t low;
};

/* A leaf, but for what is not looked at. */
struct opt_leaf {
	uint64_t alive, marked;
};

/* Sum of the weights of the slots whose bits are in OF. */
static inline int32_t opt_weight(const struct opt_leaf *leaf, uint64_t of)
{
	return __builtin_popcountll(leaf->marked & of) -
	       __builtin_popcountll(leaf->alive & of);
}

/* ---- in plain C ---- */

/* The highest sum of weights up to an alive slot. */
static inline int32_t opt_leaf_high_plain(const struct opt_leaf *leaf)
{
	int32_t high = OPT_NONE_ALIVE;
	uint64_t bits;

	for (bits = leaf->alive; bits; bits &= bits - 1) {
		int32_t sum = opt_weight(leaf, bits ^ (bits - 1));

		high = sum > high ? sum : high;
	}
	return high;
}

/* The first alive slot up to which the weights sum up to EXCESS; -1: none. */
static inline int opt_leaf_balance_plain(
	const struct opt_leaf *leaf, int32_t excess)
{
	uint64_t bits;

	for (bits = leaf->alive; bits; bits &= bits - 1)
		if (opt_weight(leaf, bits ^ (bits - 1)) >= excess)
			return __builtin_ctzll(bits);
	return -1;
}

/* The lowest of the first COUNT of NUMBERS. */
static inline uint32_t opt_lowest_plain(const uint32_t *numbers, unsigned count)
{
	uint32_t lowest = OPT_NO_NUMBER;
	unsigned i;

	for (i = 0; i < count; i++)
		lowest = numbers[i] < lowest ? numbers[i] : lowest;
	return lowest;
}

/* Sum and high of NODE; its low is left alone. */
static inline void opt_node_weigh_plain(
	const struct opt_node *node, struct opt_summary *out)
{
	unsigned i;

	out->sum = 0;
	out->high = OPT_NONE_ALIVE;
	for (i = 0; i < OPT_WIDTH; i++) {
		if (out->sum + node->high[i] > out->high)
			out->high = out->sum + node->high[i];
		out->sum += node->sum[i];
	}
}

static inline int32_t opt_node_sum_after_plain(
	const struct opt_node *node, unsigned at)
{
	int32_t sum = 0;

	while (++at < OPT_WIDTH)
		sum += node->sum[at];
	return sum;
}

/* The first child from FIRST on with an alive slot up to which, from there
 * on, the weights sum up to *EXCESS, which becomes what is missing at that
 * child's start; OPT_WIDTH: none, and it is what is missing at the end. */
static inline unsigned opt_node_balance_plain(
	const struct opt_node *node, unsigned first, int32_t *excess)
{
	unsigned i;

	for (i = first; i < OPT_WIDTH && node->high[i] < *excess; i++)
		*excess -= node->sum[i];
	return i;
}

/* ---- with AVX-512 ---- */

/* Each slot's sum of weights up to it, a byte each. */
static inline OPT_WIDE __m512i opt_leaf_sums(const struct opt_leaf *leaf)
{
	const __m512i one = _mm512_set1_epi8(1);
	__m512i sums = _mm512_sub_epi8(_mm512_maskz_mov_epi8(leaf->marked, one),
		_mm512_maskz_mov_epi8(leaf->alive, one));
	__m512i lane;

	/* within 16 bytes, then over the four times 16 */
	sums = _mm512_add_epi8(sums, _mm512_bslli_epi128(sums, 1));
	sums = _mm512_add_epi8(sums, _mm512_bslli_epi128(sums, 2));
	sums = _mm512_add_epi8(sums, _mm512_bslli_epi128(sums, 4));
	sums = _mm512_add_epi8(sums, _mm512_bslli_epi128(sums, 8));
	lane = _mm512_shuffle_epi8(sums, _mm512_set1_epi8(15));
	sums = _mm512_add_epi8(
		sums, _mm512_maskz_shuffle_i64x2(0xfc, lane, lane, 0x90));
	sums = _mm512_add_epi8(
		sums, _mm512_maskz_shuffle_i64x2(0xf0, lane, lane, 0x40));
	return _mm512_add_epi8(
		sums, _mm512_maskz_shuffle_i64x2(0xc0, lane, lane, 0x00));
}

static OPT_WIDE int32_t opt_leaf_high_wide(const struct opt_leaf *leaf)
{
	/* 127 less the sum, so that the highest is the least; dead slots have
	 * 255 */
	__m512i sums = _mm512_mask_sub_epi8(_mm512_set1_epi8(-1), leaf->alive,
		_mm512_set1_epi8(127), opt_leaf_sums(leaf));
	__m256i half = _mm256_min_epu8(_mm512_castsi512_si256(sums),
		_mm512_extracti64x4_epi64(sums, 1));
	__m128i least = _mm_min_epu8(_mm256_castsi256_si128(half),
		_mm256_extracti128_si256(half, 1));

	if (!leaf->alive)
		return OPT_NONE_ALIVE;
	least = _mm_min_epu8(least, _mm_srli_epi16(least, 8));
	return 127 - (_mm_cvtsi128_si32(_mm_minpos_epu16(least)) & 0xff);
}

static OPT_WIDE int opt_leaf_balance_wide(
	const struct opt_leaf *leaf, int32_t excess)
{
	uint64_t found;

	if (excess > OPT_LEAF_SLOTS)
		return -1;
	if (excess < -OPT_LEAF_SLOTS)
		excess = -OPT_LEAF_SLOTS;
	found = _mm512_mask_cmpge_epi8_mask(
		leaf->alive, opt_leaf_sums(leaf), _mm512_set1_epi8(excess));
	return found ? __builtin_ctzll(found) : -1;
}

static OPT_WIDE uint32_t opt_lowest_wide(
	const uint32_t *numbers, unsigned count)
{
	const __m512i none = _mm512_set1_epi32(-1);
	__m512i lowest = none;
	unsigned i;

	for (i = 0; i + 16 <= count; i += 16)
		lowest = _mm512_min_epu32(
			lowest, _mm512_loadu_si512(&numbers[i]));
	lowest = _mm512_min_epu32(lowest,
		_mm512_mask_loadu_epi32(none,
			(__mmask16)((1u << (count - i)) - 1), &numbers[i]));
	return _mm512_reduce_min_epu32(lowest);
}

/* Each child's sum of weights before it, from the first in CHILDREN on. */
static inline OPT_WIDE __m512i opt_node_sums(
	const struct opt_node *node, __mmask16 children, __m512i *upto_out)
{
	const __m512i zero = _mm512_setzero_si512();
	__m512i sums = _mm512_maskz_load_epi32(children, node->sum);

	sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, zero, 15));
	sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, zero, 14));
	sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, zero, 12));
	sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, zero, 8));
	*upto_out = sums;
	return _mm512_alignr_epi32(sums, zero, 15);
}

static inline OPT_WIDE int32_t opt_last_of(__m512i sums)
{
	return _mm_cvtsi128_si32(
		_mm512_castsi512_si128(_mm512_alignr_epi32(sums, sums, 15)));
}

static OPT_WIDE void opt_node_weigh_wide(
	const struct opt_node *node, struct opt_summary *out)
{
	__m512i upto, before = opt_node_sums(node, 0xffff, &upto);

	out->sum = opt_last_of(upto);
	out->high = _mm512_reduce_max_epi32(
		_mm512_add_epi32(before, _mm512_load_si512(node->high)));
}

static OPT_WIDE int32_t opt_node_sum_after_wide(
	const struct opt_node *node, unsigned at)
{
	return _mm512_reduce_add_epi32(_mm512_maskz_load_epi32(
		(__mmask16)(UINT32_MAX << at << 1), node->sum));
}

static OPT_WIDE unsigned opt_node_balance_wide(
	const struct opt_node *node, unsigned first, int32_t *excess)
{
	__mmask16 children = (__mmask16)(UINT32_MAX << first);
	__m512i upto, before = opt_node_sums(node, children, &upto);
	__mmask16 found = _mm512_mask_cmpge_epi32_mask(children,
		_mm512_add_epi32(before, _mm512_load_si512(node->high)),
		_mm512_set1_epi32(*excess));
	unsigned at;

	if (!found) {
		*excess -= opt_last_of(upto);
		return OPT_WIDTH;
	}
	at = __builtin_ctz(found);
	*excess -= _mm_cvtsi128_si32(_mm512_castsi512_si128(
		_mm512_maskz_compress_epi32((__mmask16)(1u << at), before)));
	return at;
}

#endif
