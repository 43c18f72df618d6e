/*
 * What it costs to find a place, by the number of maps: it should grow like
 * the tree's height.  Maps and gaps of 1 to 16 pages take turns; behind the
 * last map all is free.
 *
 *	near	the lowest fit of 1 to 16 pages above a random floor
 *	far	the lowest fit of 17 pages from the bottom on: no gap will do
 *	list	the same by a walk over an array of all gaps, for comparison
 *	change	a map is made at such a place, and removed again
 *
 * Medians over batches, in ticks of the time stamp counter a call.  "a level"
 * is far by the height that an even tree of so many gaps would have.  The sum
 * of all places is printed, and is the same in every run with the same
 * arguments.
 *
 *	gaps-bench [largest number of maps]
 */
#include "mm/as.h"
#include "mm/physmem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

enum { BATCH = 512, ROUNDS = 41, PIECE = 16 };

struct bench {
	uint32_t maps_count;
	uint64_t random;
	uint64_t end; /* of the last map */
	uint64_t sum;
	struct as as;
	struct store store;
	struct gap_range {
		uint64_t start, end;
	} * list; /* [maps_count] */
	uint64_t floors[BATCH], pages[BATCH];
};

enum figure { NEAR, FAR, LIST, CHANGE, FIGURES };

/* xorshift64* */
static uint64_t draw(struct bench *bench, uint64_t below)
{
	bench->random ^= bench->random >> 12;
	bench->random ^= bench->random << 25;
	bench->random ^= bench->random >> 27;
	return (bench->random * 0x2545f4914f6cdd1d >> 11) % below;
}

static uint64_t now(void)
{
	uint64_t cycles;

	_mm_lfence();
	cycles = __rdtsc();
	_mm_lfence();
	return cycles;
}

static uint64_t place(struct bench *bench, uint64_t floor, uint64_t pages)
{
	uint64_t start = 0;

	if (as_place(&bench->as, floor, pages, 1, AS_ANYWHERE, &start))
		exit(1);
	return start;
}

static uint64_t walk(const struct bench *bench, uint64_t pages)
{
	uint32_t i;

	for (i = 0; i < bench->maps_count; i++)
		if (bench->list[i].end - bench->list[i].start >= pages)
			return bench->list[i].start;
	return bench->end;
}

static double run_batch(struct bench *bench, enum figure figure)
{
	/* the walk is long: a few do */
	unsigned calls =
		figure == LIST ? 1 + 100000 / bench->maps_count : BATCH;
	uint64_t start, at;
	struct map *map;
	unsigned i;

	calls = calls < BATCH ? calls : BATCH;
	for (i = 0; i < BATCH; i++) {
		bench->floors[i] = draw(bench, bench->end);
		bench->pages[i] = 1 + draw(bench, PIECE);
	}
	start = now();
	for (i = 0; i < calls; i++) {
		if (figure == FAR) {
			bench->sum += place(bench, 0, PIECE + 1);
		} else if (figure == LIST) {
			bench->sum += walk(bench, PIECE + 1);
		} else {
			at = place(bench, bench->floors[i], bench->pages[i]);
			bench->sum += at;
			if (figure == NEAR)
				continue;
			if (as_map(&bench->as, at, bench->pages[i],
				    &bench->store, 0, PROTECT_READ, &map))
				exit(1);
			as_remove(&bench->as, map);
		}
	}
	return (double)(now() - start) / calls;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void set_up(struct bench *bench)
{
	uint64_t at = 1; /* the floor: nothing is free below */
	uint64_t pages;
	uint32_t i;

	bench->random = bench->maps_count * 2 + 1;
	bench->sum = 0;
	bench->list = calloc(bench->maps_count, sizeof(*bench->list));
	if (!bench->list || as_init(&bench->as, bench->maps_count + 1))
		exit(1);
	for (i = 0; i < bench->maps_count; i++) {
		bench->list[i].start = at;
		at += 1 + draw(bench, PIECE);
		bench->list[i].end = at;
		pages = 1 + draw(bench, PIECE);
		if (as_map(&bench->as, at, pages, &bench->store, 0,
			    PROTECT_READ, NULL))
			exit(1);
		at += pages;
	}
	bench->end = at;
}

static void run(struct bench *bench)
{
	double ticks[FIGURES][ROUNDS];
	unsigned round, figure;

	set_up(bench);
	for (round = 0; round < ROUNDS; round++)
		for (figure = 0; figure < FIGURES; figure++)
			ticks[figure][round] = run_batch(bench, figure);
	for (figure = 0; figure < FIGURES; figure++)
		qsort(ticks[figure], ROUNDS, sizeof(double), compare);
	printf("%9u %7.0f %7.0f %10.0f %7.0f %8.1f  %016llx\n",
		bench->maps_count, ticks[NEAR][ROUNDS / 2],
		ticks[FAR][ROUNDS / 2], ticks[LIST][ROUNDS / 2],
		ticks[CHANGE][ROUNDS / 2],
		ticks[FAR][ROUNDS / 2] / log2(bench->maps_count),
		(unsigned long long)bench->sum);
	fflush(stdout);
	as_fini(&bench->as);
	free(bench->list);
}

int main(int argc, char **argv)
{
	unsigned long most = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
	struct bench *bench = calloc(1, sizeof(*bench));
	unsigned long maps;

	if (!bench)
		return 1;
	printf("%9s %7s %7s %10s %7s %8s  %s\n", "maps", "near", "far", "list",
		"change", "a level", "sum");
	for (maps = 1000; maps <= most; maps *= 10) {
		bench->maps_count = (uint32_t)maps;
		run(bench);
	}
	free(bench);
	return 0;
}
