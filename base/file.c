/* Whole reads and writes, files without a name.  See file.h. */
#include <config.h>

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

const char *file_temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}

int file_open_nameless(const char *folder, int *fd_out)
{
	char path[4096];
	int length;

	*fd_out = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd_out >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	/* Not every file system knows O_TMPFILE. */
	length = snprintf(path, sizeof(path), "%s/selfpage-XXXXXX", folder);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	*fd_out = mkostemp(path, O_CLOEXEC);
	if (*fd_out < 0)
		return -errno;
	unlink(path);
	return 0;
}
