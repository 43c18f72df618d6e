/*
 * A server for other processes, on a thread of the test's, which proves all
 * its invariants after each step; and clients of it: a pager with 64 pages of
 * a store in memory, whose words a test reads and writes.
 */
#ifndef MM_TEST_PHYSMEM_WORLD_H
#define MM_TEST_PHYSMEM_WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "mm/physmem-server.h"
#include "mm/physmem-socket.h"
#include "mm/selfpage.h"

enum {
	WORLD_PAGE = 4096,
	WORLD_PAGES = 64, /* of a client */
	WORLD_NOTICE_MS = 40,
	WORLD_GRACE_MS = 2000,
	NS_A_MS = 1000000,
};

struct physmem_world {
	struct physmem_server *server;
	char folder[64];
	char path[96];
	int stop_fd;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows, and of the server */
	bool wants_lock;      /* atomic */
	unsigned ended;	      /* connections */
	char why[64];	      /* of the last */
};

/* A server with a socket in a new folder. */
void world_start(struct physmem_world *world, uint32_t frames);
/* It must have no clients any more, and nothing is left of it. */
void world_stop(struct physmem_world *world);
/* The server ends, whoever is connected. */
void world_end_server(struct physmem_world *world);

/* Waits until as many connections have ended since the start. */
void world_expect_ended(
	struct physmem_world *world, unsigned ended, const char *why);
void world_frames(struct physmem_world *world, struct server_frames *out);
/* As physmem_server_clients. */
uint32_t world_clients(struct physmem_world *world,
	struct physmem_client_info *infos, uint32_t max);
/* Waits until all frames are free or soft, and no client is left. */
void world_expect_empty(struct physmem_world *world);

/* Descriptors that this process has open. */
unsigned open_fds(void);

struct client {
	struct selfpage_control *control;
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	char *data;	      /* the store's [WORLD_PAGES][WORLD_PAGE] */
	unsigned ins, outs;   /* of the store; atomic */
	unsigned told, calls; /* what return_frames was told; atomic */
	bool obeys;	      /* and does what it says */
	bool dawdles;	      /* but not before the grace is over */
};

/* A pager of CONTROL, which is the client's from now on.  0 or -errno. */
int client_start(struct client *client, struct selfpage_control *control,
	uint32_t extra_max);
/* The same for a new connection; it must succeed. */
void client_connect(struct client *client, const char *path, uint32_t frames,
	uint32_t extra_max);
/* Nothing of it is written back. */
void client_stop(struct client *client);

/* The first word of a page. */
int client_read(struct client *client, unsigned page, uint64_t *value);
int client_write(struct client *client, unsigned page, uint64_t value);

struct selfpage_frames client_frames(struct client *client);

/* A connection that speaks for itself. */
int raw_connect(const char *path);
/* Sends REQUEST and receives the reply, with up to two descriptors.  -EPIPE:
 * it was cut off. */
int raw_call(int fd, const struct socket_request *request,
	struct socket_reply *reply, int *fds);
/* Says hello; FDS: memory file and notices. */
void raw_hello(int fd, uint32_t frames, int *fds);

#endif
