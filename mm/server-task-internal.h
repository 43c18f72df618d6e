/* What the files of a task share: server-task*.c, server-backend.c,
 * server-fast.c, server-soft.c. */
#ifndef MM_SERVER_TASK_INTERNAL_H
#define MM_SERVER_TASK_INTERNAL_H

#include "mm/pager-internal.h"
#include "mm/pager-limit.h"
#include "mm/server-task.h"

/* Which page is in a frame that was given back. */
struct soft_entry {
	struct store *store; /* NULL: none */
	uint64_t offset;
	uint32_t next; /* in its bucket */
};

/* By frame, and hashed by page.  A frame may have been reused since. */
struct soft {
	struct soft_entry *entries; /* [frames] */
	uint32_t *buckets;
	uint32_t buckets_mask;
	uint32_t frames;
	uint32_t count; /* remembered */
};

/* The pager's lock guards all that changes. */
struct server_task {
	struct frame_source *source;
	struct server_task_config config;
	struct pager *pager;
	struct soft soft;
	/* rule 5 */
	uint8_t *fast; /* [frames] dirty, or can get dirty unseen */
	uint32_t fast_count;
	uint32_t fast_max; /* the guarantee */
	uint32_t hand;	   /* where the next one to clean is looked for */
};

/* What is remembered, mm/server-soft.c. */

/* -ENOMEM. */
int soft_init(struct soft *soft, uint32_t frames);
void soft_fini(struct soft *soft);
/* The frame that the page was in, or FRAME_NONE.  O(1). */
uint32_t soft_find(
	const struct soft *soft, const struct store *store, uint64_t offset);
void soft_add(struct soft *soft, const struct pager_removed *removed);
/* Nothing is remembered of FRAME. */
void soft_remove(struct soft *soft, uint32_t frame);
/* NULL, or a sentence.  O(frames). */
const char *soft_check(const struct soft *soft);

/* Frames that come and go, mm/server-task-frames.c. */

/* One more, if the source gives one; no lock is held. */
bool task_take_one(struct server_task *task, bool claim);
/* So many that FRAMES more can be pinned and one is left to evict, as far as
 * the source gives them; no lock is held. */
void task_take_for_pins(struct server_task *task, uint32_t frames);
/* server_get_back for those who hold the pager's lock. */
int task_get_back_locked(
	struct server_task *task, struct store *store, uint64_t offset);
/* The deadline has gone by: gives up what is asked and clean. */
uint32_t task_overdue(void *task);
/* Gives up all frames. -EBUSY: pinned; or a write-back's -errno. */
int task_cut(void *task);

/*
 * A task with a pager that has no source yet, FRAMES numbered ones at most;
 * its fast_max is to be set.  -EINVAL, -ENOMEM.
 */
int task_create(const struct server_task_config *config, uint32_t frames,
	uint32_t page_bytes, struct server_task **out);
void task_free(struct server_task *task);

/* The memory as a task's pager sees it, mm/server-backend.c. */
extern const struct physmem_ops server_backend_ops; /* backend: the task */
/* The same for a backend that has a page_out. */
extern const struct physmem_ops server_backend_guarded_ops;

/* Rule 5, mm/server-fast.c; the pager's lock is held. */

void fast_add(struct server_task *task, uint32_t frame);
void fast_remove(struct server_task *task, uint32_t frame);
/* Is there room for one frame more that can get dirty? */
bool fast_has_room(const struct server_task *task);
/* Cleans until there is room for MORE frames.  -ENOMEM: there is none to
 * clean; or a write-back's -errno. The lock may be given up meanwhile. */
int fast_settle(struct server_task *task, uint32_t more);
/* The guarantee of TASK falls by FRAMES (settles), or rises; these take the
 * pager's lock. -EBUSY, or a write-back's -errno: nothing has changed. */
int fast_lower(void *task, uint32_t frames);
void fast_raise(void *task, uint32_t frames);

#endif
