/*
 * The public library: fork(2) with live pagers.
 *
 * A child has the parent's memory, and so its pager, frames and slots; but
 * what the system keeps for the parent does not come with it, and what lies in
 * files is one for both.  So before the fork the lock is taken, when no page
 * is on its way, and swap files are copied; the child makes the system's part
 * anew, and puts the copies where the swap files were.
 *
 * Nobody can refuse a fork here.  A child that can't page says so and ends,
 * before it could see a wrong byte.
 */
#include "config.h"

#include "mm/selfpage-live-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mm/store-swap.h"

/* A file without a name, beside the one that FD is, if that can be. */
static int open_beside(int fd)
{
	static const char name[] = "/selfpage-XXXXXX";
	char link[64], path[4096] = "/tmp", *slash;
	ssize_t length;
	int copy = -1;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - sizeof(name));
	if (length > 0) {
		path[length] = '\0';
		slash = strrchr(path, '/');
		if (slash)
			slash[slash == path] = '\0';
		copy = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	}
	if (copy >= 0)
		return copy;
	/* not all file systems can: then it has a name for an instant */
	strcat(path, name);
	copy = mkostemp(path, O_CLOEXEC);
	if (copy < 0)
		return -errno;
	unlink(path);
	return copy;
}

/* Bytes [AT, END), which are no hole, by whole pages as O_DIRECT wants it. */
static int copy_part(int from, int to, off_t at, off_t end)
{
	static const size_t bytes = 1 << 20;
	char *part;
	ssize_t count;
	int error = 0;

	/* not by malloc, whose locks the C library may hold around a fork */
	part = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (part == MAP_FAILED)
		return -ENOMEM;
	at -= at % LIVE_PAGE_BYTES;
	while (at < end && !error) {
		count = pread(from, part, bytes, at);
		if (count <= 0) {
			error = count ? -errno : 0;
			break;
		}
		if (pwrite(to, part, count, at) != count)
			error = errno ? -errno : -ENOSPC;
		at += count;
	}
	munmap(part, bytes);
	return error;
}

static int copy_file(int from, int *out)
{
	int to = open_beside(from), error = 0;
	off_t at = 0, end;

	if (to < 0)
		return to;
	*out = to;
	while (!error && (at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0)
			return -errno;
		error = copy_part(from, to, at, end);
		at = end;
	}
	if (error)
		return error;
	/* past the last data */
	return at >= 0 || errno == ENXIO ? 0 : -errno;
}

/* FD is COPY from now on, in this process. */
static int replace(int fd, int *copy)
{
	int flags = fcntl(fd, F_GETFL);
	int descriptor = fcntl(fd, F_GETFD);

	if (flags < 0 || descriptor < 0 ||
		dup3(*copy, fd, descriptor & FD_CLOEXEC ? O_CLOEXEC : 0) < 0 ||
		fcntl(fd, F_SETFL, flags) < 0)
		return -errno;
	close(*copy);
	*copy = -1;
	return 0;
}

static void discard(int *copy)
{
	if (*copy >= 0)
		close(*copy);
	*copy = -1;
}

static bool is_any_busy(struct pager *pager)
{
	uint32_t i;

	for (i = 0; i < pager->physmem.frames_max; i++)
		if (pager_frame(pager, i)->store &&
			pager_frame(pager, i)->flags & FRAME_BUSY)
			return true;
	return false;
}

/*
 * Waits until no page is on its way, and who waited for one has gone on: he may
 * have a frame in hand meanwhile, or frames to drop, which the child could not
 * have from him.  The lock is held, and given up meanwhile.
 */
static void settle(struct pager *pager)
{
	for (;;) {
		if (is_any_busy(pager)) {
			pager_wait_outside(pager);
		} else if (pager->waiters) {
			/* they were woken, and want the lock */
			pager_unlock(pager);
			sched_yield();
			pager_lock(pager);
		} else {
			return;
		}
	}
}

static int prepare(struct selfpage *self)
{
	struct selfpage_store *store;
	int error;

	/* the child has none of the other threads */
	selfpage_live_end_holds(self);
	settle(self->pager);
	error = self->live->backend.front->before_fork(&self->live->backend);
	if (!error && self->swap)
		error = copy_file(swap_fd(self->swap), &self->live->swap_copy);
	for (store = self->stores; store && !error; store = store->next)
		if (store->swap_fd >= 0)
			error = copy_file(store->swap_fd, &store->swap_copy);
	return error;
}

static void go_on(struct selfpage *self)
{
	struct selfpage_store *store;

	self->live->backend.front->after_fork(&self->live->backend);
	discard(&self->live->swap_copy);
	for (store = self->stores; store; store = store->next)
		discard(&store->swap_copy);
}

static int cover_all(struct selfpage *self)
{
	struct live *backend = &self->live->backend;
	struct selfpage_space *space;
	const struct map *map;
	uint64_t page;
	int error = 0;

	for (space = self->spaces; space; space = space->next)
		for (page = 0; !error && (map = as_find_from(&space->as, page));
			page = map->end)
			error = backend->front->cover(backend,
				live_address(map->start),
				(map->end - map->start) * LIVE_PAGE_BYTES);
	return error;
}

static int begin_anew(struct selfpage *self)
{
	struct live *backend = &self->live->backend;
	struct selfpage_store *store;
	int error = self->live->fork_error;

	if (!error)
		error = backend->front->begin_child(backend);
	if (!error)
		error = cover_all(self);
	if (!error)
		error = backend->front->end_child(backend);
	if (!error && self->swap)
		error = replace(swap_fd(self->swap), &self->live->swap_copy);
	for (store = self->stores; store && !error; store = store->next)
		if (store->swap_fd >= 0)
			error = replace(store->swap_fd, &store->swap_copy);
	return error;
}

void selfpage_live_fork(void *context, enum live_fork when)
{
	struct selfpage *self = context;
	int error;

	if (when == LIVE_FORK_BEFORE) {
		pager_lock(self->pager);
		self->live->fork_error = prepare(self);
		return;
	}
	if (when == LIVE_FORK_PARENT) {
		go_on(self);
		pager_unlock(self->pager);
		return;
	}
	/* of the threads only this one is here; the lock was the parent's */
	self->pager->waiters = 0;
	pthread_cond_init(&self->pager->ready, NULL);
	pager_forget_cleaner(self->pager);
	selfpage_live_use_lock(self->pager);
	error = begin_anew(self);
	if (error)
		live_die("a forked child has no pages of its own: pager",
			(uintptr_t)self, error);
}
