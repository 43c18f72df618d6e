/* The server for other processes and its loop: see physmem-server.h. */
#define _GNU_SOURCE /* accept4 */
#include "mm/physmem-server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "mm/physmem-server-internal.h"

enum {
	NS_PER_MS = 1000000,
	TICKS_PER_NOTICE = 4, /* how late a deadline may be looked at */
	TICK_MS_MAX = 100,
	LISTEN_BACKLOG = 16,
};

uint64_t physmem_now(void *unused)
{
	struct timespec now;

	(void)unused;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

/* Is there a server behind the socket of that name? */
static bool is_live(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool live = false;

	if (fd < 0)
		return false;
	live = !connect(fd, (const struct sockaddr *)address,
		       sizeof(*address)) ||
	       errno != ECONNREFUSED;
	close(fd);
	return live;
}

/* What is there of that name goes, if nobody needs it. */
static int make_way(const struct sockaddr_un *address)
{
	struct stat stat;

	if (lstat(address->sun_path, &stat))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(stat.st_mode) || is_live(address))
		return -EADDRINUSE;
	return unlink(address->sun_path) ? -errno : 0;
}

static int listen_at(struct physmem_server *server)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = server->config.path;
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	error = make_way(&address);
	if (error)
		return error;
	server->listen_fd = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listen_fd < 0)
		return -errno;
	/* nobody connects before it may be done by all that it may */
	if (!bind(server->listen_fd, (const struct sockaddr *)&address,
		    sizeof(address))) {
		if (!chmod(path, server->config.mode) &&
			!listen(server->listen_fd, LISTEN_BACKLOG))
			return 0;
		error = -errno;
		unlink(path);
	} else {
		error = -errno;
	}
	close(server->listen_fd);
	return error;
}

static bool is_sound(const struct physmem_server_config *config)
{
	long system = sysconf(_SC_PAGESIZE);

	return config->frames && config->page_bytes &&
	       config->page_bytes % (unsigned long)system == 0 &&
	       config->page_bytes <= SOCKET_PAGE_BYTES_MAX &&
	       !(config->page_bytes & (config->page_bytes - 1)) &&
	       config->peers_max && config->notice_ns;
}

int physmem_server_create(
	const struct physmem_server_config *config, struct physmem_server **out)
{
	struct server_config core = {
		.frames = config->frames,
		.page_bytes = config->page_bytes,
		.now = physmem_now,
		.notice = config->notice_ns,
	};
	struct physmem_server *server;
	int error = -ENOMEM;

	if (!is_sound(config))
		return -EINVAL;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->config = *config;
	server->listen_fd = -1;
	server->bytes_of = calloc(config->frames, sizeof(*server->bytes_of));
	server->data = malloc(SOCKET_DATA_MAX);
	server->polls =
		calloc(config->peers_max + (size_t)2, sizeof(*server->polls));
	if (server->bytes_of && server->data && server->polls)
		error = server_create(&core, &server->core);
	if (!error && config->path)
		error = listen_at(server);
	if (!error) {
		*out = server;
		return 0;
	}
	if (server->core)
		(void)server_destroy(server->core);
	free(server->bytes_of);
	free(server->data);
	free(server->polls);
	free(server);
	return error;
}

void physmem_server_destroy(struct physmem_server *server)
{
	struct peer *peer;

	for (peer = server->peers; peer; peer = peer->next)
		peer_disconnect(peer, REASON_SERVER_ENDS);
	peers_reap(server);
	if (server->listen_fd >= 0) {
		unlink(server->config.path);
		close(server->listen_fd);
	}
	(void)server_destroy(server->core);
	free(server->bytes_of);
	free(server->data);
	free(server->polls);
	free(server);
}

int physmem_server_adopt(struct physmem_server *server, int fd)
{
	struct peer *peer;

	return peer_create(server, fd, &peer);
}

static void accept_one(struct physmem_server *server)
{
	int fd = accept4(
		server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 && physmem_server_adopt(server, fd))
		close(fd);
	/* without descriptors it can't even be refused: it waits */
	server->is_full = fd < 0 && (errno == EMFILE || errno == ENFILE);
}

static void tick(struct physmem_server *server, uint64_t now)
{
	uint64_t every = server->config.notice_ns / TICKS_PER_NOTICE;
	struct peer *peer;

	if (now < server->next_tick)
		return;
	if (every > TICK_MS_MAX * NS_PER_MS)
		every = TICK_MS_MAX * NS_PER_MS;
	server->next_tick = now + every;
	server->is_full = false;
	(void)server_tick(server->core);
	for (peer = server->peers; peer; peer = peer->next)
		peer_audit(peer, now);
}

static int wait_ms(
	const struct physmem_server *server, uint64_t now, int timeout_ms)
{
	uint64_t left;

	/* nobody can be late or greedy where there is nobody */
	if (!server->peers && !server->is_full)
		return timeout_ms;
	left = server->next_tick > now
		       ? (server->next_tick - now + NS_PER_MS - 1) / NS_PER_MS
		       : 0;
	return timeout_ms >= 0 && (uint64_t)timeout_ms < left ? timeout_ms
							      : (int)left;
}

int physmem_server_step(
	struct physmem_server *server, int stop_fd, int timeout_ms)
{
	struct pollfd *polls = server->polls;
	uint64_t now = physmem_now(NULL);
	nfds_t count = 2, i;
	struct peer *peer;

	polls[0] = (struct pollfd){.fd = stop_fd, .events = POLLIN};
	polls[1] = (struct pollfd){
		.fd = server->is_full ? -1 : server->listen_fd,
		.events = POLLIN,
	};
	for (peer = server->peers; peer; peer = peer->next)
		polls[count++] =
			(struct pollfd){.fd = peer->fd, .events = POLLIN};
	if (poll(polls, count, wait_ms(server, now, timeout_ms)) < 0)
		return errno == EINTR ? 0 : -errno;
	/* those that come meanwhile are behind these, and none is freed */
	for (peer = server->peers, i = 2; i < count; peer = peer->next, i++)
		if (polls[i].revents && !peer->reason)
			peer_serve(peer);
	if (polls[1].revents)
		accept_one(server);
	tick(server, physmem_now(NULL));
	peers_reap(server);
	return polls[0].revents != 0;
}

int physmem_server_run(struct physmem_server *server, int stop_fd)
{
	int told;

	do {
		told = physmem_server_step(server, stop_fd, -1);
	} while (!told);
	return told < 0 ? told : 0;
}

struct server *physmem_server_core(struct physmem_server *server)
{
	return server->core;
}

uint32_t physmem_server_clients(struct physmem_server *server,
	struct physmem_client_info *infos, uint32_t max)
{
	struct peer *peer;
	uint32_t count = 0;

	for (peer = server->peers; peer; peer = peer->next) {
		if (!peer->said_hello || peer->reason)
			continue;
		if (count < max)
			peer_describe(peer, &infos[count]);
		count++;
	}
	return count;
}

static const char *check_peer(const struct peer *peer)
{
	const struct physmem_server *server = peer->owner;
	const struct server_frame *frame;
	uint32_t count = 0;
	uint32_t i;

	if (peer->reason && (peer->client || peer->memory_fd >= 0))
		return "physmem: one that has ended has something left";
	if (peer->client && !peer->control)
		return "physmem: a task without a control";
	if (!peer->reason && peer->control && peer->control->revoked)
		return "physmem: one whose control was revoked is served";
	for (i = 0; i < server->config.frames; i++) {
		frame = &server->core->frames[i];
		count += server->bytes_of[i] == peer;
		if (frame->client && frame->client == peer->client &&
			server->bytes_of[i] != peer)
			return "physmem: a frame's bytes are elsewhere";
	}
	return count == peer->bytes_pages
		       ? NULL
		       : "physmem: a file's pages are miscounted";
}

const char *physmem_server_check(struct physmem_server *server)
{
	const char *why = server_check(server->core);
	struct peer *peer;

	for (peer = server->peers; peer && !why; peer = peer->next)
		why = check_peer(peer);
	return why;
}
