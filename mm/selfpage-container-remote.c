/* The public library: containers and shares of a server's frames. */
#include "mm/selfpage-container-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct connection *connection_of(
	const struct selfpage_container *container)
{
	return container->control->connection;
}

/* TYPE, of CONTAINER. */
static struct socket_request request_of(
	const struct selfpage_container *container,
	enum socket_request_type type)
{
	return (struct socket_request){
		.type = type, .number = container->number};
}

static int remote_create(struct selfpage_container *container)
{
	struct socket_request request = {.type = SOCKET_CONTAINER_CREATE};
	struct connection *connection;
	struct socket_reply reply;
	int error =
		selfpage_control_connection(container->control, &connection);

	if (!error)
		error = connection_call(connection, &request, &reply);
	if (!error)
		container->number = reply.number;
	return error;
}

/* A connection that has ended took all with it. */
static int remote_destroy(struct selfpage_container *container)
{
	struct socket_request request =
		request_of(container, SOCKET_CONTAINER_DESTROY);
	struct socket_reply reply;
	int error = connection_change_guarantee(
		connection_of(container), &request, 0, &reply);

	return error == -ECONNABORTED ? 0 : error;
}

static int change(struct selfpage_container *container,
	const struct socket_request *request, struct container_told *told)
{
	struct socket_reply reply = {0};
	int error = connection_change_guarantee(connection_of(container),
		request, request->type == SOCKET_ALLOCATE ? request->other : 0,
		&reply);

	*told = (struct container_told){reply.number, reply.value};
	return error;
}

static int remote_allocate(struct selfpage_container *container,
	struct container_range range, unsigned flags,
	struct container_told *told)
{
	struct socket_request request = request_of(container, SOCKET_ALLOCATE);

	request.offset = range.offset;
	request.other = range.pages;
	request.flags = flags;
	return change(container, &request, told);
}

static int remote_deallocate(struct selfpage_container *container,
	struct container_range range, unsigned flags,
	struct container_told *told)
{
	struct socket_request request =
		request_of(container, SOCKET_DEALLOCATE);

	request.offset = range.offset;
	request.other = range.pages;
	request.flags = flags;
	return change(container, &request, told);
}

/* Moves BYTES by one message after the other; EXCHANGE is of the first, and
 * has what is to be filled, or where what is read goes. */
static int move(struct selfpage_container *container,
	struct selfpage_share *share, struct socket_exchange *exchange,
	size_t bytes)
{
	const char *from = exchange->data;
	char *to = exchange->reply_data;
	size_t part;
	int error;

	do {
		part = bytes < SOCKET_DATA_MAX ? bytes : SOCKET_DATA_MAX;
		if (from) {
			exchange->data_bytes = part;
			exchange->data = from;
			from += part;
		} else {
			exchange->request.other = part;
			exchange->reply_bytes = part;
			exchange->reply_data = to;
			to += part;
		}
		error = container ? connection_exchange(
					    connection_of(container), exchange)
				  : share_remote_exchange(share, exchange);
		exchange->request.offset += part;
		bytes -= part;
	} while (!error && bytes);
	return error;
}

static int remote_fill(struct selfpage_container *container, uint64_t at,
	const void *data, size_t bytes)
{
	struct socket_exchange exchange = {
		.request = request_of(container, SOCKET_FILL),
		.data = data,
	};

	exchange.request.offset = at;
	return bytes ? move(container, NULL, &exchange, bytes) : 0;
}

static int remote_read(struct selfpage_container *container, uint64_t at,
	void *data, size_t bytes)
{
	struct socket_exchange exchange = {
		.request = request_of(container, SOCKET_READ),
		.reply_data = data,
	};

	exchange.request.offset = at;
	return bytes ? move(container, NULL, &exchange, bytes) : 0;
}

static void put_ranges(struct socket_range *out,
	const struct container_range *ranges, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		out[i] = (struct socket_range){
			.offset = ranges[i].offset, .pages = ranges[i].pages};
}

static int remote_copy(struct selfpage_container *from,
	const struct container_end *from_end, struct selfpage_container *to,
	const struct container_end *to_end)
{
	uint64_t count = (uint64_t)from_end->count + to_end->count;
	struct socket_copy copy = {
		from->number, to->number, from_end->count, to_end->count};
	struct socket_exchange exchange = {.request = {.type = SOCKET_COPY}};
	struct socket_range *ranges;
	char *data;
	int error;

	if (from->control != to->control || count > CONNECTION_RANGES_MAX)
		return -EINVAL;
	exchange.data_bytes = sizeof(copy) + count * sizeof(*ranges);
	data = malloc(exchange.data_bytes);
	if (!data)
		return -ENOMEM;
	memcpy(data, &copy, sizeof(copy));
	ranges = (struct socket_range *)(data + sizeof(copy));
	put_ranges(ranges, from_end->ranges, from_end->count);
	put_ranges(ranges + from_end->count, to_end->ranges, to_end->count);
	exchange.data = data;
	error = connection_exchange(connection_of(from), &exchange);
	free(data);
	return error;
}

/* Frames that follow each other are mapped by one call. */
static int map_frames(struct selfpage_window *window, unsigned access,
	const uint32_t *frames, uint32_t pages)
{
	size_t page_bytes = window->container->page_bytes;
	int protection = PROT_READ | (access & PROTECT_WRITE ? PROT_WRITE : 0);
	int file = connection_of(window->container)->memory_fd;
	char *address = window->address;
	uint32_t i, run;

	for (i = 0; i < pages; i += run) {
		for (run = 1;
			i + run < pages && frames[i + run] == frames[i] + run;)
			run++;
		if (mmap(address + i * page_bytes, run * page_bytes, protection,
			    MAP_SHARED | MAP_FIXED, file,
			    (off_t)frames[i] * (off_t)page_bytes) == MAP_FAILED)
			return -ENOMEM;
	}
	return 0;
}

static int remote_unmap(struct selfpage_window *window)
{
	struct socket_request request = {
		.type = SOCKET_UNHOLD, .number = window->number};
	struct socket_reply reply;

	/* first, so that the frames are nobody else's while they are shown */
	if (window->address)
		munmap(window->address, window->bytes);
	return connection_call(
		connection_of(window->container), &request, &reply);
}

/* WINDOW, whose pages are held in FRAMES, gets an address. */
static int show(struct selfpage_window *window, unsigned access,
	const uint32_t *frames, uint32_t pages)
{
	size_t bytes = (size_t)pages * window->container->page_bytes;
	void *address = mmap(NULL, bytes, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (address == MAP_FAILED)
		return -ENOMEM;
	window->address = address;
	window->bytes = bytes;
	error = map_frames(window, access, frames, pages);
	/* as with the frames of a pager: see connection.c */
	(void)madvise(address, bytes, MADV_DONTFORK);
	return error;
}

static int remote_map(struct selfpage_window *window,
	struct container_range range, unsigned access)
{
	struct socket_exchange exchange = {
		.request = request_of(window->container, SOCKET_HOLD),
		.reply_bytes = range.pages * sizeof(uint32_t),
	};
	uint32_t *frames;
	int error;

	if (exchange.reply_bytes > SOCKET_DATA_MAX)
		return -EINVAL;
	frames = malloc(exchange.reply_bytes + 1);
	if (!frames)
		return -ENOMEM;
	exchange.request.offset = range.offset;
	exchange.request.other = range.pages;
	exchange.request.flags = access;
	exchange.reply_data = frames;
	error = connection_exchange(
		connection_of(window->container), &exchange);
	if (!error) {
		window->number = exchange.reply.number;
		error = show(window, access, frames, range.pages);
		if (error)
			(void)remote_unmap(window);
	}
	free(frames);
	return error;
}

static int pin(struct selfpage_container *container,
	enum socket_request_type type, struct container_range range)
{
	struct socket_request request = request_of(container, type);
	struct socket_reply reply;

	request.offset = range.offset;
	request.other = range.pages;
	return connection_call(connection_of(container), &request, &reply);
}

static int remote_pin(
	struct selfpage_container *container, struct container_range range)
{
	return pin(container, SOCKET_PIN, range);
}

static int remote_unpin(
	struct selfpage_container *container, struct container_range range)
{
	return pin(container, SOCKET_UNPIN, range);
}

static int remote_share(struct selfpage_grant *grant,
	const struct container_share_config *config)
{
	struct socket_exchange exchange = {
		.request = request_of(grant->container, SOCKET_SHARE),
		.fds = &grant->fd,
		.fds_count = 1,
	};
	int error;

	exchange.request.flags = config->rights;
	exchange.request.value = config->lock_max;
	error = connection_exchange(connection_of(grant->container), &exchange);
	if (!error)
		grant->number = exchange.reply.number;
	return error;
}

static int remote_revoke(
	struct selfpage_grant *grant, struct container_told *told)
{
	struct socket_request request = {
		.type = SOCKET_REVOKE, .number = grant->number};
	struct socket_reply reply = {0};
	int error = connection_call(
		connection_of(grant->container), &request, &reply);

	told->deadline = reply.value;
	return error;
}

const struct container_calls container_remote_calls = {
	.create = remote_create,
	.destroy = remote_destroy,
	.allocate = remote_allocate,
	.deallocate = remote_deallocate,
	.fill = remote_fill,
	.read = remote_read,
	.copy = remote_copy,
	.map = remote_map,
	.unmap = remote_unmap,
	.pin = remote_pin,
	.unpin = remote_unpin,
	.share = remote_share,
	.revoke = remote_revoke,
};

int share_remote_exchange(
	struct selfpage_share *share, struct socket_exchange *exchange)
{
	int error;

	pthread_mutex_lock(&share->lock);
	error = socket_exchange(share->fd, exchange);
	pthread_mutex_unlock(&share->lock);
	return error ? -ECONNABORTED : exchange->reply.error;
}

int share_remote_open(struct selfpage_share *share)
{
	struct socket_exchange hello = {
		.request =
			{
				.type = SOCKET_SHARE_HELLO,
				.flags = SOCKET_VERSION,
				.value = SOCKET_MAGIC,
			},
	};
	int error = socket_exchange(share->fd, &hello);

	if (error || !hello.reply.page_bytes)
		return -EPROTO;
	share->page_bytes = hello.reply.page_bytes;
	return hello.reply.error;
}

static int remote_share_fill(struct selfpage_share *share, uint64_t at,
	const void *data, size_t bytes)
{
	struct socket_exchange exchange = {
		.request = {.type = SOCKET_SHARE_FILL, .offset = at},
		.data = data,
	};

	return bytes ? move(NULL, share, &exchange, bytes) : 0;
}

static int remote_share_read(
	struct selfpage_share *share, uint64_t at, void *data, size_t bytes)
{
	struct socket_exchange exchange = {
		.request = {.type = SOCKET_SHARE_READ, .offset = at},
		.reply_data = data,
	};

	return bytes ? move(NULL, share, &exchange, bytes) : 0;
}

static int remote_lock(struct selfpage_share *share,
	struct container_range range, uint64_t duration)
{
	struct socket_exchange exchange = {
		.request =
			{
				.type = SOCKET_LOCK,
				.offset = range.offset,
				.other = range.pages,
				.value = duration,
			},
	};

	return share_remote_exchange(share, &exchange);
}

static int remote_unlock(struct selfpage_share *share)
{
	struct socket_exchange exchange = {.request = {.type = SOCKET_UNLOCK}};

	return share_remote_exchange(share, &exchange);
}

static void remote_close(struct selfpage_share *share)
{
	close(share->fd);
}

const struct share_calls share_remote_calls = {
	.fill = remote_share_fill,
	.read = remote_share_read,
	.lock = remote_lock,
	.unlock = remote_unlock,
	.close = remote_close,
};
