/*
 * Victims that leave in batches, and what is written ahead of need, case by
 * case.  The whole machine is checked after every step.
 */
#include "mm/hooks.h"
#include "mm/pager-internal.h"
#include "mm/test/machine-use.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

/* Memory 0, filled, at pages 0 .. 63 of both spaces; fifo
 * unless said. */
static struct machine *machine_of(struct machine_config config)
{
	struct machine *machine;
	unsigned space;

	config.policy = config.policy ? config.policy : &policy_fifo;
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

static void reads_page(struct machine *machine, unsigned space, uint64_t page)
{
	reads(machine, space, page, page * 10 + 1);
}

static void writes_page(struct machine *machine, uint64_t page)
{
	writes(machine, 0, page, page * 10 + 1);
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
		reads_page(machine, 0, page);
	/* one of them is mapped twice */
	reads_page(machine, 1, 2);
	expect_resident(machine, 8);
	/* four leave for one that comes, three of them by one call */
	reads_page(machine, 0, 8);
	expect_resident(machine, 5);
	assert_int_equal(machine->pager->counts.evictions, 4);
	assert_int_equal(machine->real.batches, 1);
	for (page = 0; page < 9; page++)
		assert_int_equal(is_in(machine, page), page >= 4);
	/* and nobody for the next three */
	for (page = 9; page < 12; page++)
		reads_page(machine, 0, page);
	assert_int_equal(machine->pager->counts.evictions, 4);
	reads_page(machine, 0, 12);
	assert_int_equal(machine->pager->counts.evictions, 8);
	machine_destroy(machine);
}

/* Not more than the policy has, nor what is pinned. */
static void test_batch_of_few(void **state)
{
	struct machine *machine = machine_of(
		(struct machine_config){.frames = 3, .victim_batch = 16});

	(void)state;
	reads_page(machine, 0, 0);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 0, 1,
				 ADVICE_PIN, 0),
		0);
	reads_page(machine, 0, 1);
	reads_page(machine, 0, 2);
	reads_page(machine, 0, 3);
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
			writes_page(machine, page);
		else
			reads_page(machine, 0, page);
	memory->pages[1].fail_out = -ENOSPC;
	reads_page(machine, 0, 6);
	expect_resident(machine, 4);
	assert_true(is_in(machine, 1));
	assert_int_equal(machine->pager->counts.writebacks, 1);
	assert_int_equal(machine->pager->counts.writeback_errors, 1);
	assert_int_equal(memory_store_outs(memory), 1);
	memory->pages[1].fail_out = 0;
	/* what leaves next: 4, 5, 1 and 6 */
	for (page = 7; page < 10; page++)
		reads_page(machine, 0, page);
	assert_false(is_in(machine, 1));
	assert_int_equal(machine->pager->counts.writebacks, 3);
	reads_page(machine, 0, 1);
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
		writes_page(machine, page);
		machine->memory[0].pages[page].fail_out = -ENOSPC;
	}
	assert_int_equal(machine_read(machine, 0, 6, 1, &value), -ENOSPC);
	sound(machine);
	expect_resident(machine, 6);
	assert_int_equal(machine->pager->counts.evictions, 0);
	for (page = 0; page < 6; page++)
		machine->memory[0].pages[page].fail_out = 0;
	reads_page(machine, 0, 6);
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

static void expect_written(
	struct machine *machine, uint64_t evicting, uint64_t ahead)
{
	assert_int_equal(machine->pager->counts.writebacks, evicting);
	assert_int_equal(machine->pager->counts.cleaned, ahead);
	assert_int_equal(
		memory_store_outs(&machine->memory[0]), evicting + ahead);
}

/* Pages 0 .. 7 are written to; the first eviction follows, and a look. */
static struct machine *cleaning_machine(struct machine_config config)
{
	struct machine *machine;
	uint64_t page;

	config.frames = 8;
	config.clean_ahead = 4;
	machine = machine_of(config);
	memory_store_many(&machine->memory[0]);
	for (page = 0; page < 8; page++)
		writes_page(machine, page);
	return machine;
}

static void test_clean_ahead(void **state)
{
	struct machine *machine = cleaning_machine((struct machine_config){0});
	uint64_t page;

	(void)state;
	reads_page(machine, 0, 8);
	/* 0 had to be written as it went, 1 to 4 were then, all by one call */
	expect_written(machine, 1, 4);
	assert_int_equal(machine->memory[0].batches, 2);
	for (page = 1; page < 5; page++)
		assert_false(machine_frame(machine, 0, page)->flags &
			     (FRAME_DIRTY | FRAME_CLEANING));
	/* two go before the next look, at 3 to 6 */
	reads_page(machine, 0, 9);
	expect_written(machine, 1, 4);
	reads_page(machine, 0, 10);
	expect_written(machine, 1, 6);
	/* what is used is mapped again, and not dirty */
	assert_int_equal(machine->pager->counts.soft_faults, 0);
	reads_page(machine, 0, 4);
	assert_int_equal(machine->kind, FAULT_SOFT);
	for (page = 11; page < 20; page++)
		reads_page(machine, 0, page);
	expect_written(machine, 1, 7);
	machine_destroy(machine);
}

/* What is written to after it was cleaned is dirty again, with and without
 * dirty bits. */
static void test_clean_twice(void **state)
{
	struct machine *machine;
	unsigned tracks;

	(void)state;
	for (tracks = 0; tracks < 2; tracks++) {
		machine = cleaning_machine(
			(struct machine_config){.track_writes = tracks});
		reads_page(machine, 0, 8);
		expect_written(machine, 1, 4);
		reads_page(machine, 0, 3);
		writes_page(machine, 3);
		reads_page(machine, 0, 9);
		reads_page(machine, 0, 10);
		/* 3, 5 and 6 */
		expect_written(machine, 1, 7);
		reads_page(machine, 0, 11);
		expect_written(machine, 1, 7);
		assert_false(is_in(machine, 3));
		machine_destroy(machine);
	}
}

/* What can't be cleaned is dirty, in its place; the others are clean. */
static void test_clean_fails(void **state)
{
	struct machine *machine = cleaning_machine((struct machine_config){0});
	struct memory_page *page = &machine->memory[0].pages[2];

	(void)state;
	page->fail_out = -EIO;
	reads_page(machine, 0, 8);
	expect_written(machine, 1, 3);
	assert_int_equal(machine->pager->counts.writeback_errors, 1);
	reads_page(machine, 0, 9);
	page->fail_out = 0;
	reads_page(machine, 0, 10);
	expect_written(machine, 2, 5);
	assert_false(is_in(machine, 2));
	reads_page(machine, 0, 2);
	machine_destroy(machine);
}

/* With batches: a look for each that is due, after all of the batch. */
static void test_clean_and_batch(void **state)
{
	struct machine *machine =
		cleaning_machine((struct machine_config){.victim_batch = 3});

	(void)state;
	reads_page(machine, 0, 8);
	expect_written(machine, 3, 4);
	reads_page(machine, 0, 9);
	reads_page(machine, 0, 10);
	reads_page(machine, 0, 11);
	/* 3, 4, 5 have left, 6 was clean, and 7 is now */
	expect_written(machine, 3, 5);
	machine_destroy(machine);
}

/* Its victims are not known before they go. */
static void test_clean_clock(void **state)
{
	struct machine *machine = cleaning_machine(
		(struct machine_config){.policy = &policy_clock});

	(void)state;
	reads_page(machine, 0, 8);
	reads_page(machine, 0, 9);
	expect_written(machine, 2, 0);
	machine_destroy(machine);
}

/* A thread that cleans. */
static void test_cleaner(void **state)
{
	struct machine *machine = cleaning_machine(
		(struct machine_config){.threads = true, .blocking = true});
	struct machine *other =
		cleaning_machine((struct machine_config){.threads = false});

	(void)state;
	assert_int_equal(pager_start_cleaner(other->pager), -EINVAL);
	assert_int_equal(pager_start_cleaner(machine->pager), 0);
	assert_int_equal(pager_start_cleaner(machine->pager), -EBUSY);
	reads_page(machine, 0, 8); /* and waits until all is clean */
	expect_written(machine, 1, 4);
	reads_page(machine, 0, 9);
	reads_page(machine, 0, 10);
	pager_stop_cleaner(machine->pager);
	expect_written(machine, 1, 6);
	pager_stop_cleaner(machine->pager);
	/* without it it goes on */
	reads_page(machine, 0, 11);
	reads_page(machine, 0, 12);
	expect_written(machine, 1, 7);
	assert_int_equal(pager_start_cleaner(machine->pager), 0);
	machine_destroy(machine);
	machine_destroy(other);
}

/* Nobody writes as long as who said so does not call. */
static void test_cleaner_in_steps(void **state)
{
	struct machine *machine = cleaning_machine(
		(struct machine_config){.threads = true, .blocking = true});
	uint64_t value;

	(void)state;
	pager_attach_cleaner(machine->pager, true);
	assert_false(pager_clean(machine->pager));
	assert_int_equal(machine_read(machine, 0, 8, 1, &value), 0);
	expect_written(machine, 1, 0);
	/* it may be read meanwhile */
	assert_int_equal(machine_read(machine, 0, 3, 1, &value), 0);
	assert_int_equal(machine->kind, FAULT_SOFT);
	assert_int_equal(machine->pager->counts.takebacks, 1);
	assert_true(pager_clean(machine->pager));
	expect_written(machine, 1, 4);
	assert_false(pager_clean(machine->pager));
	/* pinned while it is cleaned, and not any more before that is over */
	assert_int_equal(machine_read(machine, 0, 9, 1, &value), 0);
	assert_int_equal(machine_read(machine, 0, 10, 1, &value), 0);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 5, 1,
				 ADVICE_PIN, 0),
		0);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 5, 1,
				 ADVICE_UNPIN, 0),
		0);
	pager_attach_cleaner(machine->pager, false);
	expect_written(machine, 1, 6);
	sound(machine);
	machine_destroy(machine);
}

/* A hook that chooses what is being cleaned. */
struct choice {
	struct machine *machine;
	uint64_t offset; /* of the page it names, once */
	unsigned asked;
	uint64_t left;	/* the page that left last */
	bool was_dirty; /* then */
	enum chooser chooser;
};

static bool choose(void *context, const struct page_name *wanted,
	struct page_name *victim_out)
{
	struct choice *choice = context;

	(void)wanted;
	victim_out->store = choice->machine->stores[0];
	victim_out->offset = choice->offset;
	return !choice->asked++;
}

static void see_eviction(void *context, const struct eviction_event *event)
{
	struct choice *choice = context;

	choice->left = event->page.offset;
	choice->was_dirty = event->dirty;
	choice->chooser = event->chooser;
}

static void *read_page_9(void *context)
{
	struct machine *machine = context;
	uint64_t value;

	assert_int_equal(machine_read(machine, 0, 9, 1, &value), 0);
	assert_int_equal(value, 91);
	return NULL;
}

/* Page 9 is read by another thread, which waits for the choice to be clean.
 * PINNED: that is pinned meanwhile. */
static void evict_the_cleaned(struct machine *machine, bool pinned)
{
	struct pager *pager = machine->pager;
	unsigned waiters;
	pthread_t thread;

	assert_int_equal(
		pthread_create(&thread, NULL, read_page_9, machine), 0);
	do {
		sched_yield();
		pager_lock(pager);
		waiters = pager->waiters;
		pager_unlock(pager);
	} while (!waiters);
	if (pinned) {
		pager_lock(pager);
		machine_frame(machine, 0, 3)->pins++;
		pager->pinned++;
		pager_unlock(pager);
	}
	assert_true(pager_clean(pager));
	assert_int_equal(pthread_join(thread, NULL), 0);
	sound(machine);
}

/* A choice that is being cleaned goes when it is clean; or it stays, as it was
 * pinned, and the policy chooses. */
static void test_hook_chooses_cleaned(void **state)
{
	unsigned pinned;

	(void)state;
	for (pinned = 0; pinned < 2; pinned++) {
		struct machine *machine =
			cleaning_machine((struct machine_config){
				.threads = true, .blocking = true});
		struct choice choice = {.machine = machine, .offset = 3};
		struct hooks hooks = {
			.context = &choice,
			.choose = choose,
			.evict = see_eviction,
		};
		uint64_t value;

		pager_attach_cleaner(machine->pager, true);
		assert_int_equal(machine_read(machine, 0, 8, 1, &value), 0);
		expect_written(machine, 1, 0);
		assert_true(
			machine_frame(machine, 0, 3)->flags & FRAME_CLEANING);
		assert_int_equal(pager_set_hooks(machine->pager, &hooks), 0);
		evict_the_cleaned(machine, pinned);
		expect_written(machine, 1, 4);
		assert_int_equal(choice.asked, 1);
		assert_int_equal(choice.left, pinned ? 1 : 3);
		assert_int_equal(choice.chooser,
			pinned ? CHOSEN_BY_POLICY : CHOSEN_BY_HOOK);
		assert_false(choice.was_dirty);
		assert_int_equal(is_in(machine, 3), pinned);
		assert_int_equal(pager_set_hooks(machine->pager, NULL), 0);
		machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_batch_of_few),
		cmocka_unit_test(test_batch_of_dirty),
		cmocka_unit_test(test_batch_that_fails),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_clean_ahead),
		cmocka_unit_test(test_clean_twice),
		cmocka_unit_test(test_clean_fails),
		cmocka_unit_test(test_clean_and_batch),
		cmocka_unit_test(test_clean_clock),
		cmocka_unit_test(test_cleaner),
		cmocka_unit_test(test_cleaner_in_steps),
		cmocka_unit_test(test_hook_chooses_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
