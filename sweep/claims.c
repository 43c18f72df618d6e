/* Claims on cells.  See claims.h. */
#include "config.h"

#include "sweep/claims.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int claims_open(int folder, struct message *message)
{
	int fd = openat(folder, "claims", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return message_set(
			message, -errno, "sweep/claims: %s", strerror(errno));
	return fd;
}

int claims_look(int folder, struct message *message)
{
	int fd = openat(folder, "claims", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && (folder < 0 || errno == ENOENT))
		return -ENOENT;
	if (fd < 0)
		return message_set(
			message, -errno, "sweep/claims: %s", strerror(errno));
	return fd;
}

/* Locks of an open file, and not of a process: a child has them, too. */
static int set(int claims, uint64_t cell, int command, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = cell & (INT64_MAX >> 1),
		.l_len = 1,
	};

	if (fcntl(claims, command, &lock))
		return errno == EACCES ? -EAGAIN : -errno;
	return command == F_OFD_GETLK && lock.l_type != F_UNLCK ? -EAGAIN : 0;
}

int claims_take(int claims, uint64_t cell)
{
	return set(claims, cell, F_OFD_SETLK, F_WRLCK);
}

bool claims_are_taken(int claims, uint64_t cell)
{
	return set(claims, cell, F_OFD_GETLK, F_WRLCK) == -EAGAIN;
}
