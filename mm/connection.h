/*
 * A connection to a physical memory server in another process: a control,
 * and a task whose frames come from there (server-task.h).
 *
 * Frame N is page N of a memory file that the server made for this
 * connection.  Threads of the connection's take the server's notices, call the
 * task's return_frames, and give back extra frames at the deadline.  They run
 * as long as there is a task.
 *
 * A connection that has ended, whoever ended it, stays so: every call says
 * -ECONNABORTED.  If the server has cut it off, what was in its frames is
 * lost, but for what the stores have.  After data was read or copied from a
 * frame, connection_is_intact tells whether it was still there.
 */
#ifndef MM_CONNECTION_H
#define MM_CONNECTION_H

#include "mm/physmem-socket.h"
#include "mm/server-task.h"

struct connection;

/*
 * A connection to the server at PATH, whose control guarantees GUARANTEE
 * frames.  -ENOMEM: there are not so many, *MOST_OUT is how many there are
 * (it may be NULL), or no memory; -EPROTO: no such server, or another
 * version; -EINVAL: none; or -errno of connecting.
 */
int connection_open(const char *path, uint32_t guarantee, uint32_t *most_out,
	struct connection **out);

/* A connection over FD, which stands for a control (connection_split), and is
 * the connection's if it succeeds.  Errors as above. */
int connection_open_fd(int fd, struct connection **out);

/* All that was had goes back.  There must be no task. */
void connection_close(struct connection *connection);

uint32_t connection_frames(const struct connection *connection);
uint32_t connection_page_bytes(const struct connection *connection);
uint32_t connection_guarantee(struct connection *connection);
/* The frames' memory: frame N is N pages behind. */
void *connection_memory(const struct connection *connection);

/* 0, or -ECONNABORTED. Cheap. */
int connection_status(const struct connection *connection);
/* Is what is in the frames still there?  It is if the server has died; not if
 * the connection was cut off.  Cheap. */
bool connection_is_intact(const struct connection *connection);

/*
 * A part of what the control guarantees becomes a socket, *FD_OUT, for
 * connection_open_fd in this process or another; *NAME_OUT is its name here.
 * It comes back when the last copy of the socket is closed.  Errors as
 * control_split; -EMFILE: too many connections.
 */
int connection_split(struct connection *connection, uint32_t frames,
	int *fd_out, uint32_t *name_out);

/* Takes it back, whoever has it now.  -ENOENT: it has come back already. */
int connection_revoke(struct connection *connection, uint32_t name);

/*
 * A task with frames of the connection, which has one at most; it ends by
 * server_task_destroy.  CONFIG's physmem_ops must show connection_memory.
 * -EBUSY: it has one; -EINVAL, -ENOMEM, -ECONNABORTED.
 */
int connection_create_task(struct connection *connection,
	const struct server_task_config *config, struct server_task **out);

#endif
