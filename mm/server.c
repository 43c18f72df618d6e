/* The server and its controls: see server.h. */
#include "mm/server-internal.h"

#include <errno.h>
#include <stdlib.h>

int server_create(const struct server_config *config, struct server **out)
{
	struct server *server;

	if (!config->frames || config->frames == FRAME_NONE || !config->now ||
		!config->physmem_ops)
		return -EINVAL;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->config = *config;
	if (server_frames_init(server)) {
		free(server);
		return -ENOMEM;
	}
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->idle, NULL);
	server->root.server = server;
	server->root.guarantee = config->frames;
	*out = server;
	return 0;
}

int server_destroy(struct server *server)
{
	bool busy;

	server_lock(server);
	busy = server->tasks || server->controls;
	server_unlock(server);
	if (busy)
		return -EBUSY;
	server_frames_fini(server);
	pthread_cond_destroy(&server->idle);
	pthread_mutex_destroy(&server->lock);
	free(server);
	return 0;
}

struct control *server_root(struct server *server)
{
	return &server->root;
}

uint32_t control_guarantee(struct control *control)
{
	uint32_t guarantee;

	server_lock(control->server);
	guarantee = control->guarantee;
	server_unlock(control->server);
	return guarantee;
}

void server_done_with(struct server_task *task)
{
	if (!--task->users)
		pthread_cond_broadcast(&task->server->idle);
}

/* The task of CONTROL, which can't go until server_done_with; or NULL. */
static struct server_task *use_task(struct control *control)
{
	if (control->task)
		control->task->users++;
	return control->task;
}

/* FRAMES of CONTROL's guarantee are CHILD's. The lock is held. */
static void link_child(
	struct control *control, struct control *child, uint32_t frames)
{
	struct server *server = control->server;

	control->guarantee -= frames;
	control->children++;
	child->server = server;
	child->parent = control;
	child->guarantee = frames;
	child->next = server->controls;
	server->controls = child;
}

/* And back. */
static void unlink_child(struct control *child)
{
	struct control *parent = child->parent;
	struct control **link = &child->server->controls;

	while (*link != child)
		link = &(*link)->next;
	*link = child->next;
	parent->guarantee += child->guarantee;
	parent->children--;
	if (parent->task)
		server_limit_asked(parent->task);
}

int control_split(
	struct control *control, uint32_t frames, struct control **out)
{
	struct server *server = control->server;
	struct server_task *task = NULL;
	struct control *child = calloc(1, sizeof(*child));
	int error = 0;

	if (!child)
		return -ENOMEM;
	server_lock(server);
	if (!frames || frames > control->guarantee) {
		server_unlock(server);
		free(child);
		return -EINVAL;
	}
	link_child(control, child, frames);
	task = use_task(control);
	server_unlock(server);
	/* the pager's lock comes before the server's */
	if (task) {
		error = fast_lower(task, frames);
		server_lock(server);
		server_done_with(task);
		if (error)
			unlink_child(child);
		server_unlock(server);
	}
	if (error)
		free(child);
	else
		*out = child;
	return error;
}

int control_destroy(struct control *control)
{
	struct server *server = control->server;
	struct server_task *task;

	if (!control->parent)
		return -EINVAL;
	server_lock(server);
	if (control->task || control->children) {
		server_unlock(server);
		return -EBUSY;
	}
	unlink_child(control);
	task = use_task(control->parent);
	server_unlock(server);
	if (task) {
		fast_raise(task, control->guarantee);
		server_lock(server);
		server_done_with(task);
		server_unlock(server);
	}
	free(control);
	return 0;
}

void server_frames(struct server *server, struct server_frames *out)
{
	server_lock(server);
	out->free = server->free_list.count;
	out->soft = server->soft_list.count;
	out->held = server->config.frames - out->free - out->soft;
	server_unlock(server);
}

void server_counts(struct server *server, struct server_counts *out)
{
	server_lock(server);
	*out = server->counts;
	server_unlock(server);
}
