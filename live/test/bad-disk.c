/*
 * Preloaded into a program under `selfpage run`: as soon as the file that
 * SELFPAGE_BAD_DISK names is there, nothing can be read from the swap file.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t pread64(int file, void *data, size_t bytes, off_t offset);

ssize_t pread(int file, void *data, size_t bytes, off_t offset)
{
	const char *sign = getenv("SELFPAGE_BAD_DISK");

	if (sign != NULL && access(sign, F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, file, data, bytes, offset);
}

ssize_t pread64(int file, void *data, size_t bytes, off_t offset)
{
	return pread(file, data, bytes, offset);
}
