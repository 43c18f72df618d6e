/* server_check: invariants 1 to 4 of server.h, executable. */
#include "mm/container-internal.h"

#include <stdlib.h>

/* 1: the frames of LIST are in STATE; each is seen once. */
static const char *check_list(const struct server *server,
	const struct server_list *list, enum server_state state, uint8_t *seen)
{
	uint32_t previous = FRAME_NONE;
	uint32_t count = 0;
	uint32_t at;

	for (at = list->first; at != FRAME_NONE; at = server->frames[at].next) {
		if (at >= server->config.frames || seen[at]++)
			return "server: a list of frames is broken";
		if (server->frames[at].state != state)
			return "server: a frame is on the wrong list";
		if (server->frames[at].previous != previous)
			return "server: a list's way back is another";
		previous = at;
		count++;
	}
	if (list->last != previous || list->count != count)
		return "server: a list's end or count is wrong";
	return NULL;
}

/* 2 and 4. */
static const char *check_clients(
	const struct server *server, uint32_t *held_out)
{
	const struct server_client *client;
	uint32_t held, i;

	*held_out = 0;
	for (client = server->clients; client; client = client->next) {
		held = 0;
		for (i = 0; i < server->config.frames; i++)
			held += server->frames[i].state == SERVER_HELD &&
				server->frames[i].client == client;
		if (held != client->held)
			return "server: a client holds another number of "
			       "frames";
		if (client->asked > client_extra(client))
			return "server: more is asked back than is extra";
		if (client->control->client != client)
			return "server: a control has another client";
		*held_out += held;
	}
	return NULL;
}

/* 3. */
static const char *check_controls(const struct server *server)
{
	uint64_t sum = server->root.guarantee + server->containers.reserved +
		       server->containers.claimed;
	const struct control *at;

	for (at = server->controls; at; at = at->next)
		sum += at->guarantee;
	return sum == server->config.frames
		       ? NULL
		       : "server: what is guaranteed is not all frames";
}

static const char *check_all(const struct server *server, uint8_t *seen)
{
	const char *why =
		check_list(server, &server->free_list, SERVER_FREE, seen);
	uint32_t held;

	if (!why)
		why = check_list(server, &server->soft_list, SERVER_SOFT, seen);
	if (!why)
		why = check_clients(server, &held);
	if (!why && server->free_list.count + server->soft_list.count + held +
				    server->containers.contained !=
			    server->config.frames)
		why = "server: the frames of all kinds are not all frames";
	if (!why)
		why = check_controls(server);
	return why ? why : containers_check(server);
}

const char *server_check(struct server *server)
{
	uint8_t *seen = calloc(server->config.frames, 1);
	const char *why;

	if (!seen)
		return "server: no memory to check with";
	server_lock(server);
	why = check_all(server, seen);
	server_unlock(server);
	free(seen);
	return why;
}
