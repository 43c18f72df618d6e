/*
 * Which slot a page's key has: a hash table of a fixed number of slots.
 *
 * Slots are numbers from 0 on; who uses the table keeps what it knows of a
 * page in arrays by slot, or in lists of slots (lists.h).  Memory is touched
 * when it is first used, so a large table that stays empty costs little.
 *
 * Invariants
 * 1. A slot that is taken is in the chain of its key's hash, once.
 * 2. The others below `used` are in the chain of free ones.
 * 3. size is the number of slots taken, and no two have the same key.
 */
#ifndef MM_POLICY_KEYS_H
#define MM_POLICY_KEYS_H

#include <stdint.h>

#include "mm/policy.h"

struct keys {
	uint64_t *key;	 /* [capacity] */
	uint32_t *next;	 /* [capacity] slot + 1 after it in its chain; or 0 */
	uint32_t *first; /* [mask + 1] slot + 1, by hash; 0: none */
	uint32_t mask, capacity;
	uint32_t free; /* slot + 1; 0: none */
	uint32_t used; /* slots from here on were never taken */
	uint32_t size;
};

/* 0 or -ENOMEM.  keys_fini: also of one that is all zeros. */
int keys_init(struct keys *keys, uint32_t capacity);
void keys_fini(struct keys *keys);

/* FRAME_NONE: there is no such key. */
uint32_t keys_find(const struct keys *keys, uint64_t key);
/* The slot for a key that is not there yet; size must be below capacity. */
uint32_t keys_add(struct keys *keys, uint64_t key);
void keys_remove(struct keys *keys, uint32_t slot);
const char *keys_check(const struct keys *keys);

/* Mixes all bits of a key into all bits (the finaliser of splitmix64). */
static inline uint64_t keys_hash(uint64_t key)
{
	key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9;
	key = (key ^ key >> 27) * 0x94d049bb133111eb;
	return key ^ key >> 31;
}

#endif
