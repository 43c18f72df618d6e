/*
 * What a physical memory server and its clients in other processes say to
 * each other: fixed records over AF_UNIX sockets that keep messages apart.
 *
 *    client process                            server process
 *    request, descriptors  ------------------> one reply to each,
 *                          <------------------ in order
 *    a second socket       <------------------ notices, at any time
 *    its memory file  <---- page N is frame N ----> punched where it must be
 *
 * A socket is a capability: who has it may do what it stands for, and what
 * was given for it comes back when the last copy of it is closed.  There are
 * two kinds: of a control (and a task of it), and of a share of a container.
 *
 * A request with numbers that make no sense gets an error.  One that no
 * program of this protocol would send (another size, unknown type, a field
 * that the type has no use for, descriptors) ends the connection; so does a
 * client that takes memory which it does not hold, or does not return frames
 * in time.  The reason comes as a last notice.
 */
#ifndef MM_PHYSMEM_SOCKET_H
#define MM_PHYSMEM_SOCKET_H

#include <stddef.h>
#include <stdint.h>

enum {
	SOCKET_VERSION = 1,
	SOCKET_MAGIC = 0x70676c66,
	SOCKET_PAGE_BYTES_MAX = 1 << 16,
	SOCKET_DATA_MAX = SOCKET_PAGE_BYTES_MAX, /* behind a record */
	SOCKET_FDS_MAX = 2,
};

enum socket_request_type {
	/* number: frames to be guaranteed, 0: the socket stands for a control
	 * that has them; flags: SOCKET_VERSION; value: SOCKET_MAGIC.  Reply:
	 * fds: memory file, notices; number: guarantee; frames; page_bytes;
	 * value: the notice in ns.  -ENOMEM: number is how many there are. */
	SOCKET_HELLO = 1,
	/* number: extra_max.  Reply: number: guarantee; value: which task of
	 * the connection it is, from 1 on. */
	SOCKET_TASK,
	SOCKET_TASK_END, /* all it holds is free */
	/* flags: 1: claim.  Reply: number: the frame.  -EAGAIN: none; state. */
	SOCKET_TAKE,
	SOCKET_ASK,	 /* number: frames */
	SOCKET_GIVE,	 /* number: frame; flags: GIVE_ */
	SOCKET_GET_BACK, /* number: frame */
	SOCKET_FORGET,	 /* number: frame; flags: 1: stale */
	SOCKET_STATE,	 /* Reply: state */
	/* number: frames.  Reply: number: its name for DESTROY; fds: a socket
	 * that stands for a control of so many. */
	SOCKET_SPLIT,
	/* number: the name.  Reply: number: frames that are guaranteed again,
	 * of which no notice is sent.  -ENOENT: its last socket was closed. */
	SOCKET_DESTROY,

	/* Of containers (container.h), in pages of the server.  Objects have
	 * numbers, which mean something on this socket only. */

	SOCKET_CONTAINER_CREATE, /* Reply: number */
	SOCKET_CONTAINER_DESTROY,
	/* number; offset; other: pages; flags: CONTAINER_.  Reply, with an
	 * error too: number: pages; value: deadline. */
	SOCKET_ALLOCATE,
	SOCKET_DEALLOCATE,
	SOCKET_FILL, /* number; offset: byte; data */
	SOCKET_READ, /* number; offset: byte; other: bytes. Reply: data */
	SOCKET_COPY, /* data: struct socket_copy and ranges */
	/* number; offset; other: pages; flags: PROTECT_.  Reply: number of the
	 * window; data: the frame of each page. */
	SOCKET_HOLD,
	SOCKET_UNHOLD, /* number of the window */
	SOCKET_PIN,    /* number; offset; other: pages */
	SOCKET_UNPIN,
	/* number; flags: CONTAINER_READ, _FILL; value: lock_max.  Reply:
	 * number of the grant; fds: a socket that stands for the share. */
	SOCKET_SHARE,
	/* number of the grant.  Reply to -EBUSY: value: deadline */
	SOCKET_REVOKE,

	/* On the socket of a share. */

	/* flags: SOCKET_VERSION; value: SOCKET_MAGIC.  Reply: number: rights;
	 * page_bytes; value: lock_max. */
	SOCKET_SHARE_HELLO,
	SOCKET_SHARE_FILL, /* offset: byte; data */
	SOCKET_SHARE_READ, /* offset: byte; other: bytes. Reply: data */
	SOCKET_LOCK,	   /* offset; other: pages; value: duration */
	SOCKET_UNLOCK,
	SOCKET_REQUESTS,
};

struct socket_request {
	uint32_t type;
	uint32_t flags;
	uint32_t number;
	uint32_t other;
	uint64_t value;
	uint64_t offset;
};

/* Behind a SOCKET_COPY: then the ranges of FROM, and of TO. */
struct socket_copy {
	uint32_t from, to; /* numbers of containers */
	uint32_t from_count, to_count;
};

struct socket_range {
	uint64_t offset;
	uint32_t pages;
	uint32_t zero;
};

struct socket_state {
	uint32_t guaranteed, held, extra, asked;
	uint64_t deadline;
};

struct socket_reply {
	int32_t error; /* 0 or -errno */
	uint32_t number;
	/* how many frames the control guarantees less, or more, by this call,
	 * if it was one of containers; no notice is sent of them */
	uint32_t lowered, raised;
	uint32_t frames, page_bytes;
	uint64_t value;
	struct socket_state state;
};

enum socket_notice_type {
	SOCKET_RETURN = 1, /* number: frames; value: CLOCK_MONOTONIC, ns */
	SOCKET_RAISED,	   /* number: frames that task `value` regains */
	SOCKET_BYE,	   /* number: the reason */
};

struct socket_notice {
	uint32_t type;
	uint32_t number;
	uint64_t value;
};

/* Why a connection has ended. */
enum socket_reason {
	REASON_NONE,
	REASON_CLOSED, /* by the client: it is not told */
	REASON_SERVER_ENDS,
	REASON_REVOKED, /* the control was taken back */
	REASON_LATE,
	REASON_MEMORY, /* used what it did not hold */
	REASON_VERSION,
	REASON_MALFORMED,
	REASON_DESCRIPTORS,
	REASON_NO_MEMORY, /* of the server */
	REASON_UNREAD,	  /* replies were not read */
	REASONS,
};

/* In a few words; of an unknown one too. */
const char *socket_reason_text(unsigned reason);

/*
 * The page behind those of the frames in a client's memory file: the server
 * writes it before it punches the others.  So whoever finds 0 here after he
 * has read or copied a page has not seen it punched.
 */
struct socket_flags {
	uint32_t ended; /* enum socket_reason */
};

struct socket_message {
	void *record;
	size_t record_bytes;
	void *data; /* NULL: none */
	size_t data_bytes;
	int fds[SOCKET_FDS_MAX];
	unsigned fds_count;
};

/* Sends all of it in one message, never raising SIGPIPE.  FLAGS as sendmsg(2)
 * has them.  0 or -errno. */
int socket_send(int fd, const struct socket_message *message, int flags);

/*
 * Receives one message.  The sizes of RECORD and DATA are those of the space
 * there is, and afterwards of what came; descriptors are the caller's then.
 * -EPIPE: the other end was closed; -EBADMSG: the message was longer than the
 * space, shorter than the record, or had too many descriptors, which are
 * closed; or -errno.
 */
int socket_receive(int fd, struct socket_message *message, int flags);

void socket_close_fds(struct socket_message *message);

/* A request and its reply. */
struct socket_exchange {
	struct socket_request request;
	const void *data; /* behind the request */
	size_t data_bytes;
	struct socket_reply reply; /* out */
	void *reply_data;	   /* behind the reply: room for, and then */
	size_t reply_bytes;	   /* what came */
	int *fds;		   /* out: -1 where none came; the caller's */
	unsigned fds_count;
};

/* Sends it and waits for the reply.  0: there is one; or -errno. */
int socket_exchange(int fd, struct socket_exchange *exchange);

#endif
