/* The public library: where and how memory is mapped, and what shows it. */
#include "mm/test/library-world.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const unsigned both = SELFPAGE_READ | SELFPAGE_WRITE;

static struct selfpage_request request_of(struct world *world, unsigned pages)
{
	return (struct selfpage_request){
		.request_bytes = sizeof(struct selfpage_request),
		.store = world->store,
		.bytes = (uint64_t)pages * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
}

/* Maps the first pages of the store privately at page AT. */
static void map_private(struct world *world, unsigned at, unsigned pages)
{
	struct selfpage_request request = request_of(world, pages);

	request.address = at * PAGE;
	request.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT;
	assert_int_equal(selfpage_map_request(world->space, &request, NULL), 0);
}

static unsigned look(struct world *world, unsigned page)
{
	uint8_t state;

	assert_int_equal(
		selfpage_look(world->space, page * PAGE, PAGE, &state), 0);
	return state;
}

static void expect_refused(
	struct world *world, struct selfpage_request request, int error)
{
	uint64_t at = 7;

	assert_int_equal(
		selfpage_map_request(world->space, &request, &at), error);
	assert_int_equal(at, 7);
}

static void test_request_errors(void **state)
{
	struct world *world = *state;
	struct selfpage_request request = request_of(world, 1);
	uint64_t at;

	assert_int_equal(selfpage_map_request(NULL, &request, &at), -EINVAL);
	assert_int_equal(
		selfpage_map_request(world->space, NULL, &at), -EINVAL);
	assert_int_equal(
		selfpage_map_request(world->space, &request, NULL), -EINVAL);
	request.request_bytes = 8;
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 0);
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 1);
	request.address = 1;
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 1);
	request.store = NULL;
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 1);
	request.offset = 8;
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 1);
	request.align_bytes = PAGE / 2;
	expect_refused(world, request, -EINVAL);
	request.align_bytes = 3 * PAGE;
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 1);
	request.protection = SELFPAGE_WRITE;
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 1);
	request.flags = 4;
	expect_refused(world, request, -EINVAL);
	request = request_of(world, 1);
	request.bytes = (UINT64_C(1) << 52) * PAGE;
	expect_refused(world, request, -ENOMEM);
	request = request_of(world, 1);
	request.flags = SELFPAGE_EXACT;
	expect_refused(world, request, -EEXIST);
	request.address = 65 * PAGE;
	request.align_bytes = 2 * PAGE;
	expect_refused(world, request, -EINVAL);
}

static void test_request(void **state)
{
	struct world *world = *state;
	struct selfpage_request request = request_of(world, 1);
	uint64_t at;

	/* 0 to 64 pages are mapped */
	assert_int_equal(selfpage_map_request(world->space, &request, &at), 0);
	assert_int_equal(at, 64 * PAGE);
	request.offset = 40 * PAGE;
	request.address = 80 * PAGE;
	assert_int_equal(selfpage_map_request(world->space, &request, &at), 0);
	assert_int_equal(at, 80 * PAGE);
	assert_int_equal(selfpage_map_request(world->space, &request, &at), 0);
	assert_int_equal(at, 65 * PAGE);
	request.align_bytes = 32 * PAGE;
	request.address = 0;
	assert_int_equal(selfpage_map_request(world->space, &request, &at), 0);
	assert_int_equal(at, 96 * PAGE);
	/* where it is wanted it would lie wrong */
	request.address = 100 * PAGE;
	assert_int_equal(selfpage_map_request(world->space, &request, &at), 0);
	assert_int_equal(at, 128 * PAGE);
	put(world, 40, 'h');
	assert_int_equal(get(world, 80), 'h');
	assert_int_equal(get(world, 128), 'h');
	/* 0 is a place where it is asked for */
	assert_int_equal(selfpage_unmap(world->space, 0, PAGE), 0);
	request = request_of(world, 1);
	request.flags = SELFPAGE_EXACT;
	assert_int_equal(selfpage_map_request(world->space, &request, &at), 0);
	assert_int_equal(at, 0);
}

static void test_protect(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	char byte = 'p';

	assert_int_equal(selfpage_protect(NULL, 0, PAGE, 1), -EINVAL);
	assert_int_equal(selfpage_protect(space, 1, PAGE, 1), -EINVAL);
	assert_int_equal(selfpage_protect(space, 0, 0, 1), -EINVAL);
	assert_int_equal(
		selfpage_protect(space, 0, PAGE, SELFPAGE_WRITE), -EINVAL);
	assert_int_equal(selfpage_protect(space, 0, PAGE, 7), -EINVAL);
	put(world, 1, 'o');
	assert_int_equal(
		selfpage_protect(space, 0, 4 * PAGE, SELFPAGE_READ), 0);
	assert_int_equal(selfpage_write(space, PAGE, &byte, 1), -EACCES);
	assert_int_equal(get(world, 1), 'o');
	put(world, 4, 'q');
	assert_int_equal(selfpage_protect(space, 2 * PAGE, PAGE, 0), 0);
	assert_int_equal(selfpage_read(space, 2 * PAGE, &byte, 1), -EACCES);
	assert_int_equal(selfpage_protect(space, 0, 4 * PAGE, both), 0);
	put(world, 1, 'p');
	put(world, 2, 'p');
	/* a hole */
	assert_int_equal(
		selfpage_protect(space, 63 * PAGE, 2 * PAGE, 1), -ENOMEM);
	put(world, 63, 'x');
	assert_null(selfpage_check(world->pager));
}

static void test_protect_read_only(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	struct selfpage_store_functions functions = own_functions;
	struct selfpage_request request = request_of(world, 2);

	functions.page_out = NULL;
	functions.destroy = NULL;
	assert_int_equal(selfpage_store_open_functions(world->pager, &functions,
				 &world->own, &request.store),
		0);
	request.address = 100 * PAGE;
	expect_refused(world, request, -EACCES);
	assert_int_equal(selfpage_map(space, 100 * PAGE, 2 * PAGE,
				 request.store, 0, SELFPAGE_READ),
		0);
	assert_int_equal(
		selfpage_protect(space, 101 * PAGE, PAGE, both), -EACCES);
	assert_int_equal(selfpage_unmap(space, 100 * PAGE, 2 * PAGE), 0);
	/* privately it can be written to */
	request.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT;
	request.protection = SELFPAGE_READ;
	assert_int_equal(selfpage_map_request(space, &request, NULL), 0);
	assert_int_equal(
		selfpage_protect(space, 100 * PAGE, 2 * PAGE, both), 0);
	put(world, 101, 'p');
	assert_int_equal(get(world, 101), 'p');
	assert_int_equal(selfpage_store_discard(request.store), -EBUSY);
	assert_int_equal(selfpage_unmap(space, 100 * PAGE, 2 * PAGE), 0);
	assert_int_equal(selfpage_store_close(request.store), 0);
}

static void test_private(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	struct selfpage_counts counts;
	unsigned i;

	for (i = 0; i < 20; i++)
		put(world, i, 'o');
	map_private(world, 100, 20);
	get(world, 100);
	for (i = 0; i < 20; i += 2)
		put(world, 100 + i, 'p');
	/* what others write shows where there is no copy */
	put(world, 0, 'n');
	put(world, 1, 'n');
	for (i = 0; i < 20; i++) {
		assert_int_equal(get(world, 100 + i),
			i % 2 ? (i == 1 ? 'n' : 'o') : 'p');
		assert_int_equal(get(world, i), i < 2 ? 'n' : 'o');
	}
	counts = counts_of(world);
	assert_int_equal(counts.copies, 10);
	assert_true(counts.write_faults <= 10);
	assert_int_equal(selfpage_store_sync(world->store), 0);
	assert_int_equal(world->own.data[2 * PAGE], 'o');
	/* unmapped in the middle, they are gone */
	assert_int_equal(selfpage_unmap(space, 104 * PAGE, 4 * PAGE), 0);
	assert_int_equal(get(world, 102), 'p');
	map_private(world, 104, 4);
	assert_int_equal(get(world, 104), 'n');
	put(world, 104, 'q');
	assert_int_equal(get(world, 100), 'p');
	assert_int_equal(selfpage_unmap(space, 100 * PAGE, 20 * PAGE), 0);
	assert_int_equal(get(world, 0), 'n');
}

static void test_private_discard(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	void *data;
	unsigned i;

	for (i = 0; i < 16; i++)
		put(world, i, 'o');
	map_private(world, 100, 16);
	for (i = 0; i < 16; i++)
		put(world, 100 + i, 'p');
	assert_int_equal(selfpage_borrow(space, 103 * PAGE, both, &data), 0);
	assert_int_equal(selfpage_discard(space, 102 * PAGE, 12 * PAGE), 0);
	assert_null(selfpage_check(world->pager));
	for (i = 0; i < 16; i++)
		assert_int_equal(get(world, 100 + i),
			i < 2 || i == 3 || i >= 14 ? 'p' : 'o');
	assert_int_equal(selfpage_give_back(space, data), 0);
	/* and are copied again */
	put(world, 105, 'q');
	for (i = 0; i < 16; i++)
		get(world, i);
	assert_int_equal(get(world, 105), 'q');
	assert_int_equal(get(world, 5), 'o');
}

/* A borrowed copy outlives its map, and even its store. */
static void test_private_borrowed(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	struct selfpage_store *store;
	struct selfpage_request request;
	void *data[2];

	assert_int_equal(selfpage_store_open_anonymous(
				 world->pager, -1, 8 * PAGE, &store),
		0);
	request = request_of(world, 8);
	request.store = store;
	request.address = 100 * PAGE;
	request.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT;
	assert_int_equal(selfpage_map_request(space, &request, NULL), 0);
	assert_int_equal(selfpage_borrow(space, 101 * PAGE, both, &data[0]), 0);
	assert_int_equal(selfpage_borrow(space, 104 * PAGE, both, &data[1]), 0);
	put(world, 106, 'x');
	/* each beside the store's own page */
	assert_int_equal(counts_of(world).resident, 6);
	/* a part of it, then all */
	assert_int_equal(selfpage_unmap(space, 101 * PAGE, PAGE), 0);
	assert_int_equal(counts_of(world).resident, 6);
	memset(data[0], 'b', PAGE);
	assert_int_equal(selfpage_give_back(space, data[0]), 0);
	assert_int_equal(counts_of(world).resident, 5);
	assert_int_equal(selfpage_unmap(space, 100 * PAGE, 8 * PAGE), 0);
	assert_int_equal(counts_of(world).resident, 4);
	assert_int_equal(selfpage_store_close(store), 0);
	assert_int_equal(counts_of(world).resident, 1);
	memset(data[1], 'b', PAGE);
	assert_null(selfpage_check(world->pager));
	assert_int_equal(selfpage_space_destroy(space), -EBUSY);
	assert_int_equal(selfpage_give_back(space, data[1]), 0);
	assert_int_equal(counts_of(world).resident, 0);
}

/* A pin of the store's page is none of its copy. */
static void test_private_pinned(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	void *data;

	map_private(world, 100, 2);
	assert_int_equal(
		selfpage_advise(space, 0, 2 * PAGE, SELFPAGE_PIN, 0), 0);
	assert_int_equal(
		selfpage_advise(space, 100 * PAGE, 2 * PAGE, SELFPAGE_PIN, 0),
		0);
	put(world, 100, 'p');
	assert_int_equal(selfpage_borrow(space, 100 * PAGE, both, &data), 0);
	assert_int_equal(counts_of(world).pinned, 1);
	assert_int_equal(selfpage_unmap(space, 100 * PAGE, 2 * PAGE), 0);
	assert_int_equal(selfpage_give_back(space, data), 0);
	assert_int_equal(counts_of(world).pinned, 0);
	assert_int_equal(counts_of(world).resident, 1);
}

static void test_private_limits(void **state)
{
	struct world *world = *state;
	struct selfpage_config config = usual();
	struct selfpage_request request = request_of(world, 40);
	struct selfpage *pager;
	struct selfpage_space *space;
	uint64_t at;
	uint8_t states[40];
	unsigned i;
	char byte = 1;
	int error = 0;

	config.private_max = 2;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	assert_int_equal(selfpage_use_swap(NULL, -1, PAGE), -EINVAL);
	assert_int_equal(selfpage_use_swap(pager, -1, 0), -EINVAL);
	assert_int_equal(selfpage_use_swap(pager, -2, PAGE), -EINVAL);
	assert_int_equal(selfpage_use_swap(pager, 9999, PAGE), -EBADF);
	assert_int_equal(selfpage_use_swap(pager, -1, 4 * PAGE), 0);
	assert_int_equal(selfpage_use_swap(pager, -1, 4 * PAGE), -EBUSY);
	assert_int_equal(selfpage_space_create(pager, 0, &space), 0);
	assert_int_equal(selfpage_store_open_functions(pager, &own_functions,
				 &world->own, &request.store),
		0);
	request.flags = SELFPAGE_PRIVATE;
	assert_int_equal(selfpage_map_request(space, &request, &at), 0);
	assert_int_equal(selfpage_map_request(space, &request, &at), 0);
	assert_int_equal(selfpage_map_request(space, &request, &at), -ENOMEM);
	/* what fits neither the frames nor the swap file */
	for (i = 0; i < 40 && !error; i++)
		error = selfpage_write(space, at + i * PAGE, &byte, 1);
	assert_int_equal(error, -ENOSPC);
	assert_int_equal(i, 4 + FRAMES + 1);
	assert_null(selfpage_check(pager));
	/* nothing that is in a frame is lost, and there is room again */
	assert_int_equal(selfpage_look(space, at, 40 * PAGE, states), 0);
	for (i = 0; i < 40; i++) {
		if (!(states[i] & SELFPAGE_RESIDENT))
			continue;
		byte = 0;
		assert_int_equal(
			selfpage_read(space, at + i * PAGE, &byte, 1), 0);
		assert_int_equal(byte, 1);
	}
	assert_int_equal(selfpage_discard(space, at, 40 * PAGE), 0);
	for (i = 0; i < 4 + FRAMES; i++)
		assert_int_equal(
			selfpage_write(space, at + i * PAGE, &byte, 1), 0);
	assert_int_equal(selfpage_space_destroy(space), 0);
	assert_int_equal(selfpage_store_close(request.store), 0);
	assert_int_equal(selfpage_destroy(pager), 0);
	world->own.destroyed = 0;
}

/* Without selfpage_use_swap, and with a file of the program's. */
static void test_private_swap(void **state)
{
	struct world *world = *state;
	FILE *file = tmpfile();
	unsigned i;

	assert_non_null(file);
	assert_int_equal(
		selfpage_use_swap(world->pager, fileno(file), 64 * PAGE), 0);
	map_private(world, 100, 30);
	for (i = 0; i < 30; i++)
		put(world, 100 + i, 'a' + i % 26);
	for (i = 0; i < 30; i++)
		assert_int_equal(get(world, 100 + i), 'a' + i % 26);
	assert_true(lseek(fileno(file), 0, SEEK_END) >= 22 * PAGE);
	assert_int_equal(world->own.outs, 0);
	fclose(file);
}

static void test_find_map(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	struct selfpage_map_info info;
	const size_t bytes = sizeof(info);

	assert_int_equal(selfpage_find_map(NULL, 0, &info, bytes), -EINVAL);
	assert_int_equal(selfpage_find_map(space, 0, NULL, bytes), -EINVAL);
	assert_int_equal(selfpage_find_map(space, 0, &info, 7), -EINVAL);
	map_private(world, 100, 8);
	assert_int_equal(selfpage_advise(space, 102 * PAGE, 2 * PAGE,
				 SELFPAGE_READ_ONCE, 0),
		0);
	assert_int_equal(selfpage_advise(space, 102 * PAGE, 2 * PAGE,
				 SELFPAGE_SEQUENTIAL, 0),
		0);
	assert_int_equal(
		selfpage_advise(space, 0, 2 * PAGE, SELFPAGE_PRIORITY, 2), 0);
	assert_int_equal(
		selfpage_advise(space, 0, 2 * PAGE, SELFPAGE_PIN, 0), 0);
	assert_int_equal(
		selfpage_protect(space, 0, 2 * PAGE, SELFPAGE_READ), 0);
	assert_int_equal(selfpage_find_map(space, 5, &info, bytes), 0);
	assert_int_equal(info.address, 0);
	assert_int_equal(info.bytes, 2 * PAGE);
	assert_int_equal(info.protection, SELFPAGE_READ);
	assert_int_equal(info.flags, 0);
	assert_int_equal(info.priority, 2);
	assert_true(info.pinned && !info.read_once && !info.sequential);
	assert_int_equal(selfpage_find_map(space, 2 * PAGE, &info, bytes), 0);
	assert_int_equal(info.address, 2 * PAGE);
	assert_int_equal(info.bytes, 62 * PAGE);
	assert_ptr_equal(info.store, world->store);
	assert_int_equal(info.offset, 2 * PAGE);
	assert_int_equal(info.protection, both);
	assert_int_equal(info.priority, SELFPAGE_PRIORITY_NORMAL);
	/* over the gap */
	assert_int_equal(selfpage_find_map(space, 64 * PAGE, &info, bytes), 0);
	assert_int_equal(info.address, 100 * PAGE);
	assert_int_equal(info.flags, SELFPAGE_PRIVATE);
	assert_int_equal(selfpage_find_map(space, 102 * PAGE, &info, bytes), 0);
	assert_int_equal(info.bytes, 2 * PAGE);
	assert_int_equal(info.offset, 2 * PAGE);
	assert_true(info.read_once && info.sequential && !info.pinned);
	assert_int_equal(
		selfpage_find_map(space, 108 * PAGE, &info, bytes), -ENOENT);
	assert_int_equal(
		selfpage_find_map(space, UINT64_MAX, &info, bytes), -ENOENT);
}

/* What could be one map is one, however it was made. */
static void test_join(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	struct selfpage_map_info info;
	const unsigned order[] = {2, 0, 3, 1};
	unsigned i;

	for (i = 0; i < 4; i++)
		assert_int_equal(
			selfpage_map(space, (100 + order[i]) * PAGE, PAGE,
				world->store, order[i] * PAGE, both),
			0);
	assert_int_equal(
		selfpage_find_map(space, 100 * PAGE, &info, sizeof(info)), 0);
	assert_int_equal(info.bytes, 4 * PAGE);
	/* not: another place in the store, another protection, a private one */
	assert_int_equal(selfpage_map(space, 104 * PAGE, PAGE, world->store,
				 5 * PAGE, both),
		0);
	assert_int_equal(selfpage_map(space, 105 * PAGE, PAGE, world->store,
				 6 * PAGE, SELFPAGE_READ),
		0);
	map_private(world, 106, 1);
	for (i = 104; i < 107; i++) {
		assert_int_equal(
			selfpage_find_map(space, i * PAGE, &info, sizeof(info)),
			0);
		assert_int_equal(info.address, i * PAGE);
		assert_int_equal(info.bytes, PAGE);
	}
	put(world, 2, 'j');
	assert_int_equal(get(world, 102), 'j');
	assert_null(selfpage_check(world->pager));
}

static void test_look(void **state)
{
	struct world *world = *state;
	struct selfpage_space *space = world->space;
	const unsigned in = SELFPAGE_MAPPED | SELFPAGE_RESIDENT;
	uint8_t states[600];
	void *data;

	assert_int_equal(selfpage_look(NULL, 0, PAGE, states), -EINVAL);
	assert_int_equal(selfpage_look(space, 0, PAGE, NULL), -EINVAL);
	assert_int_equal(selfpage_look(space, 1, PAGE, states), -EINVAL);
	assert_int_equal(look(world, 0), SELFPAGE_MAPPED);
	assert_int_equal(look(world, 64), 0);
	get(world, 0);
	put(world, 1, 'd');
	assert_int_equal(
		selfpage_advise(space, 2 * PAGE, PAGE, SELFPAGE_PIN, 0), 0);
	get(world, 2);
	assert_int_equal(
		selfpage_borrow(space, 3 * PAGE, SELFPAGE_READ, &data), 0);
	map_private(world, 100, 4);
	put(world, 101, 'c');
	get(world, 100);
	memset(states, 0xff, sizeof(states));
	assert_int_equal(selfpage_look(space, 0, 600 * PAGE, states), 0);
	assert_int_equal(states[0], in);
	assert_int_equal(states[1], in | SELFPAGE_DIRTY);
	assert_int_equal(states[2], in | SELFPAGE_PINNED);
	assert_int_equal(states[3], in | SELFPAGE_BORROWED);
	assert_int_equal(states[4], SELFPAGE_MAPPED);
	assert_int_equal(states[70], 0);
	assert_int_equal(states[100], in);
	assert_int_equal(states[101], in | SELFPAGE_DIRTY | SELFPAGE_COPY);
	assert_int_equal(states[599], 0);
	assert_int_equal(selfpage_store_sync(world->store), 0);
	assert_int_equal(look(world, 1), in);
	assert_int_equal(
		selfpage_advise(space, 101 * PAGE, PAGE, SELFPAGE_DONT_NEED, 0),
		0);
	assert_int_equal(look(world, 101), SELFPAGE_MAPPED | SELFPAGE_COPY);
	assert_int_equal(selfpage_give_back(space, data), 0);
}

/* Pages come before they are used, and are counted. */
static void test_read_ahead(void **state)
{
	struct world *world = *state;
	struct selfpage_counts counts;
	unsigned i;

	assert_int_equal(selfpage_advise(world->space, 0, 64 * PAGE,
				 SELFPAGE_SEQUENTIAL, 0),
		0);
	get(world, 0);
	counts = counts_of(world);
	assert_int_equal(counts.prefetches, 4);
	assert_int_equal(look(world, 4), SELFPAGE_MAPPED | SELFPAGE_RESIDENT);
	for (i = 1; i < 64; i++)
		get(world, i);
	counts = counts_of(world);
	assert_true(counts.prefetches >= 50);
	assert_int_equal(
		counts.ahead_used + counts.ahead_wasted, counts.prefetches);
	assert_true(counts.ahead_used >= 50);
	/* nobody comes for these */
	assert_int_equal(selfpage_discard(world->space, 0, 64 * PAGE), 0);
	get(world, 0);
	assert_int_equal(selfpage_discard(world->space, 0, 64 * PAGE), 0);
	assert_true(counts_of(world).ahead_wasted > counts.ahead_wasted);
}

static void test_no_read_ahead(void **state)
{
	struct selfpage_config config = usual();
	struct world world = {0};
	unsigned i;

	(void)state;
	config.read_ahead = SELFPAGE_NO_READ_AHEAD;
	assert_int_equal(selfpage_create(&config, &world.pager), 0);
	assert_int_equal(
		selfpage_space_create(world.pager, 0, &world.space), 0);
	assert_int_equal(selfpage_store_open_functions(world.pager,
				 &own_functions, &world.own, &world.store),
		0);
	assert_int_equal(
		selfpage_map(world.space, 0, 64 * PAGE, world.store, 0, both),
		0);
	assert_int_equal(selfpage_advise(world.space, 0, 64 * PAGE,
				 SELFPAGE_SEQUENTIAL, 0),
		0);
	for (i = 0; i < 20; i++)
		get(&world, i);
	assert_int_equal(counts_of(&world).prefetches, 0);
	assert_int_equal(selfpage_space_destroy(world.space), 0);
	assert_int_equal(selfpage_store_close(world.store), 0);
	assert_int_equal(selfpage_destroy(world.pager), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_request_errors),
		TEST(test_request),
		TEST(test_protect),
		TEST(test_protect_read_only),
		TEST(test_private),
		TEST(test_private_discard),
		TEST(test_private_borrowed),
		TEST(test_private_pinned),
		TEST(test_private_limits),
		TEST(test_private_swap),
		TEST(test_find_map),
		TEST(test_join),
		TEST(test_look),
		TEST(test_read_ahead),
		cmocka_unit_test(test_no_read_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
