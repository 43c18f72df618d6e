/*
 * The Nth read, write or sync of a fixed scenario fails, for every N and each
 * kind of store: after it all invariants hold and no byte is lost, and what
 * failed is done when it is tried again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/store-pager.h"
#include "mm/store-swap.h"
#include "mm/test/machine.h"
#include "mm/test/store-disk.h"
#include "mm/test/store-own.h"

#include <cmocka.h>

enum { PAGES = 14, FRAMES = 4 };

enum kind { STORE_OF_FILE, SWAPPED, OWN, OWN_BLOCKING, KINDS };

struct lab {
	enum kind kind;
	struct disk *disk;
	struct machine *machine;
	struct store *store;
	struct swap *swap;
	int alive; /* own stores */
	int error; /* that the failure gives */
	bool seen; /* the failure has been told */
	uint64_t expected[PAGES][REAL_WORDS];
};

static void open_store(struct lab *lab)
{
	struct btree_pool *pool = lab->machine->pager->btrees;
	int error = 0;

	switch (lab->kind) {
	case STORE_OF_FILE:
		error = store_open_file(pool, DISK_FD, &lab->store);
		break;
	case SWAPPED:
		error = swap_create(DISK_FD, PAGES, &lab->swap);
		assert_int_equal(error, 0);
		error = store_open_swapped(pool, lab->swap, PAGES, &lab->store);
		break;
	default:
		error = own_store_open(pool, PAGES, lab->kind == OWN_BLOCKING,
			&lab->alive, &lab->store);
	}
	assert_int_equal(error, 0);
	lab->machine->stores[lab->machine->stores_count++] = lab->store;
}

static void sound(struct lab *lab)
{
	const char *why = machine_check(lab->machine);

	if (!why && lab->swap)
		why = swap_check(lab->swap);
	if (why)
		fail_msg("%s", why);
}

/* It may only be the one failure, and only once. */
static void excuse(struct lab *lab, int error)
{
	assert_int_equal(lab->disk->failed, 1);
	assert_false(lab->seen);
	assert_int_equal(error, -lab->error);
	lab->seen = true;
}

static void read_word(struct lab *lab, unsigned page, unsigned word)
{
	uint64_t value = 1;
	int error = machine_read(lab->machine, 0, page, word, &value);

	sound(lab);
	if (error) {
		excuse(lab, error);
		assert_int_equal(
			machine_read(lab->machine, 0, page, word, &value), 0);
	}
	assert_int_equal(value, lab->expected[page][word]);
}

static void read_all(struct lab *lab)
{
	unsigned page, word;

	for (page = 0; page < PAGES; page++)
		for (word = 0; word < REAL_WORDS; word++)
			read_word(lab, page, word);
}

static void write_word(
	struct lab *lab, unsigned page, unsigned word, uint64_t value)
{
	int error = machine_write(lab->machine, 0, page, word, value);

	sound(lab);
	if (error) {
		excuse(lab, error);
		read_all(lab);
		assert_int_equal(
			machine_write(lab->machine, 0, page, word, value), 0);
	}
	lab->expected[page][word] = value;
}

static void write_page(struct lab *lab, unsigned page, uint64_t value)
{
	unsigned word;

	for (word = 0; word < REAL_WORDS; word++)
		write_word(lab, page, word, value + word);
}

static int drop(struct lab *lab)
{
	return pager_drop_store(lab->machine->pager, lab->store, true);
}

static int flush(struct lab *lab)
{
	return pager_flush(lab->machine->pager, lab->store);
}

static int flush_half(struct lab *lab)
{
	return pager_flush_range(lab->machine->pager, lab->store, 0, PAGES / 2);
}

static int dont_need(struct lab *lab)
{
	return pager_advise(lab->machine->pager, &lab->machine->spaces[0], 3, 8,
		ADVICE_DONT_NEED, 0);
}

static void write_unsafe_again(struct lab *lab)
{
	uint64_t page = 0;

	for (; store_find_unsafe(lab->store, page, &page); page++)
		write_page(lab, page, lab->expected[page][0]);
}

/* Once more if it fails, after a look at every byte. */
static void must(struct lab *lab, int (*call)(struct lab *lab))
{
	int error = call(lab);

	sound(lab);
	if (!error)
		return;
	excuse(lab, error);
	read_all(lab);
	write_unsafe_again(lab);
	assert_int_equal(call(lab), 0);
	sound(lab);
}

static uint64_t safe_word(struct lab *lab, unsigned page)
{
	uint64_t value;

	if (lab->kind != STORE_OF_FILE)
		return own_store_safe_word(lab->store, page);
	memcpy(&value, lab->disk->platter + page * REAL_PAGE_BYTES,
		sizeof(value));
	return value;
}

static void all_safe(struct lab *lab)
{
	unsigned page;

	for (page = 0; page < PAGES && lab->kind != SWAPPED; page++)
		assert_int_equal(safe_word(lab, page), lab->expected[page][0]);
}

static void forget(struct lab *lab)
{
	int error = pager_forget(lab->machine->pager, lab->store, 2, 6);

	sound(lab);
	assert_int_equal(error, lab->kind == STORE_OF_FILE ? -EOPNOTSUPP : 0);
	if (!error)
		memset(lab->expected[2], 0, 4 * sizeof(lab->expected[0]));
}

static void scenario(struct lab *lab)
{
	unsigned page;

	assert_int_equal(as_map(&lab->machine->spaces[0], 0, PAGES, lab->store,
				 0, PROTECT_BOTH, NULL),
		0);
	for (page = 0; page < PAGES - 2; page++)
		write_page(lab, page, 1000 * page);
	read_all(lab);
	for (page = 1; page < PAGES; page += 3)
		write_page(lab, page, 2000 * page);
	must(lab, flush_half);
	must(lab, flush);
	all_safe(lab);
	for (page = 0; page < PAGES; page += 2)
		write_page(lab, page, 3000 * page);
	must(lab, dont_need);
	read_all(lab);
	forget(lab);
	read_all(lab);
	for (page = 3; page < 9; page++)
		write_page(lab, page, 4000 * page);
	must(lab, flush);
	all_safe(lab);
	write_page(lab, 5, 5000);
	must(lab, drop);
	assert_int_equal(lab->machine->pager->physmem.resident, 0);
	read_all(lab);
	must(lab, flush);
	all_safe(lab);
}

/* Returns whether a call has failed. */
static bool run(enum kind kind, unsigned fail_at, int error, bool torn)
{
	struct machine_config config = {.frames = FRAMES};
	struct lab lab = {.kind = kind, .error = error, .disk = disk_reset()};
	bool failed;

	assert_int_equal(machine_create(&config, &lab.machine), 0);
	open_store(&lab);
	lab.disk->fail_at = fail_at;
	lab.disk->error = error;
	lab.disk->torn = torn;
	scenario(&lab);
	failed = lab.disk->failed;
	machine_destroy(lab.machine);
	assert_int_equal(lab.alive, 0);
	if (lab.swap) {
		assert_int_equal(swap_slots_used(lab.swap), 0);
		assert_null(swap_check(lab.swap));
		swap_destroy(lab.swap);
	}
	return failed;
}

static void run_all(enum kind kind)
{
	static const int errors[] = {EIO, ENOSPC};
	unsigned i, n;

	for (i = 0; i < 4; i++) {
		for (n = 1; run(kind, n, errors[i / 2], i % 2); n++)
			;
		/* it did something, or the test tests nothing */
		assert_true(n > 60);
	}
}

static void test_file(void **state)
{
	(void)state;
	run_all(STORE_OF_FILE);
}

static void test_swapped(void **state)
{
	(void)state;
	run_all(SWAPPED);
}

static void test_own(void **state)
{
	(void)state;
	run_all(OWN);
}

static void test_own_blocking(void **state)
{
	(void)state;
	run_all(OWN_BLOCKING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_own_blocking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
