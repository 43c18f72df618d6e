/*
 * A fixed program that uses all of the public interface, run again and again:
 * each of its allocations, reads, writes and syncs fails once, in turn; and
 * from each of its writes on, the disks are full.
 *
 * After the call during which something has failed: the call has told so, or
 * coped; the invariants hold; all that was written reads back; and the same
 * call, once more, does what it should, and so the program goes on to its
 * end.  With full disks calls go on failing, and all is there in the end, as
 * soon as there is room again.
 */
#include "config.h"

#include "mm/selfpage.h"
#include "mm/test/trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	PAGE = 256,
	FRAMES = 6,
	PAGES = 12, /* of each store, and of a private map */
	BOTH = SELFPAGE_READ | SELFPAGE_WRITE,
	UNKNOWN = -1, /* while something is discarded */
	NOT_COPIED = -2,
	FAR = 1000, /* runs at most */
};

/* Two files, one of them written to by many at a time; memory; functions. */
enum { PLAIN, SYNCED, ANONYMOUS, OWN, STORES };

/* Where each store is mapped in space 0, and privately in space 1. */
enum { STRIDE = 16, PRIVATES = 2 };
static const unsigned private_of[PRIVATES] = {PLAIN, ANONYMOUS};

struct world {
	struct selfpage *pager;
	struct selfpage_space *spaces[2];
	struct selfpage_store *stores[STORES];
	int fds[STORES], swap;
	char own[PAGES][PAGE]; /* what the store of functions has */
	/* what each page is full of; of private maps: or NOT_COPIED */
	int shared[STORES][PAGES];
	int copies[PRIVATES][PAGES];
	uint64_t struck; /* before the last call */
	bool is_full;	 /* calls may fail for good */
};

static uint64_t struck(void)
{
	const struct trouble *trouble = trouble_get();
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < TROUBLE_KINDS; i++)
		sum += trouble->struck[i];
	return sum;
}

/* ---- the program's own store ---- */

static int own_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	struct world *world = context;

	if (trouble_strikes(TROUBLE_READ))
		return -EIO;
	memcpy(data, world->own[offset / PAGE], bytes);
	return SELFPAGE_DATA;
}

static int own_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct world *world = context;
	bool fails = trouble_strikes(TROUBLE_WRITE);

	memcpy(world->own[offset / PAGE], data, fails ? bytes / 2 : bytes);
	return fails ? -trouble_get()->error : 0;
}

static int own_sync(void *context)
{
	(void)context;
	return trouble_strikes(TROUBLE_SYNC) ? -EIO : 0;
}

static int own_forget(void *context, uint64_t offset, uint64_t bytes)
{
	struct world *world = context;

	if (trouble_strikes(TROUBLE_SYNC))
		return -EIO;
	memset(world->own[offset / PAGE], 0, bytes);
	return 0;
}

/* ---- what is compared ---- */

static int right_of(const struct world *world, unsigned space, unsigned page)
{
	unsigned which = page / STRIDE, within = page % STRIDE;
	int copy;

	if (!space)
		return world->shared[which][within];
	copy = world->copies[which][within];
	return copy == NOT_COPIED ? world->shared[private_of[which]][within]
				  : copy;
}

static bool is_full_of(const char *data, int value)
{
	unsigned i;

	for (i = 0; i < PAGE; i++)
		if (data[i] != (char)value)
			return false;
	return true;
}

/* All of a space that is mapped reads as it should. */
static void compare_space(struct world *world, unsigned space)
{
	unsigned page, end = STRIDE * (space ? PRIVATES : STORES);
	char data[PAGE];
	uint8_t state;

	for (page = 0; page < end; page++) {
		assert_int_equal(selfpage_look(world->spaces[space],
					 page * PAGE, PAGE, &state),
			0);
		if (!(state & SELFPAGE_MAPPED) ||
			right_of(world, space, page) == UNKNOWN)
			continue;
		assert_int_equal(selfpage_read(world->spaces[space],
					 page * PAGE, data, PAGE),
			0);
		if (!is_full_of(data, right_of(world, space, page)))
			fail_msg("space %u, page %u: lost", space, page);
	}
}

static void check(struct world *world)
{
	const char *why = world->pager ? selfpage_check(world->pager) : NULL;

	if (why)
		fail_msg("%s", why);
}

/*
 * After a call that gave ERROR: is it to be made again?  *DONE_OUT: it was
 * made well.  No trouble comes while it is looked at.
 */
static bool again(struct world *world, int error, bool *done_out)
{
	struct trouble *trouble = trouble_get();
	bool was_struck = struck() != world->struck;
	unsigned space;

	*done_out = !error;
	if (!error && !was_struck)
		return false;
	trouble->paused = true;
	check(world);
	if (error) {
		/* nothing but what failed was in the way */
		assert_true(was_struck || world->is_full);
		assert_true(error == -ENOMEM || error == -trouble->error);
	}
	if (!world->is_full)
		for (space = 0; space < 2; space++)
			if (world->spaces[space])
				compare_space(world, space);
	world->struck = struck();
	trouble->paused = false;
	return error && !world->is_full;
}

/* Makes a call until it was made well; or, with full disks, once. */
#define ATTEMPT(world, call)                                                   \
	({                                                                     \
		bool done;                                                     \
		int error;                                                     \
		do                                                             \
			error = (call);                                        \
		while (again((world), error, &done));                          \
		done;                                                          \
	})

/* ---- the program's calls ---- */

static void open_stores(struct world *world)
{
	struct selfpage_store_functions functions = {
		.functions_bytes = sizeof(functions),
		.page_in = own_in,
		.page_out = own_out,
		.sync = own_sync,
		.forget = own_forget,
	};

	ATTEMPT(world, selfpage_store_open_file(world->pager, world->fds[PLAIN],
			       &world->stores[PLAIN]));
	ATTEMPT(world, selfpage_store_open_file(world->pager,
			       world->fds[SYNCED], &world->stores[SYNCED]));
	ATTEMPT(world, selfpage_store_open_anonymous(world->pager,
			       world->fds[ANONYMOUS], PAGES * PAGE,
			       &world->stores[ANONYMOUS]));
	ATTEMPT(world, selfpage_store_open_functions(world->pager, &functions,
			       world, &world->stores[OWN]));
}

static void map_all(struct world *world)
{
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = PAGES * PAGE,
		.protection = BOTH,
		.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT,
	};
	unsigned i;

	for (i = 0; i < STORES; i++)
		ATTEMPT(world,
			selfpage_map(world->spaces[0], i * STRIDE * PAGE,
				PAGES * PAGE, world->stores[i], 0, BOTH));
	for (i = 0; i < PRIVATES; i++) {
		request.store = world->stores[private_of[i]];
		request.address = i * STRIDE * PAGE;
		ATTEMPT(world,
			selfpage_map_request(world->spaces[1], &request, NULL));
	}
}

static int try_put(
	struct world *world, unsigned space, unsigned page, int value)
{
	unsigned which = page / STRIDE, within = page % STRIDE;
	char data[PAGE];
	int error;

	memset(data, value, sizeof(data));
	error = selfpage_write(world->spaces[space], page * PAGE, data, PAGE);
	if (error)
		return error;
	if (space)
		world->copies[which][within] = value;
	else
		world->shared[which][within] = value;
	return 0;
}

static void put(struct world *world, unsigned space, unsigned page, int value)
{
	ATTEMPT(world, try_put(world, space, page, value));
}

static void get(struct world *world, unsigned space, unsigned page)
{
	char data[PAGE];

	if (ATTEMPT(world, selfpage_read(world->spaces[space], page * PAGE,
				   data, PAGE)))
		assert_true(is_full_of(data, right_of(world, space, page)));
}

static void advise(struct world *world, unsigned space, unsigned page,
	unsigned pages, enum selfpage_advice advice)
{
	ATTEMPT(world, selfpage_advise(world->spaces[space], page * PAGE,
			       pages * PAGE, advice, SELFPAGE_PRIORITY_MAX));
}

static void borrow(struct world *world, unsigned page, int value)
{
	unsigned which = page / STRIDE, within = page % STRIDE;
	void *data;

	if (!ATTEMPT(world, selfpage_borrow(world->spaces[0], page * PAGE, BOTH,
				    &data)))
		return;
	memset(data, value, PAGE);
	world->shared[which][within] = value;
	get(world, 0, (which + 1) % STORES * STRIDE);
	ATTEMPT(world, selfpage_give_back(world->spaces[0], data));
}

/* What is read there next are zeros. */
static void discard(struct world *world, unsigned page, unsigned pages)
{
	unsigned i;

	for (i = 0; i < pages; i++)
		world->shared[page / STRIDE][page % STRIDE + i] = UNKNOWN;
	ATTEMPT(world,
		selfpage_discard(world->spaces[0], page * PAGE, pages * PAGE));
	for (i = 0; i < pages; i++)
		world->shared[page / STRIDE][page % STRIDE + i] = 0;
}

/* ---- the program ---- */

static void begin(struct world *world)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.page_bytes = PAGE,
		.read_ahead = 4,
	};
	unsigned i;

	ATTEMPT(world, selfpage_create(&config, &world->pager));
	ATTEMPT(world, selfpage_use_swap(world->pager, world->swap, 64 * PAGE));
	for (i = 0; i < 2; i++)
		ATTEMPT(world, selfpage_space_create(
				       world->pager, 32, &world->spaces[i]));
	open_stores(world);
	map_all(world);
}

/* More pages are written than there are frames, and read again. */
static void use_memory(struct world *world)
{
	unsigned i, which;

	for (i = 0; i < PAGES; i++)
		for (which = 0; which < STORES; which++)
			put(world, 0, which * STRIDE + i, 1 + i + which * 20);
	advise(world, 0, 0, PAGES, SELFPAGE_SEQUENTIAL);
	for (i = 0; i < PAGES; i++)
		get(world, 0, i);
	for (i = 0; i < PAGES; i += 2) {
		put(world, 1, i, 100 + i);
		put(world, 1, STRIDE + i, 120 + i);
		get(world, 1, i + 1);
	}
	put(world, 0, 1, 90);
	get(world, 1, 1);
}

static void use_hints(struct world *world)
{
	advise(world, 0, SYNCED * STRIDE, 3, SELFPAGE_WILL_NEED);
	advise(world, 0, 0, PAGES, SELFPAGE_DONT_NEED);
	advise(world, 1, 2, 3, SELFPAGE_DONT_NEED);
	advise(world, 0, OWN * STRIDE + 2, 4, SELFPAGE_PRIORITY);
	advise(world, 0, ANONYMOUS * STRIDE, 4, SELFPAGE_READ_ONCE);
	advise(world, 0, SYNCED * STRIDE + 1, 2, SELFPAGE_PIN);
	get(world, 0, SYNCED * STRIDE + 1);
	borrow(world, OWN * STRIDE + 3, 77);
	borrow(world, 5, 78);
	advise(world, 0, SYNCED * STRIDE, PAGES, SELFPAGE_UNPIN);
	advise(world, 0, 0, PAGES, SELFPAGE_COLD);
}

static void use_maps(struct world *world)
{
	unsigned at = SYNCED * STRIDE + 4, i;

	ATTEMPT(world, selfpage_protect(world->spaces[0], at * PAGE, 3 * PAGE,
			       SELFPAGE_READ));
	for (i = 0; i < 4; i++)
		get(world, 0, at + i);
	ATTEMPT(world, selfpage_unmap(world->spaces[0], (at + 1) * PAGE, PAGE));
	ATTEMPT(world, selfpage_map(world->spaces[0], (at + 1) * PAGE, PAGE,
			       world->stores[SYNCED], 5 * PAGE, BOTH));
	put(world, 0, at + 1, 66);
	ATTEMPT(world,
		selfpage_protect(world->spaces[0], at * PAGE, 3 * PAGE, BOTH));
	ATTEMPT(world, selfpage_unmap(world->spaces[1], 4 * PAGE, 2 * PAGE));
	discard(world, ANONYMOUS * STRIDE + 2, 2);
	discard(world, OWN * STRIDE + 6, 3);
	get(world, 0, ANONYMOUS * STRIDE + 2);
	put(world, 0, OWN * STRIDE + 6, 55);
	for (i = 0; i < 4; i++)
		get(world, 1, STRIDE + i);
}

/* What a sync that failed has left unsafe is written again first. */
static int try_sync(struct world *world, unsigned which)
{
	struct selfpage_store *store = world->stores[which];
	uint64_t at;

	for (at = 0; !selfpage_store_find_unsafe(store, at, &at); at += PAGE)
		put(world, 0, which * STRIDE + at / PAGE,
			world->shared[which][at / PAGE]);
	return selfpage_store_sync(store);
}

static void flush_all(struct world *world)
{
	unsigned i;

	for (i = 0; i < PAGES; i += 3)
		put(world, 0, SYNCED * STRIDE + 7, 10 + i);
	ATTEMPT(world,
		selfpage_store_flush(world->stores[SYNCED], 0, SELFPAGE_ALL));
	ATTEMPT(world, selfpage_store_flush(world->stores[OWN], 0, 6 * PAGE));
	for (i = 0; i < STORES; i++)
		ATTEMPT(world, try_sync(world, i));
}

/* Stores that could not be closed stay open. */
static void close_all(struct world *world)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (world->spaces[i] &&
			ATTEMPT(world,
				selfpage_space_destroy(world->spaces[i])))
			world->spaces[i] = NULL;
	for (i = 0; i < STORES; i++)
		if (world->stores[i] &&
			ATTEMPT(world, selfpage_store_close(world->stores[i])))
			world->stores[i] = NULL;
}

/* ---- runs ---- */

static void compare_stored(const struct world *world)
{
	char data[PAGE];
	unsigned i, page;

	for (page = 0; page < PAGES; page++) {
		assert_true(
			is_full_of(world->own[page], world->shared[OWN][page]));
		for (i = PLAIN; i <= SYNCED; i++) {
			memset(data, 0, sizeof(data));
			assert_true(pread(world->fds[i], data, PAGE,
					    page * PAGE) >= 0);
			assert_true(is_full_of(data, world->shared[i][page]));
		}
	}
}

/* By io_uring, if pages are written to a file that waits for the disk. */
static int make_file(bool synced)
{
	int fd = memfd_create("injection-test", MFD_CLOEXEC), again_fd;
	char name[64];

	assert_true(fd >= 0);
	if (!synced)
		return fd;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	again_fd = open(name, O_RDWR | O_DSYNC);
	assert_true(again_fd >= 0);
	close(fd);
	return again_fd;
}

static struct world *make_world(void)
{
	struct world *world = calloc(1, sizeof(*world));
	unsigned i, page;

	assert_non_null(world);
	for (i = 0; i < STORES; i++)
		world->fds[i] = make_file(i == SYNCED);
	world->swap = make_file(false);
	for (i = 0; i < PRIVATES; i++)
		for (page = 0; page < PAGES; page++)
			world->copies[i][page] = NOT_COPIED;
	return world;
}

/* The program, with trouble as TOLD: whether there was any; SUMS counts it. */
static bool run(struct trouble told, uint64_t sums[TROUBLE_KINDS])
{
	struct trouble *trouble = trouble_get();
	struct world *world;
	uint64_t had;
	unsigned i;

	*trouble = (struct trouble){.paused = true};
	world = make_world();
	told.random = 1;
	*trouble = told;
	world->is_full = told.ever_after;
	begin(world);
	use_memory(world);
	use_hints(world);
	use_maps(world);
	flush_all(world);
	if (told.ever_after) {
		trouble->paused = true;
		for (i = 0; i < 2; i++)
			compare_space(world, i);
		trouble->paused = false;
	}
	close_all(world);
	had = struck();
	for (i = 0; i < TROUBLE_KINDS; i++)
		sums[i] += trouble->struck[i];
	trouble->paused = true;
	world->is_full = false;
	close_all(world);
	assert_int_equal(selfpage_destroy(world->pager), 0);
	compare_stored(world);
	for (i = 0; i < STORES; i++)
		close(world->fds[i]);
	close(world->swap);
	free(world);
	return had;
}

static void test_each_fails_once(void **state)
{
	const unsigned kinds = (1 << TROUBLE_KINDS) - 1;
	uint64_t sums[TROUBLE_KINDS] = {0};
	struct trouble told = {.kinds = kinds, .fail_at = 1, .error = EIO};

	(void)state;
	for (; run(told, sums); told.fail_at++)
		assert_true(told.fail_at < FAR);
	print_message("failed once each: %llu allocations, %llu reads, %llu "
		      "writes, %llu syncs, %llu submissions\n",
		(unsigned long long)sums[TROUBLE_ALLOCATION],
		(unsigned long long)sums[TROUBLE_READ],
		(unsigned long long)sums[TROUBLE_WRITE],
		(unsigned long long)sums[TROUBLE_SYNC],
		(unsigned long long)sums[TROUBLE_RING]);
	assert_true(sums[TROUBLE_ALLOCATION] > 40);
	assert_true(sums[TROUBLE_READ] > 40);
	assert_true(sums[TROUBLE_WRITE] > 40);
	assert_true(sums[TROUBLE_SYNC] > 2);
}

static void test_disks_are_full_from_each_on(void **state)
{
	const unsigned kinds = 1 << TROUBLE_WRITE | 1 << TROUBLE_RING;
	uint64_t sums[TROUBLE_KINDS] = {0};
	struct trouble told = {
		.kinds = kinds,
		.fail_at = 1,
		.ever_after = true,
		.error = ENOSPC,
	};

	(void)state;
	for (; run(told, sums); told.fail_at++)
		assert_true(told.fail_at < FAR);
	print_message("disks were full from each of %llu writes on\n",
		(unsigned long long)told.fail_at - 1);
	assert_true(told.fail_at > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fails_once),
		cmocka_unit_test(test_disks_are_full_from_each_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
