/* What the pager's own files share: pager.c, private.c, ahead.c, maps.c,
 * evict.c, batch.c, advise.c, hooks.c. */
#ifndef MM_PAGER_INTERNAL_H
#define MM_PAGER_INTERNAL_H

#include "mm/hooks.h"
#include "mm/pager.h"
#include "mm/watch.h"

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

/* Pressure is looked at, and told with the lock given up meanwhile. */
void pager_tell_pressure(struct pager *pager);

/* Ends a call that may have brought pages in, freed frames or pinned some. */
static inline void pager_leave(struct pager *pager)
{
	if (__builtin_expect(pager->hooks != NULL, false))
		pager_tell_pressure(pager);
	pager_unlock(pager);
}

/* Pages [FIRST, END) of STORE, in no frame, are not to come back as they were
 * when they were in one. */
static inline void pager_forget_frames(struct pager *pager,
	const struct store *store, uint64_t first, uint64_t end)
{
	const struct physmem *physmem = &pager->physmem;

	if (physmem->ops->forget)
		physmem->ops->forget(physmem->backend, store, first, end);
}

/* How many frames may be pinned: one is left to evict. */
static inline uint32_t pager_pins_max(const struct pager *pager)
{
	uint32_t limit = pager->physmem.limit;

	if (limit > pager->pins_allowed)
		return pager->pins_allowed;
	return limit ? limit - 1 : 0;
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
	return map->read_once ? RANK_ONCE : RANK_PRIORITY + map->priority;
}

/* What policies call a page: its own among 2^20 stores of 2^44 pages. */
static inline uint64_t page_key(const struct store *store, uint64_t offset)
{
	return (uint64_t)store->frames.id << 44 ^ offset;
}

/* Gives the frame to the policy, if it may be evicted. */
static inline void pager_offer(
	struct pager *pager, uint32_t number, uint64_t next_use)
{
	struct frame *frame = pager_frame(pager, number);
	struct policy_page page = {
		.next_use = next_use,
		.key = page_key(frame->store, frame->offset),
		.rank = frame->rank,
	};

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

/* No -errno: a store may return any. */
enum {
	LOOK_AGAIN = 1,
	NO_ROOM = 2, /* no frame is free, and none may make way; or what is to
			be dirty would be too much, of a backend that says so */
};

/* What a fault finds at its page. */
struct view {
	struct map *map;
	struct store *store; /* the map's or its shadow's */
	uint64_t offset;     /* in either, pages */
	bool copy;	     /* first to be copied from there to the shadow */
};

/* The store of a private map's copies, by the offsets of the map's store. */
struct shadow {
	struct shadow *next; /* the pager's list */
	struct store *store;
	const struct store *shown; /* the maps' store; NULL: no map has it */
	uint64_t first, pages;	   /* [first, first + pages) */
	uint64_t copied[];	   /* a bit a page */
};

static inline bool shadow_has(const struct shadow *shadow, uint64_t offset)
{
	uint64_t bit = offset - shadow->first;

	return shadow->copied[bit / 64] >> bit % 64 & 1;
}

/* Puts an empty frame into VIEW's store, READING. */
static inline void pager_enter(struct pager *pager, const struct view *view,
	const struct btree_place *place, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	frame->store = view->store;
	frame->offset = view->offset;
	frame->first.as = NULL;
	frame->flags = FRAME_READING | FRAME_FRESH;
	frame->rank = map_rank(view->map);
	/* the pool has nodes for every frame, so it can't fail */
	(void)btree_insert(&view->store->frames, view->offset, number, place,
		&frame->leaf);
}

/* Pins a new frame of a pinned map, as long as one is left to evict. */
static inline void pager_pin_if_told(
	struct pager *pager, const struct map *map, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	/* the advice may have come while the page was read */
	if (frame->pins)
		return;
	frame->pins = map->pinned && pager->pinned < pager_pins_max(pager);
	pager->pinned += frame->pins;
}

/* What a store is told of the page in frame NUMBER. */
static inline struct page_io pager_page_io(
	struct pager *pager, uint32_t number, uint32_t translation)
{
	const struct physmem *physmem = &pager->physmem;

	return (struct page_io){
		.offset = pager_frame(pager, number)->offset,
		.data = physmem->ops->data(physmem->backend, number),
		.bytes = physmem->page_bytes,
		.translation = translation,
	};
}

/* Reads the page into its frame; the borrowed thread does it.  An error: the
 * frame is free again.  The lock is given up meanwhile if the store blocks. */
int pager_page_in(struct pager *pager, struct fault *fault, uint32_t number);

/* The page is used, though no processor told, or will be mapped: a policy that
 * sees every reference sees this one, and one that unmaps pages too. */
void pager_tell_reference(
	struct pager *pager, uint32_t number, uint64_t next_use);

/* What a private map shows at the fault's page. */
void pager_view_private(const struct fault *fault, struct view *view);

/* What MAP shows there. */
static inline struct view pager_view(const struct fault *fault, struct map *map)
{
	struct view view = {
		.map = map,
		.store = map->store,
		.offset = map_offset(map, fault->page),
	};

	if (map->shadow)
		pager_view_private(fault, &view);
	return view;
}

/*
 * The fault's page is in frame *NUMBER of the backing store; copies it to the
 * shadow and gives the copy's frame.  *IN_HAND as in bring_in.  LOOK_AGAIN: the
 * lock was given up, look again; NO_ROOM: the backend has none for one page
 * more that is dirty; -ENOMEM or a write-back's -errno.
 */
int pager_copy(struct pager *pager, struct fault *fault,
	const struct view *view, uint32_t *number, uint32_t *in_hand,
	struct probe *probe);

/* MAP has left its address space: what only it showed goes from SHADOW, and
 * SHADOW if no map has it. */
void pager_drop_private(struct pager *pager, const struct map *map);

/*
 * One more borrow of the frame, which is in use: the policy must not name it.
 * WRITES: it may be dirty from then on.  -ENOMEM.  And one less.  The caller
 * holds the lock in these, and in pager_use: the frame's page is used, though
 * there was no fault.
 */
int pager_borrow(struct pager *pager, uint32_t number, bool writes);
void pager_give_back(struct pager *pager, uint32_t number);
void pager_use(struct pager *pager, uint32_t number);

/* Ends the last borrowing of a frame that has no pins now: it can be evicted,
 * or goes, if it is a copy that no map shows any more. */
void pager_end_borrowing(struct pager *pager, uint32_t number);

/* A frame that was read ahead is used for the first time, through MAP; or it
 * leaves its store before. */
void pager_ahead_used(
	struct pager *pager, const struct map *map, uint32_t number);
void pager_ahead_wasted(struct pager *pager, const struct frame *frame);

/* After a fault in MAP, which is sequential: what is to be read ahead now is.
 * Errors are left to the fault that will need the page.  The lock may be
 * given up meanwhile. */
void pager_read_ahead(
	struct pager *pager, const struct fault *fault, struct map *map);

/* Pins or unpins the frame. */
void pager_set_pin(struct pager *pager, uint32_t number, bool pin);

/*
 * The frame is in use and not busy: it goes.  If it is dirty it is written
 * first, which is counted at WRITEBACKS; NULL: its data is thrown away.  It
 * stays if that fails, and if it is pinned by then and KEEP_PINNED.  It is an
 * eviction if somebody has chosen it: CHOOSER.  0, or the write-back's error.
 */
int pager_drop_frame(struct pager *pager, uint32_t number, enum chooser chooser,
	bool keep_pinned, uint64_t *writebacks);

/* Waits until some frame is not busy any more, or free; whatever was looked
 * up before must be looked up again. */
void pager_wait(struct pager *pager);
/* The same for who is in no call that is watched. */
void pager_wait_outside(struct pager *pager);

/* All are pager_make_room: one victim by the policy; the same with hooks or
 * batches; a batch of the policy's. */
int pager_evict(struct pager *pager, uint32_t *out, bool *dropped_out,
	struct probe *probe);
int pager_evict_specially(struct pager *pager, const struct view *view,
	uint32_t *out, bool *dropped_out, struct probe *probe);
int pager_evict_batch(struct pager *pager, const struct view *view,
	uint32_t *out, bool *dropped_out, struct probe *probe);

enum { VICTIM_TRIES = 16 }; /* victims tried when write-backs fail */

/* Those that could not be written may be tried again from now on.  Until
 * then they count as busy, so that nobody else has them meanwhile. */
void pager_offer_failed(
	struct pager *pager, const uint32_t *failed, unsigned count);

/* The policy holds no frame: waits if there are some that others are busy
 * with, or -ENOMEM. */
int pager_wait_for_frames(struct pager *pager, bool *dropped_out);

/* Frames that are busy, unmapped and not the policy's. */
struct batch {
	uint32_t frames[BATCH_MAX];
	int errors[BATCH_MAX]; /* 0 or -errno, of pager_write_batch */
	unsigned count;
};

/* Writes those that are dirty, as pager_write_back, but they are busy when it
 * returns.  Bit N of the result: frame N was dirty. */
uint64_t pager_write_batch(struct pager *pager, struct batch *batch);

/* Takes them out of all mappings, by one call, and notes which are dirty. */
void pager_unmap_batch(struct pager *pager, const struct batch *batch);

/* The part of clean.h that is the pager's own. -ENOMEM; it must be given to
 * pager_fini_cleaner even so. */
int pager_init_cleaner(struct pager *pager, uint32_t ahead);
void pager_fini_cleaner(struct pager *pager);
/* At the end of an eviction: looks, if it is due.  *DROPPED_OUT: the lock was
 * given up meanwhile. */
void pager_look_for_dirty(struct pager *pager, bool *dropped_out);
/* The frame is not the policy's any more, and may be being cleaned: waits, and
 * nobody else takes it meanwhile.  Whether the lock was given up: it may be
 * pinned now, or mapped. */
bool pager_wait_cleaned(struct pager *pager, uint32_t number);
/* Waits until nothing is being cleaned. */
void pager_wait_all_cleaned(struct pager *pager);

/*
 * Makes room for VIEW: frames leave their stores by the hook's choice or the
 * policy's; one is in nobody's hands but the caller's, those beyond it that a
 * batch may have are free.  *DROPPED_OUT: the lock was given up meanwhile.
 * -ENOMEM, or a write-back's -errno.
 */
static inline int pager_make_room(struct pager *pager, const struct view *view,
	uint32_t *out, bool *dropped_out, struct probe *probe)
{
	if (__builtin_expect(
		    (pager->hooks != NULL) | pager->evicts_many, false))
		return pager_evict_specially(
			pager, view, out, dropped_out, probe);
	return pager_evict(pager, out, dropped_out, probe);
}

/* The frame that the hook names, which is not the policy's any more, or
 * FRAME_NONE.  VIEW is what needs a frame, or NULL. */
uint32_t pager_ask_victim(struct pager *pager, const struct view *view);

/* Tells the hooks, which there are. */
void pager_tell_fault(
	struct pager *pager, const struct fault *fault, int error);
void pager_tell_eviction(
	struct pager *pager, uint32_t number, enum chooser chooser, bool dirty);

/*
 * Writes the frame, which the policy does not hold and nobody maps, to its
 * store.  Error: it is dirty still.  The lock is given up meanwhile if the
 * store is a blocking one.
 */
int pager_write_back(struct pager *pager, uint32_t number);

/* Is there a use for the data of a frame that leaves its store?  Whether it is
 * dirty must be known before it is unmapped: with track_writes. */
static inline bool pager_is_wanted(
	const struct pager *pager, const struct frame *frame)
{
	return frame->flags & FRAME_DIRTY || pager->copiers;
}

/* Unmaps the frame everywhere and notes whether it is dirty. */
void pager_unmap_frame(struct pager *pager, uint32_t number);

/* Takes the frame, which nobody maps and the policy does not hold, out of
 * its store. It is not yet free, and still names what it held. */
void pager_detach(struct pager *pager, uint32_t number);

/* The same, and it is an eviction; it was DIRTY before. */
void pager_let_go(
	struct pager *pager, uint32_t number, enum chooser chooser, bool dirty);

/* The first frame of STORE at or above *OFFSET and below END.  A loop that
 * steps past the largest offset ends. */
static inline bool pager_next_frame(
	struct store *store, uint64_t *offset, uint64_t end, uint32_t *number)
{
	return *offset <= BTREE_KEY_MAX &&
	       btree_find_at_or_above(
		       &store->frames, *offset, offset, number) &&
	       *offset < end;
}

/*
 * Frees the frames of STORE at offsets [first, end), writing dirty ones back
 * if WRITE_BACK.  Waits for those that are busy; leaves pinned ones if
 * KEEP_PINNED, and borrowed ones if KEEP_BORROWED.  Stops at an error: that
 * frame and later ones are kept; if GO_ON, only those with an error are.  The
 * first error.
 */
struct drop {
	struct store *store;
	uint64_t first, end;
	bool write_back, keep_pinned, keep_borrowed, go_on;
};
int pager_drop(struct pager *pager, const struct drop *drop);
/* The same, as a call of its own, to all of a store that may go after it: no
 * other thread drops frames of it by then. */
int pager_drop_told(struct pager *pager, const struct drop *drop);

/* The same to the copies of pages of DROP's store that are in SHADOW. */
int pager_drop_copies(
	struct pager *pager, struct shadow *shadow, struct drop drop);

/*
 * Frees the frames of STORE at offsets [FIRST, *END_OUT), up to the first that
 * is borrowed, and lets the store forget these pages.  When it returns, the
 * lock was held since the last look at them.  -EOPNOTSUPP: the store forgets
 * nothing, the frames are free; or its -errno.
 */
int pager_forget_span(struct pager *pager, struct store *store, uint64_t first,
	uint64_t *end_out);

/* The copies in SHADOW of [FIRST, END) are none any more, but those that are
 * borrowed.  -errno of the store. */
int pager_discard_copies(struct pager *pager, struct shadow *shadow,
	uint64_t first, uint64_t end);

/* NO_ROOM: it is a prefetch, which finds a page in or takes a free frame. */
int pager_fault_locked(
	struct pager *pager, struct fault *fault, struct probe *probe);

#endif
