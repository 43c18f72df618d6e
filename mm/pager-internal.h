/* What the pager's own files share: pager.c, evict.c, advise.c. */
#ifndef MM_PAGER_INTERNAL_H
#define MM_PAGER_INTERNAL_H

#include "mm/pager.h"

/* What a frame's pins are made of: one of advice, and one a borrower. */
enum {
	PIN_ADVISED = 1,
	PIN_BORROW = 2,
};

static inline struct frame *pager_frame(struct pager *pager, uint32_t frame)
{
	return &pager->physmem.frames[frame];
}

static inline void pager_lock(struct pager *pager)
{
	if (pager->threads)
		pthread_mutex_lock(&pager->lock);
}

static inline void pager_unlock(struct pager *pager)
{
	if (pager->threads)
		pthread_mutex_unlock(&pager->lock);
}

static inline void pager_wake(struct pager *pager)
{
	if (pager->waiters)
		pthread_cond_broadcast(&pager->ready);
}

/* Ends phase PHASE, if anyone wants to know. */
static inline void mark(struct probe *probe, enum phase phase)
{
	if (probe)
		probe_mark(probe, phase);
}

/* The same for reads and writes.  A store that does not block does none: the
 * few cycles that it takes belong to the phase that comes. */
static inline void mark_io(struct probe *probe, const struct store *store)
{
	if (probe && store->blocking)
		probe_mark(probe, PHASE_IO);
}

/* What a policy is told of pages that are shown by MAP. */
static inline uint8_t map_rank(const struct map *map)
{
	return map->read_once ? RANK_FIRST : RANK_PRIORITY + map->priority;
}

/* Gives the frame to the policy, if it may be evicted. */
static inline void pager_offer(
	struct pager *pager, uint32_t number, uint64_t next_use)
{
	struct frame *frame = pager_frame(pager, number);
	struct policy_page page = {next_use, frame->rank};

	if (frame->pins || frame->flags & FRAME_BUSY)
		return;
	frame->flags |= FRAME_EVICTABLE;
	pager->policy->ops->insert(pager->policy, number, &page);
	pager_wake(pager);
}

/* Takes the frame from the policy, if it has it. */
static inline void pager_withdraw(struct pager *pager, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	if (!(frame->flags & FRAME_EVICTABLE))
		return;
	frame->flags &= ~FRAME_EVICTABLE;
	pager->policy->ops->remove(pager->policy, number);
}

/* Waits until some frame is not busy any more, or free; whatever was looked
 * up before must be looked up again. */
void pager_wait(struct pager *pager);

/*
 * Makes room: one frame leaves its store by the policy's choice and is in
 * nobody's hands but the caller's.  *DROPPED_OUT: the lock was given up
 * meanwhile.  -ENOMEM, or a write-back's -errno.
 */
int pager_evict(struct pager *pager, uint32_t *out, bool *dropped_out,
	struct probe *probe);

/*
 * Writes the frame, which the policy does not hold and nobody maps, to its
 * store.  Error: it is dirty still.  The lock is given up meanwhile if the
 * store is a blocking one.
 */
int pager_write_back(struct pager *pager, uint32_t number);

/* Unmaps the frame everywhere and notes whether it is dirty. */
void pager_unmap_frame(struct pager *pager, uint32_t number);

/* Takes the frame, which nobody maps and the policy does not hold, out of
 * its store. It is not yet free. */
void pager_detach(struct pager *pager, uint32_t number);

/*
 * Frees the frames of STORE at offsets [first, end), writing dirty ones back
 * if WRITE_BACK.  Waits for those that are busy; leaves pinned ones if
 * KEEP_PINNED.  Stops at an error: that frame and later ones are kept; if
 * GO_ON, only those with an error are.  The first error.
 */
struct drop {
	struct store *store;
	uint64_t first, end;
	bool write_back, keep_pinned, go_on;
};
int pager_drop(struct pager *pager, const struct drop *drop);

int pager_fault_locked(
	struct pager *pager, struct fault *fault, struct probe *probe);

#endif
