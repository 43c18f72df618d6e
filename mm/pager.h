/*
 * The fault handler: looks up, pages in, evicts, maps, resumes.
 *
 * A fault is a message: who faulted, where, and what for.  The thread that
 * brings the message is borrowed: it does the work, and while it reads from
 * or writes to a blocking store the pager's lock is not held.  So other
 * threads' faults go on, and a second fault on the same page waits for the
 * first.
 */
#ifndef MM_PAGER_H
#define MM_PAGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "mm/advice.h"
#include "mm/as.h"
#include "mm/clean.h"
#include "mm/physmem.h"
#include "mm/policy.h"
#include "mm/probe.h"
#include "mm/store.h"

enum fault_kind {
	FAULT_SOFT, /* the data was in a frame */
	FAULT_HARD, /* the data came from the store */
	FAULT_ZERO, /* anonymous memory with nothing in the store yet */
	/* the data was in a frame, and mapped so that the first write shows;
	 * or it was copied for a private map */
	FAULT_WRITE,
};

struct fault {
	struct as *as;
	uint64_t page;	      /* virtual page number */
	uint32_t translation; /* the backend's name for its table entry */
	uint8_t access;	      /* set of PROTECT_: what the thread wants */
	bool prefetch;	      /* nobody waits: not counted as a fault, and
				 evicts nothing; the pager's own */
	bool quiet;	      /* it may fail: hooks are not told of that */
	uint64_t next_use;    /* what an oracle is told */
	enum fault_kind kind; /* out */
	/* What pager_look_ahead gave for the page, or 0: it makes the look-up
	 * quicker, and may be stale. */
	uint32_t leaf_hint;
};

struct pager_counts {
	uint64_t hard_faults, zero_faults, soft_faults, write_faults;
	uint64_t prefetches;	   /* by will-need, and read ahead */
	uint64_t ahead_used;	   /* pages that were read ahead, and used */
	uint64_t ahead_wasted;	   /* and that have gone before */
	uint64_t copies;	   /* pages of private maps */
	uint64_t takebacks;	   /* faults on a page under write-back that
				      did not wait for it */
	uint64_t evictions;	   /* by the policy's or a hook's choice */
	uint64_t choices;	   /* of them, by the hook's */
	uint64_t choice_refused;   /* it named what may not be evicted */
	uint64_t writebacks;	   /* dirty frames written at eviction */
	uint64_t cleaned;	   /* dirty frames written ahead of need */
	uint64_t drop_writebacks;  /* and for dont-need, or when a store
				      is dropped */
	uint64_t writeback_errors; /* the frame was kept */
	uint64_t bad_faults;	   /* outside any map, against protection */
	uint64_t scanned;	   /* referenced bits read by the policy */
	/* of these, found set by a reference after the page came in */
	uint64_t harvested;
};

struct pager_config {
	uint32_t frames; /* the limit of the resident set */
	uint32_t page_bytes;
	uint32_t mappings_max; /* beyond one a frame */
	uint32_t stores_max;
	const struct physmem_ops *physmem_ops;
	void *backend;
	const struct policy_ops *policy_ops;
	const double *policy_values; /* see policy.h; both may be left out */
	uint64_t policy_seed;
	/* Virtual time, for policies that look at it; may be left out.  Called
	 * with the lock held. */
	uint64_t (*now)(void *context);
	void *now_context;
	bool bit_at_load;
	bool threads; /* more than one thread will fault */
	/* The backend has no dirty bits: pages are mapped so that their first
	 * write faults. */
	bool track_writes;
	/* The backend has a page's data elsewhere once it is mapped: what is
	 * being written can't be taken back, but is waited for. */
	bool data_moves;
	/*
	 * When no frame is free so many victims leave at once, at most, and
	 * their frames are free for the next faults: up to BATCH_MAX; 0: 1.
	 * So the resident set lies up to victim_batch - 1 below its limit.
	 * Never more than the policy names, nor more than the one that a hook
	 * chooses.
	 */
	uint32_t victim_batch;
	/* Of so many victims to come those that are dirty are written ahead of
	 * need, half as many evictions before they go at the latest: clean.h.
	 * 0: none. */
	uint32_t clean_ahead;
	/* Pages read ahead at a time in sequential maps, at most; 0: none. */
	uint32_t read_ahead_max;
	/*
	 * Private maps, at most.  Each gets a store of its own for the pages
	 * that are written to, of offsets below BTREE_KEY_MAX and of PAGES at
	 * most: opened by this, destroyed when the map is gone.  0 or -errno.
	 */
	uint32_t shadows_max;
	int (*open_shadow)(void *context, struct btree_pool *pool,
		uint64_t pages, struct store **out);
	void *shadow_context;
};

enum { PAGER_MAP_PRIVATE = 1 }; /* flags of pager_map */

enum { BATCH_MAX = PAGE_OUTS_MAX };

struct hooks;
struct pager_watch;

/*
 * Invariants (pager_check proves them)
 * 1. Those of physmem, of each address space, of each btree, of the policy.
 * 2. A frame in use is in the btree of its store, at its offset, and a btree
 *    names only such frames; no frame is in two.
 * 3. The policy holds exactly the frames that are in use, not pinned and not
 *    busy, and perhaps some that are being cleaned; FRAME_EVICTABLE tells it.
 * 4. A mapped frame is mapped where a map of its address space shows its
 *    store at its offset.
 * 5. Pinned frames are at most limit - 1: there is one to evict; and at most
 *    pins_allowed.
 * 6. A frame in a shadow store is of a page that its private maps have
 *    copied; a private map shows no other store's frame for such a page.
 * 7. A frame that was read ahead and not used yet is not mapped.  It may be
 *    dirty, if a sync that failed has left its page unsafe.
 */
struct pager {
	struct physmem physmem;
	struct policy *policy;
	uint64_t (*now)(void *context);
	void *now_context;
	struct hooks *hooks;	   /* the application's, or NULL: hooks.h */
	struct pager_watch *watch; /* or NULL: watch.h */
	struct btree_pool *btrees; /* of all stores */
	uint32_t pinned;	   /* frames with pins */
	uint32_t pins_allowed;	   /* no more, whatever the limit */
	bool threads;
	uint32_t waiters;     /* threads in pager_wait */
	pthread_mutex_t lock; /* guards all of this */
	pthread_cond_t ready; /* a frame is not busy any more */
	bool track_writes;
	bool evicts_many; /* an eviction is more than one victim's */
	uint32_t victim_batch;
	struct cleaner cleaner;
	uint32_t read_ahead_max;
	uint32_t copiers; /* threads that make room for a copy: the victim may
			     be what they copy */
	struct shadow *shadows; /* of private maps, a list */
	uint32_t shadows_count, shadows_max;
	int (*open_shadow)(void *context, struct btree_pool *pool,
		uint64_t pages, struct store **out);
	void *shadow_context;
	struct pager_counts counts;
	/* What it was made with; the policy's values are a copy. */
	struct pager_config config;
	double policy_values[POLICY_PARAMETERS_MAX];
};

/* -EINVAL, -ENOMEM. */
int pager_create(const struct pager_config *config, struct pager **out);

/* The stores' frames must have been dropped. */
void pager_destroy(struct pager *pager);

/*
 * Handles FAULT; *fault tells its kind.  Returns 0 (the page is mapped: do
 * the access again), or what the task did wrong: -EFAULT (no map there),
 * -EACCES (against the map's protection); or what went wrong: -ENOMEM (all
 * frames are pinned), or the store's -errno, of a page-in (there is then no
 * frame for the page), or of the write-back of every victim that was tried
 * (they are all kept).  Allocates nothing.
 */
int pager_fault(struct pager *pager, struct fault *fault);

/* The same, with the end of each phase marked in PROBE. */
int pager_fault_probed(
	struct pager *pager, struct fault *fault, struct probe *probe);

/*
 * Starts loading what a fault on PAGE will touch, for those who know that it
 * will come.  Returns what to say in its leaf_hint.
 */
uint32_t pager_look_ahead(struct pager *pager, struct as *as, uint64_t page);

/*
 * Does what ADVICE says to the PAGES pages from START on, in all maps there;
 * VALUE is the priority.  Advice that lasts belongs to the map, which is
 * split where it must be.  -EINVAL: an unknown advice or priority;
 * -ENOMEM: too many maps, or ADVICE_PIN of more than can be pinned (nothing
 * is pinned then); or a store's -errno (the rest was still done).
 */
int pager_advise(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, enum advice advice, unsigned value);

/*
 * as_map, while others fault.  PAGER_MAP_PRIVATE: the task sees what the
 * store has until it writes to a page; from then on it has a copy, in a frame
 * of a store that is the map's own, which nobody else sees and which goes
 * when the map is unmapped.  What others write to the store shows in pages
 * that were not written to.  A private map must be removed by pager_unmap.
 * Takes a bit of memory a page.  As as_map; also -ENOMEM: too many private
 * maps; -ENOTSUP: no open_shadow, or its -errno; -EINVAL: an unknown flag;
 * -EACCES: PROTECT_WRITE, a store that is read_only, and not private.  A map
 * that is but more of its neighbour, and alike, becomes a part of it.
 */
int pager_map(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, struct store *store, uint64_t offset,
	unsigned protection, unsigned flags);

/*
 * Changes the protection of the maps from START on, PAGES long, splitting
 * those across the ends.  What is taken away is so at once.  -EINVAL: empty,
 * past AS_PAGES_MAX, or an unknown PROTECT_; -EACCES: as pager_map; -ENOMEM:
 * as as_protect; nothing is changed then.
 */
int pager_protect(struct pager *pager, struct as *as, uint64_t start,
	uint64_t pages, unsigned protection);

/*
 * Removes the maps from START on, PAGES long, splitting those across the
 * ends.  Frames stay in their stores, and are pinned no more unless another
 * map pins them.  A private map's copies go; one that is borrowed goes when it
 * is given back.  -EINVAL: past AS_PAGES_MAX; -ENOMEM.
 */
int pager_unmap(
	struct pager *pager, struct as *as, uint64_t start, uint64_t pages);

/*
 * Discards the content of the pages that are mapped at PAGES pages from START
 * on: frames are freed without a write, pinned ones too, but those that are
 * borrowed stay; stores that can forget it do (store-pager.h).  Of private
 * maps the copies go, and their pages show the store again.  -EINVAL: past
 * AS_PAGES_MAX; or the first -errno of a store: the rest was still done.
 */
int pager_discard(
	struct pager *pager, struct as *as, uint64_t start, uint64_t pages);

/*
 * Writes the dirty frames of STORE back and syncs it; they stay.  0: all that
 * was written to its pages before the call is on the disk (see store-pager.h).
 * -errno: the first error; what was not written is still dirty.  After an
 * error of the sync, frames of pages that it has left unsafe are dirty again
 * (if physmem_ops.may_dirty allows it), and this fails until all unsafe pages,
 * those that are in no frame too (store_find_unsafe), were written again and a
 * sync has succeeded.
 */
int pager_flush(struct pager *pager, struct store *store);

/*
 * Evicts FRAME, which the policy holds, and writes it back if it is dirty, as
 * if the policy had named it: what else decides which pages go, and when.  0;
 * or the write-back's -errno: it is kept.
 */
int pager_evict_frame(struct pager *pager, uint32_t frame);

/* Writes back (if WRITE_BACK) and frees all frames of STORE, so that it can
 * be destroyed. -errno of a write-back; that frame and later ones are kept. */
int pager_drop_store(struct pager *pager, struct store *store, bool write_back);

/* Proves the invariants: NULL, or a sentence.  No fault may be under way.
 * O(frames + nodes). */
const char *pager_check(struct pager *pager, struct as *const *spaces,
	unsigned spaces_count, struct store *const *stores,
	unsigned stores_count);

#endif
