/* server_task_check: the invariants of a task, executable. */
#include "mm/server-internal.h"
#include "mm/server-task-internal.h"

/* 6: what the source says of FRAME, and what the pager and the task do. */
static const char *check_frame(const struct server_task *task,
	const struct server_client *client, uint32_t number)
{
	const struct server_frame *frame = &client->server->frames[number];
	bool is_ours = frame->client == client;

	if ((is_ours && frame->state == SERVER_HELD) ==
		physmem_is_parked(&task->pager->physmem, number))
		return "task: a pager uses what its task has not";
	if (is_ours && (frame->state == SERVER_SOFT) !=
			       (task->soft.entries[number].store != NULL))
		return "task: a soft frame is not remembered, or a held one is";
	return NULL;
}

/* 7, of frame NUMBER. */
static const char *check_fast(
	const struct server_task *task, uint32_t number, uint32_t *fast)
{
	const struct frame *frame = &task->pager->physmem.frames[number];

	if (frame->store && frame->flags & FRAME_DIRTY && !task->fast[number])
		return "task: a dirty frame is not counted";
	*fast += task->fast[number];
	return NULL;
}

/* The server's lock is held, if there is a server in this process. */
static const char *check_frames(
	const struct server_task *task, const struct server_client *client)
{
	const char *why = soft_check(&task->soft);
	uint32_t fast = 0;
	uint32_t i;

	for (i = 0; i < task->soft.frames && !why; i++) {
		if (client)
			why = check_frame(task, client, i);
		if (!why)
			why = check_fast(task, i, &fast);
	}
	if (why)
		return why;
	if (fast != task->fast_count)
		return "task: the fast frames are miscounted";
	if (client && task->fast_max != client_guarantee(client))
		return "task: another guarantee than its control's";
	if ((uint64_t)fast + task->pager->pinned > task->fast_max)
		return "task: extra frames that can't be taken";
	return NULL;
}

const char *server_task_check(struct server_task *task,
	struct as *const *spaces, unsigned spaces_count,
	struct store *const *stores, unsigned stores_count)
{
	const struct server_client *client = NULL;
	const char *why = pager_check(
		task->pager, spaces, spaces_count, stores, stores_count);

	if (why)
		return why;
	if (task->source->ops == &server_source_ops)
		client = (const struct server_client *)task->source;
	pager_lock(task->pager);
	if (client)
		server_lock(client->server);
	why = check_frames(task, client);
	if (client)
		server_unlock(client->server);
	pager_unlock(task->pager);
	return why;
}
