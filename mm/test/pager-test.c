/*
 * The fault path case by case: every kind of fault, what eviction does to
 * mappings and dirty data, and what is left after each failure.  The whole
 * machine is checked after every step.
 */
#include "mm/test/machine-use.h"

#include <errno.h>
#include <stdlib.h>

static struct machine *machine_of(const struct machine_config *config)
{
	struct machine *machine;

	assert_int_equal(machine_create(config, &machine), 0);
	sound(machine);
	return machine;
}

/* Memory 0, filled, at pages 0 .. 63 of space 0. */
static struct machine *simple_machine(uint32_t frames)
{
	struct machine_config config = {.frames = frames, .mappings_max = 8};
	struct machine *machine = machine_of(&config);

	memory_store_fill(&machine->memory[0]);
	assert_int_equal(as_map(&machine->spaces[0], 0, 64, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	return machine;
}

static void test_hard_fault(void **state)
{
	struct machine *machine = simple_machine(4);

	(void)state;
	reads(machine, 0, 3, 31);
	assert_true(machine->faulted);
	assert_int_equal(machine->kind, FAULT_HARD);
	reads(machine, 0, 3, 31);
	assert_false(machine->faulted);
	assert_int_equal(machine->pager->counts.hard_faults, 1);
	assert_int_equal(machine->pager->counts.zero_faults, 0);
	assert_int_equal(machine->pager->counts.soft_faults, 0);
	assert_int_equal(machine->pager->physmem.resident, 1);
	machine_destroy(machine);
}

static void test_zero_fault(void **state)
{
	struct machine_config config = {.frames = 1};
	struct machine *machine = machine_of(&config);

	(void)state;
	assert_int_equal(as_map(&machine->spaces[0], 0, 2, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	reads(machine, 0, 0, 0);
	assert_int_equal(machine->kind, FAULT_ZERO);
	writes(machine, 0, 1, 7);
	assert_int_equal(machine->kind, FAULT_ZERO);
	/* page 0 was never dirty: it is still zeros, not data */
	reads(machine, 0, 0, 0);
	assert_int_equal(machine->kind, FAULT_ZERO);
	/* page 1 was written back */
	reads(machine, 0, 1, 7);
	assert_int_equal(machine->kind, FAULT_HARD);
	assert_int_equal(machine->pager->counts.zero_faults, 3);
	assert_int_equal(machine->pager->counts.hard_faults, 1);
	machine_destroy(machine);
}

/* nru asks which pages are dirty.  Two are, and are used all the time; so they
 * stay, and of the others each can go without a write. */
static void test_dirty_bits(void **state)
{
	struct machine_config config = {
		.policy = &policy_nru, .frames = 4, .mappings_max = 8};
	struct machine *machine;
	unsigned tracked;
	uint64_t page;

	(void)state;
	for (tracked = 0; tracked < 2; tracked++) {
		config.track_writes = tracked;
		machine = machine_of(&config);
		memory_store_fill(&machine->memory[0]);
		assert_int_equal(
			as_map(&machine->spaces[0], 0, 64, machine->stores[0],
				0, PROTECT_BOTH, NULL),
			0);
		writes(machine, 0, 0, 5);
		writes(machine, 0, 1, 6);
		for (page = 2; page < 64; page++) {
			reads(machine, 0, page, 10 * page + 1);
			reads(machine, 0, 0, 5);
			reads(machine, 0, 1, 6);
		}
		assert_int_equal(machine->pager->counts.hard_faults, 64);
		assert_int_equal(machine->pager->counts.writebacks, 0);
		machine_destroy(machine);
	}
}

static void test_soft_fault(void **state)
{
	struct machine *machine = simple_machine(4);

	(void)state;
	/* the same store a second time, and in the other space */
	assert_int_equal(as_map(&machine->spaces[0], 100, 8, machine->stores[0],
				 2, PROTECT_READ, NULL),
		0);
	assert_int_equal(as_map(&machine->spaces[1], 0, 8, machine->stores[0],
				 0, PROTECT_READ, NULL),
		0);
	reads(machine, 0, 3, 31);
	reads(machine, 0, 101, 31);
	assert_int_equal(machine->kind, FAULT_SOFT);
	reads(machine, 1, 3, 31);
	assert_int_equal(machine->kind, FAULT_SOFT);
	assert_int_equal(machine->pager->physmem.resident, 1);
	assert_int_equal(machine->pager->counts.soft_faults, 2);
	assert_int_equal(machine->pager->counts.hard_faults, 1);
	machine_destroy(machine);
}

static void test_bad_faults(void **state)
{
	struct machine *machine = simple_machine(4);
	uint64_t value;

	(void)state;
	assert_int_equal(as_map(&machine->spaces[0], 70, 4, machine->stores[0],
				 0, PROTECT_READ, NULL),
		0);
	assert_int_equal(machine_read(machine, 0, 64, 0, &value), -EFAULT);
	assert_int_equal(machine_read(machine, 0, 74, 0, &value), -EFAULT);
	assert_int_equal(machine_read(machine, 1, 0, 0, &value), -EFAULT);
	assert_int_equal(machine_write(machine, 0, 70, 0, 1), -EACCES);
	assert_int_equal(
		machine_fault(machine, 0, 70, PROTECT_EXECUTE), -EACCES);
	assert_int_equal(machine->pager->counts.bad_faults, 5);
	assert_int_equal(machine->pager->physmem.resident, 0);
	sound(machine);
	/* against its protection also when it is there */
	reads(machine, 0, 70, 1);
	assert_int_equal(machine_write(machine, 0, 70, 0, 1), -EACCES);
	reads(machine, 0, 70, 1);
	/* a map that can be executed only */
	assert_int_equal(as_map(&machine->spaces[1], 0, 1, machine->stores[0],
				 0, PROTECT_EXECUTE, NULL),
		0);
	assert_int_equal(machine_fault(machine, 1, 0, PROTECT_EXECUTE), 0);
	assert_int_equal(machine_read(machine, 1, 0, 0, &value), -EACCES);
	sound(machine);
	machine_destroy(machine);
}

/* Two threads may fault on one page: the second finds it mapped, and what
 * was written in between must be kept. */
static void test_fault_on_a_mapped_page(void **state)
{
	struct machine *machine = simple_machine(1);

	(void)state;
	writes(machine, 0, 3, 5);
	assert_int_equal(machine_fault(machine, 0, 3, PROTECT_WRITE), 0);
	assert_int_equal(machine->kind, FAULT_SOFT);
	sound(machine);
	reads(machine, 0, 4, 41);
	assert_int_equal(machine->pager->counts.writebacks, 1);
	reads(machine, 0, 3, 5);
	machine_destroy(machine);
}

static void test_limit_of_one_frame(void **state)
{
	struct machine *machine = simple_machine(1);
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++)
		writes(machine, 0, i % 3, i);
	for (i = 0; i < 3; i++)
		reads(machine, 0, i, i < 2 ? 18 + i : 17);
	assert_int_equal(machine->pager->counts.hard_faults, 23);
	assert_int_equal(machine->pager->counts.evictions, 22);
	assert_int_equal(machine->pager->counts.writebacks, 20);
	machine_destroy(machine);
}

/* One store twice in a space and once in the other: three mappings. */
static struct machine *shared_machine(uint32_t frames, uint32_t mappings_max)
{
	struct machine_config config = {
		.frames = frames, .mappings_max = mappings_max};
	struct machine *machine = machine_of(&config);

	memory_store_fill(&machine->memory[0]);
	assert_int_equal(as_map(&machine->spaces[0], 0, 8, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	assert_int_equal(as_map(&machine->spaces[0], 20, 8, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	assert_int_equal(as_map(&machine->spaces[1], 40, 8, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	return machine;
}

static void test_eviction_unmaps_all(void **state)
{
	struct machine *machine = shared_machine(2, 4);

	(void)state;
	reads(machine, 0, 1, 11);
	reads(machine, 0, 21, 11);
	reads(machine, 1, 41, 11);
	assert_int_equal(machine->real.mapped, 3);
	reads(machine, 0, 2, 21);
	reads(machine, 0, 3, 31); /* page 1 goes */
	assert_null(machine_frame(machine, 0, 1));
	assert_int_equal(machine->real.mapped, 2);
	assert_int_equal(real_frame(&machine->real, &machine->spaces[0], 21),
		FRAME_NONE);
	assert_int_equal(real_frame(&machine->real, &machine->spaces[1], 41),
		FRAME_NONE);
	machine_destroy(machine);
}

/* Dirty through any of the mappings, first or later ones. */
static void test_dirty_through_any_mapping(void **state)
{
	static const struct {
		unsigned space;
		uint64_t base;
	} views[] = {{0, 0}, {0, 20}, {1, 40}};
	unsigned writer, first, i;

	(void)state;
	for (writer = 0; writer < 3; writer++)
		for (first = 0; first < 3; first++) {
			struct machine *machine = shared_machine(1, 4);

			for (i = 0; i < 3; i++)
				reads(machine, views[(first + i) % 3].space,
					views[(first + i) % 3].base + 1, 11);
			writes(machine, views[writer].space,
				views[writer].base + 1, 99);
			reads(machine, 0, 2, 21);
			assert_int_equal(machine->pager->counts.writebacks, 1);
			assert_int_equal(machine->memory[0].pages[1].outs, 1);
			for (i = 0; i < 3; i++)
				reads(machine, views[i].space,
					views[i].base + 1, 99);
			machine_destroy(machine);
		}
}

static uint32_t number_of(struct machine *machine, uint64_t offset)
{
	struct frame *frame = machine_frame(machine, 0, offset);

	assert_non_null(frame);
	return frame - machine->pager->physmem.frames;
}

/* Who else than the policy decides what goes: as if the policy had. */
static void test_evict_frame(void **state)
{
	struct machine *machine = shared_machine(4, 4);
	struct pager *pager = machine->pager;

	(void)state;
	reads(machine, 0, 1, 11);
	writes(machine, 0, 2, 77);
	reads(machine, 1, 42, 77);
	assert_int_equal(pager_evict_frame(pager, number_of(machine, 1)), 0);
	sound(machine);
	assert_null(machine_frame(machine, 0, 1));
	assert_int_equal(pager->counts.evictions, 1);
	assert_int_equal(pager->counts.writebacks, 0);
	/* a dirty one stays if it can't be written */
	machine->memory[0].pages[2].fail_out = -EIO;
	assert_int_equal(pager_evict_frame(pager, number_of(machine, 2)), -EIO);
	sound(machine);
	reads(machine, 0, 2, 77);
	machine->memory[0].pages[2].fail_out = 0;
	assert_int_equal(pager_evict_frame(pager, number_of(machine, 2)), 0);
	sound(machine);
	assert_int_equal(pager->counts.evictions, 2);
	assert_int_equal(pager->counts.writebacks, 1);
	assert_int_equal(machine->real.mapped, 0);
	reads(machine, 1, 42, 77);
	machine_destroy(machine);
}

/* A fault is never refused because others map the page too: without room
 * for one more mapping the page moves from map to map. */
static void test_mappings_used_up(void **state)
{
	struct machine *machine = shared_machine(4, 1);

	(void)state;
	writes(machine, 0, 1, 5);
	reads(machine, 0, 21, 5);
	reads(machine, 1, 41, 5);
	assert_int_equal(machine->kind, FAULT_SOFT);
	reads(machine, 0, 1, 5);
	reads(machine, 0, 2, 21);
	reads(machine, 0, 22, 21);
	reads(machine, 1, 42, 21);
	assert_int_equal(machine->pager->physmem.resident, 2);
	/* what was dirty through a mapping that had to go is still so */
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(machine->memory[0].pages[1].outs, 1);
	machine_destroy(machine);

	machine = shared_machine(4, 0);
	writes(machine, 0, 1, 5);
	reads(machine, 0, 21, 5);
	reads(machine, 1, 41, 5);
	assert_int_equal(machine->real.mapped, 1);
	machine_destroy(machine);
}

static void test_clean_frames_are_not_written(void **state)
{
	struct machine *machine = simple_machine(2);
	unsigned i;

	(void)state;
	for (i = 0; i < 16; i++)
		if (i % 4)
			reads(machine, 0, i, i * 10 + 1);
		else
			writes(machine, 0, i, i);
	assert_int_equal(machine->pager->counts.evictions, 14);
	assert_int_equal(machine->pager->counts.writebacks, 4);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 4);
	/* written back once: clean when it comes in again */
	reads(machine, 0, 0, 0);
	reads(machine, 0, 1, 11);
	reads(machine, 0, 2, 21);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 4);
	machine_destroy(machine);
}

static void test_failed_page_in(void **state)
{
	struct machine *machine = simple_machine(2);
	uint64_t value;
	unsigned i;

	(void)state;
	reads(machine, 0, 1, 11);
	machine->memory[0].pages[2].fail_in = -EIO;
	for (i = 0; i < 8; i++) {
		assert_int_equal(machine_read(machine, 0, 2, 1, &value), -EIO);
		assert_null(machine_frame(machine, 0, 2));
		sound(machine);
	}
	assert_int_equal(machine->pager->physmem.resident, 1);
	/* also with no frame free: the victim is gone, its frame is free */
	reads(machine, 0, 3, 31);
	assert_int_equal(machine_read(machine, 0, 2, 1, &value), -EIO);
	sound(machine);
	assert_int_equal(machine->pager->physmem.resident, 1);
	assert_int_equal(machine->pager->counts.hard_faults, 2);
	machine->memory[0].pages[2].fail_in = 0;
	reads(machine, 0, 2, 21);
	machine_destroy(machine);
}

/* One dirty page cannot be written: it stays, and another one goes; if the
 * policy ever names it, as those by age must. */
static void failed_write_back(const struct policy_ops *policy)
{
	struct machine_config config = {
		.frames = 4, .mappings_max = 8, .policy = policy};
	struct machine *machine = machine_of(&config);
	unsigned i;

	memory_store_fill(&machine->memory[0]);
	assert_int_equal(as_map(&machine->spaces[0], 0, 64, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	machine->memory[0].pages[0].fail_out = -EIO;
	writes(machine, 0, 0, 77);
	for (i = 1; i < 40; i++) {
		reads(machine, 0, i, i * 10 + 1);
		assert_non_null(machine_frame(machine, 0, 0));
	}
	if (policy == &policy_lru || policy == &policy_fifo)
		assert_true(machine->pager->counts.writeback_errors > 0);
	assert_int_equal(machine->pager->counts.writebacks, 0);
	reads(machine, 0, 0, 77);
	machine->memory[0].pages[0].fail_out = 0;
	for (i = 1; i < 40; i++)
		reads(machine, 0, i, i * 10 + 1);
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(machine->memory[0].pages[0].outs, 1);
	assert_int_equal(machine->memory[0].pages[0].words[1], 77);
	machine_destroy(machine);
}

static void test_failed_write_back(void **state)
{
	const struct policy_ops *policy;
	unsigned i;

	(void)state;
	for (i = 0; (policy = policy_at(i)); i++)
		failed_write_back(policy);
}

/* The victim of the lowest rank fails: one of a higher rank goes. */
static void test_failed_write_back_of_a_cold_page(void **state)
{
	struct machine_config config = {
		.frames = 4, .mappings_max = 8, .policy = &policy_lru_hints};
	struct machine *machine = machine_of(&config);
	unsigned i;

	(void)state;
	memory_store_fill(&machine->memory[0]);
	assert_int_equal(as_map(&machine->spaces[0], 0, 64, machine->stores[0],
				 0, PROTECT_BOTH, NULL),
		0);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 0, 1,
				 ADVICE_READ_ONCE, 0),
		0);
	machine->memory[0].pages[0].fail_out = -EIO;
	writes(machine, 0, 0, 77);
	for (i = 1; i < 10; i++) {
		reads(machine, 0, i, i * 10 + 1);
		assert_non_null(machine_frame(machine, 0, 0));
	}
	machine_destroy(machine);
}

/* The errors of a store are its own: the pager takes none for a sign. */
static void test_a_store_that_says_again(void **state)
{
	struct machine *machine = simple_machine(2);
	uint64_t value;
	unsigned i;

	(void)state;
	machine->memory[0].pages[2].fail_in = -EAGAIN;
	assert_int_equal(machine_read(machine, 0, 2, 1, &value), -EAGAIN);
	sound(machine);
	assert_int_equal(machine->pager->physmem.resident, 0);
	for (i = 0; i < 2; i++) {
		machine->memory[0].pages[i].fail_out = -EAGAIN;
		writes(machine, 0, i, 50 + i);
	}
	assert_int_equal(machine_read(machine, 0, 9, 1, &value), -EAGAIN);
	sound(machine);
	for (i = 0; i < 2; i++) {
		machine->memory[0].pages[i].fail_out = 0;
		reads(machine, 0, i, 50 + i);
	}
	reads(machine, 0, 9, 91);
	machine_destroy(machine);
}

static void test_every_write_back_fails(void **state)
{
	struct machine *machine = simple_machine(3);
	uint64_t value;
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		machine->memory[0].pages[i].fail_out = -ENOSPC;
		writes(machine, 0, i, 50 + i);
	}
	for (i = 0; i < 5; i++) {
		assert_int_equal(
			machine_read(machine, 0, 9, 1, &value), -ENOSPC);
		sound(machine);
	}
	assert_int_equal(machine->pager->physmem.resident, 3);
	assert_int_equal(machine->pager->counts.hard_faults, 3);
	for (i = 0; i < 3; i++)
		reads(machine, 0, i, 50 + i);
	/* one can be written again */
	machine->memory[0].pages[1].fail_out = 0;
	reads(machine, 0, 9, 91);
	assert_null(machine_frame(machine, 0, 1));
	assert_int_equal(machine->memory[0].pages[1].words[1], 51);
	machine_destroy(machine);
}

static void test_flush(void **state)
{
	struct machine *machine = simple_machine(8);
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++)
		if (i % 2)
			reads(machine, 0, i, i * 10 + 1);
		else
			writes(machine, 0, i, i + 100);
	machine->memory[0].pages[2].fail_out = -EIO;
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), -EIO);
	sound(machine);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 2);
	assert_int_equal(machine->memory[0].pages[4].outs, 1);
	assert_int_equal(machine->pager->physmem.resident, 6);
	machine->memory[0].pages[2].fail_out = 0;
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 3);
	assert_int_equal(machine->memory[0].syncs, 2);
	/* clean now; a write makes it dirty again */
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 3);
	writes(machine, 0, 2, 7);
	machine->memory[0].fail_sync = -EIO;
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), -EIO);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 4);
	for (i = 0; i < 6; i++)
		assert_non_null(machine_frame(machine, 0, i));
	sound(machine);
	machine_destroy(machine);
}

/* A flush is no use of the pages that it has nothing to write of. */
static void test_flush_keeps_the_order(void **state)
{
	struct machine *machine = simple_machine(3);

	(void)state;
	reads(machine, 0, 5, 51);
	reads(machine, 0, 4, 41);
	reads(machine, 0, 3, 31);
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	reads(machine, 0, 9, 91);
	assert_null(machine_frame(machine, 0, 5));
	machine_destroy(machine);
}

static void test_drop_store(void **state)
{
	struct machine *machine = simple_machine(8);
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++)
		writes(machine, 0, i, i + 100);
	machine->memory[0].pages[3].fail_out = -EIO;
	assert_int_equal(
		pager_drop_store(machine->pager, machine->stores[0], true),
		-EIO);
	sound(machine);
	for (i = 0; i < 6; i++)
		assert_true(!machine_frame(machine, 0, i) == (i < 3));
	assert_int_equal(machine->pager->counts.drop_writebacks, 3);
	reads(machine, 0, 3, 103);
	machine->memory[0].pages[3].fail_out = 0;
	assert_int_equal(
		pager_drop_store(machine->pager, machine->stores[0], true), 0);
	sound(machine);
	assert_int_equal(machine->pager->physmem.resident, 0);
	for (i = 0; i < 6; i++)
		assert_int_equal(machine->memory[0].pages[i].words[1], i + 100);
	/* thrown away, not written */
	writes(machine, 0, 1, 1);
	assert_int_equal(
		pager_drop_store(machine->pager, machine->stores[0], false), 0);
	reads(machine, 0, 1, 101);
	machine_destroy(machine);
}

static void test_unmap(void **state)
{
	struct machine *machine = shared_machine(8, 8);
	struct as *as = &machine->spaces[0];
	uint64_t value;
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		writes(machine, 0, i, i + 100);
		reads(machine, 0, 20 + i, i + 100);
		reads(machine, 1, 40 + i, i + 100);
	}
	/* out of the middle: the ends stay */
	assert_int_equal(pager_unmap(machine->pager, as, 2, 3), 0);
	sound(machine);
	for (i = 0; i < 8; i++) {
		int error = machine_read(machine, 0, i, 1, &value);

		assert_int_equal(error, i >= 2 && i < 5 ? -EFAULT : 0);
		assert_non_null(machine_frame(machine, 0, i));
		reads(machine, 0, 20 + i, i + 100);
	}
	/* over several maps and gaps */
	assert_int_equal(pager_unmap(machine->pager, as, 0, 24), 0);
	sound(machine);
	assert_int_equal(as_find_from(as, 0)->start, 24);
	assert_int_equal(as->maps_count, 1);
	/* the dirty bit of a mapping that is gone is not forgotten */
	assert_int_equal(pager_unmap(machine->pager, as, 0, AS_PAGES_MAX), 0);
	assert_int_equal(as->maps_count, 0);
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 8);
	assert_int_equal(
		pager_unmap(machine->pager, as, 5, UINT64_MAX), -EINVAL);
	sound(machine);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hard_fault),
		cmocka_unit_test(test_zero_fault),
		cmocka_unit_test(test_dirty_bits),
		cmocka_unit_test(test_soft_fault),
		cmocka_unit_test(test_bad_faults),
		cmocka_unit_test(test_fault_on_a_mapped_page),
		cmocka_unit_test(test_limit_of_one_frame),
		cmocka_unit_test(test_eviction_unmaps_all),
		cmocka_unit_test(test_dirty_through_any_mapping),
		cmocka_unit_test(test_evict_frame),
		cmocka_unit_test(test_mappings_used_up),
		cmocka_unit_test(test_clean_frames_are_not_written),
		cmocka_unit_test(test_failed_page_in),
		cmocka_unit_test(test_failed_write_back),
		cmocka_unit_test(test_failed_write_back_of_a_cold_page),
		cmocka_unit_test(test_a_store_that_says_again),
		cmocka_unit_test(test_every_write_back_fails),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_flush_keeps_the_order),
		cmocka_unit_test(test_drop_store),
		cmocka_unit_test(test_unmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
