/*
 * The nodes of the B+tree and what happens inside one node: counting how
 * many keys lie below a key, putting one in and taking one out.  Private to
 * mm/btree*.c; mm/btree.h is the public face.
 *
 *   leaf, 384 bytes = 6 lines         inner node, 832 bytes = 13 lines
 *   +---------------------------+     +---------------------------------+
 *   | keys          30 x 8      |     | pivots        8 x 8             |
 *   | previous, next,           |     +---------------------------------+ 64
 *   | tree, version             |     | separators   64 x 8             |
 *   +---------------------------+ 256 |              (the last: a pad)  |
 *   | values        30 x 4      |     +---------------------------------+ 576
 *   |                           |     | children     64 x 4             |
 *   +---------------------------+ 384 +---------------------------------+ 832
 *
 * A look-up that fails reads four lines of a leaf, all at once, since no
 * line's address hangs on another's content.  Of an inner node it reads
 * three, one after the other: the pivots tell which line of separators, and
 * that which child.  Inner nodes should stay in the near caches, so what
 * counts there is how few lines are in use.
 *
 * Neither node stores how full it is.  Unused slots hold BTREE_PAD, which is
 * above every key, so a search may count over all slots without a branch,
 * "full" and "too empty" are each a look at one slot, and an insert or a
 * remove writes whole vectors and nothing else: a scalar count beside them,
 * written on its own, would make the next load of that line wait.
 *
 * Each step comes twice: with AVX-512, and in plain C.  Which one is chosen
 * when the pool is made.  The hot functions are compiled once for each, so
 * that the steps are inlined; the rare ones go through the choosers at the
 * end of this file.
 */
#ifndef MM_BTREE_NODE_H
#define MM_BTREE_NODE_H

#include "mm/btree.h"

#include <errno.h>
#include <string.h>

/* Tests build with 4, so that small trees split and merge a lot. */
#ifndef BTREE_ORDER
#define BTREE_ORDER 30
#endif
#ifndef BTREE_FANOUT
#define BTREE_FANOUT (BTREE_ORDER < 16 ? BTREE_ORDER : 64)
#endif

#define BTREE_PAD UINT64_MAX

enum {
	LEAF_MAX = BTREE_ORDER,
	INNER_MAX = BTREE_FANOUT, /* children */
	/*
	 * The least fill.  The lower it is, the longer a leaf that was just
	 * split or merged lives until the next time; 12 of 30 and 24 of 64
	 * are as low as 36 bytes a key allow (see btree_pool_create).
	 */
	LEAF_MIN = (2 * LEAF_MAX + 4) / 5,
	INNER_MIN = (3 * INNER_MAX + 7) / 8,
	/*
	 * Two neighbours with at most this much in them become one.  A bit
	 * of room is left, lest the next inserts split it again.
	 */
	LEAF_MERGE_MAX = LEAF_MAX - LEAF_MAX / 10,
	INNER_MERGE_MAX = INNER_MAX - INNER_MAX / 10,
	/* Levels of a tree of 2^32 leaves with the smallest INNER_MIN, 2. */
	HEIGHT_MAX = 34,
};

_Static_assert(LEAF_MAX >= 4 && LEAF_MAX <= 62, "a mask has 64 lanes");
_Static_assert(INNER_MAX == 4 || INNER_MAX % 8 == 0, "lines are full");
_Static_assert(INNER_MAX >= 4 && INNER_MAX <= 64, "a line of pivots");
_Static_assert(2 * LEAF_MIN <= LEAF_MAX, "both halves of a split");
_Static_assert(2 * INNER_MIN <= INNER_MAX + 1, "both halves of a split");
_Static_assert(2 * LEAF_MIN - 1 <= LEAF_MERGE_MAX, "merge or borrow");
_Static_assert(2 * INNER_MIN - 1 <= INNER_MERGE_MAX, "merge or borrow");

#define BTREE_LINE 64

struct leaf {
	_Alignas(BTREE_LINE) uint64_t keys[LEAF_MAX];
	uint32_t previous; /* BTREE_NONE: the first */
	uint32_t next;	   /* BTREE_NONE: the last; if free: the next
			      free one */
	uint32_t tree;	   /* the tree's id; 0: free */
	/*
	 * Goes up when keys may belong to another leaf than before: at its
	 * splits, merges and shifts, and when it leaves or enters the free
	 * list.  So it is 0 only before its first use.
	 */
	uint32_t version;
	_Alignas(BTREE_LINE) uint32_t values[LEAF_MAX];
};

struct inner {
	/* The last separator of each line, PAD where there is no such line */
	_Alignas(BTREE_LINE) uint64_t pivots[8];
	_Alignas(BTREE_LINE) uint64_t separators[INNER_MAX];
	_Alignas(BTREE_LINE) uint32_t children[INNER_MAX];
};

_Static_assert(LEAF_MAX != 30 || sizeof(struct leaf) == 384, "six lines");
_Static_assert(INNER_MAX != 64 || sizeof(struct inner) == 832, "13 lines");

struct btree_pool {
	struct leaf *leaves;
	struct inner *inners;
	bool wide; /* this machine has AVX-512 */

	uint32_t leaves_max;
	uint32_t leaves_used;
	uint32_t leaves_touched; /* this one and all above are pristine */
	uint32_t leaf_free;	 /* list of those that came back */

	uint32_t inners_max;
	uint32_t inners_used;
	uint32_t inners_touched;
	uint32_t inner_free; /* linked through children[0] */

	char *hints; /* see btree_pool_keep_hints; or NULL */
	size_t hints_stride;

	uint32_t trees; /* ids given out */
	void *mapping;
	size_t mapping_bytes;
};

/* Of pools that keep hints. */
static inline uint32_t *btree_hint(
	const struct btree_pool *pool, uint32_t value)
{
	return (uint32_t *)(pool->hints + value * pool->hints_stride);
}

/* Taking and giving back nodes; the caller has made sure there is one. */
uint32_t btree_leaf_take(struct btree_pool *pool, uint32_t tree);
void btree_leaf_give(struct btree_pool *pool, uint32_t number);
uint32_t btree_inner_take(struct btree_pool *pool);
void btree_inner_give(struct btree_pool *pool, uint32_t number);

/*
 * The changes of shape, mm/btree-shape.c.  btree_insert_first inserts into
 * an empty tree, btree_insert_split into the full leaf NUMBER; both return 0
 * or -ENOMEM.  btree_mend is called when a removal of KEY has left less than
 * LEAF_MIN in leaf NUMBER.
 */
int btree_insert_first(
	struct btree *tree, uint64_t key, uint32_t value, uint32_t *leaf_out);
int btree_insert_split(struct btree *tree, uint32_t number, uint64_t key,
	uint32_t value, uint32_t *leaf_out);
void btree_mend(struct btree *tree, uint32_t number, uint64_t key);

/* All lanes that are slots, of a leaf and of an inner node's line. */
#define LEAF_LANES ((UINT64_C(1) << LEAF_MAX) - 1)
#define LEAF_LAST (UINT64_C(1) << (LEAF_MAX - 1))
#define INNER_LINE_LANES (INNER_MAX < 8 ? (1 << INNER_MAX) - 1 : 0xff)

/* How many of COUNT rising keys are below KEY; no branch hangs on a key. */
static inline unsigned keys_below(
	const uint64_t *keys, unsigned count, uint64_t key)
{
	unsigned base = 0;

	while (count > 1) {
		unsigned half = count / 2;

		base += keys[base + half - 1] < key ? half : 0;
		count -= half;
	}
	return base + (keys[base] < key);
}

static inline unsigned leaf_index_plain(const struct leaf *leaf, uint64_t key)
{
	return keys_below(leaf->keys, LEAF_MAX, key);
}

static inline unsigned inner_slot_plain(const struct inner *inner, uint64_t key)
{
	return keys_below(inner->separators, INNER_MAX, key + 1);
}

static inline int leaf_insert_plain(
	struct leaf *leaf, uint64_t key, uint32_t value)
{
	unsigned index = leaf_index_plain(leaf, key);
	unsigned behind = LEAF_MAX - 1 - index;

	if (index < LEAF_MAX && leaf->keys[index] == key)
		return -EEXIST;
	if (leaf->keys[LEAF_MAX - 1] != BTREE_PAD)
		return -ENOSPC;
	memmove(leaf->keys + index + 1, leaf->keys + index,
		behind * sizeof(*leaf->keys));
	memmove(leaf->values + index + 1, leaf->values + index,
		behind * sizeof(*leaf->values));
	leaf->keys[index] = key;
	leaf->values[index] = value;
	return 0;
}

static inline bool leaf_remove_plain(struct leaf *leaf, uint64_t key)
{
	unsigned index = leaf_index_plain(leaf, key);
	unsigned behind = LEAF_MAX - 1 - index;

	if (index == LEAF_MAX || leaf->keys[index] != key)
		return false;
	memmove(leaf->keys + index, leaf->keys + index + 1,
		behind * sizeof(*leaf->keys));
	memmove(leaf->values + index, leaf->values + index + 1,
		behind * sizeof(*leaf->values));
	leaf->keys[LEAF_MAX - 1] = BTREE_PAD;
	return true;
}

#if defined(__x86_64__) && !defined(BTREE_PORTABLE)

#include <immintrin.h>

#define BTREE_WIDE __attribute__((target("avx512f,popcnt,bmi,bmi2")))

static inline bool btree_wide_works(void)
{
	return __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

enum {
	KEY_VECTORS = (LEAF_MAX + 7) / 8,
	VALUE_VECTORS = (LEAF_MAX + 15) / 16,
};

/* The vectors end within the node: they may touch what follows the slots. */
_Static_assert(KEY_VECTORS * 64 <= offsetof(struct leaf, values), "overlap");

/* A bit for each key below KEY, the first key's lowest. */
static inline BTREE_WIDE uint64_t wide_below(
	const uint64_t *keys, unsigned vectors, uint64_t key)
{
	__m512i needle = _mm512_set1_epi64((long long)key);
	uint64_t below = 0;

#pragma GCC unroll 8
	for (unsigned i = 0; i < vectors; i++) {
		__m512i lanes = _mm512_load_si512(keys + 8 * i);

		below |= (uint64_t)_mm512_cmplt_epu64_mask(lanes, needle)
			 << (8 * i);
	}
	return below;
}

static inline BTREE_WIDE unsigned leaf_index_wide(
	const struct leaf *leaf, uint64_t key)
{
	uint64_t below = wide_below(leaf->keys, KEY_VECTORS, key);

	return (unsigned)__builtin_popcountll(below & LEAF_LANES);
}

/* The line by the pivots, then the slot in the line. */
static inline BTREE_WIDE unsigned inner_slot_wide(
	const struct inner *inner, uint64_t key)
{
	__m512i needle = _mm512_set1_epi64((long long)key);
	__m512i lanes = _mm512_load_si512(inner->pivots);
	unsigned line = (unsigned)__builtin_popcount(
		_mm512_cmple_epu64_mask(lanes, needle));

	lanes = _mm512_load_si512(inner->separators + 8 * line);
	return 8 * line + (unsigned)__builtin_popcount(
				  _mm512_cmple_epu64_mask(lanes, needle) &
				  INNER_LINE_LANES);
}

/*
 * All slots at once.  With K the new key, each slot becomes
 *
 *	min(old, max(old of the slot before, K))
 *
 *	old         a  b  d  e  -  -      below K it is `old`, at K's slot K,
 *	one before  0  a  b  d  e  -      behind it the one before: keys rise
 *	K = c       a  b  c  d  e  -
 *
 * which waits for no comparison to come back from a mask.  The next insert
 * into this leaf waits for these stores, so that counts when keys come in
 * runs.  The values need the masks, but nothing waits for them.
 */
static inline BTREE_WIDE int leaf_insert_wide(
	struct leaf *leaf, uint64_t key, uint32_t value)
{
	__m512i needle = _mm512_set1_epi64((long long)key);
	__m512i keys[KEY_VECTORS];
	__m512i before = _mm512_setzero_si512();
	uint64_t below = 0;
	uint64_t equal = 0;
	uint64_t at, above;

#pragma GCC unroll 8
	for (unsigned i = 0; i < KEY_VECTORS; i++) {
		keys[i] = _mm512_load_si512(leaf->keys + 8 * i);
		below |= (uint64_t)_mm512_cmplt_epu64_mask(keys[i], needle)
			 << (8 * i);
		equal |= (uint64_t)_mm512_cmpeq_epu64_mask(keys[i], needle)
			 << (8 * i);
	}
	if (equal & LEAF_LANES)
		return -EEXIST;
	if (leaf->keys[LEAF_MAX - 1] != BTREE_PAD)
		return -ENOSPC;
#pragma GCC unroll 8
	for (unsigned i = 0; i < KEY_VECTORS; i++) {
		__m512i moved = _mm512_alignr_epi64(keys[i], before, 7);

		moved = _mm512_mask_min_epu64(keys[i],
			(__mmask8)(LEAF_LANES >> (8 * i)), keys[i],
			_mm512_max_epu64(moved, needle));
		_mm512_store_si512(leaf->keys + 8 * i, moved);
		before = keys[i];
	}
	below &= LEAF_LANES;
	at = below + 1;
	above = LEAF_LANES & ~below;
#pragma GCC unroll 4
	for (unsigned i = 0; i < VALUE_VECTORS; i++) {
		__m512i lanes = _mm512_load_si512(leaf->values + 16 * i);
		__m512i moved = _mm512_mask_alignr_epi32(lanes,
			(__mmask16)(above >> (16 * i)), lanes, before, 15);

		moved = _mm512_mask_set1_epi32(
			moved, (__mmask16)(at >> (16 * i)), (int)value);
		_mm512_store_si512(leaf->values + 16 * i, moved);
		before = lanes;
	}
	return 0;
}

/* Slots from KEY's on take what is in the slot behind them. */
static inline BTREE_WIDE bool leaf_remove_wide(struct leaf *leaf, uint64_t key)
{
	__m512i needle = _mm512_set1_epi64((long long)key);
	__m512i lanes[KEY_VECTORS + 1];
	uint64_t equal = 0;
	uint64_t from;

#pragma GCC unroll 8
	for (unsigned i = 0; i < KEY_VECTORS; i++) {
		lanes[i] = _mm512_load_si512(leaf->keys + 8 * i);
		equal |= (uint64_t)_mm512_cmpeq_epu64_mask(lanes[i], needle)
			 << (8 * i);
	}
	equal &= LEAF_LANES;
	if (!equal)
		return false;
	lanes[KEY_VECTORS] = lanes[0];
#pragma GCC unroll 8
	for (unsigned i = 0; i < KEY_VECTORS; i++) {
		__mmask8 slots = (__mmask8)(LEAF_LANES >> (8 * i));
		__mmask8 last = (__mmask8)(LEAF_LAST >> (8 * i));
		__m512i moved = _mm512_mask_alignr_epi64(lanes[i],
			_mm512_mask_cmpge_epu64_mask(slots, lanes[i], needle),
			lanes[i + 1], lanes[i], 1);

		if (last)
			moved = _mm512_mask_set1_epi64(
				moved, last, (long long)BTREE_PAD);
		_mm512_store_si512(leaf->keys + 8 * i, moved);
	}
	from = LEAF_LANES & -equal;
	lanes[0] = _mm512_load_si512(leaf->values);
#pragma GCC unroll 4
	for (unsigned i = 0; i < VALUE_VECTORS; i++) {
		__m512i after =
			i + 1 < VALUE_VECTORS
				? _mm512_load_si512(leaf->values + 16 * (i + 1))
				: lanes[0];
		__m512i moved = _mm512_mask_alignr_epi32(lanes[0],
			(__mmask16)(from >> (16 * i)), after, lanes[0], 1);

		_mm512_store_si512(leaf->values + 16 * i, moved);
		lanes[0] = after;
	}
	return true;
}

#else

#define BTREE_WIDE
#define leaf_index_wide leaf_index_plain
#define inner_slot_wide inner_slot_plain
#define leaf_insert_wide leaf_insert_plain
#define leaf_remove_wide leaf_remove_plain

static inline bool btree_wide_works(void)
{
	return false;
}

#endif

/*
 * The choosers.  WIDE is a constant in the hot functions; elsewhere it is
 * the pool's.
 */
#define BTREE_INLINE static inline __attribute__((always_inline))

/* How many keys are below KEY: where KEY is, or would go. */
BTREE_INLINE unsigned leaf_index(
	const struct leaf *leaf, uint64_t key, bool wide)
{
	return wide ? leaf_index_wide(leaf, key) : leaf_index_plain(leaf, key);
}

/* The child that KEY belongs to: as many as separators are <= KEY. */
BTREE_INLINE unsigned inner_slot(
	const struct inner *inner, uint64_t key, bool wide)
{
	return wide ? inner_slot_wide(inner, key)
		    : inner_slot_plain(inner, key);
}

/* Returns 0, -EEXIST, or -ENOSPC when the leaf is full. */
BTREE_INLINE int leaf_insert(
	struct leaf *leaf, uint64_t key, uint32_t value, bool wide)
{
	return wide ? leaf_insert_wide(leaf, key, value)
		    : leaf_insert_plain(leaf, key, value);
}

/* Returns whether KEY was there. */
BTREE_INLINE bool leaf_remove(struct leaf *leaf, uint64_t key, bool wide)
{
	return wide ? leaf_remove_wide(leaf, key)
		    : leaf_remove_plain(leaf, key);
}

static inline unsigned leaf_count(const struct leaf *leaf, bool wide)
{
	return leaf_index(leaf, BTREE_PAD, wide);
}

/* Children: one more than the separators that are not pads. */
static inline unsigned inner_count(const struct inner *inner, bool wide)
{
	return inner_slot(inner, BTREE_KEY_MAX, wide) + 1;
}

/* To be called after each change of separators. */
static inline void inner_set_pivots(struct inner *inner)
{
	for (unsigned i = 0; i < 8; i++)
		inner->pivots[i] = 8 * i + 7 < INNER_MAX
					   ? inner->separators[8 * i + 7]
					   : BTREE_PAD;
}

static inline bool inner_is_full(const struct inner *inner)
{
	return inner->separators[INNER_MAX - 2] != BTREE_PAD;
}

#endif
