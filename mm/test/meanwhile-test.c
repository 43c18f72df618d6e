/*
 * What others do while a thread has given up the pager's lock, which it does to
 * read, to write and to wait: one case each, at the moment that matters, as a
 * store calls the test in the middle of a page-in or page-out.
 */
#include "mm/pager-internal.h"
#include "mm/test/machine.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	PRIVATE = 100, /* in space 0, of memory 0, which is at 0 as well */
	OTHER = 32,    /* memory 1 */
	COMES = 200,   /* what comes and goes */
	PAGES = 16,    /* of each of them */
};

static void maps(struct machine *machine, uint64_t start, struct store *store,
	unsigned flags)
{
	assert_int_equal(pager_map(machine->pager, &machine->spaces[0], start,
				 PAGES, store, 0, PROTECT_BOTH, flags),
		0);
}

static struct machine *machine_of(uint32_t frames, uint32_t clean_ahead)
{
	struct machine_config config = {
		.frames = frames,
		.mappings_max = 8,
		.blocking = true,
		.threads = true,
		.clean_ahead = clean_ahead,
		.shadows_max = 2,
	};
	struct machine *machine;

	assert_int_equal(machine_create(&config, &machine), 0);
	memory_store_fill(&machine->memory[0]);
	maps(machine, 0, machine->stores[0], 0);
	maps(machine, OTHER, machine->stores[1], 0);
	maps(machine, PRIVATE, machine->stores[0], PAGER_MAP_PRIVATE);
	return machine;
}

static void done(struct machine *machine)
{
	const char *why = machine_check(machine);

	if (why)
		fail_msg("%s", why);
	machine_destroy(machine);
}

static uint64_t reads(struct machine *machine, uint64_t page)
{
	uint64_t value;

	assert_int_equal(machine_read(machine, 0, page, 1, &value), 0);
	return value;
}

static void writes(struct machine *machine, uint64_t page, uint64_t value)
{
	assert_int_equal(machine_write(machine, 0, page, 1, value), 0);
}

static void drops(struct machine *machine, uint64_t page)
{
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], page,
				 1, ADVICE_DONT_NEED, 0),
		0);
}

/* Another thread that calls, and waits in the pager. */
struct caller {
	struct machine *machine;
	void (*call)(struct machine *machine);
	pthread_t thread;
};

static void *call(void *context)
{
	struct caller *caller = context;

	caller->call(caller->machine);
	return NULL;
}

static void call_until_it_waits(struct caller *caller)
{
	struct pager *pager = caller->machine->pager;
	uint32_t waiters;

	assert_int_equal(
		pthread_create(&caller->thread, NULL, call, caller), 0);
	do {
		sched_yield();
		pager_lock(pager);
		waiters = pager->waiters;
		pager_unlock(pager);
	} while (!waiters);
}

/* What is borrowed is written to, and given back, while it is flushed. */

struct lent {
	struct machine *machine;
	uint32_t number;
};

static void write_and_give_back(void *context)
{
	const struct lent *lent = context;
	struct pager *pager = lent->machine->pager;

	lent->machine->real.words[lent->number * REAL_WORDS + 1] = 2;
	pager_lock(pager);
	pager_give_back(pager, lent->number);
	pager_unlock(pager);
}

static void flush_what_is_given_back(bool many)
{
	struct machine *machine = machine_of(4, 0);
	struct memory_store *memory = &machine->memory[0];
	struct lent lent = {.machine = machine};

	if (many)
		memory_store_many(memory);
	writes(machine, 0, 1);
	lent.number =
		machine_frame(machine, 0, 0) - machine->pager->physmem.frames;
	pager_lock(machine->pager);
	assert_int_equal(pager_borrow(machine->pager, lent.number, true), 0);
	pager_unlock(machine->pager);
	memory->whom = &lent;
	memory->meanwhile = write_and_give_back;
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_null(memory->meanwhile);
	assert_int_equal(memory->pages[0].words[1], 1);
	drops(machine, 0);
	assert_int_equal(memory->pages[0].words[1], 2);
	done(machine);
}

static void test_given_back_while_flushed(void **state)
{
	(void)state;
	flush_what_is_given_back(false);
	flush_what_is_given_back(true);
}

/* A map comes where another has just gone, whose copies are waited for. */

static void unmap_private(struct machine *machine)
{
	assert_int_equal(pager_unmap(machine->pager, &machine->spaces[0],
				 PRIVATE, PAGES),
		0);
}

static void map_where_it_went(void *context)
{
	struct caller *caller = context;

	call_until_it_waits(caller);
	maps(caller->machine, PRIVATE, caller->machine->stores[1], 0);
}

static void test_mapped_while_unmapped(void **state)
{
	struct machine *machine = machine_of(2, 0);
	struct caller caller = {.machine = machine, .call = unmap_private};
	struct memory_store *copies;

	(void)state;
	writes(machine, OTHER, 5);
	writes(machine, PRIVATE, 7);
	copies = (struct memory_store *)machine->pager->shadows->store;
	copies->whom = &caller;
	copies->meanwhile = map_where_it_went;
	/* the copy makes way */
	reads(machine, 1);
	reads(machine, 2);
	assert_int_equal(pthread_join(caller.thread, NULL), 0);
	assert_int_equal(machine->pager->shadows_count, 0);
	assert_int_equal(reads(machine, PRIVATE), 5);
	done(machine);
}

/* A store goes while another thread, which waits for a page of it, is about to
 * look for the next: that it does not is no matter of who wakes first, but
 * most of the time it was the wrong one. */

static void drop_what_comes(struct machine *machine)
{
	(void)pager_advise(machine->pager, &machine->spaces[0], COMES, PAGES,
		ADVICE_DONT_NEED, 0);
}

static void drop_meanwhile(void *context)
{
	call_until_it_waits(context);
}

static void test_store_goes_while_it_is_dropped(void **state)
{
	struct machine *machine = machine_of(4, 0);
	struct memory_store *goes = malloc(sizeof(*goes));
	struct caller caller = {.machine = machine, .call = drop_what_comes};
	unsigned i;

	(void)state;
	assert_non_null(goes);
	for (i = 0; i < 50; i++) {
		memory_store_init(goes, machine->pager->btrees, true);
		goes->whom = &caller;
		goes->meanwhile = drop_meanwhile;
		maps(machine, COMES, &goes->store, 0);
		assert_int_equal(
			machine_fault(machine, 0, COMES, PROTECT_READ), 0);
		assert_int_equal(pager_unmap(machine->pager,
					 &machine->spaces[0], COMES, PAGES),
			0);
		assert_int_equal(
			pager_drop_store(machine->pager, &goes->store, false),
			0);
		/* whoever still looks at it will know */
		memset(goes, 0xa5, sizeof(*goes));
		assert_int_equal(pthread_join(caller.thread, NULL), 0);
	}
	free(goes);
	done(machine);
}

/* The page that is to be copied makes way for its copy, comes back and is used,
 * while its frame is nobody's. */

static void read_private(void *context)
{
	reads(context, PRIVATE + 3);
}

static void test_comes_back_while_copied(void **state)
{
	struct machine *machine = machine_of(5, 4);
	struct memory_store *other = &machine->memory[1];

	(void)state;
	reads(machine, PRIVATE + 3);
	reads(machine, OTHER);
	writes(machine, OTHER + 1, 1);
	writes(machine, OTHER + 2, 1);
	reads(machine, OTHER + 3);
	/* what is dirty is due to be written, by whoever evicts */
	other->whom = machine;
	other->meanwhile = read_private;
	writes(machine, PRIVATE + 3, 9);
	assert_int_equal(machine->pager->counts.copies, 1);
	assert_int_equal(machine->pager->counts.evictions, 1);
	assert_int_equal(reads(machine, PRIVATE + 3), 9);
	assert_int_equal(reads(machine, 3), 31);
	/* it is by the next one, and so is the copy */
	assert_null(other->meanwhile);
	assert_int_equal(machine->pager->counts.cleaned, 3);
	done(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_given_back_while_flushed),
		cmocka_unit_test(test_mapped_while_unmapped),
		cmocka_unit_test(test_store_goes_while_it_is_dropped),
		cmocka_unit_test(test_comes_back_while_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
