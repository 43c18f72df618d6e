/*
 * A physical memory server for several processes: server.h over a socket.
 *
 * Each client has a memory file of its own, sparse, with a page for every
 * frame there is.  A frame that another client gets is punched out of the
 * file of the one who had it before: so memory comes back also from a client
 * that hangs or does not want to, and nobody ever sees another's bytes.
 *
 * A client that takes memory it does not hold is found by the size of its
 * file, and cut off; so is one that does not return frames by their deadline
 * and GRACE.  All that it had is then free.  A client that ends, however it
 * does, is the same.
 *
 * Invariants (physmem_server_check proves them, with server_check)
 * 1. Each frame's bytes are in at most one file, whose client holds the frame
 *    or held it last.
 * 2. A peer that has ended has no control, no task and no memory file.
 */
#ifndef MM_PHYSMEM_SERVER_H
#define MM_PHYSMEM_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#include "mm/server.h"

struct physmem_server;

struct physmem_server_config {
	uint32_t frames;
	uint32_t page_bytes; /* a multiple of the system's, at most 64 KiB */
	const char *path;    /* of the socket; NULL: none, see _adopt */
	unsigned mode;	     /* of its file: who may connect */
	uint32_t peers_max;
	uint64_t notice_ns; /* a client's time to return frames */
	uint64_t grace_ns;  /* and after that, to be cut off */
	/* A client has ended, and why, in a few words.  May be NULL. */
	void (*ended)(void *context, uint32_t id, pid_t pid, const char *why);
	void *context;
};

/* One line of what a server tells about itself. */
struct physmem_client_info {
	uint32_t id;
	pid_t pid; /* of who connected, or split the control off */
	struct source_state state;
	uint32_t soft;
	uint64_t file_bytes; /* that its memory file takes */
};

/*
 * A server that listens at config->path.  A file there is replaced if it is
 * a socket that nobody listens to.  -EADDRINUSE: somebody does, or it is no
 * socket; -EINVAL; -ENAMETOOLONG; -ENOMEM; or -errno.
 */
int physmem_server_create(const struct physmem_server_config *config,
	struct physmem_server **out);

/* CLOCK_MONOTONIC in ns: the clock of its deadlines. */
uint64_t physmem_now(void *unused);

/* Cuts all clients off and removes the socket. */
void physmem_server_destroy(struct physmem_server *server);

/*
 * Serves until STOP_FD can be read, which is left to be read; may be called
 * again.  0, or -errno of waiting.  One thread at a time.
 */
int physmem_server_run(struct physmem_server *server, int stop_fd);

/* What there is to do at once or within TIMEOUT_MS (-1: for ever), for a loop
 * of the caller's.  STOP_FD may be -1. Returns 1 if it can be read; -errno. */
int physmem_server_step(
	struct physmem_server *server, int stop_fd, int timeout_ms);

/* FD, connected, is one more client's, and the server's from now on.
 * -EMFILE: too many; FD is still the caller's. */
int physmem_server_adopt(struct physmem_server *server, int fd);

/* Up to MAX clients, the first to connect first; returns how many there
 * are. */
uint32_t physmem_server_clients(struct physmem_server *server,
	struct physmem_client_info *infos, uint32_t max);

/* The accounting. */
struct server *physmem_server_core(struct physmem_server *server);

/* NULL, or which invariant does not hold.  O(frames). */
const char *physmem_server_check(struct physmem_server *server);

#endif
