/* Peak resident memory, from /proc. */
#include "replay/rss.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

void rss_reset(void)
{
	int fd;

	malloc_trim(0); /* so that the last row's memory is not in this one's */
	fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "5", 1) != 1) {
		/* an old kernel: the peak is that of the whole process */
	}
	close(fd);
}

uint64_t rss_peak(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long kib = 0;
	char line[256];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %llu", &kib) == 1)
			break;
	fclose(file);
	return kib * 1024;
}
