/* The public library: pagers, spaces, memory and hints, with each error. */
#include <math.h>

#include "mm/test/library-world.h"

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
	config.read_ahead = (1 << 16) + 1;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config = usual();
	config.private_max = (1 << 16) + 1;
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

/* Segmented FIFO has one parameter, a share. */
static void test_parameters(void **state)
{
	struct selfpage_config config = usual();
	struct selfpage *pager;
	double value = 1;

	(void)state;
	config.policy = "sfifo";
	config.policy_values_count = 1;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.policy_values = &value;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	assert_int_equal(selfpage_destroy(pager), 0);
	value = 1.01;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	value = NAN;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	value = 0;
	config.policy_values_count = 0;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.policy_values_count = 2;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_parameters),
		TEST(test_counts),
		TEST(test_memory),
		TEST(test_access_errors),
		TEST(test_map_errors),
		TEST(test_unmap),
		TEST(test_spaces),
		TEST(test_advise),
		TEST(test_advice_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
