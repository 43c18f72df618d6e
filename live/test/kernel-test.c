/*
 * A program under a memory cgroup with a swap file: it keeps its data, stays
 * within its limit, and nothing is left of it all, however it ends.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"
#include "live/cgroup.h"
#include "live/kernel.h"

#define PAGE 4096
#define FRAMES 1024
#define PAGES (3 * FRAMES)
#define NOBODY 65534

static char folder[] = "/var/tmp/selfpage-kernel-test-XXXXXX";

static const struct kernel_settings settings = {
	.frames = FRAMES,
	.swap_folder = folder,
	.swap_bytes = UINT64_C(64) << 20,
};

static struct kernel_limit *make(const struct kernel_settings *wanted)
{
	struct kernel_limit *limit = NULL;
	struct message message = {""};

	if (kernel_limit_make(wanted, &limit, &message) != 0)
		fail_msg("%s", message.text);
	return limit;
}

static int join(const struct kernel_limit *limit)
{
	int door = open(kernel_limit_door(limit), O_WRONLY);

	return write(door, "0", 1) == 1 && close(door) == 0 ? 0 : -1;
}

/* Each page's number in it, twice over all in no order; the exit status. */
static int use_memory(size_t pages)
{
	uint64_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const size_t words = PAGE / sizeof(*memory);

	if (memory == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < pages; i++)
		memory[i * words] = i;
	for (size_t i = 0; i < 2 * pages; i++) {
		size_t page = i * 1021 % pages;

		if (memory[page * words] != page)
			return 1;
	}
	return 0;
}

static pid_t start(struct kernel_limit *limit, size_t pages)
{
	pid_t process = fork();

	assert_true(process >= 0);
	if (process == 0)
		_exit(join(limit) != 0 ? 3 : use_memory(pages));
	return process;
}

/* Up to its end; the wait status.  -1: no room. */
static int follow(struct kernel_limit *limit, pid_t process)
{
	int status, error = 0;

	while (error == 0 && waitpid(process, &status, WNOHANG) == 0) {
		nanosleep(
			&(struct timespec){.tv_nsec = KERNEL_TICK_MS * 1000000},
			NULL);
		error = kernel_limit_follow(limit, NULL);
	}
	if (error == 0)
		return status;
	assert_int_equal(error, -ENOSPC);
	kill(process, SIGKILL);
	waitpid(process, &status, 0);
	return -1;
}

/* Does the text file PATH tell of anything of ours? */
static bool names(const char *path, const char *what)
{
	FILE *stream = fopen(path, "r");
	char line[4096];
	bool found = false;

	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream) != NULL)
		found |= strstr(line, what) != NULL;
	fclose(stream);
	return found;
}

/* Of the process that made a limit: no swap, no file, no lock, no cgroup. */
static void assert_nothing_left(pid_t process)
{
	struct cgroup cgroup;
	char name[64], path[PATH_MAX];

	assert_false(names("/proc/swaps", folder));
	snprintf(name, sizeof(name), "selfpage-kernel-%d", (int)process);
	snprintf(path, sizeof(path), "/run/%s", name);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/%s.swap", folder, name);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(cgroup_find(name, &cgroup, NULL), 0);
	assert_int_equal(access(cgroup.path, F_OK), -1);
}

static void remove_limit(struct kernel_limit *limit)
{
	struct message message = {""};

	if (kernel_limit_remove(limit, &message) != 0)
		fail_msg("%s", message.text);
	assert_nothing_left(getpid());
}

static void test_within_the_limit(void **state)
{
	struct kernel_limit *limit = make(&settings);
	struct kernel_figures figures;
	(void)state;

	assert_int_equal(follow(limit, start(limit, PAGES)), 0);
	figures = *kernel_limit_figures(limit);
	remove_limit(limit);
	/* Two thirds of the pages at least had to come in again. */
	assert_true(figures.swapped_in >= PAGES - FRAMES);
	assert_true(figures.swapped_out >= PAGES - FRAMES);
	assert_true(figures.faults_major > 0);
	assert_true(figures.faults_minor >= PAGES);
	assert_true(figures.peak_resident > FRAMES / 2);
	/* What processors keep for themselves is not yet given back. */
	assert_true(figures.peak_resident <=
		    FRAMES + figures.over_limit + FRAMES / 4);
}

static void test_enough_room(void **state)
{
	struct kernel_settings wide = settings;
	struct kernel_limit *limit;
	(void)state;

	wide.frames = 2 * PAGES;
	limit = make(&wide);
	assert_int_equal(follow(limit, start(limit, PAGES)), 0);
	assert_int_equal(kernel_limit_figures(limit)->over_limit, 0);
	assert_true(kernel_limit_figures(limit)->faults_major < 64);
	remove_limit(limit);
}

/* A few frames only: it goes on all the same, over its limit and told so. */
static void test_few_frames(void **state)
{
	struct kernel_settings few = settings;
	struct kernel_limit *limit;
	(void)state;

	few.frames = 3;
	limit = make(&few);
	assert_int_equal(follow(limit, start(limit, 200)), 0);
	remove_limit(limit);
}

static void test_swap_file_full(void **state)
{
	struct kernel_settings small = settings;
	struct kernel_limit *limit;
	(void)state;

	small.swap_bytes = 1 << 20;
	limit = make(&small);
	assert_int_equal(follow(limit, start(limit, PAGES)), -1);
	remove_limit(limit);
}

static void test_a_process_that_stays(void **state)
{
	struct kernel_limit *limit = make(&settings);
	int ready[2];
	(void)state;

	assert_int_equal(pipe(ready), 0);
	pid_t process = fork();

	if (process == 0) {
		char byte;

		close(ready[1]);
		if (join(limit) != 0 || use_memory(PAGES) != 0)
			_exit(1);
		_exit(read(ready[0], &byte, 1) == 0 ? use_memory(10) : 1);
	}
	close(ready[0]);
	for (unsigned i = 0; i < 200; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		assert_int_equal(kernel_limit_follow(limit, NULL), 0);
	}
	remove_limit(limit);
	close(ready[1]);
	int status;

	waitpid(process, &status, 0);
	assert_int_equal(status, 0);
}

/* The command is killed: the next one removes what it left, but not what
 * one that still runs uses. */
static void test_killed(void **state)
{
	struct kernel_limit *kept = make(&settings);
	int ready[2], status;
	char byte;
	(void)state;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t process = fork();

	if (process == 0) {
		struct kernel_limit *limit = make(&settings);

		/* The program lives on, as one that the command did not
		 * take with it. */
		if (fork() == 0) {
			join(limit);
			if (write(ready[1], "", 1) != 1)
				_exit(1);
			execlp("sleep", "sleep", "2", NULL);
		}
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	kill(process, SIGKILL);
	waitpid(process, &status, 0);
	/* The program's lock goes with exec, and its end of the pipe. */
	assert_int_equal(read(ready[0], &byte, 1), 0);
	assert_int_equal(kernel_remove_stale(NULL), 1);
	assert_int_equal(kernel_remove_stale(NULL), 0);
	assert_true(names("/proc/swaps", folder));
	remove_limit(kept);
	assert_nothing_left(process);
	close(ready[0]);
}

static void refuse(const struct kernel_settings *wrong, int error)
{
	struct kernel_limit *limit;
	struct message message = {""};

	assert_int_equal(kernel_limit_make(wrong, &limit, &message), error);
	assert_true(message.text[0] != '\0');
	assert_nothing_left(getpid());
}

static void test_refused(void **state)
{
	struct kernel_settings wrong = settings;
	(void)state;

	wrong.swap_folder = "/nowhere";
	refuse(&wrong, -ENOENT);
	if (access("/dev/shm", W_OK) == 0) {
		wrong.swap_folder = "/dev/shm";
		refuse(&wrong, -EINVAL);
	}
	wrong = settings;
	wrong.swap_bytes = UINT64_C(1) << 43;
	refuse(&wrong, -ENOSPC);
	assert_int_equal(seteuid(NOBODY), 0);
	refuse(&settings, -EPERM);
	assert_int_equal(seteuid(0), 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* What one such test has left is removed by whoever limits a program next: so
 * others wait here, kernel-run-test.sh among them. */
static int wait_for_others(void)
{
	int folder_fd = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return folder_fd < 0 ? -1 : flock(folder_fd, LOCK_EX);
}

/* Where the machine does not let us, as in a container. */
static bool can_run(void)
{
	struct kernel_limit *limit;
	struct message message = {""};
	struct kernel_settings small = settings;

	small.swap_folder = "/var/tmp";
	small.swap_bytes = 1 << 20;
	if (kernel_limit_make(&small, &limit, &message) != 0) {
		printf("skipped: %s\n", message.text);
		return false;
	}
	return kernel_limit_remove(limit, NULL) == 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_the_limit),
		cmocka_unit_test(test_enough_room),
		cmocka_unit_test(test_few_frames),
		cmocka_unit_test(test_swap_file_full),
		cmocka_unit_test(test_a_process_that_stays),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_refused),
	};

	if (wait_for_others() != 0) {
		printf("skipped: /run cannot be locked\n");
		return 77;
	}
	if (!can_run())
		return 77;
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
