/* server_check: the invariants of server.h, executable. */
#include "mm/pager-internal.h"
#include "mm/server-internal.h"

#include <stdlib.h>

/* 1: the frames of LIST are in STATE; each is seen once. */
static const char *check_list(const struct server *server,
	const struct server_list *list, enum server_state state, uint8_t *seen)
{
	uint32_t previous = FRAME_NONE;
	uint32_t count = 0;
	uint32_t at;

	for (at = list->first; at != FRAME_NONE; at = server->frames[at].next) {
		if (at >= server->config.frames || seen[at]++)
			return "server: a list of frames is broken";
		if (server->frames[at].state != state)
			return "server: a frame is on the wrong list";
		if (server->frames[at].previous != previous)
			return "server: a list's way back is another";
		previous = at;
		count++;
	}
	if (list->last != previous || list->count != count)
		return "server: a list's end or count is wrong";
	return NULL;
}

/* 5: what is soft is found, and nothing else. */
static const char *check_soft(const struct server *server)
{
	const struct server_frame *frame;
	uint32_t count = 0;
	uint32_t i, at;

	for (i = 0; i <= server->buckets_mask; i++)
		for (at = server->buckets[i]; at != FRAME_NONE;
			at = frame->next_hashed) {
			frame = &server->frames[at];
			if (frame->state != SERVER_SOFT || !frame->store ||
				++count > server->soft_list.count)
				return "server: what is not soft is found";
			if (server_frame_find(frame->task, frame->store,
				    frame->offset) != at)
				return "server: two frames hold one page";
		}
	if (count != server->soft_list.count)
		return "server: a soft frame is not found";
	return NULL;
}

/* 2 and 4. */
static const char *check_tasks(const struct server *server, uint32_t *held_out)
{
	const struct server_task *task;
	uint32_t held, i;

	*held_out = 0;
	for (task = server->tasks; task; task = task->next) {
		held = 0;
		for (i = 0; i < server->config.frames; i++)
			held += server->frames[i].state == SERVER_HELD &&
				server->frames[i].task == task;
		if (held != task->held)
			return "server: a task holds another number of frames";
		if (task->asked > task_extra(task))
			return "server: more is asked back than is extra";
		if (task->control->task != task)
			return "server: a control has another task";
		*held_out += held;
	}
	return NULL;
}

/* 3. */
static const char *check_controls(const struct server *server)
{
	uint64_t sum = server->root.guarantee;
	const struct control *at;

	for (at = server->controls; at; at = at->next)
		sum += at->guarantee;
	return sum == server->config.frames
		       ? NULL
		       : "server: the guarantees are not the frames there are";
}

static const char *check_all(const struct server *server, uint8_t *seen)
{
	const char *why =
		check_list(server, &server->free_list, SERVER_FREE, seen);
	uint32_t held;

	if (!why)
		why = check_list(server, &server->soft_list, SERVER_SOFT, seen);
	if (!why)
		why = check_soft(server);
	if (!why)
		why = check_tasks(server, &held);
	if (!why && server->free_list.count + server->soft_list.count + held !=
			    server->config.frames)
		why = "server: free, soft and held frames are not all frames";
	return why ? why : check_controls(server);
}

const char *server_check(struct server *server)
{
	uint8_t *seen = calloc(server->config.frames, 1);
	const char *why;

	if (!seen)
		return "server: no memory to check with";
	server_lock(server);
	why = check_all(server, seen);
	server_unlock(server);
	free(seen);
	return why;
}

/* 6 and 7; both locks are held. */
static const char *check_frames(const struct server_task *task)
{
	const struct physmem *physmem = &task->pager->physmem;
	const struct server_frame *frame;
	uint32_t fast = 0;
	uint32_t i;

	for (i = 0; i < physmem->frames_max; i++) {
		frame = &task->server->frames[i];
		if ((frame->state == SERVER_HELD && frame->task == task) ==
			physmem_is_parked(physmem, i))
			return "server: a pager uses what its task has not";
		if (physmem->frames[i].store &&
			physmem->frames[i].flags & FRAME_DIRTY &&
			!task->fast[i])
			return "server: a dirty frame is not counted";
		fast += task->fast[i];
	}
	if (fast != task->fast_count)
		return "server: the fast frames are miscounted";
	if (task->fast_max != task->control->guarantee)
		return "server: a task has another guarantee than its control";
	if ((uint64_t)fast + task->pager->pinned > task->fast_max)
		return "server: extra frames that can't be taken";
	return NULL;
}

const char *server_task_check(struct server_task *task,
	struct as *const *spaces, unsigned spaces_count,
	struct store *const *stores, unsigned stores_count)
{
	const char *why = pager_check(
		task->pager, spaces, spaces_count, stores, stores_count);

	if (why)
		return why;
	pager_lock(task->pager);
	server_lock(task->server);
	why = check_frames(task);
	server_unlock(task->server);
	pager_unlock(task->pager);
	return why;
}
