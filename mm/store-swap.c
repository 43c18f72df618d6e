/*
 * The slots of a swap file: a tree of bits, 64 to a word.
 *
 *   level 1   a bit a word below: has it a free slot?      [1 0 1 ...]
 *                                                           |   |
 *   level 0   a bit a slot: is it free?            [0010...] [000] [1111]
 *
 * So the lowest free slot is one "first bit set" a level away, and there are
 * six levels at most.
 *
 * Invariants (swap_check proves them)
 * 1. A bit above level 0 is set just where the word below it is not 0.
 * 2. Bits set on level 0 are slots_max - used; none is past slots_max.
 * 3. No slot at or above `most` is in use.
 */
#include "mm/store-swap.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LEVELS = 6, BITS = 64 };

struct swap {
	pthread_mutex_t lock; /* guards what is below it */
	uint64_t *levels[LEVELS];
	uint32_t words[LEVELS];
	unsigned levels_count;
	uint32_t slots_max;
	uint32_t used;
	uint32_t most;
	int fd;
};

static void set_first_bits(uint64_t *words, uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count / BITS; i++)
		words[i] = UINT64_MAX;
	if (count % BITS)
		words[i] = (UINT64_C(1) << count % BITS) - 1;
}

int swap_create(int fd, uint32_t slots_max, struct swap **out)
{
	struct swap *swap;
	uint64_t bits = slots_max, words = 0;
	uint64_t *at;
	unsigned i;

	if (!slots_max)
		return -EINVAL;
	swap = calloc(1, sizeof(*swap));
	if (!swap)
		return -ENOMEM;
	do {
		bits = (bits + BITS - 1) / BITS;
		swap->words[swap->levels_count++] = bits;
		words += bits;
	} while (bits > 1);
	at = calloc(words, sizeof(*at));
	if (!at) {
		free(swap);
		return -ENOMEM;
	}
	bits = slots_max;
	for (i = 0; i < swap->levels_count; i++) {
		swap->levels[i] = at;
		set_first_bits(at, bits);
		at += swap->words[i];
		bits = swap->words[i];
	}
	pthread_mutex_init(&swap->lock, NULL);
	swap->slots_max = slots_max;
	swap->fd = fd;
	*out = swap;
	return 0;
}

void swap_destroy(struct swap *swap)
{
	pthread_mutex_destroy(&swap->lock);
	free(swap->levels[0]);
	free(swap);
}

int swap_fd(const struct swap *swap)
{
	return swap->fd;
}

static uint32_t take_lowest(struct swap *swap)
{
	uint64_t at = 0;
	uint32_t slot;
	unsigned i;

	for (i = swap->levels_count; i-- > 0;)
		at = at * BITS + __builtin_ctzll(swap->levels[i][at]);
	slot = at;
	for (i = 0; i < swap->levels_count; i++, at /= BITS) {
		uint64_t *word = &swap->levels[i][at / BITS];

		*word &= ~(UINT64_C(1) << at % BITS);
		if (*word)
			break;
	}
	return slot;
}

int swap_take(struct swap *swap, uint32_t *slot_out)
{
	int error = -ENOSPC;

	pthread_mutex_lock(&swap->lock);
	if (swap->used < swap->slots_max) {
		*slot_out = take_lowest(swap);
		swap->used++;
		if (swap->most <= *slot_out)
			swap->most = *slot_out + 1;
		error = 0;
	}
	pthread_mutex_unlock(&swap->lock);
	return error;
}

static bool is_free(const struct swap *swap, uint32_t slot)
{
	return swap->levels[0][slot / BITS] >> slot % BITS & 1;
}

void swap_give(struct swap *swap, uint32_t slot)
{
	uint32_t at = slot;
	unsigned i;

	pthread_mutex_lock(&swap->lock);
	assert(slot < swap->slots_max && !is_free(swap, slot));
	for (i = 0; i < swap->levels_count; i++, at /= BITS) {
		uint64_t *word = &swap->levels[i][at / BITS];
		uint64_t before = *word;

		*word |= UINT64_C(1) << at % BITS;
		if (before)
			break;
	}
	swap->used--;
	pthread_mutex_unlock(&swap->lock);
}

uint32_t swap_slots_used(struct swap *swap)
{
	uint32_t used;

	pthread_mutex_lock(&swap->lock);
	used = swap->used;
	pthread_mutex_unlock(&swap->lock);
	return used;
}

uint32_t swap_slots_most(struct swap *swap)
{
	uint32_t most;

	pthread_mutex_lock(&swap->lock);
	most = swap->most;
	pthread_mutex_unlock(&swap->lock);
	return most;
}

static const char *check_levels(const struct swap *swap)
{
	uint64_t i;
	unsigned level;
	bool above;

	for (level = 1; level < swap->levels_count; level++)
		for (i = 0; i < (uint64_t)swap->words[level] * BITS; i++) {
			above = swap->levels[level][i / BITS] >> i % BITS & 1;
			if (above != (i < swap->words[level - 1] &&
					     swap->levels[level - 1][i]))
				return "swap: a word and the bit above it";
		}
	return NULL;
}

static const char *check_slots(const struct swap *swap)
{
	uint64_t i, free_slots = 0;

	for (i = 0; i < (uint64_t)swap->words[0] * BITS; i++) {
		if (is_free(swap, i) && i >= swap->slots_max)
			return "swap: a free slot past the last";
		if (!is_free(swap, i) && i >= swap->most && i < swap->slots_max)
			return "swap: a slot in use past the file's end";
		free_slots += is_free(swap, i);
	}
	return free_slots == swap->slots_max - swap->used
		       ? NULL
		       : "swap: free and used slots are not all";
}

const char *swap_check(struct swap *swap)
{
	const char *why;

	pthread_mutex_lock(&swap->lock);
	why = check_levels(swap);
	if (!why)
		why = check_slots(swap);
	pthread_mutex_unlock(&swap->lock);
	return why;
}
