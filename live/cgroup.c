/* A memory cgroup: see cgroup.h. */
#include <config.h>

#include "live/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"

#define FILE_BYTES 16384 /* memory.stat has some 4,000 */
#define EMPTY_TRIES 100	 /* a process that ends leaves a little later */

/* What the two versions call their files, and the lines in memory.stat. */
static const struct names {
	const char *limit, *used, *anonymous, *files;
} names[] = {
	[1] = {"memory.limit_in_bytes", "memory.usage_in_bytes", "rss",
		"cache"},
	[2] = {"memory.high", "memory.current", "anon", "file"},
};

/* ---- files ---- */

/* The file FOLDER/NAME as text of at most BYTES - 1. */
static int read_file(
	const char *folder, const char *name, char *text, size_t bytes)
{
	char path[PATH_MAX + 64];
	size_t count = 0;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return -errno;
	do {
		got = read(file, text + count, bytes - 1 - count);
		count += got > 0 ? (size_t)got : 0;
	} while (got > 0 && count < bytes - 1);
	int error = got < 0 ? -errno : 0;

	close(file);
	text[count] = '\0';
	return error;
}

static int write_file(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int file = open(path, O_WRONLY | O_CLOEXEC);

	if (file < 0)
		return -errno;
	int error = write(file, text, strlen(text)) < 0 ? -errno : 0;

	close(file);
	return error;
}

/* Of lines "KEY VALUE". 0 where there is none of that key. */
static uint64_t find_value(const char *text, const char *key)
{
	size_t bytes = strlen(key);

	for (const char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, key, bytes) == 0 && line[bytes] == ' ')
			return strtoull(line + bytes, NULL, 10);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return 0;
}

/* ---- where it is ---- */

/*
 * "36 35 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory": a
 * hierarchy's mount, with the controllers of version 1 among its options.
 */
static int mount_version(const char *line, char *folder)
{
	const char *type = strstr(line, " - ");

	if (type == NULL || sscanf(line, "%*s %*s %*s %*s %4095s", folder) != 1)
		return 0;
	if (strncmp(type, " - cgroup2 ", 11) == 0) {
		char controllers[256];

		return read_file(folder, "cgroup.controllers", controllers,
			       sizeof(controllers)) == 0 &&
				       strstr(controllers, "memory") != NULL
			       ? 2
			       : 0;
	}
	const char *options = strrchr(line, ' ');

	return strncmp(type, " - cgroup ", 10) == 0 &&
			       strstr(options, "memory") != NULL
		       ? 1
		       : 0;
}

static int find_mount(char *folder)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[2 * PATH_MAX];
	int version = 0;

	if (mounts == NULL)
		return 0;
	while (version == 0 && fgets(line, sizeof(line), mounts) != NULL)
		version = mount_version(line, folder);
	fclose(mounts);
	return version;
}

/* The caller's own in the hierarchy of version 1, "" if it is the root. */
static void find_own(char *own, size_t bytes)
{
	FILE *cgroups = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 256];

	own[0] = '\0';
	if (cgroups == NULL)
		return;
	while (fgets(line, sizeof(line), cgroups) != NULL) {
		const char *controllers = strchr(line, ':');
		const char *path =
			controllers ? strchr(controllers + 1, ':') : NULL;

		line[strcspn(line, "\n")] = '\0';
		if (path == NULL || path[1] != '/' || path[2] == '\0' ||
			strstr(controllers, "memory") == NULL ||
			strstr(controllers, "memory") > path)
			continue;
		snprintf(own, bytes, "%s", path + 1);
	}
	fclose(cgroups);
}

int cgroup_find(
	const char *name, struct cgroup *cgroup, struct message *message)
{
	char folder[PATH_MAX], own[PATH_MAX], parent[2 * PATH_MAX];

	cgroup->version = find_mount(folder);
	if (cgroup->version == 0)
		return message_set(message, -ENOTSUP,
			"there is no memory cgroup: no hierarchy with the "
			"memory controller is mounted");
	own[0] = '\0';
	if (cgroup->version == 1)
		find_own(own, sizeof(own));
	snprintf(parent, sizeof(parent), "%s%s", folder, own);
	/* In a container its path can be one that is not seen there. */
	if (access(parent, X_OK) != 0)
		snprintf(parent, sizeof(parent), "%s", folder);
	if (snprintf(cgroup->path, sizeof(cgroup->path), "%s/%s", parent,
		    name) >= (int)sizeof(cgroup->path))
		return message_set(message, -ENAMETOOLONG,
			"the memory cgroup's path is too long: %s", parent);
	return 0;
}

/* The folder that it is in.  PARENT of PATH_MAX bytes. */
static void parent_of(const struct cgroup *cgroup, char *parent)
{
	snprintf(parent, PATH_MAX, "%s", cgroup->path);
	*strrchr(parent, '/') = '\0';
}

int cgroup_make(const struct cgroup *cgroup, struct message *message)
{
	char parent[PATH_MAX];
	int error = 0;

	parent_of(cgroup, parent);
	if (cgroup->version == 2)
		write_file(parent, "cgroup.subtree_control", "+memory");
	if (mkdir(cgroup->path, 0755) != 0)
		return message_set(message, -errno,
			"cannot make a memory cgroup: %s: %s", cgroup->path,
			strerror(errno));
	/* The program is to wait, not to be killed, and to use the swap. */
	if (cgroup->version == 1) {
		error = write_file(cgroup->path, "memory.oom_control", "1");
		write_file(cgroup->path, "memory.swappiness", "60");
	} else if (access(parent, X_OK) != 0 ||
		   cgroup_set_limit(cgroup, UINT64_MAX / 2) != 0) {
		error = -ENOTSUP;
	}
	if (error != 0) {
		rmdir(cgroup->path);
		return message_set(message, error,
			"cannot use the memory cgroup %s: %s", cgroup->path,
			strerror(-error));
	}
	return 0;
}

/* ---- use ---- */

int cgroup_set_limit(const struct cgroup *cgroup, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return write_file(cgroup->path, names[cgroup->version].limit, text);
}

/* Version 1 has a file for it, version 2 a line in memory.stat. */
static uint64_t read_kernel(const struct cgroup *cgroup, const char *stat)
{
	char text[64];

	if (cgroup->version == 2)
		return find_value(stat, "kernel");
	if (read_file(cgroup->path, "memory.kmem.usage_in_bytes", text,
		    sizeof(text)) != 0)
		return 0;
	return strtoull(text, NULL, 10);
}

static bool is_starving(const struct cgroup *cgroup)
{
	char text[256];

	return cgroup->version == 1 &&
	       read_file(cgroup->path, "memory.oom_control", text,
		       sizeof(text)) == 0 &&
	       find_value(text, "under_oom") != 0;
}

int cgroup_read(const struct cgroup *cgroup, struct cgroup_figures *figures)
{
	const struct names *name = &names[cgroup->version];
	char stat[FILE_BYTES], used[64];
	int error;

	error = read_file(cgroup->path, "memory.stat", stat, sizeof(stat));
	if (error == 0)
		error = read_file(cgroup->path, name->used, used, sizeof(used));
	if (error != 0)
		return error;
	/* Pages that were in the swap file and still have their place there
	 * are counted among the files', whose they are not. */
	uint64_t files = find_value(stat, name->files);
	uint64_t swapped = find_value(stat, "swapcached");

	*figures = (struct cgroup_figures){
		.used = strtoull(used, NULL, 10),
		.anonymous = find_value(stat, name->anonymous),
		.files = files > swapped ? files - swapped : 0,
		.kernel = read_kernel(cgroup, stat),
		.faults = find_value(stat, "pgfault"),
		.faults_major = find_value(stat, "pgmajfault"),
		.starving = is_starving(cgroup),
	};
	return 0;
}

/* ---- the end ---- */

/* The processes that are in it go to its parent.  How many there were. */
static unsigned move_out(const struct cgroup *cgroup)
{
	char parent[PATH_MAX], list[FILE_BYTES];
	unsigned count = 0;

	parent_of(cgroup, parent);
	if (read_file(cgroup->path, "cgroup.procs", list, sizeof(list)) != 0)
		return 0;
	for (char *rest, *pid = strtok_r(list, "\n", &rest); pid != NULL;
		pid = strtok_r(NULL, "\n", &rest))
		count += write_file(parent, "cgroup.procs", pid) == 0;
	return count;
}

int cgroup_remove(const struct cgroup *cgroup, unsigned *moved)
{
	*moved = 0;
	for (unsigned i = 0; rmdir(cgroup->path) != 0; i++) {
		if (errno != EBUSY || i == EMPTY_TRIES)
			return -errno;
		*moved += move_out(cgroup);
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return 0;
}
