/*
 * Containers of clients in other processes.  Their pages are in the owner's
 * memory file; holders of shares have their bytes moved by the server, and
 * see no frame.
 */
#include "mm/physmem-server-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mm/physmem.h"

enum {
	OBJECTS_MAX = 4096, /* of a client */
	COPY_RANGES_MAX = (SOCKET_DATA_MAX - sizeof(struct socket_copy)) /
			  sizeof(struct socket_range),
	WINDOW_PAGES_MAX = SOCKET_DATA_MAX / sizeof(uint32_t),
};

enum object_type {
	OBJECT_CONTAINER,
	OBJECT_WINDOW,
	OBJECT_GRANT, /* a share, as its owner names it */
};

struct object {
	struct object *next;
	uint32_t number;
	enum object_type type;
	struct container *container; /* that it is, or is of */
	struct container_window *window;
	struct container_share *share;
};

static void *memory_of(void *context, uint32_t frame)
{
	struct peer *peer = context;
	size_t page_bytes = peer->owner->config.page_bytes;
	size_t bytes = peer->owner->config.frames * page_bytes;
	void *mapped;

	if (!peer->mapped) {
		mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			peer->memory_fd, 0);
		if (mapped == MAP_FAILED)
			return NULL;
		peer->mapped = mapped;
	}
	return peer->mapped + frame * page_bytes;
}

static void enter_memory(void *context, uint32_t frame)
{
	peer_got_frame(context, frame);
}

int peer_use_file(struct peer *peer)
{
	peer->memory = (struct container_memory){
		.data = memory_of,
		.enter = enter_memory,
		.context = peer,
		.file = -1, /* the client maps it, not this process */
	};
	return control_set_memory(peer->control, &peer->memory);
}

static struct object *find(
	const struct peer *peer, uint32_t number, enum object_type type)
{
	struct object *at = peer->objects;

	while (at && (at->number != number || at->type != type))
		at = at->next;
	return at;
}

/* An object for what is to be made. -EMFILE, -ENOMEM. */
static int make_object(struct peer *peer, enum object_type type,
	struct container *container, struct object **out)
{
	struct object *object;

	if (peer->objects_count >= OBJECTS_MAX)
		return -EMFILE;
	object = calloc(1, sizeof(*object));
	if (!object)
		return -ENOMEM;
	object->type = type;
	object->container = container;
	*out = object;
	return 0;
}

/* It has been made. */
static void add_object(
	struct peer *peer, struct object *object, struct call *call)
{
	object->number = ++peer->last_object;
	object->next = peer->objects;
	peer->objects = object;
	peer->objects_count++;
	call->reply.number = object->number;
}

static void remove_object(struct peer *peer, struct object *object)
{
	struct object **link = &peer->objects;

	while (*link != object)
		link = &(*link)->next;
	*link = object->next;
	peer->objects_count--;
	free(object);
}

uint32_t peer_contained(const struct peer *peer)
{
	const struct object *at;
	uint32_t sum = 0;
	uint32_t pages, reserved;

	for (at = peer->objects; at; at = at->next) {
		if (at->type != OBJECT_CONTAINER)
			continue;
		container_counts(at->container, &pages, &reserved);
		sum += reserved;
	}
	return sum;
}

void peer_drop_objects(struct peer *peer)
{
	struct object *at, *next;

	/* they have no pages any more: nothing can be in the way */
	for (at = peer->objects; at; at = at->next)
		if (at->type == OBJECT_WINDOW)
			container_unmap(at->window);
	for (at = peer->objects; at; at = next) {
		next = at->next;
		if (at->type == OBJECT_CONTAINER)
			(void)container_destroy(at->container);
		free(at);
	}
	peer->objects = NULL;
	peer->objects_count = 0;
	if (peer->share)
		container_share_drop(peer->share);
	peer->share = NULL;
}

static struct container_range range_of(const struct socket_request *request)
{
	return (struct container_range){request->offset, request->other};
}

static int on_create(struct peer *peer, struct call *call)
{
	struct object *object;
	int error = make_object(peer, OBJECT_CONTAINER, NULL, &object);

	if (error)
		return error;
	error = container_create(peer->control, &object->container);
	if (error)
		free(object);
	else
		add_object(peer, object, call);
	return error;
}

/* The guarantee of PEER's control BEFORE a call that changes it: what has
 * changed goes to the client with the reply. */
static uint32_t begin_change(struct peer *peer)
{
	peer->is_asking_back = true;
	return control_guarantee(peer->control);
}

static void end_change(struct peer *peer, struct call *call, uint32_t before)
{
	uint32_t after = control_guarantee(peer->control);

	peer->is_asking_back = false;
	if (after < before)
		call->reply.lowered = before - after;
	else
		call->reply.raised = after - before;
}

static int on_container_destroy(struct peer *peer, struct call *call)
{
	struct object *object =
		find(peer, call->request.number, OBJECT_CONTAINER);
	struct object *at, *next;
	struct container *container;
	uint32_t before;
	int error;

	if (!object)
		return -ENOENT;
	container = object->container;
	before = begin_change(peer);
	error = container_destroy(container);
	end_change(peer, call, before);
	if (error)
		return error;
	/* its shares have gone with it; windows would have been in the way */
	for (at = peer->objects; at; at = next) {
		next = at->next;
		if (at->container == container)
			remove_object(peer, at);
	}
	return 0;
}

static int change_pages(struct peer *peer, struct call *call,
	int (*change)(struct container *container, struct container_range range,
		unsigned flags, struct container_told *told))
{
	const struct object *object =
		find(peer, call->request.number, OBJECT_CONTAINER);
	struct container_told told = {0};
	uint32_t before;
	int error;

	if (!object)
		return -ENOENT;
	before = begin_change(peer);
	error = change(object->container, range_of(&call->request),
		call->request.flags, &told);
	end_change(peer, call, before);
	call->reply.number = told.pages;
	call->reply.value = told.deadline;
	return error;
}

static int on_allocate(struct peer *peer, struct call *call)
{
	return change_pages(peer, call, container_allocate);
}

static int on_deallocate(struct peer *peer, struct call *call)
{
	return change_pages(peer, call, container_deallocate);
}

static int on_fill(struct peer *peer, struct call *call)
{
	const struct object *object =
		find(peer, call->request.number, OBJECT_CONTAINER);

	if (!object)
		return -ENOENT;
	return container_fill(object->container, call->request.offset,
		call->data, call->data_bytes);
}

static int on_read(struct peer *peer, struct call *call)
{
	const struct object *object =
		find(peer, call->request.number, OBJECT_CONTAINER);
	int error;

	if (!object)
		return -ENOENT;
	if (call->request.other > SOCKET_DATA_MAX)
		return -EINVAL;
	error = container_read(object->container, call->request.offset,
		call->data, call->request.other);
	call->reply_bytes = error ? 0 : call->request.other;
	return error;
}

/* COUNT ranges from *AT on, which they are moved behind. */
static bool take_ranges(struct call *call, size_t *at, uint32_t count,
	struct container_range *out)
{
	struct socket_range range;
	uint32_t i;

	for (i = 0; i < count; i++) {
		memcpy(&range, call->data + *at, sizeof(range));
		*at += sizeof(range);
		if (range.zero)
			return false;
		out[i] = (struct container_range){range.offset, range.pages};
	}
	return true;
}

static int on_copy(struct peer *peer, struct call *call)
{
	struct container_range *ranges;
	struct container_end from = {0}, to = {0};
	const struct object *source, *target;
	size_t at = sizeof(struct socket_copy);
	struct socket_copy copy;
	int error = -EINVAL;

	if (call->data_bytes < sizeof(copy))
		return -EINVAL;
	memcpy(&copy, call->data, sizeof(copy));
	if (copy.from_count > COPY_RANGES_MAX ||
		copy.to_count > COPY_RANGES_MAX ||
		call->data_bytes != at + (copy.from_count + copy.to_count) *
						    sizeof(struct socket_range))
		return -EINVAL;
	source = find(peer, copy.from, OBJECT_CONTAINER);
	target = find(peer, copy.to, OBJECT_CONTAINER);
	if (!source || !target)
		return -ENOENT;
	ranges = calloc(
		copy.from_count + copy.to_count + (size_t)1, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	from.container = source->container;
	from.ranges = ranges;
	from.count = copy.from_count;
	to.container = target->container;
	to.ranges = ranges + copy.from_count;
	to.count = copy.to_count;
	if (take_ranges(call, &at, copy.from_count + copy.to_count, ranges))
		error = container_scatter_gather(&from, &to);
	free(ranges);
	return error;
}

static int on_hold(struct peer *peer, struct call *call)
{
	const struct object *container =
		find(peer, call->request.number, OBJECT_CONTAINER);
	uint32_t pages = call->request.other;
	struct object *window;
	int error;

	if (!container)
		return -ENOENT;
	if (pages > WINDOW_PAGES_MAX)
		return -EINVAL;
	error = make_object(peer, OBJECT_WINDOW, container->container, &window);
	if (error)
		return error;
	error = container_hold(container->container, range_of(&call->request),
		call->request.flags, &window->window);
	if (error) {
		free(window);
		return error;
	}
	add_object(peer, window, call);
	call->reply_bytes = pages * sizeof(uint32_t);
	memcpy(call->data, container_window_frames(window->window),
		call->reply_bytes);
	return 0;
}

static int on_unhold(struct peer *peer, struct call *call)
{
	struct object *window = find(peer, call->request.number, OBJECT_WINDOW);

	if (!window)
		return -ENOENT;
	container_unmap(window->window);
	remove_object(peer, window);
	return 0;
}

static int pin(struct peer *peer, const struct call *call,
	int (*change)(
		struct container *container, struct container_range range))
{
	const struct object *object =
		find(peer, call->request.number, OBJECT_CONTAINER);

	if (!object)
		return -ENOENT;
	return change(object->container, range_of(&call->request));
}

static int on_pin(struct peer *peer, struct call *call)
{
	return pin(peer, call, container_pin);
}

static int on_unpin(struct peer *peer, struct call *call)
{
	return pin(peer, call, container_unpin);
}

static int on_share(struct peer *peer, struct call *call)
{
	const struct object *container =
		find(peer, call->request.number, OBJECT_CONTAINER);
	struct container_share_config config = {
		.rights = call->request.flags,
		.lock_max = call->request.value,
	};
	struct object *grant;
	struct peer *holder;
	int error;

	if (!container)
		return -ENOENT;
	error = make_object(peer, OBJECT_GRANT, container->container, &grant);
	if (error)
		return error;
	error = container_share(container->container, &config, &grant->share);
	if (!error) {
		error = call_make_peer(call, peer, &holder);
		if (error) {
			container_share_drop(grant->share);
			(void)container_revoke(grant->share, NULL);
		}
	}
	if (error) {
		free(grant);
		return error;
	}
	holder->share = grant->share;
	add_object(peer, grant, call);
	return 0;
}

static int on_revoke(struct peer *peer, struct call *call)
{
	struct object *grant = find(peer, call->request.number, OBJECT_GRANT);
	struct container_told told = {0};
	int error;

	if (!grant)
		return -ENOENT;
	error = container_revoke(grant->share, &told);
	call->reply.value = told.deadline;
	if (!error)
		remove_object(peer, grant);
	return error;
}

static int on_share_hello(struct peer *peer, struct call *call)
{
	struct container_share_config config =
		container_share_rights(peer->share);

	peer->said_hello = true;
	call->reply.number = config.rights;
	call->reply.value = config.lock_max;
	call->reply.page_bytes = peer->owner->config.page_bytes;
	return 0;
}

static int on_share_fill(struct peer *peer, struct call *call)
{
	return container_share_fill(peer->share, call->request.offset,
		call->data, call->data_bytes);
}

static int on_share_read(struct peer *peer, struct call *call)
{
	int error;

	if (call->request.other > SOCKET_DATA_MAX)
		return -EINVAL;
	error = container_share_read(peer->share, call->request.offset,
		call->data, call->request.other);
	call->reply_bytes = error ? 0 : call->request.other;
	return error;
}

static int on_lock(struct peer *peer, struct call *call)
{
	return container_lock(
		peer->share, range_of(&call->request), call->request.value);
}

static int on_unlock(struct peer *peer, struct call *call)
{
	(void)call;
	return container_unlock(peer->share);
}

enum {
	USES_RANGE = USES_NUMBER | USES_OTHER | USES_OFFSET,
};

const struct kind container_kinds[SOCKET_REQUESTS] = {
	[SOCKET_CONTAINER_CREATE] = {on_create, 0, STAGE_HELLO, 0, 0},
	[SOCKET_CONTAINER_DESTROY] = {on_container_destroy, USES_NUMBER,
		STAGE_HELLO, 0, 0},
	[SOCKET_ALLOCATE] = {on_allocate, USES_RANGE | USES_FLAGS, STAGE_HELLO,
		UINT8_MAX, 0},
	[SOCKET_DEALLOCATE] = {on_deallocate, USES_RANGE | USES_FLAGS,
		STAGE_HELLO, UINT8_MAX, 0},
	[SOCKET_FILL] = {on_fill, USES_NUMBER | USES_OFFSET, STAGE_HELLO, 0,
		SOCKET_DATA_MAX},
	[SOCKET_READ] = {on_read, USES_RANGE, STAGE_HELLO, 0, 0},
	[SOCKET_COPY] = {on_copy, 0, STAGE_HELLO, 0, SOCKET_DATA_MAX},
	[SOCKET_HOLD] = {on_hold, USES_RANGE | USES_FLAGS, STAGE_HELLO,
		UINT8_MAX, 0},
	[SOCKET_UNHOLD] = {on_unhold, USES_NUMBER, STAGE_HELLO, 0, 0},
	[SOCKET_PIN] = {on_pin, USES_RANGE, STAGE_HELLO, 0, 0},
	[SOCKET_UNPIN] = {on_unpin, USES_RANGE, STAGE_HELLO, 0, 0},
	[SOCKET_SHARE] = {on_share, USES_NUMBER | USES_FLAGS | USES_VALUE,
		STAGE_HELLO, UINT8_MAX, 0},
	[SOCKET_REVOKE] = {on_revoke, USES_NUMBER, STAGE_HELLO, 0, 0},
	[SOCKET_SHARE_HELLO] = {on_share_hello, USES_FLAGS | USES_VALUE,
		STAGE_SHARE_NEW, UINT8_MAX, 0},
	[SOCKET_SHARE_FILL] = {on_share_fill, USES_OFFSET, STAGE_SHARE, 0,
		SOCKET_DATA_MAX},
	[SOCKET_SHARE_READ] = {on_share_read, USES_OTHER | USES_OFFSET,
		STAGE_SHARE, 0, 0},
	[SOCKET_LOCK] = {on_lock, USES_OTHER | USES_OFFSET | USES_VALUE,
		STAGE_SHARE, 0, 0},
	[SOCKET_UNLOCK] = {on_unlock, 0, STAGE_SHARE, 0, 0},
};
