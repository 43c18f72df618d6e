/*
 * Stores that are files, over frames with real data: what comes back after
 * pages went out, files that end within a page, swap files that are full,
 * and a disk that fails, is slow to take a whole page, or is interrupted.
 *
 * The program's calls of pread and pwrite come by here (the linker's --wrap).
 */
#include "mm/test/machine-use.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES = REAL_PAGE_BYTES, PAGES = 64, NEW = 2 /* the store's number */ };

/* What the disk does until it is set back. */
static struct trouble {
	int read_error, write_error;
	size_t most;	    /* bytes of one call; 0: any */
	unsigned interrupt; /* of so many calls one is interrupted */
	unsigned calls;
	unsigned errors_after; /* so many calls go well first */
} trouble;

ssize_t __real_pread(int fd, void *data, size_t bytes, off_t at);
ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t at);
ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at);

static bool troubled(int error, size_t *bytes)
{
	trouble.calls++;
	errno = error;
	if (error && trouble.calls > trouble.errors_after)
		return true;
	errno = EINTR;
	if (trouble.interrupt && trouble.calls % trouble.interrupt == 0)
		return true;
	if (trouble.most && *bytes > trouble.most)
		*bytes = trouble.most;
	return false;
}

ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t at)
{
	if (troubled(trouble.read_error, &bytes))
		return -1;
	return __real_pread(fd, data, bytes, at);
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at)
{
	if (troubled(trouble.write_error, &bytes))
		return -1;
	return __real_pwrite(fd, data, bytes, at);
}

static int temporary_file(void)
{
	char path[] = "/tmp/store-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

/* The store that is number NEW, at pages 0 .. PAGES - 1 of space 0. */
static struct machine *machine_of(uint32_t frames)
{
	struct machine_config config = {.frames = frames};
	struct machine *machine;

	trouble = (struct trouble){0};
	assert_int_equal(machine_create(&config, &machine), 0);
	return machine;
}

static void show(struct machine *machine, uint64_t offset)
{
	assert_int_equal(machine->stores_count, NEW);
	machine->stores_count++;
	assert_int_equal(
		as_map(&machine->spaces[0], 0, PAGES, machine->stores[NEW],
			offset, PROTECT_BOTH, NULL),
		0);
	sound(machine);
}

static struct machine *file_machine(uint32_t frames, int fd)
{
	struct machine *machine = machine_of(frames);

	assert_int_equal(store_open_file(machine->pager->btrees, fd,
				 &machine->stores[NEW]),
		0);
	show(machine, 0);
	return machine;
}

static struct machine *swap_machine(uint32_t frames, int fd, uint32_t slots)
{
	struct machine *machine = machine_of(frames);

	assert_int_equal(store_open_anonymous(machine->pager->btrees, fd, slots,
				 &machine->stores[NEW]),
		0);
	show(machine, 0);
	return machine;
}

static uint64_t read_word(struct machine *machine, uint64_t page, unsigned word)
{
	uint64_t value = 0;

	assert_int_equal(machine_read(machine, 0, page, word, &value), 0);
	sound(machine);
	return value;
}

static int write_word(struct machine *machine, uint64_t page, uint64_t value)
{
	int error = machine_write(machine, 0, page, 0, value);

	sound(machine);
	return error;
}

/* Random work; every word read must be the one that was written last. */
static void work(struct machine *machine)
{
	static uint64_t expected[PAGES][REAL_WORDS];
	uint64_t random = 4711;
	unsigned i, page, word;

	memset(expected, 0, sizeof(expected));
	for (i = 0; i < 4000; i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		page = (random >> 33) % PAGES;
		word = (random >> 60) % REAL_WORDS;
		if (random >> 50 & 1) {
			assert_int_equal(
				machine_write(machine, 0, page, word, random),
				0);
			expected[page][word] = random;
		}
		assert_int_equal(
			read_word(machine, page, word), expected[page][word]);
	}
	for (page = 0; page < PAGES; page++)
		for (word = 0; word < REAL_WORDS; word++)
			assert_int_equal(read_word(machine, page, word),
				expected[page][word]);
	assert_int_equal(pager_flush(machine->pager, machine->stores[NEW]), 0);
	assert_true(machine->pager->counts.writebacks > 100);
}

/* With a disk that takes whole pages, and with one that does not. */
static const struct trouble disks[] = {
	{0}, {.most = 5}, {.most = 31, .interrupt = 2}, {.interrupt = 2}};

static void test_file(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		int fd = temporary_file();
		struct machine *machine = file_machine(7, fd);
		uint64_t words[REAL_WORDS];
		unsigned page;

		trouble = disks[i];
		work(machine);
		trouble = (struct trouble){0};
		for (page = 0; page < PAGES; page++) {
			assert_int_equal(
				__real_pread(fd, words, BYTES, page * BYTES),
				BYTES);
			assert_int_equal(words[1], read_word(machine, page, 1));
		}
		machine_destroy(machine);
		close(fd);
	}
}

static void test_swap(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		int fd = temporary_file();
		struct machine *machine = swap_machine(7, fd, PAGES);
		struct stat status;

		trouble = disks[i];
		work(machine);
		/* a slot a page, however often it was written */
		assert_int_equal(fstat(fd, &status), 0);
		assert_true(status.st_size <= PAGES * BYTES);
		machine_destroy(machine);
		close(fd);
	}
}

static void test_end_within_a_page(void **state)
{
	int fd = temporary_file();
	struct machine *machine = file_machine(2, fd);
	unsigned char bytes[3 * BYTES + 12];
	struct stat status;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(
		__real_pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	/* fill both frames, so that old data could show */
	assert_int_equal(read_word(machine, 0, 3), UINT64_MAX);
	assert_int_equal(read_word(machine, 1, 3), UINT64_MAX);
	assert_int_equal(read_word(machine, 3, 0), UINT64_MAX);
	assert_int_equal(read_word(machine, 3, 1), UINT32_MAX);
	assert_int_equal(read_word(machine, 3, 2), 0);
	assert_int_equal(read_word(machine, 3, 3), 0);
	assert_int_equal(read_word(machine, 9, 0), 0);
	assert_int_equal(machine->kind, FAULT_HARD);
	assert_int_equal(
		pager_drop_store(machine->pager, machine->stores[NEW], true),
		0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, sizeof(bytes));
	/* a page that is written makes the file end at a page's end */
	assert_int_equal(machine_write(machine, 0, 3, 2, 5), 0);
	assert_int_equal(pager_flush(machine->pager, machine->stores[NEW]), 0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, 4 * BYTES);
	assert_int_equal(read_word(machine, 3, 1), UINT32_MAX);
	/* beyond the end: zeros in between */
	assert_int_equal(write_word(machine, 10, 7), 0);
	assert_int_equal(read_word(machine, 6, 0), 0);
	assert_int_equal(pager_flush(machine->pager, machine->stores[NEW]), 0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, 11 * BYTES);
	assert_int_equal(read_word(machine, 3, 2), 5);
	machine_destroy(machine);
	close(fd);
}

/* Pages whose place in the file no file can have must not wrap around. */
static void test_offsets_past_any_file(void **state)
{
	uint64_t offset = UINT64_MAX / BYTES + 1; /* times BYTES it is 0 */
	int fd = temporary_file();
	struct machine *machine = machine_of(2);
	struct as *as = &machine->spaces[0];
	uint64_t value = 1;

	(void)state;
	assert_int_equal(__real_pwrite(fd, &value, sizeof(value), 0), 8);
	assert_int_equal(store_open_file(machine->pager->btrees, fd,
				 &machine->stores[NEW]),
		0);
	show(machine, offset);
	assert_int_equal(machine_read(machine, 0, 0, 0, &value), -EFBIG);
	sound(machine);
	/* a btree has no key for these */
	assert_int_equal(as_map(as, PAGES, 2, machine->stores[NEW],
				 UINT64_MAX - 1, PROTECT_READ, NULL),
		-EINVAL);
	machine_destroy(machine);
	close(fd);
}

static void test_swap_full(void **state)
{
	int fd = temporary_file();
	struct machine *machine = swap_machine(4, fd, 5);
	uint64_t page, value;

	(void)state;
	for (page = 0; page < 8; page++)
		assert_int_equal(write_word(machine, page, 100 + page), 0);
	/* 0 .. 3 are out; 4 takes the last slot */
	assert_int_equal(read_word(machine, 0, 0), 100);
	/* 5, 6, 7 cannot go, but 0 is clean: the one frame serves them all */
	for (page = 0; page < 5; page++)
		assert_int_equal(read_word(machine, page, 0), 100 + page);
	assert_true(machine->pager->counts.writeback_errors > 0);
	/* a page that has its slot can be written and go out again */
	assert_int_equal(write_word(machine, 2, 202), 0);
	assert_int_equal(read_word(machine, 3, 0), 103);
	assert_int_equal(read_word(machine, 2, 0), 202);
	/* one more page without a slot, and nothing moves any more */
	assert_int_equal(write_word(machine, 9, 109), 0);
	assert_int_equal(write_word(machine, 10, 110), -ENOSPC);
	assert_int_equal(machine_read(machine, 0, 0, 0, &value), -ENOSPC);
	assert_int_equal(
		pager_flush(machine->pager, machine->stores[NEW]), -ENOSPC);
	for (page = 5; page < 8; page++)
		assert_int_equal(read_word(machine, page, 0), 100 + page);
	assert_int_equal(read_word(machine, 9, 0), 109);
	machine_destroy(machine);
	close(fd);
}

static void failing_disk(struct machine *machine)
{
	uint64_t page, value;

	for (page = 0; page < 3; page++)
		assert_int_equal(write_word(machine, page, 100 + page), 0);
	/* after a part of the page was written */
	trouble.write_error = EIO;
	trouble.most = 10;
	trouble.errors_after = trouble.calls + 2;
	assert_int_equal(machine_read(machine, 0, 9, 0, &value), -EIO);
	sound(machine);
	assert_int_equal(
		pager_flush(machine->pager, machine->stores[NEW]), -EIO);
	sound(machine);
	for (page = 0; page < 3; page++)
		assert_int_equal(read_word(machine, page, 0), 100 + page);
	trouble = (struct trouble){0};
	for (page = 0; page < 20; page++)
		assert_int_equal(
			read_word(machine, page, 0), page < 3 ? 100 + page : 0);
	/* a page that cannot be read comes when it can be */
	trouble.read_error = EIO;
	assert_int_equal(machine_read(machine, 0, 1, 0, &value), -EIO);
	sound(machine);
	trouble = (struct trouble){0};
	for (page = 0; page < 3; page++)
		assert_int_equal(read_word(machine, page, 0), 100 + page);
	machine_destroy(machine);
}

static void test_failing_disk(void **state)
{
	int fd = temporary_file();

	(void)state;
	failing_disk(file_machine(3, fd));
	close(fd);
	fd = temporary_file();
	failing_disk(swap_machine(3, fd, 40));
	close(fd);
}

static void test_full_disk(void **state)
{
	int fd = open("/dev/full", O_RDWR);
	struct machine *machine;

	(void)state;
	if (fd < 0)
		skip();
	machine = file_machine(2, fd);
	assert_int_equal(write_word(machine, 0, 1), 0);
	assert_int_equal(write_word(machine, 1, 2), 0);
	assert_int_equal(write_word(machine, 2, 3), -ENOSPC);
	assert_int_equal(read_word(machine, 0, 0), 1);
	assert_int_equal(read_word(machine, 1, 0), 2);
	assert_int_equal(
		pager_drop_store(machine->pager, machine->stores[NEW], true),
		-ENOSPC);
	assert_int_equal(read_word(machine, 1, 0), 2);
	machine_destroy(machine);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_end_within_a_page),
		cmocka_unit_test(test_offsets_past_any_file),
		cmocka_unit_test(test_swap_full),
		cmocka_unit_test(test_failing_disk),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
