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
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), -ENOSPC);
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

static struct selfpage_store_counts store_counts_of(struct world *world)
{
	struct selfpage_store_counts counts;

	assert_int_equal(selfpage_store_read_counts(
				 world->store, &counts, sizeof(counts)),
		0);
	return counts;
}

static void test_flush(void **state)
{
	struct world *world = *state;
	struct selfpage_store *store = world->store;
	unsigned i;

	assert_int_equal(selfpage_store_flush(NULL, 0, PAGE), -EINVAL);
	assert_int_equal(selfpage_store_flush(store, 0, 0), -EINVAL);
	assert_int_equal(selfpage_store_flush(store, 1, PAGE), -EINVAL);
	assert_int_equal(selfpage_store_flush(store, 0, 1), -EINVAL);
	assert_int_equal(
		selfpage_store_flush(store, PAGE, UINT64_MAX - PAGE + 1),
		-EINVAL);
	for (i = 0; i < 6; i++)
		put(world, i, 'f');
	assert_int_equal(store_counts_of(world).dirty, 6);
	assert_int_equal(selfpage_store_flush(store, PAGE, 2 * PAGE), 0);
	assert_int_equal(world->own.data[0], 0);
	assert_int_equal(world->own.data[PAGE], 'f');
	assert_int_equal(world->own.data[2 * PAGE], 'f');
	assert_int_equal(world->own.data[3 * PAGE], 0);
	assert_int_equal(store_counts_of(world).dirty, 4);
	assert_int_equal(
		selfpage_store_flush(store, 4 * PAGE, SELFPAGE_ALL), 0);
	assert_int_equal(world->own.outs, 4);
	assert_int_equal(world->own.syncs, 0);
	assert_int_equal(store_counts_of(world).dirty, 2);
	world->own.fail_out = -EIO;
	assert_int_equal(selfpage_store_flush(store, 0, SELFPAGE_ALL), -EIO);
	assert_int_equal(store_counts_of(world).dirty, 2);
	world->own.fail_out = 0;
	assert_int_equal(selfpage_store_flush(store, 0, SELFPAGE_ALL), 0);
	assert_int_equal(world->own.outs, 6);
	assert_int_equal(counts_of(world).resident, 6);
}

static void test_sync(void **state)
{
	struct world *world = *state;
	uint64_t at;

	assert_int_equal(selfpage_store_sync(NULL), -EINVAL);
	assert_int_equal(selfpage_store_find_unsafe(NULL, 0, &at), -EINVAL);
	assert_int_equal(
		selfpage_store_find_unsafe(world->store, 0, NULL), -EINVAL);
	assert_int_equal(
		selfpage_store_find_unsafe(world->store, 1, &at), -EINVAL);
	put(world, 3, 'f');
	assert_int_equal(selfpage_store_sync(world->store), 0);
	assert_int_equal(world->own.data[3 * PAGE], 'f');
	assert_int_equal(world->own.outs, 1);
	assert_int_equal(world->own.syncs, 1);
	assert_int_equal(counts_of(world).resident, 1);
	world->own.fail_sync = -EIO;
	assert_int_equal(selfpage_store_sync(world->store), -EIO);
	assert_int_equal(world->own.outs, 1);
	/* a store of functions tells no page apart: its next sync does */
	assert_int_equal(
		selfpage_store_find_unsafe(world->store, 0, &at), -ENOENT);
	/* what is neither 0 nor an errno is an error all the same */
	world->own.fail_sync = 5;
	assert_int_equal(selfpage_store_sync(world->store), -EIO);
	world->own.fail_out = 7;
	put(world, 3, 'g');
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), -EIO);
	world->own.fail_in = 2;
	assert_int_equal(selfpage_read(world->space, 0, &at, 1), -EIO);
	world->own.fail_out = 0;
}

static void test_store_counts(void **state)
{
	struct world *world = *state;
	struct selfpage_store_counts counts;
	void *data;

	assert_int_equal(
		selfpage_store_read_counts(NULL, &counts, sizeof(counts)),
		-EINVAL);
	assert_int_equal(
		selfpage_store_read_counts(world->store, NULL, sizeof(counts)),
		-EINVAL);
	assert_int_equal(
		selfpage_store_read_counts(world->store, &counts, 3), -EINVAL);
	get(world, 0);
	put(world, 1, 'd');
	assert_int_equal(selfpage_borrow(world->space, 2 * PAGE,
				 SELFPAGE_READ | SELFPAGE_WRITE, &data),
		0);
	assert_int_equal(
		selfpage_advise(world->space, 0, PAGE, SELFPAGE_PIN, 0), 0);
	counts = store_counts_of(world);
	assert_int_equal(counts.resident, 3);
	assert_int_equal(counts.dirty, 2);
	assert_int_equal(counts.pinned, 2);
	assert_int_equal(counts.maps, 2);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
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
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
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

/* What is written to the store is gone where it can forget. */
static void test_discard(void **state)
{
	struct world *world = *state;
	void *data;
	unsigned i;

	assert_int_equal(selfpage_discard(NULL, 0, PAGE), -EINVAL);
	assert_int_equal(selfpage_discard(world->space, 1, PAGE), -EINVAL);
	assert_int_equal(selfpage_discard(world->space, 0, 0), -EINVAL);
	put(world, 0, 'o');
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	for (i = 0; i < 4; i++)
		put(world, i, 'n');
	assert_int_equal(
		selfpage_advise(world->space, PAGE, PAGE, SELFPAGE_PIN, 0), 0);
	assert_int_equal(selfpage_borrow(world->space, 3 * PAGE,
				 SELFPAGE_READ | SELFPAGE_WRITE, &data),
		0);
	assert_int_equal(selfpage_discard(world->space, 0, 1000 * PAGE), 0);
	assert_int_equal(counts_of(world).resident, 1);
	assert_int_equal(world->own.outs, 1);
	assert_int_equal(get(world, 0), 0);
	assert_int_equal(get(world, 1), 0);
	assert_int_equal(get(world, 3), 'n');
	/* it is pinned, and comes back so */
	assert_int_equal(counts_of(world).pinned, 2);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	/* a part of a map only, and a part with none */
	put(world, 62, 'x');
	put(world, 63, 'y');
	assert_int_equal(
		selfpage_discard(world->space, 63 * PAGE, 9 * PAGE), 0);
	assert_int_equal(get(world, 62), 'x');
	assert_int_equal(get(world, 63), 0);
	world->own.fail_forget = -EPERM;
	assert_int_equal(
		selfpage_discard(world->space, 62 * PAGE, PAGE), -EPERM);
	assert_int_equal(get(world, 62), 0);
}

/* Some older content shows where the store can't. */
static void test_discard_what_stays(void **state)
{
	struct world *world = *state;
	struct selfpage_store_functions functions = own_functions;
	struct selfpage_store *store;

	functions.forget = NULL;
	functions.destroy = NULL;
	assert_int_equal(selfpage_store_open_functions(
				 world->pager, &functions, &world->own, &store),
		0);
	assert_int_equal(selfpage_map(world->space, 100 * PAGE, 2 * PAGE, store,
				 0, SELFPAGE_READ | SELFPAGE_WRITE),
		0);
	put(world, 100, 'o');
	assert_int_equal(selfpage_store_flush(store, 0, SELFPAGE_ALL), 0);
	put(world, 100, 'n');
	put(world, 101, 'n');
	assert_int_equal(
		selfpage_discard(world->space, 100 * PAGE, 2 * PAGE), 0);
	assert_int_equal(counts_of(world).resident, 0);
	assert_int_equal(get(world, 100), 'o');
	assert_int_equal(get(world, 101), 0);
	assert_int_equal(selfpage_unmap(world->space, 100 * PAGE, 2 * PAGE), 0);
	assert_int_equal(selfpage_store_close(store), 0);
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
		TEST(test_sync),
		TEST(test_store_counts),
		TEST(test_borrow),
		TEST(test_borrow_and_pin),
		TEST(test_borrow_errors),
		TEST(test_discard),
		TEST(test_discard_what_stays),
		TEST(test_open_errors),
		TEST(test_file),
		TEST(test_read_only_file),
		TEST(test_anonymous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
