/*
 * Copies.  First all pages are looked up and every error found; then each
 * page of the destination shows its source's frame, or gets its bytes where
 * one of the two may not share (rules 3 and 6 of container.h).
 *
 * If the ranges overlap, a page may be written before it is read.  So the
 * sources are taken down first: their frames, borrowed so that none is
 * released; or, if bytes must be moved, those.
 */
#include "mm/container-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct work {
	struct container_view from, to;
	uint32_t *sources, *targets; /* [pages] */
	uint32_t pages;
};

/* How many pages RANGES are; more than MOST: too many, or out of bounds. */
static uint64_t count_pages(const struct container_end *end, uint32_t most)
{
	uint64_t pages = 0;
	uint32_t i;

	for (i = 0; i < end->count && pages <= most; i++) {
		if (!range_is_good(end->ranges[i]))
			return (uint64_t)most + 1;
		pages += end->ranges[i].pages;
	}
	return pages;
}

static struct server *server_of(const struct container_end *end)
{
	return end->container ? end->container->server : end->share->server;
}

static struct container_view view_of(const struct container_end *end)
{
	return end->container ? view_of_owner(end->container)
			      : view_of_holder(end->share);
}

/* The pages of END, which VIEW has RIGHT to, or why not. */
static int find_pages(const struct container_end *end,
	struct container_view *view, unsigned right, uint32_t *pages_out)
{
	int error = view_enter(view, right);
	uint32_t i, count;

	for (i = 0; !error && i < end->count; i++) {
		uint64_t at = end->ranges[i].offset;

		count = end->ranges[i].pages;
		error = pages_are_open(view, at, at + count, NULL);
		for (; !error && count--; at++) {
			*pages_out = page_find(view->container, at);
			if (*pages_out++ == PAGE_NONE)
				error = -ENOENT;
		}
	}
	return error;
}

static bool must_move(const struct work *work, uint32_t i)
{
	return work->from.container->memory != work->to.container->memory ||
	       container_page(work->from.container, work->sources[i])
		       ->writers ||
	       page_is_held(
		       container_page(work->to.container, work->targets[i]));
}

/* DATA, or zeros if it is NULL, is what the page TO shows. */
static void write_page(struct container *to, uint32_t page, const void *data)
{
	if (data) {
		page_own(to, page, true);
		memcpy(page_data(to, page), data,
			to->server->config.page_bytes);
	} else {
		page_empty(to, page);
	}
}

/* Nothing is overwritten that is still to be read. */
static void copy_in_order(const struct work *work)
{
	struct container *from = work->from.container;
	struct container *to = work->to.container;
	uint32_t i, frame;

	for (i = 0; i < work->pages; i++) {
		frame = container_page(from, work->sources[i])->frame;
		if (frame == container_page(to, work->targets[i])->frame)
			continue;
		if (!must_move(work, i))
			page_show(to, work->targets[i], frame);
		else if (frame == FRAME_NONE)
			write_page(to, work->targets[i], NULL);
		else
			write_page(to, work->targets[i],
				page_data(from, work->sources[i]));
	}
}

static bool overlaps(const struct work *work)
{
	struct container *container = work->to.container;
	bool found = false;
	uint32_t i;

	if (work->from.container != container)
		return false;
	for (i = 0; i < work->pages; i++)
		container_page(container, work->targets[i])->named = true;
	for (i = 0; i < work->pages; i++)
		found |= container_page(container, work->sources[i])->named;
	for (i = 0; i < work->pages; i++)
		container_page(container, work->targets[i])->named = false;
	return found;
}

/* Of one container: each target shows what its source did before. */
static void copy_frames(const struct work *work)
{
	struct container *container = work->to.container;
	uint32_t *frames = work->sources;
	uint32_t i;

	for (i = 0; i < work->pages; i++) {
		frames[i] = container_page(container, frames[i])->frame;
		frame_borrow(container->server, frames[i]);
	}
	for (i = 0; i < work->pages; i++)
		page_show(container, work->targets[i], frames[i]);
	for (i = 0; i < work->pages; i++)
		frame_return(container, frames[i]);
}

/* The same with bytes. */
static int copy_bytes(const struct work *work)
{
	struct container *container = work->to.container;
	size_t page_bytes = container->server->config.page_bytes;
	char *data = calloc(work->pages, page_bytes);
	uint32_t i;

	if (!data)
		return -ENOMEM;
	for (i = 0; i < work->pages; i++)
		if (container_page(container, work->sources[i])->frame !=
			FRAME_NONE)
			memcpy(data + i * page_bytes,
				page_data(container, work->sources[i]),
				page_bytes);
	for (i = 0; i < work->pages; i++)
		write_page(container, work->targets[i], data + i * page_bytes);
	free(data);
	return 0;
}

static int copy(const struct work *work)
{
	bool moves = false;
	uint32_t i;

	if (!overlaps(work)) {
		copy_in_order(work);
		return 0;
	}
	for (i = 0; i < work->pages && !moves; i++)
		moves = must_move(work, i);
	if (moves)
		return copy_bytes(work);
	copy_frames(work);
	return 0;
}

int container_scatter_gather(
	const struct container_end *from, const struct container_end *to)
{
	struct server *server = server_of(from);
	struct work work = {.from = view_of(from), .to = view_of(to)};
	uint64_t pages = count_pages(from, server->config.frames);
	int error;

	if (pages > server->config.frames || server != server_of(to) ||
		pages != count_pages(to, server->config.frames))
		return -EINVAL;
	work.pages = pages;
	work.sources = malloc((2 * pages + 1) * sizeof(*work.sources));
	if (!work.sources)
		return -ENOMEM;
	work.targets = work.sources + pages;
	server_lock(server);
	error = find_pages(from, &work.from, CONTAINER_READ, work.sources);
	if (!error)
		error = find_pages(to, &work.to, CONTAINER_FILL, work.targets);
	if (!error)
		error = copy(&work);
	server_unlock(server);
	free(work.sources);
	return error;
}

/* All that RANGES are together, from OFFSET on; false: it is too much. */
static bool sum_ranges(uint64_t offset, const struct container_range *ranges,
	uint32_t count, struct container_range *out)
{
	uint64_t pages = 0;
	uint32_t i;

	for (i = 0; i < count && pages <= UINT32_MAX; i++)
		pages += ranges[i].pages;
	*out = (struct container_range){offset, (uint32_t)pages};
	return pages <= UINT32_MAX;
}

int container_copy(struct container *from, uint64_t from_offset,
	struct container *to, uint64_t to_offset, uint32_t pages)
{
	struct container_range source = {from_offset, pages};
	struct container_range target = {to_offset, pages};

	return container_scatter_gather(
		&(struct container_end){from, NULL, &source, 1},
		&(struct container_end){to, NULL, &target, 1});
}

int container_copy_scatter(struct container *from, uint64_t from_offset,
	struct container *to, const struct container_range *ranges,
	uint32_t count)
{
	struct container_range source;

	if (!sum_ranges(from_offset, ranges, count, &source))
		return -EINVAL;
	return container_scatter_gather(
		&(struct container_end){from, NULL, &source, 1},
		&(struct container_end){to, NULL, ranges, count});
}

int container_gather(struct container *from,
	const struct container_range *ranges, uint32_t count,
	struct container *to, uint64_t to_offset)
{
	struct container_range target;

	if (!sum_ranges(to_offset, ranges, count, &target))
		return -EINVAL;
	return container_scatter_gather(
		&(struct container_end){from, NULL, ranges, count},
		&(struct container_end){to, NULL, &target, 1});
}
