/* What the server's own files share. */
#ifndef MM_SERVER_INTERNAL_H
#define MM_SERVER_INTERNAL_H

#include <pthread.h>

#include "mm/pager-limit.h"
#include "mm/server.h"

/* Where a frame is. */
enum server_state {
	SERVER_FREE,
	SERVER_SOFT, /* free, and its content is known */
	SERVER_HELD,
};

struct server_frame {
	struct server_task *task; /* who holds it, or had it if soft */
	struct store *store;	  /* soft: what it holds */
	uint64_t offset;
	uint32_t next, previous; /* on the list of free or of soft frames */
	uint32_t next_hashed;	 /* soft: in its bucket */
	uint8_t state;
};

struct server_list {
	uint32_t first, last, count;
};

struct control {
	struct server *server;
	struct control *parent; /* NULL: the root */
	struct control *next;	/* on the server's list */
	struct server_task *task;
	uint32_t guarantee;
	uint32_t children;
};

struct server {
	pthread_mutex_t lock; /* guards all of this */
	pthread_cond_t idle;  /* a task is used by one less */
	struct server_config config;
	struct server_frame *frames;  /* [config.frames] */
	struct server_list free_list; /* last returned, first used */
	struct server_list soft_list; /* first returned, first used */
	uint32_t *buckets;	      /* of soft frames, by what they hold */
	uint32_t buckets_mask;
	struct control root;
	struct control *controls;  /* the others */
	struct server_task *tasks; /* the oldest first */
	uint64_t ticks;
	struct server_counts counts;
};

struct server_task {
	struct server *server;
	struct control *control;
	struct server_task_config config;
	struct pager *pager;

	/* The pager's lock guards these: rule 5. */
	uint8_t *fast; /* [frames] dirty, or can get dirty unseen */
	uint32_t fast_count;
	uint32_t fast_max; /* the control's guarantee */
	uint32_t hand;	   /* where the next one to clean is looked for */

	/* The server's lock guards these. */
	struct server_task *next;
	uint32_t held;
	uint32_t asked;
	uint32_t wanted; /* asked for and not given */
	uint64_t deadline;
	uint64_t tick;	  /* the last that was done with it */
	uint32_t notices; /* frames that it is to be told of */
	uint32_t users;	  /* calls for others that are under way on it */
};

static inline void server_lock(struct server *server)
{
	pthread_mutex_lock(&server->lock);
}

static inline void server_unlock(struct server *server)
{
	pthread_mutex_unlock(&server->lock);
}

static inline uint32_t task_extra(const struct server_task *task)
{
	uint32_t guarantee = task->control->guarantee;

	return task->held > guarantee ? task->held - guarantee : 0;
}

/* Frames that wait for no one and are guaranteed to TASK. */
static inline uint32_t task_owed(const struct server_task *task)
{
	uint32_t guarantee = task->control->guarantee;
	uint32_t missing = guarantee > task->held ? guarantee - task->held : 0;

	return task->wanted < missing ? task->wanted : missing;
}

/* The lists of frames, mm/server-frames.c; the server's lock is held. */

int server_frames_init(struct server *server);
void server_frames_fini(struct server *server);
uint32_t server_hash(const struct server *server, const struct store *store,
	uint64_t offset);
/* A free frame, else the oldest soft one; TASK holds it from now on. There
 * must be one. */
uint32_t server_frame_take(struct server *server, struct server_task *task);
/* What TASK held is free, or soft if REMOVED says what it holds. */
void server_frame_give(
	struct server_task *task, const struct pager_removed *removed);
/* The soft frame that holds the page, or FRAME_NONE. */
uint32_t server_frame_find(const struct server_task *task,
	const struct store *store, uint64_t offset);
/* TASK holds the soft FRAME again. */
void server_frame_get_back(struct server_task *task, uint32_t frame);
/* The soft FRAME is a free one: nothing is known of it any more. */
void server_frame_forget(struct server *server, uint32_t frame);
/* The same for all of STORE, or of TASK if STORE is NULL. */
void server_frames_forget(struct server_task *task, const struct store *store);

/* What tasks ask for and return, mm/server-ask.c. */

/* May TASK have one frame more, of those that are there? The lock is held. */
bool server_may_give(const struct server_task *task);
/* One more, if it may; no lock is held. CLAIM: if it may not and is below
 * its guarantee, one is asked back for it. */
bool server_take_one(struct server_task *task, bool claim);
/* server_get_back for those who hold the pager's lock. */
int server_get_back_locked(
	struct server_task *task, struct store *store, uint64_t offset);
/* A call on TASK, made for others, is over. The lock is held. */
void server_done_with(struct server_task *task);
/* TASK's guarantee or what it holds has changed. The lock is held. */
void server_limit_asked(struct server_task *task);

/* The memory as a task's pager sees it, mm/server-backend.c. */
extern const struct physmem_ops server_backend_ops; /* backend: the task */

/* Rule 5, mm/server-fast.c; the pager's lock is held. */

/* Of a task that nobody else knows yet. */
void fast_init(struct server_task *task, uint32_t guarantee);
void fast_add(struct server_task *task, uint32_t frame);
void fast_remove(struct server_task *task, uint32_t frame);
/* Is there room for one frame more that can get dirty? */
bool fast_has_room(const struct server_task *task);
/* Cleans until there is room for MORE frames.  -ENOMEM: there is none to
 * clean; or a write-back's -errno. The lock may be given up meanwhile. */
int fast_settle(struct server_task *task, uint32_t more);
/* The guarantee of TASK falls by FRAMES (settles), or rises; these take the
 * pager's lock. -EBUSY, or a write-back's -errno: nothing has changed. */
int fast_lower(struct server_task *task, uint32_t frames);
void fast_raise(struct server_task *task, uint32_t frames);

#endif
