/*
 * Victims that leave in batches, and what is written ahead of need, case by
 * case.  The whole machine is checked after every step.
 */
#include "mm/test/machine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void sound(struct machine *machine)
{
	const char *why = machine_check(machine);

	if (why)
		fail_msg("%s", why);
}

/* Memory 0, filled, at pages 0 .. 63 of both spaces; fifo. */
static struct machine *machine_of(struct machine_config config)
{
	struct machine *machine;
	unsigned space;

	config.policy = &policy_fifo;
	config.mappings_max = 8;
	assert_int_equal(machine_create(&config, &machine), 0);
	memory_store_fill(&machine->memory[0]);
	for (space = 0; space < MACHINE_SPACES; space++)
		assert_int_equal(
			as_map(&machine->spaces[space], 0, 64,
				machine->stores[0], 0, PROTECT_BOTH, NULL),
			0);
	return machine;
}

static void reads(struct machine *machine, unsigned space, uint64_t page)
{
	uint64_t value = 0;

	assert_int_equal(machine_read(machine, space, page, 1, &value), 0);
	assert_int_equal(value, page * 10 + 1);
	sound(machine);
}

static void writes(struct machine *machine, uint64_t page)
{
	assert_int_equal(machine_write(machine, 0, page, 1, page * 10 + 1), 0);
	sound(machine);
}

static void expect_resident(struct machine *machine, uint32_t count)
{
	assert_int_equal(machine->pager->physmem.resident, count);
}

static bool is_in(struct machine *machine, uint64_t page)
{
	return machine_frame(machine, 0, page) != NULL;
}

static void test_batch(void **state)
{
	struct machine *machine = machine_of(
		(struct machine_config){.frames = 8, .victim_batch = 4});
	uint64_t page;

	(void)state;
	for (page = 0; page < 8; page++)
		reads(machine, 0, page);
	/* one of them is mapped twice */
	reads(machine, 1, 2);
	expect_resident(machine, 8);
	/* four leave for one that comes, three of them by one call */
	reads(machine, 0, 8);
	expect_resident(machine, 5);
	assert_int_equal(machine->pager->counts.evictions, 4);
	assert_int_equal(machine->real.batches, 1);
	for (page = 0; page < 9; page++)
		assert_int_equal(is_in(machine, page), page >= 4);
	/* and nobody for the next three */
	for (page = 9; page < 12; page++)
		reads(machine, 0, page);
	assert_int_equal(machine->pager->counts.evictions, 4);
	reads(machine, 0, 12);
	assert_int_equal(machine->pager->counts.evictions, 8);
	machine_destroy(machine);
}

/* Not more than the policy has, nor what is pinned. */
static void test_batch_of_few(void **state)
{
	struct machine *machine = machine_of(
		(struct machine_config){.frames = 3, .victim_batch = 16});

	(void)state;
	reads(machine, 0, 0);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 0, 1,
				 ADVICE_PIN, 0),
		0);
	reads(machine, 0, 1);
	reads(machine, 0, 2);
	reads(machine, 0, 3);
	expect_resident(machine, 2);
	assert_true(is_in(machine, 0));
	assert_int_equal(machine->pager->counts.evictions, 2);
	machine_destroy(machine);
}

/* Dirty ones are written; those that can't be stay, and come to the others'
 * end. */
static void test_batch_of_dirty(void **state)
{
	struct machine *machine = machine_of(
		(struct machine_config){.frames = 6, .victim_batch = 4});
	struct memory_store *memory = &machine->memory[0];
	uint64_t page;

	(void)state;
	for (page = 0; page < 6; page++)
		if (page % 2)
			writes(machine, page);
		else
			reads(machine, 0, page);
	memory->pages[1].fail_out = -ENOSPC;
	reads(machine, 0, 6);
	expect_resident(machine, 4);
	assert_true(is_in(machine, 1));
	assert_int_equal(machine->pager->counts.writebacks, 1);
	assert_int_equal(machine->pager->counts.writeback_errors, 1);
	assert_int_equal(memory_store_outs(memory), 1);
	memory->pages[1].fail_out = 0;
	/* what leaves next: 4, 5, 1 and 6 */
	for (page = 7; page < 10; page++)
		reads(machine, 0, page);
	assert_false(is_in(machine, 1));
	assert_int_equal(machine->pager->counts.writebacks, 3);
	reads(machine, 0, 1);
	machine_destroy(machine);
}

/* All fail: the fault says so, and all stay. */
static void test_batch_that_fails(void **state)
{
	struct machine *machine = machine_of(
		(struct machine_config){.frames = 6, .victim_batch = 4});
	uint64_t page, value;

	(void)state;
	for (page = 0; page < 6; page++) {
		writes(machine, page);
		machine->memory[0].pages[page].fail_out = -ENOSPC;
	}
	assert_int_equal(machine_read(machine, 0, 6, 1, &value), -ENOSPC);
	sound(machine);
	expect_resident(machine, 6);
	assert_int_equal(machine->pager->counts.evictions, 0);
	for (page = 0; page < 6; page++)
		machine->memory[0].pages[page].fail_out = 0;
	reads(machine, 0, 6);
	expect_resident(machine, 3);
	machine_destroy(machine);
}

static void test_too_large(void **state)
{
	struct pager_config pager = {
		.frames = 6,
		.page_bytes = REAL_PAGE_BYTES,
		.stores_max = 1,
		.physmem_ops = &real_ops,
		.policy_ops = &policy_fifo,
		.victim_batch = BATCH_MAX + 1,
	};
	struct pager *out;

	(void)state;
	assert_int_equal(pager_create(&pager, &out), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_batch_of_few),
		cmocka_unit_test(test_batch_of_dirty),
		cmocka_unit_test(test_batch_that_fails),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
