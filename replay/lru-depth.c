/* LRU stack distances.  See lru-depth.h. */
#pragma GCC target("popcnt") /* every x86-64 since 2008 */

#include "replay/lru-depth.h"

#include <errno.h>
#include <immintrin.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define NO_SLOT UINT32_MAX

enum {
	BLOCK_SLOTS = 512, /* a cache line of bits */
	BLOCK_WORDS = BLOCK_SLOTS / 64,
	WIDTH_LOW = 32, /* blocks in a line of 16-bit counts */
	WIDTH = 16,	/* counts in a line of 32-bit counts */
	LEVELS_MAX = 6,
	SPARE = 4, /* slots a page: three of four are free after a move */
	AHEAD = 16,
};

typedef uint16_t low_line[WIDTH_LOW] __attribute__((aligned(64)));
typedef uint32_t high_line[WIDTH] __attribute__((aligned(64)));

struct lru_depth {
	uint32_t pages;
	uint32_t slots;		/* a multiple of BLOCK_SLOTS * WIDTH_LOW */
	uint32_t now;		/* the next free slot */
	uint32_t *slot_of;	/* [pages] of the last use, or NO_SLOT */
	uint32_t *page_at;	/* [slots] */
	uint64_t *alive;	/* [slots] bits */
	low_line *low;		/* alive slots of each block */
	high_line *high[LEVELS_MAX]; /* of each line of the level below */
	unsigned levels;	/* the last of them is one line */
	bool wide;		/* this machine has AVX-512 */
};

static uint32_t lines_of(uint32_t count, uint32_t width)
{
	return (count + width - 1) / width;
}

int lru_depth_create(uint32_t pages, struct lru_depth **out)
{
	struct lru_depth *engine = calloc(1, sizeof(*engine));
	uint64_t slots = (uint64_t)pages * SPARE;
	const uint32_t step = BLOCK_SLOTS * WIDTH_LOW;
	uint32_t lines;
	bool whole;

	if (!engine)
		return -ENOMEM;
	slots = (slots / step + 1) * step;
	/* beyond that there is less room to move in, which costs time only */
	if (slots > UINT32_MAX - step)
		slots = (UINT32_MAX / step - 1) * step;
	engine->wide = __builtin_cpu_supports("avx512bw");
	engine->pages = pages;
	engine->slots = slots;
	engine->slot_of = memory_map((pages + 1) * sizeof(*engine->slot_of));
	engine->page_at = memory_map(slots * sizeof(*engine->page_at));
	engine->alive = memory_map(slots / 8);
	lines = slots / step;
	engine->low = memory_map(lines * sizeof(*engine->low));
	whole = engine->slot_of && engine->page_at && engine->alive &&
		engine->low;
	do {
		lines = lines_of(lines, WIDTH);
		engine->high[engine->levels] = memory_map(lines * sizeof(high_line));
		whole = whole && engine->high[engine->levels];
		engine->levels++;
	} while (lines > 1);
	if (!whole) {
		lru_depth_destroy(engine);
		return -ENOMEM;
	}
	memset(engine->slot_of, 0xff, pages * sizeof(*engine->slot_of));
	*out = engine;
	return 0;
}

void lru_depth_destroy(struct lru_depth *engine)
{
	uint32_t lines;
	unsigned level;

	if (!engine)
		return;
	memory_unmap(engine->slot_of,
		(engine->pages + 1) * sizeof(*engine->slot_of));
	memory_unmap(engine->page_at, engine->slots * sizeof(*engine->page_at));
	memory_unmap(engine->alive, engine->slots / 8);
	lines = engine->slots / (BLOCK_SLOTS * WIDTH_LOW);
	memory_unmap(engine->low, lines * sizeof(*engine->low));
	for (level = 0; level < engine->levels; level++) {
		lines = lines_of(lines, WIDTH);
		memory_unmap(engine->high[level], lines * sizeof(high_line));
	}
	free(engine);
}

/* Adds CHANGE to the counts over the block of SLOT. */
static inline void count(struct lru_depth *engine, uint32_t slot, int change)
{
	uint32_t at = slot / BLOCK_SLOTS;
	unsigned level;

	engine->low[at / WIDTH_LOW][at % WIDTH_LOW] += change;
	at /= WIDTH_LOW;
	for (level = 0; level < engine->levels; level++, at /= WIDTH)
		engine->high[level][at / WIDTH][at % WIDTH] += change;
}

static inline void set_alive(struct lru_depth *engine, uint32_t slot)
{
	engine->alive[slot / 64] |= UINT64_C(1) << slot % 64;
	count(engine, slot, 1);
}

/* Slots that are alive from SLOT on, within its block. */
static inline uint32_t alive_in_block(
	const struct lru_depth *engine, uint32_t slot)
{
	const uint64_t *word = &engine->alive[slot / 64];
	const uint64_t *end =
		&engine->alive[(slot / BLOCK_SLOTS + 1) * BLOCK_WORDS];
	uint32_t sum = __builtin_popcountll(*word >> slot % 64);

	while (++word < end)
		sum += __builtin_popcountll(*word);
	return sum;
}

static uint32_t sum_after_plain(
	const struct lru_depth *engine, uint32_t line, uint32_t at)
{
	uint32_t sum = 0;
	unsigned level;

	while (++at < WIDTH_LOW)
		sum += engine->low[line][at];
	for (level = 0; level < engine->levels; level++) {
		at = line % WIDTH;
		line /= WIDTH;
		while (++at < WIDTH)
			sum += engine->high[level][line][at];
	}
	return sum;
}

/* The same with a line at a time. */
static __attribute__((target("avx512f,avx512bw"))) uint32_t sum_after_wide(
	const struct lru_depth *engine, uint32_t line, uint32_t at)
{
	__m512i here = _mm512_maskz_loadu_epi16(
		UINT32_MAX << at << 1, &engine->low[line]);
	/* pairs of 16-bit counts, none above 2^14 */
	__m512i sum = _mm512_madd_epi16(here, _mm512_set1_epi16(1));
	unsigned level;

	for (level = 0; level < engine->levels; level++) {
		at = line % WIDTH;
		line /= WIDTH;
		here = _mm512_maskz_loadu_epi32(
			(__mmask16)(UINT32_MAX << at << 1),
			&engine->high[level][line]);
		sum = _mm512_add_epi32(sum, here);
	}
	return _mm512_reduce_add_epi32(sum);
}

/* Slots that are alive from SLOT on. */
static inline uint32_t alive_from(const struct lru_depth *engine, uint32_t slot)
{
	uint32_t line = slot / BLOCK_SLOTS / WIDTH_LOW;
	uint32_t at = slot / BLOCK_SLOTS % WIDTH_LOW;

	return alive_in_block(engine, slot) +
	       (engine->wide ? sum_after_wide : sum_after_plain)(
		       engine, line, at);
}

/* Moves what is alive to the start of time. */
static void move_together(struct lru_depth *engine)
{
	uint32_t words = engine->slots / 64;
	uint32_t lines = engine->slots / (BLOCK_SLOTS * WIDTH_LOW);
	uint32_t to = 0, word;
	unsigned level;

	for (word = 0; word < words; word++) {
		uint64_t bits = engine->alive[word];

		engine->alive[word] = 0;
		for (; bits; bits &= bits - 1) {
			uint32_t from = word * 64 + __builtin_ctzll(bits);
			uint32_t page = engine->page_at[from];

			engine->page_at[to] = page;
			engine->slot_of[page] = to++;
		}
	}
	memset(engine->low, 0, lines * sizeof(*engine->low));
	for (level = 0; level < engine->levels; level++) {
		lines = lines_of(lines, WIDTH);
		memset(engine->high[level], 0, lines * sizeof(high_line));
	}
	for (engine->now = 0; engine->now < to; engine->now++)
		set_alive(engine, engine->now);
}

static inline uint32_t use(struct lru_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];
	uint32_t depth = DEPTH_COLD;

	if (slot != NO_SLOT) {
		if (slot == engine->now - 1)
			return 1;
		depth = alive_from(engine, slot);
		engine->alive[slot / 64] &= ~(UINT64_C(1) << slot % 64);
		count(engine, slot, -1);
	}
	slot = engine->now++;
	set_alive(engine, slot);
	engine->slot_of[page] = slot;
	engine->page_at[slot] = page;
	return depth;
}

/* Starts loading what a use of PAGE will read. */
static inline void look_ahead(const struct lru_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];

	if (slot != NO_SLOT)
		__builtin_prefetch(
			&engine->alive[slot / BLOCK_SLOTS * BLOCK_WORDS]);
}

void lru_depth_run(struct lru_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out)
{
	uint32_t i;

	for (i = 0; i < references; i++) {
		if (i + 2 * AHEAD < references)
			__builtin_prefetch(
				&engine->slot_of[page[i + 2 * AHEAD]]);
		if (i + AHEAD < references)
			look_ahead(engine, page[i + AHEAD]);
		if (engine->now == engine->slots)
			move_together(engine);
		depth_out[i] = use(engine, page[i]);
	}
}

uint32_t lru_depth_now(const struct lru_depth *engine, uint32_t page)
{
	uint32_t slot = engine->slot_of[page];

	return slot == NO_SLOT ? DEPTH_COLD : alive_from(engine, slot);
}

static bool is_alive(const struct lru_depth *engine, uint32_t slot)
{
	return engine->alive[slot / 64] >> slot % 64 & 1;
}

const char *lru_depth_check(const struct lru_depth *engine)
{
	uint32_t slot = engine->slots;
	uint32_t page, sum = 0;

	while (slot--) {
		sum += is_alive(engine, slot);
		if (is_alive(engine, slot) && slot >= engine->now)
			return "a slot that was not taken is alive";
		if (alive_from(engine, slot) != sum)
			return "a count is wrong";
		if (is_alive(engine, slot) &&
			engine->slot_of[engine->page_at[slot]] != slot)
			return "a slot is alive without its page";
	}
	for (page = 0; page < engine->pages; page++)
		sum -= engine->slot_of[page] != NO_SLOT;
	return sum ? "pages and slots that are alive differ" : NULL;
}
