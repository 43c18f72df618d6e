/*
 * What batches and writing ahead of need bring, in turn in one run:
 *
 *   batches	two threads read pages in random order, in real memory: what
 *		unmapping costs while the other processor must be told
 *   cleaning	two threads read and write, and do else for 200 us in between;
 *		the store takes 100 us to write a page and none to read it:
 *		how long a touch waits
 *
 * The store keeps its pages in memory, so that nothing else is measured.
 *
 *	batch-bench [ROUNDS]
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "mm/selfpage.h"

enum {
	PAGE = 4096,
	FRAMES = 1024,
	PAGES = 4 * FRAMES,
	THREADS = 2,
	TOUCHES = 4000, /* of each thread; those that fill memory beside */
	ROUNDS = 3,
	ROUNDS_MAX = 99,
	WRITE_US = 100,
	WORK_US = 200, /* between two touches */
};

struct way {
	const char *name;
	bool live, writes;
	uint32_t victim_batch, clean_ahead;
	unsigned cleaner;
};

static const struct way ways[] = {
	{"live, read, one by one", true, false, 1, 0, 0},
	{"live, read, batches of 8", true, false, 8, 0, 0},
	{"live, read, batches of 64", true, false, 64, 0, 0},
	{"live, write, one by one", true, true, 1, 0, 0},
	{"live, write, 128 ahead", true, true, 1, 128, 0},
	{"live, write, 128 ahead, a cleaner", true, true, 1, 128, 1},
	{"by calls, write, one by one", false, true, 1, 0, 0},
	{"by calls, write, 128 ahead, a cleaner", false, true, 1, 128, 1},
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

struct bench {
	char *file; /* [PAGES][PAGE] */
	bool slow;
	uint32_t *ticks[WAYS]; /* [rounds * THREADS * TOUCHES] */
	size_t count[WAYS];
	double seconds[WAYS];
	uint64_t writebacks[WAYS], cleaned[WAYS];
};

struct toucher {
	const struct way *way;
	struct selfpage *pager;
	struct selfpage_space *space;
	char *start;
	uint64_t random;
	uint32_t *ticks;
	pthread_t thread;
};

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "batch-bench: %s: %s\n", what, strerror(-result));
	exit(1);
}

static int page_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	const struct bench *bench = context;

	memcpy(data, bench->file + offset, bytes);
	return SELFPAGE_DATA;
}

static int page_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct bench *bench = context;

	if (bench->slow)
		usleep(WRITE_US);
	memcpy(bench->file + offset, data, bytes);
	return 0;
}

static void touch(const struct toucher *toucher, uint32_t page, bool writes)
{
	volatile char *at = toucher->start + (size_t)page * PAGE;
	uint64_t address = (uintptr_t)at;
	char byte = 1;

	if (toucher->way->live && writes)
		*at = byte;
	else if (toucher->way->live)
		(void)*at;
	else if (writes)
		check(selfpage_write(toucher->space, address, &byte, 1),
			"write");
	else
		check(selfpage_read(toucher->space, address, &byte, 1), "read");
}

static uint64_t draw(struct toucher *toucher)
{
	toucher->random ^= toucher->random << 13;
	toucher->random ^= toucher->random >> 7;
	toucher->random ^= toucher->random << 17;
	return toucher->random;
}

static void *run(void *context)
{
	struct toucher *toucher = context;
	uint64_t before;
	uint32_t i, page;
	bool writes;

	if (toucher->way->live)
		check(selfpage_live_thread(toucher->pager), "thread");
	for (i = 0; i < TOUCHES + FRAMES; i++) {
		page = draw(toucher) % PAGES;
		writes = toucher->way->writes && draw(toucher) & 1;
		if (toucher->way->writes && i >= FRAMES)
			usleep(WORK_US);
		before = __rdtsc();
		touch(toucher, page, writes);
		if (i >= FRAMES)
			toucher->ticks[i - FRAMES] = __rdtsc() - before;
	}
	return NULL;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void touch_all(struct bench *bench, unsigned way, struct selfpage *pager,
	struct selfpage_space *space, uint64_t address)
{
	struct toucher touchers[THREADS];
	double start = now();
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		touchers[i] = (struct toucher){
			.way = &ways[way],
			.pager = pager,
			.space = space,
			.start = (char *)(uintptr_t)address,
			.random = 88172645463325252 + i * 977,
			.ticks = bench->ticks[way] + bench->count[way],
		};
		bench->count[way] += TOUCHES;
		check(-pthread_create(
			      &touchers[i].thread, NULL, run, &touchers[i]),
			"thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(touchers[i].thread, NULL);
	bench->seconds[way] += now() - start;
}

static void measure(struct bench *bench, unsigned way)
{
	const struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.policy = "fifo",
		.live = ways[way].live ? SELFPAGE_LIVE : 0,
		.victim_batch = ways[way].victim_batch,
		.clean_ahead = ways[way].clean_ahead,
		.cleaner = ways[way].cleaner,
	};
	const struct selfpage_store_functions functions = {
		.functions_bytes = sizeof(functions),
		.page_in = page_in,
		.page_out = page_out,
	};
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = (uint64_t)PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	struct selfpage_counts counts;
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct selfpage *pager;
	uint64_t address;

	bench->slow = ways[way].writes;
	check(selfpage_create(&config, &pager), "pager");
	check(selfpage_space_create(pager, 0, &space), "space");
	check(selfpage_store_open_functions(pager, &functions, bench, &store),
		"store");
	request.store = store;
	check(selfpage_map_request(space, &request, &address), "map");
	touch_all(bench, way, pager, space, address);
	check(selfpage_read_counts(pager, &counts, sizeof(counts)), "counts");
	bench->writebacks[way] += counts.writebacks;
	bench->cleaned[way] += counts.cleaned;
	check(selfpage_space_destroy(space), "space");
	check(selfpage_store_discard(store), "store");
	check(selfpage_destroy(pager), "pager");
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void tell(struct bench *bench, unsigned way)
{
	uint32_t *ticks = bench->ticks[way];
	size_t count = bench->count[way];

	qsort(ticks, count, sizeof(*ticks), compare);
	printf("%-38s %9u %9u %9u %9.0f %8llu %8llu\n", ways[way].name,
		ticks[count / 2], ticks[count * 9 / 10],
		ticks[count * 99 / 100], count / bench->seconds[way],
		(unsigned long long)bench->writebacks[way],
		(unsigned long long)bench->cleaned[way]);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
	static struct bench bench;
	unsigned way;
	int i;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "batch-bench: 1 to %d rounds\n", ROUNDS_MAX);
		return 2;
	}
	bench.file = calloc(PAGES, PAGE);
	for (way = 0; way < WAYS; way++)
		bench.ticks[way] = calloc(
			(size_t)rounds * THREADS * TOUCHES, sizeof(uint32_t));
	for (i = 0; i < rounds; i++)
		for (way = 0; way < WAYS; way++)
			measure(&bench, way);
	puts("TSC cycles a touch, three of four of them a fault; two threads");
	puts("                                          median      90 %      "
	     "99 %  touches/s  written   ahead");
	for (way = 0; way < WAYS; way++)
		tell(&bench, way);
	return 0;
}
