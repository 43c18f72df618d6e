/*
 * What a second thread brings to the fault path.  Each fault is on a page
 * that was never used before, and evicts one, as in fault-bench; the store
 * does no I/O.  Three cases take turns in each round:
 *
 *	one       one thread on one pager
 *	shared    two threads on one pager: one lock
 *	apart     two threads, each on a pager of its own: what the machine
 *	          gives to two threads at all
 *
 * With a store that blocks, the lock is given up while a page is read, which
 * takes as long as filling it does.
 *
 *	fault-threads-bench [frames] [rounds]
 */
#include "mm/pager.h"
#include "mm/physmem-sim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

enum { THREADS = 2, ROUNDS_MAX = 63, FAULTS = 100000, PAGE = 4096 };

enum which { ONE, SHARED, APART, CASES };

static const char *const case_names[CASES] = {"one", "shared", "apart"};

struct machine {
	struct pager *pager;
	struct sim sim;
	struct as as;
	struct store store;
};

struct worker {
	pthread_t thread;
	struct machine *machine;
	pthread_barrier_t *start;
	uint64_t drawn;
	char page[PAGE]; /* where a store that blocks reads */
	double start_ns, end_ns;
	uint64_t cycles;
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static int page_in(struct store *store, const struct page_io *io)
{
	/* the backend has no data: a page of the thread's own is filled */
	static _Thread_local char page[PAGE];

	if (store->blocking) {
		memset(page, (int)io->offset, sizeof(page));
		__asm__ volatile("" : : "r"(page) : "memory");
	}
	return STORE_DATA;
}

static const struct store_ops store_ops = {.page_in = page_in};

static void *work(void *context)
{
	struct worker *worker = context;
	struct machine *machine = worker->machine;
	uint64_t start;

	pthread_barrier_wait(worker->start);
	worker->start_ns = now_ns();
	start = __rdtsc();
	for (int i = 0; i < FAULTS; i++) {
		uint64_t drawn = worker->drawn++;
		struct fault fault = {
			.as = &machine->as,
			.page = mix(drawn) >> 24,
			.translation =
				drawn * 0x9e3779b1 & (machine->sim.entries - 1),
			.access = PROTECT_READ,
			.next_use = NEXT_USE_NEVER,
		};

		if (pager_fault(machine->pager, &fault))
			abort();
	}
	worker->cycles = __rdtsc() - start;
	worker->end_ns = now_ns();
	return NULL;
}

static int set_up(struct machine *machine, uint32_t frames, bool blocking)
{
	struct pager_config config = {
		.frames = frames,
		.page_bytes = PAGE,
		.stores_max = 1,
		.physmem_ops = &physmem_sim_ops,
		.backend = &machine->sim,
		.policy_ops = &policy_lru,
		.threads = true,
	};

	if (sim_init(&machine->sim, 4 * frames) || as_init(&machine->as, 4) ||
		pager_create(&config, &machine->pager))
		return -1;
	store_init(
		&machine->store, &store_ops, machine->pager->btrees, blocking);
	return as_map(&machine->as, 0, AS_PAGES_MAX, &machine->store, 0,
		PROTECT_READ, NULL);
}

static void tear_down(struct machine *machine)
{
	pager_drop_store(machine->pager, &machine->store, false);
	pager_destroy(machine->pager);
	as_fini(&machine->as);
	sim_fini(&machine->sim);
}

struct result {
	double faults_a_us; /* of all threads together */
	double cycles;	    /* of one of them, a fault */
};

static struct result run(
	struct machine *machines, struct worker *workers, enum which which)
{
	unsigned threads = which == ONE ? 1 : THREADS, i;
	double start_ns = 0, end_ns = 0, cycles = 0;
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, threads);
	for (i = 0; i < threads; i++) {
		workers[i].machine = &machines[which == APART ? i : 0];
		workers[i].start = &start;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		if (!i || workers[i].start_ns < start_ns)
			start_ns = workers[i].start_ns;
		if (!i || workers[i].end_ns > end_ns)
			end_ns = workers[i].end_ns;
		cycles += (double)workers[i].cycles / FAULTS / threads;
	}
	pthread_barrier_destroy(&start);
	return (struct result){
		threads * FAULTS * 1e3 / (end_ns - start_ns), cycles};
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static int measure(uint32_t frames, bool blocking, int rounds)
{
	static struct machine machines[THREADS];
	static struct worker workers[THREADS];
	double rates[CASES][ROUNDS_MAX], cycles[CASES][ROUNDS_MAX];
	double ratios[CASES][ROUNDS_MAX];
	int round, which, i;

	for (i = 0; i < THREADS; i++) {
		workers[i].drawn = (uint64_t)i << 40;
		if (set_up(&machines[i], frames, blocking))
			return -1;
	}
	/* until all frames are in use */
	for (i = 0; i < 1 + (int)(2 * frames / FAULTS); i++)
		run(machines, workers, APART);
	for (round = 0; round < rounds; round++)
		for (which = 0; which < CASES; which++) {
			struct result result = run(machines, workers, which);

			rates[which][round] = result.faults_a_us;
			cycles[which][round] = result.cycles;
			ratios[which][round] =
				result.faults_a_us / rates[ONE][round];
		}
	for (which = 0; which < CASES; which++)
		printf("%9u  %-9s %-7s %7d %8.2f %8.2f %9.0f\n", frames,
			blocking ? "blocks" : "does not", case_names[which],
			which == ONE ? 1 : THREADS,
			median(rates[which], rounds),
			median(ratios[which], rounds),
			median(cycles[which], rounds));
	for (i = 0; i < THREADS; i++)
		tear_down(&machines[i]);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t frames = argc > 1 ? strtoul(argv[1], NULL, 0) : 1 << 14;
	int rounds = argc > 2 ? atoi(argv[2]) : 21;

	if (rounds < 1 || rounds > ROUNDS_MAX || frames < 4) {
		fprintf(stderr,
			"fault-threads-bench: 4 frames at least, 1 to %d "
			"rounds\n",
			ROUNDS_MAX);
		return 2;
	}
	puts("Faults of all threads together in a microsecond, times those of "
	     "one thread,\nand TSC cycles from fault to fault in a thread; "
	     "medians");
	puts("   frames  store     case    threads   faults    times    "
	     "cycles");
	return measure(frames, false, rounds) || measure(frames, true, rounds);
}
