/* The public library: each call and each of its errors. */
#include "mm/selfpage.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGE = 256, FRAMES = 8 };

/* A program's own store: pages in memory, that fail where they are told to. */
struct own {
	char data[64 * PAGE];
	bool written[64];
	int fail_in, fail_out, fail_sync; /* -errno */
	unsigned ins, outs, syncs, destroyed;
};

static int own_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	struct own *own = context;

	if (own->fail_in)
		return own->fail_in;
	own->ins++;
	memcpy(data, own->data + offset, bytes);
	return own->written[offset / PAGE] ? SELFPAGE_DATA : SELFPAGE_ZERO;
}

static int own_out(
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

static int own_sync(void *context)
{
	struct own *own = context;

	own->syncs++;
	return own->fail_sync;
}

static void own_destroy(void *context)
{
	((struct own *)context)->destroyed++;
}

static const struct selfpage_store_functions own_functions = {
	.functions_bytes = sizeof(own_functions),
	.page_in = own_in,
	.page_out = own_out,
	.sync = own_sync,
	.destroy = own_destroy,
};

/* A pager, a space, and 64 pages of an own store mapped at 0. */
struct world {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct own own;
};

static struct selfpage_config usual(void)
{
	return (struct selfpage_config){
		.config_bytes = sizeof(struct selfpage_config),
		.frames = FRAMES,
		.page_bytes = PAGE,
		.stores_max = 4,
	};
}

static int begin(void **state)
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

static int end(void **state)
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

static struct selfpage_counts counts_of(struct world *world)
{
	struct selfpage_counts counts;

	assert_int_equal(
		selfpage_read_counts(world->pager, &counts, sizeof(counts)), 0);
	assert_null(selfpage_check(world->pager));
	return counts;
}

static void put(struct world *world, unsigned page, char value)
{
	assert_int_equal(
		selfpage_write(world->space, page * PAGE, &value, 1), 0);
}

static char get(struct world *world, unsigned page)
{
	char value;

	assert_int_equal(
		selfpage_read(world->space, page * PAGE, &value, 1), 0);
	return value;
}

static void test_create(void **state)
{
	struct selfpage_config config = usual();
	struct selfpage *pager = NULL;

	(void)state;
	assert_int_equal(selfpage_create(NULL, &pager), -EINVAL);
	assert_int_equal(selfpage_create(&config, NULL), -EINVAL);
	config.config_bytes = 3;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config = usual();
	config.frames = 0;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.frames = (1 << 28) + 1;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config = usual();
	config.page_bytes = 32;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.page_bytes = 1 << 25;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.page_bytes = 1000;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config = usual();
	config.stores_max = (1 << 16) + 1;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config = usual();
	config.policy = "no such policy";
	assert_int_equal(selfpage_create(&config, &pager), -ENOENT);
	config.policy = "opt";
	assert_int_equal(selfpage_create(&config, &pager), -ENOTSUP);
	assert_null(pager);
	assert_int_equal(selfpage_destroy(NULL), -EINVAL);
	assert_non_null(selfpage_check(NULL));
}

static void test_policies(void **state)
{
	struct selfpage_config config = usual();
	struct selfpage *pager;
	unsigned i;

	(void)state;
	config.page_bytes = 0;
	for (i = 0; (config.policy = selfpage_policy_name(i)); i++) {
		assert_int_equal(selfpage_create(&config, &pager), 0);
		assert_null(selfpage_check(pager));
		assert_int_equal(selfpage_destroy(pager), 0);
	}
	assert_true(i >= 4);
	assert_null(selfpage_policy_name(1000));
}

static void test_counts(void **state)
{
	struct world *world = *state;
	struct selfpage_counts counts;

	assert_int_equal(
		selfpage_read_counts(NULL, &counts, sizeof(counts)), -EINVAL);
	assert_int_equal(
		selfpage_read_counts(world->pager, NULL, sizeof(counts)),
		-EINVAL);
	assert_int_equal(
		selfpage_read_counts(world->pager, &counts, 8), -EINVAL);
	get(world, 0);
	get(world, 0);
	world->own.written[1] = true;
	get(world, 1);
	counts = counts_of(world);
	assert_int_equal(counts.zero_faults, 1);
	assert_int_equal(counts.hard_faults, 1);
	assert_int_equal(counts.frames, FRAMES);
	assert_int_equal(counts.resident, 2);
	assert_int_equal(counts.pinned, 0);
}

/* More pages than frames, over page borders: what is read is what was
 * written, and it went through the store. */
static void test_memory(void **state)
{
	struct world *world = *state;
	char text[3 * PAGE], back[3 * PAGE];
	unsigned i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = i * 7 % 251;
	for (i = 0; i < 20; i++) {
		text[0] = i;
		assert_int_equal(selfpage_write(world->space, i * 3 * PAGE + 11,
					 text, sizeof(text)),
			0);
	}
	for (i = 0; i < 20; i++) {
		text[0] = i;
		assert_int_equal(selfpage_read(world->space, i * 3 * PAGE + 11,
					 back, sizeof(back)),
			0);
		/* the next one began where this one ended */
		assert_memory_equal(back, text, sizeof(text));
	}
	assert_true(counts_of(world).evictions > 40);
	assert_true(world->own.outs > 40);
	assert_int_equal(selfpage_read(world->space, 5, NULL, 0), 0);
}

static void test_access_errors(void **state)
{
	struct world *world = *state;
	char byte = 1, two[2 * PAGE];

	assert_int_equal(selfpage_read(NULL, 0, &byte, 1), -EINVAL);
	assert_int_equal(selfpage_read(world->space, 0, NULL, 1), -EINVAL);
	assert_int_equal(selfpage_write(NULL, 0, &byte, 1), -EINVAL);
	assert_int_equal(selfpage_write(world->space, 0, NULL, 1), -EINVAL);
	assert_int_equal(
		selfpage_read(world->space, 64 * PAGE, &byte, 1), -EFAULT);
	assert_int_equal(
		selfpage_read(world->space, UINT64_MAX, &byte, 1), -EFAULT);
	assert_int_equal(
		selfpage_read(world->space, UINT64_MAX, two, 2), -EFAULT);
	/* up to the map's end it is done */
	two[0] = 0;
	world->own.data[64 * PAGE - 1] = 'x';
	assert_int_equal(
		selfpage_read(world->space, 64 * PAGE - 1, two, 2), -EFAULT);
	assert_int_equal(two[0], 'x');
	assert_int_equal(selfpage_map(world->space, 100 * PAGE, PAGE,
				 world->store, 0, SELFPAGE_READ),
		0);
	assert_int_equal(
		selfpage_write(world->space, 100 * PAGE, &byte, 1), -EACCES);
	assert_int_equal(counts_of(world).bad_faults, 4);
}

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

static void test_map_errors(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	struct selfpage_store *store = world->store;
	struct selfpage_store_functions functions = own_functions;
	const unsigned both = SELFPAGE_READ | SELFPAGE_WRITE;
	uint64_t high = UINT64_C(1) << 52;
	unsigned i;

	assert_int_equal(selfpage_map(NULL, 0, PAGE, store, 0, 1), -EINVAL);
	assert_int_equal(selfpage_map(space, 1, PAGE, store, 0, 1), -EINVAL);
	assert_int_equal(selfpage_map(space, 0, 0, store, 0, 1), -EINVAL);
	assert_int_equal(selfpage_map(space, 0, 100, store, 0, 1), -EINVAL);
	assert_int_equal(selfpage_map(space, 0, PAGE, NULL, 0, 1), -EINVAL);
	assert_int_equal(selfpage_map(space, 0, PAGE, store, 8, 1), -EINVAL);
	assert_int_equal(selfpage_map(space, 0, PAGE, store, 0, 0), -EINVAL);
	assert_int_equal(selfpage_map(space, 0, PAGE, store, 0, 2), -EINVAL);
	assert_int_equal(selfpage_map(space, 0, PAGE, store, 0, 9), -EINVAL);
	assert_int_equal(
		selfpage_map(space, high * PAGE, PAGE, store, 0, 1), -EINVAL);
	assert_int_equal(
		selfpage_map(space, (high - 1) * PAGE, 2 * PAGE, store, 0, 1),
		-EINVAL);
	assert_int_equal(
		selfpage_map(space, 63 * PAGE, 2 * PAGE, store, 0, 1), -EEXIST);
	functions.page_out = NULL;
	assert_int_equal(selfpage_store_open_functions(
				 world->pager, &functions, &world->own, &store),
		0);
	assert_int_equal(
		selfpage_map(space, 99 * PAGE, PAGE, store, 0, both), -EACCES);
	for (i = 1; i < 8; i++)
		assert_int_equal(
			selfpage_map(space, (99 + i) * PAGE, PAGE, store, 0, 1),
			0);
	assert_int_equal(
		selfpage_map(space, 98 * PAGE, PAGE, store, 0, 1), -ENOMEM);
	assert_int_equal(selfpage_unmap(space, PAGE, PAGE), -ENOMEM);
	assert_int_equal(selfpage_store_close(store), -EBUSY);
	assert_int_equal(selfpage_unmap(space, 99 * PAGE, 8 * PAGE), 0);
	assert_int_equal(selfpage_store_close(store), 0);
	world->own.destroyed = 0;
}

static void test_map_anywhere(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	struct selfpage_store *store = world->store;
	const uint64_t high = UINT64_C(1) << 52;
	uint64_t at = 7;

	assert_int_equal(selfpage_map_anywhere(NULL, 0, PAGE, store, 0, 1, &at),
		-EINVAL);
	assert_int_equal(
		selfpage_map_anywhere(space, 1, PAGE, store, 0, 1, &at),
		-EINVAL);
	assert_int_equal(
		selfpage_map_anywhere(space, 0, 0, store, 0, 1, &at), -EINVAL);
	assert_int_equal(selfpage_map_anywhere(space, 0, PAGE, NULL, 0, 1, &at),
		-EINVAL);
	assert_int_equal(
		selfpage_map_anywhere(space, 0, PAGE, store, 0, 1, NULL),
		-EINVAL);
	assert_int_equal(
		selfpage_map_anywhere(space, 0, high * PAGE, store, 0, 1, &at),
		-ENOMEM);
	assert_int_equal(at, 7);
	/* 0 to 64 pages are mapped */
	assert_int_equal(
		selfpage_map_anywhere(space, 0, PAGE, store, 0, 1, &at), 0);
	assert_int_equal(at, 64 * PAGE);
	assert_int_equal(
		selfpage_map_anywhere(space, 80 * PAGE, PAGE, store, 0, 1, &at),
		0);
	assert_int_equal(at, 80 * PAGE);
	assert_int_equal(
		selfpage_map_anywhere(space, 80 * PAGE, PAGE, store, 0, 1, &at),
		0);
	assert_int_equal(at, 65 * PAGE);
	put(world, 0, 'h');
	assert_int_equal(get(world, 80), 'h');
}

static void test_unmap(void **state)
{
	struct world *world = *state;
	char byte;

	assert_int_equal(selfpage_unmap(NULL, 0, PAGE), -EINVAL);
	assert_int_equal(selfpage_unmap(world->space, 0, 1), -EINVAL);
	assert_int_equal(selfpage_unmap(world->space, 1, PAGE), -EINVAL);
	assert_int_equal(selfpage_unmap(world->space, 0, 0), -EINVAL);
	put(world, 2, 'u');
	assert_int_equal(selfpage_unmap(world->space, 2 * PAGE, PAGE), 0);
	assert_int_equal(
		selfpage_read(world->space, 2 * PAGE, &byte, 1), -EFAULT);
	assert_int_equal(get(world, 3), 0);
	/* elsewhere, it is the same page */
	assert_int_equal(selfpage_map(world->space, 200 * PAGE, PAGE,
				 world->store, 2 * PAGE, SELFPAGE_READ),
		0);
	assert_int_equal(get(world, 200), 'u');
}

/* Two spaces that show one store see each other's writes. */
static void test_spaces(void **state)
{
	struct world *world = *state;
	struct selfpage_space *other;
	char byte = 0;

	assert_int_equal(selfpage_space_create(NULL, 0, &other), -EINVAL);
	assert_int_equal(selfpage_space_create(world->pager, 0, NULL), -EINVAL);
	assert_int_equal(
		selfpage_space_create(world->pager, (1 << 24) + 1, &other),
		-EINVAL);
	assert_int_equal(selfpage_space_destroy(NULL), -EINVAL);
	assert_int_equal(selfpage_space_create(world->pager, 0, &other), 0);
	assert_int_equal(selfpage_map(other, 1 << 20, PAGE, world->store, PAGE,
				 SELFPAGE_READ),
		0);
	put(world, 1, 's');
	assert_int_equal(selfpage_read(other, 1 << 20, &byte, 1), 0);
	assert_int_equal(byte, 's');
	put(world, 1, 't');
	assert_int_equal(selfpage_read(other, 1 << 20, &byte, 1), 0);
	assert_int_equal(byte, 't');
	assert_null(selfpage_check(world->pager));
	assert_int_equal(selfpage_space_destroy(other), 0);
	assert_int_equal(get(world, 1), 't');
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

/* The advice's pin outlives the borrowing; a store with a borrowed page is
 * not closed, whatever became of its maps. */
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

static void test_advise(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	unsigned i;

	assert_int_equal(selfpage_advise(NULL, 0, PAGE, 0, 0), -EINVAL);
	assert_int_equal(selfpage_advise(space, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(selfpage_advise(space, 9, PAGE, 0, 0), -EINVAL);
	assert_int_equal(selfpage_advise(space, 0, 9, 0, 0), -EINVAL);
	assert_int_equal(
		selfpage_advise(space, 0, PAGE, (enum selfpage_advice)99, 0),
		-EINVAL);
	assert_int_equal(selfpage_advise(space, 0, PAGE, SELFPAGE_PRIORITY,
				 SELFPAGE_PRIORITY_MAX + 1),
		-EINVAL);
	for (i = SELFPAGE_NORMAL; i <= SELFPAGE_PRIORITY; i++)
		assert_int_equal(selfpage_advise(space, 0, 2 * PAGE,
					 (enum selfpage_advice)i, 0),
			0);
	assert_int_equal(selfpage_advise(space, 0, 2 * PAGE, 0, 0), 0);
	/* pages 0 and 1 were to be needed, and pinned */
	assert_int_equal(counts_of(world).prefetches, 2);
	for (i = 0; i < FRAMES; i++)
		get(world, i);
	assert_int_equal(
		selfpage_advise(space, 0, FRAMES * PAGE, SELFPAGE_PIN, 0),
		-ENOMEM);
	assert_int_equal(counts_of(world).pinned, 0);
}

/* Pages that are pinned stay, pages that are cold go first. */
static void test_advice_matters(void **state)
{
	struct world *world = *state;
	unsigned i;

	assert_int_equal(
		selfpage_advise(world->space, 0, 2 * PAGE, SELFPAGE_PIN, 0), 0);
	for (i = 0; i < 40; i++)
		get(world, i);
	i = world->own.ins;
	get(world, 0);
	get(world, 1);
	get(world, 34); /* the oldest of the six others */
	assert_int_equal(world->own.ins, i);
	assert_int_equal(selfpage_advise(world->space, 39 * PAGE, PAGE,
				 SELFPAGE_COLD, 0),
		0);
	get(world, 60);
	get(world, 35);
	assert_int_equal(world->own.ins, i + 1);
	get(world, 39);
	assert_int_equal(world->own.ins, i + 2);
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

/* A file that was opened to be read only can't be mapped to be written. */
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_policies),
		TEST(test_counts),
		TEST(test_memory),
		TEST(test_access_errors),
		TEST(test_store_errors),
		TEST(test_flush),
		TEST(test_map_errors),
		TEST(test_map_anywhere),
		TEST(test_unmap),
		TEST(test_spaces),
		TEST(test_borrow),
		TEST(test_borrow_and_pin),
		TEST(test_borrow_errors),
		TEST(test_advise),
		TEST(test_advice_matters),
		TEST(test_discard),
		TEST(test_open_errors),
		TEST(test_file),
		TEST(test_read_only_file),
		TEST(test_anonymous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
