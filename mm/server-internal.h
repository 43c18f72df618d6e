/* What the server's own files share. */
#ifndef MM_SERVER_INTERNAL_H
#define MM_SERVER_INTERNAL_H

#include <pthread.h>

#include "mm/btree.h"
#include "mm/container.h"
#include "mm/policy.h"

/* Where a frame is. */
enum server_state {
	SERVER_FREE,
	SERVER_SOFT, /* free, and its content may be wanted back */
	SERVER_HELD,
	SERVER_CONTAINED, /* some container's page shows it */
};

struct server_frame {
	struct server_client *client; /* who holds it, or had it if soft */
	uint32_t next, previous;      /* on the list of free or soft frames */
	uint8_t state;
};

struct server_list {
	uint32_t first, last, count;
};

struct control {
	struct server *server;
	struct control *parent; /* NULL: the root, or revoked */
	struct control *next;	/* on the server's list */
	struct server_client *client;
	uint32_t guarantee;
	uint32_t children;
	uint32_t containers;
	bool revoked;
	const struct container_memory *memory; /* NULL: physmem_ops' */
};

/* What containers have of the server: see container-internal.h. */
struct server_containers {
	struct container *first;	/* in the order of their numbers */
	struct container_page *pages;	/* [frames]; NULL: none ever was */
	struct container_frame *frames; /* [frames] */
	uint32_t free;			/* first of the free pages */
	struct btree_pool *pool;
	struct btree tree;  /* of pages, by container and offset */
	uint32_t reserved;  /* pages that are there, a frame for each */
	uint32_t claimed;   /* and frames for pages to come */
	uint32_t contained; /* frames */
	uint32_t shares;    /* that are named by someone */
};

struct server {
	pthread_mutex_t lock; /* guards all of this */
	pthread_cond_t idle;  /* a client is used by one less */
	struct server_config config;
	struct server_frame *frames;  /* [config.frames] */
	struct server_list free_list; /* last returned, first used */
	struct server_list soft_list; /* first returned, first used */
	struct control root;
	struct control *controls;      /* the others */
	struct server_client *clients; /* the oldest first */
	uint64_t ticks;
	struct server_counts counts;
	struct server_containers containers;
};

struct server_client {
	struct frame_source source;
	struct server *server;
	struct control *control; /* NULL: it was revoked, and holds nothing */
	bool is_leaving;	 /* it is being revoked, and gets no more */
	struct server_client_config config;
	struct server_client *next;
	uint32_t held;
	uint32_t asked;
	uint32_t wanted; /* asked for and not given */
	uint64_t deadline;
	uint64_t tick;	  /* the last that was done with it */
	uint32_t notices; /* frames that it is to be told of */
	uint32_t users;	  /* calls of its config that are under way */
};

static inline void server_lock(struct server *server)
{
	pthread_mutex_lock(&server->lock);
}

static inline void server_unlock(struct server *server)
{
	pthread_mutex_unlock(&server->lock);
}

static inline uint32_t client_guarantee(const struct server_client *client)
{
	return client->control ? client->control->guarantee : 0;
}

static inline uint32_t client_extra(const struct server_client *client)
{
	uint32_t guarantee = client_guarantee(client);

	return client->held > guarantee ? client->held - guarantee : 0;
}

/* Frames that wait for no one and are guaranteed to CLIENT. */
static inline uint32_t client_owed(const struct server_client *client)
{
	uint32_t guarantee = client_guarantee(client);
	uint32_t missing =
		guarantee > client->held ? guarantee - client->held : 0;

	return client->wanted < missing ? client->wanted : missing;
}

/* Frames that clients and new pages of containers may get: what is free or
 * soft, but for those that pages have reserved. */
static inline uint32_t server_there(const struct server *server)
{
	const struct server_containers *containers = &server->containers;

	return server->free_list.count + server->soft_list.count +
	       containers->contained - containers->reserved;
}

/* Guarantees, mm/server.c; the server's lock is held. */

/*
 * CONTROL guarantees FRAMES less, as the caller has noted: its client agrees
 * to it.  Else its -errno: the caller lets CONTROL regain them.  The lock may
 * be given up meanwhile.
 */
int control_lowered(struct control *control, uint32_t frames);
void control_regain(struct control *control, uint32_t frames);
/* CONTROL guarantees FRAMES more, which nobody else does any more.  The lock
 * may be given up meanwhile. */
void control_raised(struct control *control, uint32_t frames);

/* The lists of frames, mm/server-frames.c; the server's lock is held. */

int server_frames_init(struct server *server);
void server_frames_fini(struct server *server);
/* A free frame, else the oldest soft one; CLIENT holds it from now on. There
 * must be one. */
uint32_t server_frame_take(struct server *server, struct server_client *client);
/* What CLIENT held is soft or free. */
void server_frame_give(
	struct server_client *client, uint32_t frame, bool is_soft);
/* A container's page has a frame that was free, or else soft, from now on.
 * There must be one. */
uint32_t server_frame_contain(struct server *server);
/* And no page any more. */
void server_frame_release(struct server *server, uint32_t frame);
/* CLIENT holds the soft FRAME again. */
void server_frame_get_back(struct server_client *client, uint32_t frame);
/* The soft FRAME is a free one: its content is of no use any more. */
void server_frame_forget(struct server *server, uint32_t frame);
/* CLIENT holds nothing and has no soft frames. */
void server_frames_drop(struct server_client *client);

/* CLIENT, which nobody uses any more, has no control. The lock is held, and
 * given up while others use it. */
void server_client_detach(struct server_client *client);

/* What clients ask for and return, mm/server-ask.c. */

extern const struct frame_source_ops server_source_ops;

/* A call of CLIENT's config is over. The lock is held. */
void server_done_with(struct server_client *client);
/* CLIENT's guarantee or what it holds has changed. The lock is held. */
void server_limit_asked(struct server_client *client);
/* Asks for FRAMES that are missing for pages of a container, which has
 * claimed CLAIMED.  Returns by when they are there.  The lock is held. */
uint64_t server_ask_back(
	struct server *server, uint32_t claimed, uint32_t frames, uint64_t now);
/* Calls those who were asked; no lock is held. */
void server_notify(struct server *server);

#endif
