/*
 * Asking and returning: rules 1 to 4 of server.h.
 *
 * What a task wants is what it asked for and was not given.  The frames that
 * tasks are asked to return are meant for those who want some; so an asker
 * has more frames asked back only for what it wants beyond those on the way
 * that nobody else waits for.  Asking again, which is how one gets them,
 * therefore asks nobody twice.
 */
#include "mm/pager-internal.h"
#include "mm/server-internal.h"

#include <errno.h>

bool server_may_give(const struct server_task *task)
{
	const struct server *server = task->server;
	const struct server_task *at;
	uint64_t there = server->free_list.count + server->soft_list.count;
	uint64_t owed = 0;

	if (!there || task->held < task->control->guarantee)
		return there;
	if (task_extra(task) >= task->config.extra_max)
		return false;
	for (at = server->tasks; at; at = at->next)
		owed += task_owed(at);
	return there > owed;
}

void server_limit_asked(struct server_task *task)
{
	uint32_t extra = task_extra(task);

	if (task->asked > extra)
		task->asked = extra;
	if (task->notices > task->asked)
		task->notices = task->asked;
}

/* Rule 3: who has most. NULL: none has more extra frames than are asked. */
static struct server_task *richest(
	const struct server_task *asker, uint32_t *spare_out)
{
	struct server_task *at, *most = NULL;
	uint32_t spare;

	*spare_out = 0;
	for (at = asker->server->tasks; at; at = at->next) {
		spare = task_extra(at) - at->asked;
		if (at != asker && spare > *spare_out) {
			most = at;
			*spare_out = spare;
		}
	}
	return most;
}

/* How many of the frames on the way to the server TASK may count on. */
static uint32_t on_the_way(const struct server_task *task)
{
	const struct server_task *at;
	uint64_t asked = 0, others = 0;

	for (at = task->server->tasks; at; at = at->next) {
		asked += at->asked;
		others += at == task ? 0 : at->wanted;
	}
	return asked > others ? asked - others : 0;
}

/* Asks tasks for what TASK wants. The lock is held. */
static void ask_back(struct server_task *task, uint64_t now)
{
	uint32_t owed = task_owed(task);
	uint32_t extra = task_extra(task);
	struct server_task *victim;
	uint32_t i, spare;

	for (i = on_the_way(task); i < task->wanted; i++) {
		victim = richest(task, &spare);
		if (!victim)
			break;
		/* the extra frames that each then has */
		if (i >= owed && spare - 1 < extra + (i - owed) + 1)
			break;
		if (!victim->asked++)
			victim->deadline = now + task->server->config.notice;
		victim->notices++;
	}
}

/* Calls those that were asked; no lock is held. */
static void notify(struct server *server)
{
	struct server_task *task;
	uint64_t deadline;
	uint32_t frames;

	server_lock(server);
	for (task = server->tasks; task;) {
		if (!task->notices || !task->config.return_frames) {
			task->notices = 0;
			task = task->next;
			continue;
		}
		frames = task->notices;
		deadline = task->deadline;
		task->notices = 0;
		task->users++;
		server->counts.upcalls++;
		server_unlock(server);
		task->config.return_frames(
			task->config.context, frames, deadline);
		server_lock(server);
		server_done_with(task);
		task = server->tasks; /* others may have gone meanwhile */
	}
	server_unlock(server);
}

bool server_take_one(struct server_task *task, bool claim)
{
	struct server *server = task->server;
	uint64_t now = server->config.now(server->config.context);
	uint32_t frame = FRAME_NONE;

	server_lock(server);
	if (server_may_give(task)) {
		frame = server_frame_take(server, task);
		task->wanted -= task->wanted != 0;
		claim = false;
	} else if (claim && task->held < task->control->guarantee) {
		task->wanted += !task->wanted;
		ask_back(task, now);
	} else {
		claim = false;
	}
	server_unlock(server);
	/* nobody else has the frame, so it is parked in the pager */
	if (frame != FRAME_NONE)
		(void)pager_add_frame(task->pager, frame);
	if (claim)
		notify(server);
	return frame != FRAME_NONE;
}

/* What TASK could still be given, were there enough. */
static uint32_t room(const struct server_task *task)
{
	uint64_t most =
		(uint64_t)task->control->guarantee + task->config.extra_max;

	if (most > task->server->config.frames)
		most = task->server->config.frames;
	return most > task->held ? most - task->held : 0;
}

void server_ask(struct server_task *task, uint32_t frames, uint32_t *given_out)
{
	struct server *server = task->server;
	uint64_t now = server->config.now(server->config.context);
	uint32_t given = 0;

	server_lock(server);
	task->wanted = 0;
	server_unlock(server);
	while (given < frames && server_take_one(task, false))
		given++;
	server_lock(server);
	task->wanted = room(task);
	if (task->wanted > frames - given)
		task->wanted = frames - given;
	ask_back(task, now);
	server_unlock(server);
	notify(server);
	*given_out = given;
}

/* Takes one frame from TASK's pager and gives it to the server; the pager's
 * lock is held, so that its page can't come back and change in between. */
static int give_one(struct server_task *task, bool clean_only)
{
	struct server *server = task->server;
	struct pager_removed removed;
	int error = pager_remove_locked(task->pager, clean_only, &removed);

	if (error)
		return error;
	fast_remove(task, removed.frame);
	server_lock(server);
	server_frame_give(task, &removed);
	task->asked -= task->asked != 0;
	server_limit_asked(task);
	if (clean_only)
		server->counts.taken++;
	else
		server->counts.returned++;
	server_unlock(server);
	return 0;
}

int server_return(
	struct server_task *task, uint32_t frames, uint32_t *returned_out)
{
	uint32_t returned = 0;
	int error = 0;

	pager_lock(task->pager);
	while (returned < frames) {
		error = give_one(task, false);
		if (error)
			break;
		returned++;
	}
	pager_unlock(task->pager);
	*returned_out = returned;
	return error;
}

int server_get_back_locked(
	struct server_task *task, struct store *store, uint64_t offset)
{
	struct server *server = task->server;
	uint32_t frame, resident;
	int error = 0;

	if (btree_find(&store->frames, offset, &resident, NULL))
		return -EEXIST;
	server_lock(server);
	frame = server_frame_find(task, store, offset);
	if (frame == FRAME_NONE)
		error = -ENOENT;
	else if (!server_may_give(task))
		error = -ENOMEM;
	else
		server_frame_get_back(task, frame);
	server_unlock(server);
	/* it is parked and the page is not resident, so it can't fail */
	if (!error)
		error = pager_adopt_locked(task->pager, frame, store, offset);
	return error;
}

int server_get_back(
	struct server_task *task, struct store *store, uint64_t offset)
{
	int error;

	pager_lock(task->pager);
	error = server_get_back_locked(task, store, offset);
	pager_unlock(task->pager);
	return error;
}

static bool is_overdue(struct server_task *task)
{
	bool overdue;

	server_lock(task->server);
	overdue = task->asked != 0;
	server_unlock(task->server);
	return overdue;
}

/* A task that is late, which can't go until server_done_with; or NULL. */
static struct server_task *find_late(
	struct server *server, uint64_t now, uint64_t tick)
{
	struct server_task *task;

	server_lock(server);
	for (task = server->tasks; task; task = task->next)
		if (task->tick < tick && task->asked && task->deadline <= now)
			break;
	if (task) {
		task->tick = tick;
		task->users++;
	}
	server_unlock(server);
	return task;
}

uint32_t server_tick(struct server *server)
{
	uint64_t now = server->config.now(server->config.context);
	struct server_task *task;
	uint32_t taken = 0;
	uint64_t tick;

	server_lock(server);
	tick = ++server->ticks;
	server_unlock(server);
	while ((task = find_late(server, now, tick))) {
		/* with the pager's lock held none is returned meanwhile */
		pager_lock(task->pager);
		while (is_overdue(task) && !give_one(task, true))
			taken++;
		pager_unlock(task->pager);
		server_lock(server);
		server_done_with(task);
		server_unlock(server);
	}
	return taken;
}
