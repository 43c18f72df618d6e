/*
 * Where each frame is: free, soft, held by a client, or contained.
 *
 * Soft frames are on a list in the order of their return: its front is reused
 * first.
 */
#include "mm/server-internal.h"

#include <errno.h>
#include <stdlib.h>

static void list_append(
	struct server *server, struct server_list *list, uint32_t number)
{
	struct server_frame *frame = &server->frames[number];

	frame->previous = list->last;
	frame->next = FRAME_NONE;
	if (list->last == FRAME_NONE)
		list->first = number;
	else
		server->frames[list->last].next = number;
	list->last = number;
	list->count++;
}

static void list_remove(
	struct server *server, struct server_list *list, uint32_t number)
{
	struct server_frame *frame = &server->frames[number];

	if (frame->previous == FRAME_NONE)
		list->first = frame->next;
	else
		server->frames[frame->previous].next = frame->next;
	if (frame->next == FRAME_NONE)
		list->last = frame->previous;
	else
		server->frames[frame->next].previous = frame->previous;
	list->count--;
}

int server_frames_init(struct server *server)
{
	uint32_t i = server->config.frames;

	server->frames = calloc(i, sizeof(*server->frames));
	if (!server->frames)
		return -ENOMEM;
	server->free_list = (struct server_list){FRAME_NONE, FRAME_NONE, 0};
	server->soft_list = server->free_list;
	/* the last of the list is used first: frame 0 */
	while (i--)
		list_append(server, &server->free_list, i);
	return 0;
}

void server_frames_fini(struct server *server)
{
	free(server->frames);
}

void server_frame_forget(struct server *server, uint32_t number)
{
	struct server_frame *frame = &server->frames[number];

	list_remove(server, &server->soft_list, number);
	frame->client = NULL;
	frame->state = SERVER_FREE;
	list_append(server, &server->free_list, number);
}

static void hold(struct server_client *client, uint32_t number)
{
	client->server->frames[number].state = SERVER_HELD;
	client->server->frames[number].client = client;
	client->held++;
}

/* The free frame that was returned last, else the oldest soft one. */
static uint32_t take_any(struct server *server)
{
	uint32_t number = server->free_list.last;

	if (number != FRAME_NONE) {
		list_remove(server, &server->free_list, number);
	} else {
		number = server->soft_list.first;
		list_remove(server, &server->soft_list, number);
		server->counts.reused++;
	}
	return number;
}

uint32_t server_frame_take(struct server *server, struct server_client *client)
{
	uint32_t number = take_any(server);

	hold(client, number);
	return number;
}

uint32_t server_frame_contain(struct server *server)
{
	uint32_t number = take_any(server);

	server->frames[number].state = SERVER_CONTAINED;
	server->frames[number].client = NULL;
	server->containers.contained++;
	return number;
}

void server_frame_release(struct server *server, uint32_t number)
{
	server->frames[number].state = SERVER_FREE;
	list_append(server, &server->free_list, number);
	server->containers.contained--;
}

void server_frame_get_back(struct server_client *client, uint32_t number)
{
	list_remove(client->server, &client->server->soft_list, number);
	hold(client, number);
	client->server->counts.had_back++;
}

void server_frame_give(
	struct server_client *client, uint32_t number, bool is_soft)
{
	struct server *server = client->server;
	struct server_frame *frame = &server->frames[number];

	client->held--;
	if (is_soft) {
		frame->state = SERVER_SOFT;
		list_append(server, &server->soft_list, number);
	} else {
		frame->state = SERVER_FREE;
		frame->client = NULL;
		list_append(server, &server->free_list, number);
	}
}

void server_frames_drop(struct server_client *client)
{
	struct server *server = client->server;
	uint32_t i;

	for (i = 0; i < server->config.frames; i++) {
		if (server->frames[i].client != client)
			continue;
		if (server->frames[i].state == SERVER_SOFT)
			server_frame_forget(server, i);
		else
			server_frame_give(client, i, false);
	}
}
