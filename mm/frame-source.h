/*
 * Where a task's pager gets its frames from: a server in the same process
 * (mm/server.h), or a connection to one in another (mm/connection.h).
 *
 * A source has frames 0 .. frames - 1 and knows which of them the task holds.
 * What a frame holds is the task's business: it remembers which pages are in
 * frames that it gave back, and asks for them by number.
 */
#ifndef MM_FRAME_SOURCE_H
#define MM_FRAME_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct frame_source;

/* What the source says of the task. */
struct source_state {
	uint32_t guaranteed;
	uint32_t held;
	uint32_t extra; /* of those held */
	uint32_t asked; /* are to be returned */
	uint64_t deadline;
};

enum give {
	GIVE_FREE = 0,
	GIVE_SOFT = 1,	/* its content may be wanted back */
	GIVE_TAKEN = 2, /* it was taken after a deadline, not returned */
};

/* take and ask may make upcalls, of other tasks too: the caller holds no
 * lock.  The others are called with the pager's lock held. */
struct frame_source_ops {
	/* One frame more, which the task holds from then on; FRAME_NONE: it
	 * may have none.  CLAIM: if it then is below its guarantee, one is
	 * asked back for it. */
	uint32_t (*take)(struct frame_source *source, bool claim);
	/* The task waits for FRAMES more, and for no others. */
	void (*ask)(struct frame_source *source, uint32_t frames);
	/* FRAME, which the task holds, is given back; HOW: set of GIVE_. */
	void (*give)(struct frame_source *source, uint32_t frame, unsigned how);
	/* FRAME, given back soft, is held again with its content.  -ENOENT:
	 * it has been reused; -ENOMEM: the task may hold no more. */
	int (*get_back)(struct frame_source *source, uint32_t frame);
	/* The content of FRAME, given back soft, is of no use any more; STALE:
	 * as its page was read anew. */
	void (*forget)(struct frame_source *source, uint32_t frame, bool stale);
	/* 0, or -ECONNABORTED: there are no frames from it any more, as its
	 * control was taken back, or the connection has ended.  Quick. */
	int (*status)(struct frame_source *source);
	void (*state)(struct frame_source *source, struct source_state *out);
	/* The task ends: all it holds is free. */
	void (*close)(struct frame_source *source);
};

struct frame_source {
	const struct frame_source_ops *ops;
};

#endif
