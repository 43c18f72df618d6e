/* A swap file: see swap-file.h. */
#include <config.h>

#include "live/swap-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/swap.h>
#include <unistd.h>

#include "base/message.h"

#define PAGE 4096

/* What the kernel looks for in the file's first page. */
struct swap_header {
	unsigned char boot[1024];
	uint32_t version;
	uint32_t last_page;
	uint32_t bad_pages;
	unsigned char uuid[16];
	char label[16];
	unsigned char unused[PAGE - 1024 - 44 - 10];
	char magic[10];
} __attribute__((packed));

_Static_assert(sizeof(struct swap_header) == PAGE, "it is one page");

/* Written, and on the disk: the kernel reads it from there. */
static int write_header(int file, uint64_t pages)
{
	struct swap_header header = {
		.version = 1,
		.last_page = (uint32_t)(pages - 1),
		.label = "selfpage",
		.magic = "SWAPSPACE2",
	};

	if (pwrite(file, &header, sizeof(header), 0) != sizeof(header))
		return errno != 0 ? -errno : -EIO;
	return fsync(file) == 0 ? 0 : -errno;
}

/* Looks first: a file system can give all it has before it finds that this is
 * not enough, and others would have none. */
static int take_room(int file, uint64_t bytes)
{
	struct statvfs disk;

	if (fstatvfs(file, &disk) != 0)
		return -errno;
	if (bytes / disk.f_frsize > disk.f_bavail)
		return -ENOSPC;
	return fallocate(file, 0, 0, (off_t)bytes) == 0 ? 0 : -errno;
}

static int fill(const char *path, uint64_t bytes, struct message *message)
{
	int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error;

	if (file < 0)
		return message_set(message, -errno,
			"cannot make a swap file: %s: %s", path,
			strerror(errno));
	error = take_room(file, bytes);
	if (error == 0)
		error = write_header(file, bytes / PAGE);
	close(file);
	if (error == 0)
		return 0;
	unlink(path);
	return message_set(message, error,
		"cannot make a swap file of %llu MiB: %s: %s",
		(unsigned long long)(bytes >> 20), path, strerror(-error));
}

int swap_file_make(const char *path, uint64_t bytes, struct message *message)
{
	int error = fill(path, bytes / PAGE * PAGE, message);

	if (error != 0)
		return error;
	if (swapon(path, SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK) == 0)
		return 0;
	error = -errno;
	unlink(path);
	if (error == -EINVAL)
		return message_set(message, error,
			"the kernel cannot swap to %s: its file system holds "
			"no swap files (tmpfs, overlay and network file "
			"systems do not); give another folder",
			path);
	return message_set(message, error, "cannot swap to %s: %s", path,
		strerror(-error));
}

uint64_t swap_file_room(const char *path)
{
	FILE *swaps = fopen("/proc/swaps", "re");
	char line[PATH_MAX + 128], name[PATH_MAX];
	unsigned long long total, used, room = 0;

	if (swaps == NULL)
		return 0;
	while (fgets(line, sizeof(line), swaps) != NULL)
		if (sscanf(line, "%4095s %*s %llu %llu", name, &total, &used) ==
				3 &&
			strcmp(name, path) == 0)
			room = (total - used) * 1024;
	fclose(swaps);
	return room;
}

int swap_file_remove(const char *path, struct message *message)
{
	/* EINVAL: it is not swapped to. */
	if (swapoff(path) != 0 && errno != EINVAL && errno != ENOENT)
		return message_set(message, -errno,
			"cannot take the swap file %s out of use: %s", path,
			strerror(errno));
	if (unlink(path) != 0 && errno != ENOENT)
		return message_set(message, -errno,
			"cannot remove the swap file %s: %s", path,
			strerror(errno));
	return 0;
}
