/* Containers, and the pages that are allocated to them: see container.h. */
#include "mm/container-internal.h"

#include <errno.h>
#include <stdlib.h>

/* Numbers are part of the keys of pages, with room for offsets. */
#define CONTAINERS_MAX (UINT64_MAX / CONTAINER_OFFSET_MAX)

/* CONTAINER gets the first number that is free. */
static int attach(struct server *server, struct container *container)
{
	struct container **link = &server->containers.first;
	uint32_t number = 0;

	for (; *link && (*link)->number == number; link = &(*link)->next)
		number++;
	if (number >= CONTAINERS_MAX)
		return -ENOMEM;
	container->number = number;
	container->next = *link;
	*link = container;
	container->control->containers++;
	return 0;
}

static void set_memory(struct container *container)
{
	const struct server_config *config = &container->server->config;

	container->own = (struct container_memory){
		.data = config->physmem_ops->data,
		.context = config->backend,
		.file = -1,
	};
	container->memory = container->control->memory;
	if (!container->memory)
		container->memory = &container->own;
}

int container_create(struct control *control, struct container **out)
{
	struct server *server = control->server;
	struct container *container = calloc(1, sizeof(*container));
	int error;

	if (!container)
		return -ENOMEM;
	container->server = server;
	container->control = control;
	server_lock(server);
	set_memory(container);
	if (!container->memory->data(container->memory->context, 0))
		error = -EINVAL;
	else
		error = containers_init(server);
	if (!error)
		error = attach(server, container);
	server_unlock(server);
	if (error)
		free(container);
	else
		*out = container;
	return error;
}

void container_counts(struct container *container, uint32_t *pages_out,
	uint32_t *reserved_out)
{
	server_lock(container->server);
	*pages_out = container->pages;
	*reserved_out = container->pages + container->claimed;
	server_unlock(container->server);
}

/* An allocation under way. */
struct work {
	struct container_view owner;
	struct container_range range;
	unsigned flags;
	uint32_t mine; /* frames claimed for it */
	/* what the last look at the range said */
	uint32_t pages;	  /* from its start on that can be made */
	uint32_t missing; /* that are not there, of these */
	int why;	  /* the next can't be; 0: there is none */
	uint64_t deadline;
};

/* How far the range can be made with FRAMES. The lock is held. */
static void look(struct work *work, uint32_t frames)
{
	uint64_t at = work->range.offset;

	work->missing = 0;
	work->why = 0;
	for (work->pages = 0; work->pages < work->range.pages;
		work->pages++, at++) {
		if (page_find(work->owner.container, at) == PAGE_NONE) {
			if (work->missing == frames)
				work->why = -ENOMEM;
			else
				work->missing++;
		} else if (work->flags & CONTAINER_SQUASH) {
			work->why = pages_are_open(
				&work->owner, at, at + 1, &work->deadline);
		} else {
			work->why = -EEXIST;
		}
		if (work->why)
			break;
	}
}

/* Claims what is missing. The lock may be given up meanwhile. */
static int claim(struct work *work)
{
	struct control *control = work->owner.container->control;
	struct server_containers *containers = &control->server->containers;
	uint32_t more = work->missing - work->mine;
	int error;

	control->guarantee -= more;
	containers->claimed += more;
	error = control_lowered(control, more);
	if (error) {
		containers->claimed -= more;
		control_regain(control, more);
	} else {
		work->mine += more;
	}
	return error;
}

/* Claims enough for all that can be made of the range. */
static int prepare(struct work *work)
{
	const struct control *control = work->owner.container->control;
	bool partial = work->flags & CONTAINER_PARTIAL;
	int error = 0;

	for (;;) {
		look(work, work->mine + control->guarantee);
		if (work->why && !partial)
			return work->why;
		if (work->missing <= work->mine)
			return 0;
		error = claim(work);
		if (error)
			return error;
	}
}

/* Makes what can be made; tells why there is no more. */
static int make(struct work *work)
{
	struct container *container = work->owner.container;
	struct server *server = container->server;
	uint32_t missing = work->missing;
	int error = work->why;
	uint32_t i, page;

	if (missing > server_there(server)) {
		error = -EAGAIN;
		look(work, server_there(server));
		if (!(work->flags & CONTAINER_PARTIAL))
			work->pages = work->missing = 0;
	}
	for (i = 0; i < work->pages; i++) {
		page = page_find(container, work->range.offset + i);
		if (page == PAGE_NONE)
			page_make(container, work->range.offset + i);
		else
			page_empty(container, page);
	}
	work->mine -= work->missing;
	server->containers.claimed -= work->missing;
	work->missing = missing - work->missing;
	return error;
}

int container_allocate(struct container *container,
	struct container_range range, unsigned flags,
	struct container_told *told)
{
	struct server *server = container->server;
	struct work work = {
		.owner = view_of_owner(container),
		.range = range,
		.flags = flags,
	};
	uint32_t back = 0;
	int error;

	if (!range_is_good(range) ||
		flags & ~(unsigned)(CONTAINER_PARTIAL | CONTAINER_SQUASH))
		return -EINVAL;
	server_lock(server);
	work.mine = container->claimed;
	container->claimed = 0;
	error = container->control ? prepare(&work) : -EKEYREVOKED;
	if (error) {
		work.pages = 0;
		container->claimed += work.mine;
	} else {
		error = make(&work);
		container->claimed += work.missing;
		back = work.mine - work.missing;
		server->containers.claimed -= back;
		if (error == -EAGAIN)
			work.deadline = server_ask_back(server, work.missing,
				work.missing - server_there(server),
				work.owner.now);
		if (back)
			control_raised(container->control, back);
	}
	server_unlock(server);
	if (error == -EAGAIN)
		server_notify(server);
	if (told)
		*told = (struct container_told){work.pages, work.deadline};
	return error;
}

/* 0, or why the pages from START up to END that are there can't go. */
static int may_go(const struct container_view *owner, uint64_t start,
	uint64_t end, uint64_t *deadline_out)
{
	const struct container *container = owner->container;
	uint64_t at = start;
	uint32_t page;

	for (; (page = page_find_from(container, at, end)) != PAGE_NONE;
		at = container_page(container, page)->offset + 1)
		if (page_is_held(container_page(container, page)))
			return -EBUSY;
	return pages_are_open(owner, start, end, deadline_out);
}

/* How many pages there were; they are gone. */
static uint32_t unmake(
	struct container *container, uint64_t start, uint64_t end)
{
	uint32_t count = 0;
	uint32_t page;

	for (; (page = page_find_from(container, start, end)) != PAGE_NONE;
		count++) {
		start = container_page(container, page)->offset + 1;
		page_unmake(container, page);
	}
	return count;
}

int container_deallocate(struct container *container,
	struct container_range range, unsigned flags,
	struct container_told *told)
{
	struct container_view owner = view_of_owner(container);
	uint64_t end = range.offset + range.pages;
	struct container_told said = {0};
	int error = 0;

	if (!range_is_good(range) || flags & ~(unsigned)CONTAINER_PARTIAL)
		return -EINVAL;
	server_lock(container->server);
	if (!(flags & CONTAINER_PARTIAL))
		error = pages_are_there(container, range.offset, end);
	if (!error)
		error = may_go(&owner, range.offset, end, &said.deadline);
	if (!error)
		said.pages = unmake(container, range.offset, end);
	if (said.pages)
		control_raised(container->control, said.pages);
	server_unlock(container->server);
	if (told)
		*told = said;
	return error;
}

static void detach(struct container *container)
{
	struct container **link = &container->server->containers.first;

	while (*link != container)
		link = &(*link)->next;
	*link = container->next;
}

/* The container has nothing; how many frames it had reserved. */
static uint32_t clear(struct container *container)
{
	struct control *control = container->control;
	uint32_t back = unmake(container, 0, CONTAINER_OFFSET_MAX);

	back += container->claimed;
	container->server->containers.claimed -= container->claimed;
	container->claimed = 0;
	shares_end(container);
	control->containers--;
	container->control = NULL;
	return back;
}

int container_destroy(struct container *container)
{
	struct container_view owner = view_of_owner(container);
	struct server *server = container->server;
	struct control *control = container->control;
	uint32_t back;
	int error;

	server_lock(server);
	error = may_go(&owner, 0, CONTAINER_OFFSET_MAX, NULL);
	if (!error) {
		detach(container);
		back = control ? clear(container) : 0;
		if (back)
			control_raised(control, back);
	}
	server_unlock(server);
	if (!error)
		free(container);
	return error;
}

/* No page of CONTAINER is held. */
static void let_go(struct container *container)
{
	uint64_t at = 0;
	uint32_t page;

	while (container->windows)
		window_cut(container->windows);
	while ((page = page_find_from(container, at, CONTAINER_OFFSET_MAX)) !=
		PAGE_NONE) {
		container_page(container, page)->pins = 0;
		at = container_page(container, page)->offset + 1;
	}
}

void containers_cut(struct control *control)
{
	struct container *at;

	for (at = control->server->containers.first; at; at = at->next)
		if (at->control == control) {
			let_go(at);
			control_regain(control, clear(at));
		}
}
