/* mmap and its family, as the C library has them: the work is in maps.c. */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "live/caller.h"
#include "live/live.h"
#include "live/maps.h"
#include "live/names.h"

#define EXPORT __attribute__((visibility("default")))

static bool is_plain(void)
{
	return live.heap == NULL || live_thread.inside > 0;
}

static void *to_address(int64_t value)
{
	if (value >= 0)
		return (void *)value;
	errno = -(int)value;
	return MAP_FAILED;
}

static int to_status(int64_t value)
{
	if (value >= 0)
		return 0;
	errno = -(int)value;
	return -1;
}

EXPORT void *mmap(void *address, size_t bytes, int protection, int flags,
	int fd, off_t offset)
{
	struct maps_request request = {(uint64_t)address, bytes, protection,
		flags, fd, (uint64_t)offset, NULL};
	char name[ANON_REGION_BYTES];

	if (is_plain())
		return to_address(live_call(SYS_mmap, (uint64_t)address, bytes,
			protection, flags, fd, offset));
	if (flags & MAP_ANONYMOUS && live.pager && names_are_wanted()) {
		live_enter();
		caller_region_name(__builtin_return_address(0), name);
		live_leave();
		request.name = name;
	}
	return to_address(maps_map(&request));
}

EXPORT void *mmap64(void *address, size_t bytes, int protection, int flags,
	int fd, off64_t offset) __attribute__((alias("mmap")));

EXPORT int munmap(void *address, size_t bytes)
{
	if (is_plain())
		return to_status(live_call(
			SYS_munmap, (uint64_t)address, bytes, 0, 0, 0, 0));
	return to_status(maps_unmap((uint64_t)address, bytes));
}

EXPORT int mprotect(void *address, size_t bytes, int protection)
{
	if (is_plain())
		return to_status(live_call(SYS_mprotect, (uint64_t)address,
			bytes, protection, 0, 0, 0));
	return to_status(maps_protect((uint64_t)address, bytes, protection));
}

EXPORT int madvise(void *address, size_t bytes, int advice)
{
	if (is_plain())
		return to_status(live_call(SYS_madvise, (uint64_t)address,
			bytes, advice, 0, 0, 0));
	return to_status(maps_advise((uint64_t)address, bytes, advice));
}

EXPORT void *mremap(
	void *address, size_t old_bytes, size_t bytes, int flags, ...)
{
	uint64_t wanted = 0;
	va_list rest;

	if (flags & MREMAP_FIXED) {
		va_start(rest, flags);
		wanted = (uint64_t)va_arg(rest, void *);
		va_end(rest);
	}
	if (is_plain())
		return to_address(live_call(SYS_mremap, (uint64_t)address,
			old_bytes, bytes, flags, wanted, 0));
	return to_address(
		maps_move((uint64_t)address, old_bytes, bytes, flags, wanted));
}
