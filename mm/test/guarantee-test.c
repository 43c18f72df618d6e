/*
 * What can't be had again fits into a control's guarantee, whatever makes it
 * so: copies of private maps, their pins, syncs that fail, and borrowed pages
 * that were flushed meanwhile.  All else may be taken at any time.
 */
#include "config.h"

#include "mm/selfpage.h"
#include "mm/test/trouble.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	PAGE = 4096,
	FRAMES = 12,
	GUARANTEE = 3,
	PAGES = 8,
	BOTH = SELFPAGE_READ | SELFPAGE_WRITE,
	PRIVATE = PAGES, /* where the file is mapped privately */
	NEVER_MS = 1 << 30,
};

struct world {
	struct selfpage_physmem *physmem;
	struct selfpage_control *control;
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	int file;
};

static int begin(void **state)
{
	static struct world the_world;
	struct world *world = &the_world;
	struct selfpage_physmem_config physmem = {
		.config_bytes = sizeof(physmem),
		.frames = FRAMES,
		.notice_ms = NEVER_MS,
	};
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.extra_max = FRAMES,
	};
	struct selfpage_request private = {
		.request_bytes = sizeof(private),
		.bytes = PAGES * PAGE,
		.address = PRIVATE * PAGE,
		.protection = BOTH,
		.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT,
	};

	*world = (struct world){.file = memfd_create("test", MFD_CLOEXEC)};
	assert_true(world->file >= 0);
	assert_int_equal(selfpage_physmem_create(&physmem, &world->physmem), 0);
	assert_int_equal(selfpage_physmem_control(
				 world->physmem, GUARANTEE, &world->control),
		0);
	config.control = world->control;
	assert_int_equal(selfpage_create(&config, &world->pager), 0);
	assert_int_equal(
		selfpage_space_create(world->pager, 0, &world->space), 0);
	assert_int_equal(selfpage_store_open_file(
				 world->pager, world->file, &world->store),
		0);
	assert_int_equal(selfpage_map(world->space, 0, PAGES * PAGE,
				 world->store, 0, BOTH),
		0);
	private.store = world->store;
	assert_int_equal(selfpage_map_request(world->space, &private, NULL), 0);
	*state = world;
	return 0;
}

static void check(struct world *world)
{
	struct selfpage_frames frames;

	assert_null(selfpage_physmem_check(world->physmem));
	assert_null(selfpage_check(world->pager));
	assert_int_equal(
		selfpage_read_frames(world->pager, &frames, sizeof(frames)), 0);
	assert_true(frames.kept <= GUARANTEE);
}

static int end(void **state)
{
	struct world *world = *state;

	check(world);
	assert_int_equal(selfpage_space_destroy(world->space), 0);
	assert_int_equal(selfpage_store_close(world->store), 0);
	assert_int_equal(selfpage_destroy(world->pager), 0);
	assert_int_equal(selfpage_control_destroy(world->control), 0);
	assert_int_equal(selfpage_physmem_destroy(world->physmem), 0);
	close(world->file);
	return 0;
}

static void put(struct world *world, unsigned page, char value)
{
	assert_int_equal(
		selfpage_write(world->space, page * PAGE, &value, 1), 0);
	check(world);
}

static void expect(struct world *world, unsigned page, char right)
{
	char value;

	assert_int_equal(
		selfpage_read(world->space, page * PAGE, &value, 1), 0);
	assert_int_equal(value, right);
	check(world);
}

/* A copy is dirty as soon as it is made. */
static void test_copies(void **state)
{
	struct world *world = *state;
	unsigned i;

	for (i = 0; i < PAGES; i++)
		put(world, i, 1 + i);
	for (i = 0; i < PAGES; i++)
		put(world, PRIVATE + i, 21 + i);
	for (i = 0; i < PAGES; i++) {
		expect(world, i, 1 + i);
		expect(world, PRIVATE + i, 21 + i);
	}
}

/* Frames are taken for pages that are to be pinned or borrowed. */
static void test_first_pins(void **state)
{
	struct world *world = *state;
	void *data;

	assert_int_equal(
		selfpage_advise(world->space, 0, PAGE, SELFPAGE_PIN, 0), 0);
	assert_int_equal(
		selfpage_borrow(world->space, PAGE, SELFPAGE_READ, &data), 0);
	check(world);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	expect(world, 0, 0);
}

/* And pinned besides, if the map is. */
static void test_pinned_copies(void **state)
{
	struct world *world = *state;
	unsigned i;

	for (i = 0; i < PAGES; i++)
		put(world, i, 1 + i);
	assert_int_equal(selfpage_advise(world->space, PRIVATE * PAGE, PAGE,
				 SELFPAGE_PIN, 0),
		0);
	put(world, PRIVATE, 21);
	for (i = 0; i < PAGES; i++)
		put(world, i, 41 + i);
	expect(world, PRIVATE, 21);
}

/* As many frames as fit are dirty again; the rest are found by their pages. */
static void test_failed_sync(void **state)
{
	struct trouble *trouble = trouble_get();
	struct world *world = *state;
	uint64_t at;
	unsigned i;

	for (i = 0; i < PAGES; i++)
		put(world, i, 1 + i);
	*trouble = (struct trouble){
		.kinds = 1 << TROUBLE_SYNC, .fail_at = 1, .error = EIO};
	assert_int_equal(selfpage_store_sync(world->store), -EIO);
	check(world);
	*trouble = (struct trouble){0};
	for (at = 0; !selfpage_store_find_unsafe(world->store, at, &at);
		at += PAGE)
		put(world, at / PAGE, 1 + at / PAGE);
	assert_int_equal(selfpage_store_sync(world->store), 0);
	for (i = 0; i < PAGES; i++)
		expect(world, i, 1 + i);
}

/* What is borrowed may be written to after it was flushed. */
static void test_borrowed(void **state)
{
	struct world *world = *state;
	unsigned i;
	char *data;

	assert_int_equal(
		selfpage_borrow(world->space, 0, BOTH, (void **)&data), 0);
	*data = 1;
	for (i = 1; i < PAGES; i++)
		put(world, i, 1 + i);
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	for (i = 1; i < PAGES; i++)
		put(world, i, 11 + i);
	*data = 51;
	/* nothing can be written back meanwhile */
	*trouble_get() = (struct trouble){
		.kinds = 1 << TROUBLE_WRITE,
		.fail_at = 1,
		.ever_after = true,
		.error = EIO,
	};
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	check(world);
	*trouble_get() = (struct trouble){0};
	expect(world, 0, 51);
	for (i = 1; i < PAGES; i++)
		expect(world, i, 11 + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_copies, begin, end),
		cmocka_unit_test_setup_teardown(test_first_pins, begin, end),
		cmocka_unit_test_setup_teardown(test_pinned_copies, begin, end),
		cmocka_unit_test_setup_teardown(test_failed_sync, begin, end),
		cmocka_unit_test_setup_teardown(test_borrowed, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
