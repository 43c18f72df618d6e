/* A program under the kernel's reclaim: see kernel.h. */
#include <config.h>

#include "live/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "live/cgroup.h"
#include "live/swap-file.h"

#define PAGE 4096
#define NAME "selfpage-kernel-"
#define LOCKS "/run/" NAME
#define FILES_SHARE 16
#define SLACK_PAGES 16	 /* a limit that is so near is not written again */
#define OVER_PAGES 16	 /* more a tick for a program that waits */
#define ROOM_BYTES 65536 /* of swap: less is none, by processors' shares */

struct kernel_limit {
	int lock;
	char lock_path[sizeof(LOCKS) + 16];
	struct cgroup cgroup;
	char swap_path[PATH_MAX];
	char door[PATH_MAX + 32];
	uint64_t frames;
	uint64_t limit_bytes;
	/* When it began. */
	uint64_t swapped_in, swapped_out;
	struct kernel_figures figures;
};

/* ---- the lock, and what it names ---- */

/* A file that nobody else has removed or locked.  -EEXIST: somebody has. */
static int take_lock(const char *path, int flags)
{
	struct stat status;
	int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	if (file < 0)
		return -errno;
	if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &status) == 0 &&
		status.st_nlink == 1 && status.st_uid == 0)
		return file;
	close(file);
	return -EEXIST;
}

/* A look at what is stale may have the new file for a moment, and removes
 * it, as it is empty. */
static int make_lock(struct kernel_limit *limit, struct message *message)
{
	snprintf(limit->lock_path, sizeof(limit->lock_path), LOCKS "%d",
		(int)getpid());
	do
		limit->lock = take_lock(limit->lock_path, O_CREAT | O_EXCL);
	while (limit->lock == -EEXIST);
	if (limit->lock < 0)
		return message_set(message, limit->lock, "%s: %s",
			limit->lock_path, strerror(-limit->lock));
	if (dprintf(limit->lock, "%d %s\n%s\n", limit->cgroup.version,
		    limit->cgroup.path, limit->swap_path) > 0)
		return 0;
	int error = -errno;

	unlink(limit->lock_path);
	close(limit->lock);
	return message_set(
		message, error, "%s: %s", limit->lock_path, strerror(-error));
}

/* The names in a lock that was left; false: it was left too early. */
static bool read_lock(struct kernel_limit *limit)
{
	char text[2 * PATH_MAX + 16];
	ssize_t bytes = pread(limit->lock, text, sizeof(text) - 1, 0);

	text[bytes > 0 ? bytes : 0] = '\0';
	return sscanf(text, "%d %4095[^\n]\n%4095[^\n]", &limit->cgroup.version,
		       limit->cgroup.path, limit->swap_path) == 3 &&
	       limit->cgroup.version >= 1 && limit->cgroup.version <= 2 &&
	       strstr(limit->cgroup.path, "/" NAME) != NULL &&
	       strstr(limit->swap_path, "/" NAME) != NULL;
}

/* ---- making and removing ---- */

/*
 * The limit goes first: pages that come back from the swap file are held
 * against it.
 */
static int remove_all(struct kernel_limit *limit, struct message *message)
{
	unsigned moved;
	int error;

	cgroup_set_limit(&limit->cgroup, INT64_MAX);
	error = cgroup_remove(&limit->cgroup, &moved);
	if (error == -ENOENT)
		error = 0;
	if (error != 0)
		message_set(message, error,
			"cannot remove the memory cgroup %s: %s",
			limit->cgroup.path, strerror(-error));
	int swap_error =
		swap_file_remove(limit->swap_path, error ? NULL : message);

	error = error != 0 ? error : swap_error;
	if (error == 0)
		unlink(limit->lock_path);
	close(limit->lock);
	return error;
}

/* Where the swap file is to be: its folder's whole path, for the next run
 * may be somewhere else. */
static int name_parts(
	struct kernel_limit *limit, const char *folder, struct message *message)
{
	char whole[PATH_MAX], name[sizeof(NAME) + 16];

	snprintf(name, sizeof(name), NAME "%d", (int)getpid());
	if (realpath(folder, whole) == NULL)
		return message_set(
			message, -errno, "%s: %s", folder, strerror(errno));
	if (snprintf(limit->swap_path, sizeof(limit->swap_path), "%s/%s.swap",
		    whole, name) >= (int)sizeof(limit->swap_path))
		return message_set(message, -ENAMETOOLONG, "%s: %s", folder,
			strerror(ENAMETOOLONG));
	return cgroup_find(name, &limit->cgroup, message);
}

static int make_all(struct kernel_limit *limit,
	const struct kernel_settings *settings, struct message *message)
{
	int error = name_parts(limit, settings->swap_folder, message);

	if (error == 0)
		error = make_lock(limit, message);
	if (error != 0)
		return error;
	error = swap_file_make(limit->swap_path, settings->swap_bytes, message);
	if (error == 0)
		error = cgroup_make(&limit->cgroup, message);
	if (error != 0)
		remove_all(limit, NULL);
	return error;
}

static void read_swapped(uint64_t *in, uint64_t *out)
{
	FILE *stream = fopen("/proc/vmstat", "re");
	char line[128];
	unsigned long long value;

	*in = *out = 0;
	if (stream == NULL)
		return;
	while (fgets(line, sizeof(line), stream) != NULL) {
		if (sscanf(line, "pswpin %llu", &value) == 1)
			*in = value;
		if (sscanf(line, "pswpout %llu", &value) == 1)
			*out = value;
	}
	fclose(stream);
}

int kernel_limit_make(const struct kernel_settings *settings,
	struct kernel_limit **limit_out, struct message *message)
{
	struct kernel_limit *limit;
	int error;

	if (geteuid() != 0)
		return message_set(message, -EPERM,
			"only root can have the kernel do it: it takes a "
			"memory cgroup and a swap file");
	limit = calloc(1, sizeof(*limit));
	if (limit == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	kernel_remove_stale(NULL);
	error = make_all(limit, settings, message);
	if (error != 0) {
		free(limit);
		return error;
	}
	limit->frames = settings->frames;
	snprintf(limit->door, sizeof(limit->door), "%s/cgroup.procs",
		limit->cgroup.path);
	read_swapped(&limit->swapped_in, &limit->swapped_out);
	error = kernel_limit_follow(limit, message);
	if (error == 0)
		*limit_out = limit;
	else
		kernel_limit_remove(limit, NULL);
	return error;
}

int kernel_limit_remove(struct kernel_limit *limit, struct message *message)
{
	int error = remove_all(limit, message);

	free(limit);
	return error;
}

/* ---- as it runs ---- */

const char *kernel_limit_door(const struct kernel_limit *limit)
{
	return limit->door;
}

static void raise_to(uint64_t *peak, uint64_t value)
{
	if (*peak < value)
		*peak = value;
}

static void count(
	struct kernel_limit *limit, const struct cgroup_figures *figures)
{
	struct kernel_figures *sums = &limit->figures;

	sums->faults_major = figures->faults_major;
	sums->faults_minor = figures->faults - figures->faults_major;
	read_swapped(&sums->swapped_in, &sums->swapped_out);
	sums->swapped_in -= limit->swapped_in;
	sums->swapped_out -= limit->swapped_out;
	raise_to(&sums->peak_resident, figures->anonymous / PAGE);
	raise_to(&sums->peak_beside, (figures->files + figures->kernel) / PAGE);
}

static uint64_t wanted_bytes(
	const struct kernel_limit *limit, const struct cgroup_figures *figures)
{
	uint64_t own = (limit->frames + limit->figures.over_limit) * PAGE;
	uint64_t files = own / FILES_SHARE;

	if (files > figures->files)
		files = figures->files;
	return own + files + figures->kernel;
}

int kernel_limit_follow(struct kernel_limit *limit, struct message *message)
{
	struct cgroup_figures figures;
	int error = cgroup_read(&limit->cgroup, &figures);

	if (error != 0)
		return message_set(message, error, "%s: %s", limit->cgroup.path,
			strerror(-error));
	count(limit, &figures);
	if (figures.starving) {
		if (swap_file_room(limit->swap_path) < ROOM_BYTES)
			return message_set(message, -ENOSPC,
				"the swap file %s is full", limit->swap_path);
		limit->figures.over_limit += OVER_PAGES;
	}
	uint64_t wanted = wanted_bytes(limit, &figures);
	uint64_t away = wanted > limit->limit_bytes
				? wanted - limit->limit_bytes
				: limit->limit_bytes - wanted;

	/* EBUSY: so much cannot be swapped out just now; soon it can. */
	if ((away > SLACK_PAGES * PAGE || figures.starving) &&
		cgroup_set_limit(&limit->cgroup, wanted) == 0)
		limit->limit_bytes = wanted;
	return 0;
}

const struct kernel_figures *kernel_limit_figures(
	const struct kernel_limit *limit)
{
	return &limit->figures;
}

/* ---- what was left ---- */

/* 1: removed, 0: nothing to remove, it is in use. */
static int remove_if_stale(const char *path, struct message *message)
{
	struct kernel_limit limit = {.lock = take_lock(path, 0)};

	if (limit.lock < 0)
		return 0;
	snprintf(limit.lock_path, sizeof(limit.lock_path), "%s", path);
	if (!read_lock(&limit)) {
		unlink(path);
		close(limit.lock);
		return 0;
	}
	int error = remove_all(&limit, message);

	return error != 0 ? error : 1;
}

int kernel_remove_stale(struct message *message)
{
	glob_t locks;
	int removed = 0, error = 0;

	if (glob(LOCKS "[0-9]*", 0, NULL, &locks) != 0)
		return 0;
	for (size_t i = 0; i < locks.gl_pathc; i++) {
		int result = remove_if_stale(
			locks.gl_pathv[i], error ? NULL : message);

		if (result > 0)
			removed++;
		else if (error == 0)
			error = result;
	}
	globfree(&locks);
	return error != 0 ? error : removed;
}
