/* Live pagers: each call, and each signal, on both fronts.  What can fail:
 * live-failure-test.c. */
#include "mm/test/live-case.h"

#include <sys/single_threaded.h>

static void test_create(void **state)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.live = *(const unsigned *)*state,
	};
	struct selfpage *pager;
	const char *name;

	if (!is_there(config.live))
		skip();
	config.page_bytes = 8192;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.page_bytes = 0;
	config.frames = 0;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.frames = FRAMES;
	config.live = 4;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.live = SELFPAGE_LIVE;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	assert_non_null(selfpage_live_name(pager));
	assert_int_equal(selfpage_live_thread(pager), 0);
	assert_int_equal(selfpage_destroy(pager), 0);
	config.live = *(const unsigned *)*state;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	name = config.live == SELFPAGE_LIVE_PROTECT ? "mprotect"
						    : "userfaultfd";
	assert_string_equal(selfpage_live_name(pager), name);
	assert_int_equal(selfpage_destroy(pager), 0);
	assert_null(selfpage_live_name(NULL));
	assert_int_equal(selfpage_live_sigaction(SIGUSR1, NULL, NULL), -EINVAL);
}

/* Calls for live pagers, with one that is not. */
static void test_not_live(void **state)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
	};
	struct selfpage_live_counts all;
	struct selfpage_space *space;
	struct selfpage *pager;
	char byte;

	(void)state;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	assert_int_equal(selfpage_space_create(pager, 0, &space), 0);
	assert_null(selfpage_live_name(pager));
	assert_int_equal(selfpage_live_thread(pager), -ENOTSUP);
	assert_int_equal(selfpage_live_thread(NULL), -EINVAL);
	assert_int_equal(
		selfpage_live_read_counts(pager, &all, sizeof(all)), -ENOTSUP);
	assert_int_equal(selfpage_live_read_counts(pager, &all, 3), -EINVAL);
	assert_int_equal(
		selfpage_fault_in(space, &byte, 1, SELFPAGE_READ), -ENOTSUP);
	assert_int_equal(selfpage_space_destroy(space), 0);
	assert_int_equal(selfpage_destroy(pager), 0);
}

static void test_paging(void **state)
{
	struct world *world = begin(state, FRAMES);

	write_all(world, 1);
	assert_true(has_all(world, 1));
	write_all(world, 2);
	assert_true(has_all(world, 2));
	assert_true(live_counts(world).resident_peak <= FRAMES);
	assert_int_equal(live_counts(world).over_limit, 0);
	assert_true(counts(world).evictions >= 3 * (PAGES - FRAMES));
	assert_true(counts(world).writebacks);
	assert_int_equal(counts(world).frames, FRAMES);
	/* what is only read is not written */
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	world->own.fail_out = -EIO;
	assert_true(has_all(world, 2));
	world->own.fail_out = 0;
	/* the first write to a page that was read is seen */
	assert_int_equal(touch(world->start, false), 0);
	assert_int_equal(touch(world->start, true), 0);
	assert_int_equal(world->start[0], 1);
	assert_true(counts(world).write_faults);
	end(world);
}

/* Has the front one thread, whose pages it can exchange? */
static bool exchanges(void **state)
{
	return *(const unsigned *)*state == SELFPAGE_LIVE_USERFAULTFD &&
	       __libc_single_threaded;
}

/* Few fit: a page that comes takes the place of one that segmented FIFO
 * unmaps. */
static void test_segmented(void **state)
{
	struct world *world = begin_by(state, FRAMES, "sfifo");
	uint64_t moved;

	write_all(world, 1);
	assert_true(has_all(world, 1));
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	assert_true(has_all(world, 1));
	moved = live_counts(world).moves_out;
	assert_true(has_all(world, 1));
	if (exchanges(state))
		assert_int_equal(live_counts(world).moves_out, moved);
	write_all(world, 2);
	assert_true(has_all(world, 2));
	assert_true(live_counts(world).resident_peak <= FRAMES);
	end(world);
}

/* All pages fit.  Those that segmented FIFO has unmapped come back, with their
 * data, and for one thread in exchange for others: none is moved out. */
static void test_soft(void **state)
{
	struct world *world = begin_by(state, PAGES + 1, "sfifo");
	uint64_t soft, written, moved;
	unsigned i;

	write_all(world, 1);
	for (i = 0; i < 6; i++) {
		/* written to, then as they are in the store */
		if (i == 3)
			assert_int_equal(selfpage_store_flush(
						 world->store, 0, SELFPAGE_ALL),
				0);
		soft = counts(world).soft_faults;
		moved = live_counts(world).moves_out;
		assert_true(has_all(world, 1));
		assert_int_equal(counts(world).soft_faults - soft, PAGES);
		if (exchanges(state))
			assert_int_equal(live_counts(world).moves_out, moved);
		assert_null(selfpage_check(world->pager));
	}
	assert_true(live_counts(world).resident_peak <= PAGES + 1);
	assert_true(counts(world).hard_faults == 0);
	/* the first write to each is seen still */
	written = counts(world).write_faults;
	for (i = 0; i < PAGES; i++) {
		assert_int_equal(touch(world->start + i * PAGE, false), 0);
		assert_int_equal(touch(world->start + i * PAGE, true), 0);
		world->start[i * PAGE] = i + 1;
	}
	assert_int_equal(counts(world).write_faults - written, PAGES);
	assert_true(has_all(world, 1));
	end(world);
}

static void test_map(void **state)
{
	struct world *world = begin(state, FRAMES);
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->store,
		.bytes = 2 * PAGE,
		.address = (uintptr_t)world->start,
		.protection = SELFPAGE_READ,
		.flags = SELFPAGE_EXACT,
	};
	uint64_t address;
	void *data;

	assert_int_equal(selfpage_map_request(world->space, &request, &address),
		-EEXIST);
	/* memory of the program's own is in the way too */
	request.address = (uintptr_t)world & -(uint64_t)PAGE;
	assert_int_equal(selfpage_map_request(world->space, &request, &address),
		-EEXIST);
	request.flags = 0;
	request.align_bytes = 1 << 21;
	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	assert_int_equal(address % (1 << 21), 0);
	/* the same pages in two places */
	world->start[PAGE] = 42;
	assert_int_equal(((volatile char *)(uintptr_t)address)[PAGE], 42);
	world->start[PAGE] = 43;
	assert_int_equal(((volatile char *)(uintptr_t)address)[PAGE], 43);
	assert_int_equal(selfpage_unmap(world->space, address, 2 * PAGE), 0);
	assert_int_equal(touch((char *)(uintptr_t)address, false), SIGSEGV);
	assert_int_equal(caught.code, SEGV_MAPERR);
	assert_int_equal(
		selfpage_borrow(world->space, (uintptr_t)world->start + 7,
			SELFPAGE_WRITE, &data),
		0);
	assert_ptr_equal(data, world->start + 7);
	assert_int_equal(selfpage_unmap(world->space, (uintptr_t)world->start,
				 PAGES * PAGE),
		-EBUSY);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	assert_int_equal(
		selfpage_unmap(world->space, (uintptr_t)world->start, 2 * PAGE),
		0);
	/* the data is in the store */
	request.address = (uintptr_t)world->start;
	request.align_bytes = 0;
	request.flags = SELFPAGE_EXACT;
	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	assert_int_equal(world->start[PAGE], 43);
	end(world);
}

static void test_protection(void **state)
{
	struct world *world = begin(state, FRAMES);
	uint64_t address = (uintptr_t)world->start;

	world->start[5] = 9;
	assert_int_equal(
		selfpage_protect(world->space, address, PAGE, SELFPAGE_READ),
		0);
	assert_int_equal(world->start[5], 9);
	assert_int_equal(touch(world->start + 5, true), SIGSEGV);
	assert_int_equal(caught.code, SEGV_ACCERR);
	assert_ptr_equal(caught.address, world->start + 5);
	assert_int_equal(selfpage_protect(world->space, address, PAGE, 0), 0);
	assert_int_equal(touch(world->start + 5, false), SIGSEGV);
	assert_int_equal(selfpage_protect(world->space, address, PAGE,
				 SELFPAGE_READ | SELFPAGE_WRITE),
		0);
	assert_int_equal(touch(world->start + 6, true), 0);
	assert_int_equal(world->start[5], 9);
	/* what is nobody's goes to the program */
	assert_int_equal(touch((char *)8, false), SIGSEGV);
	assert_ptr_equal(caught.address, (char *)8);
	assert_int_equal(caught.code, SEGV_MAPERR);
	end(world);
}

static void test_discard(void **state)
{
	struct world *world = begin_anonymous(state, FRAMES, PAGES);

	write_all(world, 4);
	assert_int_equal(selfpage_discard(world->space, (uintptr_t)world->start,
				 PAGES * PAGE),
		0);
	assert_int_equal(counts(world).resident, 0);
	/* what is left is the front's own */
	assert_true(live_counts(world).resident <= FRAMES);
	assert_int_equal(world->start[3 * PAGE], 0);
	assert_int_equal(world->start[63 * PAGE], 0);
	end(world);
}

static void copy_at_once(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(bytes)
			 :
			 : "memory");
}

/* One instruction, four pages, and frames for fewer. */
static void test_few_frames(void **state)
{
	uint32_t frames;

	for (frames = 1; frames <= 5; frames++) {
		struct world *world = begin(state, frames);
		uint64_t value;

		write_all(world, 1);
		assert_true(has_all(world, 1));
		assert_int_equal(live_counts(world).over_limit, 0);
		memcpy(&value, world->start + 2 * PAGE - 3, sizeof(value));
		memset(world->start + 7 * PAGE - 8, 0x55, 16);
		copy_at_once(world->start + 11 * PAGE - 8,
			world->start + 7 * PAGE - 8, 16);
		assert_int_equal(world->start[11 * PAGE - 8], 0x55);
		assert_int_equal(world->start[11 * PAGE + 7], 0x55);
		world->start[11 * PAGE - 1] = 10 * 3 + 1;
		world->start[7 * PAGE - 1] = 6 * 3 + 1;
		world->start[7 * PAGE] = 7 + 1;
		world->start[11 * PAGE] = 11 + 1;
		assert_true(has_all(world, 1));
		assert_true(live_counts(world).resident_peak <= frames + 3);
		/* two at once are needed */
		assert_true(frames - live_counts(world).spare > 1 ||
			    live_counts(world).over_limit);
		end(world);
	}
}

static void test_calls(void **state)
{
	struct world *world = begin(state, FRAMES);
	uint64_t address = (uintptr_t)world->start;
	char *buffer = malloc(3 * PAGE);
	uint8_t looks[2];
	int pipes[2];

	write_all(world, 5);
	assert_int_equal(
		selfpage_read(world->space, address, buffer, 3 * PAGE), 0);
	assert_int_equal(buffer[PAGE], 6);
	/* from paged memory to paged memory */
	assert_int_equal(selfpage_write(world->space, address + 20 * PAGE,
				 world->start, 3 * PAGE),
		0);
	assert_int_equal(world->start[21 * PAGE], 6);
	assert_int_equal(selfpage_read(world->space, 4096, buffer, 1), -EFAULT);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	/* they are all unmapped */
	if (*(const unsigned *)*state == SELFPAGE_LIVE_USERFAULTFD) {
		assert_int_equal(write(pipes[1], world->start, PAGE), -1);
		assert_int_equal(errno, EFAULT);
	}
	assert_int_equal(selfpage_fault_in(world->space, world->start + 9,
				 2 * PAGE, SELFPAGE_READ),
		0);
	assert_int_equal(write(pipes[1], world->start + 9, 2 * PAGE), 2 * PAGE);
	assert_int_equal(selfpage_fault_in(world->space, world->start + 9,
				 2 * PAGE, SELFPAGE_WRITE),
		0);
	assert_int_equal(read(pipes[0], world->start + 9, 2 * PAGE), 2 * PAGE);
	assert_int_equal(
		selfpage_look(world->space, address, 2 * PAGE, looks), 0);
	assert_int_equal(
		looks[0], SELFPAGE_MAPPED | SELFPAGE_RESIDENT | SELFPAGE_DIRTY);
	assert_int_equal(
		selfpage_fault_in(world->space, world->start, 1, 0), -EINVAL);
	assert_int_equal(
		selfpage_fault_in(world->space, (void *)4096, 1, SELFPAGE_READ),
		-EFAULT);
	assert_int_equal(
		selfpage_fault_in(NULL, (void *)4096, 1, SELFPAGE_READ),
		-EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	free(buffer);
	end(world);
}

static void test_private(void **state)
{
	struct world *world = begin(state, FRAMES);
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->store,
		.bytes = PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = SELFPAGE_PRIVATE,
	};
	struct world other = *world;
	uint64_t address;

	write_all(world, 1);
	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	other.start = (char *)(uintptr_t)address;
	assert_true(has_all(&other, 1));
	write_all(&other, 2);
	assert_true(has_all(world, 1));
	assert_true(has_all(&other, 2));
	assert_int_equal(counts(world).copies, PAGES);
	end(world);
}

static void *use_in_thread(void *context)
{
	struct world *world = context;
	bool good = !selfpage_live_thread(world->pager) && has_all(world, 1);

	write_all(world, 2);
	return good ? world : NULL;
}

static void test_thread(void **state)
{
	struct world *world = begin(state, FRAMES);
	pthread_t thread;
	void *result;

	write_all(world, 1);
	assert_int_equal(
		pthread_create(&thread, NULL, use_in_thread, world), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, world);
	assert_true(has_all(world, 2));
	end(world);
}

/* There and back, by one instruction that needs four of the pages at AT. */
static void copy_across(char *at)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		char *to = at + (i % 2 ? 5 : 1) * PAGE - 4;
		const char *from = at + (i % 2 ? 1 : 5) * PAGE - 4;

		__asm__ volatile("movsq" : "+D"(to), "+S"(from) : : "memory");
	}
}

struct unmapper {
	struct world *world;
	uint64_t address;
};

static void *unmap(void *context)
{
	struct unmapper *unmapper = context;

	assert_int_equal(
		selfpage_unmap(unmapper->world->space, unmapper->address, PAGE),
		0);
	return NULL;
}

static void unmap_meanwhile(void *context)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, unmap, context), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* While a page is written so that the pager shrinks, another thread unmaps,
 * which shrinks it as well: whichever of the page-outs that is. */
static void test_shrinks_twice(void **state)
{
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	unsigned page_outs;
	bool came = true;

	for (page_outs = 0; came; page_outs++) {
		struct world *world = begin(state, 3);
		struct unmapper unmapper = {.world = world};

		request.store = world->store;
		assert_int_equal(selfpage_map_request(world->space, &request,
					 &unmapper.address),
			0);
		memset(world->start, 0x55, PAGES * PAGE);
		world->own.whom = &unmapper;
		world->own.after = page_outs;
		world->own.meanwhile = unmap_meanwhile;
		copy_across(world->start);
		memset(world->start, 0x55, PAGES * PAGE);
		came = !world->own.meanwhile;
		world->own.meanwhile = NULL;
		end(world);
	}
	assert_true(page_outs > 8);
}

enum { DISCARDED = 20 };

/* What a thread does whose instruction makes no progress. */
static void *hold(void *context)
{
	struct world *world = context;
	uint64_t address = (uintptr_t)(world->start + DISCARDED * PAGE);
	const struct live_touch touch = {
		.address = address,
		.thread = &address,
		.repeats = 20,
	};

	assert_int_equal(selfpage_write(world->space, address, "x", 1), 0);
	pager_lock(world->pager->pager);
	assert_int_equal(
		selfpage_live_help(world->pager, world->space, &touch), 0);
	pager_unlock(world->pager->pager);
	return NULL;
}

static void hold_meanwhile(void *context)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, hold, context), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* While the pager shrinks, so that what is held can be discarded, another
 * thread would be held what is to be. */
static void test_holds_what_is_discarded(void **state)
{
	struct world *world = begin(state, 3);
	char *discarded = world->start + DISCARDED * PAGE;
	uint8_t pages;

	memset(world->start, 0x55, PAGES * PAGE);
	copy_across(world->start);
	world->own.whom = world;
	world->own.after = 0;
	world->own.meanwhile = hold_meanwhile;
	assert_int_equal(
		selfpage_discard(world->space, (uintptr_t)discarded, PAGE), 0);
	assert_null(world->own.meanwhile);
	assert_int_equal(
		selfpage_look(world->space, (uintptr_t)discarded, PAGE, &pages),
		0);
	assert_int_equal(pages, SELFPAGE_MAPPED);
	end(world);
}

/* While one thread that was helped makes way for another, a third one is. */
static void test_helps_one_at_a_time(void **state)
{
	struct world *world = begin(state, 3);
	struct live_help *help = &world->pager->live->help;
	const struct live_touch touch = {
		.address = (uintptr_t)world->start,
		.thread = &touch,
		.repeats = 20,
	};

	memset(world->start, 0x55, PAGES * PAGE);
	copy_across(world->start);
	assert_true(help->count);
	/* long enough */
	help->waited = 1000;
	world->own.whom = world;
	world->own.after = 0;
	world->own.meanwhile = hold_meanwhile;
	pager_lock(world->pager->pager);
	assert_int_equal(
		selfpage_live_help(world->pager, world->space, &touch), 0);
	pager_unlock(world->pager->pager);
	assert_null(world->own.meanwhile);
	assert_int_equal(help->count, 1);
	assert_ptr_not_equal(help->thread, touch.thread);
	end(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_live),
		EACH(test_create),
		EACH(test_paging),
		EACH(test_segmented),
		EACH(test_soft),
		EACH(test_map),
		EACH(test_protection),
		EACH(test_discard),
		EACH(test_few_frames),
		EACH(test_calls),
		EACH(test_private),
		/* last: from then on the process has had threads */
		EACH(test_thread),
		EACH(test_paging),
		EACH(test_segmented),
		EACH(test_soft),
		EACH(test_few_frames),
		EACH(test_shrinks_twice),
		EACH(test_holds_what_is_discarded),
		EACH(test_helps_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
