/* The public library: controls, of frames of this process or of a server. */
#include "mm/selfpage-physmem-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void add_user(struct selfpage_control *control, int step)
{
	__atomic_fetch_add(&control->users, (uint32_t)step, __ATOMIC_ACQ_REL);
}

/* One of PHYSMEM, which has it from now on, or of a server. */
static struct selfpage_control *make(struct selfpage_physmem *physmem)
{
	struct selfpage_control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->physmem = physmem;
	control->fd = -1;
	if (physmem) {
		pthread_mutex_lock(&physmem->lock);
		physmem->controls++;
		pthread_mutex_unlock(&physmem->lock);
	}
	return control;
}

static void unmake(struct selfpage_control *control)
{
	struct selfpage_physmem *physmem = control->physmem;

	if (physmem) {
		pthread_mutex_lock(&physmem->lock);
		physmem->controls--;
		pthread_mutex_unlock(&physmem->lock);
	}
	if (control->parent)
		add_user(control->parent, -1);
	if (control->fd >= 0)
		close(control->fd);
	free(control);
}

int selfpage_control_connection(
	struct selfpage_control *control, struct connection **out)
{
	int error;

	if (!control->connection) {
		if (control->fd < 0)
			return -EINVAL;
		error = connection_open_fd(control->fd, &control->connection);
		if (error)
			return error;
		control->fd = -1;
	}
	*out = control->connection;
	return 0;
}

PUBLIC int selfpage_physmem_control(struct selfpage_physmem *physmem,
	uint32_t frames, struct selfpage_control **control_out)
{
	struct selfpage_control *control;
	int error;

	if (!physmem || !control_out)
		return -EINVAL;
	control = make(physmem);
	if (!control)
		return -ENOMEM;
	error = control_split(
		server_root(physmem->server), frames, &control->control);
	if (error)
		unmake(control);
	else
		*control_out = control;
	return error;
}

PUBLIC int selfpage_physmem_connect(const char *path, uint32_t frames,
	struct selfpage_control **control_out)
{
	struct selfpage_control *control;
	int error;

	if (!path || !control_out)
		return -EINVAL;
	control = make(NULL);
	if (!control)
		return -ENOMEM;
	error = connection_open(path, frames, NULL, &control->connection);
	if (error)
		unmake(control);
	else
		*control_out = control;
	return error;
}

PUBLIC int selfpage_control_open(int fd, struct selfpage_control **control_out)
{
	struct selfpage_control *control;
	struct connection *connection;
	int error;

	if (fd < 0 || !control_out)
		return -EINVAL;
	control = make(NULL);
	if (!control)
		return -ENOMEM;
	control->fd = fd;
	error = selfpage_control_connection(control, &connection);
	if (error) {
		control->fd = -1; /* it stays the caller's */
		unmake(control);
	} else {
		*control_out = control;
	}
	return error;
}

static int split_remote(struct selfpage_control *parent, uint32_t frames,
	struct selfpage_control *child)
{
	struct connection *connection;
	int error = selfpage_control_connection(parent, &connection);

	if (error)
		return error;
	return connection_split(connection, frames, &child->fd, &child->name);
}

PUBLIC int selfpage_control_split(struct selfpage_control *control,
	uint32_t frames, struct selfpage_control **control_out)
{
	struct selfpage_control *child;
	int error;

	if (!control || !control_out)
		return -EINVAL;
	child = make(control->physmem);
	if (!child)
		return -ENOMEM;
	if (control->physmem)
		error = control_split(
			control->control, frames, &child->control);
	else
		error = split_remote(control, frames, child);
	if (error) {
		unmake(child);
		return error;
	}
	if (!control->physmem) {
		child->parent = control;
		add_user(control, 1);
	}
	*control_out = child;
	return 0;
}

PUBLIC int selfpage_control_destroy(struct selfpage_control *control)
{
	int error = 0;

	if (!control)
		return -EINVAL;
	if (__atomic_load_n(&control->users, __ATOMIC_ACQUIRE))
		return -EBUSY;
	if (control->physmem)
		error = control_revoke(control->control);
	else if (control->parent)
		/* it may have come back already, or all may have ended */
		(void)connection_revoke(
			control->parent->connection, control->name);
	if (error)
		return error;
	if (control->connection)
		connection_close(control->connection);
	unmake(control);
	return 0;
}

PUBLIC int selfpage_control_fd(struct selfpage_control *control, int *fd_out)
{
	if (!control || !fd_out || control->fd < 0)
		return -EINVAL;
	*fd_out = control->fd;
	control->fd = -1;
	return 0;
}

PUBLIC int selfpage_control_frames(
	struct selfpage_control *control, uint32_t *frames_out)
{
	struct connection *connection;
	int error;

	if (!control || !frames_out)
		return -EINVAL;
	if (control->physmem) {
		*frames_out = control_guarantee(control->control);
		return 0;
	}
	error = selfpage_control_connection(control, &connection);
	if (!error)
		error = connection_status(connection);
	if (!error)
		*frames_out = connection_guarantee(connection);
	return error;
}
