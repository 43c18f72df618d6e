/*
 * The pages of containers, and the frames that they show.
 *
 *    page --frame--> frame --first--> one of its pages
 *      ^                                 |
 *      +---- next, previous: a ring -----+
 *
 * A page takes a frame only from what is reserved: each page has one, so as
 * long as two pages share a frame there is one left for either.
 */
#include "mm/container-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int containers_init(struct server *server)
{
	struct server_containers *containers = &server->containers;
	uint32_t frames = server->config.frames;
	uint32_t i;

	if (containers->pages)
		return 0;
	containers->pages = calloc(frames, sizeof(*containers->pages));
	containers->frames = calloc(frames, sizeof(*containers->frames));
	if (!containers->pages || !containers->frames ||
		btree_pool_create(frames, 1, &containers->pool)) {
		containers_fini(server);
		return -ENOMEM;
	}
	btree_init(&containers->tree, containers->pool);
	for (i = 0; i < frames; i++)
		containers->pages[i].next = i + 1 < frames ? i + 1 : PAGE_NONE;
	containers->free = 0;
	return 0;
}

void containers_fini(struct server *server)
{
	struct server_containers *containers = &server->containers;

	if (containers->pool)
		btree_pool_destroy(containers->pool);
	free(containers->pages);
	free(containers->frames);
	memset(containers, 0, sizeof(*containers));
}

/* All containers' pages are in one tree: a container's in one part of it. */
static uint64_t key_of(const struct container *container, uint64_t offset)
{
	return container->number * CONTAINER_OFFSET_MAX + offset;
}

uint32_t page_find(const struct container *container, uint64_t offset)
{
	uint32_t page;

	if (offset >= CONTAINER_OFFSET_MAX ||
		!btree_find(&container->server->containers.tree,
			key_of(container, offset), &page, NULL))
		return PAGE_NONE;
	return page;
}

uint32_t page_find_from(
	const struct container *container, uint64_t offset, uint64_t end)
{
	uint64_t key;
	uint32_t page;

	if (offset >= end ||
		!btree_find_at_or_above(&container->server->containers.tree,
			key_of(container, offset), &key, &page) ||
		key >= key_of(container, end))
		return PAGE_NONE;
	return page;
}

int pages_are_there(
	const struct container *container, uint64_t start, uint64_t end)
{
	for (; start < end; start++)
		if (page_find(container, start) == PAGE_NONE)
			return -ENOENT;
	return 0;
}

void page_make(struct container *container, uint64_t offset)
{
	struct server_containers *containers = &container->server->containers;
	uint32_t number = containers->free;
	struct container_page *page = container_page(container, number);

	containers->free = page->next;
	*page = (struct container_page){
		.container = container,
		.offset = offset,
		.frame = FRAME_NONE,
		.next = number,
		.previous = number,
	};
	/* the pool has a place for each frame, and there are no more pages */
	(void)btree_insert(&containers->tree, key_of(container, offset), number,
		NULL, NULL);
	container->pages++;
	containers->reserved++;
}

void page_unmake(struct container *container, uint32_t number)
{
	struct server_containers *containers = &container->server->containers;
	struct container_page *page = container_page(container, number);

	page_empty(container, number);
	(void)btree_remove(
		&containers->tree, key_of(container, page->offset), BTREE_NONE);
	page->container = NULL;
	page->next = containers->free;
	containers->free = number;
	container->pages--;
	containers->reserved--;
}

static struct container_frame *frame_of(
	const struct container *container, uint32_t frame)
{
	return &container->server->containers.frames[frame];
}

static void *frame_data(const struct container *container, uint32_t frame)
{
	return container->memory->data(container->memory->context, frame);
}

void *page_data(const struct container *container, uint32_t page)
{
	return frame_data(container, container_page(container, page)->frame);
}

/* If nobody has the frame any more, it is the server's. */
static void release(struct container *container, uint32_t frame)
{
	const struct container_frame *at = frame_of(container, frame);

	if (at->pages || at->borrowed)
		return;
	server_frame_release(container->server, frame);
	if (container->memory->leave)
		container->memory->leave(container->memory->context, frame);
}

/* The page shows FRAME; before, it showed none. */
static void join(struct container *container, uint32_t number, uint32_t frame)
{
	struct container_page *page = container_page(container, number);
	struct container_frame *at = frame_of(container, frame);
	struct container_page *first;

	page->frame = frame;
	if (!at->pages++) {
		at->first = number;
		return;
	}
	first = container_page(container, at->first);
	page->next = at->first;
	page->previous = first->previous;
	container_page(container, first->previous)->next = number;
	first->previous = number;
}

/* The page shows no frame. */
static void leave(struct container *container, uint32_t number)
{
	struct container_page *page = container_page(container, number);
	struct container_frame *at = frame_of(container, page->frame);

	container_page(container, page->previous)->next = page->next;
	container_page(container, page->next)->previous = page->previous;
	if (at->first == number)
		at->first = page->next;
	at->pages--;
	page->next = page->previous = number;
	page->frame = FRAME_NONE;
}

void page_show(struct container *container, uint32_t page, uint32_t frame)
{
	uint32_t old = container_page(container, page)->frame;

	if (old == frame)
		return;
	if (old != FRAME_NONE) {
		leave(container, page);
		release(container, old);
	}
	if (frame != FRAME_NONE)
		join(container, page, frame);
}

void page_empty(struct container *container, uint32_t page)
{
	if (!page_is_held(container_page(container, page))) {
		page_show(container, page, FRAME_NONE);
		return;
	}
	page_own(container, page, true);
	memset(page_data(container, page), 0,
		container->server->config.page_bytes);
}

/* All pages that share PAGE's frame get another one, the same for all. */
static void move_others(struct container *container, uint32_t page)
{
	struct server *server = container->server;
	uint32_t old = container_page(container, page)->frame;
	uint32_t new = server_frame_contain(server);
	uint32_t at;

	memcpy(frame_data(container, new), frame_data(container, old),
		server->config.page_bytes);
	while (frame_of(container, old)->pages > 1) {
		at = container_page(container, page)->next;
		leave(container, at);
		join(container, at, new);
	}
}

/* The page, which shares its frame or has none, gets one of its own. */
static void move_page(struct container *container, uint32_t page, bool all)
{
	struct server *server = container->server;
	size_t bytes = server->config.page_bytes;
	uint32_t old = container_page(container, page)->frame;
	uint32_t new = server_frame_contain(server);

	if (old != FRAME_NONE)
		leave(container, page);
	join(container, page, new);
	if (all)
		return;
	if (old == FRAME_NONE)
		memset(frame_data(container, new), 0, bytes);
	else
		memcpy(frame_data(container, new), frame_data(container, old),
			bytes);
}

void page_own(struct container *container, uint32_t page, bool all)
{
	const struct container_page *at = container_page(container, page);

	if (at->frame != FRAME_NONE &&
		frame_of(container, at->frame)->pages == 1)
		return;
	if (page_is_held(at))
		move_others(container, page);
	else
		move_page(container, page, all);
}

void page_settle(struct container *container, uint32_t number)
{
	struct container_page *page = container_page(container, number);
	uint32_t first;

	if (page_is_held(page))
		return;
	if (page->frame == FRAME_NONE) {
		move_page(container, number, false);
	} else {
		first = frame_of(container, page->frame)->first;
		if (page_is_held(container_page(container, first)))
			move_page(container, number, false);
	}
	frame_of(container, page->frame)->first = number;
}

void frame_borrow(struct server *server, uint32_t frame)
{
	if (frame != FRAME_NONE)
		server->containers.frames[frame].borrowed++;
}

void frame_return(struct container *container, uint32_t frame)
{
	if (frame == FRAME_NONE)
		return;
	frame_of(container, frame)->borrowed--;
	release(container, frame);
}
