/* The public library: shares of containers, in the hands of their holders. */
#include "mm/selfpage-container-internal.h"

#include <errno.h>
#include <stdlib.h>

/* The socket FD, if it is one of a server's; or LOCAL. */
static int open_share(int fd, struct container_share *local,
	uint32_t page_bytes, struct selfpage_share **out)
{
	struct selfpage_share *share = calloc(1, sizeof(*share));
	int error;

	if (!share)
		return -ENOMEM;
	share->calls = local ? &share_local_calls : &share_remote_calls;
	share->local = local;
	share->page_bytes = page_bytes;
	share->fd = fd;
	error = local ? 0 : share_remote_open(share);
	if (error) {
		free(share);
		return error;
	}
	pthread_mutex_init(&share->lock, NULL);
	*out = share;
	return 0;
}

PUBLIC int selfpage_grant_open(
	struct selfpage_grant *grant, struct selfpage_share **share_out)
{
	int error;

	if (!grant || !share_out || grant->given)
		return -EINVAL;
	error = open_share(grant->fd, grant->local,
		grant->container->page_bytes, share_out);
	grant->given = !error;
	return error;
}

PUBLIC int selfpage_grant_fd(struct selfpage_grant *grant, int *fd_out)
{
	if (!grant || !fd_out || grant->given || grant->fd < 0)
		return -EINVAL;
	*fd_out = grant->fd;
	grant->given = true;
	return 0;
}

PUBLIC int selfpage_share_open(int fd, struct selfpage_share **share_out)
{
	if (fd < 0 || !share_out)
		return -EINVAL;
	return open_share(fd, NULL, 0, share_out);
}

PUBLIC int selfpage_share_close(struct selfpage_share *share)
{
	if (!share)
		return -EINVAL;
	share->calls->close(share);
	pthread_mutex_destroy(&share->lock);
	free(share);
	return 0;
}

PUBLIC int selfpage_share_fill(struct selfpage_share *share, uint64_t offset,
	const void *data, size_t bytes)
{
	if (!share || (!data && bytes))
		return -EINVAL;
	return share->calls->fill(share, offset, data, bytes);
}

PUBLIC int selfpage_share_read(
	struct selfpage_share *share, uint64_t offset, void *data, size_t bytes)
{
	if (!share || (!data && bytes))
		return -EINVAL;
	return share->calls->read(share, offset, data, bytes);
}

PUBLIC int selfpage_share_lock(struct selfpage_share *share,
	const struct selfpage_range *range, uint32_t duration_ms)
{
	struct container_range pages;

	if (!share || selfpage_pages(range, share->page_bytes, &pages))
		return -EINVAL;
	return share->calls->lock(
		share, pages, duration_ms * UINT64_C(1000000));
}

PUBLIC int selfpage_share_unlock(struct selfpage_share *share)
{
	return share ? share->calls->unlock(share) : -EINVAL;
}
