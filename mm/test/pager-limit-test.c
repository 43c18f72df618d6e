/*
 * A pager that shrinks and grows: what it may use, what happens to what it
 * held, and each reason why a frame stays.  With every policy; all
 * invariants are proved after every step.
 */
#include "mm/pager-internal.h"
#include "mm/pager-limit.h"
#include "mm/test/machine-use.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 8, PAGES = 20 };

static struct machine *machine_of(const struct policy_ops *policy)
{
	struct machine_config config = {
		.policy = policy,
		.frames = FRAMES,
		.mappings_max = 4,
		.bit_at_load = true,
	};
	struct machine *machine;

	assert_int_equal(machine_create(&config, &machine), 0);
	assert_int_equal(as_map(&machine->spaces[0], 0, PAGES,
				 machine->stores[0], 0, PROTECT_BOTH, NULL),
		0);
	return machine;
}

static void write_pages(struct machine *machine, uint64_t from, uint64_t end)
{
	for (; from < end; from++) {
		assert_int_equal(
			machine_write(machine, 0, from, 0, 100 + from), 0);
		sound(machine);
	}
}

static void expect_pages(struct machine *machine, uint64_t from, uint64_t end)
{
	uint64_t value;

	for (; from < end; from++) {
		assert_int_equal(machine_read(machine, 0, from, 0, &value), 0);
		assert_int_equal(value, 100 + from);
		sound(machine);
	}
}

/* Down to nothing and up again, with all pages dirty: none is lost. */
static void test_down_and_up(void **state)
{
	const struct policy_ops *policy;
	struct pager_removed removed;
	struct machine *machine;
	uint64_t value;
	unsigned p, i;

	(void)state;
	for (p = 0; (policy = policy_at(p)); p++) {
		machine = machine_of(policy);
		write_pages(machine, 0, FRAMES);
		for (i = 0; i < FRAMES; i++) {
			assert_int_equal(pager_remove_frame(machine->pager,
						 false, &removed),
				0);
			sound(machine);
			assert_ptr_equal(removed.store, machine->stores[0]);
			assert_null(machine_frame(machine, 0, removed.offset));
			/* and the frame holds it still */
			assert_int_equal(
				machine->real.words[removed.frame * REAL_WORDS],
				100 + removed.offset);
			assert_int_equal(
				machine->pager->physmem.limit, FRAMES - i - 1);
		}
		assert_int_equal(
			pager_remove_frame(machine->pager, false, &removed),
			-EBUSY);
		assert_int_equal(
			machine_read(machine, 0, 0, 0, &value), -ENOMEM);
		sound(machine);
		for (i = 0; i < FRAMES; i += 2) {
			assert_int_equal(pager_add_frame(machine->pager, i), 0);
			expect_pages(machine, 0, FRAMES);
		}
		assert_int_equal(pager_add_frame(machine->pager, 0), -EINVAL);
		assert_int_equal(
			pager_add_frame(machine->pager, FRAMES), -EINVAL);
		assert_int_equal(machine->pager->physmem.limit, FRAMES / 2);
		machine_destroy(machine);
	}
}

/* Free ones go first; then those that need no write-back, if told so. */
static void test_clean_only(void **state)
{
	const struct policy_ops *policy;
	struct pager_removed removed;
	struct machine *machine;
	unsigned p, i;
	uint64_t value;

	(void)state;
	for (p = 0; (policy = policy_at(p)); p++) {
		machine = machine_of(policy);
		write_pages(machine, 0, 3);
		for (i = 3; i < 5; i++)
			assert_int_equal(
				machine_read(machine, 0, i, 0, &value), 0);
		for (i = 0; i < FRAMES - 3; i++) {
			assert_int_equal(pager_remove_frame(machine->pager,
						 true, &removed),
				0);
			sound(machine);
			assert_int_equal(!!removed.store, i >= 3);
			assert_true(!removed.store || removed.offset >= 3);
		}
		assert_int_equal(
			pager_remove_frame(machine->pager, true, &removed),
			-EBUSY);
		sound(machine);
		assert_int_equal(memory_store_outs(&machine->memory[0]), 0);
		/* those passed over may be evicted as before */
		expect_pages(machine, 0, 3);
		write_pages(machine, 5, 9);
		machine_destroy(machine);
	}
}

static void test_failing_write_backs(void **state)
{
	struct machine *machine = machine_of(&policy_lru);
	struct pager_removed removed;
	unsigned i;

	(void)state;
	write_pages(machine, 0, FRAMES);
	for (i = 0; i < FRAMES; i++)
		machine->memory[0].pages[i].fail_out = i ? -EBUSY : -ENOSPC;
	/* the first error, of the oldest */
	assert_int_equal(
		pager_remove_frame(machine->pager, false, &removed), -ENOSPC);
	sound(machine);
	assert_int_equal(machine->pager->physmem.limit, FRAMES);
	machine->memory[0].pages[6].fail_out = 0;
	assert_int_equal(
		pager_remove_frame(machine->pager, false, &removed), 0);
	sound(machine);
	assert_int_equal(removed.offset, 6);
	for (i = 0; i < FRAMES; i++)
		machine->memory[0].pages[i].fail_out = 0;
	expect_pages(machine, 0, FRAMES);
	machine_destroy(machine);
}

/* With two pages pinned, three frames stay. */
static void test_pins(void **state)
{
	struct machine *machine = machine_of(&policy_lru);
	struct pager_removed removed;
	unsigned i;

	(void)state;
	write_pages(machine, 0, FRAMES);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 0, 2,
				 ADVICE_PIN, 0),
		0);
	for (i = 3; i < FRAMES; i++) {
		assert_int_equal(
			pager_remove_frame(machine->pager, false, &removed), 0);
		sound(machine);
	}
	assert_int_equal(
		pager_remove_frame(machine->pager, false, &removed), -EBUSY);
	/* nor may more be pinned in what is left */
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 2, 1,
				 ADVICE_PIN, 0),
		-ENOMEM);
	sound(machine);
	assert_non_null(machine_frame(machine, 0, 0));
	assert_non_null(machine_frame(machine, 0, 1));
	expect_pages(machine, 0, FRAMES);
	machine_destroy(machine);
}

static void test_adopt(void **state)
{
	struct machine *machine = machine_of(&policy_lru_hints);
	struct pager *pager = machine->pager;
	struct pager_removed removed;
	uint32_t ins;

	(void)state;
	write_pages(machine, 0, FRAMES);
	assert_int_equal(pager_remove_frame(pager, false, &removed), 0);
	ins = memory_store_ins(&machine->memory[0]);
	assert_int_equal(pager_adopt_locked(
				 pager, FRAMES, removed.store, removed.offset),
		-EINVAL);
	assert_int_equal(pager_adopt_locked(pager, removed.frame, removed.store,
				 removed.offset + 1),
		-EEXIST);
	sound(machine);
	assert_int_equal(pager_adopt_locked(pager, removed.frame, removed.store,
				 removed.offset),
		0);
	sound(machine);
	assert_int_equal(pager_adopt_locked(pager, removed.frame, removed.store,
				 removed.offset),
		-EINVAL);
	expect_pages(machine, 0, FRAMES);
	assert_int_equal(memory_store_ins(&machine->memory[0]), ins);
	machine_destroy(machine);
}

/* Walks over the frames of a store end at the largest offset there is. */
static void test_largest_offset(void **state)
{
	struct machine *machine = machine_of(&policy_lru_hints);
	struct pager *pager = machine->pager;
	struct store *store = machine->stores[0];
	struct pager_removed removed;

	(void)state;
	assert_int_equal(pager_remove_frame(pager, false, &removed), 0);
	assert_int_equal(
		pager_adopt_locked(pager, removed.frame, store, BTREE_KEY_MAX),
		0);
	assert_int_equal(pager_flush(pager, store), 0);
	sound(machine);
	assert_int_equal(pager_drop_store(pager, store, true), 0);
	assert_int_equal(store->frames.size, 0);
	/* and as far as a map may lie */
	assert_int_equal(as_map(&machine->spaces[0], MACHINE_PAGES, 2, store,
				 BTREE_KEY_MAX - 2, PROTECT_READ, NULL),
		0);
	assert_int_equal(pager_remove_frame(pager, false, &removed), 0);
	assert_int_equal(pager_adopt_locked(pager, removed.frame, store,
				 BTREE_KEY_MAX - 1),
		0);
	assert_int_equal(pager_advise(pager, &machine->spaces[0], MACHINE_PAGES,
				 2, ADVICE_PIN, 0),
		0);
	assert_int_equal(pager->pinned, 1);
	assert_int_equal(
		pager_unmap(pager, &machine->spaces[0], MACHINE_PAGES, 2), 0);
	assert_int_equal(pager->pinned, 0);
	sound(machine);
	machine_destroy(machine);
}

/* What the hooks of a pager that shrinks have seen. */
struct log {
	struct page_name victim;
	bool wanted; /* the last choice was for a page */
	unsigned asked, told[3], pressures[PRESSURES];
};

static bool choose(void *context, const struct page_name *wanted,
	struct page_name *victim_out)
{
	struct log *log = context;

	log->asked++;
	log->wanted = wanted != NULL;
	*victim_out = log->victim;
	return true;
}

static void see_eviction(void *context, const struct eviction_event *event)
{
	((struct log *)context)->told[event->chooser]++;
}

static void see_pressure(void *context, const struct pressure_event *event)
{
	((struct log *)context)->pressures[event->kind]++;
}

static void test_hooks(void **state)
{
	struct machine *machine = machine_of(&policy_lru);
	struct pager *pager = machine->pager;
	struct log log = {.victim = {.store = machine->stores[0], .offset = 5}};
	struct hooks hooks = {
		.context = &log,
		.choose = choose,
		.evict = see_eviction,
		.pressure = see_pressure,
		.free_low = 1,
		.free_high = 2,
		.unpinned_low = FRAMES,
		.unpinned_high = FRAMES,
	};
	struct pager_removed removed;

	(void)state;
	assert_int_equal(pager_set_hooks(pager, &hooks), 0);
	/* faults cross a mark */
	write_pages(machine, 0, FRAMES - 1);
	assert_int_equal(log.pressures[PRESSURE_FREE], 0);
	write_pages(machine, FRAMES - 1, FRAMES);
	assert_int_equal(log.pressures[PRESSURE_FREE], 1);
	/* a frame is given away by the hook's choice, for no page */
	assert_int_equal(pager_remove_frame(pager, false, &removed), 0);
	assert_int_equal(removed.offset, 5);
	assert_true(log.asked == 1 && !log.wanted);
	assert_int_equal(log.told[CHOSEN_BY_HOOK], 1);
	assert_int_equal(log.pressures[PRESSURE_PINS], 1);
	assert_int_equal(log.pressures[PRESSURE_EVICTIONS], 1);
	/* or by the policy's, if that is not to be had */
	assert_int_equal(pager_remove_frame(pager, false, &removed), 0);
	assert_int_equal(removed.offset, 0);
	assert_int_equal(log.told[CHOSEN_BY_POLICY], 1);
	assert_int_equal(pager->counts.choice_refused, 1);
	expect_pages(machine, 0, FRAMES);
	assert_true(log.wanted);
	assert_int_equal(log.told[CHOSEN_BY_CALL], 0);
	assert_int_equal(pager_set_hooks(pager, NULL), 0);
	machine_destroy(machine);
}

/* A check that can't fail proves nothing. */
static void test_check(void **state)
{
	struct machine *machine = machine_of(&policy_lru);
	struct physmem *physmem = &machine->pager->physmem;
	struct pager_removed removed;

	(void)state;
	assert_int_equal(
		pager_remove_frame(machine->pager, false, &removed), 0);
	sound(machine);
	physmem->frames[removed.frame].next_free = FRAME_NONE;
	assert_string_equal(physmem_check(physmem),
		"physmem: limit and parked frames are not all frames");
	physmem->frames[removed.frame].next_free = removed.frame;
	physmem->frames[removed.frame].store = machine->stores[0];
	assert_string_equal(
		physmem_check(physmem), "physmem: a parked frame is in use");
	physmem->frames[removed.frame].store = NULL;
	sound(machine);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_down_and_up),
		cmocka_unit_test(test_clean_only),
		cmocka_unit_test(test_failing_write_backs),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_largest_offset),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
