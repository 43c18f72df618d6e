/* A store that is a file; and whole-page reads and writes of files. */
#include "mm/store-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file_store {
	struct store store;
	int fd;
};

/* No file has a page there: its place is no off_t. */
static bool too_far(const struct page_io *io, uint64_t page)
{
	return page >= INT64_MAX / io->bytes;
}

int file_read_page(int fd, const struct page_io *io, uint64_t page)
{
	off_t at = page * io->bytes;
	size_t done = 0;
	ssize_t got;

	if (too_far(io, page))
		return -EFBIG;
	while (done < io->bytes) {
		got = pread(fd, (char *)io->data + done, io->bytes - done,
			at + done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		done += got;
	}
	memset((char *)io->data + done, 0, io->bytes - done);
	return 0;
}

int file_write_page(int fd, const struct page_io *io, uint64_t page)
{
	off_t at = page * io->bytes;
	size_t done = 0;
	ssize_t put;

	if (too_far(io, page))
		return -EFBIG;
	while (done < io->bytes) {
		put = pwrite(fd, (const char *)io->data + done,
			io->bytes - done, at + done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		done += put;
	}
	return 0;
}

static int file_page_in(struct store *store, const struct page_io *io)
{
	return file_read_page(((struct file_store *)store)->fd, io, io->offset);
}

static int file_page_out(struct store *store, const struct page_io *io)
{
	return file_write_page(
		((struct file_store *)store)->fd, io, io->offset);
}

static int file_sync(struct store *store)
{
	return fdatasync(((struct file_store *)store)->fd) ? -errno : 0;
}

static void file_destroy(struct store *store)
{
	free(store);
}

static const struct store_ops file_ops = {
	.page_in = file_page_in,
	.page_out = file_page_out,
	.sync = file_sync,
	.destroy = file_destroy,
};

int store_open_file(struct btree_pool *pool, int fd, struct store **out)
{
	struct file_store *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	store_init(&file->store, &file_ops, pool, true);
	file->fd = fd;
	*out = &file->store;
	return 0;
}
