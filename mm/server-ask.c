/*
 * Asking and giving back: rules 1 to 4 of server.h.
 *
 * What a client wants is what it asked for and was not given.  The frames
 * that clients are asked to return are meant for those who want some; so an
 * asker has more frames asked back only for what it wants beyond those on the
 * way that nobody else waits for.  Asking again, which is how one gets them,
 * therefore asks nobody twice.
 */
#include "mm/server-internal.h"

#include <errno.h>

/* May CLIENT have one frame more, of those that are there? The lock is
 * held. */
static bool may_give(const struct server_client *client)
{
	const struct server *server = client->server;
	const struct server_client *at;
	uint64_t there = server_there(server);
	uint64_t owed = server->containers.claimed;

	if (!there || !client->control || client->is_leaving)
		return false;
	if (client->held < client_guarantee(client))
		return true;
	if (client_extra(client) >= client->config.extra_max)
		return false;
	for (at = server->clients; at; at = at->next)
		owed += client_owed(at);
	return there > owed;
}

void server_limit_asked(struct server_client *client)
{
	uint32_t extra = client_extra(client);

	if (client->asked > extra)
		client->asked = extra;
	if (client->notices > client->asked)
		client->notices = client->asked;
}

/* Rule 3: who has most. NULL: none has more extra frames than are asked. */
static struct server_client *richest(const struct server *server,
	const struct server_client *asker, uint32_t *spare_out)
{
	struct server_client *at, *most = NULL;
	uint32_t spare;

	*spare_out = 0;
	for (at = server->clients; at; at = at->next) {
		spare = client_extra(at) - at->asked;
		if (at != asker && spare > *spare_out) {
			most = at;
			*spare_out = spare;
		}
	}
	return most;
}

/* How many of the frames on the way to the server someone may count on who
 * waits for WANTED of all that are wanted. */
static uint32_t on_the_way(const struct server *server, uint32_t wanted)
{
	const struct server_client *at;
	uint64_t asked = 0, others = server->containers.claimed;

	for (at = server->clients; at; at = at->next) {
		asked += at->asked;
		others += at->wanted;
	}
	others -= wanted;
	return asked > others ? asked - others : 0;
}

/* One frame more is asked back from CLIENT. */
static void ask_one(struct server_client *client, uint64_t now)
{
	if (!client->asked++)
		client->deadline = now + client->server->config.notice;
	client->notices++;
}

/* Asks clients for what CLIENT wants. The lock is held. */
static void ask_back(struct server_client *client, uint64_t now)
{
	struct server *server = client->server;
	uint32_t owed = client_owed(client);
	uint32_t extra = client_extra(client);
	struct server_client *victim;
	uint32_t i, spare;

	for (i = on_the_way(server, client->wanted); i < client->wanted; i++) {
		victim = richest(server, client, &spare);
		if (!victim)
			break;
		/* the extra frames that each then has */
		if (i >= owed && spare - 1 < extra + (i - owed) + 1)
			break;
		ask_one(victim, now);
	}
}

uint64_t server_ask_back(
	struct server *server, uint32_t claimed, uint32_t frames, uint64_t now)
{
	struct server_client *at;
	uint64_t deadline = now;
	uint32_t i, spare;

	for (i = on_the_way(server, claimed); i < frames; i++) {
		at = richest(server, NULL, &spare);
		if (!at)
			break;
		ask_one(at, now);
	}
	for (at = server->clients; at; at = at->next)
		if (at->asked && at->deadline > deadline)
			deadline = at->deadline;
	return deadline;
}

void server_notify(struct server *server)
{
	struct server_client *client;
	uint64_t deadline;
	uint32_t frames;

	server_lock(server);
	for (client = server->clients; client;) {
		if (!client->notices || !client->config.return_frames) {
			client->notices = 0;
			client = client->next;
			continue;
		}
		frames = client->notices;
		deadline = client->deadline;
		client->notices = 0;
		client->users++;
		server->counts.upcalls++;
		server_unlock(server);
		client->config.return_frames(
			client->config.return_context, frames, deadline);
		server_lock(server);
		server_done_with(client);
		client = server->clients; /* others may have gone meanwhile */
	}
	server_unlock(server);
}

static struct server_client *client_of(struct frame_source *source)
{
	return (struct server_client *)source;
}

static uint32_t source_take(struct frame_source *source, bool claim)
{
	struct server_client *client = client_of(source);
	struct server *server = client->server;
	uint64_t now = server->config.now(server->config.context);
	uint32_t frame = FRAME_NONE;

	server_lock(server);
	if (may_give(client)) {
		frame = server_frame_take(server, client);
		client->wanted -= client->wanted != 0;
		claim = false;
	} else if (claim && client->held < client_guarantee(client)) {
		client->wanted += !client->wanted;
		ask_back(client, now);
	} else {
		claim = false;
	}
	server_unlock(server);
	if (claim)
		server_notify(server);
	return frame;
}

/* What CLIENT could still be given, were there enough. */
static uint32_t room(const struct server_client *client)
{
	uint64_t most = client_guarantee(client);

	if (client->control)
		most += client->config.extra_max;
	if (most > client->server->config.frames)
		most = client->server->config.frames;
	return most > client->held ? most - client->held : 0;
}

static void source_ask(struct frame_source *source, uint32_t frames)
{
	struct server_client *client = client_of(source);
	struct server *server = client->server;
	uint64_t now = server->config.now(server->config.context);

	server_lock(server);
	client->wanted = room(client);
	if (client->wanted > frames)
		client->wanted = frames;
	ask_back(client, now);
	server_unlock(server);
	server_notify(server);
}

/* Is FRAME in STATE, and CLIENT's or was? The lock is held. */
static bool is_at(const struct server_client *client, uint32_t frame,
	enum server_state state)
{
	const struct server *server = client->server;

	return frame < server->config.frames &&
	       server->frames[frame].state == state &&
	       server->frames[frame].client == client;
}

int server_client_give(
	struct server_client *client, uint32_t frame, unsigned how)
{
	struct server *server = client->server;
	int error = -EINVAL;

	server_lock(server);
	if (is_at(client, frame, SERVER_HELD)) {
		server_frame_give(client, frame, how & GIVE_SOFT);
		client->asked -= client->asked != 0;
		server_limit_asked(client);
		if (how & GIVE_TAKEN)
			server->counts.taken++;
		else
			server->counts.returned++;
		error = 0;
	}
	server_unlock(server);
	return error;
}

static void source_give(
	struct frame_source *source, uint32_t frame, unsigned how)
{
	(void)server_client_give(client_of(source), frame, how);
}

static int source_get_back(struct frame_source *source, uint32_t frame)
{
	struct server_client *client = client_of(source);
	int error = 0;

	server_lock(client->server);
	if (!is_at(client, frame, SERVER_SOFT))
		error = -ENOENT;
	else if (!may_give(client))
		error = -ENOMEM;
	else
		server_frame_get_back(client, frame);
	server_unlock(client->server);
	return error;
}

int server_client_forget(
	struct server_client *client, uint32_t frame, bool stale)
{
	struct server *server = client->server;
	int error = -EINVAL;

	server_lock(server);
	if (is_at(client, frame, SERVER_SOFT)) {
		server_frame_forget(server, frame);
		server->counts.stale += stale;
		error = 0;
	}
	server_unlock(server);
	return error;
}

/* What has been reused is forgotten already. */
static void source_forget(
	struct frame_source *source, uint32_t frame, bool stale)
{
	(void)server_client_forget(client_of(source), frame, stale);
}

static void source_state(struct frame_source *source, struct source_state *out)
{
	struct server_client *client = client_of(source);

	server_lock(client->server);
	*out = (struct source_state){
		.guaranteed = client_guarantee(client),
		.held = client->held,
		.extra = client_extra(client),
		.asked = client->asked,
		.deadline = client->deadline,
	};
	server_unlock(client->server);
}

static int source_status(struct frame_source *source)
{
	struct server_client *client = client_of(source);
	int error;

	server_lock(client->server);
	error = client->control ? 0 : -ECONNABORTED;
	server_unlock(client->server);
	return error;
}

static void source_close(struct frame_source *source)
{
	server_client_destroy(client_of(source));
}

const struct frame_source_ops server_source_ops = {
	.take = source_take,
	.ask = source_ask,
	.give = source_give,
	.get_back = source_get_back,
	.forget = source_forget,
	.status = source_status,
	.state = source_state,
	.close = source_close,
};

/* A client that is late, which can't go until server_done_with; or NULL. */
static struct server_client *find_late(
	struct server *server, uint64_t now, uint64_t tick)
{
	struct server_client *client;

	server_lock(server);
	for (client = server->clients; client; client = client->next)
		if (client->tick < tick && client->asked &&
			client->config.overdue && client->deadline <= now)
			break;
	if (client) {
		client->tick = tick;
		client->users++;
	}
	server_unlock(server);
	return client;
}

uint32_t server_tick(struct server *server)
{
	uint64_t now = server->config.now(server->config.context);
	struct server_client *client;
	uint32_t taken = 0;
	uint64_t tick;

	server_lock(server);
	tick = ++server->ticks;
	server_unlock(server);
	while ((client = find_late(server, now, tick))) {
		taken += client->config.overdue(client->config.context);
		server_lock(server);
		server_done_with(client);
		server_unlock(server);
	}
	return taken;
}
