/*
 * Physical memory shared by several tasks of one process.
 *
 * The server owns all frames.  A task (its pager) holds some: up to the G
 * that its control guarantees, and extra ones that can be asked back.
 *
 *                 server_ask, faults               server_return, tick
 *   free or soft --------------------> held by a task ---------> free or soft
 *        soft -----------------------> held by a task
 *                 server_get_back: with its old content
 *
 * Controls are capabilities: who has one may give a part of what it
 * guarantees to a new one, and take that back by destroying it.  All
 * guarantees come from the root control, which is made with all frames.
 *
 * A frame that is returned stays a soft reference to what it held until it
 * is really used again.
 *
 * Rules
 * 1. A task that holds less than its guarantee gets a frame as long as there
 *    is a free or soft one.  An extra frame is given only if there are then
 *    still enough of them for the guaranteed frames that others wait for.
 * 2. Free frames are used before soft ones, and the soft one that was
 *    returned first before the others.
 * 3. Frames that are missing are asked back one at a time from the task
 *    that has the most extra frames not yet asked back, the oldest such
 *    task if there are more; for an extra frame only if that leaves it no
 *    fewer extra frames than the asker then has.
 * 4. A task that was asked has until the deadline; what it has not returned
 *    by then is taken by server_tick, clean frames only.  What is asked
 *    while a request is open falls under the deadline of that request.
 * 5. What can't be had again at once fits into the guarantee: a task's
 *    frames that are pinned, dirty, or mapped so that they can get dirty
 *    without the pager's knowing, are together at most G whenever no call is
 *    under way.  So all extra frames are clean and can be taken.  A page is
 *    mapped for writing only within that; beyond it another is written back
 *    first.  A task without a guarantee can't write.
 * 6. Locks: a pager's before the server's, never the other way round.
 *    Upcalls are called with neither held.
 *
 * Invariants (server_check proves 1 to 5, server_task_check 6 and 7)
 * 1. Each frame is free, soft or held by one task; the three sum up to all.
 *    Free and soft ones are on their list, once.
 * 2. What a task is said to hold is the number of frames that it holds.
 * 3. The guarantees of all controls sum up to all frames.
 * 4. A task is asked for at most its extra frames.
 * 5. A soft frame, and no other, is found by what it held; no two frames
 *    hold the same.
 * 6. The frames that a task's pager may use are those that it holds.
 * 7. Rule 5.
 */
#ifndef MM_SERVER_H
#define MM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/pager.h"

struct server;
struct control;
struct server_task;

struct server_config {
	uint32_t frames; /* there are, numbered from 0 on */
	uint32_t page_bytes;
	/* the memory of the frames, and each task's page table */
	const struct physmem_ops *physmem_ops;
	void *backend;
	/* the clock, and how long a task has to return frames */
	uint64_t (*now)(void *context);
	void *context;
	uint64_t notice;
};

struct server_counts {
	uint64_t returned; /* by tasks, asked or not */
	uint64_t taken;	   /* by the server, after a deadline */
	uint64_t upcalls;
	uint64_t had_back; /* soft references */
	uint64_t reused;   /* soft references that were lost to it */
	uint64_t stale;	   /* and because the page was read from its store */
};

/* Where all frames are. */
struct server_frames {
	uint32_t free, soft, held;
};

struct server_task_config {
	const struct policy_ops *policy_ops;
	uint32_t mappings_max, stores_max;
	bool bit_at_load;
	uint32_t extra_max; /* more extra frames are never given */
	/*
	 * FRAMES more are to be returned by DEADLINE, by server_return.  May
	 * call anything but server_task_destroy.  NULL: it is never told.
	 */
	void (*return_frames)(
		void *context, uint32_t frames, uint64_t deadline);
	void *context;
};

struct server_task_frames {
	uint32_t guaranteed; /* what its control guarantees */
	uint32_t held;
	uint32_t extra; /* of those held */
	uint32_t asked; /* are to be returned */
	uint64_t deadline;
	uint32_t limit;	 /* what its pager may use: those held */
	uint32_t fast;	 /* frames that rule 5 counts, at most */
	uint32_t pinned; /* and of these are pinned */
};

/* -EINVAL: no frames, no clock or no backend; -ENOMEM. */
int server_create(const struct server_config *config, struct server **out);
/* -EBUSY: there are tasks, or controls besides the root. */
int server_destroy(struct server *server);

/* The control that guarantees all that was not split off; the server's. */
struct control *server_root(struct server *server);
uint32_t control_guarantee(struct control *control);

/*
 * A new control that guarantees FRAMES of those of CONTROL.  If CONTROL has a
 * task, dirty pages are written back until it keeps rule 5.  -EINVAL: none,
 * or more than CONTROL has; -EBUSY: the task has pinned more than would be
 * left; -ENOMEM; or a write-back's -errno.  After an error nothing has moved.
 */
int control_split(
	struct control *control, uint32_t frames, struct control **out);

/* What it guarantees goes back to the one it was split from.  -EINVAL: the
 * root; -EBUSY: it has a task, or controls were split from it. */
int control_destroy(struct control *control);

/*
 * A task of CONTROL, with a pager and no frames.  -EBUSY: CONTROL has one;
 * -EINVAL, -ENOMEM.
 */
int server_task_create(struct control *control,
	const struct server_task_config *config, struct server_task **out);

/* All frames it holds are free then.  -EBUSY: they are still used: its stores
 * must be dropped first.  Waits for upcalls that are under way. */
int server_task_destroy(struct server_task *task);

/* For the making of stores and maps.  Faults, advice and the dropping of
 * stores must go through the calls here. */
struct pager *server_task_pager(struct server_task *task);

/*
 * pager_fault, with what the server adds: a page that is a soft reference is
 * had back without a read, a frame is asked for if the pager has no free one,
 * and a page that is to be written is mapped so within rule 5.  The errors
 * are those of pager_fault; -ENOMEM also means: the task has no frame, or no
 * guarantee for a page that is to be written; the write-back's -errno: no
 * page could be made clean instead.
 */
int server_task_fault(struct server_task *task, struct fault *fault);

/* pager_advise, within rule 5: pages are pinned up to the guarantee less one.
 * -ENOMEM otherwise. */
int server_task_advise(struct server_task *task, struct as *as, uint64_t start,
	uint64_t pages, enum advice advice, unsigned value);

/* pager_drop_store; soft references to its pages are gone. */
int server_task_drop_store(
	struct server_task *task, struct store *store, bool write_back);

void server_task_frames(
	struct server_task *task, struct server_task_frames *out);

/*
 * FRAMES more for TASK: first up to its guarantee, then extra ones.  Tells
 * how many there were; the others are asked back (rule 3), and may be there
 * when it asks again.  What it asked for before and did not get is forgotten:
 * asking for 0 gives up all claims.  Never fails: *GIVEN_OUT tells.
 */
void server_ask(struct server_task *task, uint32_t frames, uint32_t *given_out);

/*
 * TASK gives up FRAMES frames: free ones, then victims of its policy, which
 * are written back if dirty.  *RETURNED_OUT: how many went.  0, or why the
 * next did not: -EBUSY: pinned or in use, or there is none; or a write-back's
 * -errno.
 */
int server_return(
	struct server_task *task, uint32_t frames, uint32_t *returned_out);

/*
 * The page of STORE at OFFSET is resident again, without a read.  -ENOENT:
 * no soft reference to it is left; -EEXIST: it is resident; -ENOMEM: the
 * task may have no more frames.
 */
int server_get_back(
	struct server_task *task, struct store *store, uint64_t offset);

/* Takes what tasks have not returned by their deadline.  Returns how many
 * frames it took. */
uint32_t server_tick(struct server *server);

void server_frames(struct server *server, struct server_frames *out);
void server_counts(struct server *server, struct server_counts *out);

/* NULL, or which invariant does not hold.  O(frames). */
const char *server_check(struct server *server);
/* 6 and 7, and pager_check; no call for the task may be under way. */
const char *server_task_check(struct server_task *task,
	struct as *const *spaces, unsigned spaces_count,
	struct store *const *stores, unsigned stores_count);

#endif
