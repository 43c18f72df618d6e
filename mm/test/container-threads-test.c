/*
 * Two owners on two threads with a container each, a holder of shares of
 * both, and a task that takes extra frames, which the owners ask back; the
 * clock goes on all the while.  Each page is full of one byte whenever it is
 * read in one step, whoever filled or copied it.
 */
#include "mm/test/container-world.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 24, PAGES = 6, OWNERS = 2, STEPS = 30000, TURN = 300 };

struct world {
	struct server_machine *machine;
	struct control *controls[OWNERS + 1]; /* the last one is the task's */
	struct container *containers[OWNERS];
	struct container_share *shares[OWNERS];
	unsigned running; /* owners and the holder */
	pthread_barrier_t turn;
};

struct worker {
	struct world *world;
	unsigned number;
	uint64_t random;
	const char *failed;
	unsigned done; /* steps that did something */
	pthread_t thread;
};

static uint64_t draw(struct worker *worker, uint64_t below)
{
	worker->random ^= worker->random >> 12;
	worker->random ^= worker->random << 25;
	worker->random ^= worker->random >> 27;
	return (worker->random * 0x2545f4914f6cdd1d >> 11) % below;
}

static bool is_even(const char *data)
{
	unsigned i;

	for (i = 1; i < PAGE; i++)
		if (data[i] != data[0])
			return false;
	return true;
}

/* What others do meanwhile may forbid it, and nothing else. */
static void count(struct worker *worker, int error, const char *what)
{
	if (!error)
		worker->done++;
	else if (error != -ENOENT && error != -EBUSY && error != -EAGAIN &&
		 error != -ENOMEM && error != -EEXIST)
		worker->failed = what;
}

static void allocate(struct worker *worker, struct container *own)
{
	struct container_range pages = range(draw(worker, PAGES), 1);
	unsigned flags = draw(worker, 2) ? CONTAINER_SQUASH : 0;
	int error = container_allocate(own, pages, flags, NULL);

	count(worker, error, "allocating");
	if (error == -EAGAIN) {
		__atomic_fetch_add(&worker->world->machine->now, SERVER_NOTICE,
			__ATOMIC_RELAXED);
		(void)server_tick(worker->world->machine->server);
	}
}

static void use_window(struct worker *worker, struct container *own)
{
	struct container_range pages = range(draw(worker, PAGES), 1);
	struct container_window *window;
	const uint32_t *frames;
	int error;

	error = container_hold(
		own, pages, PROTECT_READ | PROTECT_WRITE, &window);
	count(worker, error, "a window");
	if (error)
		return;
	frames = container_window_frames(window);
	if (frames[0] >= FRAMES)
		worker->failed = "a window without a frame";
	container_unmap(window);
}

static void own_step(struct worker *worker)
{
	struct container *own = worker->world->containers[worker->number];
	uint64_t page = draw(worker, PAGES);
	char data[PAGE];
	int error;

	memset(data, (int)draw(worker, 256), PAGE);
	switch (draw(worker, 8)) {
	case 0:
		allocate(worker, own);
		break;
	case 1:
		count(worker,
			container_deallocate(own, range(page, 1), 0, NULL),
			"deallocating");
		break;
	case 2:
		count(worker, container_fill(own, page * PAGE, data, PAGE),
			"filling");
		break;
	case 3:
	case 4:
		count(worker,
			container_copy(own, page, own, draw(worker, PAGES), 1),
			"copying");
		break;
	case 5:
		use_window(worker, own);
		break;
	case 6:
		error = container_pin(own, range(page, 1));
		count(worker, error, "pinning");
		if (!error && container_unpin(own, range(page, 1)))
			worker->failed = "unpinning";
		break;
	default:
		error = container_read(own, page * PAGE, data, PAGE);
		count(worker, error, "reading");
		if (!error && !is_even(data))
			worker->failed = "half a page";
	}
}

/* Fills, reads, locks, and copies from one to the other. */
static void hold_step(struct worker *worker)
{
	struct container_share **shares = worker->world->shares;
	unsigned number = draw(worker, OWNERS);
	struct container_range pages[2] = {
		range(draw(worker, PAGES), 1), range(draw(worker, PAGES), 1)};
	char data[PAGE];
	int error;

	memset(data, (int)draw(worker, 256), PAGE);
	switch (draw(worker, 4)) {
	case 0:
		error = container_share_fill(
			shares[number], pages[0].offset * PAGE, data, PAGE);
		count(worker, error, "filling a share");
		break;
	case 1:
		error = container_share_read(
			shares[number], pages[0].offset * PAGE, data, PAGE);
		count(worker, error, "reading a share");
		if (!error && !is_even(data))
			worker->failed = "half a page of a share";
		break;
	case 2:
		error = container_lock(shares[number], pages[0], 5);
		count(worker, error, "locking");
		if (!error)
			(void)container_unlock(shares[number]);
		break;
	default:
		error = container_scatter_gather(
			&(struct container_end){
				NULL, shares[number], &pages[0], 1},
			&(struct container_end){
				NULL, shares[!number], &pages[1], 1});
		count(worker, error, "copying between shares");
	}
}

/* All have their turn, so that none has done its work before another begins,
 * where there are fewer processors than threads. */
static void *work(void *context)
{
	struct worker *worker = context;
	unsigned i;

	for (i = 0; i < STEPS; i++) {
		if (i % TURN == 0)
			pthread_barrier_wait(&worker->world->turn);
		if (worker->failed)
			continue;
		if (worker->number < OWNERS)
			own_step(worker);
		else
			hold_step(worker);
	}
	__atomic_fetch_sub(&worker->world->running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* The task beside them. */
static void *page(void *context)
{
	struct worker *worker = context;
	struct world *world = worker->world;
	struct seat *seat = &world->machine->seats[0];
	uint64_t value;
	uint32_t given;

	do {
		(void)seat_write(
			world->machine, 0, draw(worker, 16), 0, worker->done);
		(void)seat_read(world->machine, 0, draw(worker, 16), 0, &value);
		server_ask(seat->task, draw(worker, 8), &given);
		worker->done++;
	} while (__atomic_load_n(&world->running, __ATOMIC_ACQUIRE));
	return NULL;
}

static void begin(struct world *world)
{
	static const uint32_t guarantees[OWNERS + 1] = {9, 9, 6};
	struct container_share_config config = {
		CONTAINER_READ | CONTAINER_FILL, 5};
	unsigned i;

	world->machine = machine_of(FRAMES);
	for (i = 0; i <= OWNERS; i++)
		assert_int_equal(
			control_split(server_root(world->machine->server),
				guarantees[i], &world->controls[i]),
			0);
	for (i = 0; i < OWNERS; i++) {
		assert_int_equal(container_create(world->controls[i],
					 &world->containers[i]),
			0);
		assert_int_equal(container_share(world->containers[i], &config,
					 &world->shares[i]),
			0);
	}
	world->machine->seats[0].obeys = true;
	assert_int_equal(seat_take(world->machine, 0, world->controls[OWNERS],
				 FRAMES, NULL),
		0);
	world->running = OWNERS + 1;
	assert_int_equal(
		pthread_barrier_init(&world->turn, NULL, OWNERS + 1), 0);
}

static void end(struct world *world)
{
	unsigned i;

	for (i = 0; i < OWNERS; i++) {
		assert_int_equal(container_revoke(world->shares[i], NULL), 0);
		container_share_drop(world->shares[i]);
		put_away(world->machine, world->containers[i]);
	}
	assert_int_equal(seat_leave(world->machine, 0), 0);
	for (i = 0; i <= OWNERS; i++)
		assert_int_equal(control_destroy(world->controls[i]), 0);
	assert_int_equal(
		control_guarantee(server_root(world->machine->server)), FRAMES);
	server_machine_destroy(world->machine);
	pthread_barrier_destroy(&world->turn);
}

static void test_threads(void **state)
{
	struct worker workers[OWNERS + 2] = {0};
	struct world world;
	unsigned i;

	(void)state;
	begin(&world);
	for (i = 0; i < OWNERS + 2; i++) {
		workers[i].world = &world;
		workers[i].number = i;
		workers[i].random = i + 1;
		assert_int_equal(
			pthread_create(&workers[i].thread, NULL,
				i <= OWNERS ? work : page, &workers[i]),
			0);
	}
	for (i = 0; i < OWNERS + 2; i++)
		pthread_join(workers[i].thread, NULL);
	check(world.machine);
	for (i = 0; i < OWNERS + 2; i++) {
		if (workers[i].failed)
			fail_msg("thread %u: %s", i, workers[i].failed);
		assert_in_range(workers[i].done, 1, UINT32_MAX);
	}
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
