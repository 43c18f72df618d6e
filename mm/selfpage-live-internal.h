/* Live pagers, for the files of the public library: selfpage-live*.c. */
#ifndef MM_SELFPAGE_LIVE_INTERNAL_H
#define MM_SELFPAGE_LIVE_INTERNAL_H

#include "mm/live-signal.h"
#include "mm/physmem-live.h"
#include "mm/selfpage-internal.h"

enum {
	HOLDS_MAX = 32,
	/* A pager with fewer frames than SMALL has EXTRA more, parked, for
	 * instructions that need more pages at once than it has. */
	SMALL = 8,
	EXTRA = 4,
};

/* Pages that stay in their frames until THREAD has got on, which was at an
 * instruction with REGISTERS. */
struct live_help {
	const void *thread;
	uint64_t registers;
	uint32_t frames[HOLDS_MAX];
	uint32_t count;	 /* 0: nobody is helped */
	uint32_t waited; /* faults of others since its last */
	uint32_t bars;	 /* calls meanwhile that want no page held */
};

struct selfpage_live {
	struct live backend;
	struct live_listener listener;
	struct live_help help;
	uint32_t parked[EXTRA];
	uint32_t parked_count;
	uint64_t signals, ticks, held; /* counts */
	int fork_error;		       /* nothing to page from in a child */
	int swap_copy; /* of the private maps' swap file, for a child */
};

/* SELF, which is not made yet, has the memory and CONFIG the backend for LIMIT
 * pages.  -EINVAL, -ENOTSUP, -ENOMEM. */
int selfpage_live_create(struct selfpage *self, unsigned kind, uint32_t limit,
	struct pager_config *config);
/* SELF has its pager: faults are served from now on. */
int selfpage_live_start(struct selfpage *self);
/* Its pager is gone; or it was not started. */
void selfpage_live_stop(struct selfpage *self);
void selfpage_live_destroy(struct selfpage *self);
/* NULL, or what is wrong. */
const char *selfpage_live_check(const struct selfpage *self);

/* What selfpage_map_request does, once it has been checked. */
int selfpage_live_map(struct selfpage_space *space,
	const struct selfpage_request *request, const struct range *range,
	uint64_t *start_out);
/* -EBUSY: a page is borrowed; nothing was done. */
int selfpage_live_unmap(
	struct selfpage_space *space, const struct range *range);

/* PAGE is in its frame and shown, for ACCESS.  The pager's lock is held, and
 * given up meanwhile.  Errors as pager_fault. */
int selfpage_live_reach(
	struct selfpage_space *space, uint64_t page, unsigned access);

/* The thread that holds pages gets on without, or starts again. */
void selfpage_live_end_holds(struct selfpage *self);
/* From the first to the second none is held; these take the lock. */
void selfpage_live_bar_holds(struct selfpage *self);
void selfpage_live_allow_holds(struct selfpage *self);
/* Somebody holds pages: no more if TOUCH is that thread's, by another
 * instruction. */
void selfpage_live_got_on(
	struct selfpage *self, const struct live_touch *touch);
/* TOUCH was served, and may be one of many by an instruction that needs more
 * pages at once than it gets.  -EDEADLK: there is no help. */
int selfpage_live_help(struct selfpage *self, struct selfpage_space *space,
	const struct live_touch *touch);

/* Gives PAGER a lock, which nobody has: who touches paged memory while he has
 * it is told so, and does not wait for himself. */
void selfpage_live_use_lock(struct pager *pager);

/* live_listener.fork */
void selfpage_live_fork(void *context, enum live_fork when);

#endif
