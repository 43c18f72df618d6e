/* A task: a pager, and what the server adds to its calls. See server-task.h.
 */
#include "mm/server-task-internal.h"

#include <errno.h>
#include <stdlib.h>

void task_free(struct server_task *task)
{
	if (task->pager)
		pager_destroy(task->pager);
	soft_fini(&task->soft);
	free(task->fast);
	free(task);
}

int task_create(const struct server_task_config *config, uint32_t frames,
	uint32_t page_bytes, struct server_task **out)
{
	struct server_task *task = calloc(1, sizeof(*task));
	struct pager_config pager = {
		.frames = frames,
		.page_bytes = page_bytes,
		.mappings_max = config->mappings_max,
		.stores_max = config->stores_max,
		.physmem_ops = config->physmem_ops->page_out
				       ? &server_backend_guarded_ops
				       : &server_backend_ops,
		.backend = task,
		.policy_ops = config->policy_ops,
		.bit_at_load = config->bit_at_load,
		.threads = true,
		.read_ahead_max = config->read_ahead_max,
		.shadows_max = config->shadows_max,
		.open_shadow = config->open_shadow,
		.shadow_context = config->shadow_context,
	};
	int error;

	if (!task)
		return -ENOMEM;
	task->config = *config;
	task->fast = calloc(frames, 1);
	error = task->fast ? soft_init(&task->soft, frames) : -ENOMEM;
	if (!error)
		error = pager_create(&pager, &task->pager);
	if (error) {
		task_free(task);
		return error;
	}
	pager_park_all(task->pager);
	*out = task;
	return 0;
}

int server_task_create(struct control *control,
	const struct server_task_config *config, struct server_task **out)
{
	const struct server_config *server = control_config(control);
	struct server_client_config client_config = {
		.extra_max = config->extra_max,
		.return_frames = config->return_frames,
		.overdue = task_overdue,
		.lower = fast_lower,
		.raise = fast_raise,
		.cut = task_cut,
	};
	struct server_task_config complete = *config;
	struct server_client *client;
	struct server_task *task;
	int error;

	if (!config->physmem_ops) {
		complete.physmem_ops = server->physmem_ops;
		complete.backend = server->backend;
	}
	if (!complete.physmem_ops)
		return -EINVAL;
	error = task_create(
		&complete, server->frames, server->page_bytes, &task);
	if (error)
		return error;
	client_config.context = task;
	client_config.return_context = config->context;
	/* its guarantee may change from here on */
	error = server_client_create(
		control, &client_config, &task->fast_max, &client);
	if (error) {
		task_free(task);
		return error;
	}
	task->source = server_client_source(client);
	fast_raise(task, 0); /* what may be pinned */
	*out = task;
	return 0;
}

int server_task_destroy(struct server_task *task)
{
	bool busy;

	pager_lock(task->pager);
	busy = task->pager->physmem.resident;
	pager_unlock(task->pager);
	if (busy)
		return -EBUSY;
	task->source->ops->close(task->source);
	task_free(task);
	return 0;
}

struct pager *server_task_pager(struct server_task *task)
{
	return task->pager;
}

void server_task_frames(
	struct server_task *task, struct server_task_frames *out)
{
	struct source_state state;

	pager_lock(task->pager);
	task->source->ops->state(task->source, &state);
	*out = (struct server_task_frames){
		.guaranteed = state.guaranteed,
		.held = state.held,
		.extra = state.extra,
		.asked = state.asked,
		.deadline = state.deadline,
		.limit = task->pager->physmem.limit,
		.fast = task->fast_count + task->pager->pinned,
		.pinned = task->pager->pinned,
	};
	pager_unlock(task->pager);
}

/* The map that FAULT is about, if its access is allowed. */
static struct map *map_of(const struct fault *fault)
{
	struct map *map = as_find(fault->as, fault->page);

	return map && !(fault->access & ~map->protection) ? map : NULL;
}

static bool is_resident(struct map *map, const struct fault *fault)
{
	struct view view = pager_view(fault, map);
	uint32_t frame;

	return btree_find(&view.store->frames, view.offset, &frame, NULL);
}

/* Has the page back, if it is soft.  Else tells whether a frame is missing
 * to read it into. */
static bool needs_frame(struct server_task *task, const struct fault *fault)
{
	struct pager *pager = task->pager;
	struct view view;
	struct map *map;
	bool needs = false;

	pager_lock(pager);
	map = map_of(fault);
	/* a page that comes in is pinned only if there is room */
	if (map && map->pinned && !is_resident(map, fault)) {
		(void)fast_settle(task, 1);
		map = map_of(fault);
	}
	if (map) {
		view = pager_view(fault, map);
		switch (task_get_back_locked(task, view.store, view.offset)) {
		case -ENOENT:
		case -ENOMEM:
			needs = pager->physmem.free == FRAME_NONE;
			break;
		default:
			break;
		}
	}
	pager_unlock(pager);
	return needs;
}

/* The copy that FAULT makes of a private map's page is dirty at once, and
 * perhaps pinned besides. */
static int make_room_for_copy(
	struct server_task *task, const struct fault *fault)
{
	struct map *map;
	int error = 0;

	pager_lock(task->pager);
	map = map_of(fault);
	if (map && pager_view(fault, map).copy)
		error = fast_settle(task, map->pinned ? 2 : 1);
	pager_unlock(task->pager);
	return error;
}

enum { ROOM_MADE = 1 }; /* no -errno: a store may return any */

/* The page of FAULT, which is mapped, is to be written.  0: it can be;
 * ROOM_MADE: once it is mapped again. */
static int make_writable(struct server_task *task, const struct fault *fault)
{
	struct pager *pager = task->pager;
	struct map *map;
	struct view view = {0};
	uint32_t number;
	int error = 0;

	pager_lock(pager);
	map = map_of(fault);
	if (map)
		view = pager_view(fault, map);
	/* if it has gone again, the access faults again */
	if (map &&
		btree_find(&view.store->frames, view.offset, &number, NULL) &&
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
	int error = task->source->ops->status(task->source);

	if (error)
		return error;
	do {
		if (needs_frame(task, fault))
			(void)task_take_one(task, true);
		/* after that: the page may be had back pinned */
		if (fault->access & PROTECT_WRITE) {
			error = make_room_for_copy(task, fault);
			if (error)
				return error;
		}
		kind = fault->kind;
		error = pager_fault(task->pager, fault);
		/* a copy, and others have had the room for it */
		if (error == NO_ROOM)
			error = ROOM_MADE;
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
	pager_forget_frames(task->pager, store, 0, UINT64_MAX);
	pager_unlock(task->pager);
	return 0;
}
