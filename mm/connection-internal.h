/* What the files of a connection share: connection*.c. */
#ifndef MM_CONNECTION_INTERNAL_H
#define MM_CONNECTION_INTERNAL_H

#include <pthread.h>

#include "mm/connection.h"
#include "mm/server-task-internal.h"

/* Of one copy between containers. */
enum {
	CONNECTION_RANGES_MAX = (SOCKET_DATA_MAX - sizeof(struct socket_copy)) /
				sizeof(struct socket_range),
};

struct connection {
	struct frame_source source;
	int fd, notice_fd, memory_fd;
	char *memory; /* [frames] pages and one for the flags */
	size_t memory_bytes;
	uint32_t frames, page_bytes;
	uint64_t notice_ns;
	const struct socket_flags *flags; /* in memory */
	uint32_t ended;			  /* enum socket_reason; atomic */
	pthread_mutex_t lock;		  /* one request at a time */

	/* Held while the task comes or goes, or the guarantee changes by a
	 * call; before the pager's lock, which is before `lock`. */
	pthread_mutex_t changes;
	struct server_task *task;
	uint64_t task_number;
	pthread_t notices, upcalls;
	int stop_fd; /* ends the one */
	bool ends;   /* and the other; `lock` guards this and what follows */
	pthread_cond_t told;
	uint32_t untold; /* frames that the upcall is to be made for */
	uint64_t untold_deadline;
	/* When to ask for an extra frame again, after there was none.  Only a
	 * hint: threads may see an old one. */
	uint64_t next_extra;
};

/* The reply's error, or -ECONNABORTED. */
int connection_exchange(
	struct connection *connection, struct socket_exchange *exchange);
/* The same without data and descriptors. */
int connection_call(struct connection *connection,
	const struct socket_request *request, struct socket_reply *reply);

/*
 * The same for a request by which the control's guarantee falls by FRAMES at
 * most, or rises: the task keeps to what is left.  Also -EBUSY, or a
 * write-back's -errno, of the task's.
 */
int connection_change_guarantee(struct connection *connection,
	const struct socket_request *request, uint32_t frames,
	struct socket_reply *reply);

/* It has ended, for REASON; only the first one counts. */
void connection_lost(struct connection *connection, enum socket_reason reason);

/* The guarantee has risen. */
void connection_raised(struct connection *connection, uint32_t frames);

extern const struct frame_source_ops connection_source_ops;

/* The threads of a connection with a task, mm/connection-service.c. */

int connection_start(struct connection *connection);
void connection_stop(struct connection *connection);
/* CLOCK_MONOTONIC in ns. */
uint64_t connection_now(void);

#endif
