/* The server, its controls and its clients: see server.h. */
#include "mm/container-internal.h"

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
	busy = server->clients || server->controls ||
	       server->containers.first || server->containers.shares;
	server_unlock(server);
	if (busy)
		return -EBUSY;
	containers_fini(server);
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

int control_lowered(struct control *control, uint32_t frames)
{
	struct server *server = control->server;
	struct server_client *client = use_client(control);
	int error = 0;

	if (!client)
		return 0;
	/* a pager's lock comes before the server's */
	server_unlock(server);
	if (client->config.lower)
		error = client->config.lower(client->config.context, frames);
	server_lock(server);
	server_done_with(client);
	return error;
}

void control_regain(struct control *control, uint32_t frames)
{
	control->guarantee += frames;
	if (control->client)
		server_limit_asked(control->client);
}

void control_raised(struct control *control, uint32_t frames)
{
	struct server *server = control->server;
	struct server_client *client = use_client(control);

	if (client) {
		/* first, so that none is split off that it has not yet */
		server_unlock(server);
		if (client->config.raise)
			client->config.raise(client->config.context, frames);
		server_lock(server);
		server_done_with(client);
	}
	control_regain(control, frames);
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
	child->memory = control->memory;
	child->guarantee = frames;
	child->next = server->controls;
	server->controls = child;
}

/* CHILD guarantees nothing any more. The lock is held. */
static void unlink_child(struct control *child)
{
	child->parent->children--;
	child->guarantee = 0;
	child->parent = NULL;
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
	struct control *child = calloc(1, sizeof(*child));
	int error = -EINVAL;

	if (!child)
		return -ENOMEM;
	server_lock(server);
	if (frames && frames <= control->guarantee) {
		link_child(control, child, frames);
		error = control_lowered(control, frames);
		if (error) {
			unlink_child(child);
			unlink_control(child);
			control_regain(control, frames);
		}
	}
	server_unlock(server);
	if (error)
		free(child);
	else
		*out = child;
	return error;
}

/* What CONTROL guarantees goes back. The lock may be given up meanwhile. */
static void give_up(struct control *control)
{
	struct control *parent = control->parent;
	uint32_t frames = control->guarantee;

	unlink_child(control);
	control_raised(parent, frames);
}

int control_destroy(struct control *control)
{
	struct server *server = control->server;
	int error = 0;

	if (!control->parent && !control->revoked)
		return -EINVAL;
	server_lock(server);
	if (control->client || control->children || control->containers) {
		error = -EBUSY;
	} else {
		unlink_control(control);
		if (control->parent)
			give_up(control);
	}
	server_unlock(server);
	if (!error)
		free(control);
	return error;
}

int control_set_memory(
	struct control *control, const struct container_memory *memory)
{
	int error = 0;

	server_lock(control->server);
	if (control->containers)
		error = -EBUSY;
	else
		control->memory = memory;
	server_unlock(control->server);
	return error;
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
	struct control *at;
	int error = 0;

	if (!control->parent && !control->revoked)
		return -EINVAL;
	for (;;) {
		server_lock(server);
		at = leaf_of(control);
		server_unlock(server);
		error = cut_client(at);
		if (error)
			return error;
		server_lock(server);
		containers_cut(at);
		if (at == control)
			break;
		at->revoked = true;
		give_up(at);
		server_unlock(server);
	}
	server_unlock(server);
	return control_destroy(control);
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
	out->contained = server->containers.contained;
	out->held =
		server->config.frames - out->free - out->soft - out->contained;
	out->reserved = server->containers.reserved - out->contained;
	server_unlock(server);
}

void server_counts(struct server *server, struct server_counts *out)
{
	server_lock(server);
	*out = server->counts;
	server_unlock(server);
}
