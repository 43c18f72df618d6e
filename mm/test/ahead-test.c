/*
 * Reading ahead: the window, what makes way for it, and that nothing which
 * is hotter does.
 */
#include "mm/test/machine-use.h"

#include <errno.h>
#include <stdlib.h>

enum { HOT = 8, HOT_START = 200, SCAN = 120 };

/* Memory 0, filled, at pages 0 .. 119 of space 0; memory 1 from 200 on. */
static struct machine *machine_of(uint32_t frames, uint32_t read_ahead_max,
	const struct policy_ops *policy)
{
	struct machine_config config = {
		.frames = frames,
		.mappings_max = 8,
		.policy = policy,
		.bit_at_load = true,
		.read_ahead_max = read_ahead_max,
	};
	struct machine *machine;

	assert_int_equal(machine_create(&config, &machine), 0);
	memory_store_fill(&machine->memory[0]);
	assert_int_equal(as_map(&machine->spaces[0], 0, SCAN,
				 machine->stores[0], 0, PROTECT_BOTH, NULL),
		0);
	assert_int_equal(as_map(&machine->spaces[0], HOT_START, HOT,
				 machine->stores[1], 0, PROTECT_BOTH, NULL),
		0);
	return machine;
}

static void advise(struct machine *machine, uint64_t pages, enum advice advice)
{
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 0,
				 pages, advice, 0),
		0);
}

static void reads_page(struct machine *machine, uint64_t page)
{
	reads(machine, 0, page, page < SCAN ? page * 10 + 1 : 0);
}

static void test_window(void **state)
{
	struct machine *machine = machine_of(200, 16, NULL);
	struct pager_counts *counts = &machine->pager->counts;
	unsigned i;

	(void)state;
	advise(machine, SCAN, ADVICE_SEQUENTIAL);
	reads_page(machine, 0);
	assert_int_equal(counts->prefetches, 4); /* 1 .. 4 */
	reads_page(machine, 1);
	assert_int_equal(machine->kind, FAULT_SOFT);
	assert_int_equal(counts->prefetches, 12); /* .. 12 */
	for (i = 2; i < 5; i++)
		reads_page(machine, i);
	assert_int_equal(counts->prefetches, 12);
	reads_page(machine, 5);
	assert_int_equal(counts->prefetches, 28); /* .. 28 */
	reads_page(machine, 13);
	assert_int_equal(counts->prefetches, 44); /* 16 is the most */
	for (i = 14; i < SCAN; i++)
		reads_page(machine, i);
	assert_int_equal(counts->hard_faults, 1);
	/* not past the map's end */
	assert_int_equal(counts->prefetches, SCAN - 1);
	assert_int_equal(counts->soft_faults + counts->hard_faults, SCAN - 7);
	machine_destroy(machine);
}

/* Nothing is read ahead where that was not asked for, or was taken back. */
static void test_other_advice(void **state)
{
	static const enum advice takes_back[] = {
		ADVICE_NORMAL, ADVICE_RANDOM, ADVICE_PIN};
	struct machine *machine;
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		machine = machine_of(200, 16, NULL);
		reads_page(machine, 0);
		advise(machine, SCAN, ADVICE_SEQUENTIAL);
		advise(machine, SCAN, takes_back[i]);
		reads_page(machine, 20);
		assert_int_equal(machine->pager->counts.prefetches, 0);
		machine_destroy(machine);
	}
	machine = machine_of(200, 0, NULL);
	advise(machine, SCAN, ADVICE_SEQUENTIAL);
	reads_page(machine, 0);
	assert_int_equal(machine->pager->counts.prefetches, 0);
	machine_destroy(machine);
}

/* Pages that go unused halve the window; a page that can't be read ends it
 * and is nobody's error but of who needs it. */
static void test_unused_and_errors(void **state)
{
	struct machine *machine = machine_of(200, 16, NULL);
	struct map *map = as_find(&machine->spaces[0], 0);
	uint64_t value;

	(void)state;
	advise(machine, SCAN, ADVICE_SEQUENTIAL);
	reads_page(machine, 0);
	reads_page(machine, 1);
	assert_int_equal(map->ahead_window, 8);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 2, 1,
				 ADVICE_DONT_NEED, 0),
		0);
	assert_int_equal(as_find(&machine->spaces[0], 2)->ahead_window, 4);
	machine->memory[0].pages[52].fail_in = -EIO;
	reads_page(machine, 50);
	assert_non_null(machine_frame(machine, 0, 51));
	assert_null(machine_frame(machine, 0, 52));
	assert_null(machine_frame(machine, 0, 53));
	assert_int_equal(machine_read(machine, 0, 52, 1, &value), -EIO);
	sound(machine);
	machine->memory[0].pages[52].fail_in = 0;
	reads_page(machine, 52);
	machine_destroy(machine);
}

/* With no frame free it is the pages behind that make way, the dirty ones
 * with their data; those that another space has mapped do not, and none that
 * is pinned. */
static void test_behind(void **state)
{
	struct machine *machine = machine_of(8, 4, NULL);
	struct pager_counts *counts = &machine->pager->counts;
	uint64_t value;
	unsigned i;

	(void)state;
	assert_int_equal(as_map(&machine->spaces[1], 0, 8, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	for (i = 0; i < 8; i++)
		assert_int_equal(machine_write(machine, 0, i, 2, 100 + i), 0);
	assert_int_equal(machine_read(machine, 1, 1, 1, &value), 0);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[1], 2, 1,
				 ADVICE_PIN, 0),
		0);
	advise(machine, SCAN, ADVICE_SEQUENTIAL);
	reads_page(machine, 8); /* evicts one, and 9 .. 12 take four */
	assert_int_equal(counts->evictions, 1);
	assert_int_equal(counts->prefetches, 4);
	assert_int_equal(counts->writebacks + counts->drop_writebacks, 5);
	assert_non_null(machine_frame(machine, 0, 1));
	for (i = 9; i < SCAN; i++)
		reads_page(machine, i);
	assert_true(counts->hard_faults < 60);
	assert_true(machine_frame(machine, 0, 2)->pins);
	for (i = 0; i < 8; i++) {
		assert_int_equal(machine_read(machine, 0, i, 2, &value), 0);
		assert_int_equal(value, 100 + i);
	}
	machine_destroy(machine);
}

/*
 * A scan beside hot pages.  No fault takes more than its own victim, and
 * none if the data was in a frame: reading ahead evicts nothing by the
 * policy's choice.  Returns the hot pages' faults.
 */
static uint64_t scan(struct machine *machine)
{
	const struct pager_counts *counts = &machine->pager->counts;
	uint64_t faults = 0, before;
	unsigned round, i, j;

	for (round = 0; round < 3; round++)
		for (i = 0; i < SCAN; i++) {
			before = counts->evictions;
			reads_page(machine, i);
			before = counts->evictions - before;
			assert_true(
				before <= (machine->faulted &&
						  machine->kind != FAULT_SOFT));
			for (j = 0; j < HOT && i % 4 == 0; j++) {
				before = counts->zero_faults;
				reads_page(machine, HOT_START + j);
				faults += counts->zero_faults - before;
			}
		}
	return faults;
}

/* By age: the scan has fewer faults of its own, and takes fewer hot frames. */
static void test_hot_pages_stay(void **state)
{
	static const struct policy_ops *const policies[] = {&policy_fifo,
		&policy_clock, &policy_lru, &policy_lru_hints, &policy_opt};
	uint64_t plain, ahead;
	struct machine *machine;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		machine = machine_of(14, 4, policies[i]);
		plain = scan(machine);
		assert_int_equal(machine->pager->counts.hard_faults, 3 * SCAN);
		machine_destroy(machine);
		machine = machine_of(14, 4, policies[i]);
		advise(machine, SCAN, ADVICE_SEQUENTIAL);
		ahead = scan(machine);
		assert_true(ahead < plain);
		assert_true(machine->pager->counts.hard_faults < 3 * SCAN / 2);
		machine_destroy(machine);
	}
}

/* What `scan` asserts, whatever the policy. */
static void test_scan_by_every_policy(void **state)
{
	const struct policy_ops *policy;
	struct machine *machine;
	unsigned i;

	(void)state;
	for (i = 0; (policy = policy_at(i)); i++) {
		machine = machine_of(14, 4, policy);
		advise(machine, SCAN, ADVICE_SEQUENTIAL);
		(void)scan(machine);
		machine_destroy(machine);
	}
}

/* What was read ahead may have been of a part that is unmapped by now. */
static void test_end_that_is_gone(void **state)
{
	struct machine *machine = machine_of(200, 16, NULL);
	struct pager_counts *counts = &machine->pager->counts;
	unsigned i;

	(void)state;
	advise(machine, SCAN, ADVICE_SEQUENTIAL);
	reads_page(machine, 0);
	reads_page(machine, 1);
	assert_int_equal(counts->prefetches, 12); /* .. 12 */
	assert_int_equal(
		pager_unmap(machine->pager, &machine->spaces[0], 9, SCAN - 9),
		0);
	for (i = 2; i < 9; i++)
		reads_page(machine, i);
	assert_int_equal(counts->prefetches, 12);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_end_that_is_gone),
		cmocka_unit_test(test_other_advice),
		cmocka_unit_test(test_unused_and_errors),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_hot_pages_stay),
		cmocka_unit_test(test_scan_by_every_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
