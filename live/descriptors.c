/* The files that are open for the pager: see descriptors.h. */
#include <config.h>

#include "live/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Which of them are the pager's, and which were opened to fill numbers. */
static struct {
	uint64_t own[(DESCRIPTORS_END + 63) / 64];
	uint64_t filled[(DESCRIPTORS_FIRST + 63) / 64];
	uint64_t before[(DESCRIPTORS_END + 63) / 64]; /* open, not its */
} descriptors;

static void set(uint64_t *bits, int fd)
{
	bits[fd / 64] |= UINT64_C(1) << fd % 64;
}

static bool has(const uint64_t *bits, int fd)
{
	return bits[fd / 64] >> fd % 64 & 1;
}

bool descriptor_is_own(int fd)
{
	return fd >= DESCRIPTORS_FIRST && fd < DESCRIPTORS_END &&
	       has(descriptors.own, fd);
}

int descriptor_keep(int fd)
{
	int kept = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTORS_FIRST);

	if (kept < 0)
		return -errno;
	if (kept < DESCRIPTORS_END)
		set(descriptors.own, kept);
	return kept;
}

void descriptors_begin(void)
{
	int fd;

	memset(descriptors.filled, 0, sizeof(descriptors.filled));
	memset(descriptors.before, 0, sizeof(descriptors.before));
	for (fd = DESCRIPTORS_FIRST; fd < DESCRIPTORS_END; fd++)
		if (!has(descriptors.own, fd) && fcntl(fd, F_GETFD) >= 0)
			set(descriptors.before, fd);
	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && fd < DESCRIPTORS_FIRST)
			set(descriptors.filled, fd);
	} while (fd >= 0 && fd < DESCRIPTORS_FIRST);
	if (fd >= 0)
		close(fd);
}

void descriptors_end(void)
{
	for (int fd = 0; fd < DESCRIPTORS_FIRST; fd++)
		if (has(descriptors.filled, fd))
			close(fd);
	for (int fd = DESCRIPTORS_FIRST; fd < DESCRIPTORS_END; fd++)
		if (!has(descriptors.before, fd) && fcntl(fd, F_GETFD) >= 0)
			set(descriptors.own, fd);
}
