/* What harnesses share: see input-harness.h. */
#include <config.h>

#include "tracer/test/input-harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const struct harness *const harnesses[HARNESSES] = {
	&harness_import, &harness_input, &harness_trace, &harness_perf};

void harness_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

const char *harness_file(const void *data, size_t bytes)
{
	static int fd = -1;
	static char path[32];

	if (fd < 0)
		fd = memfd_create("input", MFD_CLOEXEC);
	HARNESS_CHECK(fd >= 0);
	HARNESS_CHECK(ftruncate(fd, 0) == 0);
	HARNESS_CHECK(pwrite(fd, data, bytes, 0) == (ssize_t)bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}
