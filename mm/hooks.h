/*
 * Hooks: what an application is asked, and what it is told of.
 *
 *   choose       which page is to leave its frame, before the policy is asked
 *   fault        each fault, when it is over; each page that was read ahead
 *   evict        each page that has left its frame
 *   pressure     once, when free or unpinned frames have become few, or
 *                evictions have begun
 *
 * The first three run with the pager's lock held and call nothing of the
 * pager but pager_find_page.  `pressure` runs without it, at the end of the
 * call that has crossed a mark, and may call what it likes but
 * pager_set_hooks; it never runs twice at a time: what is crossed meanwhile
 * is told after it has returned, by the same thread.
 *
 * Without hooks, a fault and an eviction pay for one comparison each.
 */
#ifndef MM_HOOKS_H
#define MM_HOOKS_H

#include "mm/pager.h"

/* A page, by its store and offset; or, where STORE is NULL, by where it is
 * mapped. */
struct page_name {
	struct store *store;
	uint64_t offset; /* pages */
	struct as *as;
	uint64_t page;
};

enum chooser {
	CHOSEN_BY_POLICY,
	CHOSEN_BY_HOOK,
	CHOSEN_BY_CALL, /* it was not an eviction: it had to go */
};

struct fault_event {
	struct page_name page; /* both names; no store: no map */
	int error;
	enum fault_kind kind; /* if there is no error */
	bool prefetch;
};

struct eviction_event {
	struct page_name page; /* by store, which may be a shadow */
	enum chooser chooser;
	bool dirty; /* it was */
};

enum pressure {
	PRESSURE_FREE,	    /* free frames are below free_low */
	PRESSURE_EVICTIONS, /* the first one since a frame was free */
	PRESSURE_PINS,	    /* frames without pins are below unpinned_low */
	PRESSURES,
};

struct pressure_event {
	enum pressure kind;
	uint32_t frames, free, unpinned;
};

/* Zeros but for what is wanted. */
struct hooks {
	void *context;
	/* Names the victim and returns true; or leaves it to the policy.
	 * WANTED is the page that needs a frame, or NULL: none does.  What
	 * may not be evicted is refused (counts.choice_refused), and the
	 * policy is asked. */
	bool (*choose)(void *context, const struct page_name *wanted,
		struct page_name *victim_out);
	void (*fault)(void *context, const struct fault_event *event);
	void (*evict)(void *context, const struct eviction_event *event);
	void (*pressure)(void *context, const struct pressure_event *event);
	/* A kind of pressure is told again only after the frames were at least
	 * as many as its high mark. */
	uint32_t free_low, free_high, unpinned_low, unpinned_high;
	/* the pager's own */
	bool evicted;	 /* since the levels were last looked at */
	bool telling;	 /* `pressure` is under way */
	uint8_t crossed; /* kinds that are below their mark: 1 << kind */
	uint8_t pending; /* of them, those that have to be told */
};

/*
 * Sets HOOKS, which stays the caller's and must not go before other ones were
 * set; NULL: none.  The caller holds the pager's lock.  -EBUSY: `pressure` is
 * under way.
 */
int pager_set_hooks(struct pager *pager, struct hooks *hooks);

/* The frame that holds the page, or FRAME_NONE.  The caller holds the pager's
 * lock. */
uint32_t pager_find_page(const struct page_name *name);

#endif
