/* A server and clients for tests: see physmem-world.h. */
#include "mm/test/physmem-world.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAITS_MAX = 20000, WAIT_US = 500 };

static void fail(const char *what)
{
	fprintf(stderr, "physmem world: %s\n", what);
	abort();
}

static void lock_world(struct physmem_world *world)
{
	__atomic_store_n(&world->wants_lock, true, __ATOMIC_RELAXED);
	pthread_mutex_lock(&world->lock);
	__atomic_store_n(&world->wants_lock, false, __ATOMIC_RELAXED);
}

static void *serve(void *context)
{
	struct physmem_world *world = context;
	const char *why;
	int told;

	do {
		pthread_mutex_lock(&world->lock);
		told = physmem_server_step(world->server, world->stop_fd, 2);
		why = physmem_server_check(world->server);
		pthread_mutex_unlock(&world->lock);
		if (why || told < 0)
			fail(why ? why : "the server's loop has failed");
		while (__atomic_load_n(&world->wants_lock, __ATOMIC_RELAXED))
			usleep(10);
	} while (!told);
	return NULL;
}

/* Called by the loop, with the lock held. */
static void note_end(void *context, uint32_t id, pid_t pid, const char *why)
{
	struct physmem_world *world = context;

	(void)id;
	(void)pid;
	world->ended++;
	snprintf(world->why, sizeof(world->why), "%s", why);
}

void world_start(struct physmem_world *world, uint32_t frames)
{
	struct physmem_server_config config = {
		.frames = frames,
		.page_bytes = WORLD_PAGE,
		.path = world->path,
		.mode = 0600,
		.peers_max = 20,
		.notice_ns = WORLD_NOTICE_MS * NS_A_MS,
		.grace_ns = WORLD_GRACE_MS * NS_A_MS,
		.ended = note_end,
		.context = world,
	};

	memset(world, 0, sizeof(*world));
	strcpy(world->folder, "/tmp/physmem-world-XXXXXX");
	if (!mkdtemp(world->folder))
		fail("no folder for the socket");
	snprintf(world->path, sizeof(world->path), "%s/socket", world->folder);
	pthread_mutex_init(&world->lock, NULL);
	world->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (world->stop_fd < 0 ||
		physmem_server_create(&config, &world->server) ||
		pthread_create(&world->thread, NULL, serve, world))
		fail("no server");
}

void world_end_server(struct physmem_world *world)
{
	eventfd_write(world->stop_fd, 1);
	pthread_join(world->thread, NULL);
	physmem_server_destroy(world->server);
	world->server = NULL;
	close(world->stop_fd);
	pthread_mutex_destroy(&world->lock);
	if (!access(world->path, F_OK))
		fail("the socket is still there");
	if (rmdir(world->folder))
		fail("something is left in the socket's folder");
}

void world_stop(struct physmem_world *world)
{
	world_expect_empty(world);
	world_end_server(world);
}

void world_frames(struct physmem_world *world, struct server_frames *out)
{
	server_frames(physmem_server_core(world->server), out);
}

void world_expect_ended(
	struct physmem_world *world, unsigned ended, const char *why)
{
	unsigned waits = 0;
	bool done;

	do {
		usleep(WAIT_US);
		lock_world(world);
		done = world->ended >= ended;
		if (done && why && strcmp(world->why, why))
			fail(world->why);
		pthread_mutex_unlock(&world->lock);
		if (waits++ > WAITS_MAX)
			fail("a connection does not end");
	} while (!done);
}

void world_expect_empty(struct physmem_world *world)
{
	struct server_frames frames;
	unsigned waits = 0;
	uint32_t clients;

	do {
		usleep(WAIT_US);
		lock_world(world);
		clients = physmem_server_clients(world->server, NULL, 0);
		pthread_mutex_unlock(&world->lock);
		world_frames(world, &frames);
		if (waits++ > WAITS_MAX)
			fail("frames do not come back");
	} while (clients || frames.held || frames.contained);
}

unsigned open_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	if (!folder)
		fail("no /proc");
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static int page_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	struct client *client = context;

	__atomic_fetch_add(&client->ins, 1, __ATOMIC_RELAXED);
	memcpy(data, client->data + offset, bytes);
	return SELFPAGE_DATA;
}

static int page_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct client *client = context;

	__atomic_fetch_add(&client->outs, 1, __ATOMIC_RELAXED);
	memcpy(client->data + offset, data, bytes);
	return 0;
}

static const struct selfpage_store_functions functions = {
	.functions_bytes = sizeof(functions),
	.page_in = page_in,
	.page_out = page_out,
};

static void return_frames(void *context, uint32_t frames, uint64_t deadline)
{
	struct client *client = context;
	uint32_t returned;

	(void)deadline;
	__atomic_fetch_add(&client->told, frames, __ATOMIC_RELAXED);
	__atomic_fetch_add(&client->calls, 1, __ATOMIC_RELAXED);
	if (__atomic_load_n(&client->obeys, __ATOMIC_RELAXED))
		(void)selfpage_return(client->pager, frames, &returned);
}

int client_start(struct client *client, struct selfpage_control *control,
	uint32_t extra_max)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.control = control,
		.extra_max = extra_max,
		.return_frames = return_frames,
		.return_context = client,
	};
	int error;

	memset(client, 0, sizeof(*client));
	client->control = control;
	error = selfpage_create(&config, &client->pager);
	if (error)
		return error;
	client->data = calloc(WORLD_PAGES, WORLD_PAGE);
	if (selfpage_space_create(client->pager, 8, &client->space) ||
		selfpage_store_open_functions(
			client->pager, &functions, client, &client->store) ||
		selfpage_map(client->space, 0, WORLD_PAGES * WORLD_PAGE,
			client->store, 0, SELFPAGE_READ | SELFPAGE_WRITE))
		fail("no space");
	return 0;
}

void client_connect(struct client *client, const char *path, uint32_t frames,
	uint32_t extra_max)
{
	struct selfpage_control *control;

	if (selfpage_physmem_connect(path, frames, &control) ||
		client_start(client, control, extra_max))
		fail("no connection");
}

void client_stop(struct client *client)
{
	if (selfpage_space_destroy(client->space) ||
		selfpage_store_discard(client->store) ||
		selfpage_destroy(client->pager) ||
		selfpage_control_destroy(client->control))
		fail("a client does not end");
	free(client->data);
}

int client_read(struct client *client, unsigned page, uint64_t *value)
{
	return selfpage_read(client->space, (uint64_t)page * WORLD_PAGE, value,
		sizeof(*value));
}

int client_write(struct client *client, unsigned page, uint64_t value)
{
	return selfpage_write(client->space, (uint64_t)page * WORLD_PAGE,
		&value, sizeof(value));
}

struct selfpage_frames client_frames(struct client *client)
{
	struct selfpage_frames frames;

	if (selfpage_read_frames(client->pager, &frames, sizeof(frames)))
		fail("no frames");
	return frames;
}

int raw_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		fail("no connection");
	return fd;
}

int raw_call(int fd, const struct socket_request *request,
	struct socket_reply *reply, int *fds)
{
	struct socket_request copy = *request;
	struct socket_message message = {
		.record = &copy, .record_bytes = sizeof(copy)};
	int error = socket_send(fd, &message, 0);
	unsigned i;

	if (error)
		return error;
	message = (struct socket_message){
		.record = reply, .record_bytes = sizeof(*reply)};
	error = socket_receive(fd, &message, 0);
	if (error)
		return error;
	for (i = 0; fds && i < SOCKET_FDS_MAX; i++)
		fds[i] = i < message.fds_count ? message.fds[i] : -1;
	if (!fds)
		socket_close_fds(&message);
	return reply->error;
}

void raw_hello(int fd, uint32_t frames, int *fds)
{
	struct socket_request request = {
		.type = SOCKET_HELLO,
		.flags = SOCKET_VERSION,
		.number = frames,
		.value = SOCKET_MAGIC,
	};
	struct socket_reply reply;

	if (raw_call(fd, &request, &reply, fds))
		fail("no hello");
}
