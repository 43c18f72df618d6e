/* What the files of a connection share: connection*.c. */
#ifndef MM_CONNECTION_INTERNAL_H
#define MM_CONNECTION_INTERNAL_H

#include <pthread.h>

#include "mm/connection.h"
#include "mm/server-task-internal.h"

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

	struct server_task *task;
	pthread_t service;
	int stop_fd;
	uint64_t task_number;
	/* When to ask for an extra frame again, after there was none.  Only a
	 * hint: threads may see an old one. */
	uint64_t next_extra;
};

/*
 * Sends REQUEST and waits for its reply; FDS gets as many descriptors as it
 * has room for, -1 for those that did not come.  The reply's error, or
 * -ECONNABORTED.
 */
int connection_call(struct connection *connection,
	const struct socket_request *request, struct socket_reply *reply,
	int *fds, unsigned fds_count);

/* It has ended, for REASON; only the first one counts. */
void connection_lost(struct connection *connection, enum socket_reason reason);

/* The guarantee has risen. */
void connection_raised(struct connection *connection, uint32_t frames);

extern const struct frame_source_ops connection_source_ops;

#endif
