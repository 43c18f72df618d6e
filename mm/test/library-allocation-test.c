/*
 * The Nth allocation fails, for every N, in all that the public library
 * allocates for: the call says -ENOMEM and what was made before works on.
 *
 * The program's calls of malloc, calloc and mmap come by here (the linker's
 * --wrap).
 */
#include "mm/selfpage.h"
#include "mm/test/fail-allocation.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { PAGE = 4096 };

void *__real_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);
void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);

void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from)
{
	return allocation_fails()
		       ? MAP_FAILED
		       : __real_mmap(at, bytes, protection, flags, fd, from);
}

static int zeros(void *context, uint64_t offset, void *data, size_t bytes)
{
	char *at = data;

	(void)context;
	(void)offset;
	while (bytes--)
		*at++ = 0;
	return SELFPAGE_ZERO;
}

struct world {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *stores[3];
};

static int use_privately(struct world *world)
{
	const struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->stores[0],
		.bytes = 16 * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = SELFPAGE_PRIVATE,
	};
	uint64_t at;
	char byte = 2;
	int error = selfpage_map_request(world->space, &request, &at);

	if (!error)
		error = selfpage_write(world->space, at + 3 * PAGE, &byte, 1);
	if (!error)
		error = selfpage_protect(
			world->space, at + 4 * PAGE, PAGE, SELFPAGE_READ);
	if (!error)
		error = selfpage_discard(world->space, at, 16 * PAGE);
	return error;
}

static int use(struct world *world)
{
	struct selfpage_store *store = world->stores[0];
	char byte = 1;
	int error;

	error = selfpage_map(world->space, 0, 16 * PAGE, store, 0,
		SELFPAGE_READ | SELFPAGE_WRITE);
	if (!error)
		error = selfpage_advise(
			world->space, 4 * PAGE, PAGE, SELFPAGE_READ_ONCE, 0);
	if (!error)
		error = selfpage_write(world->space, 5 * PAGE, &byte, 1);
	if (!error)
		error = selfpage_unmap(world->space, 8 * PAGE, PAGE);
	return error ? error : use_privately(world);
}

/* Makes one of everything; the first error. */
static int make(struct world *world)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = 8,
	};
	struct selfpage_store_functions functions = {
		.functions_bytes = sizeof(functions),
		.page_in = zeros,
	};
	int error = selfpage_create(&config, &world->pager);

	if (!error)
		error = selfpage_space_create(world->pager, 8, &world->space);
	if (!error)
		error = selfpage_store_open_anonymous(
			world->pager, -1, 16 * PAGE, &world->stores[0]);
	if (!error)
		error = selfpage_store_open_file(
			world->pager, 0, &world->stores[1]);
	if (!error)
		error = selfpage_store_open_functions(
			world->pager, &functions, NULL, &world->stores[2]);
	return error ? error : use(world);
}

static void clear(struct world *world)
{
	unsigned i;

	if (world->pager) {
		fail_at = 0;
		assert_null(selfpage_check(world->pager));
	}
	if (world->space)
		assert_int_equal(selfpage_space_destroy(world->space), 0);
	for (i = 0; i < 3; i++)
		if (world->stores[i])
			assert_int_equal(
				selfpage_store_close(world->stores[i]), 0);
	if (world->pager)
		assert_int_equal(selfpage_destroy(world->pager), 0);
}

static void test_each_allocation_fails(void **state)
{
	unsigned nth;
	int error = -ENOMEM;

	(void)state;
	for (nth = 1; error; nth++) {
		struct world world = {0};

		assert_true(nth < 1000);
		fail_at = nth;
		error = make(&world);
		/* nothing failed, or what did was told */
		assert_true(error == -ENOMEM || (!error && fail_at));
		clear(&world);
	}
	/* the pager, the space, two stores and each split: at least */
	assert_true(nth > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
