/* The server, its controls and its clients: see server.h. */
#include "mm/server-internal.h"

#include <errno.h>
#include <stdlib.h>

int server_create(const struct server_config *config, struct server **out)
{
	struct server *server;

	if (!config->frames || config->frames == FRAME_NONE || !config->now)
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
	busy = server->clients || server->controls;
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

const struct server_config *control_config(const struct control *control)
{
	return &control->server->config;
}

void server_done_with(struct server_client *client)
{
	if (!--client->users)
		pthread_cond_broadcast(&client->server->idle);
}

/* The client of CONTROL, which can't go until server_done_with; or NULL. */
static struct server_client *use_client(struct control *control)
{
	if (control->client)
		control->client->users++;
	return control->client;
}

static void done_with(struct server_client *client)
{
	server_lock(client->server);
	server_done_with(client);
	server_unlock(client->server);
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

/* What CHILD guarantees goes back. The lock is held. */
static void give_up(struct control *child)
{
	struct control *parent = child->parent;

	parent->guarantee += child->guarantee;
	parent->children--;
	child->guarantee = 0;
	child->parent = NULL;
	if (parent->client)
		server_limit_asked(parent->client);
}

/* And the server knows it no more. */
static void unlink_control(struct control *control)
{
	struct control **link = &control->server->controls;

	while (*link != control)
		link = &(*link)->next;
	*link = control->next;
}

int control_split(
	struct control *control, uint32_t frames, struct control **out)
{
	struct server *server = control->server;
	struct server_client *client = NULL;
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
	client = use_client(control);
	server_unlock(server);
	/* the pager's lock comes before the server's */
	if (client) {
		if (client->config.lower)
			error = client->config.lower(
				client->config.context, frames);
		server_lock(server);
		server_done_with(client);
		if (error) {
			give_up(child);
			unlink_control(child);
		}
		server_unlock(server);
	}
	if (error)
		free(child);
	else
		*out = child;
	return error;
}

/* Tells CONTROL's client, if it has one, of FRAMES more. */
static void raise_guarantee(struct control *control, uint32_t frames)
{
	struct server_client *client;

	server_lock(control->server);
	client = use_client(control);
	server_unlock(control->server);
	if (!client)
		return;
	if (client->config.raise)
		client->config.raise(client->config.context, frames);
	done_with(client);
}

int control_destroy(struct control *control)
{
	struct server *server = control->server;
	struct control *parent = control->parent;
	uint32_t frames = control->guarantee;
	int error = 0;

	if (!parent && !control->revoked)
		return -EINVAL;
	server_lock(server);
	if (control->client || control->children)
		error = -EBUSY;
	if (!error && parent)
		give_up(control);
	if (!error)
		unlink_control(control);
	server_unlock(server);
	if (error)
		return error;
	if (parent)
		raise_guarantee(parent, frames);
	free(control);
	return 0;
}

/* CONTROL's client, if it has one, holds nothing and has no control. */
static int cut_client(struct control *control)
{
	struct server *server = control->server;
	struct server_client *client;
	int error = 0;

	server_lock(server);
	client = use_client(control);
	if (client)
		client->is_leaving = true;
	server_unlock(server);
	if (!client)
		return 0;
	if (client->config.cut)
		error = client->config.cut(client->config.context);
	server_lock(server);
	server_done_with(client);
	client->is_leaving = false;
	if (!error)
		server_client_detach(client);
	server_unlock(server);
	return error;
}

/* One that was split from CONTROL, and was not split itself. */
static struct control *leaf_of(struct control *control)
{
	struct control *at = control->server->controls;

	while (at && control->children) {
		if (at->parent == control) {
			control = at;
			at = control->server->controls;
		} else {
			at = at->next;
		}
	}
	return control;
}

int control_revoke(struct control *control)
{
	struct server *server = control->server;
	struct control *at, *parent;
	uint32_t frames;
	int error = 0;

	if (!control->parent && !control->revoked)
		return -EINVAL;
	for (;;) {
		server_lock(server);
		at = leaf_of(control);
		server_unlock(server);
		error = cut_client(at);
		if (error || at == control)
			break;
		server_lock(server);
		parent = at->parent;
		frames = at->guarantee;
		give_up(at);
		at->revoked = true;
		server_unlock(server);
		raise_guarantee(parent, frames);
	}
	return error ? error : control_destroy(control);
}

int server_client_create(struct control *control,
	const struct server_client_config *config, uint32_t *guarantee_out,
	struct server_client **out)
{
	struct server *server = control->server;
	struct server_client **link = &server->clients;
	struct server_client *client = calloc(1, sizeof(*client));
	int error = -EBUSY;

	if (!client)
		return -ENOMEM;
	client->source.ops = &server_source_ops;
	client->server = server;
	client->control = control;
	client->config = *config;
	server_lock(server);
	if (!control->client && !control->revoked) {
		error = 0;
		*guarantee_out = control->guarantee;
		control->client = client;
		while (*link)
			link = &(*link)->next;
		*link = client;
		*out = client;
	}
	server_unlock(server);
	if (error)
		free(client);
	return error;
}

void server_client_detach(struct server_client *client)
{
	struct server_client **link = &client->server->clients;

	while (client->users)
		pthread_cond_wait(&client->server->idle, &client->server->lock);
	if (!client->control)
		return;
	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	server_frames_drop(client);
	client->control->client = NULL;
	client->control = NULL;
	client->wanted = 0;
	server_limit_asked(client);
}

void server_client_destroy(struct server_client *client)
{
	server_lock(client->server);
	server_client_detach(client);
	server_unlock(client->server);
	free(client);
}

struct frame_source *server_client_source(struct server_client *client)
{
	return &client->source;
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
