/* A task: a pager, and what the server adds to its calls. See server.h. */
#include "mm/pager-internal.h"
#include "mm/server-internal.h"

#include <errno.h>
#include <stdlib.h>

/* Makes TASK, which is complete, known. */
static int attach(struct control *control, struct server_task *task)
{
	struct server *server = control->server;
	struct server_task **link = &server->tasks;
	int error = -EBUSY;

	server_lock(server);
	if (!control->task) {
		error = 0;
		control->task = task;
		fast_init(task, control->guarantee);
		while (*link)
			link = &(*link)->next;
		*link = task;
	}
	server_unlock(server);
	return error;
}

int server_task_create(struct control *control,
	const struct server_task_config *config, struct server_task **out)
{
	struct server *server = control->server;
	struct server_task *task = calloc(1, sizeof(*task));
	struct pager_config pager = {
		.frames = server->config.frames,
		.page_bytes = server->config.page_bytes,
		.mappings_max = config->mappings_max,
		.stores_max = config->stores_max,
		.physmem_ops = &server_backend_ops,
		.backend = task,
		.policy_ops = config->policy_ops,
		.bit_at_load = config->bit_at_load,
		.threads = true,
	};
	int error = -ENOMEM;

	if (!task)
		return error;
	task->server = server;
	task->control = control;
	task->config = *config;
	task->fast = calloc(server->config.frames, 1);
	if (task->fast)
		error = pager_create(&pager, &task->pager);
	if (!error) {
		pager_park_all(task->pager);
		error = attach(control, task);
	}
	if (!error) {
		*out = task;
		return 0;
	}
	if (task->pager)
		pager_destroy(task->pager);
	free(task->fast);
	free(task);
	return error;
}

/* The server forgets TASK; its frames are free. */
static void detach(struct server_task *task)
{
	struct server *server = task->server;
	struct server_task **link = &server->tasks;
	struct pager_removed removed = {0};

	server_lock(server);
	while (task->users)
		pthread_cond_wait(&server->idle, &server->lock);
	while (*link != task)
		link = &(*link)->next;
	*link = task->next;
	for (; removed.frame < server->config.frames; removed.frame++) {
		const struct server_frame *frame =
			&server->frames[removed.frame];

		if (frame->state == SERVER_HELD && frame->task == task)
			server_frame_give(task, &removed);
	}
	server_frames_forget(task, NULL);
	task->control->task = NULL;
	server_unlock(server);
}

int server_task_destroy(struct server_task *task)
{
	bool busy;

	pager_lock(task->pager);
	busy = task->pager->physmem.resident;
	pager_unlock(task->pager);
	if (busy)
		return -EBUSY;
	detach(task);
	pager_destroy(task->pager);
	free(task->fast);
	free(task);
	return 0;
}

struct pager *server_task_pager(struct server_task *task)
{
	return task->pager;
}

void server_task_frames(
	struct server_task *task, struct server_task_frames *out)
{
	pager_lock(task->pager);
	out->limit = task->pager->physmem.limit;
	out->fast = task->fast_count + task->pager->pinned;
	out->pinned = task->pager->pinned;
	server_lock(task->server);
	out->guaranteed = task->control->guarantee;
	out->held = task->held;
	out->extra = task_extra(task);
	out->asked = task->asked;
	out->deadline = task->deadline;
	server_unlock(task->server);
	pager_unlock(task->pager);
}

/* The map that FAULT is about, if its access is allowed. */
static struct map *map_of(const struct fault *fault)
{
	struct map *map = as_find(fault->as, fault->page);

	return map && !(fault->access & ~map->protection) ? map : NULL;
}

/* Has the page back, if it is soft.  Else tells whether a frame is missing
 * to read it into. */
static bool needs_frame(struct server_task *task, const struct fault *fault)
{
	struct pager *pager = task->pager;
	struct map *map;
	bool needs = false;

	pager_lock(pager);
	map = map_of(fault);
	/* a page that comes in is pinned only if there is room */
	if (map && map->pinned &&
		!btree_find(&map->store->frames, map_offset(map, fault->page),
			&(uint32_t){0}, NULL)) {
		(void)fast_settle(task, 1);
		map = map_of(fault);
	}
	if (map)
		switch (server_get_back_locked(
			task, map->store, map_offset(map, fault->page))) {
		case -ENOENT:
		case -ENOMEM:
			needs = pager->physmem.free == FRAME_NONE;
			break;
		default:
			break;
		}
	pager_unlock(pager);
	return needs;
}

enum { ROOM_MADE = 1 }; /* no -errno: a store may return any */

/* The page of FAULT, which is mapped, is to be written.  0: it can be;
 * ROOM_MADE: once it is mapped again. */
static int make_writable(struct server_task *task, const struct fault *fault)
{
	struct pager *pager = task->pager;
	const struct map *map;
	uint32_t number;
	int error = 0;

	pager_lock(pager);
	map = map_of(fault);
	/* if it has gone again, the access faults again */
	if (map &&
		btree_find(&map->store->frames, map_offset(map, fault->page),
			&number, NULL) &&
		!task->fast[number]) {
		error = fast_settle(task, 1);
		error = error ? error : ROOM_MADE;
	}
	pager_unlock(pager);
	return error;
}

int server_task_fault(struct server_task *task, struct fault *fault)
{
	enum fault_kind kind;
	bool again = false;
	int error;

	do {
		if (needs_frame(task, fault))
			(void)server_take_one(task, true);
		kind = fault->kind;
		error = pager_fault(task->pager, fault);
		/* what it was is told by the first time */
		if (again && fault->kind == FAULT_SOFT)
			fault->kind = kind;
		again = true;
		if (!error && fault->access & PROTECT_WRITE)
			error = make_writable(task, fault);
	} while (error == ROOM_MADE);
	return error;
}

int server_task_advise(struct server_task *task, struct as *as, uint64_t start,
	uint64_t pages, enum advice advice, unsigned value)
{
	if (advice == ADVICE_PIN) {
		pager_lock(task->pager);
		if (pages < task->fast_max)
			(void)fast_settle(task, pages);
		pager_unlock(task->pager);
	}
	return pager_advise(task->pager, as, start, pages, advice, value);
}

int server_task_drop_store(
	struct server_task *task, struct store *store, bool write_back)
{
	int error = pager_drop_store(task->pager, store, write_back);

	if (error)
		return error;
	pager_lock(task->pager);
	server_lock(task->server);
	server_frames_forget(task, store);
	server_unlock(task->server);
	pager_unlock(task->pager);
	return 0;
}
