/* Files without a name: see swap-open.h. */
#include <config.h>

#include "live/swap-open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int swap_open(const char *folder, int *fd_out)
{
	char path[4096];
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Not all file systems can: then it has a name for an instant. */
	if (fd < 0 && errno == EOPNOTSUPP) {
		if (snprintf(path, sizeof(path), "%s/selfpage-XXXXXX",
			    folder) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return -errno;
	*fd_out = fd;
	return 0;
}
