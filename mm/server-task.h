/*
 * A task: a pager whose frames come from a frame source, within the rules of
 * server.h.
 *
 * Rule 5 is kept here, and here it is remembered which pages are in frames
 * that were given back, so that they can be had again without a read.
 */
#ifndef MM_SERVER_TASK_H
#define MM_SERVER_TASK_H

#include "mm/pager.h"
#include "mm/server.h"

struct server_task;

struct server_task_config {
	const struct policy_ops *policy_ops;
	uint32_t mappings_max, stores_max;
	bool bit_at_load;
	/* as in struct pager_config */
	uint32_t read_ahead_max, shadows_max;
	int (*open_shadow)(void *context, struct btree_pool *pool,
		uint64_t pages, struct store **out);
	void *shadow_context;
	/* The memory of the frames, and the task's page table.  NULL: the
	 * server's. */
	const struct physmem_ops *physmem_ops;
	void *backend;
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

/*
 * A task of CONTROL, with a pager and no frames.  -EBUSY: CONTROL has one;
 * -EINVAL: no physmem_ops at all; -ENOMEM.
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
 * page could be made clean instead; -ECONNABORTED: the task's control was
 * taken back, or its connection has ended.
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

/* 5 to 7, and pager_check; no call for the task may be under way. */
const char *server_task_check(struct server_task *task,
	struct as *const *spaces, unsigned spaces_count,
	struct store *const *stores, unsigned stores_count);

#endif
