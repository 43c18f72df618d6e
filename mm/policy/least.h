/*
 * Which frame has the least key, where keys only grow while a frame is held.
 *
 * A binary heap whose entries keep the keys as they were when they were put
 * there.  To raise a key is to note it; an entry is brought up to date when
 * it has come to the root.  So a use of a page costs one write.
 *
 * Invariants
 * 1. An entry's key is at most that of its frame, and at most its children's.
 * 2. Each frame held has one entry, and at[frame] is its place.
 */
#ifndef MM_POLICY_LEAST_H
#define MM_POLICY_LEAST_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/policy.h"

struct least_key {
	uint64_t first, second; /* the latter counts among equal first ones */
};

struct least_entry {
	struct least_key key;
	uint32_t frame;
};

struct least {
	struct least_entry *heap; /* [frames] */
	struct least_key *key;	  /* [frames] */
	uint32_t *at;		  /* [frames] FRAME_NONE: not held */
	uint32_t frames, size;
};

/* 0 or -ENOMEM.  least_fini: also of one that is all zeros. */
int least_init(struct least *least, uint32_t frames);
void least_fini(struct least *least);

void least_insert(struct least *least, uint32_t frame, struct least_key key);
void least_remove(struct least *least, uint32_t frame);
/* FRAME_NONE: none is held.  Of equal keys, which is not said. */
uint32_t least_find(struct least *least);
const char *least_check(const struct least *least, const uint8_t *member);

/* KEY is not less than it was. */
static inline void least_raise(
	struct least *least, uint32_t frame, struct least_key key)
{
	least->key[frame] = key;
}

static inline bool least_is_less(struct least_key a, struct least_key b)
{
	return a.first != b.first ? a.first < b.first : a.second < b.second;
}

#endif
