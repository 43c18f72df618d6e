/* Bits that are counted fast.  See bitline.h. */
#pragma GCC target("popcnt,bmi,bmi2") /* x86-64 since 2013 */

#include "replay/bitline.h"

#include <errno.h>
#include <immintrin.h>
#include <string.h>

#include "base/memory.h"

static const uint32_t line_bits = BITLINE_BLOCK * BITLINE_LOW;

static uint32_t lines_at(const struct bitline *line, unsigned level)
{
	uint32_t lines = line->bits / line_bits;

	for (level++; level; level--)
		lines = (lines + BITLINE_WIDTH - 1) / BITLINE_WIDTH;
	return lines;
}

int bitline_init(struct bitline *line, uint64_t bits)
{
	bool whole;

	memset(line, 0, sizeof(*line));
	bits = (bits / line_bits + 1) * line_bits;
	if (bits > UINT32_MAX)
		return -ENOMEM;
	line->bits = bits;
	line->wide = __builtin_cpu_supports("avx512bw") &&
		     __builtin_cpu_supports("avx512vpopcntdq");
	line->word = memory_map(bits / 8);
	line->low = memory_map(bits / line_bits * sizeof(bitline_low));
	whole = line->word && line->low;
	do {
		line->high[line->levels] = memory_map(
			lines_at(line, line->levels) * sizeof(bitline_high));
		whole = whole && line->high[line->levels];
	} while (lines_at(line, line->levels++) > 1);
	if (whole)
		return 0;
	bitline_fini(line);
	return -ENOMEM;
}

void bitline_fini(struct bitline *line)
{
	unsigned level;

	memory_unmap(line->word, line->bits / 8);
	memory_unmap(line->low, line->bits / line_bits * sizeof(bitline_low));
	for (level = 0; level < line->levels; level++)
		memory_unmap(line->high[level],
			lines_at(line, level) * sizeof(bitline_high));
	memset(line, 0, sizeof(*line));
}

static void clear_counts(struct bitline *line)
{
	unsigned level;

	line->set = 0;
	memset(line->low, 0, line->bits / line_bits * sizeof(bitline_low));
	for (level = 0; level < line->levels; level++)
		memset(line->high[level], 0,
			lines_at(line, level) * sizeof(bitline_high));
}

void bitline_clear_all(struct bitline *line)
{
	memset(line->word, 0, line->bits / 8);
	clear_counts(line);
}

/* Adds CHANGE to the counts over BIT. */
static inline void count(struct bitline *line, uint32_t bit, int change)
{
	uint32_t at = bit / BITLINE_BLOCK;
	unsigned level;

	line->set += change;
	line->low[at / BITLINE_LOW][at % BITLINE_LOW] += change;
	at /= BITLINE_LOW;
	for (level = 0; level < line->levels; level++, at /= BITLINE_WIDTH)
		line->high[level][at / BITLINE_WIDTH][at % BITLINE_WIDTH] +=
			change;
}

void bitline_set(struct bitline *line, uint32_t bit)
{
	line->word[bit / 64] |= UINT64_C(1) << bit % 64;
	count(line, bit, 1);
}

void bitline_clear(struct bitline *line, uint32_t bit)
{
	line->word[bit / 64] &= ~(UINT64_C(1) << bit % 64);
	count(line, bit, -1);
}

void bitline_pack(
	struct bitline *line, uint32_t word, uint64_t mask, uint32_t bit)
{
	uint64_t packed = _pext_u64(line->word[word], mask);

	line->word[word] = 0;
	line->word[bit / 64] |= packed << bit % 64;
	if (bit % 64)
		line->word[bit / 64 + 1] |= packed >> (64 - bit % 64);
}

void bitline_recount(struct bitline *line)
{
	uint32_t word, bits;

	clear_counts(line);
	for (word = 0; word < line->bits / 64; word++) {
		bits = __builtin_popcountll(line->word[word]);
		if (bits)
			count(line, word * 64, bits);
	}
}

static uint32_t count_from_plain(const struct bitline *line, uint32_t bit)
{
	const uint64_t *word = &line->word[bit / 64];
	const uint64_t *end =
		&line->word[(bit / BITLINE_BLOCK + 1) * BITLINE_BLOCK_WORDS];
	uint32_t low = bit / line_bits;
	uint32_t at = bit / BITLINE_BLOCK % BITLINE_LOW;
	uint32_t sum = __builtin_popcountll(*word >> bit % 64);
	unsigned level;

	while (++word < end)
		sum += __builtin_popcountll(*word);
	while (++at < BITLINE_LOW)
		sum += line->low[low][at];
	for (level = 0; level < line->levels; level++) {
		at = low % BITLINE_WIDTH;
		low /= BITLINE_WIDTH;
		while (++at < BITLINE_WIDTH)
			sum += line->high[level][low][at];
	}
	return sum;
}

/* The same with a line at a time. */
static __attribute__((target("avx512f,avx512bw,avx512vpopcntdq"))) uint32_t
count_from_wide(const struct bitline *line, uint32_t bit)
{
	uint32_t word = bit / 64 % BITLINE_BLOCK_WORDS;
	uint32_t low = bit / line_bits;
	uint32_t at = bit / BITLINE_BLOCK % BITLINE_LOW;
	__m512i here = _mm512_maskz_loadu_epi64((__mmask8)(UINT32_MAX << word),
		&line->word[bit / BITLINE_BLOCK * BITLINE_BLOCK_WORDS]);
	__m512i sum;
	unsigned level;

	here = _mm512_mask_srl_epi64(
		here, 1u << word, here, _mm_cvtsi32_si128(bit % 64));
	sum = _mm512_popcnt_epi64(here);
	/* pairs of 16-bit counts, none above 2^9 */
	here = _mm512_maskz_loadu_epi16(UINT32_MAX << at << 1, &line->low[low]);
	sum = _mm512_add_epi32(
		sum, _mm512_madd_epi16(here, _mm512_set1_epi16(1)));
	for (level = 0; level < line->levels; level++) {
		at = low % BITLINE_WIDTH;
		low /= BITLINE_WIDTH;
		here = _mm512_maskz_loadu_epi32(
			(__mmask16)(UINT32_MAX << at << 1),
			&line->high[level][low]);
		sum = _mm512_add_epi32(sum, here);
	}
	return _mm512_reduce_add_epi32(sum);
}

uint32_t bitline_count_from(const struct bitline *line, uint32_t bit)
{
	return (line->wide ? count_from_wide : count_from_plain)(line, bit);
}

/* The first of COUNTS that is not used up by *K, less which it leaves. */
static inline uint32_t find_count(const uint32_t *counts, uint32_t *k)
{
	uint32_t at = 0;

	while (counts[at] <= *k)
		*k -= counts[at++];
	return at;
}

uint32_t bitline_select(const struct bitline *line, uint32_t k)
{
	const uint64_t *word;
	uint32_t at = 0, block = 0, bits;
	unsigned level;

	if (k >= line->set)
		return BITLINE_NONE;
	for (level = line->levels; level--;)
		at = at * BITLINE_WIDTH + find_count(line->high[level][at], &k);
	while (line->low[at][block] <= k)
		k -= line->low[at][block++];
	block += at * BITLINE_LOW;
	word = &line->word[block * BITLINE_BLOCK_WORDS];
	while ((bits = __builtin_popcountll(*word)) <= k) {
		k -= bits;
		word++;
	}
	return (word - line->word) * 64 +
	       __builtin_ctzll(_pdep_u64(UINT64_C(1) << k, *word));
}

uint32_t bitline_next(const struct bitline *line, uint32_t bit)
{
	uint32_t word = bit / 64;
	uint32_t end = (word / BITLINE_BLOCK_WORDS + 1) * BITLINE_BLOCK_WORDS;
	uint64_t bits;

	if (bit >= line->bits)
		return BITLINE_NONE;
	bits = line->word[word] >> bit % 64 << bit % 64;
	while (!bits && ++word < end)
		bits = line->word[word];
	if (bits)
		return word * 64 + __builtin_ctzll(bits);
	if (end * 64 == line->bits)
		return BITLINE_NONE;
	return bitline_select(
		line, line->set - bitline_count_from(line, end * 64));
}

const char *bitline_check(const struct bitline *line)
{
	uint32_t bit = line->bits, sum = 0;

	while (bit--) {
		sum += bitline_test(line, bit);
		if (bitline_count_from(line, bit) != sum)
			return "a count is wrong";
	}
	return sum == line->set ? NULL : "the number of all bits is wrong";
}
