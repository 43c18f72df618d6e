/* The public library: containers and shares of this process's frames. */
#include "mm/selfpage-container-internal.h"

#include <errno.h>

static int local_create(struct selfpage_container *container)
{
	return container_create(container->control->control, &container->local);
}

static int local_destroy(struct selfpage_container *container)
{
	return container_destroy(container->local);
}

static int local_allocate(struct selfpage_container *container,
	struct container_range range, unsigned flags,
	struct container_told *told)
{
	return container_allocate(container->local, range, flags, told);
}

static int local_deallocate(struct selfpage_container *container,
	struct container_range range, unsigned flags,
	struct container_told *told)
{
	return container_deallocate(container->local, range, flags, told);
}

static int local_fill(struct selfpage_container *container, uint64_t at,
	const void *data, size_t bytes)
{
	return container_fill(container->local, at, data, bytes);
}

static int local_read(struct selfpage_container *container, uint64_t at,
	void *data, size_t bytes)
{
	return container_read(container->local, at, data, bytes);
}

static int local_copy(struct selfpage_container *from,
	const struct container_end *from_end, struct selfpage_container *to,
	const struct container_end *to_end)
{
	struct container_end source = *from_end, target = *to_end;

	source.container = from->local;
	target.container = to->local;
	return container_scatter_gather(&source, &target);
}

static int local_map(struct selfpage_window *window,
	struct container_range range, unsigned access)
{
	int error = container_map(
		window->container->local, range, access, &window->local);

	if (!error)
		window->address = container_window_address(window->local);
	return error;
}

static int local_unmap(struct selfpage_window *window)
{
	container_unmap(window->local);
	return 0;
}

static int local_pin(
	struct selfpage_container *container, struct container_range range)
{
	return container_pin(container->local, range);
}

static int local_unpin(
	struct selfpage_container *container, struct container_range range)
{
	return container_unpin(container->local, range);
}

static int local_share(struct selfpage_grant *grant,
	const struct container_share_config *config)
{
	return container_share(grant->container->local, config, &grant->local);
}

static int local_revoke(
	struct selfpage_grant *grant, struct container_told *told)
{
	return container_revoke(grant->local, told);
}

const struct container_calls container_local_calls = {
	.create = local_create,
	.destroy = local_destroy,
	.allocate = local_allocate,
	.deallocate = local_deallocate,
	.fill = local_fill,
	.read = local_read,
	.copy = local_copy,
	.map = local_map,
	.unmap = local_unmap,
	.pin = local_pin,
	.unpin = local_unpin,
	.share = local_share,
	.revoke = local_revoke,
};

static int local_share_fill(struct selfpage_share *share, uint64_t at,
	const void *data, size_t bytes)
{
	return container_share_fill(share->local, at, data, bytes);
}

static int local_share_read(
	struct selfpage_share *share, uint64_t at, void *data, size_t bytes)
{
	return container_share_read(share->local, at, data, bytes);
}

static int local_lock(struct selfpage_share *share,
	struct container_range range, uint64_t duration)
{
	return container_lock(share->local, range, duration);
}

static int local_unlock(struct selfpage_share *share)
{
	return container_unlock(share->local);
}

static void local_close(struct selfpage_share *share)
{
	container_share_drop(share->local);
}

const struct share_calls share_local_calls = {
	.fill = local_share_fill,
	.read = local_share_read,
	.lock = local_lock,
	.unlock = local_unlock,
	.close = local_close,
};
