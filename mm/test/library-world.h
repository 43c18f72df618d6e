/*
 * What the tests of the public library start from: a pager, a space, and 64
 * pages of a store of their own mapped at 0.
 */
#ifndef MM_TEST_LIBRARY_WORLD_H
#define MM_TEST_LIBRARY_WORLD_H

#include "mm/selfpage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = 256, FRAMES = 8 };

/* A program's own store: pages in memory, that fail where they are told to. */
struct own {
	char data[64 * PAGE];
	bool written[64];
	int fail_in, fail_out, fail_sync, fail_forget; /* -errno */
	unsigned ins, outs, syncs, destroyed;
};

static inline int own_in(
	void *context, uint64_t offset, void *data, size_t bytes)
{
	struct own *own = context;

	if (own->fail_in)
		return own->fail_in;
	own->ins++;
	memcpy(data, own->data + offset, bytes);
	return own->written[offset / PAGE] ? SELFPAGE_DATA : SELFPAGE_ZERO;
}

static inline int own_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct own *own = context;

	if (own->fail_out)
		return own->fail_out;
	own->outs++;
	own->written[offset / PAGE] = true;
	memcpy(own->data + offset, data, bytes);
	return 0;
}

static inline int own_sync(void *context)
{
	struct own *own = context;

	own->syncs++;
	return own->fail_sync;
}

static inline int own_forget(void *context, uint64_t offset, uint64_t bytes)
{
	struct own *own = context;

	if (own->fail_forget)
		return own->fail_forget;
	memset(own->data + offset, 0, bytes);
	memset(own->written + offset / PAGE, 0, bytes / PAGE);
	return 0;
}

static inline void own_destroy(void *context)
{
	((struct own *)context)->destroyed++;
}

static const struct selfpage_store_functions own_functions = {
	.functions_bytes = sizeof(own_functions),
	.page_in = own_in,
	.page_out = own_out,
	.sync = own_sync,
	.forget = own_forget,
	.destroy = own_destroy,
};

struct world {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct own own;
};

static inline struct selfpage_config usual(void)
{
	return (struct selfpage_config){
		.config_bytes = sizeof(struct selfpage_config),
		.frames = FRAMES,
		.page_bytes = PAGE,
		.stores_max = 4,
	};
}

static inline int begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct selfpage_config config = usual();

	assert_non_null(world);
	assert_int_equal(selfpage_create(&config, &world->pager), 0);
	assert_int_equal(
		selfpage_space_create(world->pager, 8, &world->space), 0);
	assert_int_equal(selfpage_store_open_functions(world->pager,
				 &own_functions, &world->own, &world->store),
		0);
	assert_int_equal(selfpage_map(world->space, 0, 64 * PAGE, world->store,
				 0, SELFPAGE_READ | SELFPAGE_WRITE),
		0);
	*state = world;
	return 0;
}

static inline int end(void **state)
{
	struct world *world = *state;

	assert_null(selfpage_check(world->pager));
	assert_int_equal(selfpage_destroy(world->pager), -EBUSY);
	if (world->space)
		assert_int_equal(selfpage_space_destroy(world->space), 0);
	if (world->store) {
		assert_int_equal(selfpage_store_close(world->store), 0);
		assert_int_equal(world->own.destroyed, 1);
	}
	assert_int_equal(selfpage_destroy(world->pager), 0);
	free(world);
	return 0;
}

static inline struct selfpage_counts counts_of(struct world *world)
{
	struct selfpage_counts counts;

	assert_int_equal(
		selfpage_read_counts(world->pager, &counts, sizeof(counts)), 0);
	assert_null(selfpage_check(world->pager));
	return counts;
}

static inline void put(struct world *world, unsigned page, char value)
{
	assert_int_equal(
		selfpage_write(world->space, page * PAGE, &value, 1), 0);
}

static inline char get(struct world *world, unsigned page)
{
	char value;

	assert_int_equal(
		selfpage_read(world->space, page * PAGE, &value, 1), 0);
	return value;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
