/* Where the programs are: see record-find.h. */
#include <config.h>

#include "tracer/record-find.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that can be run: 0 or an errno. */
static int check_program(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	return access(path, X_OK) == 0 ? 0 : errno;
}

int find_program(const char *name, char **path_out)
{
	const char *folders = getenv("PATH");
	int error = ENOENT;

	*path_out = NULL;
	if (strchr(name, '/') != NULL) {
		error = check_program(name);
		*path_out = error == 0 ? strdup(name) : NULL;
		return error == 0 && *path_out == NULL ? ENOMEM : error;
	}
	if (folders == NULL)
		folders = "/bin:/usr/bin";
	for (;;) {
		size_t bytes = strcspn(folders, ":");

		if (asprintf(path_out, "%.*s%s%s", (int)bytes, folders,
			    bytes > 0 ? "/" : "", name) < 0)
			return ENOMEM;
		int found = check_program(*path_out);

		if (found == 0)
			return 0;
		if (found == EACCES)
			error = found;
		free(*path_out);
		*path_out = NULL;
		if (folders[bytes] == '\0')
			return error;
		folders += bytes + 1;
	}
}
