/*
 * Physical memory shared by several tasks: who has which frames.
 *
 * The server owns all frames, by number.  A client (a task's pager,
 * server-task.h) holds some: up to the G that its control guarantees, and extra
 * ones that can be asked back.
 *
 *                 take, ask                        give
 *   free or soft --------------------> held by a client -------> free or soft
 *        soft -----------------------> held by a client
 *                 get_back: with its old content
 *   free or soft <-----------------> contained: container.h
 *
 * Controls are capabilities: who has one may give a part of what it
 * guarantees to a new one, and take that back by destroying it.  All
 * guarantees come from the root control, which is made with all frames.
 *
 * A frame that is given back may stay a soft reference to what it held until
 * it is really used again.
 *
 * Rules
 * 1. A client that holds less than its guarantee gets a frame as long as
 *    there is a free or soft one.  An extra frame is given only if there are
 *    then still enough of them for the guaranteed frames that others wait
 *    for.
 * 2. Free frames are used before soft ones, and the soft one that was
 *    returned first before the others.
 * 3. Frames that are missing are asked back one at a time from the client
 *    that has the most extra frames not yet asked back, the oldest such
 *    one if there are more; for an extra frame only if that leaves it no
 *    fewer extra frames than the asker then has.
 * 4. A client that was asked has until the deadline; what it has not
 *    returned by then is taken at server_tick, clean frames only.  What is
 *    asked while a request is open falls under the deadline of that request.
 * 5. What can't be had again at once fits into the guarantee: a task's
 *    frames that are pinned, dirty, or mapped so that they can get dirty
 *    without the pager's knowing, are together at most G whenever no call is
 *    under way.  So all extra frames are clean and can be taken.  A page is
 *    mapped for writing only within that; beyond it another is written back
 *    first.  A task without a guarantee can't write.
 * 6. Locks: a pager's before the server's, never the other way round.
 *    Upcalls are called with neither held.
 *
 * Invariants (server_check proves 1 to 4, server_task_check 5 to 7)
 * 1. Each frame is free, soft, held by one client or contained
 *    (container.h); the four sum up to all.  Free and soft ones are on their
 *    list, once.
 * 2. What a client is said to hold is the number of frames that it holds.
 * 3. The guarantees of all controls, and what their containers have
 *    reserved, sum up to all frames.
 * 4. A client is asked for at most its extra frames.
 * 5. A task finds each of its soft frames by the page in it, and no two for
 *    one page.
 * 6. The frames that a task's pager may use are those that it holds.
 * 7. Rule 5.
 */
#ifndef MM_SERVER_H
#define MM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/frame-source.h"
#include "mm/physmem.h"

struct server;
struct control;
struct server_client;

struct server_config {
	uint32_t frames; /* there are, numbered from 0 on */
	uint32_t page_bytes;
	/* Where the frames' memory is, for all who have none of their own.
	 * May be NULL. */
	const struct physmem_ops *physmem_ops;
	void *backend;
	/* the clock, and how long a client has to return frames */
	uint64_t (*now)(void *context);
	void *context;
	uint64_t notice;
};

struct server_counts {
	uint64_t returned; /* by clients, asked or not */
	uint64_t taken;	   /* after a deadline */
	uint64_t upcalls;
	uint64_t had_back; /* soft references */
	uint64_t reused;   /* soft references that were lost to it */
	uint64_t stale;	   /* and because the page was read from its store */
};

/* Where all frames are. */
struct server_frames {
	uint32_t free, soft, held;
	uint32_t contained; /* containers' pages show them */
	uint32_t reserved;  /* of those free or soft, for containers' pages */
};

/* What a client is told.  Called with no lock held. */
struct server_client_config {
	uint32_t extra_max; /* more extra frames are never given */
	/* FRAMES more are to be returned by DEADLINE.  May call anything but
	 * what destroys the client.  NULL: it is never told. */
	void (*return_frames)(
		void *return_context, uint32_t frames, uint64_t deadline);
	void *return_context;
	/* The deadline has gone by: gives back what is still asked and clean,
	 * and tells how many that were.  NULL: nothing is taken. */
	uint32_t (*overdue)(void *context);
	/* Its guarantee is to fall by FRAMES: 0, or -errno and it does not.
	 * NULL: it may. */
	int (*lower)(void *context, uint32_t frames);
	/* Its guarantee has risen. */
	void (*raise)(void *context, uint32_t frames);
	/* Its control is revoked: 0 once nothing uses its frames any more,
	 * which are then free; or -errno, and it stays.  NULL: so it is. */
	int (*cut)(void *context);
	void *context;
};

/* -EINVAL: no frames or no clock; -ENOMEM. */
int server_create(const struct server_config *config, struct server **out);
/* -EBUSY: there are clients, containers or their shares, or controls besides
 * the root. */
int server_destroy(struct server *server);

/* The control that guarantees all that was not split off; the server's. */
struct control *server_root(struct server *server);
uint32_t control_guarantee(struct control *control);
/* The server's, whose frames it guarantees. */
const struct server_config *control_config(const struct control *control);

/*
 * A new control that guarantees FRAMES of those of CONTROL.  If CONTROL has a
 * task, dirty pages are written back until it keeps rule 5.  -EINVAL: none,
 * or more than CONTROL has; -EBUSY: the task has pinned more than would be
 * left; -ENOMEM; or a write-back's -errno.  After an error nothing has moved.
 */
int control_split(
	struct control *control, uint32_t frames, struct control **out);

/* What it guarantees goes back to the one it was split from.  -EINVAL: the
 * root; -EBUSY: it has a client or containers, or controls were split from
 * it. */
int control_destroy(struct control *control);

/*
 * The same by force: those split from CONTROL and their clients go first, and
 * all that they guarantee and hold goes back; so does what containers have.
 * What is left of the controls that were split from it guarantees nothing, has
 * no clients and is still to be destroyed by who has it; so are the clients
 * and containers.  No other call for these
 * controls may be under way.  -EINVAL: the root; or what a client's cut says:
 * those that were cut before stay so.
 */
int control_revoke(struct control *control);

/*
 * A client of CONTROL, with no frames.  *GUARANTEE_OUT: the guarantee that
 * later calls of lower and raise change.  -EBUSY: CONTROL has one; -ENOMEM.
 */
int server_client_create(struct control *control,
	const struct server_client_config *config, uint32_t *guarantee_out,
	struct server_client **out);

/* All frames it holds are free then.  Waits for calls to it that are under
 * way. */
void server_client_destroy(struct server_client *client);

/*
 * The client as the source of a task's frames.  What it gives back must be
 * held by it, and what it forgets must have been given back by it and be soft
 * still: -EINVAL otherwise of the two calls here, for clients that are not
 * trusted.  The source's close is server_client_destroy.
 */
struct frame_source *server_client_source(struct server_client *client);
int server_client_give(
	struct server_client *client, uint32_t frame, unsigned how);
int server_client_forget(
	struct server_client *client, uint32_t frame, bool stale);

/* What all clients are late with is taken.  Returns how many frames. */
uint32_t server_tick(struct server *server);

void server_frames(struct server *server, struct server_frames *out);
void server_counts(struct server *server, struct server_counts *out);

/* NULL, or which invariant does not hold.  O(frames). */
const char *server_check(struct server *server);

#endif
