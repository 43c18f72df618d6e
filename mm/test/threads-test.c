/*
 * Four threads fault on stores that block, with few frames: the pager's lock
 * is not held while pages are read and written, so pages are waited for,
 * victims are lost to others, and maps change under a fault.  Each thread
 * has words of its own in every page and knows what it wrote last.
 */
#include "mm/test/machine.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
	THREADS = 4, /* one a word of a page */
	PAGES = 24,
	STEPS = 200,
	FAR = 100, /* where space 0 shows memory 1 */
};

struct worker {
	struct machine *machine;
	unsigned number;
	uint64_t random;
	uint64_t words[2][PAGES]; /* what it wrote last, by store and page */
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

/* One access to a word of its own, through either space. */
static const char *use_memory(struct worker *worker, uint64_t step)
{
	unsigned space = draw(worker, 2);
	unsigned store = draw(worker, 2);
	uint64_t page = draw(worker, PAGES);
	uint64_t address = page + (store ? FAR : 0);
	uint64_t *word = &worker->words[store][page];
	uint64_t value;

	if (draw(worker, 3)) {
		if (machine_read(worker->machine, space, address,
			    worker->number, &value))
			return "a read failed";
		return value == *word ? NULL : "not what was written last";
	}
	*word = step << 8 | worker->number;
	return machine_write(
		       worker->machine, space, address, worker->number, *word)
		       ? "a write failed"
		       : NULL;
}

static void *work(void *context)
{
	struct worker *worker = context;
	uint64_t step;

	for (step = 1; step <= STEPS && !worker->failed; step++)
		worker->failed = use_memory(worker, step);
	return NULL;
}

/* The same, and advice, flushes and other people's maps in between. */
static void *work_and_meddle(void *context)
{
	static const enum advice advices[] = {ADVICE_PIN, ADVICE_UNPIN,
		ADVICE_DONT_NEED, ADVICE_WILL_NEED, ADVICE_COLD,
		ADVICE_READ_ONCE, ADVICE_NORMAL};
	struct worker *worker = context;
	struct machine *machine = worker->machine;
	uint64_t step;
	int error;

	for (step = 1; step <= STEPS && !worker->failed; step++) {
		worker->failed = use_memory(worker, step);
		error = 0;
		switch (draw(worker, 20)) {
		case 0:
			error = pager_flush(machine->pager,
				machine->stores[draw(worker, 2)]);
			break;
		case 1 ... 5:
			error = pager_advise(machine->pager,
				&machine->spaces[draw(worker, 2)],
				draw(worker, 2) * FAR + draw(worker, PAGES),
				1 + draw(worker, 3), advices[draw(worker, 7)],
				0);
			/* too many to pin */
			error = error == -ENOMEM ? 0 : error;
			break;
		case 6:
			error = pager_drop_store(machine->pager,
				machine->stores[draw(worker, 2)], true);
			break;
		default:
			break;
		}
		if (error)
			worker->failed = "meddling failed";
	}
	return NULL;
}

static struct machine *machine_of(
	const struct policy_ops *policy, uint32_t frames)
{
	struct machine_config config = {
		.policy = policy,
		.frames = frames,
		.mappings_max = 4,
		.maps_max = 200,
		.blocking = true,
		.threads = true,
		.bit_at_load = true,
	};
	struct machine *machine;
	unsigned space, store;

	assert_int_equal(machine_create(&config, &machine), 0);
	for (store = 0; store < 2; store++) {
		machine->memory[store].dawdles = true;
		for (space = 0; space < 2; space++)
			assert_int_equal(
				as_map(&machine->spaces[space], store ? FAR : 0,
					PAGES, machine->stores[store], 0,
					PROTECT_BOTH, NULL),
				0);
	}
	return machine;
}

/* What is in the stores at the end is what each thread wrote last. */
static void compare(struct machine *machine, const struct worker *workers)
{
	const char *why = machine_check(machine);
	unsigned store, page, i;

	if (why)
		fail_msg("%s", why);
	for (store = 0; store < 2; store++) {
		assert_int_equal(pager_drop_store(machine->pager,
					 machine->stores[store], true),
			0);
		for (page = 0; page < PAGES; page++)
			for (i = 0; i < THREADS; i++)
				assert_int_equal(machine->memory[store]
							 .pages[page]
							 .words[i],
					workers[i].words[store][page]);
	}
	assert_int_equal(machine->pager->physmem.resident, 0);
	assert_int_equal(machine->pager->pinned, 0);
}

static void run(const struct policy_ops *policy, uint32_t frames,
	void *(*routine)(void *context))
{
	struct machine *machine = machine_of(policy, frames);
	struct worker workers[THREADS] = {0};
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		workers[i].machine = machine;
		workers[i].number = i;
		workers[i].random = 88172645463325252 + i * 977 + frames;
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
					 routine, &workers[i]),
			0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < THREADS; i++)
		if (workers[i].failed)
			fail_msg("%s, %u frames, thread %u: %s", policy->name,
				frames, i, workers[i].failed);
	compare(machine, workers);
	machine_destroy(machine);
}

static void run_all(void *(*routine)(void *context))
{
	static const uint32_t frames[] = {1, 3, 12};
	const struct policy_ops *policy;
	unsigned i, j;

	for (i = 0; (policy = policy_at(i)); i++)
		for (j = 0; j < sizeof(frames) / sizeof(frames[0]); j++)
			run(policy, frames[j], routine);
}

static void test_faults(void **state)
{
	(void)state;
	run_all(work);
}

static void test_faults_and_advice(void **state)
{
	(void)state;
	run_all(work_and_meddle);
}

/* A map comes and goes while others fault on it: they are told so, and the
 * pager stays sound. */
static void *fault_on_what_goes(void *context)
{
	struct worker *worker = context;
	unsigned step;
	uint64_t value;
	int error;

	for (step = 0; step < 5 * STEPS && !worker->failed; step++) {
		error = machine_read(worker->machine, 1,
			draw(worker, 2) * FAR + draw(worker, PAGES), 0, &value);
		if (error && error != -EFAULT)
			worker->failed = "neither there nor not there";
		if (!error && value)
			worker->failed = "not zeros";
	}
	return NULL;
}

static void test_maps_that_go(void **state)
{
	struct machine *machine = machine_of(&policy_lru, 6);
	struct worker workers[THREADS] = {0};
	struct as *as = &machine->spaces[1];
	const char *why;
	unsigned i;

	(void)state;
	for (i = 0; i < THREADS; i++) {
		workers[i].machine = machine;
		workers[i].random = 1234567 + i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
					 fault_on_what_goes, &workers[i]),
			0);
	}
	for (i = 0; i < 300; i++) {
		assert_int_equal(
			pager_unmap(machine->pager, as, i % PAGES, 3), 0);
		assert_int_equal(
			pager_advise(machine->pager, as, FAR + i % 7, 2,
				i % 2 ? ADVICE_PIN : ADVICE_UNPIN, 0),
			0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].failed)
			fail_msg("thread %u: %s", i, workers[i].failed);
	}
	why = machine_check(machine);
	if (why)
		fail_msg("%s", why);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_faults_and_advice),
		cmocka_unit_test(test_maps_that_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
