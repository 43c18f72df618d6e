/*
 * Where each frame is: free, soft, or held by a task.
 *
 * Soft frames are in a hash table by what they hold, and on a list in the
 * order of their return: its front is reused first.
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
	uint32_t frames = server->config.frames;
	uint32_t buckets = 1;
	uint32_t i;

	while (buckets < frames && buckets < UINT32_C(1) << 31)
		buckets *= 2;
	server->buckets_mask = buckets - 1;
	server->frames = calloc(frames, sizeof(*server->frames));
	server->buckets = malloc(buckets * sizeof(*server->buckets));
	if (!server->frames || !server->buckets) {
		server_frames_fini(server);
		return -ENOMEM;
	}
	for (i = 0; i < buckets; i++)
		server->buckets[i] = FRAME_NONE;
	server->free_list = (struct server_list){FRAME_NONE, FRAME_NONE, 0};
	server->soft_list = server->free_list;
	/* the last of the list is used first: frame 0 */
	for (i = frames; i--;)
		list_append(server, &server->free_list, i);
	return 0;
}

void server_frames_fini(struct server *server)
{
	free(server->frames);
	free(server->buckets);
}

uint32_t server_hash(
	const struct server *server, const struct store *store, uint64_t offset)
{
	uint64_t key = ((uintptr_t)store >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	key = (key ^ offset) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(key >> 32) & server->buckets_mask;
}

uint32_t server_frame_find(const struct server_task *task,
	const struct store *store, uint64_t offset)
{
	const struct server *server = task->server;
	const struct server_frame *frame;
	uint32_t at = server->buckets[server_hash(server, store, offset)];

	for (; at != FRAME_NONE; at = frame->next_hashed) {
		frame = &server->frames[at];
		if (frame->task == task && frame->store == store &&
			frame->offset == offset)
			break;
	}
	return at;
}

/* The soft frame is on no list and in no bucket any more. */
static void detach_soft(struct server *server, uint32_t number)
{
	struct server_frame *frame = &server->frames[number];
	uint32_t *link = &server->buckets[server_hash(
		server, frame->store, frame->offset)];

	while (*link != number)
		link = &server->frames[*link].next_hashed;
	*link = frame->next_hashed;
	list_remove(server, &server->soft_list, number);
	frame->store = NULL;
	frame->task = NULL;
}

void server_frame_forget(struct server *server, uint32_t number)
{
	detach_soft(server, number);
	server->frames[number].state = SERVER_FREE;
	list_append(server, &server->free_list, number);
}

void server_frames_forget(struct server_task *task, const struct store *store)
{
	struct server *server = task->server;
	uint32_t at = server->soft_list.first;
	uint32_t next;

	for (; at != FRAME_NONE; at = next) {
		next = server->frames[at].next;
		if (server->frames[at].task == task &&
			(!store || server->frames[at].store == store))
			server_frame_forget(server, at);
	}
}

static void hold(struct server_task *task, uint32_t number)
{
	task->server->frames[number].state = SERVER_HELD;
	task->server->frames[number].task = task;
	task->held++;
}

uint32_t server_frame_take(struct server *server, struct server_task *task)
{
	uint32_t number = server->free_list.last;

	if (number != FRAME_NONE) {
		list_remove(server, &server->free_list, number);
	} else {
		number = server->soft_list.first;
		detach_soft(server, number);
		server->counts.reused++;
	}
	hold(task, number);
	return number;
}

void server_frame_get_back(struct server_task *task, uint32_t number)
{
	detach_soft(task->server, number);
	hold(task, number);
	task->server->counts.had_back++;
}

void server_frame_give(
	struct server_task *task, const struct pager_removed *removed)
{
	struct server *server = task->server;
	struct server_frame *frame = &server->frames[removed->frame];
	uint32_t *bucket;

	task->held--;
	if (!removed->store) {
		frame->state = SERVER_FREE;
		frame->task = NULL;
		list_append(server, &server->free_list, removed->frame);
		return;
	}
	frame->state = SERVER_SOFT;
	frame->store = removed->store;
	frame->offset = removed->offset;
	bucket = &server->buckets[server_hash(
		server, frame->store, frame->offset)];
	frame->next_hashed = *bucket;
	*bucket = removed->frame;
	list_append(server, &server->soft_list, removed->frame);
}
