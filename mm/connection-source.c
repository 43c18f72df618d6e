/*
 * A connection as the source of a task's frames, and the thread that takes
 * the server's notices.
 */
#include "mm/connection-internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	NS_PER_MS = 1000000,
	/* After the server had no extra frame it is not asked for another for
	 * so long: a fault that reads from a disk is not to wait for it. */
	EXTRA_AGAIN_NS = NS_PER_MS,
	OVERDUE_AGAIN_NS = NS_PER_MS,
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

static struct connection *connection_of(struct frame_source *source)
{
	return (struct connection *)source;
}

static void set_next_extra(struct connection *connection, uint64_t at)
{
	__atomic_store_n(&connection->next_extra, at, __ATOMIC_RELAXED);
}

static uint32_t source_take(struct frame_source *source, bool claim)
{
	struct connection *connection = connection_of(source);
	struct socket_request request = {
		.type = SOCKET_TAKE,
		.flags = claim,
	};
	struct socket_reply reply;
	uint64_t next =
		__atomic_load_n(&connection->next_extra, __ATOMIC_RELAXED);
	int error;

	if (next && now_ns() < next)
		return FRAME_NONE;
	error = connection_call(connection, &request, &reply, NULL, 0);
	if (!error)
		return reply.number < connection->frames ? reply.number
							 : FRAME_NONE;
	if (error == -EAGAIN && reply.state.held >= reply.state.guaranteed)
		set_next_extra(connection, now_ns() + EXTRA_AGAIN_NS);
	return FRAME_NONE;
}

/* One that changes what the server has for this task. */
static int change(struct frame_source *source, uint32_t type, uint32_t number,
	uint32_t flags)
{
	struct socket_request request = {
		.type = type,
		.number = number,
		.flags = flags,
	};
	struct socket_reply reply;

	set_next_extra(connection_of(source), 0);
	return connection_call(
		connection_of(source), &request, &reply, NULL, 0);
}

static void source_ask(struct frame_source *source, uint32_t frames)
{
	(void)change(source, SOCKET_ASK, frames, 0);
}

static void source_give(
	struct frame_source *source, uint32_t frame, unsigned how)
{
	(void)change(source, SOCKET_GIVE, frame, how);
}

static int source_get_back(struct frame_source *source, uint32_t frame)
{
	int error = change(source, SOCKET_GET_BACK, frame, 0);

	return error && error != -ENOMEM ? -ENOENT : error;
}

static void source_forget(
	struct frame_source *source, uint32_t frame, bool stale)
{
	(void)change(source, SOCKET_FORGET, frame, stale);
}

static int source_status(struct frame_source *source)
{
	return connection_status(connection_of(source));
}

/* A connection that has ended has nothing. */
static void source_state(struct frame_source *source, struct source_state *out)
{
	struct socket_request request = {.type = SOCKET_STATE};
	struct socket_reply reply;

	*out = (struct source_state){0};
	if (connection_call(connection_of(source), &request, &reply, NULL, 0))
		return;
	*out = (struct source_state){
		.guaranteed = reply.state.guaranteed,
		.held = reply.state.held,
		.extra = reply.state.extra,
		.asked = reply.state.asked,
		.deadline = reply.state.deadline,
	};
}

void connection_raised(struct connection *connection, uint32_t frames)
{
	if (connection->task)
		fast_raise(connection->task, frames);
	set_next_extra(connection, 0);
}

/* Gives back what is overdue.  Returns when to look again; 0: no need. */
static uint64_t meet_deadline(struct connection *connection)
{
	struct source_state state;

	source_state(&connection->source, &state);
	if (!state.asked)
		return 0;
	if (state.deadline > now_ns())
		return state.deadline;
	(void)task_overdue(connection->task);
	source_state(&connection->source, &state);
	/* some may be in use just now */
	return state.asked ? now_ns() + OVERDUE_AGAIN_NS : 0;
}

/* Returns the deadline of what is to be returned; 0: there is nothing. */
static uint64_t take_notice(
	struct connection *connection, const struct socket_notice *notice)
{
	struct server_task *task = connection->task;

	switch (notice->type) {
	case SOCKET_RETURN:
		/* what the upcall looks at was made by whoever asked for the
		 * frames, before he did */
		pthread_mutex_lock(&connection->lock);
		pthread_mutex_unlock(&connection->lock);
		if (task->config.return_frames)
			task->config.return_frames(task->config.context,
				notice->number, notice->value);
		return notice->value;
	case SOCKET_RAISED:
		if (notice->value == connection->task_number)
			connection_raised(connection, notice->number);
		return 0;
	case SOCKET_BYE:
		connection_lost(connection, notice->number);
		return 0;
	default:
		return 0;
	}
}

static int timeout_of(uint64_t due)
{
	uint64_t now = now_ns();

	if (!due)
		return -1;
	return due > now ? (int)((due - now) / NS_PER_MS) + 1 : 0;
}

static void *serve(void *context)
{
	struct connection *connection = context;
	struct pollfd polls[2] = {
		{.fd = connection->notice_fd, .events = POLLIN},
		{.fd = connection->stop_fd, .events = POLLIN},
	};
	struct socket_notice notice;
	struct socket_message message = {
		.record = &notice, .record_bytes = sizeof(notice)};
	uint64_t due = 0, deadline;

	while (!connection_status(connection)) {
		if (poll(polls, 2, timeout_of(due)) < 0 && errno != EINTR)
			break;
		if (polls[1].revents)
			return NULL;
		if (due && due <= now_ns())
			due = meet_deadline(connection);
		if (!polls[0].revents)
			continue;
		if (socket_receive(connection->notice_fd, &message, 0)) {
			connection_lost(connection, REASON_SERVER_ENDS);
			break;
		}
		socket_close_fds(&message);
		deadline = take_notice(connection, &notice);
		due = deadline && !due ? deadline : due;
	}
	return NULL;
}

static int start(struct connection *connection)
{
	int error;

	connection->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (connection->stop_fd < 0)
		return -errno;
	error = -pthread_create(&connection->service, NULL, serve, connection);
	if (error)
		close(connection->stop_fd);
	return error;
}

static void stop(struct connection *connection)
{
	(void)eventfd_write(connection->stop_fd, 1);
	pthread_join(connection->service, NULL);
	close(connection->stop_fd);
}

static void source_close(struct frame_source *source)
{
	struct connection *connection = connection_of(source);

	stop(connection);
	connection->task = NULL;
	(void)change(source, SOCKET_TASK_END, 0, 0);
}

const struct frame_source_ops connection_source_ops = {
	.take = source_take,
	.ask = source_ask,
	.give = source_give,
	.get_back = source_get_back,
	.forget = source_forget,
	.status = source_status,
	.state = source_state,
	.close = source_close,
};

int connection_create_task(struct connection *connection,
	const struct server_task_config *config, struct server_task **out)
{
	struct socket_request request = {
		.type = SOCKET_TASK,
		.number = config->extra_max,
	};
	struct socket_reply reply;
	struct server_task *task;
	int error;

	if (!config->physmem_ops)
		return -EINVAL;
	if (connection->task)
		return -EBUSY;
	error = task_create(
		config, connection->frames, connection->page_bytes, &task);
	if (error)
		return error;
	error = connection_call(connection, &request, &reply, NULL, 0);
	if (error) {
		task_free(task);
		return error;
	}
	task->source = &connection->source;
	fast_raise(task, reply.number);
	connection->task = task;
	connection->task_number = reply.value;
	error = start(connection);
	if (error) {
		connection->task = NULL;
		(void)change(&connection->source, SOCKET_TASK_END, 0, 0);
		task_free(task);
		return error;
	}
	*out = task;
	return 0;
}
