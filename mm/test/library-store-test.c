/* The public library: stores, and borrowed pages, with each error. */
#include "mm/test/library-world.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void test_store_errors(void **state)
{
	struct world *world = *state;
	unsigned i;
	char byte;

	world->own.fail_in = -EIO;
	assert_int_equal(selfpage_read(world->space, 0, &byte, 1), -EIO);
	assert_int_equal(counts_of(world).resident, 0);
	world->own.fail_in = 0;
	for (i = 0; i < FRAMES; i++)
		put(world, i, 'a' + i);
	world->own.fail_out = -ENOSPC;
	assert_int_equal(
		selfpage_read(world->space, 20 * PAGE, &byte, 1), -ENOSPC);
	assert_int_equal(counts_of(world).writeback_errors, FRAMES);
	assert_int_equal(selfpage_store_flush(world->store), -ENOSPC);
	assert_int_equal(selfpage_advise(world->space, 0, 64 * PAGE,
				 SELFPAGE_DONT_NEED, 0),
		-ENOSPC);
	for (i = 0; i < FRAMES; i++)
		assert_int_equal(get(world, i), 'a' + i);
	/* neither does closing it lose anything */
	assert_int_equal(selfpage_space_destroy(world->space), 0);
	assert_int_equal(selfpage_store_close(world->store), -ENOSPC);
	assert_null(selfpage_check(world->pager));
	world->own.fail_out = 0;
	world->space = NULL;
	assert_int_equal(selfpage_store_close(world->store), 0);
	world->store = NULL;
	for (i = 0; i < FRAMES; i++)
		assert_int_equal(world->own.data[i * PAGE], 'a' + i);
	/* so that there is something left to end */
	assert_int_equal(
		selfpage_space_create(world->pager, 0, &world->space), 0);
}

static void test_flush(void **state)
{
	struct world *world = *state;

	assert_int_equal(selfpage_store_flush(NULL), -EINVAL);
	put(world, 3, 'f');
	assert_int_equal(selfpage_store_flush(world->store), 0);
	assert_int_equal(world->own.data[3 * PAGE], 'f');
	assert_int_equal(world->own.outs, 1);
	assert_int_equal(world->own.syncs, 1);
	assert_int_equal(counts_of(world).resident, 1);
	world->own.fail_sync = -EIO;
	assert_int_equal(selfpage_store_flush(world->store), -EIO);
	assert_int_equal(world->own.outs, 1);
}

static void test_borrow(void **state)
{
	struct world *world = *state;
	void *data, *again;
	unsigned i;

	assert_int_equal(selfpage_borrow(world->space, 7 * PAGE + 5,
				 SELFPAGE_READ | SELFPAGE_WRITE, &data),
		0);
	assert_int_equal(
		selfpage_borrow(world->space, 7 * PAGE, SELFPAGE_READ, &again),
		0);
	assert_ptr_equal((char *)data - 5, again);
	*(char *)data = 'b';
	for (i = 10; i < 40; i++)
		get(world, i);
	assert_int_equal(counts_of(world).pinned, 1);
	/* advice neither evicts it nor ends the borrowing */
	assert_int_equal(selfpage_advise(world->space, 7 * PAGE, PAGE,
				 SELFPAGE_DONT_NEED, 0),
		0);
	assert_int_equal(
		selfpage_advise(world->space, 7 * PAGE, PAGE, SELFPAGE_PIN, 0),
		0);
	assert_int_equal(selfpage_advise(world->space, 7 * PAGE, PAGE,
				 SELFPAGE_UNPIN, 0),
		0);
	assert_int_equal(selfpage_discard(world->space, 7 * PAGE, PAGE), 0);
	assert_int_equal(counts_of(world).pinned, 1);
	/* written to after the flush: dirty again */
	assert_int_equal(selfpage_store_flush(world->store), 0);
	*(char *)data = 'c';
	assert_int_equal(selfpage_space_destroy(world->space), -EBUSY);
	assert_int_equal(selfpage_give_back(world->space, again), 0);
	assert_int_equal(counts_of(world).pinned, 1);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	assert_int_equal(selfpage_give_back(world->space, data), -EINVAL);
	assert_int_equal(counts_of(world).pinned, 0);
	for (i = 10; i < 40; i++)
		get(world, i);
	assert_int_equal(world->own.data[7 * PAGE + 5], 'c');
}

static void test_borrow_and_pin(void **state)
{
	struct world *world = *state;
	void *data;

	assert_int_equal(
		selfpage_borrow(world->space, 0, SELFPAGE_WRITE, &data), 0);
	assert_int_equal(
		selfpage_advise(world->space, 0, PAGE, SELFPAGE_PIN, 0), 0);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	assert_int_equal(counts_of(world).pinned, 1);
	assert_int_equal(
		selfpage_borrow(world->space, 0, SELFPAGE_WRITE, &data), 0);
	assert_int_equal(selfpage_unmap(world->space, 0, 64 * PAGE), 0);
	assert_int_equal(counts_of(world).pinned, 1);
	assert_int_equal(selfpage_store_close(world->store), -EBUSY);
	assert_int_equal(selfpage_store_discard(world->store), -EBUSY);
	strcpy(data, "late");
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	assert_int_equal(counts_of(world).pinned, 0);
	assert_int_equal(selfpage_store_close(world->store), 0);
	assert_string_equal(world->own.data, "late");
	world->store = NULL;
}

static void test_borrow_errors(void **state)
{
	struct world *world = *state;
	void *data[FRAMES];
	char outside;
	unsigned i;

	assert_int_equal(selfpage_borrow(NULL, 0, 1, data), -EINVAL);
	assert_int_equal(selfpage_borrow(world->space, 0, 0, data), -EINVAL);
	assert_int_equal(selfpage_borrow(world->space, 0, 4, data), -EINVAL);
	assert_int_equal(selfpage_borrow(world->space, 0, 1, NULL), -EINVAL);
	assert_int_equal(
		selfpage_borrow(world->space, 64 * PAGE, 1, data), -EFAULT);
	assert_int_equal(selfpage_give_back(NULL, &outside), -EINVAL);
	assert_int_equal(selfpage_give_back(world->space, NULL), -EINVAL);
	assert_int_equal(selfpage_give_back(world->space, &outside), -EINVAL);
	for (i = 0; i < FRAMES - 1; i++)
		assert_int_equal(selfpage_borrow(world->space, i * PAGE,
					 SELFPAGE_READ, &data[i]),
			0);
	/* one frame is left to all others */
	assert_int_equal(
		selfpage_borrow(world->space, i * PAGE, 1, data), -ENOMEM);
	get(world, 50);
	get(world, 51);
	assert_null(selfpage_check(world->pager));
	for (i = 0; i < FRAMES - 1; i++)
		assert_int_equal(selfpage_give_back(world->space, data[i]), 0);
}

static void test_discard(void **state)
{
	struct world *world = *state;
	unsigned i;

	assert_int_equal(selfpage_discard(NULL, 0, PAGE), -EINVAL);
	assert_int_equal(selfpage_discard(world->space, 1, PAGE), -EINVAL);
	assert_int_equal(selfpage_discard(world->space, 0, 0), -EINVAL);
	put(world, 0, 'o');
	assert_int_equal(selfpage_store_flush(world->store), 0);
	for (i = 0; i < 4; i++)
		put(world, i, 'n');
	assert_int_equal(selfpage_discard(world->space, 0, 1000 * PAGE), 0);
	assert_int_equal(counts_of(world).resident, 0);
	assert_int_equal(world->own.outs, 1);
	assert_int_equal(get(world, 0), 'o');
	assert_int_equal(get(world, 1), 0);
	/* a part of a map only, and a part with none */
	put(world, 62, 'x');
	put(world, 63, 'y');
	assert_int_equal(
		selfpage_discard(world->space, 63 * PAGE, 9 * PAGE), 0);
	assert_int_equal(get(world, 62), 'x');
	assert_int_equal(get(world, 63), 0);
}

static void test_open_errors(void **state)
{
	struct world *world = *state;
	struct selfpage *pager = world->pager;
	struct selfpage_store_functions functions = own_functions;
	struct selfpage_store *store, *stores[3];
	int fd = open("/dev/null", O_RDONLY);
	unsigned i;

	assert_true(fd >= 0);
	assert_int_equal(selfpage_store_open_file(NULL, fd, &store), -EINVAL);
	assert_int_equal(selfpage_store_open_file(pager, fd, NULL), -EINVAL);
	assert_int_equal(selfpage_store_open_file(pager, -1, &store), -EBADF);
	assert_int_equal(
		selfpage_store_open_anonymous(NULL, -1, PAGE, &store), -EINVAL);
	assert_int_equal(
		selfpage_store_open_anonymous(pager, -1, PAGE, NULL), -EINVAL);
	assert_int_equal(
		selfpage_store_open_anonymous(pager, -1, 0, &store), -EINVAL);
	assert_int_equal(
		selfpage_store_open_anonymous(pager, -1, 7, &store), -EINVAL);
	assert_int_equal(selfpage_store_open_anonymous(pager, -2, PAGE, &store),
		-EINVAL);
	assert_int_equal(
		selfpage_store_open_anonymous(pager, 9999, PAGE, &store),
		-EBADF);
	assert_int_equal(
		selfpage_store_open_functions(pager, NULL, NULL, &store),
		-EINVAL);
	functions.page_in = NULL;
	assert_int_equal(
		selfpage_store_open_functions(pager, &functions, NULL, &store),
		-EINVAL);
	functions = own_functions;
	functions.functions_bytes--;
	assert_int_equal(
		selfpage_store_open_functions(pager, &functions, NULL, &store),
		-EINVAL);
	for (i = 0; i < 3; i++)
		assert_int_equal(
			selfpage_store_open_file(pager, fd, &stores[i]), 0);
	assert_int_equal(selfpage_store_open_file(pager, fd, &store), -ENFILE);
	assert_int_equal(selfpage_store_open_anonymous(pager, -1, PAGE, &store),
		-ENFILE);
	for (i = 0; i < 3; i++)
		assert_int_equal(selfpage_store_close(stores[i]), 0);
	assert_int_equal(selfpage_store_close(NULL), -EINVAL);
	assert_int_equal(selfpage_store_discard(NULL), -EINVAL);
	close(fd);
}

static void test_file(void **state)
{
	struct world *world = *state;
	struct selfpage_store *store;
	FILE *file = tmpfile();
	char text[6];

	assert_non_null(file);
	assert_int_equal(write(fileno(file), "0123456789", 10), 10);
	assert_int_equal(
		selfpage_store_open_file(world->pager, fileno(file), &store),
		0);
	assert_int_equal(selfpage_map(world->space, 100 * PAGE, 2 * PAGE, store,
				 0, SELFPAGE_READ | SELFPAGE_WRITE),
		0);
	assert_int_equal(
		selfpage_read(world->space, 100 * PAGE + 7, text, 6), 0);
	assert_memory_equal(text, "789\0\0\0", 6);
	assert_int_equal(
		selfpage_write(world->space, 100 * PAGE + 1, "ab", 2), 0);
	assert_int_equal(selfpage_store_close(store), -EBUSY);
	assert_int_equal(selfpage_unmap(world->space, 100 * PAGE, 2 * PAGE), 0);
	assert_int_equal(selfpage_store_close(store), 0);
	assert_int_equal(pread(fileno(file), text, 5, 0), 5);
	assert_memory_equal(text, "0ab34", 5);
	fclose(file);
}

static void test_read_only_file(void **state)
{
	struct world *world = *state;
	struct selfpage_store *store;
	int fd = open("/dev/null", O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(selfpage_store_open_file(world->pager, fd, &store), 0);
	assert_int_equal(selfpage_map(world->space, 100 * PAGE, PAGE, store, 0,
				 SELFPAGE_READ | SELFPAGE_WRITE),
		-EACCES);
	assert_int_equal(selfpage_store_close(store), 0);
	close(fd);
}

static void test_anonymous(void **state)
{
	struct world *world = *state;
	struct selfpage_store *store;
	unsigned i;
	char byte;

	assert_int_equal(selfpage_store_open_anonymous(
				 world->pager, -1, 30 * PAGE, &store),
		0);
	assert_int_equal(selfpage_map(world->space, 100 * PAGE, 60 * PAGE,
				 store, 0, SELFPAGE_READ | SELFPAGE_WRITE),
		0);
	for (i = 0; i < 30; i++) {
		assert_int_equal(get(world, 100 + i), 0);
		put(world, 100 + i, i + 1);
	}
	for (i = 0; i < 30; i++)
		assert_int_equal(get(world, 100 + i), i + 1);
	/* the swap file is full: what is in frames stays there */
	byte = 77;
	for (i = 30; i < 30 + FRAMES; i++)
		assert_int_equal(selfpage_write(world->space, (100 + i) * PAGE,
					 &byte, 1),
			0);
	assert_int_equal(
		selfpage_write(world->space, (100 + i) * PAGE, &byte, 1),
		-ENOSPC);
	assert_int_equal(get(world, 130), 77);
	assert_int_equal(
		selfpage_unmap(world->space, 100 * PAGE, 60 * PAGE), 0);
	assert_int_equal(selfpage_store_close(store), -ENOSPC);
	assert_int_equal(selfpage_store_discard(store), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_store_errors),
		TEST(test_flush),
		TEST(test_borrow),
		TEST(test_borrow_and_pin),
		TEST(test_borrow_errors),
		TEST(test_discard),
		TEST(test_open_errors),
		TEST(test_file),
		TEST(test_read_only_file),
		TEST(test_anonymous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
