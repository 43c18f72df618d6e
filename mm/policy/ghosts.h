/*
 * Ghosts: what a policy still knows of pages that are out, by key, in lists
 * by age.  All is O(1).
 */
#ifndef MM_POLICY_GHOSTS_H
#define MM_POLICY_GHOSTS_H

#include "mm/policy/keys.h"
#include "mm/policy/lists.h"

struct ghosts {
	struct keys keys;
	struct lists lists; /* of the slots of keys */
};

/* COUNT lists of CAPACITY ghosts in all.  0 or -ENOMEM. */
int ghosts_init(struct ghosts *ghosts, uint32_t capacity, unsigned count);
void ghosts_fini(struct ghosts *ghosts);
const char *ghosts_check(const struct ghosts *ghosts);

/* The slot of a page's ghost; FRAME_NONE: it has none. */
static inline uint32_t ghosts_find(const struct ghosts *ghosts, uint64_t key)
{
	return keys_find(&ghosts->keys, key);
}

static inline uint32_t ghosts_size(const struct ghosts *ghosts, unsigned list)
{
	return ghosts->lists.size[list];
}

static inline void ghosts_remove(struct ghosts *ghosts, uint32_t slot)
{
	lists_remove(&ghosts->lists, slot);
	keys_remove(&ghosts->keys, slot);
}

/* The oldest of LIST, which is not empty, goes. */
static inline void ghosts_drop(struct ghosts *ghosts, unsigned list)
{
	ghosts_remove(ghosts, lists_oldest(&ghosts->lists, list));
}

/* The page's ghost becomes the newest of LIST; its slot.  There must be room
 * unless it has a ghost already. */
static inline uint32_t ghosts_push(
	struct ghosts *ghosts, unsigned list, uint64_t key)
{
	uint32_t slot = ghosts_find(ghosts, key);

	if (slot == FRAME_NONE)
		slot = keys_add(&ghosts->keys, key);
	else
		lists_remove(&ghosts->lists, slot);
	lists_push(&ghosts->lists, list, slot);
	return slot;
}

/* The same of a page that has no ghost, in a LIST of at most MOST: the oldest
 * makes room. */
static inline uint32_t ghosts_keep(
	struct ghosts *ghosts, unsigned list, uint64_t key, uint32_t most)
{
	if (ghosts_size(ghosts, list) == most)
		ghosts_drop(ghosts, list);
	return ghosts_push(ghosts, list, key);
}

#endif
