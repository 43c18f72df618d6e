/*
 * What the B+tree is measured against: an open-addressing hash table from
 * 64-bit keys to 32-bit values that does no more than it must.  Linear
 * probing, at most half full, backward-shift deletion (no tombstones, so it
 * does not age).  It keeps no order and finds no neighbour.
 */
#ifndef MM_TEST_HASH_CONTROL_H
#define MM_TEST_HASH_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HASH_CONTROL_FREE UINT64_MAX /* no key is that */

struct hash_control_slot {
	uint64_t key;
	uint32_t value;
};

struct hash_control {
	struct hash_control_slot *slots;
	size_t mask; /* slots - 1 */
	unsigned shift;
};

/* For CAPACITY keys. Returns 0 or -1. */
static inline int hash_control_create(
	struct hash_control *hash, uint64_t capacity)
{
	size_t slots = 2;
	size_t bytes;

	hash->shift = 63;
	while (slots < 2 * capacity) {
		slots *= 2;
		hash->shift--;
	}
	hash->mask = slots - 1;
	bytes = slots * sizeof(*hash->slots);
	bytes = (bytes + ((size_t)2 << 20) - 1) & -((size_t)2 << 20);
	hash->slots = aligned_alloc((size_t)2 << 20, bytes);
	if (!hash->slots)
		return -1;
	/* The tree's nodes lie in huge pages too */
	(void)madvise(hash->slots, bytes, MADV_HUGEPAGE);
	memset(hash->slots, 0xff, bytes);
	return 0;
}

static inline void hash_control_destroy(struct hash_control *hash)
{
	free(hash->slots);
}

static inline size_t hash_control_home(
	const struct hash_control *hash, uint64_t key)
{
	key ^= key >> 32;
	key *= 0x9e3779b97f4a7c15;
	key ^= key >> 29;
	key *= 0xbf58476d1ce4e5b9;
	return key >> hash->shift;
}

static inline void hash_control_prefetch(
	const struct hash_control *hash, uint64_t key)
{
	__builtin_prefetch(hash->slots + hash_control_home(hash, key), 1);
}

static inline bool hash_control_find(
	const struct hash_control *hash, uint64_t key, uint32_t *value_out)
{
	size_t slot = hash_control_home(hash, key);

	while (hash->slots[slot].key != HASH_CONTROL_FREE) {
		if (hash->slots[slot].key == key) {
			*value_out = hash->slots[slot].value;
			return true;
		}
		slot = (slot + 1) & hash->mask;
	}
	return false;
}

/* KEY must not be there. */
static inline void hash_control_insert(
	struct hash_control *hash, uint64_t key, uint32_t value)
{
	size_t slot = hash_control_home(hash, key);

	while (hash->slots[slot].key != HASH_CONTROL_FREE)
		slot = (slot + 1) & hash->mask;
	hash->slots[slot].key = key;
	hash->slots[slot].value = value;
}

/*
 * Closes the gap: a later key of the same cluster moves into it unless its
 * home lies behind the gap.
 */
static inline bool hash_control_remove(struct hash_control *hash, uint64_t key)
{
	struct hash_control_slot *slots = hash->slots;
	size_t gap = hash_control_home(hash, key);
	size_t next;

	while (slots[gap].key != key) {
		if (slots[gap].key == HASH_CONTROL_FREE)
			return false;
		gap = (gap + 1) & hash->mask;
	}
	for (next = (gap + 1) & hash->mask;
		slots[next].key != HASH_CONTROL_FREE;
		next = (next + 1) & hash->mask) {
		size_t home = hash_control_home(hash, slots[next].key);

		if (((next - home) & hash->mask) >=
			((next - gap) & hash->mask)) {
			slots[gap] = slots[next];
			gap = next;
		}
	}
	slots[gap].key = HASH_CONTROL_FREE;
	return true;
}

#endif
