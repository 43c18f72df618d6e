/*
 * As injection-test, for frames that are shared: two pagers with a control
 * each, controls that are split, frames that are asked for and returned, and
 * containers that are filled, copied, mapped and shared.
 */
#include "config.h"

#include "mm/selfpage.h"
#include "mm/test/injection.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	PAGE = 4096,
	FRAMES = 20,
	GUARANTEE = 8, /* of each of the two */
	PAGES = 16,    /* of each store */
	CONTAINED = 3, /* pages of each container */
	BOTH = SELFPAGE_READ | SELFPAGE_WRITE,
	NEVER_MS = 1 << 30,
	LOCK_MS = 1 << 20,
};

/* One of the two.  The first has a file, the second memory. */
struct side {
	struct selfpage_control *control, *child;
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct selfpage_container *container;
	char words[PAGES];	   /* each page begins with */
	char contained[CONTAINED]; /* and is full of */
};

struct world {
	struct injection *injection;
	struct selfpage_physmem *physmem;
	struct side sides[2];
	struct selfpage_grant *grant;
	struct selfpage_share *share;
	struct selfpage_window *window;
	int file;
};

/* ---- what is compared ---- */

static void compare_memory(struct side *side)
{
	unsigned page;
	char data;

	for (page = 0; page < PAGES; page++) {
		assert_int_equal(
			selfpage_read(side->space, page * PAGE, &data, 1), 0);
		assert_int_equal(data, side->words[page]);
	}
}

static void compare_container(struct side *side)
{
	static char data[PAGE], right[PAGE];
	unsigned page;

	for (page = 0; page < CONTAINED; page++) {
		memset(right, side->contained[page], PAGE);
		assert_int_equal(selfpage_container_read(side->container,
					 page * PAGE, data, PAGE),
			0);
		assert_memory_equal(data, right, PAGE);
	}
}

/* Where there is nothing yet, or no more, there is nothing to compare. */
static void check(void *context, bool reads)
{
	struct world *world = context;
	const char *why = NULL;
	unsigned i;

	if (world->physmem)
		why = selfpage_physmem_check(world->physmem);
	for (i = 0; i < 2 && !why; i++) {
		struct side *side = &world->sides[i];
		struct selfpage_map_info info;
		char byte;

		if (side->pager)
			why = selfpage_check(side->pager);
		if (!reads || why)
			continue;
		if (side->space &&
			!selfpage_find_map(side->space, 0, &info, sizeof(info)))
			compare_memory(side);
		if (side->container &&
			!selfpage_container_read(side->container, 0, &byte, 1))
			compare_container(side);
	}
	if (why)
		fail_msg("%s", why);
}

/* ---- the program's calls ---- */

static void return_frames(void *context, uint32_t frames, uint64_t deadline)
{
	struct side *side = context;
	uint32_t returned;

	(void)deadline;
	/* what can't be written back now is asked for again */
	if (side->pager)
		(void)selfpage_return(side->pager, frames, &returned);
}

static void begin_side(struct world *world, struct side *side)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.extra_max = 4,
		.return_frames = return_frames,
		.return_context = side,
	};

	ATTEMPT(world->injection, selfpage_physmem_control(world->physmem,
					  GUARANTEE, &side->control));
	config.control = side->control;
	ATTEMPT(world->injection, selfpage_create(&config, &side->pager));
	ATTEMPT(world->injection,
		selfpage_space_create(side->pager, 0, &side->space));
	if (side == world->sides)
		ATTEMPT(world->injection, selfpage_store_open_file(side->pager,
						  world->file, &side->store));
	else
		ATTEMPT(world->injection,
			selfpage_store_open_anonymous(
				side->pager, -1, PAGES * PAGE, &side->store));
	ATTEMPT(world->injection, selfpage_map(side->space, 0, PAGES * PAGE,
					  side->store, 0, BOTH));
}

static int try_put(struct side *side, unsigned page, char word)
{
	int error = selfpage_write(side->space, page * PAGE, &word, 1);

	if (!error)
		side->words[page] = word;
	return error;
}

static void use_memory(struct world *world, char word)
{
	unsigned i, page;
	char data;

	for (page = 0; page < PAGES; page++)
		for (i = 0; i < 2; i++) {
			struct side *side = &world->sides[i];

			ATTEMPT(world->injection,
				try_put(side, page, word + page + 50 * i));
			ATTEMPT(world->injection,
				selfpage_read(side->space, page / 2 * PAGE,
					&data, 1));
			assert_int_equal(data, side->words[page / 2]);
		}
}

static int try_return(struct side *side, uint32_t frames)
{
	uint32_t returned;

	return selfpage_return(side->pager, frames, &returned);
}

static void move_frames(struct world *world)
{
	struct side *side = &world->sides[0];
	uint32_t given;

	ATTEMPT(world->injection, selfpage_ask(side->pager, 4, &given));
	use_memory(world, 3);
	ATTEMPT(world->injection, try_return(side, 3));
	use_memory(world, 5);
	ATTEMPT(world->injection,
		selfpage_control_split(side->control, 3, &side->child));
	use_memory(world, 7);
	ATTEMPT(world->injection, selfpage_control_destroy(side->child));
	use_memory(world, 9);
}

/* The rival returns what is missing as soon as it is told to; but in that, too,
 * something may fail. */
static int try_allocate(struct side *side)
{
	const struct selfpage_range range = {0, CONTAINED * PAGE};
	unsigned tries = 0;
	int error;

	do
		error = selfpage_container_allocate(
			side->container, &range, 0, NULL);
	while (error == -EAGAIN && tries++ < 10);
	return error;
}

static int try_fill(struct side *side, unsigned page, char byte)
{
	char data[PAGE];
	int error;

	memset(data, byte, sizeof(data));
	error = selfpage_container_fill(
		side->container, page * PAGE, data, PAGE);
	if (!error)
		side->contained[page] = byte;
	return error;
}

static int try_copy(struct side *from, struct side *to)
{
	int error = selfpage_container_copy(
		from->container, 0, to->container, 0, CONTAINED * PAGE);

	if (!error)
		memcpy(to->contained, from->contained, CONTAINED);
	return error;
}

static void use_containers(struct world *world)
{
	struct side *one = &world->sides[0], *two = &world->sides[1];
	const struct selfpage_range range = {PAGE, 2 * PAGE};
	unsigned i;

	for (i = 0; i < 2; i++) {
		struct side *side = &world->sides[i];

		ATTEMPT(world->injection,
			selfpage_container_create(
				side->control, &side->container));
		ATTEMPT(world->injection, try_allocate(side));
	}
	for (i = 0; i < CONTAINED; i++)
		ATTEMPT(world->injection, try_fill(one, i, 11 + i));
	ATTEMPT(world->injection, try_copy(one, two));
	ATTEMPT(world->injection, try_fill(one, 1, 21));
	ATTEMPT(world->injection, selfpage_container_map(two->container, &range,
					  BOTH, &world->window));
	memset(selfpage_window_address(world->window), 31, PAGE);
	two->contained[1] = 31;
	ATTEMPT(world->injection, try_copy(two, one));
	use_memory(world, 13);
	assert_int_equal(selfpage_container_unmap(world->window), 0);
}

static void use_share(struct world *world)
{
	const struct selfpage_range range = {0, PAGE};
	struct side *side = &world->sides[0];
	char data[PAGE];

	ATTEMPT(world->injection, selfpage_container_share(side->container,
					  BOTH, LOCK_MS, &world->grant));
	ATTEMPT(world->injection,
		selfpage_grant_open(world->grant, &world->share));
	memset(data, 41, sizeof(data));
	ATTEMPT(world->injection,
		selfpage_share_fill(world->share, 0, data, PAGE));
	side->contained[0] = 41;
	ATTEMPT(world->injection,
		selfpage_share_lock(world->share, &range, LOCK_MS));
	ATTEMPT(world->injection, selfpage_share_unlock(world->share));
	ATTEMPT(world->injection, selfpage_grant_revoke(world->grant, NULL));
	assert_int_equal(
		selfpage_share_read(world->share, 0, data, 1), -EKEYREVOKED);
	ATTEMPT(world->injection, selfpage_share_close(world->share));
}

/* What a sync that failed has left unsafe is written again first. */
static int try_sync(struct world *world, struct side *side)
{
	uint64_t at;

	for (at = 0; !selfpage_store_find_unsafe(side->store, at, &at);
		at += PAGE)
		ATTEMPT(world->injection,
			try_put(side, at / PAGE, side->words[at / PAGE]));
	return selfpage_store_sync(side->store);
}

static void end_side(struct world *world, struct side *side)
{
	ATTEMPT(world->injection, selfpage_container_destroy(side->container));
	side->container = NULL;
	ATTEMPT(world->injection, try_sync(world, side));
	ATTEMPT(world->injection, selfpage_space_destroy(side->space));
	side->space = NULL;
	ATTEMPT(world->injection, selfpage_store_close(side->store));
	ATTEMPT(world->injection, selfpage_destroy(side->pager));
	side->pager = NULL;
	ATTEMPT(world->injection, selfpage_control_destroy(side->control));
}

/* ---- the program ---- */

static void compare_file(const struct world *world)
{
	unsigned page;
	char data;

	for (page = 0; page < PAGES; page++) {
		assert_int_equal(pread(world->file, &data, 1, page * PAGE), 1);
		assert_int_equal(data, world->sides[0].words[page]);
	}
}

static void program(struct injection *injection)
{
	struct selfpage_physmem_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.notice_ms = NEVER_MS,
	};
	struct world world = {.injection = injection};
	unsigned i;

	trouble_get()->paused = true;
	world.file = memfd_create("injection-shared-test", MFD_CLOEXEC);
	trouble_get()->paused = false;
	assert_true(world.file >= 0);
	injection->check = check;
	injection->context = &world;
	ATTEMPT(injection, selfpage_physmem_create(&config, &world.physmem));
	for (i = 0; i < 2; i++)
		begin_side(&world, &world.sides[i]);
	use_memory(&world, 1);
	move_frames(&world);
	use_containers(&world);
	use_share(&world);
	for (i = 0; i < 2; i++)
		end_side(&world, &world.sides[i]);
	trouble_get()->paused = true;
	assert_int_equal(selfpage_physmem_destroy(world.physmem), 0);
	compare_file(&world);
	close(world.file);
}

static void test_each_fails_once(void **state)
{
	struct trouble told = {
		.kinds = (1 << TROUBLE_KINDS) - 1,
		.error = EIO,
	};
	uint64_t sums[TROUBLE_KINDS] = {0};

	(void)state;
	injection_run(program, told, sums);
	print_message("failed once each: %llu allocations, %llu reads, %llu "
		      "writes, %llu syncs, %llu files\n",
		(unsigned long long)sums[TROUBLE_ALLOCATION],
		(unsigned long long)sums[TROUBLE_READ],
		(unsigned long long)sums[TROUBLE_WRITE],
		(unsigned long long)sums[TROUBLE_SYNC],
		(unsigned long long)sums[TROUBLE_FILE]);
	assert_true(sums[TROUBLE_ALLOCATION] > 40);
	assert_true(sums[TROUBLE_READ] > 40);
	assert_true(sums[TROUBLE_WRITE] > 40);
	assert_true(sums[TROUBLE_SYNC] > 0);
	assert_true(sums[TROUBLE_FILE] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
