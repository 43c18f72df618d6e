/* Making connections to a server in another process, and what is asked of
 * it: see connection.h. */
#include "mm/connection-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int connection_status(const struct connection *connection)
{
	return __atomic_load_n(&connection->ended, __ATOMIC_ACQUIRE) ||
			       !connection_is_intact(connection)
		       ? -ECONNABORTED
		       : 0;
}

bool connection_is_intact(const struct connection *connection)
{
	return !__atomic_load_n(&connection->flags->ended, __ATOMIC_ACQUIRE);
}

enum socket_reason connection_reason(const struct connection *connection)
{
	uint32_t flags =
		__atomic_load_n(&connection->flags->ended, __ATOMIC_ACQUIRE);

	return flags ? flags
		     : __atomic_load_n(&connection->ended, __ATOMIC_ACQUIRE);
}

void connection_lost(struct connection *connection, enum socket_reason reason)
{
	uint32_t none = REASON_NONE;

	(void)__atomic_compare_exchange_n(&connection->ended, &none, reason,
		false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Both ways, over a connection that may not be complete yet. */
static int exchange(int fd, const struct socket_request *request,
	struct socket_reply *reply, int *fds, unsigned fds_count)
{
	struct socket_request copy = *request;
	struct socket_message message = {
		.record = &copy,
		.record_bytes = sizeof(copy),
	};
	int error = socket_send(fd, &message, 0);
	unsigned i;

	if (error)
		return error;
	message = (struct socket_message){
		.record = reply,
		.record_bytes = sizeof(*reply),
	};
	error = socket_receive(fd, &message, 0);
	if (error)
		return error;
	for (i = 0; i < fds_count; i++)
		fds[i] = i < message.fds_count ? message.fds[i] : -1;
	for (; i < message.fds_count; i++)
		close(message.fds[i]);
	return 0;
}

int connection_call(struct connection *connection,
	const struct socket_request *request, struct socket_reply *reply,
	int *fds, unsigned fds_count)
{
	int error = -ECONNABORTED;

	pthread_mutex_lock(&connection->lock);
	if (!connection_status(connection)) {
		error = exchange(
			connection->fd, request, reply, fds, fds_count);
		if (error)
			connection_lost(connection, REASON_SERVER_ENDS);
	}
	pthread_mutex_unlock(&connection->lock);
	return error ? -ECONNABORTED : reply->error;
}

/* What a server that can be trusted to be one says at first. */
static bool is_sound(const struct socket_reply *reply, const int *fds)
{
	long system = sysconf(_SC_PAGESIZE);
	uint64_t bytes = (reply->frames + UINT64_C(1)) * reply->page_bytes;
	struct stat stat;

	return reply->frames && reply->frames != FRAME_NONE &&
	       reply->page_bytes && reply->number &&
	       reply->page_bytes % (unsigned long)system == 0 &&
	       reply->page_bytes <= SOCKET_PAGE_BYTES_MAX && fds[0] >= 0 &&
	       fds[1] >= 0 && !fstat(fds[0], &stat) &&
	       (uint64_t)stat.st_size == bytes;
}

/* The memory file of a connection that has its figures. */
static int map_memory(struct connection *connection)
{
	size_t flags_at = (size_t)connection->frames * connection->page_bytes;
	void *memory;

	connection->memory_bytes = flags_at + connection->page_bytes;
	memory = mmap(NULL, connection->memory_bytes, PROT_READ | PROT_WRITE,
		MAP_SHARED, connection->memory_fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	/* a huge page would take what other frames have; and a child made by
	 * fork must not use them */
	(void)madvise(memory, connection->memory_bytes, MADV_NOHUGEPAGE);
	(void)madvise(memory, connection->memory_bytes, MADV_DONTFORK);
	connection->memory = memory;
	connection->flags =
		(const struct socket_flags *)(connection->memory + flags_at);
	return 0;
}

static void free_connection(struct connection *connection)
{
	if (connection->memory)
		munmap(connection->memory, connection->memory_bytes);
	if (connection->notice_fd >= 0)
		close(connection->notice_fd);
	if (connection->memory_fd >= 0)
		close(connection->memory_fd);
	pthread_mutex_destroy(&connection->lock);
	free(connection);
}

/* FD stays the caller's if this fails. */
static int complete(int fd, const struct socket_reply *reply, const int *fds,
	struct connection **out)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int error = -EPROTO;

	if (!connection) {
		if (fds[0] >= 0)
			close(fds[0]);
		if (fds[1] >= 0)
			close(fds[1]);
		return -ENOMEM;
	}
	pthread_mutex_init(&connection->lock, NULL);
	connection->source.ops = &connection_source_ops;
	connection->memory_fd = fds[0];
	connection->notice_fd = fds[1];
	connection->frames = reply->frames;
	connection->page_bytes = reply->page_bytes;
	connection->notice_ns = reply->value;
	if (is_sound(reply, fds))
		error = map_memory(connection);
	if (error) {
		free_connection(connection);
		return error;
	}
	connection->fd = fd;
	*out = connection;
	return 0;
}

static int say_hello(
	int fd, uint32_t guarantee, uint32_t *most_out, struct connection **out)
{
	struct socket_request request = {
		.type = SOCKET_HELLO,
		.flags = SOCKET_VERSION,
		.number = guarantee,
		.value = SOCKET_MAGIC,
	};
	struct socket_reply reply;
	int fds[2] = {-1, -1};
	int error = exchange(fd, &request, &reply, fds, 2);

	if (error)
		return error == -EPIPE || error == -EBADMSG ? -EPROTO : error;
	if (!reply.error)
		return complete(fd, &reply, fds, out);
	if (reply.error == -ENOMEM && reply.number && most_out)
		*most_out = reply.number;
	return reply.error;
}

int connection_open_fd(int fd, struct connection **out)
{
	return say_hello(fd, 0, NULL, out);
}

int connection_open(const char *path, uint32_t guarantee, uint32_t *most_out,
	struct connection **out)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int error = 0;
	int fd;

	if (!guarantee)
		return -EINVAL;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		error = -errno;
	if (!error)
		error = say_hello(fd, guarantee, most_out, out);
	if (error)
		close(fd);
	return error;
}

void connection_close(struct connection *connection)
{
	close(connection->fd);
	free_connection(connection);
}

uint32_t connection_frames(const struct connection *connection)
{
	return connection->frames;
}

uint32_t connection_page_bytes(const struct connection *connection)
{
	return connection->page_bytes;
}

void *connection_memory(const struct connection *connection)
{
	return connection->memory;
}

uint32_t connection_guarantee(struct connection *connection)
{
	struct source_state state;

	connection->source.ops->state(&connection->source, &state);
	return state.guaranteed;
}

int connection_split(struct connection *connection, uint32_t frames,
	int *fd_out, uint32_t *name_out)
{
	struct socket_request request = {
		.type = SOCKET_SPLIT,
		.number = frames,
	};
	struct server_task *task = connection->task;
	struct socket_reply reply;
	int fd;
	int error = task ? fast_lower(task, frames) : 0;

	if (error)
		return error;
	error = connection_call(connection, &request, &reply, &fd, 1);
	if (error) {
		if (task)
			fast_raise(task, frames);
		return error;
	}
	*fd_out = fd;
	*name_out = reply.number;
	return 0;
}

int connection_revoke(struct connection *connection, uint32_t name)
{
	struct socket_request request = {
		.type = SOCKET_DESTROY,
		.number = name,
	};
	struct socket_reply reply;
	int error = connection_call(connection, &request, &reply, NULL, 0);

	if (error)
		return error;
	connection_raised(connection, reply.number);
	return 0;
}
