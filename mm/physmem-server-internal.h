/* What the files of the server for other processes share:
 * physmem-server*.c. */
#ifndef MM_PHYSMEM_SERVER_INTERNAL_H
#define MM_PHYSMEM_SERVER_INTERNAL_H

#include <stdbool.h>

#include "mm/container.h"
#include "mm/physmem-server.h"
#include "mm/physmem-socket.h"
#include "mm/server-internal.h"

/*
 * One connection.
 *
 *               hello                     task
 *   new ----------------> has a control ---------> has a task
 *    |                         |                     |   |
 *    |                         |            task end +   |
 *    +-----------> ended <-----+-------------------------+
 *
 * or, as the holder of a share: new ---> said hello ---> ended.
 */
struct peer {
	struct peer *next;
	struct physmem_server *owner;
	uint32_t id;
	uint32_t parent; /* whose control was split; 0: it connected */
	pid_t pid;
	int fd, notice_fd, memory_fd; /* -1: none */
	enum socket_reason reason;    /* why it ended */
	bool said_hello;
	bool is_asking_back; /* what it regains comes with the reply */
	uint32_t tasks;	     /* that it has made */
	struct control *control;
	struct server_client *client;
	uint32_t bytes_pages; /* frames whose bytes are in its file */
	uint64_t due;	      /* when it is cut off; 0: it is not late */
	uint32_t due_frames;  /* unless it has given as many by then */

	/* containers, windows on them, and shares of them */
	struct object *objects;
	uint32_t objects_count;
	uint32_t last_object;
	struct container_memory memory; /* its file, for containers */
	char *mapped;			/* the file; NULL: not yet */
	struct container_share *share;	/* whose holder it is; or NULL */
};

struct physmem_server {
	struct physmem_server_config config;
	struct server *core;
	struct peer *peers; /* the oldest first */
	uint32_t peers_count;
	uint32_t last_id;
	struct peer **bytes_of; /* [frames] whose file has its bytes */
	int listen_fd;
	bool is_full; /* until the next tick: no descriptor is left */
	uint64_t next_tick;
	char *data; /* [SOCKET_DATA_MAX] of the request that is served */
	struct pollfd *polls;
};

/* Connections, mm/physmem-server-peer.c. */

/* A connection over FD. -EMFILE, -ENOMEM: FD is still the caller's. */
int peer_create(struct physmem_server *server, int fd, struct peer **out);

/*
 * The control, if it is not given yet, and memory file of a peer.  NOTICE_OUT
 * is its end of the notices.  -ENOMEM, -errno: nothing has changed.
 */
int peer_open(struct peer *peer, uint32_t guarantee, int *notice_out);

/* FRAME is the peer's: its bytes are in no other's file any more. */
void peer_got_frame(struct peer *peer, uint32_t frame);

/* The client is told REASON, and has no say and no memory any more. */
void peer_disconnect(struct peer *peer, enum socket_reason reason);

/* And so ends the connection, and gives back all it had; it is not yet free. */
void peer_end(struct peer *peer, enum socket_reason reason);

/* Frees those that have ended. */
void peers_reap(struct physmem_server *server);

/* -EBUSY: it has one; -ENOMEM. */
int peer_make_task(
	struct peer *peer, uint32_t extra_max, uint32_t *guarantee_out);
void peer_end_task(struct peer *peer);

/* Does it hold to what it may use, and to its deadlines?  Ends it if not. */
void peer_audit(struct peer *peer, uint64_t now);

void peer_describe(struct peer *peer, struct physmem_client_info *out);

/* Requests, mm/physmem-server-requests.c: serves one. */
void peer_serve(struct peer *peer);

/* A request under way. */
struct call {
	struct socket_request request;
	struct socket_reply reply;
	int fds[SOCKET_FDS_MAX]; /* sent with the reply, and closed */
	unsigned fds_count;
	char *data; /* of the request, and then of the reply */
	size_t data_bytes, reply_bytes;
};

enum field {
	USES_FLAGS = 1,
	USES_NUMBER = 2,
	USES_OTHER = 4,
	USES_VALUE = 8,
	USES_OFFSET = 16,
};

/* What must have been before. */
enum stage {
	STAGE_NEW,
	STAGE_HELLO,
	STAGE_TASK,
	STAGE_SHARE_NEW,
	STAGE_SHARE,
};

struct kind {
	/* The reply's error; what else it says holds with 0, or as said in
	 * physmem-socket.h. */
	int (*serve)(struct peer *peer, struct call *call);
	uint8_t fields; /* set of USES_: the others are 0 */
	uint8_t stage;
	uint8_t flags;		 /* those that there are */
	uint32_t data_bytes_max; /* 0: none comes, else some must */
};

/* A socket whose other end is sent with the reply, for a peer of PEER's. */
int call_make_peer(struct call *call, struct peer *peer, struct peer **out);

/* Containers, mm/physmem-server-containers.c. */

extern const struct kind container_kinds[SOCKET_REQUESTS];
/* The memory file of the peer is where its control's containers are. */
int peer_use_file(struct peer *peer);
/* Frames that its containers have reserved. */
uint32_t peer_contained(const struct peer *peer);
/* All containers, windows and shares of the peer, which has no control any
 * more, are gone. */
void peer_drop_objects(struct peer *peer);

#endif
