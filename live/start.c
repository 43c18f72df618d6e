/*
 * The start: before main, once the libraries are there.
 *
 * What the settings ask for is made, and the program's environment is as it
 * would be without.  What goes wrong here ends the program before it has done
 * anything; a note says why.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "live/backing.h"
#include "live/bounce.h"
#include "live/descriptors.h"
#include "live/faults.h"
#include "live/front.h"
#include "live/live.h"
#include "live/maps.h"
#include "live/marks.h"
#include "live/process.h"
#include "mm/selfpage.h"

enum { FAILED_STATUS = 1 };

struct live live;
_Thread_local struct live_thread live_thread
	__attribute__((tls_model("initial-exec")));

void live_say(const char *format, ...)
{
	struct live_figures *figures = &live.shared->figures;
	char text[LIVE_NOTE_BYTES];
	uint32_t count, i;
	va_list rest;

	va_start(rest, format);
	vsnprintf(text, sizeof(text), format, rest);
	va_end(rest);
	count = __atomic_load_n(&figures->notes_count, __ATOMIC_ACQUIRE);
	for (i = 0; i < count && i < LIVE_NOTES; i++)
		if (strcmp(figures->notes[i], text) == 0)
			return;
	i = __atomic_fetch_add(&figures->notes_count, 1, __ATOMIC_ACQ_REL);
	if (i < LIVE_NOTES)
		memcpy(figures->notes[i], text, sizeof(text));
}

/* ---- the environment ---- */

/* LIBRARY's name, and what separates it, goes from the list TEXT. */
static void cut_library(char *text, const char *library)
{
	size_t bytes = strlen(library);

	if (strncmp(text, library, bytes) != 0)
		return;
	if (text[bytes] == ':' || text[bytes] == ' ')
		bytes++;
	memmove(text, text + bytes, strlen(text + bytes) + 1);
}

/* Ours go from where the program has them, in place. */
static void clean_environment(const char *library)
{
	static const char preload[] = "LD_PRELOAD=", ours[] = LIVE_VARIABLE "=";
	char **from, **to = environ;

	for (from = environ; *from != NULL; from++) {
		if (strncmp(*from, ours, sizeof(ours) - 1) == 0)
			continue;
		if (strncmp(*from, preload, sizeof(preload) - 1) == 0) {
			cut_library(*from + sizeof(preload) - 1, library);
			if ((*from)[sizeof(preload) - 1] == '\0')
				continue;
		}
		*to++ = *from;
	}
	*to = NULL;
}

/* ---- the parts ---- */

static struct live_shared *map_settings(int fd)
{
	struct live_shared *shared = mmap(NULL, sizeof(*shared),
		PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return shared != MAP_FAILED && shared->magic == LIVE_MAGIC ? shared
								   : NULL;
}

static void fail(const char *what, int error)
{
	live_say("%s: %s", what, strerror(-error));
	live.shared->state = LIVE_FAILED;
	_exit(FAILED_STATUS);
}

/* Paged: the pager, its figures, and the front of the system's calls. */
static void start_paged(void)
{
	struct live_figures *figures = &live.shared->figures;
	const char *name = selfpage_live_name(live.pager);
	int error = faults_start();

	if (error)
		fail("the pager's hooks", error);
	snprintf(figures->backend, sizeof(figures->backend), "%s", name);
	figures->frames = live.shared->frames;
	front_start();
	error = process_join(bounce_make());
	if (error)
		fail("system calls can't be looked at (Syscall User Dispatch, "
		     "Linux 5.11)",
			error);
}

/* Last of all: what there is by now the cgroup does not count. */
static int join_cgroup(const char *door)
{
	int file = open(door, O_WRONLY | O_CLOEXEC);
	int error = file >= 0 && write(file, "0", 1) == 1 ? 0 : -errno;

	if (file >= 0)
		close(file);
	return error;
}

static void start_all(void)
{
	int error;

	descriptors_begin();
	error = backing_start();
	if (error)
		fail("the pager", error);
	error = maps_start();
	if (error)
		fail("paged memory", error);
	if (live.pager)
		start_paged();
	descriptors_end();
	error = live.shared->door[0] != '\0' ? join_cgroup(live.shared->door)
					     : 0;
	if (error)
		fail(live.shared->door, error);
	__atomic_fetch_add(
		&live.shared->figures.processes, 1, __ATOMIC_RELAXED);
	live.shared->state = LIVE_STARTED;
}

/* What starts a program under Valgrind, or the recorder's tool, has that
 * program's environment, and must hand it on. */
static bool is_launcher(void)
{
	static const char *const names[] = {
		"valgrind", "valgrind.bin", "pagetrace-launch"};
	char path[LIVE_PATH_BYTES];
	ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *name;

	if (bytes <= 0)
		return false;
	path[bytes] = '\0';
	name = strrchr(path, '/');
	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name + 1, names[i]) == 0)
			return true;
	return false;
}

static __attribute__((constructor)) void start(void)
{
	const char *text = getenv(LIVE_VARIABLE);

	if (text == NULL || is_launcher())
		return;
	live_thread.inside = 1;
	live.settings_fd = atoi(text);
	live.shared = map_settings(live.settings_fd);
	if (live.shared != NULL) {
		clean_environment(live.shared->library);
		marks_start();
		start_all();
		if (!live.shared->follow)
			close(live.settings_fd);
	}
	live_thread.inside = 0;
	live_thread.selector = live_thread.dispatched ? LIVE_BLOCK : LIVE_ALLOW;
}
