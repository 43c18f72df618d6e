/* Shares, and the locks that their holders have: see container.h. */
#include "mm/container-internal.h"

#include <errno.h>
#include <stdlib.h>

static bool has_lock(const struct container_share *share, uint64_t now)
{
	return share->locked.pages && now < share->deadline;
}

int pages_are_open(const struct container_view *view, uint64_t start,
	uint64_t end, uint64_t *deadline_out)
{
	const struct container_share *share;
	const struct container_range *locked;

	for (share = view->container->shares; share; share = share->next) {
		locked = &share->locked;
		if (share == view->share || !has_lock(share, view->now) ||
			end <= locked->offset ||
			start >= locked->offset + locked->pages)
			continue;
		if (deadline_out)
			*deadline_out = share->deadline;
		return -EBUSY;
	}
	return 0;
}

int view_enter(struct container_view *view, unsigned right)
{
	const struct container_share *share = view->share;

	if (!share)
		return 0;
	view->container = share->container;
	if (!share->container)
		return -EKEYREVOKED;
	return right & ~share->config.rights ? -EPERM : 0;
}

int container_share(struct container *container,
	const struct container_share_config *config,
	struct container_share **out)
{
	struct server *server = container->server;
	unsigned rights = CONTAINER_READ | CONTAINER_FILL;
	struct container_share *share;

	if (!config->rights || config->rights & ~rights)
		return -EINVAL;
	share = calloc(1, sizeof(*share));
	if (!share)
		return -ENOMEM;
	share->server = server;
	share->config = *config;
	share->container = container;
	server_lock(server);
	share->next = container->shares;
	container->shares = share;
	server->containers.shares++;
	server_unlock(server);
	*out = share;
	return 0;
}

/* The owner does not name SHARE, which is on no list, any more. */
static void disown(struct container_share *share)
{
	share->container = NULL;
	if (!share->dropped)
		return;
	share->server->containers.shares--;
	free(share);
}

int container_revoke(struct container_share *share, struct container_told *told)
{
	struct server *server = share->server;
	uint64_t now = server_now(server);
	struct container_share **link;
	int error = 0;

	server_lock(server);
	if (has_lock(share, now)) {
		error = -EBUSY;
		if (told)
			told->deadline = share->deadline;
	} else {
		link = &share->container->shares;
		while (*link != share)
			link = &(*link)->next;
		*link = share->next;
		disown(share);
	}
	server_unlock(server);
	return error;
}

void shares_end(struct container *container)
{
	struct container_share *share, *next;

	for (share = container->shares; share; share = next) {
		next = share->next;
		disown(share);
	}
	container->shares = NULL;
}

void container_share_drop(struct container_share *share)
{
	struct server *server = share->server;

	server_lock(server);
	share->locked.pages = 0;
	share->dropped = true;
	if (!share->container) {
		server->containers.shares--;
		free(share);
	}
	server_unlock(server);
}

/* 0, or -EBUSY: a page from START up to END, all are there, has a window. */
static int has_no_window(
	const struct container *container, uint64_t start, uint64_t end)
{
	for (; start < end; start++)
		if (container_page(container, page_find(container, start))
				->windows)
			return -EBUSY;
	return 0;
}

/* What container_lock returns; the lock is held. */
static int may_lock(struct container_view *view, struct container_range range,
	uint64_t duration)
{
	const struct container_share *share = view->share;
	uint64_t end = range.offset + range.pages;
	int error = view_enter(view, 0);

	if (error)
		return error;
	if (!range.pages || !range_is_good(range) ||
		duration > share->config.lock_max)
		return -EINVAL;
	if (has_lock(share, view->now))
		return -EBUSY;
	error = pages_are_there(view->container, range.offset, end);
	if (!error)
		error = has_no_window(view->container, range.offset, end);
	if (!error)
		error = pages_are_open(view, range.offset, end, NULL);
	return error;
}

int container_lock(struct container_share *share, struct container_range range,
	uint64_t duration)
{
	struct server *server = share->server;
	struct container_view view = view_of_holder(share);
	int error;

	server_lock(server);
	error = may_lock(&view, range, duration);
	if (!error) {
		share->locked = range;
		share->deadline = view.now + duration;
	}
	server_unlock(server);
	return error;
}

int container_unlock(struct container_share *share)
{
	struct server *server = share->server;
	uint64_t now = server_now(server);
	int error = 0;

	server_lock(server);
	if (!share->container)
		error = -EKEYREVOKED;
	else if (!share->locked.pages)
		error = -EINVAL;
	else if (!has_lock(share, now))
		error = -ETIMEDOUT;
	share->locked.pages = 0;
	server_unlock(server);
	return error;
}
