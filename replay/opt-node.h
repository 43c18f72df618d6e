/*
 * A node of the two trees behind OPT's stack distances: 16 numbers in one
 * cache line, and what is done to all of them at a time.  A set of them is 16
 * bits.
 *
 * With AVX-512 where the file that includes this is compiled for it, in plain
 * C elsewhere.
 */
#ifndef REPLAY_OPT_NODE_H
#define REPLAY_OPT_NODE_H

#include <stdint.h>

enum {
	OPT_WIDTH = 16,
	OPT_LEVELS_MAX = 8, /* over 2^32 numbers */
};

#define OPT_ALL 0xffffu /* a set of them all */

/* How much the least of them is; OPT_NONE: there are none. */
#define OPT_NONE INT32_MAX

struct opt_node {
	union {
		int32_t excess[OPT_WIDTH]; /* opt-line.h */
		uint32_t slot[OPT_WIDTH];  /* opt-numbers.h */
	};
} __attribute__((aligned(64)));

#ifdef __AVX512F__
#include <immintrin.h>

static inline void opt_node_add(
	struct opt_node *node, unsigned which, int32_t change)
{
	__m512i all = _mm512_load_si512(node);

	_mm512_store_si512(node, _mm512_mask_add_epi32(all, which, all,
					 _mm512_set1_epi32(change)));
}

/* Which of them are zero, and which below. */
static inline unsigned opt_node_zeros(
	const struct opt_node *node, unsigned which, unsigned *below_out)
{
	__m512i all = _mm512_load_si512(node);

	*below_out = _mm512_mask_cmplt_epi32_mask(
		which, all, _mm512_setzero_si512());
	return _mm512_mask_testn_epi32_mask(which, all, all);
}

static inline int32_t opt_node_least(
	const struct opt_node *node, unsigned which)
{
	return _mm512_mask_reduce_min_epi32(which, _mm512_load_si512(node));
}

static inline void opt_node_set(
	struct opt_node *node, unsigned at, uint32_t slot)
{
	/* the whole line, as it is loaded as a whole soon */
	_mm512_store_si512(node, _mm512_mask_set1_epi32(_mm512_load_si512(node),
					 1u << at, slot));
}

static inline uint32_t opt_node_first(const struct opt_node *node)
{
	return _mm512_reduce_min_epu32(_mm512_load_si512(node));
}

/* Which slots are SLOT or before. */
static inline unsigned opt_node_until(
	const struct opt_node *node, uint32_t slot)
{
	return _mm512_cmple_epu32_mask(
		_mm512_load_si512(node), _mm512_set1_epi32(slot));
}

#else

static inline void opt_node_add(
	struct opt_node *node, unsigned which, int32_t change)
{
	for (unsigned i = 0; i < OPT_WIDTH; i++)
		node->excess[i] += which >> i & 1 ? change : 0;
}

static inline unsigned opt_node_zeros(
	const struct opt_node *node, unsigned which, unsigned *below_out)
{
	unsigned zeros = 0, below = 0;

	for (unsigned i = 0; i < OPT_WIDTH; i++) {
		zeros |= (unsigned)(node->excess[i] == 0) << i;
		below |= (unsigned)(node->excess[i] < 0) << i;
	}
	*below_out = below & which;
	return zeros & which;
}

static inline int32_t opt_node_least(
	const struct opt_node *node, unsigned which)
{
	int32_t least = OPT_NONE;

	for (unsigned i = 0; i < OPT_WIDTH; i++)
		if (which >> i & 1 && node->excess[i] < least)
			least = node->excess[i];
	return least;
}

static inline void opt_node_set(
	struct opt_node *node, unsigned at, uint32_t slot)
{
	node->slot[at] = slot;
}

static inline uint32_t opt_node_first(const struct opt_node *node)
{
	uint32_t first = UINT32_MAX;

	for (unsigned i = 0; i < OPT_WIDTH; i++)
		first = node->slot[i] < first ? node->slot[i] : first;
	return first;
}

static inline unsigned opt_node_until(
	const struct opt_node *node, uint32_t slot)
{
	unsigned until = 0;

	for (unsigned i = 0; i < OPT_WIDTH; i++)
		until |= (unsigned)(node->slot[i] <= slot) << i;
	return until;
}

#endif
#endif
