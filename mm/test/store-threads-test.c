/*
 * Threads on a file and on two anonymous stores that share a swap file: each
 * writes and reads pages of its own, among everybody's, while one flushes and
 * others' pages are forgotten.  What is read is what was written last.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mm/store-pager.h"
#include "mm/store-swap.h"
#include "mm/test/machine.h"

#include <cmocka.h>

enum { THREADS = 3, STEPS = 20000, PAGES = 60, SPACE_PAGES = 2 * PAGES };

struct lab {
	struct machine *machine;
	struct store *stores[3]; /* a file, two anonymous */
	struct swap *swap;
	bool done;
};

struct worker {
	struct lab *lab;
	pthread_t thread;
	unsigned number;
	const char *what; /* went wrong */
	uint64_t expected[SPACE_PAGES];
};

static int temporary_file(void)
{
	char path[] = "/tmp/store-threads-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

/* The page is the thread's own.  Space 0 shows the file and the first
 * anonymous store, one after the other. */
static const char *step(struct worker *worker, uint64_t random)
{
	struct machine *machine = worker->lab->machine;
	unsigned page = (random >> 33) % (SPACE_PAGES / THREADS) * THREADS +
			worker->number;
	uint64_t value = 0;

	if (random >> 63) {
		if (machine_write(machine, 0, page, 0, random))
			return "write";
		worker->expected[page] = random;
	} else if (page >= PAGES && random >> 50 & 1) {
		if (pager_forget(machine->pager, worker->lab->stores[1],
			    page - PAGES, page - PAGES + 1))
			return "forget";
		worker->expected[page] = 0;
	}
	if (machine_read(machine, 0, page, 0, &value))
		return "read";
	return value == worker->expected[page] ? NULL : "contents";
}

static void *work(void *context)
{
	struct worker *worker = context;
	uint64_t random = worker->number + 1;
	unsigned i;

	for (i = 0; i < STEPS && !worker->what; i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		worker->what = step(worker, random);
	}
	return NULL;
}

/* Flushes, and lets the second anonymous store have slots that others gave
 * back. */
static void *disturb(void *context)
{
	struct worker *worker = context;
	struct lab *lab = worker->lab;
	struct pager *pager = lab->machine->pager;
	uint64_t page = 0, value;

	while (!__atomic_load_n(&lab->done, __ATOMIC_RELAXED) &&
		!worker->what) {
		if (pager_flush(pager, lab->stores[page % 3]))
			worker->what = "flush";
		if (machine_write(lab->machine, 1, page % PAGES, 0, page))
			worker->what = "write";
		if (machine_read(lab->machine, 1, page % PAGES, 0, &value) ||
			value != page)
			worker->what = "contents";
		page++;
		if (page % PAGES == 0 &&
			pager_forget(pager, lab->stores[2], 0, UINT64_MAX))
			worker->what = "forget";
	}
	return NULL;
}

static void open_stores(struct lab *lab, int file, int swap)
{
	struct machine *machine = lab->machine;
	struct btree_pool *pool = machine->pager->btrees;
	unsigned i;

	assert_int_equal(swap_create(swap, 2 * PAGES, &lab->swap), 0);
	assert_int_equal(store_open_file(pool, file, &lab->stores[0]), 0);
	for (i = 1; i < 3; i++)
		assert_int_equal(store_open_swapped(pool, lab->swap, PAGES,
					 &lab->stores[i]),
			0);
	/* the machine has room for two more than its own */
	machine->stores_count = 0;
	for (i = 0; i < 3; i++) {
		machine->stores[machine->stores_count++] = lab->stores[i];
		assert_int_equal(
			as_map(&machine->spaces[i / 2], i % 2 * PAGES, PAGES,
				lab->stores[i], 0, PROTECT_BOTH, NULL),
			0);
	}
}

static void test_threads(void **state)
{
	struct machine_config config = {
		.frames = 30, .threads = true, .blocking = true};
	int file = temporary_file(), swap = temporary_file();
	struct worker workers[THREADS + 1] = {0};
	struct lab lab = {0};
	unsigned i;

	(void)state;
	assert_int_equal(machine_create(&config, &lab.machine), 0);
	open_stores(&lab, file, swap);
	for (i = 0; i <= THREADS; i++) {
		workers[i].lab = &lab;
		workers[i].number = i;
		assert_int_equal(
			pthread_create(&workers[i].thread, NULL,
				i < THREADS ? work : disturb, &workers[i]),
			0);
	}
	for (i = 0; i <= THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		if (i + 1 == THREADS)
			__atomic_store_n(&lab.done, true, __ATOMIC_RELAXED);
	}
	for (i = 0; i <= THREADS; i++)
		assert_null(workers[i].what);
	assert_null(machine_check(lab.machine));
	assert_null(swap_check(lab.swap));
	assert_true(lab.machine->pager->counts.writebacks > 1000);
	assert_true(swap_slots_most(lab.swap) > PAGES / 2);
	machine_destroy(lab.machine);
	assert_int_equal(swap_slots_used(lab.swap), 0);
	swap_destroy(lab.swap);
	close(file);
	close(swap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
