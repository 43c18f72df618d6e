/*
 * Private maps and protection: what is copied and when, who sees what, and
 * what is left after each failure.  The whole machine is checked after every
 * step.
 */
#include "mm/test/machine-use.h"

#include <errno.h>
#include <stdlib.h>

static void maps(struct machine *machine, unsigned space, uint64_t start,
	uint64_t pages, unsigned flags)
{
	assert_int_equal(
		pager_map(machine->pager, &machine->spaces[space], start, pages,
			machine->stores[0], 0, PROTECT_BOTH, flags),
		0);
	sound(machine);
}

/*
 * Memory 0, filled.  Space 0: pages 0 .. 15 shared, 100 .. 115 private; space
 * 1: pages 0 .. 15 private.
 */
static struct machine *machine_of(uint32_t frames, bool track_writes)
{
	struct machine_config config = {
		.frames = frames,
		.mappings_max = 8,
		.shadows_max = 3,
		.track_writes = track_writes,
	};
	struct machine *machine;

	assert_int_equal(machine_create(&config, &machine), 0);
	memory_store_fill(&machine->memory[0]);
	maps(machine, 0, 0, 16, 0);
	maps(machine, 0, 100, 16, PAGER_MAP_PRIVATE);
	maps(machine, 1, 0, 16, PAGER_MAP_PRIVATE);
	return machine;
}

static void test_copies_at_the_first_write(void **state)
{
	struct machine *machine = machine_of(12, false);
	struct pager_counts *counts = &machine->pager->counts;
	uint64_t value;

	(void)state;
	reads(machine, 0, 103, 31);
	reads(machine, 1, 3, 31);
	assert_int_equal(machine->kind, FAULT_SOFT);
	assert_int_equal(machine->pager->physmem.resident, 1);
	writes(machine, 0, 103, 7);
	assert_int_equal(machine->kind, FAULT_WRITE);
	assert_int_equal(counts->write_faults, 1);
	assert_int_equal(counts->copies, 1);
	assert_int_equal(machine->pager->physmem.resident, 2);
	reads(machine, 0, 103, 7);
	reads(machine, 0, 3, 31);
	reads(machine, 1, 3, 31);
	/* once */
	writes(machine, 0, 103, 8);
	assert_false(machine->faulted);
	/* the words beside it came along */
	assert_int_equal(machine_read(machine, 0, 103, 2, &value), 0);
	assert_int_equal(value, 32);
	/* a write to a page that is in no frame: one fault, which is hard */
	writes(machine, 1, 5, 9);
	assert_int_equal(machine->kind, FAULT_HARD);
	assert_int_equal(counts->copies, 2);
	assert_int_equal(counts->hard_faults, 2);
	reads(machine, 0, 105, 51);
	reads(machine, 1, 5, 9);
	/* nothing of it is written to the store */
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(memory_store_outs(&machine->memory[0]), 0);
	machine_destroy(machine);
}

/* What others write shows until the first write, and not after it. */
static void test_shared_writes(void **state)
{
	struct machine *machine = machine_of(12, false);

	(void)state;
	reads(machine, 0, 102, 21);
	writes(machine, 0, 2, 70);
	reads(machine, 0, 102, 70);
	writes(machine, 1, 2, 71);
	writes(machine, 0, 2, 72);
	reads(machine, 1, 2, 71);
	reads(machine, 0, 102, 72);
	reads(machine, 0, 2, 72);
	machine_destroy(machine);
}

/* Copies are evicted to the shadow and come from there, with any number of
 * frames: with one, the page itself becomes its copy. */
static void test_eviction_of_copies(void **state)
{
	uint32_t frames;
	unsigned i, round;

	(void)state;
	for (frames = 1; frames < 6; frames++) {
		struct machine *machine = machine_of(frames, frames % 2);

		for (round = 0; round < 3; round++)
			for (i = 0; i < 16; i++) {
				writes(machine, 0, 100 + i, 1000 + i + round);
				if (i % 3 == 0)
					writes(machine, 0, i, 500 + i + round);
				if (i % 2)
					writes(machine, 1, i, 2000 + i + round);
			}
		for (i = 0; i < 16; i++) {
			reads(machine, 0, 100 + i, 1002 + i);
			reads(machine, 1, i,
				i % 2	     ? 2002 + i
				: i % 3 == 0 ? 502 + i
					     : i * 10 + 1);
			reads(machine, 0, i, i % 3 ? i * 10 + 1 : 502 + i);
		}
		assert_int_equal(machine->pager->counts.copies, 24);
		machine_destroy(machine);
	}
}

static void test_split_and_unmap(void **state)
{
	struct machine *machine = machine_of(40, false);
	struct pager *pager = machine->pager;
	struct as *as = &machine->spaces[0];
	unsigned i;

	(void)state;
	for (i = 0; i < 16; i++)
		writes(machine, 0, 100 + i, 300 + i);
	assert_int_equal(pager->physmem.resident, 32);
	/* the parts share the shadow; the middle's copies go with it */
	assert_int_equal(pager_unmap(pager, as, 104, 4), 0);
	sound(machine);
	assert_int_equal(pager->physmem.resident, 28);
	assert_int_equal(pager->shadows_count, 2);
	for (i = 0; i < 16; i++)
		if (i < 4 || i >= 8)
			reads(machine, 0, 100 + i, 300 + i);
	/* the same pages again: not the old copies */
	assert_int_equal(pager_map(pager, as, 104, 4, machine->stores[0], 4,
				 PROTECT_BOTH, PAGER_MAP_PRIVATE),
		0);
	reads(machine, 0, 105, 51);
	assert_int_equal(pager_unmap(pager, as, 100, 16), 0);
	sound(machine);
	assert_int_equal(pager->physmem.resident, 16);
	assert_int_equal(pager->shadows_count, 1);
	for (i = 0; i < 16; i++)
		reads(machine, 0, i, i * 10 + 1);
	machine_destroy(machine);
}

static void test_errors(void **state)
{
	struct machine *machine = machine_of(12, false);
	struct pager *pager = machine->pager;
	struct as *as = &machine->spaces[1];
	struct store *store = machine->stores[0];
	uint64_t value;

	(void)state;
	assert_int_equal(pager_map(pager, as, 50, 4, store, 0, PROTECT_BOTH, 2),
		-EINVAL);
	assert_int_equal(pager_map(pager, as, 8, 4, store, 0, PROTECT_BOTH,
				 PAGER_MAP_PRIVATE),
		-EEXIST);
	machine->fail_shadow = -ENOSPC;
	assert_int_equal(pager_map(pager, as, 50, 4, store, 0, PROTECT_BOTH,
				 PAGER_MAP_PRIVATE),
		-ENOSPC);
	assert_null(as_find(as, 50));
	machine->fail_shadow = 0;
	maps(machine, 1, 50, 4, PAGER_MAP_PRIVATE);
	assert_int_equal(pager_map(pager, as, 60, 4, store, 0, PROTECT_BOTH,
				 PAGER_MAP_PRIVATE),
		-ENOMEM);
	assert_null(as_find(as, 60));
	sound(machine);
	/* the page to be copied can't be read: no copy, no frame */
	machine->memory[0].pages[3].fail_in = -EIO;
	assert_int_equal(machine_write(machine, 1, 3, 1, 5), -EIO);
	sound(machine);
	assert_int_equal(pager->physmem.resident, 0);
	machine->memory[0].pages[3].fail_in = 0;
	reads(machine, 1, 3, 31);
	/* a map that may not be written copies nothing */
	assert_int_equal(pager_protect(pager, as, 0, 16, PROTECT_READ), 0);
	assert_int_equal(machine_write(machine, 1, 3, 1, 5), -EACCES);
	assert_int_equal(pager->counts.copies, 0);
	assert_int_equal(machine_read(machine, 1, 70, 1, &value), -EFAULT);
	machine_destroy(machine);

	struct machine_config config = {.frames = 2};

	assert_int_equal(machine_create(&config, &machine), 0);
	assert_int_equal(
		pager_map(machine->pager, &machine->spaces[0], 0, 4,
			machine->stores[0], 0, PROTECT_BOTH, PAGER_MAP_PRIVATE),
		-ENOTSUP);
	machine_destroy(machine);
}

/* A copy that can't be written stays, and its writer gets no error for it. */
static void test_failed_write_back_of_a_copy(void **state)
{
	struct machine *machine = machine_of(3, false);
	unsigned i;

	(void)state;
	writes(machine, 0, 100, 7);
	for (i = 0; i < 3; i++) {
		struct frame *frame = &machine->pager->physmem.frames[i];

		if (frame->store && frame->store != machine->stores[0])
			((struct memory_store *)frame->store)
				->pages[0]
				.fail_out = -ENOSPC;
	}
	for (i = 1; i < 16; i++)
		reads(machine, 0, i, i * 10 + 1);
	assert_true(machine->pager->counts.writeback_errors > 0);
	reads(machine, 0, 100, 7);
	assert_false(machine->faulted && machine->kind != FAULT_SOFT);
	machine_destroy(machine);
}

static void test_advice(void **state)
{
	struct machine *machine = machine_of(12, false);
	struct pager *pager = machine->pager;
	struct as *as = &machine->spaces[0];

	(void)state;
	writes(machine, 0, 101, 7);
	reads(machine, 0, 102, 21);
	/* nothing that was written is lost by dont-need */
	assert_int_equal(
		pager_advise(pager, as, 100, 16, ADVICE_DONT_NEED, 0), 0);
	sound(machine);
	assert_int_equal(pager->physmem.resident, 0);
	reads(machine, 0, 101, 7);
	reads(machine, 0, 1, 11);
	/* the page that is shown is pinned, and a copy made later is too */
	assert_int_equal(pager_advise(pager, as, 101, 2, ADVICE_PIN, 0), 0);
	sound(machine);
	assert_int_equal(pager->pinned, 1);
	writes(machine, 0, 102, 8);
	sound(machine);
	assert_int_equal(pager->pinned, 2);
	assert_int_equal(pager_advise(pager, as, 101, 2, ADVICE_UNPIN, 0), 0);
	sound(machine);
	assert_int_equal(pager->pinned, 0);
	/* pinned before it is copied: both, and unmapping takes both back */
	reads(machine, 0, 104, 41);
	assert_int_equal(pager_advise(pager, as, 104, 1, ADVICE_PIN, 0), 0);
	writes(machine, 0, 104, 9);
	assert_int_equal(pager->pinned, 2);
	assert_int_equal(pager_unmap(pager, as, 100, 16), 0);
	sound(machine);
	assert_int_equal(pager->pinned, 0);
	machine_destroy(machine);
}

static void test_protect(void **state)
{
	struct machine *machine = machine_of(12, false);
	struct pager *pager = machine->pager;
	struct as *as = &machine->spaces[0];
	uint64_t value;
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++)
		writes(machine, 0, i, i + 100);
	/* in the middle: the ends are as they were */
	assert_int_equal(pager_protect(pager, as, 2, 3, PROTECT_READ), 0);
	sound(machine);
	for (i = 0; i < 8; i++) {
		bool tight = i >= 2 && i < 5;

		assert_int_equal(machine_write(machine, 0, i, 1, i + 200),
			tight ? -EACCES : 0);
		reads(machine, 0, i, i + (tight ? 100 : 200));
	}
	/* nothing at all, and what was dirty is still */
	assert_int_equal(pager_protect(pager, as, 2, 3, 0), 0);
	sound(machine);
	assert_int_equal(machine_read(machine, 0, 3, 1, &value), -EACCES);
	assert_int_equal(
		pager_advise(pager, as, 0, 16, ADVICE_WILL_NEED, 0), 0);
	sound(machine);
	assert_int_equal(machine_read(machine, 0, 3, 1, &value), -EACCES);
	assert_int_equal(pager_flush(pager, machine->stores[0]), 0);
	assert_int_equal(machine->memory[0].pages[3].words[1], 103);
	/* back again */
	assert_int_equal(pager_protect(pager, as, 0, 16, PROTECT_BOTH), 0);
	writes(machine, 0, 3, 5);
	reads(machine, 0, 3, 5);
	/* a private map too, its copies as the rest */
	writes(machine, 0, 103, 6);
	assert_int_equal(
		pager_protect(pager, as, 0, 200, PROTECT_READ), -ENOMEM);
	writes(machine, 0, 103, 6);
	assert_int_equal(pager_protect(pager, as, 102, 3, PROTECT_READ), 0);
	sound(machine);
	assert_int_equal(machine_write(machine, 0, 103, 1, 7), -EACCES);
	reads(machine, 0, 103, 6);
	assert_int_equal(pager_protect(pager, as, 0, 1, 8), -EINVAL);
	assert_int_equal(pager_protect(pager, as, 1, AS_PAGES_MAX, 1), -EINVAL);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_at_the_first_write),
		cmocka_unit_test(test_shared_writes),
		cmocka_unit_test(test_eviction_of_copies),
		cmocka_unit_test(test_split_and_unmap),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_failed_write_back_of_a_copy),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_protect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
