/*
 * Writing ahead of need: dirty pages that will be victims soon are written
 * before, and stay, clean, until they are evicted or used.
 *
 *   the policy's order    v1  v2  v3  v4  v5  v6  v7  v8 | v9 ...
 *   a look: clean_ahead 8  .  dirty .   . dirty .   .   .
 *                              \___________\____________ written together
 *   the next look: after clean_ahead / 2 evictions, rounded up
 *
 * What is written is a matter of the fault sequence alone.  At the end of an
 * eviction for which a look is due, the policy names its next clean_ahead
 * victims; those that are dirty are unmapped, all by one call, and marked:
 * they are being cleaned.  A page that is used again before it goes takes a
 * soft fault, and one that is written again is dirty again and will be written
 * again.  A page that can't be written stays dirty.
 *
 * Who writes is another matter: the thread that looked, before its eviction
 * returns (one that makes room for a private map's copy leaves that to the
 * next); or a cleaner's thread, while the others go on.  A frame that is
 * being cleaned is still the policy's, in its place.  Other threads may read
 * it (a takeback); whoever wants to write to it, or to have the frame, waits.
 *
 * Policies that can't tell who comes next (no `upcoming`) have nothing
 * written ahead.
 */
#ifndef MM_CLEAN_H
#define MM_CLEAN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct pager;

struct cleaner {
	uint32_t ahead;	    /* victims that a look is at; 0: none ever is */
	uint64_t next_look; /* due when there were so many evictions */
	uint32_t *upcoming; /* [ahead] */
	/* Frames to be written, through next_free; FRAME_NONE: none. */
	uint32_t first, last;
	unsigned writers; /* threads that write some */
	bool attached;	  /* not the thread that looked, but others write */
	bool runs;	  /* the pager's own thread */
	pthread_t thread;
	pthread_cond_t chosen; /* there are some, or an end is to be made */
};

/*
 * Starts a thread that writes what is to be cleaned, with all signals blocked;
 * without one, the evicting thread does.  -EINVAL: the pager is for one
 * thread; -EBUSY: there is one; or the system's -errno.
 */
int pager_start_cleaner(struct pager *pager);
/* Ends it, when all that was chosen is written.  Nothing if there is none. */
void pager_stop_cleaner(struct pager *pager);

/* In a forked child, where the thread is not: the evicting threads write.
 * Nothing may be being cleaned; nobody else may use the pager. */
void pager_forget_cleaner(struct pager *pager);

/*
 * The same in steps, as a log has them.  ATTACHED: from now on somebody calls
 * pager_clean; or the evicting threads write again, after what is left has
 * been written.
 */
void pager_attach_cleaner(struct pager *pager, bool attached);
/* Writes one of the pages that are to be cleaned, or as many as their stores
 * take at a time, BATCH_MAX at most; whether there were any.  A failure is
 * counted, and the page stays dirty. */
bool pager_clean(struct pager *pager);

#endif
