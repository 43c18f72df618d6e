/*
 * Cycles of a whole fault, eviction included, beside the least that any
 * fault handler must do: a hash table that finds nothing, forgets the victim
 * and learns the page, and a list in the order of use.
 *
 * Every reference is a fault on a page that was never used before, the worst
 * that can happen to a tree: pages are drawn uniformly from 2^40, alone or
 * in runs of 64 neighbours.  Each fault is timed for itself; pager and
 * control take turns of BATCH faults on the same pages, and the ratio is
 * that of their medians, a round; of the rounds, the median and the spread.
 *
 *	fault-bench [most frames] [rounds]
 */
#include "mm/pager.h"
#include "mm/physmem-sim.h"
#include "mm/test/hash-control.h"

#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

enum { BATCH = 4096, ROUNDS_MAX = 64 };

struct link {
	uint64_t page;
	uint32_t newer, older;
};

/* The control: frames in a ring, the oldest at links[frames].newer. */
struct control {
	struct hash_control hash;
	struct link *links; /* [frames + 1] */
	uint32_t frames;
};

struct bench {
	struct pager *pager;
	struct sim sim;
	struct as as;
	struct store store;
	struct control control;
	uint64_t run, drawn;
	uint64_t pages[BATCH];
	uint32_t entries[BATCH]; /* their page table entries */
	uint32_t cycles[2][BATCH];
	uint32_t overhead; /* of an empty pair of probes */
};

static inline uint64_t probe_start(void)
{
	uint64_t now;

	_mm_lfence();
	now = __rdtsc();
	_mm_lfence();
	return now;
}

static inline uint64_t probe_stop(void)
{
	unsigned cpu;
	uint64_t now = __rdtscp(&cpu);

	_mm_lfence();
	return now;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t median(uint32_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static int page_in(struct store *store, const struct page_io *io)
{
	(void)store;
	(void)io;
	return STORE_DATA;
}

static const struct store_ops store_ops = {.page_in = page_in};

static void draw(struct bench *bench)
{
	for (int i = 0; i < BATCH; i++) {
		uint64_t run = bench->drawn / bench->run;
		uint64_t in_run = bench->drawn % bench->run;

		bench->pages[i] =
			(mix(run + 1) >> 24) / bench->run * bench->run + in_run;
		/* scattered: the entries count is a power of two */
		bench->entries[i] =
			bench->drawn * 0x9e3779b1 & (bench->sim.entries - 1);
		bench->drawn++;
	}
}

static inline void control_fault(struct control *control, uint64_t page)
{
	struct link *links = control->links;
	uint32_t head = control->frames;
	uint32_t frame = links[head].newer;
	uint32_t value;

	if (hash_control_find(&control->hash, page, &value))
		return;
	hash_control_remove(&control->hash, links[frame].page);
	links[links[frame].newer].older = head;
	links[head].newer = links[frame].newer;
	links[frame] = (struct link){page, head, links[head].older};
	links[links[head].older].newer = frame;
	links[head].older = frame;
	hash_control_insert(&control->hash, page, frame);
}

static inline void pager_step(struct bench *bench, int i)
{
	struct fault fault = {
		.as = &bench->as,
		.page = bench->pages[i],
		.translation = bench->entries[i],
		.access = PROTECT_READ,
		.next_use = NEXT_USE_NEVER,
	};

	if (pager_fault(bench->pager, &fault))
		abort();
}

static void run_batch(struct bench *bench, int which)
{
	uint64_t start, spent;
	int i;

	for (i = 0; i < BATCH; i++) {
		start = probe_start();
		if (which)
			control_fault(&bench->control, bench->pages[i]);
		else
			pager_step(bench, i);
		spent = probe_stop() - start;
		bench->cycles[which][i] =
			spent > bench->overhead ? spent - bench->overhead : 0;
	}
}

static void measure_overhead(struct bench *bench)
{
	uint32_t spent[BATCH];

	for (int i = 0; i < BATCH; i++) {
		uint64_t start = probe_start();

		spent[i] = probe_stop() - start;
	}
	bench->overhead = median(spent, BATCH);
}

static int set_up(struct bench *bench, uint32_t frames, uint64_t run)
{
	struct pager_config config = {
		.frames = frames,
		.page_bytes = 4096,
		.stores_max = 1,
		.physmem_ops = &physmem_sim_ops,
		.backend = &bench->sim,
		.policy_ops = &policy_lru,
	};
	struct control *control = &bench->control;
	uint32_t i;

	*bench = (struct bench){.run = run};
	control->frames = frames;
	control->links = malloc((frames + 1) * sizeof(struct link));
	if (!control->links || hash_control_create(&control->hash, frames) ||
		sim_init(&bench->sim, 4 * frames) || as_init(&bench->as, 4) ||
		pager_create(&config, &bench->pager))
		return -1;
	/* the ring is full of pages that are in no table: all are evicted
	 * before the first batch that counts */
	for (i = 0; i <= frames; i++)
		control->links[i] = (struct link){UINT64_MAX - 1 - i,
			i < frames ? i + 1 : 0, i ? i - 1 : frames};
	store_init(&bench->store, &store_ops, bench->pager->btrees, false);
	return as_map(&bench->as, 0, AS_PAGES_MAX, &bench->store, 0,
		PROTECT_READ, NULL);
}

static void tear_down(struct bench *bench)
{
	pager_drop_store(bench->pager, &bench->store, false);
	pager_destroy(bench->pager);
	as_fini(&bench->as);
	sim_fini(&bench->sim);
	hash_control_destroy(&bench->control.hash);
	free(bench->control.links);
}

static int compare_reals(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One row: a number of frames, a length of run. */
static int measure(
	struct bench *bench, uint32_t frames, uint64_t run, int rounds)
{
	double ratios[ROUNDS_MAX];
	uint32_t pager[ROUNDS_MAX], control[ROUNDS_MAX];
	uint64_t warm;
	int i;

	if (set_up(bench, frames, run))
		return -1;
	measure_overhead(bench);
	for (warm = 0; warm < 3 * (uint64_t)frames + BATCH; warm += BATCH) {
		draw(bench);
		run_batch(bench, 0);
		run_batch(bench, 1);
	}
	for (i = 0; i < rounds; i++) {
		draw(bench);
		run_batch(bench, i % 2);
		run_batch(bench, 1 - i % 2);
		pager[i] = median(bench->cycles[0], BATCH);
		control[i] = median(bench->cycles[1], BATCH);
		ratios[i] = (double)pager[i] / (control[i] ? control[i] : 1);
	}
	qsort(ratios, rounds, sizeof(*ratios), compare_reals);
	printf("%9u %4llu %7u %8u %7.2f  %.2f .. %.2f\n", frames,
		(unsigned long long)run, median(pager, rounds),
		median(control, rounds), ratios[rounds / 2],
		ratios[rounds / 10], ratios[rounds - 1 - rounds / 10]);
	tear_down(bench);
	return 0;
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = {1 << 10, 1 << 14, 1 << 18, 1 << 20};
	uint32_t most = argc > 1 ? strtoul(argv[1], NULL, 0) : 1 << 20;
	int rounds = argc > 2 ? atoi(argv[2]) : 31;
	struct bench *bench = malloc(sizeof(*bench));
	size_t i;

	if (!bench || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "fault-bench: 1 to %d rounds\n", ROUNDS_MAX);
		return 2;
	}
	puts("TSC cycles a fault, median: the whole path (lru, eviction, 4 KiB "
	     "pages, no I/O)\nbeside a hash table and a list");
	puts("   frames  run   pager  control   ratio  (10 % .. 90 %)");
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (sizes[i] <= most &&
			(measure(bench, sizes[i], 1, rounds) ||
				measure(bench, sizes[i], 64, rounds)))
			return 1;
	free(bench);
	return 0;
}
