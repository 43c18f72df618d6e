/*
 * Page-outs with io_uring: a batch is submitted with one call and waited for.
 *
 * Whatever was not written whole and at once, for whatever reason, is written
 * again with pwrite, which does the rest or says why not.  So errors are the
 * same with io_uring and without it.
 */
#include "config.h"

#include "mm/store-ring.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/store-file.h"

static void write_rest(int fd, struct page_out *outs, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (outs[i].error)
			outs[i].error = file_write_page(
				fd, &outs[i].io, outs[i].io.offset);
}

static void mark_unwritten(struct page_out *outs, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		outs[i].error = -EAGAIN;
}

#ifdef HAVE_LIBURING

#include <liburing.h>
#include <pthread.h>

struct ring {
	struct io_uring uring;
	pthread_mutex_t lock; /* guards all of this: one batch at a time */
	bool broken;	      /* entries are left in it: never again */
};

int ring_create(struct ring **out)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	*out = ring;
	if (io_uring_queue_init(PAGE_OUTS_MAX, &ring->uring, 0)) {
		/* an old system, a container or a limit forbids it */
		free(ring);
		*out = NULL;
		return 0;
	}
	pthread_mutex_init(&ring->lock, NULL);
	return 0;
}

void ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	io_uring_queue_exit(&ring->uring);
	pthread_mutex_destroy(&ring->lock);
	free(ring);
}

/* Pages that no file has are left to file_write_page. */
static bool fits_a_file(const struct page_io *io)
{
	return io->offset < INT64_MAX / io->bytes;
}

static void prepare(
	struct ring *ring, int fd, struct page_out *outs, unsigned count)
{
	struct io_uring_sqe *entry;
	unsigned i;

	for (i = 0; i < count; i++) {
		const struct page_io *io = &outs[i].io;

		if (!fits_a_file(io))
			continue;
		entry = io_uring_get_sqe(&ring->uring);
		if (!entry)
			return;
		io_uring_prep_write(
			entry, fd, io->data, io->bytes, io->offset * io->bytes);
		io_uring_sqe_set_data(entry, &outs[i]);
	}
}

/* How many are under way.  If not all, the ring is not used again, as the
 * others would go with the next batch, when their data is another's. */
static unsigned submit(struct ring *ring)
{
	unsigned left = io_uring_sq_ready(&ring->uring), submitted = 0;
	int result;

	while (left) {
		result = io_uring_submit(&ring->uring);
		if (result == -EINTR)
			continue;
		if (result <= 0) {
			ring->broken = true;
			break;
		}
		submitted += result;
		left -= result;
	}
	return submitted;
}

static void await(struct ring *ring, unsigned count)
{
	struct io_uring_cqe *entry;
	struct page_out *out;

	while (count) {
		/* it only fails when it was interrupted */
		if (io_uring_wait_cqe(&ring->uring, &entry))
			continue;
		out = io_uring_cqe_get_data(entry);
		if (entry->res >= 0 && (size_t)entry->res == out->io.bytes)
			out->error = 0;
		io_uring_cqe_seen(&ring->uring, entry);
		count--;
	}
}

void ring_write_pages(
	struct ring *ring, int fd, struct page_out *outs, unsigned count)
{
	mark_unwritten(outs, count);
	if (ring) {
		pthread_mutex_lock(&ring->lock);
		if (!ring->broken) {
			prepare(ring, fd, outs, count);
			await(ring, submit(ring));
		}
		pthread_mutex_unlock(&ring->lock);
	}
	write_rest(fd, outs, count);
}

#else

int ring_create(struct ring **out)
{
	*out = NULL;
	return 0;
}

void ring_destroy(struct ring *ring)
{
	(void)ring;
}

void ring_write_pages(
	struct ring *ring, int fd, struct page_out *outs, unsigned count)
{
	(void)ring;
	mark_unwritten(outs, count);
	write_rest(fd, outs, count);
}

#endif
