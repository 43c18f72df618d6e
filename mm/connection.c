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

void connection_lost(struct connection *connection, enum socket_reason reason)
{
	uint32_t none = REASON_NONE;

	(void)__atomic_compare_exchange_n(&connection->ended, &none, reason,
		false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

int connection_exchange(
	struct connection *connection, struct socket_exchange *exchange)
{
	int error = -ECONNABORTED;

	pthread_mutex_lock(&connection->lock);
	if (!connection_status(connection)) {
		error = socket_exchange(connection->fd, exchange);
		if (error)
			connection_lost(connection, REASON_SERVER_ENDS);
	}
	pthread_mutex_unlock(&connection->lock);
	return error ? -ECONNABORTED : exchange->reply.error;
}

int connection_call(struct connection *connection,
	const struct socket_request *request, struct socket_reply *reply)
{
	struct socket_exchange exchange = {.request = *request};
	int error = connection_exchange(connection, &exchange);

	*reply = exchange.reply;
	return error;
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
	pthread_mutex_destroy(&connection->changes);
	pthread_cond_destroy(&connection->told);
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
	pthread_mutex_init(&connection->changes, NULL);
	pthread_cond_init(&connection->told, NULL);
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
	int fds[2] = {-1, -1};
	struct socket_exchange hello = {
		.request =
			{
				.type = SOCKET_HELLO,
				.flags = SOCKET_VERSION,
				.number = guarantee,
				.value = SOCKET_MAGIC,
			},
		.fds = fds,
		.fds_count = 2,
	};
	int error = socket_exchange(fd, &hello);

	if (error)
		return error == -EPIPE || error == -EBADMSG ? -EPROTO : error;
	if (!hello.reply.error)
		return complete(fd, &hello.reply, fds, out);
	if (hello.reply.error == -ENOMEM && hello.reply.number && most_out)
		*most_out = hello.reply.number;
	return hello.reply.error;
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

static int change_guarantee(struct connection *connection,
	const struct socket_request *request, uint32_t frames,
	struct socket_reply *reply)
{
	struct server_task *task = connection->task;
	int error = 0;

	if (task) {
		pager_lock(task->pager);
		frames = frames < task->fast_max ? frames : task->fast_max;
		pager_unlock(task->pager);
		error = fast_lower(task, frames);
	}
	if (error)
		return error;
	error = connection_call(connection, request, reply);
	if (task && error != -ECONNABORTED)
		connection_raised(
			connection, frames - reply->lowered + reply->raised);
	return error;
}

int connection_change_guarantee(struct connection *connection,
	const struct socket_request *request, uint32_t frames,
	struct socket_reply *reply)
{
	int error;

	pthread_mutex_lock(&connection->changes);
	error = change_guarantee(connection, request, frames, reply);
	pthread_mutex_unlock(&connection->changes);
	return error;
}

/* The descriptor and the name of a part are SPLIT's. */
static int split_off(
	struct connection *connection, struct socket_exchange *split)
{
	struct server_task *task = connection->task;
	uint32_t frames = split->request.number;
	int error = task ? fast_lower(task, frames) : 0;

	if (error)
		return error;
	error = connection_exchange(connection, split);
	if (error && task)
		fast_raise(task, frames);
	return error;
}

int connection_split(struct connection *connection, uint32_t frames,
	int *fd_out, uint32_t *name_out)
{
	int fd = -1;
	struct socket_exchange split = {
		.request = {.type = SOCKET_SPLIT, .number = frames},
		.fds = &fd,
		.fds_count = 1,
	};
	int error;

	pthread_mutex_lock(&connection->changes);
	error = split_off(connection, &split);
	pthread_mutex_unlock(&connection->changes);
	if (error)
		return error;
	*fd_out = fd;
	*name_out = split.reply.number;
	return 0;
}

int connection_revoke(struct connection *connection, uint32_t name)
{
	struct socket_request request = {
		.type = SOCKET_DESTROY,
		.number = name,
	};
	struct socket_reply reply;
	int error;

	pthread_mutex_lock(&connection->changes);
	error = connection_call(connection, &request, &reply);
	if (!error)
		connection_raised(connection, reply.number);
	pthread_mutex_unlock(&connection->changes);
	return error;
}
