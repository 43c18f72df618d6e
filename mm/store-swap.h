/*
 * A swap file: which of its slots are in use.  Anonymous stores share one, or
 * have one each; a slot holds one page and belongs to one store.
 *
 * The lowest free slot is taken first, so that the file is never longer than
 * the most slots that were in use at one time.  It is extended by the first
 * write of a slot, and does not shrink.  Thread-safe.
 */
#ifndef MM_STORE_SWAP_H
#define MM_STORE_SWAP_H

#include <stdint.h>

struct swap;

/*
 * Slots 0 .. SLOTS_MAX - 1 of the file FD, all free; what FD held is written
 * over.  FD stays the caller's.  With O_DSYNC the file's late errors are
 * those of the page-out; without it the system may find them afterwards, when
 * nobody can be told.  Memory: 1.02 bits a slot, at once.  -EINVAL: no slots;
 * -ENOMEM.
 */
int swap_create(int fd, uint32_t slots_max, struct swap **out);

/* No store may use it any more. */
void swap_destroy(struct swap *swap);

int swap_fd(const struct swap *swap);

/* Takes the lowest free slot. -ENOSPC: all are in use.  O(log slots). */
int swap_take(struct swap *swap, uint32_t *slot_out);

/* Frees a slot that is in use.  O(log slots). */
void swap_give(struct swap *swap, uint32_t slot);

/* Slots in use now, and the most at one time: the file's bound, in pages. */
uint32_t swap_slots_used(struct swap *swap);
uint32_t swap_slots_most(struct swap *swap);

/* Proves the map of free slots: NULL, or a sentence.  O(slots). */
const char *swap_check(struct swap *swap);

#endif
