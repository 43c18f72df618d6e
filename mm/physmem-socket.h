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

struct socket_state {
	uint32_t guaranteed, held, extra, asked;
	uint64_t deadline;
};

struct socket_reply {
	int32_t error; /* 0 or -errno */
	uint32_t number;
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

#endif
