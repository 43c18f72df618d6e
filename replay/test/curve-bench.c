/*
 * Nanoseconds a reference of the curves of LRU, LRU with hints and OPT, beside
 * an LRU curve by a plain Fenwick tree over time (one bit a reference that is
 * its page's last), in turn in one run.
 *
 *	curve-bench [-r ROUNDS] [-n REFERENCES]
 *
 * zipf: 0.9 over 1 M pages.  mix: zipf 0.9 over 100 k pages, and every fourth
 * reference a loop over 50 k.  Printed are medians, and the median and the
 * spread of the ratios to the tree, or with hints to LRU, of the same round.
 * References come from memory: reading a trace is not in it.  Times are the
 * processor's, so that other processes take no part in them but by caches.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "replay/hint-depth.h"
#include "replay/lru-depth.h"
#include "replay/opt-depth.h"
#include "replay/test/zipf.h"

enum { REFERENCES = 20000000, ROUNDS_MAX = 99, CHUNK = 8192 };

struct work {
	uint32_t *page;
	uint32_t references, pages;
	uint64_t *uses; /* [pages + 1] by distance: what a curve is made of */
	uint64_t cold;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void *allocate(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory) {
		fputs("curve-bench: too little memory\n", stderr);
		exit(1);
	}
	return memory;
}

/* ---- the control ---- */

struct fenwick {
	uint32_t *sum; /* [slots + 1] */
	uint32_t slots;
};

static void fenwick_add(struct fenwick *tree, uint32_t slot, uint32_t change)
{
	for (slot++; slot <= tree->slots; slot += slot & -slot)
		tree->sum[slot] += change;
}

static uint32_t fenwick_until(const struct fenwick *tree, uint32_t slot)
{
	uint32_t sum = 0;

	for (slot++; slot; slot -= slot & -slot)
		sum += tree->sum[slot];
	return sum;
}

/* Moves the last uses together; returns how many there are. */
static uint32_t compact(
	struct fenwick *tree, uint32_t *slot_of, uint32_t *page_at)
{
	uint32_t to = 0, from;

	for (from = 0; from < tree->slots; from++)
		if (slot_of[page_at[from]] == from) {
			page_at[to] = page_at[from];
			slot_of[page_at[to]] = to;
			to++;
		}
	memset(tree->sum, 0, (tree->slots + 1) * sizeof(*tree->sum));
	for (from = 0; from < to; from++)
		fenwick_add(tree, from, 1);
	return to;
}

static void control(struct work *work)
{
	struct fenwick tree = {.slots = 4 * work->pages};
	uint32_t *slot_of = allocate(work->pages * sizeof(*slot_of));
	uint32_t *page_at = allocate(tree.slots * sizeof(*page_at));
	uint32_t now = 0, seen = 0, i;

	tree.sum = allocate((tree.slots + 1) * sizeof(*tree.sum));
	memset(slot_of, 0xff, work->pages * sizeof(*slot_of));
	for (i = 0; i < work->references; i++) {
		uint32_t page = work->page[i], slot;

		if (now == tree.slots)
			now = compact(&tree, slot_of, page_at);
		slot = slot_of[page];
		if (slot == UINT32_MAX) {
			work->cold++;
			seen++;
		} else {
			work->uses[seen - fenwick_until(&tree, slot) + 1]++;
			fenwick_add(&tree, slot, -1);
		}
		fenwick_add(&tree, now, 1);
		slot_of[page] = now;
		page_at[now++] = page;
	}
	free(tree.sum);
	free(slot_of);
	free(page_at);
}

/* ---- ours ---- */

static void count(struct work *work, const uint32_t *depth, uint32_t references)
{
	uint32_t i;

	for (i = 0; i < references; i++)
		if (depth[i] == DEPTH_COLD)
			work->cold++;
		else
			work->uses[depth[i]]++;
}

static uint32_t chunk_at(const struct work *work, uint32_t at)
{
	return work->references - at < CHUNK ? work->references - at : CHUNK;
}

static void lru(struct work *work)
{
	uint32_t depth[CHUNK];
	struct lru_depth *engine;
	uint32_t at;

	if (lru_depth_create(work->pages, &engine))
		exit(1);
	for (at = 0; at < work->references; at += CHUNK) {
		lru_depth_run(
			engine, &work->page[at], chunk_at(work, at), depth);
		count(work, depth, chunk_at(work, at));
	}
	lru_depth_destroy(engine);
}

static void opt(struct work *work)
{
	uint32_t depth[CHUNK];
	struct opt_depth *engine;
	uint32_t at;

	if (opt_depth_create(work->pages, &engine))
		exit(1);
	for (at = 0; at < work->references; at += CHUNK) {
		opt_depth_run(
			engine, &work->page[at], chunk_at(work, at), depth);
		count(work, depth, chunk_at(work, at));
	}
	opt_depth_destroy(engine);
}

/* Three ranks, a third of the pages each.  Every so many CHUNKS 64 pages get
 * another one, which each has from its next use on; 0: never. */
static void ranked(struct work *work, uint32_t chunks)
{
	uint32_t depth[CHUNK];
	uint8_t *rank_of = allocate(work->pages);
	struct hint_depth *engine;
	uint64_t random = 1;
	uint32_t at, i;

	if (hint_depth_create(work->pages, &engine))
		exit(1);
	for (i = 0; i < work->pages; i++)
		rank_of[i] = i % 3;
	for (at = 0; at < work->references; at += CHUNK) {
		hint_depth_run(engine, &work->page[at], rank_of,
			chunk_at(work, at), depth);
		count(work, depth, chunk_at(work, at));
		if (!chunks || at / CHUNK % chunks)
			continue;
		random = random * UINT64_C(6364136223846793005) + 1;
		memset(&rank_of[(random >> 33) % (work->pages - 63)],
			(random >> 20) % 3, 64);
	}
	free(rank_of);
	hint_depth_destroy(engine);
}

static void hints(struct work *work)
{
	ranked(work, 0);
}

/* Some 2,400 times. */
static void changes(struct work *work)
{
	ranked(work, 1);
}

/* ---- in turn ---- */

enum { FENWICK, LRU, HINTS, CHANGES, OPT, ENGINES };

static const struct engine {
	const char *name;
	void (*run)(struct work *work);
	unsigned base; /* the engine that its ratio is to; an earlier one */
} engines[ENGINES] = {
	[FENWICK] = {"fenwick", control, FENWICK},
	[LRU] = {"lru", lru, FENWICK},
	[HINTS] = {"hints", hints, LRU},
	[CHANGES] = {"changes", changes, LRU},
	[OPT] = {"opt", opt, FENWICK},
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int values_count)
{
	qsort(values, values_count, sizeof(*values), compare);
	return values[values_count / 2];
}

static void bench(const char *name, struct work *work, int rounds)
{
	static double ns[ENGINES][ROUNDS_MAX], ratio[ENGINES][ROUNDS_MAX];
	uint64_t *first = allocate((work->pages + 1) * sizeof(*first));
	size_t bytes = (work->pages + 1) * sizeof(*work->uses);
	struct rusage usage;
	int round;
	unsigned i;

	work->uses = allocate(bytes);
	for (round = 0; round < rounds; round++)
		for (i = 0; i < ENGINES; i++) {
			double start = now_seconds();

			memset(work->uses, 0, bytes);
			work->cold = 0;
			engines[i].run(work);
			ns[i][round] = (now_seconds() - start) * 1e9 /
				       work->references;
			ratio[i][round] =
				ns[i][round] / ns[engines[i].base][round];
			if (i == FENWICK)
				memcpy(first, work->uses, bytes);
			if (i == LRU && memcmp(first, work->uses, bytes)) {
				fputs("curve-bench: lru and its control "
				      "differ\n",
					stderr);
				exit(1);
			}
		}
	getrusage(RUSAGE_SELF, &usage);
	for (i = 0; i < ENGINES; i++) {
		double middle = median(ratio[i], rounds);

		printf("%-5s %-8s %7.1f ns a reference  %5.2f times %s "
		       "(%.2f to %.2f)\n",
			name, engines[i].name, median(ns[i], rounds), middle,
			engines[engines[i].base].name, ratio[i][0],
			ratio[i][rounds - 1]);
	}
	printf("%-5s peak memory so far %ld MiB, %zu of it the references\n",
		name, usage.ru_maxrss >> 10,
		work->references * sizeof(*work->page) >> 20);
	fflush(stdout);
	free(work->uses);
	free(first);
}

static void draw(struct work *work, bool mix)
{
	enum { LOOP = 50000 };
	uint32_t drawn = mix ? 100000 : 1000000, i, loop = 0;
	struct zipf zipf;

	work->pages = drawn + (mix ? LOOP : 0);
	if (zipf_init(&zipf, drawn, 0.9, 1))
		exit(1);
	for (i = 0; i < work->references; i++)
		work->page[i] = mix && i % 4 == 3 ? drawn + loop++ % LOOP
						  : zipf_next(&zipf);
	zipf_free(&zipf);
}

int main(int argc, char **argv)
{
	struct work work = {.references = REFERENCES};
	int rounds = 5, option;

	while ((option = getopt(argc, argv, "r:n:")) != -1)
		switch (option) {
		case 'r':
			rounds = atoi(optarg);
			break;
		case 'n':
			work.references = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	if (rounds < 1 || rounds > ROUNDS_MAX || !work.references) {
		fputs("curve-bench [-r ROUNDS] [-n REFERENCES]\n", stderr);
		return 2;
	}
	work.page = allocate(work.references * sizeof(*work.page));
	draw(&work, false);
	bench("zipf", &work, rounds);
	draw(&work, true);
	bench("mix", &work, rounds);
	free(work.page);
	return 0;
}
