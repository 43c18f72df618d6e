/*
 * Each advice case by case, on a whole machine that is checked after every
 * step.  Ranks show in the order of victims, under lru-hints.
 */
#include "mm/test/machine-use.h"

#include <errno.h>
#include <stdlib.h>

/* Memory 0, filled, at pages 0 .. 63 of space 0. */
static struct machine *machine_of(
	uint32_t frames, uint32_t maps_max, const struct policy_ops *policy)
{
	struct machine_config config = {
		.frames = frames,
		.mappings_max = 8,
		.maps_max = maps_max,
		.policy = policy,
	};
	struct machine *machine;

	assert_int_equal(machine_create(&config, &machine), 0);
	memory_store_fill(&machine->memory[0]);
	assert_int_equal(as_map(&machine->spaces[0], 0, 64, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	sound(machine);
	return machine;
}

static void reads_page(struct machine *machine, uint64_t page)
{
	reads(machine, 0, page, page * 10 + 1);
}

static int advise(struct machine *machine, uint64_t start, uint64_t pages,
	enum advice advice, unsigned value)
{
	int error = pager_advise(machine->pager, &machine->spaces[0], start,
		pages, advice, value);

	sound(machine);
	return error;
}

/* The pages in the order in which new ones (from 40 on) push them out. */
static void evicts(
	struct machine *machine, const uint64_t *pages, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		assert_non_null(machine_frame(machine, 0, pages[i]));
		reads_page(machine, 40 + i);
		assert_null(machine_frame(machine, 0, pages[i]));
	}
}

#define EVICTS(machine, ...)                                                   \
	evicts((machine), (const uint64_t[]){__VA_ARGS__},                     \
		sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void test_bad_calls(void **state)
{
	struct machine *machine = machine_of(4, 64, &policy_lru_hints);

	(void)state;
	assert_int_equal(
		advise(machine, 0, 1, ADVICE_PRIORITY + 1, 0), -EINVAL);
	assert_int_equal(
		advise(machine, 0, 1, ADVICE_PRIORITY, PRIORITY_MAX + 1),
		-EINVAL);
	assert_int_equal(
		advise(machine, AS_PAGES_MAX, 1, ADVICE_COLD, 0), -EINVAL);
	assert_int_equal(
		advise(machine, 1, AS_PAGES_MAX, ADVICE_COLD, 0), -EINVAL);
	assert_int_equal(
		advise(machine, 1, UINT64_MAX, ADVICE_COLD, 0), -EINVAL);
	/* nothing there, and over a gap: nothing wrong with that */
	assert_int_equal(advise(machine, 100, 5, ADVICE_COLD, 0), 0);
	assert_int_equal(advise(machine, 60, 50, ADVICE_WILL_NEED, 0), 0);
	assert_int_equal(advise(machine, 0, AS_PAGES_MAX, ADVICE_RANDOM, 0), 0);
	assert_int_equal(
		advise(machine, 0, AS_PAGES_MAX, ADVICE_SEQUENTIAL, 0), 0);
	machine_destroy(machine);
}

static void test_priority_order(void **state)
{
	struct machine *machine = machine_of(6, 64, &policy_lru_hints);
	uint64_t page;

	(void)state;
	/* new pages are the last to go */
	assert_int_equal(advise(machine, 40, 24, ADVICE_PRIORITY, 7), 0);
	assert_int_equal(advise(machine, 0, 1, ADVICE_PRIORITY, 6), 0);
	for (page = 0; page < 6; page++)
		reads_page(machine, page);
	/* some before they come in, some while they are in */
	assert_int_equal(advise(machine, 1, 1, ADVICE_PRIORITY, 5), 0);
	assert_int_equal(advise(machine, 5, 1, ADVICE_PRIORITY, 0), 0);
	assert_int_equal(advise(machine, 3, 1, ADVICE_PRIORITY, 3), 0);
	EVICTS(machine, 5, 3, 2, 4, 1, 0);
	machine_destroy(machine);
}

static void test_read_once(void **state)
{
	struct machine *machine = machine_of(7, 64, &policy_lru_hints);

	(void)state;
	assert_int_equal(advise(machine, 10, 10, ADVICE_READ_ONCE, 0), 0);
	reads_page(machine, 0);
	reads_page(machine, 1);
	/* a long scan takes no frames from others, but those of its last
	 * four pages */
	for (uint64_t page = 10; page < 20; page++)
		reads_page(machine, page);
	assert_non_null(machine_frame(machine, 0, 0));
	assert_non_null(machine_frame(machine, 0, 1));
	assert_non_null(machine_frame(machine, 0, 19));
	/* a priority takes it back; normal does too */
	assert_int_equal(advise(machine, 19, 1, ADVICE_PRIORITY, 5), 0);
	EVICTS(machine, 15, 0, 1, 16, 17);
	machine_destroy(machine);
}

static void test_cold(void **state)
{
	struct machine *machine = machine_of(4, 64, &policy_lru_hints);
	uint64_t page;

	(void)state;
	assert_int_equal(advise(machine, 40, 24, ADVICE_PRIORITY, 7), 0);
	for (page = 0; page < 4; page++)
		reads_page(machine, page);
	assert_int_equal(advise(machine, 2, 2, ADVICE_COLD, 0), 0);
	/* a soft fault is a use: page 2 is not cold any more */
	assert_int_equal(machine_fault(machine, 0, 2, PROTECT_READ), 0);
	EVICTS(machine, 3, 0, 1, 2);
	machine_destroy(machine);
}

static void test_normal(void **state)
{
	struct machine *machine = machine_of(4, 64, &policy_lru_hints);

	(void)state;
	assert_int_equal(advise(machine, 40, 24, ADVICE_PRIORITY, 7), 0);
	assert_int_equal(advise(machine, 1, 1, ADVICE_READ_ONCE, 0), 0);
	assert_int_equal(advise(machine, 2, 1, ADVICE_PRIORITY, 0), 0);
	assert_int_equal(advise(machine, 3, 1, ADVICE_PIN, 0), 0);
	for (uint64_t page = 0; page < 4; page++)
		reads_page(machine, page);
	assert_int_equal(machine->pager->pinned, 1);
	assert_int_equal(advise(machine, 0, 40, ADVICE_NORMAL, 0), 0);
	assert_int_equal(machine->pager->pinned, 0);
	EVICTS(machine, 0, 1, 2);
	machine_destroy(machine);
}

static void test_pin(void **state)
{
	struct machine *machine = machine_of(4, 64, &policy_lru_hints);
	uint64_t page;

	(void)state;
	/* one must be left to evict */
	assert_int_equal(advise(machine, 0, 4, ADVICE_PIN, 0), -ENOMEM);
	reads_page(machine, 0);
	assert_int_equal(machine->pager->pinned, 0);
	/* page 0 is in, the others are pinned as they come */
	assert_int_equal(advise(machine, 0, 3, ADVICE_PIN, 0), 0);
	assert_int_equal(machine->pager->pinned, 1);
	reads_page(machine, 1);
	writes(machine, 0, 2, 5);
	assert_int_equal(machine->pager->pinned, 3);
	assert_int_equal(advise(machine, 3, 1, ADVICE_PIN, 0), -ENOMEM);
	/* the same again is not more */
	assert_int_equal(advise(machine, 0, 3, ADVICE_PIN, 0), 0);
	/* all but one are pinned: the one serves all the others */
	for (page = 10; page < 30; page++)
		reads_page(machine, page);
	for (page = 0; page < 3; page++)
		assert_int_equal(machine_frame(machine, 0, page)->pins, 1);
	assert_int_equal(machine->pager->physmem.resident, 4);
	assert_int_equal(machine->pager->counts.evictions, 19);
	assert_int_equal(advise(machine, 1, 2, ADVICE_UNPIN, 0), 0);
	assert_int_equal(machine->pager->pinned, 1);
	for (page = 10; page < 30; page++)
		reads_page(machine, page);
	assert_non_null(machine_frame(machine, 0, 0));
	assert_null(machine_frame(machine, 0, 1));
	assert_null(machine_frame(machine, 0, 2));
	assert_int_equal(machine->memory[0].pages[2].words[1], 5);
	machine_destroy(machine);
}

/* With one frame nothing can be pinned. */
static void test_pin_of_the_only_frame(void **state)
{
	struct machine *machine = machine_of(1, 64, &policy_lru_hints);

	(void)state;
	assert_int_equal(advise(machine, 0, 1, ADVICE_PIN, 0), -ENOMEM);
	reads_page(machine, 0);
	assert_int_equal(advise(machine, 0, 1, ADVICE_PIN, 0), -ENOMEM);
	reads_page(machine, 1);
	machine_destroy(machine);
}

/* Two ranges that each fit and together do not: pages are pinned as they
 * come, as long as there is room, and pinning again does not pass that. */
static void test_pins_that_are_promised_twice(void **state)
{
	struct machine *machine = machine_of(4, 64, &policy_lru_hints);
	uint64_t page;

	(void)state;
	assert_int_equal(advise(machine, 0, 3, ADVICE_PIN, 0), 0);
	assert_int_equal(advise(machine, 10, 3, ADVICE_PIN, 0), 0);
	for (page = 0; page < 3; page++)
		reads_page(machine, page);
	reads_page(machine, 10);
	assert_int_equal(machine->pager->pinned, 3);
	assert_int_equal(advise(machine, 10, 3, ADVICE_PIN, 0), -ENOMEM);
	assert_int_equal(machine->pager->pinned, 3);
	reads_page(machine, 11);
	reads_page(machine, 12);
	machine_destroy(machine);
}

/* A pin goes with the map that made it, unless another made it too. */
static void test_unmap_unpins(void **state)
{
	struct machine *machine = machine_of(4, 64, &policy_lru_hints);
	struct as *other = &machine->spaces[1];
	uint64_t page;

	(void)state;
	assert_int_equal(
		as_map(other, 0, 1, machine->stores[0], 0, PROTECT_READ, NULL),
		0);
	assert_int_equal(
		pager_advise(machine->pager, other, 0, 1, ADVICE_PIN, 0), 0);
	assert_int_equal(advise(machine, 0, 2, ADVICE_PIN, 0), 0);
	reads_page(machine, 0);
	reads_page(machine, 1);
	assert_int_equal(machine->pager->pinned, 2);
	assert_int_equal(
		pager_unmap(machine->pager, &machine->spaces[0], 0, 2), 0);
	sound(machine);
	assert_int_equal(machine->pager->pinned, 1);
	for (page = 10; page < 20; page++)
		reads_page(machine, page);
	assert_non_null(machine_frame(machine, 0, 0));
	assert_null(machine_frame(machine, 0, 1));
	assert_int_equal(pager_unmap(machine->pager, other, 0, 1), 0);
	sound(machine);
	assert_int_equal(machine->pager->pinned, 0);
	machine_destroy(machine);
}

static void test_dont_need(void **state)
{
	struct machine *machine = machine_of(8, 64, &policy_lru_hints);

	(void)state;
	assert_int_equal(advise(machine, 3, 1, ADVICE_PIN, 0), 0);
	writes(machine, 0, 0, 100);
	reads_page(machine, 1);
	writes(machine, 0, 2, 102);
	writes(machine, 0, 3, 103);
	writes(machine, 0, 4, 104);
	machine->memory[0].pages[0].fail_out = -EIO;
	/* a page that cannot be written is kept, the others go */
	assert_int_equal(advise(machine, 0, 4, ADVICE_DONT_NEED, 0), -EIO);
	assert_non_null(machine_frame(machine, 0, 0));
	assert_null(machine_frame(machine, 0, 1));
	assert_null(machine_frame(machine, 0, 2));
	assert_non_null(machine_frame(machine, 0, 3)); /* pinned */
	assert_non_null(machine_frame(machine, 0, 4)); /* not meant */
	assert_int_equal(machine->memory[0].pages[2].words[1], 102);
	assert_int_equal(machine->pager->counts.drop_writebacks, 1);
	machine->memory[0].pages[0].fail_out = 0;
	assert_int_equal(advise(machine, 0, 4, ADVICE_DONT_NEED, 0), 0);
	assert_null(machine_frame(machine, 0, 0));
	assert_int_equal(machine->memory[0].pages[0].words[1], 100);
	assert_int_equal(machine->pager->counts.drop_writebacks, 2);
	assert_int_equal(machine->pager->counts.evictions, 0);
	assert_int_equal(machine->pager->physmem.resident, 2);
	machine_destroy(machine);
}

static void test_will_need(void **state)
{
	struct machine *machine = machine_of(4, 64, &policy_lru_hints);
	uint64_t value;

	(void)state;
	assert_int_equal(advise(machine, 2, 3, ADVICE_WILL_NEED, 0), 0);
	assert_int_equal(machine->pager->counts.prefetches, 3);
	assert_int_equal(machine->pager->counts.hard_faults, 0);
	/* they are mapped: not even a soft fault */
	reads_page(machine, 3);
	assert_false(machine->faulted);
	assert_int_equal(machine->pager->counts.soft_faults, 0);
	/* what is in and dirty stays so */
	writes(machine, 0, 4, 5);
	assert_int_equal(advise(machine, 2, 3, ADVICE_WILL_NEED, 0), 0);
	assert_int_equal(machine->pager->counts.prefetches, 3);
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(machine->memory[0].pages[4].words[1], 5);
	/* one cannot be read, the others come; a bad page is no bad fault */
	machine->memory[0].pages[11].fail_in = -EIO;
	assert_int_equal(advise(machine, 10, 3, ADVICE_WILL_NEED, 0), -EIO);
	assert_non_null(machine_frame(machine, 0, 10));
	assert_non_null(machine_frame(machine, 0, 12));
	assert_int_equal(machine->pager->counts.bad_faults, 0);
	assert_int_equal(machine_read(machine, 0, 11, 1, &value), -EIO);
	/* more than there are frames: the first ones are in */
	assert_int_equal(advise(machine, 20, 20, ADVICE_WILL_NEED, 0), 0);
	for (value = 20; value < 24; value++)
		assert_non_null(machine_frame(machine, 0, value));
	assert_int_equal(machine->pager->physmem.resident, 4);
	machine_destroy(machine);
}

/* Whatever the policy: no frame of a higher rank makes way, nor one that is
 * needed, and that is all if the policy names such a one; a victim that can't
 * be written back stays, and that is told. */
static void will_need_spares(const struct policy_ops *policy)
{
	struct machine *machine = machine_of(4, 64, policy);
	const struct pager_counts *counts = &machine->pager->counts;
	uint64_t page;

	assert_int_equal(advise(machine, 0, 4, ADVICE_PRIORITY, 5), 0);
	for (page = 0; page < 4; page++)
		writes(machine, 0, page, 100 + page);
	assert_int_equal(advise(machine, 10, 4, ADVICE_WILL_NEED, 0), 0);
	assert_int_equal(counts->prefetches, 0);
	/* as high as they are */
	assert_int_equal(advise(machine, 10, 4, ADVICE_PRIORITY, 5), 0);
	for (page = 0; page < 4; page++)
		machine->memory[0].pages[page].fail_out = -EIO;
	assert_int_equal(advise(machine, 10, 4, ADVICE_WILL_NEED, 0), -EIO);
	assert_int_equal(counts->prefetches, 0);
	assert_int_equal(machine->pager->physmem.resident, 4);
	for (page = 0; page < 4; page++)
		machine->memory[0].pages[page].fail_out = 0;
	assert_int_equal(advise(machine, 10, 2, ADVICE_WILL_NEED, 0), 0);
	assert_int_equal(counts->evictions, counts->prefetches);
	assert_int_equal(counts->writebacks, counts->prefetches);
	assert_non_null(machine_frame(machine, 0, 10));
	assert_int_equal(
		1 + !!machine_frame(machine, 0, 11), counts->prefetches);
	if (policy == &policy_lru || policy == &policy_fifo)
		assert_int_equal(counts->prefetches, 2);
	machine_destroy(machine);
}

static void test_will_need_spares(void **state)
{
	const struct policy_ops *policy;
	unsigned i;

	(void)state;
	for (i = 0; (policy = policy_at(i)); i++)
		will_need_spares(policy);
}

/* Each policy takes each advice, whether it can make use of it or not. */
static void every_advice(const struct policy_ops *policy)
{
	static const enum advice advices[] = {ADVICE_READ_ONCE, ADVICE_COLD,
		ADVICE_PIN, ADVICE_UNPIN, ADVICE_PRIORITY, ADVICE_WILL_NEED,
		ADVICE_DONT_NEED, ADVICE_NORMAL};
	struct machine *machine = machine_of(4, 64, policy);
	uint64_t page;
	unsigned i;

	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		for (page = 0; page < 5; page++)
			reads_page(machine, page);
		assert_int_equal(advise(machine, 1, 3, advices[i], 1), 0);
	}
	machine_destroy(machine);
}

static void test_every_policy(void **state)
{
	const struct policy_ops *policy;
	unsigned i;

	(void)state;
	for (i = 0; (policy = policy_at(i)); i++)
		every_advice(policy);
}

/* No room for the maps that a split makes: nothing is done. */
static void test_too_many_maps(void **state)
{
	struct machine *machine = machine_of(8, 2, &policy_lru_hints);
	struct as *as = &machine->spaces[0];

	(void)state;
	reads_page(machine, 4);
	assert_int_equal(advise(machine, 2, 4, ADVICE_PIN, 0), -ENOMEM);
	assert_int_equal(machine->pager->pinned, 0);
	assert_int_equal(pager_unmap(machine->pager, as, 3, 4), -ENOMEM);
	sound(machine);
	reads_page(machine, 4);
	assert_int_equal(as->maps_count, 1);
	/* one split there is room for, and it stays only where it is needed */
	assert_int_equal(advise(machine, 2, 62, ADVICE_PIN, 0), -ENOMEM);
	assert_int_equal(advise(machine, 2, 62, ADVICE_COLD, 0), 0);
	assert_int_equal(as->maps_count, 1);
	assert_int_equal(advise(machine, 2, 62, ADVICE_READ_ONCE, 0), 0);
	assert_int_equal(as->maps_count, 2);
	assert_int_equal(advise(machine, 2, 62, ADVICE_NORMAL, 0), 0);
	assert_int_equal(as->maps_count, 1);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_calls),
		cmocka_unit_test(test_priority_order),
		cmocka_unit_test(test_read_once),
		cmocka_unit_test(test_cold),
		cmocka_unit_test(test_normal),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_pin_of_the_only_frame),
		cmocka_unit_test(test_pins_that_are_promised_twice),
		cmocka_unit_test(test_unmap_unpins),
		cmocka_unit_test(test_dont_need),
		cmocka_unit_test(test_will_need),
		cmocka_unit_test(test_will_need_spares),
		cmocka_unit_test(test_every_policy),
		cmocka_unit_test(test_too_many_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
