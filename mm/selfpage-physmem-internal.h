/* What the files share that make frames shared: selfpage-physmem.c,
 * selfpage-control.c, selfpage-task.c. */
#ifndef MM_SELFPAGE_PHYSMEM_INTERNAL_H
#define MM_SELFPAGE_PHYSMEM_INTERNAL_H

#include "mm/connection.h"
#include "mm/container.h"
#include "mm/selfpage-internal.h"

/* The frames of one process, in a memory file, and a thread for deadlines. */
struct selfpage_physmem {
	struct server *server;
	uint32_t frames, page_bytes;
	int file;
	char *arena; /* the file, mapped */
	struct container_memory memory;
	pthread_t clock;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	bool ends;
	uint32_t notice_ms;
	uint32_t controls; /* that the program has */
};

/*
 * A control is one of three: of frames of this process (control), of a
 * server's (connection), or split from one of a server's and not used yet
 * (fd), which becomes a connection when it is.
 */
struct selfpage_control {
	struct selfpage_physmem *physmem; /* NULL: a server's */
	struct control *control;
	struct connection *connection;
	int fd;				 /* -1: none */
	struct selfpage_control *parent; /* NULL: none is known */
	uint32_t name;			 /* a server's name for it */
	/* pagers and containers of this process, and parts; atomic */
	uint32_t users;
};

/* The connection of CONTROL, which is a server's.  -EINVAL: its socket was
 * given away; or those of connection_open_fd. */
int selfpage_control_connection(
	struct selfpage_control *control, struct connection **out);

/* How many frames there are, and where; those of a server are connected to
 * for that, before the arena is asked for. */
int selfpage_control_shape(struct selfpage_control *control,
	uint32_t *frames_out, uint32_t *page_bytes_out);
void *selfpage_control_arena(const struct selfpage_control *control);

#endif
