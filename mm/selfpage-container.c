/* The public library: containers. */
#include "mm/selfpage-container-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

_Static_assert((int)SELFPAGE_PARTIAL == CONTAINER_PARTIAL &&
		       (int)SELFPAGE_SQUASH == CONTAINER_SQUASH &&
		       (int)SELFPAGE_READ == CONTAINER_READ &&
		       (int)SELFPAGE_WRITE == CONTAINER_FILL,
	"flags and rights");

int selfpage_pages(const struct selfpage_range *range, uint32_t page_bytes,
	struct container_range *out)
{
	if (!range || range->offset % page_bytes || range->bytes % page_bytes ||
		range->bytes / page_bytes > UINT32_MAX)
		return -EINVAL;
	out->offset = range->offset / page_bytes;
	out->pages = (uint32_t)(range->bytes / page_bytes);
	return 0;
}

PUBLIC int selfpage_container_create(struct selfpage_control *control,
	struct selfpage_container **container_out)
{
	struct selfpage_container *container;
	uint32_t frames, page_bytes;
	int error;

	if (!control || !container_out)
		return -EINVAL;
	error = selfpage_control_shape(control, &frames, &page_bytes);
	if (error)
		return error;
	container = calloc(1, sizeof(*container));
	if (!container)
		return -ENOMEM;
	container->calls = control->physmem ? &container_local_calls
					    : &container_remote_calls;
	container->control = control;
	container->page_bytes = page_bytes;
	error = container->calls->create(container);
	if (error) {
		free(container);
		return error;
	}
	pthread_mutex_init(&container->lock, NULL);
	__atomic_fetch_add(&control->users, 1, __ATOMIC_ACQ_REL);
	*container_out = container;
	return 0;
}

/* The holder's end, if nobody has it, and the grant. */
static void free_grant(struct selfpage_grant *grant)
{
	if (!grant->given && grant->local)
		container_share_drop(grant->local);
	if (!grant->given && grant->fd >= 0)
		close(grant->fd);
	free(grant);
}

PUBLIC int selfpage_container_destroy(struct selfpage_container *container)
{
	struct selfpage_grant *grant, *next;
	int error;

	if (!container)
		return -EINVAL;
	error = container->calls->destroy(container);
	if (error)
		return error;
	for (grant = container->grants; grant; grant = next) {
		next = grant->next;
		free_grant(grant);
	}
	__atomic_fetch_sub(&container->control->users, 1, __ATOMIC_ACQ_REL);
	pthread_mutex_destroy(&container->lock);
	free(container);
	return 0;
}

static int change(struct selfpage_container *container,
	const struct selfpage_range *range, unsigned flags,
	struct selfpage_told *told, bool allocates)
{
	struct container_told said = {0};
	struct container_range pages;
	int error;

	if (!container)
		return -EINVAL;
	error = selfpage_pages(range, container->page_bytes, &pages);
	if (error)
		return error;
	/* what is no flag of containers might be one of messages */
	if (flags & ~(unsigned)(SELFPAGE_PARTIAL | SELFPAGE_SQUASH))
		return -EINVAL;
	error = allocates ? container->calls->allocate(
				    container, pages, flags, &said)
			  : container->calls->deallocate(
				    container, pages, flags, &said);
	if (told)
		*told = (struct selfpage_told){
			.bytes = (uint64_t)said.pages * container->page_bytes,
			.deadline = said.deadline,
		};
	return error;
}

PUBLIC int selfpage_container_allocate(struct selfpage_container *container,
	const struct selfpage_range *range, unsigned flags,
	struct selfpage_told *told)
{
	return change(container, range, flags, told, true);
}

PUBLIC int selfpage_container_deallocate(struct selfpage_container *container,
	const struct selfpage_range *range, unsigned flags,
	struct selfpage_told *told)
{
	return change(container, range, flags, told, false);
}

PUBLIC int selfpage_container_fill(struct selfpage_container *container,
	uint64_t offset, const void *data, size_t bytes)
{
	if (!container || (!data && bytes))
		return -EINVAL;
	return container->calls->fill(container, offset, data, bytes);
}

PUBLIC int selfpage_container_read(struct selfpage_container *container,
	uint64_t offset, void *data, size_t bytes)
{
	if (!container || (!data && bytes))
		return -EINVAL;
	return container->calls->read(container, offset, data, bytes);
}

/* Whole pages of all ranges; the caller frees *OUT. */
static int to_pages(const struct selfpage_range *ranges, uint32_t count,
	uint32_t page_bytes, struct container_range **out)
{
	struct container_range *pages =
		calloc(count + (size_t)1, sizeof(*pages));
	int error = pages ? 0 : -ENOMEM;
	uint32_t i;

	for (i = 0; i < count && !error; i++)
		error = selfpage_pages(&ranges[i], page_bytes, &pages[i]);
	if (error)
		free(pages);
	else
		*out = pages;
	return error;
}

PUBLIC int selfpage_container_scatter_gather(struct selfpage_container *from,
	const struct selfpage_range *from_ranges, uint32_t from_count,
	struct selfpage_container *to, const struct selfpage_range *to_ranges,
	uint32_t to_count)
{
	struct container_end source = {.count = from_count};
	struct container_end target = {.count = to_count};
	struct container_range *pages, *more;
	int error;

	if (!from || !to || (!from_ranges && from_count) ||
		(!to_ranges && to_count) || from->calls != to->calls ||
		from->control->physmem != to->control->physmem)
		return -EINVAL;
	error = to_pages(from_ranges, from_count, from->page_bytes, &pages);
	if (error)
		return error;
	error = to_pages(to_ranges, to_count, to->page_bytes, &more);
	if (!error) {
		source.ranges = pages;
		target.ranges = more;
		error = from->calls->copy(from, &source, to, &target);
		free(more);
	}
	free(pages);
	return error;
}

static uint64_t sum_of(const struct selfpage_range *ranges, uint32_t count)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; ranges && i < count; i++)
		sum += ranges[i].bytes;
	return sum;
}

PUBLIC int selfpage_container_copy(struct selfpage_container *from,
	uint64_t from_offset, struct selfpage_container *to, uint64_t to_offset,
	uint64_t bytes)
{
	struct selfpage_range source = {from_offset, bytes};
	struct selfpage_range target = {to_offset, bytes};

	return selfpage_container_scatter_gather(
		from, &source, 1, to, &target, 1);
}

PUBLIC int selfpage_container_copy_scatter(struct selfpage_container *from,
	uint64_t from_offset, struct selfpage_container *to,
	const struct selfpage_range *ranges, uint32_t count)
{
	struct selfpage_range source = {from_offset, sum_of(ranges, count)};

	return selfpage_container_scatter_gather(
		from, &source, 1, to, ranges, count);
}

PUBLIC int selfpage_container_gather(struct selfpage_container *from,
	const struct selfpage_range *ranges, uint32_t count,
	struct selfpage_container *to, uint64_t to_offset)
{
	struct selfpage_range target = {to_offset, sum_of(ranges, count)};

	return selfpage_container_scatter_gather(
		from, ranges, count, to, &target, 1);
}

PUBLIC int selfpage_container_map(struct selfpage_container *container,
	const struct selfpage_range *range, unsigned access,
	struct selfpage_window **window_out)
{
	struct selfpage_window *window;
	struct container_range pages;
	int error;

	if (!container || !window_out || !(access & SELFPAGE_READ) ||
		access & ~(unsigned)(SELFPAGE_READ | SELFPAGE_WRITE))
		return -EINVAL;
	error = selfpage_pages(range, container->page_bytes, &pages);
	if (error)
		return error;
	window = calloc(1, sizeof(*window));
	if (!window)
		return -ENOMEM;
	window->container = container;
	error = container->calls->map(window, pages, access);
	if (error)
		free(window);
	else
		*window_out = window;
	return error;
}

PUBLIC void *selfpage_window_address(const struct selfpage_window *window)
{
	return window ? window->address : NULL;
}

PUBLIC int selfpage_container_unmap(struct selfpage_window *window)
{
	int error;

	if (!window)
		return -EINVAL;
	error = window->container->calls->unmap(window);
	free(window);
	return error;
}

PUBLIC int selfpage_container_pin(struct selfpage_container *container,
	const struct selfpage_range *range)
{
	struct container_range pages;

	if (!container || selfpage_pages(range, container->page_bytes, &pages))
		return -EINVAL;
	return container->calls->pin(container, pages);
}

PUBLIC int selfpage_container_unpin(struct selfpage_container *container,
	const struct selfpage_range *range)
{
	struct container_range pages;

	if (!container || selfpage_pages(range, container->page_bytes, &pages))
		return -EINVAL;
	return container->calls->unpin(container, pages);
}

PUBLIC int selfpage_container_share(struct selfpage_container *container,
	unsigned rights, uint32_t lock_max_ms,
	struct selfpage_grant **grant_out)
{
	struct container_share_config config = {
		.rights = rights,
		.lock_max = lock_max_ms * UINT64_C(1000000),
	};
	struct selfpage_grant *grant;
	int error;

	if (!container || !grant_out || !rights ||
		rights & ~(unsigned)(SELFPAGE_READ | SELFPAGE_WRITE))
		return -EINVAL;
	grant = calloc(1, sizeof(*grant));
	if (!grant)
		return -ENOMEM;
	grant->container = container;
	grant->fd = -1;
	error = container->calls->share(grant, &config);
	if (error) {
		free(grant);
		return error;
	}
	pthread_mutex_lock(&container->lock);
	grant->next = container->grants;
	container->grants = grant;
	pthread_mutex_unlock(&container->lock);
	*grant_out = grant;
	return 0;
}

PUBLIC int selfpage_grant_revoke(
	struct selfpage_grant *grant, struct selfpage_told *told)
{
	struct container_told said = {0};
	struct selfpage_grant **link;
	int error;

	if (!grant)
		return -EINVAL;
	error = grant->container->calls->revoke(grant, &said);
	if (told)
		*told = (struct selfpage_told){.deadline = said.deadline};
	if (error)
		return error;
	pthread_mutex_lock(&grant->container->lock);
	for (link = &grant->container->grants; *link != grant;)
		link = &(*link)->next;
	*link = grant->next;
	pthread_mutex_unlock(&grant->container->lock);
	free_grant(grant);
	return 0;
}
