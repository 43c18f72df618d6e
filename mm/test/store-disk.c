/* The disk for tests: see store-disk.h. */
#include "mm/test/store-disk.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

ssize_t __real_pread(int fd, void *data, size_t bytes, off_t at);
ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t at);
int __real_fdatasync(int fd);
ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at);
int __wrap_fdatasync(int fd);

static struct disk disk;

struct disk *disk_reset(void)
{
	memset(&disk, 0, sizeof(disk));
	disk.room = DISK_BYTES;
	disk.random = 88172645463325252;
	return &disk;
}

void disk_mend(void)
{
	disk.fail_at = 0;
	disk.interrupt = 0;
	disk.most = 0;
	memset(disk.one_in, 0, sizeof(disk.one_in));
}

static bool chance(unsigned one_in)
{
	disk.random ^= disk.random << 13;
	disk.random ^= disk.random >> 7;
	disk.random ^= disk.random << 17;
	return one_in && (disk.random >> 11) % one_in == 0;
}

static void record(enum disk_kind kind, uint32_t page, int error)
{
	if (disk.events_count < DISK_EVENTS)
		disk.events[disk.events_count++] =
			(struct disk_event){kind, page, error};
	if (error && error != -EINTR)
		disk.failed++;
	else if (!error)
		disk.counts[kind]++;
}

int disk_call(enum disk_kind kind, uint32_t page)
{
	void (*meanwhile)(void *context) = disk.meanwhile[kind];
	int error = 0;

	disk.calls++;
	if (disk.calls == disk.fail_at || chance(disk.one_in[kind]))
		error = -disk.error;
	else if (chance(disk.interrupt))
		error = -EINTR;
	record(kind, page, error);
	if (!error && meanwhile) {
		disk.meanwhile[kind] = NULL;
		meanwhile(disk.context);
	}
	return error;
}

static size_t shortened(size_t bytes)
{
	return disk.most && bytes > disk.most ? disk.most : bytes;
}

ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t at)
{
	int error;

	if (fd != DISK_FD)
		return __real_pread(fd, data, bytes, at);
	error = disk_call(DISK_READ, at / REAL_PAGE_BYTES);
	if (error) {
		/* what a failed read leaves behind must not be seen */
		memset(data, 0xee, bytes);
		errno = -error;
		return -1;
	}
	if ((size_t)at >= disk.size)
		return 0;
	if (bytes > disk.size - at)
		bytes = disk.size - at;
	bytes = shortened(bytes);
	memcpy(data, disk.cache + at, bytes);
	return bytes;
}

static void put(const void *data, size_t bytes, off_t at)
{
	memcpy(disk.cache + at, data, bytes);
	disk.unwritten[at / REAL_PAGE_BYTES] = true;
	if (disk.size < at + bytes)
		disk.size = at + bytes;
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at)
{
	int error;

	if (fd != DISK_FD)
		return __real_pwrite(fd, data, bytes, at);
	error = disk_call(DISK_WRITE, at / REAL_PAGE_BYTES);
	if (error && error != -EINTR && disk.torn)
		put(data, bytes / 2, at);
	if (!error && (size_t)at >= disk.room)
		error = -ENOSPC;
	if (error) {
		errno = -error;
		return -1;
	}
	if (bytes > disk.room - at)
		bytes = disk.room - at;
	bytes = shortened(bytes);
	put(data, bytes, at);
	return bytes;
}

/* What a sync can't write is not tried again. */
static void sync_pages(bool fails)
{
	uint32_t page;

	for (page = 0; page < DISK_PAGES; page++) {
		size_t at = (size_t)page * REAL_PAGE_BYTES;

		if (!disk.unwritten[page])
			continue;
		disk.unwritten[page] = false;
		if (!fails || chance(2))
			memcpy(disk.platter + at, disk.cache + at,
				REAL_PAGE_BYTES);
		else if (disk.forgetful)
			memcpy(disk.cache + at, disk.platter + at,
				REAL_PAGE_BYTES);
	}
}

int __wrap_fdatasync(int fd)
{
	int error;

	if (fd != DISK_FD)
		return __real_fdatasync(fd);
	error = disk_call(DISK_SYNC, 0);
	if (error == -EINTR) {
		errno = EINTR;
		return -1;
	}
	sync_pages(error);
	errno = -error;
	return error ? -1 : 0;
}
