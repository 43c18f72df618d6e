/*
 * Four tasks on four threads, and two threads in one task: they fault, ask,
 * return when they are told to, have pages back and pin some, while the
 * clock runs and what is late is taken from them, and a part of a guarantee
 * is split off and given back.  Each thread has words of its own and knows
 * what it wrote last; frames change hands all the time, so a page that shows
 * another task's data would be found.
 *
 * Before that, what one thread does while another reads a page to copy it, or
 * writes one as its guarantee falls.
 */
#include "mm/test/server-machine.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FRAMES = 24, PAGES = 16, THREADS = 5, STEPS = 400 };

struct worker {
	struct server_machine *machine;
	unsigned seat, word;
	uint64_t random;
	uint64_t words[PAGES];
	const char *failed;
	pthread_t thread;
};

static uint64_t draw(struct worker *worker, uint64_t below)
{
	worker->random ^= worker->random >> 12;
	worker->random ^= worker->random << 25;
	worker->random ^= worker->random >> 27;
	return (worker->random * 0x2545f4914f6cdd1d >> 11) % below;
}

static const char *use_memory(struct worker *worker, uint64_t step)
{
	uint64_t page = draw(worker, PAGES);
	uint64_t value;
	int error;

	if (draw(worker, 2)) {
		error = seat_read(worker->machine, worker->seat, page,
			worker->word, &value);
		/* all frames went just then: the guaranteed ones come back */
		if (error)
			return error == -ENOMEM ? NULL : "a read failed";
		return value == worker->words[page]
			       ? NULL
			       : "not what was written last";
	}
	value = step << 8 | worker->seat;
	error = seat_write(
		worker->machine, worker->seat, page, worker->word, value);
	if (!error)
		worker->words[page] = value;
	return error && error != -ENOMEM ? "a write failed" : NULL;
}

static void split_and_join(struct control *control)
{
	struct control *child;

	if (!control_split(control, 1, &child))
		(void)control_destroy(child);
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct server_machine *machine = worker->machine;
	struct seat *seat = &machine->seats[worker->seat];
	uint64_t step;
	uint32_t count;

	for (step = 1; step <= STEPS && !worker->failed; step++) {
		worker->failed = use_memory(worker, step);
		switch (draw(worker, 16)) {
		case 0:
			server_ask(seat->task, draw(worker, 8), &count);
			break;
		case 1:
			(void)server_return(
				seat->task, draw(worker, 3), &count);
			break;
		case 2:
			(void)server_get_back(
				seat->task, seat->store, draw(worker, PAGES));
			break;
		case 3:
			__atomic_fetch_add(&machine->now, SERVER_NOTICE / 2,
				__ATOMIC_RELAXED);
			(void)server_tick(machine->server);
			break;
		case 4:
			(void)server_task_advise(seat->task, &seat->as,
				draw(worker, PAGES), 1,
				draw(worker, 2) ? ADVICE_PIN : ADVICE_UNPIN, 0);
			break;
		case 5:
			split_and_join(seat->control);
			break;
		default:
			break;
		}
	}
	return NULL;
}

static void run(const struct policy_ops *policy, bool obeys)
{
	struct worker workers[THREADS] = {0};
	struct control *controls[SERVER_TASKS];
	struct server_machine *machine;
	const char *why;
	uint64_t value;
	unsigned i, page;

	assert_int_equal(server_machine_create(FRAMES, &machine), 0);
	for (i = 0; i < SERVER_TASKS; i++) {
		assert_int_equal(control_split(server_root(machine->server), 5,
					 &controls[i]),
			0);
		assert_int_equal(
			seat_take(machine, i, controls[i], 8, policy), 0);
		machine->seats[i].memory.dawdles = true;
		machine->seats[i].obeys = obeys;
	}
	for (i = 0; i < THREADS; i++) {
		workers[i].machine = machine;
		workers[i].seat = i % SERVER_TASKS;
		workers[i].word = i / SERVER_TASKS;
		workers[i].random = 88172645463325252 + i * 977 + obeys;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
					 &workers[i]),
			0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < THREADS; i++)
		if (workers[i].failed)
			fail_msg("%s, thread %u: %s", policy->name, i,
				workers[i].failed);
	why = server_machine_check(machine);
	if (why)
		fail_msg("%s", why);
	for (i = 0; i < THREADS; i++)
		for (page = 0; page < PAGES; page++) {
			(void)server_tick(machine->server);
			machine->now += SERVER_NOTICE;
			assert_int_equal(seat_read(machine, workers[i].seat,
						 page, workers[i].word, &value),
				0);
			assert_int_equal(value, workers[i].words[page]);
		}
	for (i = 0; i < SERVER_TASKS; i++) {
		assert_int_equal(seat_leave(machine, i), 0);
		assert_int_equal(control_destroy(controls[i]), 0);
	}
	assert_null(server_check(machine->server));
	server_machine_destroy(machine);
}

static void test_obedient(void **state)
{
	(void)state;
	run(&policy_lru, true);
	run(&policy_clock, true);
}

/* All that is asked back is taken. */
static void test_late(void **state)
{
	(void)state;
	run(&policy_lru, false);
	run(&policy_clock, false);
}

static void write_another(void *context)
{
	assert_int_equal(seat_write(context, 0, 1, 0, 11), 0);
}

/* The room that was made for a copy is another page's when it comes to it. */
static void test_room_for_copy_is_taken(void **state)
{
	enum { PRIVATE = PAGES };
	struct server_machine *machine;
	struct control *control;
	struct seat *seat;
	struct pager *pager;
	const char *why;
	uint64_t value;
	uint32_t given;

	(void)state;
	assert_int_equal(server_machine_create(FRAMES, &machine), 0);
	assert_int_equal(
		control_split(server_root(machine->server), 2, &control), 0);
	assert_int_equal(seat_take(machine, 0, control, 8, &policy_lru), 0);
	seat = &machine->seats[0];
	pager = server_task_pager(seat->task);
	assert_int_equal(pager_unmap(pager, &seat->as, PRIVATE, PAGES), 0);
	assert_int_equal(
		pager_map(pager, &seat->as, PRIVATE, PAGES, seat->store,
			PRIVATE, PROTECT_READ | PROTECT_WRITE,
			PAGER_MAP_PRIVATE),
		0);
	server_ask(seat->task, 8, &given);
	assert_int_equal(given, 8);
	assert_int_equal(seat_write(machine, 0, 0, 0, 10), 0);
	seat->memory.whom = machine;
	seat->memory.meanwhile = write_another;
	assert_int_equal(seat_write(machine, 0, PRIVATE, 0, 12), 0);
	assert_null(seat->memory.meanwhile);
	why = server_machine_check(machine);
	if (why)
		fail_msg("%s", why);
	assert_int_equal(seat_read(machine, 0, PRIVATE, 0, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(pager->counts.copies, 1);
	assert_int_equal(seat_leave(machine, 0), 0);
	assert_int_equal(control_destroy(control), 0);
	server_machine_destroy(machine);
}

/* It had room for that when it last looked. */
static void pin_page_4(void *context)
{
	struct seat *seat = &((struct server_machine *)context)->seats[0];

	assert_int_equal(pager_advise(server_task_pager(seat->task), &seat->as,
				 4, 1, ADVICE_PIN, 0),
		-ENOMEM);
}

/* A guarantee falls, and pages are written for that. */
static void test_pinned_while_guarantee_falls(void **state)
{
	struct server_machine *machine;
	struct control *control, *part;
	struct seat *seat;
	uint64_t value;
	unsigned i;

	(void)state;
	assert_int_equal(server_machine_create(FRAMES, &machine), 0);
	assert_int_equal(
		control_split(server_root(machine->server), 6, &control), 0);
	assert_int_equal(seat_take(machine, 0, control, 8, &policy_lru), 0);
	seat = &machine->seats[0];
	for (i = 0; i < 4; i++)
		assert_int_equal(seat_write(machine, 0, i, 0, i), 0);
	assert_int_equal(seat_read(machine, 0, 4, 0, &value), 0);
	seat->memory.whom = machine;
	seat->memory.meanwhile = pin_page_4;
	assert_int_equal(control_split(control, 5, &part), 0);
	assert_null(seat->memory.meanwhile);
	assert_null(server_machine_check(machine));
	assert_int_equal(control_destroy(part), 0);
	assert_int_equal(seat_leave(machine, 0), 0);
	assert_int_equal(control_destroy(control), 0);
	server_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room_for_copy_is_taken),
		cmocka_unit_test(test_pinned_while_guarantee_falls),
		cmocka_unit_test(test_obedient),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
