/*
 * Windows and pins: pages that keep their frames.  A window's addresses are
 * the memory's file, mapped frame by frame, neighbours in one piece.
 */
#include "mm/container-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The page has one window more. */
static void hold_page(
	struct container *container, uint64_t offset, unsigned access)
{
	uint32_t number = page_find(container, offset);
	struct container_page *page = container_page(container, number);

	page_settle(container, number);
	if (access & PROTECT_WRITE)
		page_own(container, number, false);
	page->windows++;
	page->writers += access & PROTECT_WRITE ? 1 : 0;
}

/* The pages of WINDOW, which are there, are not held by it any more. */
static void let_go(const struct container_window *window)
{
	struct container_page *page;
	uint32_t i;

	for (i = 0; i < window->range.pages; i++) {
		page = container_page(window->container,
			page_find(window->container, window->range.offset + i));
		page->windows--;
		page->writers -= window->access & PROTECT_WRITE ? 1 : 0;
	}
}

/* 0, or why the pages of RANGE can't be held by their owner. */
static int may_hold(
	const struct container_view *owner, struct container_range range)
{
	uint64_t end = range.offset + range.pages;
	int error = pages_are_there(owner->container, range.offset, end);

	return error ? error : pages_are_open(owner, range.offset, end, NULL);
}

/* WINDOW is complete but for its address. */
static int hold(struct container_window *window)
{
	struct container *container = window->container;
	struct container_view owner = view_of_owner(container);
	uint32_t i, page;
	int error;

	server_lock(window->server);
	error = may_hold(&owner, window->range);
	for (i = 0; !error && i < window->range.pages; i++) {
		hold_page(container, window->range.offset + i, window->access);
		page = page_find(container, window->range.offset + i);
		window->frames[i] = container_page(container, page)->frame;
	}
	if (!error) {
		window->next = container->windows;
		container->windows = window;
	}
	server_unlock(window->server);
	return error;
}

int container_hold(struct container *container, struct container_range range,
	unsigned access, struct container_window **out)
{
	struct container_window *window;
	int error;

	if (!range.pages || !range_is_good(range) || !(access & PROTECT_READ) ||
		access & ~(unsigned)(PROTECT_READ | PROTECT_WRITE))
		return -EINVAL;
	if (range.pages > container->server->config.frames)
		return -ENOENT;
	window = calloc(
		1, sizeof(*window) + range.pages * sizeof(*window->frames));
	if (!window)
		return -ENOMEM;
	window->container = container;
	window->server = container->server;
	window->range = range;
	window->access = access;
	error = hold(window);
	if (error)
		free(window);
	else
		*out = window;
	return error;
}

static size_t bytes_of(const struct container_window *window)
{
	return (size_t)window->range.pages * window->server->config.page_bytes;
}

/* Frames that follow each other are mapped by one call. */
static int map_frames(const struct container_window *window)
{
	const struct container_memory *memory = window->container->memory;
	size_t page_bytes = window->server->config.page_bytes;
	int protection = PROT_READ;
	uint32_t i, run;

	if (window->access & PROTECT_WRITE)
		protection |= PROT_WRITE;
	for (i = 0; i < window->range.pages; i += run) {
		for (run = 1;
			i + run < window->range.pages &&
			window->frames[i + run] == window->frames[i] + run;)
			run++;
		if (mmap(window->address + i * page_bytes, run * page_bytes,
			    protection, MAP_SHARED | MAP_FIXED, memory->file,
			    (off_t)window->frames[i] * (off_t)page_bytes) ==
			MAP_FAILED)
			return -ENOMEM;
	}
	return 0;
}

/* Of zeros, at ADDRESS or, if that is NULL, anywhere. */
static void *map_zeros(void *address, size_t bytes)
{
	return mmap(address, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			(address ? MAP_FIXED : 0),
		-1, 0);
}

int container_map(struct container *container, struct container_range range,
	unsigned access, struct container_window **out)
{
	size_t system_bytes = (size_t)sysconf(_SC_PAGESIZE);
	struct container_window *window;
	int error;

	if (container->memory->file < 0 ||
		container->server->config.page_bytes % system_bytes)
		return -ENODEV;
	error = container_hold(container, range, access, &window);
	if (error)
		return error;
	window->address = map_zeros(NULL, bytes_of(window));
	if (window->address == MAP_FAILED) {
		window->address = NULL;
		error = -ENOMEM;
	} else {
		error = map_frames(window);
	}
	if (error)
		container_unmap(window);
	else
		*out = window;
	return error;
}

/* Its pages are not WINDOW's any more. */
static void detach(struct container_window *window)
{
	struct container_window **link = &window->container->windows;

	let_go(window);
	while (*link != window)
		link = &(*link)->next;
	*link = window->next;
	window->container = NULL;
}

void container_unmap(struct container_window *window)
{
	struct server *server = window->server;

	/* first, so that the frames are nobody else's while they are shown */
	if (window->address)
		munmap(window->address, bytes_of(window));
	server_lock(server);
	if (window->container)
		detach(window);
	server_unlock(server);
	free(window);
}

void window_cut(struct container_window *window)
{
	if (window->address)
		(void)map_zeros(window->address, bytes_of(window));
	detach(window);
}

void *container_window_address(const struct container_window *window)
{
	return window->address;
}

const uint32_t *container_window_frames(const struct container_window *window)
{
	return window->frames;
}

/* 0, or why the pages of RANGE can't be pinned by their owner. */
static int may_pin(
	const struct container_view *owner, struct container_range range)
{
	int error = may_hold(owner, range);
	uint32_t i, page;

	for (i = 0; !error && i < range.pages; i++) {
		page = page_find(owner->container, range.offset + i);
		if (container_page(owner->container, page)->pins == UINT32_MAX)
			error = -EOVERFLOW;
	}
	return error;
}

int container_pin(struct container *container, struct container_range range)
{
	struct container_view owner = view_of_owner(container);
	uint32_t i, page;
	int error;

	if (!range_is_good(range))
		return -EINVAL;
	server_lock(container->server);
	error = may_pin(&owner, range);
	for (i = 0; !error && i < range.pages; i++) {
		page = page_find(container, range.offset + i);
		page_settle(container, page);
		container_page(container, page)->pins++;
	}
	server_unlock(container->server);
	return error;
}

int container_unpin(struct container *container, struct container_range range)
{
	uint64_t end = range.offset + range.pages;
	uint32_t i, page;
	int error;

	if (!range_is_good(range))
		return -EINVAL;
	server_lock(container->server);
	error = pages_are_there(container, range.offset, end);
	for (i = 0; !error && i < range.pages; i++) {
		page = page_find(container, range.offset + i);
		if (!container_page(container, page)->pins)
			error = -EINVAL;
	}
	for (i = 0; !error && i < range.pages; i++) {
		page = page_find(container, range.offset + i);
		container_page(container, page)->pins--;
	}
	server_unlock(container->server);
	return error;
}
