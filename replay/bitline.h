/*
 * A line of bits that are counted fast: how many are set from a place on,
 * where the kth is, where the next one is.
 *
 * Bits are counted over 512 of them, a cache line, and counts over 32 and
 * then 16 of those below, in a line each: O(log bits), three or four lines.
 *
 * Memory: 1.04 bits a bit.
 */
#ifndef REPLAY_BITLINE_H
#define REPLAY_BITLINE_H

#include <stdbool.h>
#include <stdint.h>

#define BITLINE_NONE UINT32_MAX

enum {
	BITLINE_BLOCK = 512, /* bits */
	BITLINE_BLOCK_WORDS = BITLINE_BLOCK / 64,
	BITLINE_LOW = 32,   /* blocks in a line of 16-bit counts */
	BITLINE_WIDTH = 16, /* counts in a line of 32-bit counts */
	BITLINE_LEVELS_MAX = 6,
};

typedef uint16_t bitline_low[BITLINE_LOW] __attribute__((aligned(64)));
typedef uint32_t bitline_high[BITLINE_WIDTH] __attribute__((aligned(64)));

/*
 * Invariants (bitline_check proves them)
 * 1. low: the bits set in each block; high[0]: the sums of lines of low;
 *    high[n + 1]: those of lines of high[n].
 * 2. set: all bits that are set.
 */
struct bitline {
	uint32_t bits; /* a multiple of BITLINE_BLOCK * BITLINE_LOW */
	uint32_t set;
	uint64_t *word;
	bitline_low *low;
	bitline_high *high[BITLINE_LEVELS_MAX];
	unsigned levels; /* the last of them is one line */
	bool wide;	 /* this machine has AVX-512 */
};

/* For at least BITS bits, none set, and at most UINT32_MAX - 2^14.
 * -ENOMEM. */
int bitline_init(struct bitline *line, uint64_t bits);
void bitline_fini(struct bitline *line);
void bitline_clear_all(struct bitline *line);

static inline bool bitline_test(const struct bitline *line, uint32_t bit)
{
	return line->word[bit / 64] >> bit % 64 & 1;
}

/* BIT, which is not set, is; or the other way round. */
void bitline_set(struct bitline *line, uint32_t bit);
void bitline_clear(struct bitline *line, uint32_t bit);

/* The bits of word WORD (64 of them) that are in MASK come to BIT, at most
 * the first of that word, and those after it, without the places between them
 * that are not in MASK; that word has no others any more.  Nothing is counted
 * until bitline_recount, O(bits). */
void bitline_pack(
	struct bitline *line, uint32_t word, uint64_t mask, uint32_t bit);
void bitline_recount(struct bitline *line);

/* Bits set from BIT on. */
uint32_t bitline_count_from(const struct bitline *line, uint32_t bit);

/* The bit before which K others are set; BITLINE_NONE: no more than K are. */
uint32_t bitline_select(const struct bitline *line, uint32_t k);

/* The first set bit from BIT on, which may be the line's end; or
 * BITLINE_NONE. */
uint32_t bitline_next(const struct bitline *line, uint32_t bit);

/* Starts loading the bits around BIT. */
static inline void bitline_look_ahead(const struct bitline *line, uint32_t bit)
{
	__builtin_prefetch(
		&line->word[bit / BITLINE_BLOCK * BITLINE_BLOCK_WORDS]);
}

/* NULL, or which invariant does not hold.  O(bits). */
const char *bitline_check(const struct bitline *line);

#endif
