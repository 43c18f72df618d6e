/* The public library: swap files, and where the copies of private maps go. */
#include "mm/selfpage-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "mm/store-swap.h"

/* Of the swap file that the first private map makes. */
static const uint64_t usual_bytes = UINT64_C(1) << 30;

int selfpage_swap_file(const struct selfpage *self, uint64_t bytes_max, int *fd,
	void **file_out, uint32_t *pages_out)
{
	uint64_t pages = bytes_max / self->memory.page_bytes;
	FILE *file;

	if (!pages || pages * self->memory.page_bytes != bytes_max ||
		pages >= UINT32_MAX || *fd < -1)
		return -EINVAL;
	if (*fd == -1) {
		file = tmpfile();
		if (!file)
			return -errno;
		*file_out = file;
		*fd = fileno(file);
	} else if (fcntl(*fd, F_GETFD) < 0) {
		return -EBADF;
	}
	*pages_out = pages;
	return 0;
}

static int use_swap(struct selfpage *self, int fd, uint64_t bytes_max)
{
	void *file = NULL;
	uint32_t pages;
	int error;

	error = selfpage_swap_file(self, bytes_max, &fd, &file, &pages);
	if (!error)
		error = swap_create(fd, pages, &self->swap);
	if (error && file)
		fclose(file);
	if (error)
		return error;
	self->swap_file = file;
	self->swap_pages = pages;
	return 0;
}

int selfpage_open_shadow(void *context, struct btree_pool *pool, uint64_t pages,
	struct store **out)
{
	struct selfpage *self = context;
	int error = self->swap ? 0 : use_swap(self, -1, usual_bytes);

	if (error)
		return error;
	if (pages > self->swap_pages)
		pages = self->swap_pages;
	return store_open_swapped(pool, self->swap, pages, out);
}

PUBLIC int selfpage_use_swap(
	struct selfpage *pager, int swap_fd, uint64_t bytes_max)
{
	int error;

	if (!pager)
		return -EINVAL;
	pager_lock(pager->pager);
	error = pager->swap ? -EBUSY : use_swap(pager, swap_fd, bytes_max);
	pager_unlock(pager->pager);
	return error;
}
