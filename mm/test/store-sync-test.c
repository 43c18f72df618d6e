/*
 * What is where after each call: in the store, on the disk, or lost; with a
 * disk that keeps what was synced apart from what was only written, and that
 * says once, as systems do, that it could not write a page.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/store-pager.h"
#include "mm/test/machine.h"
#include "mm/test/store-disk.h"

#include <cmocka.h>

enum { BYTES = REAL_PAGE_BYTES, PAGES = 64, NEW = 2 /* the store's number */ };

struct lab {
	struct disk *disk;
	struct machine *machine;
	struct store *store;
	uint64_t expected[PAGES]; /* word 0 of each */
};

static void sound(struct lab *lab)
{
	const char *why = machine_check(lab->machine);

	if (why)
		fail_msg("%s", why);
}

static void make_lab(struct lab *lab, uint32_t frames, bool anonymous)
{
	struct machine_config config = {.frames = frames};
	struct machine *machine;
	int error;

	memset(lab, 0, sizeof(*lab));
	lab->disk = disk_reset();
	assert_int_equal(machine_create(&config, &machine), 0);
	lab->machine = machine;
	if (anonymous)
		error = store_open_anonymous(
			machine->pager->btrees, DISK_FD, PAGES, &lab->store);
	else
		error = store_open_file(
			machine->pager->btrees, DISK_FD, &lab->store);
	assert_int_equal(error, 0);
	machine->stores[machine->stores_count++] = lab->store;
	assert_int_equal(as_map(&machine->spaces[0], 0, PAGES, lab->store, 0,
				 PROTECT_BOTH, NULL),
		0);
}

static void write_page(struct lab *lab, uint64_t page, uint64_t value)
{
	assert_int_equal(machine_write(lab->machine, 0, page, 0, value), 0);
	lab->expected[page] = value;
	sound(lab);
}

static uint64_t read_page(struct lab *lab, uint64_t page)
{
	uint64_t value = 0;

	assert_int_equal(machine_read(lab->machine, 0, page, 0, &value), 0);
	sound(lab);
	return value;
}

static uint64_t word_at(const char *data, uint64_t page)
{
	uint64_t value;

	memcpy(&value, data + page * BYTES, sizeof(value));
	return value;
}

static uint64_t cached(const struct lab *lab, uint64_t page)
{
	return word_at(lab->disk->cache, page);
}

static uint64_t on_disk(const struct lab *lab, uint64_t page)
{
	return word_at(lab->disk->platter, page);
}

static bool all_on_disk(const struct lab *lab)
{
	uint64_t page;

	for (page = 0; page < PAGES; page++)
		if (on_disk(lab, page) != lab->expected[page])
			return false;
	return true;
}

static int flush(struct lab *lab)
{
	int error = pager_flush(lab->machine->pager, lab->store);

	sound(lab);
	return error;
}

static uint64_t first_unsafe(struct lab *lab, uint64_t from)
{
	uint64_t offset;

	return store_find_unsafe(lab->store, from, &offset) ? offset
							    : UINT64_MAX;
}

static bool is_dirty(struct lab *lab, uint64_t page)
{
	const struct frame *frame = machine_frame(lab->machine, NEW, page);

	return frame && frame->flags & FRAME_DIRTY;
}

/* What was done to the disk since the last time, a letter a call. */
static void did(struct lab *lab, const char *expected)
{
	char letters[DISK_EVENTS + 1];
	unsigned i;

	for (i = 0; i < lab->disk->events_count; i++) {
		letters[i] = "rws"[lab->disk->events[i].kind];
		if (lab->disk->events[i].error)
			letters[i] -= 'a' - 'A';
	}
	letters[i] = 0;
	assert_string_equal(letters, expected);
	lab->disk->events_count = 0;
}

static void fail_next(struct lab *lab, unsigned ahead, int error)
{
	lab->disk->fail_at = lab->disk->calls + ahead;
	lab->disk->error = error;
}

static void test_what_is_where(void **state)
{
	struct lab lab;
	struct pager *pager;
	uint64_t page;

	(void)state;
	make_lab(&lab, 10, false);
	pager = lab.machine->pager;
	for (page = 0; page < 6; page++)
		write_page(&lab, page, 100 + page);
	did(&lab, "rrrrrr");
	/* a range: in the store, those and no others; not on the disk */
	assert_int_equal(pager_flush_range(pager, lab.store, 1, 4), 0);
	did(&lab, "www");
	for (page = 0; page < 6; page++) {
		bool in_range = page >= 1 && page < 4;

		assert_int_equal(cached(&lab, page), in_range * (100 + page));
		assert_int_equal(on_disk(&lab, page), 0);
		assert_int_equal(is_dirty(&lab, page), false);
	}
	/* all: written first, and then synced */
	assert_int_equal(flush(&lab), 0);
	did(&lab, "wwws");
	assert_true(all_on_disk(&lab));
	/* nothing is dirty; what was written meanwhile by others is synced */
	assert_int_equal(flush(&lab), 0);
	did(&lab, "s");
	/* dropped: in the store, not on the disk */
	write_page(&lab, 2, 202);
	assert_int_equal(pager_drop_store(pager, lab.store, true), 0);
	did(&lab, "w");
	assert_int_equal(cached(&lab, 2), 202);
	assert_int_equal(on_disk(&lab, 2), 102);
	assert_int_equal(read_page(&lab, 2), 202);
	assert_int_equal(flush(&lab), 0);
	assert_true(all_on_disk(&lab));
	/* evicted: the same */
	write_page(&lab, 3, 303);
	for (page = 10; page < 30; page++)
		read_page(&lab, page);
	assert_int_equal(cached(&lab, 3), 303);
	assert_int_equal(on_disk(&lab, 3), 103);
	assert_int_equal(flush(&lab), 0);
	assert_true(all_on_disk(&lab));
	/* a file forgets nothing */
	write_page(&lab, 3, 403);
	assert_int_equal(pager_forget(pager, lab.store, 0, 9), -EOPNOTSUPP);
	assert_int_equal(store_forget(lab.store, 0, 9), -EOPNOTSUPP);
	assert_int_equal(read_page(&lab, 3), 403);
	machine_destroy(lab.machine);
}

/* The pages are in memory: the next flush writes them anew. */
static void test_failed_sync(void **state)
{
	static const int errors[] = {EIO, ENOSPC, EDQUOT};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct lab lab;

		make_lab(&lab, 10, false);
		write_page(&lab, 1, 11);
		assert_int_equal(flush(&lab), 0);
		write_page(&lab, 2, 12);
		write_page(&lab, 7, 17);
		read_page(&lab, 9);
		lab.disk->events_count = 0;
		fail_next(&lab, 3, errors[i]);
		assert_int_equal(flush(&lab), -errors[i]);
		did(&lab, "wwS");
		/* these two, and not the one that was safe before */
		assert_true(is_dirty(&lab, 2) && is_dirty(&lab, 7));
		assert_false(is_dirty(&lab, 1) || is_dirty(&lab, 9));
		assert_int_equal(first_unsafe(&lab, 0), 2);
		assert_int_equal(first_unsafe(&lab, 3), 7);
		assert_int_equal(first_unsafe(&lab, 8), UINT64_MAX);
		assert_int_equal(first_unsafe(&lab, UINT64_MAX), UINT64_MAX);
		/* a sync alone would succeed, and the data be nowhere */
		assert_int_equal(lab.store->ops->sync(lab.store), -errors[i]);
		did(&lab, "s");
		/* a sync that fails when none has been written since */
		fail_next(&lab, 3, errors[i]);
		assert_int_equal(flush(&lab), -errors[i]);
		did(&lab, "wwS");
		assert_int_equal(flush(&lab), 0);
		did(&lab, "wws");
		assert_true(all_on_disk(&lab));
		assert_int_equal(first_unsafe(&lab, 0), UINT64_MAX);
		assert_int_equal(flush(&lab), 0);
		did(&lab, "s");
		machine_destroy(lab.machine);
	}
}

/* The pages are in no frame: only who has their data can make them safe. */
static void test_failed_sync_after_eviction(void **state)
{
	struct lab lab;
	uint64_t page;

	(void)state;
	make_lab(&lab, 4, false);
	write_page(&lab, 1, 11);
	write_page(&lab, 5, 15);
	for (page = 20; page < 24; page++)
		read_page(&lab, page);
	fail_next(&lab, 1, EIO);
	assert_int_equal(flush(&lab), -EIO);
	lab.disk->events_count = 0;
	for (page = 0; page < 3; page++)
		assert_int_equal(flush(&lab), -EIO);
	did(&lab, "sss");
	assert_int_equal(first_unsafe(&lab, 0), 1);
	assert_int_equal(first_unsafe(&lab, 2), 5);
	/* one of them is not enough */
	write_page(&lab, 1, 21);
	assert_int_equal(flush(&lab), -EIO);
	assert_int_equal(on_disk(&lab, 1), 21);
	assert_int_equal(first_unsafe(&lab, 0), 5);
	/* a write that fails makes nothing safe */
	write_page(&lab, 5, 25);
	fail_next(&lab, 1, EIO);
	assert_int_equal(flush(&lab), -EIO);
	assert_int_equal(first_unsafe(&lab, 0), 5);
	assert_true(is_dirty(&lab, 5));
	assert_int_equal(flush(&lab), 0);
	assert_true(all_on_disk(&lab));
	machine_destroy(lab.machine);
}

static int out(struct store *store, uint64_t offset, uint64_t value)
{
	uint64_t words[REAL_WORDS] = {value};
	struct page_io io = {
		.offset = offset,
		.data = words,
		.bytes = sizeof(words),
	};

	return store->ops->page_out(store, &io);
}

static int out_many(struct store *store, uint64_t count)
{
	uint64_t page;
	int error = 0;

	for (page = 0; page < count && !error; page++)
		error = out(store, page, page);
	return error;
}

/* More pages than can be told apart. */
static void test_too_many_to_tell(void **state)
{
	enum { MANY = STORE_UNSYNCED_MAX + 1 };
	struct store *store;
	struct lab lab;

	(void)state;
	make_lab(&lab, 4, false);
	store = lab.store;
	assert_int_equal(out_many(store, MANY), 0);
	/* a good sync is good for all */
	assert_int_equal(store->ops->sync(store), 0);
	assert_int_equal(word_at(lab.disk->platter, MANY - 1), MANY - 1);
	/* as many as can be */
	assert_int_equal(out_many(store, MANY - 1), 0);
	fail_next(&lab, 1, EIO);
	assert_int_equal(store->ops->sync(store), -EIO);
	assert_int_equal(first_unsafe(&lab, MANY - 2), MANY - 2);
	assert_int_equal(first_unsafe(&lab, MANY - 1), UINT64_MAX);
	assert_int_equal(out_many(store, MANY - 1), 0);
	assert_int_equal(store->ops->sync(store), 0);
	/* one more: no page is known to be safe again */
	assert_int_equal(out_many(store, MANY), 0);
	fail_next(&lab, 1, EIO);
	assert_int_equal(store->ops->sync(store), -EIO);
	assert_int_equal(out_many(store, MANY), 0);
	assert_int_equal(store->ops->sync(store), -EIO);
	assert_int_equal(first_unsafe(&lab, 4711 + MANY), 4711 + MANY);
	machine_destroy(lab.machine);
}

static void write_page_seven(void *context)
{
	assert_int_equal(out(((struct lab *)context)->store, 7, 17), 0);
}

static void sync_badly(void *context)
{
	struct lab *lab = context;

	fail_next(lab, 1, EIO);
	assert_int_equal(lab->store->ops->sync(lab->store), -EIO);
}

static void sync_well(void *context)
{
	struct lab *lab = context;

	assert_int_equal(lab->store->ops->sync(lab->store), 0);
}

static void meanwhile(
	struct lab *lab, enum disk_kind kind, void (*what)(void *context))
{
	lab->disk->meanwhile[kind] = what;
	lab->disk->context = lab;
}

/* Writes and syncs that overlap: a sync speaks for what was over before it,
 * and an error may belong to whatever was under way. */
static void test_overlaps(void **state)
{
	struct lab lab;
	struct store *store;

	(void)state;
	make_lab(&lab, 4, false);
	store = lab.store;
	/* a write within a good sync: the next one speaks for it */
	assert_int_equal(out(store, 3, 13), 0);
	meanwhile(&lab, DISK_SYNC, write_page_seven);
	assert_int_equal(store->ops->sync(store), 0);
	sync_badly(&lab);
	assert_int_equal(first_unsafe(&lab, 0), 7);
	assert_int_equal(out(store, 7, 17), 0);
	assert_int_equal(store->ops->sync(store), 0);
	/* a good sync within a write: the same */
	meanwhile(&lab, DISK_WRITE, sync_well);
	assert_int_equal(out(store, 8, 18), 0);
	sync_badly(&lab);
	assert_int_equal(first_unsafe(&lab, 0), 8);
	assert_int_equal(out(store, 8, 18), 0);
	assert_int_equal(store->ops->sync(store), 0);
	/* a bad sync within a write: it may have been this page */
	meanwhile(&lab, DISK_WRITE, sync_badly);
	assert_int_equal(out(store, 9, 19), 0);
	assert_int_equal(first_unsafe(&lab, 0), 9);
	assert_int_equal(store->ops->sync(store), -EIO);
	assert_int_equal(out(store, 9, 19), 0);
	assert_int_equal(store->ops->sync(store), 0);
	machine_destroy(lab.machine);
}

static void test_interrupts_and_short_calls(void **state)
{
	struct lab lab;
	uint64_t page;

	(void)state;
	make_lab(&lab, 5, false);
	lab.disk->interrupt = 3;
	lab.disk->most = 7;
	for (page = 0; page < PAGES; page++)
		write_page(&lab, page, 1000 + page);
	for (page = 0; page < 20; page++)
		assert_int_equal(flush(&lab), 0);
	assert_true(all_on_disk(&lab));
	for (page = 0; page < PAGES; page++)
		assert_int_equal(read_page(&lab, page), 1000 + page);
	machine_destroy(lab.machine);
}

/* Unsafe pages in no frame are written again by who knows their data. */
static void write_unsafe_again(struct lab *lab)
{
	uint64_t page = 0;

	while (store_find_unsafe(lab->store, page, &page)) {
		while (machine_write(
			lab->machine, 0, page, 0, lab->expected[page]))
			disk_mend();
		page++;
	}
}

/* Whatever fails: a flush that returns 0 has all on the disk, and what is
 * read is what was written last. */
static void random_work(bool forgetful, uint64_t random)
{
	struct lab lab;
	unsigned i, good = 0, bad = 0;
	uint64_t value;

	make_lab(&lab, 6, false);
	lab.disk->forgetful = forgetful;
	lab.disk->error = EIO;
	lab.disk->torn = true;
	lab.disk->random = random;
	for (i = 0; i < 3000; i++) {
		uint64_t page = (random >> 33) % PAGES;

		random = random * 6364136223846793005 + 1442695040888963407;
		lab.disk->one_in[DISK_READ] = 9;
		lab.disk->one_in[DISK_WRITE] = 7;
		lab.disk->one_in[DISK_SYNC] = 3;
		if (random >> 62 && !machine_write(lab.machine, 0, page, 0, i))
			lab.expected[page] = i;
		if (!forgetful &&
			!machine_read(lab.machine, 0, page, 0, &value))
			assert_int_equal(value, lab.expected[page]);
		if ((random >> 40) % 8)
			continue;
		if (flush(&lab)) {
			bad++;
			write_unsafe_again(&lab);
			continue;
		}
		assert_true(all_on_disk(&lab));
		good++;
	}
	assert_true(good > 20 && bad > 20);
	machine_destroy(lab.machine);
}

static void test_random_work(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 20; seed++)
		random_work(seed % 2, seed * 0x9e3779b97f4a7c15);
}

/* The disk is full: the page stays, and its slot is another's to have. */
static void test_slot_of_a_failed_write(void **state)
{
	struct lab lab;
	uint64_t value;

	(void)state;
	make_lab(&lab, 2, true);
	lab.disk->room = 2 * BYTES + 5; /* a part of the third slot */
	write_page(&lab, 0, 10);
	write_page(&lab, 1, 11);
	write_page(&lab, 2, 12);
	write_page(&lab, 3, 13);
	/* two are out; these two can't go */
	assert_int_equal(machine_read(lab.machine, 0, 9, 0, &value), -ENOSPC);
	assert_int_equal(machine_read(lab.machine, 0, 1, 0, &value), -ENOSPC);
	sound(&lab);
	assert_int_equal(read_page(&lab, 2), 12);
	assert_int_equal(read_page(&lab, 3), 13);
	/* what is not wanted any more makes room */
	assert_int_equal(pager_forget(lab.machine->pager, lab.store, 0, 1), 0);
	sound(&lab);
	assert_int_equal(read_page(&lab, 1), 11);
	assert_int_equal(read_page(&lab, 0), 0);
	assert_int_equal(lab.machine->kind, FAULT_ZERO);
	assert_int_equal(read_page(&lab, 2), 12);
	assert_int_equal(read_page(&lab, 3), 13);
	assert_true(lab.disk->size <= 2 * BYTES + 5);
	machine_destroy(lab.machine);
}

/* Dirty frames, clean ones, pinned ones, and pages that are out. */
static void test_forget(void **state)
{
	struct lab lab;
	struct pager *pager;
	uint64_t page;

	(void)state;
	make_lab(&lab, 6, true);
	pager = lab.machine->pager;
	for (page = 0; page < 12; page++)
		write_page(&lab, page, 100 + page);
	assert_int_equal(pager_advise(pager, &lab.machine->spaces[0], 9, 2,
				 ADVICE_PIN, 0),
		0);
	assert_int_equal(read_page(&lab, 3), 103);
	assert_int_equal(pager_forget(pager, lab.store, 2, 10), 0);
	sound(&lab);
	assert_int_equal(pager->pinned, 1);
	assert_int_equal(pager_forget(pager, lab.store, 5, 5), 0);
	assert_int_equal(pager_forget(pager, lab.store, 9, 2), 0);
	for (page = 0; page < 12; page++)
		assert_int_equal(read_page(&lab, page),
			page >= 2 && page < 10 ? 0 : 100 + page);
	/* it is pinned again, as its map is */
	assert_int_equal(pager->pinned, 2);
	for (page = 2; page < 10; page++)
		write_page(&lab, page, 200 + page);
	for (page = 0; page < 12; page++)
		assert_int_equal(read_page(&lab, page),
			(page >= 2 && page < 10 ? 200 : 100) + page);
	/* all of it, and with a limit that is no page */
	assert_int_equal(pager_forget(pager, lab.store, 0, UINT64_MAX), 0);
	sound(&lab);
	for (page = 0; page < 12; page++)
		assert_int_equal(read_page(&lab, page), 0);
	machine_destroy(lab.machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_where),
		cmocka_unit_test(test_failed_sync),
		cmocka_unit_test(test_failed_sync_after_eviction),
		cmocka_unit_test(test_too_many_to_tell),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_interrupts_and_short_calls),
		cmocka_unit_test(test_random_work),
		cmocka_unit_test(test_slot_of_a_failed_write),
		cmocka_unit_test(test_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
