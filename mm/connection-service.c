/*
 * The threads of a connection that has a task: one takes the server's notices
 * and keeps the deadlines; the other makes the upcalls, so that one which
 * takes its time keeps nothing up.
 */
#include "mm/connection-internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	NS_PER_MS = 1000000,
	/* When frames that were in use are tried again. */
	OVERDUE_AGAIN_NS = NS_PER_MS,
};

uint64_t connection_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

static void *make_upcalls(void *context)
{
	struct connection *connection = context;
	const struct server_task_config *config = &connection->task->config;
	uint64_t deadline;
	uint32_t frames;

	pthread_mutex_lock(&connection->lock);
	while (!connection->ends) {
		if (!connection->untold) {
			pthread_cond_wait(&connection->told, &connection->lock);
			continue;
		}
		frames = connection->untold;
		deadline = connection->untold_deadline;
		connection->untold = 0;
		pthread_mutex_unlock(&connection->lock);
		config->return_frames(config->context, frames, deadline);
		pthread_mutex_lock(&connection->lock);
	}
	pthread_mutex_unlock(&connection->lock);
	return NULL;
}

/* Gives back what is overdue.  Returns when to look again; 0: no need. */
static uint64_t meet_deadline(struct connection *connection)
{
	struct frame_source *source = &connection->source;
	struct source_state state;

	source->ops->state(source, &state);
	if (!state.asked)
		return 0;
	if (state.deadline > connection_now())
		return state.deadline;
	(void)task_overdue(connection->task);
	source->ops->state(source, &state);
	/* some may be in use just now */
	return state.asked ? connection_now() + OVERDUE_AGAIN_NS : 0;
}

/* Returns the deadline of what is to be returned; 0: there is nothing. */
static uint64_t take_notice(
	struct connection *connection, const struct socket_notice *notice)
{
	switch (notice->type) {
	case SOCKET_RETURN:
		pthread_mutex_lock(&connection->lock);
		connection->untold += notice->number;
		connection->untold_deadline = notice->value;
		pthread_cond_signal(&connection->told);
		pthread_mutex_unlock(&connection->lock);
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
	uint64_t now = connection_now();

	if (!due)
		return -1;
	return due > now ? (int)((due - now) / NS_PER_MS) + 1 : 0;
}

static void *take_notices(void *context)
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
		if (poll(polls, 2, timeout_of(due)) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (polls[1].revents)
			return NULL;
		if (due && due <= connection_now())
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

/* The thread of the upcalls ends. */
static void end_upcalls(struct connection *connection)
{
	if (!connection->task->config.return_frames)
		return;
	pthread_mutex_lock(&connection->lock);
	connection->ends = true;
	pthread_cond_signal(&connection->told);
	pthread_mutex_unlock(&connection->lock);
	pthread_join(connection->upcalls, NULL);
}

int connection_start(struct connection *connection)
{
	int error = 0;

	connection->ends = false;
	connection->untold = 0;
	connection->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (connection->stop_fd < 0)
		return -errno;
	if (connection->task->config.return_frames)
		error = -pthread_create(
			&connection->upcalls, NULL, make_upcalls, connection);
	if (!error) {
		error = -pthread_create(
			&connection->notices, NULL, take_notices, connection);
		if (error)
			end_upcalls(connection);
	}
	if (error)
		close(connection->stop_fd);
	return error;
}

void connection_stop(struct connection *connection)
{
	(void)eventfd_write(connection->stop_fd, 1);
	pthread_join(connection->notices, NULL);
	end_upcalls(connection);
	close(connection->stop_fd);
}
