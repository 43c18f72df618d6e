/* userfaultfd: see live-uffd.h. */
#include "config.h"

#include "mm/live-uffd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What headers older than Linux 6.8 don't tell. */
#ifndef UFFDIO_MOVE
struct uffdio_move {
	__u64 dst, src, len, mode;
	__s64 move;
};
#define UFFDIO_MOVE _IOWR(UFFDIO, 0x05, struct uffdio_move)
#define UFFDIO_MOVE_MODE_DONTWAKE ((__u64)1 << 0)
#define UFFD_FEATURE_MOVE (1 << 16)
#endif

/* The caller's own process, from Linux 6.14 on: PIDFD_SELF_THREAD_GROUP. */
enum { PIDFD_OWN = -10001 };

static const uint64_t needed =
	UFFD_FEATURE_SIGBUS | UFFD_FEATURE_PAGEFAULT_FLAG_WP;

/* A handshake can be made once: what asks for too much needs a new one. */
static int open_with(uint64_t features)
{
	struct uffdio_api api = {.api = UFFD_API, .features = features};
	int fd = syscall(
		SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);

	if (fd < 0)
		return -ENOTSUP;
	if (ioctl(fd, UFFDIO_API, &api) < 0) {
		close(fd);
		return -ENOTSUP;
	}
	return fd;
}

int uffd_open(struct uffd *uffd)
{
	uffd->moves = true;
	uffd->fd = open_with(needed | UFFD_FEATURE_MOVE);
	if (uffd->fd < 0) {
		uffd->moves = false;
		uffd->fd = open_with(needed);
	}
	return uffd->fd < 0 ? uffd->fd : 0;
}

void uffd_close(struct uffd *uffd)
{
	if (uffd->fd >= 0)
		close(uffd->fd);
	uffd->fd = -1;
}

int uffd_register(
	const struct uffd *uffd, void *start, size_t bytes, bool missing)
{
	struct uffdio_register area = {
		.range = {(uintptr_t)start, bytes},
		.mode = UFFDIO_REGISTER_MODE_WP |
			(missing ? UFFDIO_REGISTER_MODE_MISSING : 0),
	};

	return ioctl(uffd->fd, UFFDIO_REGISTER, &area) ? -errno : 0;
}

/* The maps are being changed by another thread: soon they are not. */
static bool again(int result)
{
	return result < 0 && (errno == EAGAIN || errno == EINTR);
}

int uffd_copy(const struct uffd *uffd, void *to, const void *from, bool guarded)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)to,
		.src = (uintptr_t)from,
		.len = LIVE_PAGE_BYTES,
		.mode = UFFDIO_COPY_MODE_DONTWAKE |
			(guarded ? UFFDIO_COPY_MODE_WP : 0),
	};
	int result;

	do
		result = ioctl(uffd->fd, UFFDIO_COPY, &copy);
	while (again(result));
	return result < 0 ? -errno : 0;
}

int uffd_move(const struct uffd *uffd, void *to, void *from)
{
	struct uffdio_move move = {
		.dst = (uintptr_t)to,
		.src = (uintptr_t)from,
		.len = LIVE_PAGE_BYTES,
		.mode = UFFDIO_MOVE_MODE_DONTWAKE,
	};
	int result;

	if (!uffd->moves)
		return -EBUSY;
	do
		result = ioctl(uffd->fd, UFFDIO_MOVE, &move);
	while (again(result));
	return result < 0 ? -errno : 0;
}

int uffd_guard(const struct uffd *uffd, void *page, bool guarded)
{
	/* without the mode it wakes whoever waits, which nobody does */
	struct uffdio_writeprotect protect = {
		.range = {(uintptr_t)page, LIVE_PAGE_BYTES},
		.mode = guarded ? UFFDIO_WRITEPROTECT_MODE_WP
				: UFFDIO_WRITEPROTECT_MODE_DONTWAKE,
	};
	int result;

	do
		result = ioctl(uffd->fd, UFFDIO_WRITEPROTECT, &protect);
	while (again(result));
	return result < 0 ? -errno : 0;
}

/* One call for all of them, where the system takes it for the caller's own
 * memory (Linux 6.15). */
static bool drop_at_once(void *const *pages, unsigned count)
{
	struct iovec areas[UFFD_DROP_MAX];
	unsigned i;

	for (i = 0; i < count; i++)
		areas[i] = (struct iovec){pages[i], LIVE_PAGE_BYTES};
	return syscall(SYS_process_madvise, PIDFD_OWN, areas, (size_t)count,
		       MADV_DONTNEED,
		       0u) == (ssize_t)((size_t)count * LIVE_PAGE_BYTES);
}

void uffd_drop_many(void *const *pages, unsigned count)
{
	unsigned i;

	if (count > 1 && drop_at_once(pages, count))
		return;
	for (i = 0; i < count; i++)
		uffd_drop(pages[i], LIVE_PAGE_BYTES);
}

void uffd_drop(void *start, size_t bytes)
{
	/* it can fail only for what is no memory */
	(void)madvise(start, bytes, MADV_DONTNEED);
}
