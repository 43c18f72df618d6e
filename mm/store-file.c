/* A store that is a file; and whole-page reads and writes of files. */
#include "config.h"

#include "mm/store-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mm/store-ring.h"
#include "mm/store-unsynced.h"

struct file_store {
	struct store store;
	struct unsynced unsynced;
	struct ring *ring; /* or NULL */
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
		if (!put)
			return -EIO;
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
	struct file_store *file = (struct file_store *)store;
	uint64_t since = unsynced_begin_write(&file->unsynced);
	int error = file_write_page(file->fd, io, io->offset);

	unsynced_end_write(&file->unsynced, io->offset, since, error);
	return error;
}

static void file_page_out_many(
	struct store *store, struct page_out *outs, unsigned count)
{
	struct file_store *file = (struct file_store *)store;
	uint64_t since = unsynced_begin_write(&file->unsynced);
	unsigned i;

	ring_write_pages(file->ring, file->fd, outs, count);
	for (i = 0; i < count; i++)
		unsynced_end_write(&file->unsynced, outs[i].io.offset, since,
			outs[i].error);
}

/* An interrupted sync has told no error yet; the next one will. */
static int sync_data(void *context)
{
	const struct file_store *file = context;
	int result;

	do
		result = fdatasync(file->fd);
	while (result && errno == EINTR);
	return result ? -errno : 0;
}

static int file_sync(struct store *store)
{
	struct file_store *file = (struct file_store *)store;

	return unsynced_sync(&file->unsynced, sync_data, file);
}

static bool file_unsafe(struct store *store, uint64_t from, uint64_t *out)
{
	struct file_store *file = (struct file_store *)store;

	return unsynced_find_unsafe(&file->unsynced, from, out);
}

static void file_destroy(struct store *store)
{
	struct file_store *file = (struct file_store *)store;

	ring_destroy(file->ring);
	unsynced_fini(&file->unsynced);
	free(file);
}

static const struct store_ops file_ops = {
	.page_in = file_page_in,
	.page_out = file_page_out,
	.page_out_many = file_page_out_many,
	.sync = file_sync,
	.unsafe = file_unsafe,
	.destroy = file_destroy,
};

/* To the system's cache, pwrite is faster than a ring (store-bench); what
 * waits for the disk is faster together. */
static bool waits_for_disk(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & (O_DIRECT | O_DSYNC | O_SYNC);
}

int store_open_file(struct btree_pool *pool, int fd, struct store **out)
{
	struct file_store *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	if (unsynced_init(&file->unsynced, STORE_UNSYNCED_MAX)) {
		free(file);
		return -ENOMEM;
	}
	if (waits_for_disk(fd) && ring_create(&file->ring)) {
		unsynced_fini(&file->unsynced);
		free(file);
		return -ENOMEM;
	}
	store_init(&file->store, &file_ops, pool, true);
	file->fd = fd;
	*out = &file->store;
	return 0;
}
