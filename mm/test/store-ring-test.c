/*
 * Flushes of many pages at a time, to real files: what is in the file after
 * them, files that may not grow and disks that are full, and a system that
 * stops taking what is submitted.  Where there is no io_uring they must do
 * the same, page by page.
 *
 * The program's calls of io_uring_submit and pwrite come by here (the linker's
 * --wrap).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mm/store-pager.h"
#include "mm/test/machine.h"

#include <cmocka.h>

enum { BYTES = REAL_PAGE_BYTES, PAGES = 130, FRAMES = 132, NEW = 2 };

static struct {
	unsigned submits, writes;
	unsigned refuse_at; /* this submit and all later ones; 0: none */
	bool no_ring;
} calls;

struct io_uring;
int __real_io_uring_submit(struct io_uring *ring);
int __real_io_uring_queue_init(
	unsigned entries, struct io_uring *ring, unsigned flags);
ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t at);
int __wrap_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_queue_init(
	unsigned entries, struct io_uring *ring, unsigned flags);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at);

#ifdef HAVE_LIBURING
int __wrap_io_uring_submit(struct io_uring *ring)
{
	calls.submits++;
	if (calls.refuse_at && calls.submits >= calls.refuse_at)
		return -EBUSY;
	return __real_io_uring_submit(ring);
}

int __wrap_io_uring_queue_init(
	unsigned entries, struct io_uring *ring, unsigned flags)
{
	if (calls.no_ring)
		return -EPERM;
	return __real_io_uring_queue_init(entries, ring, flags);
}
#endif

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at)
{
	calls.writes++;
	return __real_pwrite(fd, data, bytes, at);
}

static struct machine *make(int fd)
{
	struct machine_config config = {.frames = FRAMES};
	struct machine *machine;

	assert_int_equal(machine_create(&config, &machine), 0);
	assert_int_equal(store_open_file(machine->pager->btrees, fd,
				 &machine->stores[NEW]),
		0);
	machine->stores_count++;
	assert_int_equal(as_map(&machine->spaces[0], 0, PAGES,
				 machine->stores[NEW], 0, PROTECT_BOTH, NULL),
		0);
	return machine;
}

static void write_pages(struct machine *machine, uint64_t base)
{
	uint64_t page;

	for (page = 0; page < PAGES; page++)
		assert_int_equal(
			machine_write(machine, 0, page, 0, base + page), 0);
}

static int flush(struct machine *machine)
{
	int error = pager_flush_range(
		machine->pager, machine->stores[NEW], 0, UINT64_MAX);

	assert_null(machine_check(machine));
	return error;
}

static void in_file(int fd, unsigned pages, uint64_t base)
{
	uint64_t page, value;

	for (page = 0; page < pages; page++) {
		assert_int_equal(pread(fd, &value, sizeof(value), page * BYTES),
			sizeof(value));
		assert_int_equal(value, base + page);
	}
}

static int temporary_file(void)
{
	char path[] = "/tmp/store-ring-test-XXXXXX";
	int fd = mkostemp(path, O_DSYNC); /* or there is no ring */

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void all_go(unsigned refuse_at, bool no_ring)
{
	int fd = temporary_file();
	struct machine *machine;
	unsigned round;

	calls.submits = 0;
	calls.writes = 0;
	calls.refuse_at = refuse_at;
	calls.no_ring = no_ring;
	machine = make(fd);
	for (round = 0; round < 2; round++) {
		write_pages(machine, 1000 * round);
		assert_int_equal(flush(machine), 0);
		in_file(fd, PAGES, 1000 * round);
	}
	/* each page once, one way or the other */
	if (calls.submits && !refuse_at)
		assert_int_equal(calls.writes, 0);
	if (calls.submits && refuse_at)
		assert_int_equal(
			calls.writes, 2 * PAGES - (refuse_at - 1) * 64);
	if (!calls.submits)
		assert_int_equal(calls.writes, 2 * PAGES);
	assert_int_equal(pager_flush(machine->pager, machine->stores[NEW]), 0);
	machine_destroy(machine);
	close(fd);
	calls.refuse_at = 0;
	calls.no_ring = false;
}

static void test_all_go(void **state)
{
	(void)state;
	all_go(0, false);
	if (!calls.submits)
		print_message("no io_uring here: page by page\n");
}

static void test_ring_refuses(void **state)
{
	(void)state;
	all_go(1, false);
	all_go(3, false);
	all_go(0, true);
	assert_int_equal(calls.submits, 0);
}

/* The file may end within a page: those below are written, others stay. */
static void test_file_too_long(void **state)
{
	struct rlimit before, limit;
	int fd = temporary_file();
	struct machine *machine = make(fd);
	unsigned page;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 100 * BYTES + BYTES / 2;
	write_pages(machine, 500);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(flush(machine), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	in_file(fd, 100, 500);
	for (page = 0; page < PAGES; page++)
		assert_int_equal(
			machine_frame(machine, NEW, page)->flags & FRAME_DIRTY,
			page < 100 ? 0 : FRAME_DIRTY);
	assert_int_equal(machine->pager->counts.writeback_errors, PAGES - 100);
	assert_int_equal(flush(machine), 0);
	in_file(fd, PAGES, 500);
	machine_destroy(machine);
	close(fd);
}

static void test_full_disk(void **state)
{
	int fd = open("/dev/full", O_RDWR | O_DSYNC);
	struct machine *machine;
	uint64_t page, value;

	(void)state;
	if (fd < 0)
		skip();
	machine = make(fd);
	write_pages(machine, 70);
	assert_int_equal(flush(machine), -ENOSPC);
	assert_int_equal(machine->pager->counts.writeback_errors, PAGES);
	for (page = 0; page < PAGES; page++) {
		assert_int_equal(machine_read(machine, 0, page, 0, &value), 0);
		assert_int_equal(value, 70 + page);
	}
	machine_destroy(machine);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_go),
		cmocka_unit_test(test_ring_refuses),
		cmocka_unit_test(test_file_too_long),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
