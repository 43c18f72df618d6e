/*
 * Filling and reading.  Bytes are moved with the server's lock held, a page
 * at a time: each page is filled or read in one step, and others have their
 * turn in between.
 */
#include "mm/container-internal.h"

#include <errno.h>
#include <string.h>

/* Who moves bytes, and from or to where: one of the two. */
struct transfer {
	struct server *server;
	struct container_view view;
	const char *from;
	char *to;
};

/* 0, or why bytes of the pages from START up to END can't be moved.  After an
 * error the container may be gone.  The lock is held. */
static int may_move(struct transfer *transfer, uint64_t start, uint64_t end)
{
	struct container_view *view = &transfer->view;
	unsigned right = transfer->from ? CONTAINER_FILL : CONTAINER_READ;
	int error = view_enter(view, right);

	if (!error)
		error = pages_are_there(view->container, start, end);
	if (!error)
		error = pages_are_open(view, start, end, NULL);
	return error;
}

/* BYTES from START on of the page at OFFSET. The lock is held. */
static int move_piece(
	struct transfer *transfer, uint64_t offset, size_t start, size_t bytes)
{
	int error = may_move(transfer, offset, offset + 1);
	struct container *container = transfer->view.container;
	uint32_t page;

	if (error)
		return error;
	page = page_find(container, offset);
	if (transfer->from) {
		page_own(container, page,
			bytes == transfer->server->config.page_bytes);
		memcpy((char *)page_data(container, page) + start,
			transfer->from, bytes);
		transfer->from += bytes;
		return 0;
	}
	if (container_page(container, page)->frame == FRAME_NONE)
		memset(transfer->to, 0, bytes);
	else
		memcpy(transfer->to, (char *)page_data(container, page) + start,
			bytes);
	transfer->to += bytes;
	return 0;
}

/* BYTES from byte AT on. */
static int move(struct transfer *transfer, uint64_t at, size_t bytes)
{
	struct server *server = transfer->server;
	uint64_t page_bytes = server->config.page_bytes;
	uint64_t end = at + bytes;
	int error;

	if (end < at)
		return -ENOENT;
	server_lock(server);
	error = may_move(transfer, at / page_bytes,
		bytes ? (end - 1) / page_bytes + 1 : at / page_bytes);
	while (!error && at < end) {
		uint64_t start = at % page_bytes;
		uint64_t piece = page_bytes - start;

		if (piece > end - at)
			piece = end - at;
		error = move_piece(transfer, at / page_bytes, start, piece);
		at += piece;
		/* others have their turn */
		server_unlock(server);
		server_lock(server);
	}
	server_unlock(server);
	return error;
}

int container_fill(struct container *container, uint64_t at, const void *data,
	size_t bytes)
{
	struct transfer transfer = {
		.server = container->server,
		.view = view_of_owner(container),
		.from = data,
	};

	return move(&transfer, at, bytes);
}

int container_read(
	struct container *container, uint64_t at, void *data, size_t bytes)
{
	struct transfer transfer = {
		.server = container->server,
		.view = view_of_owner(container),
		.to = data,
	};

	return move(&transfer, at, bytes);
}

int container_share_fill(struct container_share *share, uint64_t at,
	const void *data, size_t bytes)
{
	struct transfer transfer = {
		.server = share->server,
		.view = view_of_holder(share),
		.from = data,
	};

	return move(&transfer, at, bytes);
}

int container_share_read(
	struct container_share *share, uint64_t at, void *data, size_t bytes)
{
	struct transfer transfer = {
		.server = share->server,
		.view = view_of_holder(share),
		.to = data,
	};

	return move(&transfer, at, bytes);
}
