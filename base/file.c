/* Whole reads and writes.  See file.h. */
#include "base/file.h"

#include <errno.h>
#include <unistd.h>

ssize_t file_read_most(int fd, void *data, size_t bytes, uint64_t offset)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t got = pread(fd, (char *)data + done, bytes - done,
			(off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int file_read(int fd, void *data, size_t bytes, uint64_t offset)
{
	ssize_t got = file_read_most(fd, data, bytes, offset);

	if (got < 0)
		return (int)got;
	return (size_t)got == bytes ? 0 : -ENODATA;
}

int file_write(int fd, const void *data, size_t bytes, uint64_t offset)
{
	const char *next = data;

	while (bytes > 0) {
		ssize_t done = pwrite(fd, next, bytes, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (done == 0)
			return -ENOSPC;
		next += done;
		bytes -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}
