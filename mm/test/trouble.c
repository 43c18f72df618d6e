/* Trouble for tests: see trouble.h. */
#include "config.h"

#include "mm/test/trouble.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>

struct io_uring;
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);
ssize_t __real_pread(int fd, void *data, size_t bytes, off_t at);
ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t at);
int __real_fdatasync(int fd);
int __real_io_uring_submit(struct io_uring *ring);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);
ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at);
int __wrap_fdatasync(int fd);
int __wrap_io_uring_submit(struct io_uring *ring);

static struct trouble trouble;

struct trouble *trouble_get(void)
{
	return &trouble;
}

static bool chance(unsigned one_in)
{
	trouble.random ^= trouble.random << 13;
	trouble.random ^= trouble.random >> 7;
	trouble.random ^= trouble.random << 17;
	return one_in && (trouble.random >> 11) % one_in == 0;
}

bool trouble_strikes(enum trouble_kind kind)
{
	bool strikes;

	if (trouble.paused)
		return false;
	strikes = chance(trouble.one_in[kind]);
	if (trouble.kinds >> kind & 1) {
		trouble.calls++;
		if (trouble.fail_at &&
			(trouble.calls == trouble.fail_at ||
				(trouble.ever_after &&
					trouble.calls > trouble.fail_at)))
			strikes = true;
	}
	trouble.struck[kind] += strikes;
	return strikes;
}

/* Something that does no harm, where trouble comes by chance. */
static bool hampers(enum trouble_kind kind)
{
	return !trouble.paused && chance(trouble.one_in[kind]);
}

void *__wrap_malloc(size_t bytes)
{
	return trouble_strikes(TROUBLE_ALLOCATION) ? NULL
						   : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	return trouble_strikes(TROUBLE_ALLOCATION)
		       ? NULL
		       : __real_calloc(count, bytes);
}

void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from)
{
	return trouble_strikes(TROUBLE_ALLOCATION)
		       ? MAP_FAILED
		       : __real_mmap(at, bytes, protection, flags, fd, from);
}

ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t at)
{
	if (trouble_strikes(TROUBLE_READ)) {
		memset(data, 0xee, bytes);
		errno = trouble.error;
		return -1;
	}
	if (hampers(TROUBLE_READ)) {
		errno = EINTR;
		return -1;
	}
	if (hampers(TROUBLE_READ))
		bytes = bytes / 2 + 1;
	return __real_pread(fd, data, bytes, at);
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at)
{
	if (trouble_strikes(TROUBLE_WRITE)) {
		(void)!__real_pwrite(fd, data, bytes / 2, at);
		errno = trouble.error;
		return -1;
	}
	if (hampers(TROUBLE_WRITE)) {
		errno = EINTR;
		return -1;
	}
	if (hampers(TROUBLE_WRITE))
		bytes = bytes / 2 + 1;
	return __real_pwrite(fd, data, bytes, at);
}

int __wrap_fdatasync(int fd)
{
	if (trouble_strikes(TROUBLE_SYNC)) {
		errno = trouble.error;
		return -1;
	}
	return __real_fdatasync(fd);
}

#ifdef HAVE_LIBURING
int __wrap_io_uring_submit(struct io_uring *ring)
{
	return trouble_strikes(TROUBLE_RING) ? -EBUSY
					     : __real_io_uring_submit(ring);
}
#endif
