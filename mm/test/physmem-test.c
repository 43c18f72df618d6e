/* Frames, the free list and the mappings of each frame, without a pager. */
#include "mm/physmem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mm/as.h"
#include "mm/physmem-sim.h"
#include "mm/policy.h"

enum { FRAMES = 4, MORE = 3, ENTRIES = 16 };

struct fixture {
	struct physmem physmem;
	struct sim sim;
	struct as as[2];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || sim_init(&fixture->sim, ENTRIES) ||
		physmem_init(&fixture->physmem, FRAMES, 4096, MORE,
			&physmem_sim_ops, &fixture->sim))
		return -1;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	physmem_fini(&fixture->physmem);
	sim_fini(&fixture->sim);
	free(fixture);
	return 0;
}

static void sound(const struct fixture *fixture)
{
	const char *why = physmem_check(&fixture->physmem);

	if (why)
		fail_msg("%s", why);
}

static int map(
	struct fixture *fixture, uint32_t frame, unsigned space, uint32_t page)
{
	struct mapping mapping = {
		.as = &fixture->as[space],
		.page = page,
		.translation = space * 8 + page,
		.next = 12345, /* not looked at */
	};
	int error =
		physmem_map(&fixture->physmem, frame, &mapping, PROTECT_WRITE);

	sound(fixture);
	return error;
}

static bool is_mapped(const struct fixture *fixture, unsigned space,
	uint32_t page, uint32_t frame)
{
	uint32_t entry = fixture->sim.table[space * 8 + page];

	return entry & SIM_PRESENT && (entry & SIM_FRAME) == frame;
}

static void test_bad_limits(void **state)
{
	struct physmem physmem;

	(void)state;
	assert_int_equal(
		physmem_init(&physmem, 0, 4096, 0, &physmem_sim_ops, NULL),
		-EINVAL);
	assert_int_equal(physmem_init(&physmem, FRAME_NONE, 4096, 0,
				 &physmem_sim_ops, NULL),
		-EINVAL);
}

static void test_take_and_give(void **state)
{
	struct fixture *fixture = *state;
	struct physmem *physmem = &fixture->physmem;
	bool taken[FRAMES] = {false};
	uint32_t i, frame;

	for (i = 0; i < FRAMES; i++) {
		frame = physmem_take(physmem);
		assert_true(frame < FRAMES && !taken[frame]);
		taken[frame] = true;
		assert_int_equal(physmem->resident, i + 1);
		sound(fixture);
	}
	assert_int_equal(physmem_take(physmem), FRAME_NONE);
	assert_int_equal(physmem->resident, FRAMES);
	physmem_give(physmem, 2);
	sound(fixture);
	physmem_give(physmem, 0);
	sound(fixture);
	assert_int_equal(physmem->resident, 2);
	assert_int_equal(physmem_take(physmem), 0);
	assert_int_equal(physmem_take(physmem), 2);
	assert_int_equal(physmem_take(physmem), FRAME_NONE);
	sound(fixture);
}

static void test_mappings(void **state)
{
	struct fixture *fixture = *state;
	struct physmem *physmem = &fixture->physmem;
	uint32_t a = physmem_take(physmem), b = physmem_take(physmem);

	assert_int_equal(physmem_unmap_all(physmem, a), 0);
	assert_int_equal(physmem_harvest(physmem, a), 0);
	/* the first of each frame costs nothing of the pool */
	assert_int_equal(map(fixture, a, 0, 1), 0);
	assert_int_equal(map(fixture, b, 0, 2), 0);
	assert_int_equal(map(fixture, a, 0, 3), 0);
	assert_int_equal(map(fixture, a, 1, 1), 0);
	assert_int_equal(map(fixture, b, 1, 2), 0);
	assert_int_equal(map(fixture, b, 1, 3), -ENOMEM);
	assert_false(is_mapped(fixture, 1, 3, b));
	assert_true(is_mapped(fixture, 1, 1, a));
	/* all of a: its two of the pool are free again */
	fixture->sim.table[3] |= SIM_DIRTY;
	assert_true(physmem_unmap_all(physmem, a) & BIT_DIRTY);
	sound(fixture);
	assert_false(is_mapped(fixture, 0, 1, a));
	assert_false(is_mapped(fixture, 0, 3, a));
	assert_false(is_mapped(fixture, 1, 1, a));
	assert_true(is_mapped(fixture, 0, 2, b));
	assert_int_equal(map(fixture, b, 1, 3), 0);
	assert_int_equal(map(fixture, b, 1, 4), 0);
	assert_int_equal(map(fixture, b, 1, 5), -ENOMEM);
	physmem_unmap_all(physmem, b);
	sound(fixture);
}

/* One of three goes, whichever: the others stay, and the first place of the
 * frame is never empty while it has more. */
static void test_unmap_one(void **state)
{
	struct fixture *fixture = *state;
	struct physmem *physmem = &fixture->physmem;
	uint32_t frame = physmem_take(physmem);
	unsigned gone, i;

	for (gone = 0; gone < 3; gone++) {
		for (i = 0; i < 3; i++)
			assert_int_equal(map(fixture, frame, i % 2, i), 0);
		fixture->sim.table[gone % 2 * 8 + gone] |= SIM_DIRTY;
		/* not mapped there: neither the page nor the space alone do */
		assert_int_equal(physmem_unmap(physmem, frame,
					 &fixture->as[gone % 2], gone + 4),
			0);
		assert_int_equal(physmem_unmap(physmem, frame,
					 &fixture->as[(gone + 1) % 2], gone),
			0);
		assert_int_equal(physmem_unmap(physmem, frame,
					 &fixture->as[gone % 2], gone),
			BIT_DIRTY | BIT_REFERENCED);
		sound(fixture);
		for (i = 0; i < 3; i++)
			assert_int_equal(
				is_mapped(fixture, i % 2, i, frame), i != gone);
		assert_int_equal(
			physmem_unmap_all(physmem, frame), BIT_REFERENCED);
		sound(fixture);
	}
}

static void test_harvest(void **state)
{
	struct fixture *fixture = *state;
	struct physmem *physmem = &fixture->physmem;
	uint32_t frame = physmem_take(physmem);
	unsigned i;

	for (i = 0; i < 3; i++)
		assert_int_equal(map(fixture, frame, 0, i), 0);
	assert_int_equal(physmem_harvest(physmem, frame), BIT_REFERENCED);
	assert_int_equal(physmem_harvest(physmem, frame), 0);
	for (i = 0; i < 3; i++) {
		fixture->sim.table[i] |= SIM_REFERENCED;
		assert_int_equal(
			physmem_harvest(physmem, frame), BIT_REFERENCED);
		assert_int_equal(physmem_harvest(physmem, frame), 0);
	}
	/* the dirty bit stays */
	fixture->sim.table[2] |= SIM_DIRTY;
	assert_int_equal(physmem_harvest(physmem, frame), BIT_DIRTY);
	assert_int_equal(physmem_harvest(physmem, frame), BIT_DIRTY);
	physmem_unmap_all(physmem, frame);
}

/* The check itself finds what is broken. */
static void test_check(void **state)
{
	struct fixture *fixture = *state;
	struct physmem *physmem = &fixture->physmem;
	uint32_t frame = physmem_take(physmem);

	physmem->resident++;
	assert_non_null(physmem_check(physmem));
	physmem->resident--;
	physmem->frames[physmem->free].store = (struct store *)physmem;
	assert_non_null(physmem_check(physmem));
	physmem->frames[physmem->free].store = NULL;
	assert_int_equal(map(fixture, frame, 0, 1), 0);
	assert_int_equal(map(fixture, frame, 0, 2), 0);
	physmem->frames[frame].first.next = MAPPING_NONE;
	assert_non_null(physmem_check(physmem));
	physmem->frames[frame].first.next = 0;
	assert_null(physmem_check(physmem));
	physmem->frames[frame].first.as = NULL;
	assert_non_null(physmem_check(physmem));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_limits),
		TEST(test_take_and_give),
		TEST(test_mappings),
		TEST(test_unmap_one),
		TEST(test_harvest),
		TEST(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
