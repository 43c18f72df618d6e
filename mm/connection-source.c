/*
 * A connection as the source of a task's frames.
 */
#include "mm/connection-internal.h"

#include <errno.h>

enum {
	NS_PER_MS = 1000000,
	/* After the server had no extra frame it is not asked for another for
	 * so long: a fault that reads from a disk is not to wait for it. */
	EXTRA_AGAIN_NS = NS_PER_MS,
};

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

	if (next && connection_now() < next)
		return FRAME_NONE;
	error = connection_call(connection, &request, &reply);
	if (!error)
		return reply.number < connection->frames ? reply.number
							 : FRAME_NONE;
	if (error == -EAGAIN && reply.state.held >= reply.state.guaranteed)
		set_next_extra(connection, connection_now() + EXTRA_AGAIN_NS);
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
	return connection_call(connection_of(source), &request, &reply);
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
	if (connection_call(connection_of(source), &request, &reply))
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

static void source_close(struct frame_source *source)
{
	struct connection *connection = connection_of(source);

	connection_stop(connection);
	pthread_mutex_lock(&connection->changes);
	connection->task = NULL;
	(void)change(source, SOCKET_TASK_END, 0, 0);
	pthread_mutex_unlock(&connection->changes);
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

/* TASK, which is complete but for its source, is the connection's. */
static int attach(struct connection *connection, struct server_task *task)
{
	struct socket_request request = {
		.type = SOCKET_TASK,
		.number = task->config.extra_max,
	};
	struct socket_reply reply;
	int error;

	if (connection->task)
		return -EBUSY;
	error = connection_call(connection, &request, &reply);
	if (error)
		return error;
	task->source = &connection->source;
	fast_raise(task, reply.number);
	connection->task = task;
	connection->task_number = reply.value;
	error = connection_start(connection);
	if (error) {
		connection->task = NULL;
		(void)change(&connection->source, SOCKET_TASK_END, 0, 0);
	}
	return error;
}

int connection_create_task(struct connection *connection,
	const struct server_task_config *config, struct server_task **out)
{
	struct server_task *task;
	int error;

	if (!config->physmem_ops)
		return -EINVAL;
	error = task_create(
		config, connection->frames, connection->page_bytes, &task);
	if (error)
		return error;
	pthread_mutex_lock(&connection->changes);
	error = attach(connection, task);
	pthread_mutex_unlock(&connection->changes);
	if (error)
		task_free(task);
	else
		*out = task;
	return error;
}
