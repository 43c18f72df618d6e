/*
 * Four threads fault on stores that block, with few frames: the pager's lock
 * is not held while pages are read and written, so pages are waited for or
 * taken back, victims are lost to others, and maps change under a fault.  Each
 * thread has words of its own in every page and knows what it wrote last.
 *
 *	threads-test [threads [seconds]]
 *
 * With seconds: that many threads (8 at most) at all this for so long.
 */
#include "mm/test/machine.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum {
	THREADS = 4,
	THREADS_MAX = REAL_WORDS, /* one a word of a page */
	PAGES = 24,
	STEPS = 200,
	FAR = 100,     /* where both spaces show memory 1 */
	PRIVATE = 200, /* and where they have a private map of memory 0 */
};

struct worker {
	struct machine *machine;
	unsigned number;
	uint64_t random;
	uint64_t words[2][PAGES]; /* what it wrote last, by store and page */
	uint64_t own[2][PAGES];	  /* and to private maps, by space and page */
	uint64_t seen[2][PAGES];  /* what it read there before */
	uint64_t end_ns;
	bool trouble; /* stores fail now and then */
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

/* A store's error, where there may be some. */
static bool forgiven(const struct worker *worker, int error)
{
	return worker->trouble && (error == -EIO || error == -ENOSPC);
}

/* One access to a word of its own, through either space. */
static const char *use_memory(struct worker *worker, uint64_t step)
{
	unsigned space = draw(worker, 2);
	unsigned store = draw(worker, 2);
	uint64_t page = draw(worker, PAGES);
	uint64_t address = page + (store ? FAR : 0);
	uint64_t *word = &worker->words[store][page];
	uint64_t value = step << 8 | worker->number;
	int error;

	if (draw(worker, 3)) {
		error = machine_read(worker->machine, space, address,
			worker->number, &value);
		if (error)
			return forgiven(worker, error) ? NULL : "a read failed";
		return value == *word ? NULL : "not what was written last";
	}
	error = machine_write(
		worker->machine, space, address, worker->number, value);
	if (error)
		return forgiven(worker, error) ? NULL : "a write failed";
	*word = value;
	return NULL;
}

/*
 * The same in a private map.  Until it has written there it sees some word
 * that it wrote to the store: of the time when another's write copied the
 * page, or of now; and none that is older than one it saw before.
 */
static const char *use_private(struct worker *worker, uint64_t step)
{
	unsigned space = draw(worker, 2);
	uint64_t page = draw(worker, PAGES);
	uint64_t *own = &worker->own[space][page];
	uint64_t *seen = &worker->seen[space][page];
	uint64_t value = step << 8 | worker->number;
	int error;

	if (draw(worker, 6)) {
		error = machine_read(worker->machine, space, PRIVATE + page,
			worker->number, &value);
		if (error)
			return forgiven(worker, error)
				       ? NULL
				       : "a private read failed";
		if (*own)
			return value == *own ? NULL : "not what it wrote last";
		if (value < *seen || value > worker->words[0][page])
			return "neither the store's word nor its copy";
		*seen = value;
		return NULL;
	}
	error = machine_write(
		worker->machine, space, PRIVATE + page, worker->number, value);
	if (error)
		return forgiven(worker, error) ? NULL
					       : "a private write failed";
	*own = value;
	return NULL;
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

/* Protection comes and goes where nobody writes. */
static const char *use_protection(struct worker *worker)
{
	static const unsigned protections[] = {
		PROTECT_READ, PROTECT_BOTH, PROTECT_EXECUTE};
	struct machine *machine = worker->machine;
	uint64_t page = MACHINE_PAGES - 1 - worker->number;
	struct as *as = &machine->spaces[0];
	uint64_t value;
	unsigned i;
	int error;

	if (pager_map(machine->pager, as, page, 1, machine->stores[0],
		    MEMORY_PAGES - 1 - worker->number, PROTECT_BOTH,
		    draw(worker, 2) ? PAGER_MAP_PRIVATE : 0))
		return "mapping failed";
	for (i = 0; i < 3; i++) {
		if (pager_protect(machine->pager, as, page, 1, protections[i]))
			return "protecting failed";
		error = machine_write(machine, 0, page, 0, i);
		if (forgiven(worker, error))
			break;
		if (error != (i == 1 ? 0 : -EACCES))
			return "a write against protection, or none";
		error = machine_read(machine, 0, page, 0, &value);
		if (forgiven(worker, error))
			break;
		if (error != (i == 2 ? -EACCES : 0))
			return "a read against protection, or none";
		if (i == 1 && value != i)
			return "not what was just written";
	}
	return pager_unmap(machine->pager, as, page, 1) ? "unmapping failed"
							: NULL;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

/* Some page can't be read, and some not be written, from now on or again. */
static void make_trouble(struct worker *worker)
{
	struct memory_store *memory = &worker->machine->memory[draw(worker, 2)];

	__atomic_store_n(&memory->pages[draw(worker, PAGES)].fail_in,
		draw(worker, 4) ? 0 : -EIO, __ATOMIC_RELAXED);
	__atomic_store_n(&memory->pages[draw(worker, PAGES)].fail_out,
		draw(worker, 4) ? 0 : -ENOSPC, __ATOMIC_RELAXED);
}

/* All of it, until a time is over. */
static void *soak(void *context)
{
	static const enum advice advices[] = {ADVICE_SEQUENTIAL, ADVICE_RANDOM,
		ADVICE_DONT_NEED, ADVICE_WILL_NEED, ADVICE_COLD};
	struct worker *worker = context;
	struct machine *machine = worker->machine;
	uint64_t step;
	int error;

	for (step = 1; !worker->failed && now_ns() < worker->end_ns; step++) {
		worker->failed = draw(worker, 3) ? use_memory(worker, step)
						 : use_private(worker, step);
		if (!worker->failed && !draw(worker, 16))
			worker->failed = use_protection(worker);
		error = 0;
		if (!draw(worker, 16))
			error = pager_advise(machine->pager,
				&machine->spaces[draw(worker, 2)],
				draw(worker, 3) * FAR + draw(worker, PAGES),
				1 + draw(worker, 3), advices[draw(worker, 5)],
				0);
		else if (!draw(worker, 64))
			error = pager_flush(machine->pager, machine->stores[0]);
		if (error && !forgiven(worker, error))
			worker->failed = "advice or a flush failed";
		if (worker->trouble && !draw(worker, 32))
			make_trouble(worker);
	}
	return NULL;
}

struct job {
	const struct policy_ops *policy;
	uint32_t frames;
	bool track_writes, trouble;
	uint32_t victim_batch, clean_ahead;
	bool cleaner; /* a thread of the pager's own cleans */
	unsigned threads;
	uint64_t end_ns;
	void *(*routine)(void *context);
};

static struct machine *machine_of(const struct job *job)
{
	struct machine_config config = {
		.policy = job->policy,
		.frames = job->frames,
		.victim_batch = job->victim_batch,
		.clean_ahead = job->clean_ahead,
		.mappings_max = 4,
		.maps_max = 200,
		.blocking = true,
		.threads = true,
		.bit_at_load = true,
		.track_writes = job->track_writes,
		.read_ahead_max = 4,
		.shadows_max = 2 + THREADS_MAX,
	};
	struct machine *machine;
	unsigned space, store;

	assert_int_equal(machine_create(&config, &machine), 0);
	if (job->cleaner)
		assert_int_equal(pager_start_cleaner(machine->pager), 0);
	memory_store_many(&machine->memory[1]);
	for (store = 0; store < 2; store++)
		machine->memory[store].dawdles = true;
	for (space = 0; space < 2; space++)
		assert_int_equal(
			pager_map(machine->pager, &machine->spaces[space],
				PRIVATE, PAGES, machine->stores[0], 0,
				PROTECT_BOTH, PAGER_MAP_PRIVATE),
			0);
	for (store = 0; store < 2; store++) {
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
static void compare(
	struct machine *machine, const struct worker *workers, unsigned threads)
{
	const char *why = machine_check(machine);
	unsigned store, page, space, i;

	for (store = 0; store < 2; store++)
		for (page = 0; page < PAGES; page++)
			machine->memory[store].pages[page].fail_out = 0;

	if (why)
		fail_msg("%s", why);
	for (space = 0; space < 2; space++)
		assert_int_equal(
			pager_unmap(machine->pager, &machine->spaces[space],
				PRIVATE, PAGES),
			0);
	assert_null(machine->pager->shadows);
	for (store = 0; store < 2; store++) {
		assert_int_equal(pager_drop_store(machine->pager,
					 machine->stores[store], true),
			0);
		for (page = 0; page < PAGES; page++)
			for (i = 0; i < threads; i++)
				assert_int_equal(machine->memory[store]
							 .pages[page]
							 .words[i],
					workers[i].words[store][page]);
	}
	assert_int_equal(machine->pager->physmem.resident, 0);
	assert_int_equal(machine->pager->pinned, 0);
}

static void run(const struct job *job)
{
	struct machine *machine = machine_of(job);
	struct worker workers[THREADS_MAX] = {0};
	unsigned i;

	for (i = 0; i < job->threads; i++) {
		workers[i].machine = machine;
		workers[i].number = i;
		workers[i].end_ns = job->end_ns;
		workers[i].trouble = job->trouble;
		workers[i].random = 88172645463325252 + i * 977 + job->frames;
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
					 job->routine, &workers[i]),
			0);
	}
	for (i = 0; i < job->threads; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < job->threads; i++)
		if (workers[i].failed)
			fail_msg("%s, %u frames, thread %u: %s",
				job->policy->name, job->frames, i,
				workers[i].failed);
	compare(machine, workers, job->threads);
	machine_destroy(machine);
}

static void run_all(void *(*routine)(void *context))
{
	static const uint32_t frames[] = {1, 3, 12};
	const struct policy_ops *policy;
	unsigned i, j;

	for (i = 0; (policy = policy_at(i)); i++)
		for (j = 0; j < sizeof(frames) / sizeof(frames[0]); j++)
			run(&(struct job){
				.policy = policy,
				.frames = frames[j],
				.track_writes = j % 2,
				/* a batch of few frames is all of them */
				.victim_batch = j < 2 ? 1 : 1 + i % 3 * 2,
				.clean_ahead = (i + j) / 2 % 2 * 6,
				.cleaner = (i + j) / 4 % 2,
				.threads = THREADS,
				.routine = routine,
			});
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
	struct machine *machine = machine_of(&(struct job){
		.policy = &policy_lru,
		.frames = 6,
		.victim_batch = 2,
		.clean_ahead = 3,
		.cleaner = true,
	});
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

/* Rounds of a quarter of a second: policies and numbers of frames change. */
static void soak_all(unsigned threads, uint64_t time_ns)
{
	static const struct policy_ops *const policies[] = {&policy_lru,
		&policy_sfifo, &policy_opt, &policy_lru_hints, &policy_clock,
		&policy_fifo};
	static const uint32_t frames[] = {1, 3, 40, 12};
	uint64_t end_ns = now_ns() + time_ns;
	uint64_t round_ns = time_ns < 1000000000 ? time_ns / 4 : 250000000;
	unsigned round;

	for (round = 0; now_ns() < end_ns; round++)
		run(&(struct job){
			.policy = policies[round % 6],
			.frames = frames[round % 4],
			.victim_batch = 1 + (round + round / 6) % 3 * 3,
			.clean_ahead = (round + round / 6 + 1) % 2 * 10,
			.cleaner = round / 3 % 2,
			.track_writes = round / 2 % 2,
			.trouble = round % 2,
			.threads = threads,
			.end_ns = now_ns() + round_ns,
			.routine = soak,
		});
}

static void test_soak(void **state)
{
	(void)state;
	soak_all(THREADS_MAX, 400000000);
}

struct soak {
	unsigned threads;
	uint64_t time_ns;
};

static void test_long_soak(void **state)
{
	const struct soak *told = *state;

	soak_all(told->threads, told->time_ns);
}

int main(int argc, char **argv)
{
	struct soak told = {.time_ns = UINT64_C(5000000000)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_faults_and_advice),
		cmocka_unit_test(test_maps_that_go),
		cmocka_unit_test(test_soak),
	};
	const struct CMUnitTest long_tests[] = {
		cmocka_unit_test_prestate(test_long_soak, &told),
	};

	if (argc < 2)
		return cmocka_run_group_tests(tests, NULL, NULL);
	told.threads = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		told.time_ns = strtoull(argv[2], NULL, 0) * 1000000000;
	if (!told.threads || told.threads > THREADS_MAX) {
		fprintf(stderr, "threads-test: 1 to %d threads\n", THREADS_MAX);
		return 2;
	}
	return cmocka_run_group_tests(long_tests, NULL, NULL);
}
