/*
 * The stream of pagetrace against a naive player: sections of random accesses
 * are told, told anew, and run, by several threads, between kernel accesses
 * and region events; what comes out must be the same, reference by reference.
 * Then words of the same stream are spoilt, and nothing worse than an error
 * may come of it.
 *
 *	pagetrace-fuzz [SEED] [STEPS]
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pagetrace/protocol.h"
#include "tracer/pagetrace.h"
#include "tracer/random.h"
#include "tracer/run.h"

#define SECTIONS 40u
#define ACCESSES 20u
#define WORDS (1u << 16)
#define RUNS_MAX (1u << 20)
#define PAGE 4096u

/* Runs as they come, joined as the trace's writer joins them. */
struct list {
	struct trace_run *run;
	size_t count;
	uint64_t regions;
};

struct fuzz {
	uint64_t random;
	unsigned kinds;
	uint64_t words[WORDS];
	size_t count;
	uint64_t access[SECTIONS][ACCESSES];
	unsigned accesses[SECTIONS]; /* 0: not told */
	uint32_t thread;
	struct list expected, got;
	struct trace_ending counts;
};

static void check(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "pagetrace-fuzz: %s\n", what);
	abort();
}

/* ---- lists ---- */

static void list_add(struct list *list, uint64_t vpn, uint32_t count,
	uint32_t kinds, uint32_t thread)
{
	struct trace_run added = {vpn, count, kinds, thread};

	if (list->count > 0 && run_join(&list->run[list->count - 1], &added))
		return;
	check(list->count < RUNS_MAX, "too many runs");
	list->run[list->count++] = added;
}

/* What a region event parts is never joined: a run that cannot be. */
static void list_region(struct list *list)
{
	list->regions++;
	list_add(list, UINT64_MAX, 1, TRACE_READ, (uint32_t)list->regions);
}

static int sink_add(void *context, const struct trace_touch *touches,
	size_t count, uint32_t thread)
{
	struct list *list = context;

	for (size_t i = 0; i < count; i++) {
		check(touches[i].count > 0 && touches[i].kinds != 0,
			"a run of nothing");
		list_add(list, touches[i].vpn, touches[i].count,
			touches[i].kinds, thread);
	}
	return 0;
}

static int sink_region(void *context, const struct trace_region *region)
{
	check(region->name != NULL && region->kind != 0, "a bad region");
	list_region(context);
	return 0;
}

/* ---- the stream, and what it means ---- */

static void put(struct fuzz *fuzz, uint64_t word)
{
	check(fuzz->count < WORDS, "too many words");
	fuzz->words[fuzz->count++] = word;
}

/* Pages near each other, some of them borders. */
static uint64_t random_address(struct fuzz *fuzz)
{
	uint64_t page = 1 + random_below(&fuzz->random, 5);
	uint64_t offset = random_below(&fuzz->random, PAGE);

	if (random_below(&fuzz->random, 4) == 0)
		offset = PAGE - 1 - random_below(&fuzz->random, 8);
	return page * PAGE + offset;
}

static void expect(struct fuzz *fuzz, uint64_t address, uint64_t bytes,
	unsigned kinds, uint32_t thread)
{
	unsigned kept = kinds & (fuzz->kinds | TRACE_KERNEL);
	uint32_t count =
		(uint32_t)__builtin_popcount(kept & ~(unsigned)TRACE_KERNEL);

	for (uint64_t vpn = address / PAGE;
		count > 0 && vpn <= (address + bytes - 1) / PAGE; vpn++) {
		list_add(&fuzz->expected, vpn, count, kept, thread);
		if (kept & TRACE_KERNEL) {
			fuzz->counts.kernel++;
			continue;
		}
		fuzz->counts.loads += (kept & TRACE_READ) != 0;
		fuzz->counts.stores += (kept & TRACE_WRITE) != 0;
		fuzz->counts.fetches += (kept & TRACE_INSTRUCTION) != 0;
	}
}

static void define(struct fuzz *fuzz, unsigned number)
{
	unsigned count = 1 + (unsigned)random_below(&fuzz->random, ACCESSES);

	put(fuzz, PAGETRACE_HEAD(PAGETRACE_DEFINE, count, number));
	fuzz->accesses[number] = count;
	for (unsigned i = 0; i < count; i++) {
		unsigned kind = (unsigned)random_below(&fuzz->random, 4);
		uint64_t bytes = 1 + random_below(&fuzz->random, 16);

		if (random_below(&fuzz->random, 50) == 0)
			bytes = 1 + random_below(&fuzz->random, 9000);
		if (kind == PAGETRACE_FETCH)
			bytes = 1 + random_below(&fuzz->random, 15);
		fuzz->access[number][i] = PAGETRACE_ACCESS(kind, bytes,
			kind == PAGETRACE_FETCH ? random_address(fuzz) : 0);
		put(fuzz, fuzz->access[number][i]);
	}
}

static void run_section(struct fuzz *fuzz, unsigned number)
{
	static const unsigned kinds[] = {TRACE_INSTRUCTION, TRACE_READ,
		TRACE_WRITE, TRACE_READ | TRACE_WRITE};

	put(fuzz, number);
	for (unsigned i = 0; i < fuzz->accesses[number]; i++) {
		uint64_t access = fuzz->access[number][i];
		unsigned kind = PAGETRACE_ACCESS_KIND(access);
		uint64_t address = PAGETRACE_ACCESS_ADDRESS(access);

		if (kind != PAGETRACE_FETCH) {
			/* Some are not made. */
			address = random_below(&fuzz->random, 8) == 0
					  ? 0
					  : random_address(fuzz);
			put(fuzz, address);
		}
		if (address != 0)
			expect(fuzz, address, PAGETRACE_ACCESS_BYTES(access),
				kinds[kind], fuzz->thread);
	}
}

static void kernel(struct fuzz *fuzz)
{
	uint32_t thread = 1 + (uint32_t)random_below(&fuzz->random, 3);
	uint64_t address = random_address(fuzz);
	uint64_t bytes = 1 + random_below(&fuzz->random, 3 * PAGE);
	bool writes = random_below(&fuzz->random, 2) != 0;

	put(fuzz, PAGETRACE_HEAD(PAGETRACE_KERNEL, 3, thread));
	put(fuzz, writes ? PAGETRACE_STORE : PAGETRACE_LOAD);
	put(fuzz, address);
	put(fuzz, bytes);
	expect(fuzz, address, bytes,
		TRACE_KERNEL | (writes ? TRACE_WRITE : TRACE_READ), thread);
}

static void region(struct fuzz *fuzz)
{
	uint64_t start = random_address(fuzz);

	if (random_below(&fuzz->random, 2) == 0) {
		put(fuzz, PAGETRACE_HEAD(PAGETRACE_UNMAP, 2, 0));
		put(fuzz, start);
		put(fuzz, start + PAGE);
	} else {
		put(fuzz, PAGETRACE_HEAD(PAGETRACE_MAP, 5, 3));
		put(fuzz, start);
		put(fuzz, start + PAGE);
		put(fuzz, 0);
		put(fuzz, 7);
		put(fuzz, 0x0065666f6e6d6c6b);
	}
	list_region(&fuzz->expected);
}

static void make_stream(struct fuzz *fuzz, unsigned steps)
{
	memset(fuzz->accesses, 0, sizeof(fuzz->accesses));
	fuzz->count = 0;
	fuzz->thread = 0;
	fuzz->expected.count = fuzz->got.count = 0;
	fuzz->expected.regions = fuzz->got.regions = 0;
	fuzz->counts = (struct trace_ending){0};
	for (unsigned i = 0; i < steps; i++) {
		unsigned number =
			(unsigned)random_below(&fuzz->random, SECTIONS);
		unsigned dice = (unsigned)random_below(&fuzz->random, 100);

		if (fuzz->accesses[number] == 0 || dice < 3) {
			define(fuzz, number);
		} else if (dice < 6) {
			kernel(fuzz);
		} else if (dice < 8) {
			region(fuzz);
		} else if (dice < 11) {
			fuzz->thread = 1 + dice % 3;
			put(fuzz, PAGETRACE_HEAD(
					  PAGETRACE_THREAD, 0, fuzz->thread));
		} else {
			run_section(fuzz, number);
		}
	}
}

/* ---- playing it ---- */

static int feed(struct fuzz *fuzz, struct trace_ending *counts)
{
	const struct pagetrace_sink sink = {&fuzz->got, sink_add, sink_region};
	struct pagetrace *pagetrace;
	int error = pagetrace_open(fuzz->kinds, &sink, &pagetrace);

	check(error == 0, "no memory");
	error = pagetrace_feed(pagetrace, fuzz->words, fuzz->count);
	pagetrace_count(pagetrace, counts);
	check(error != 0 || pagetrace_references(pagetrace) >= counts->kernel,
		"the count of all");
	pagetrace_close(pagetrace);
	return error;
}

static void compare(const struct fuzz *fuzz, const struct trace_ending *counts)
{
	check(fuzz->got.count == fuzz->expected.count,
		"another number of runs");
	for (size_t i = 0; i < fuzz->got.count; i++) {
		const struct trace_run *a = &fuzz->got.run[i];
		const struct trace_run *b = &fuzz->expected.run[i];

		check(a->vpn == b->vpn && a->count == b->count &&
				a->kinds == b->kinds && a->thread == b->thread,
			"another run");
	}
	check(counts->loads == fuzz->counts.loads &&
			counts->stores == fuzz->counts.stores &&
			counts->fetches == fuzz->counts.fetches &&
			counts->kernel == fuzz->counts.kernel,
		"other counts");
}

/* Any words at all: an error, or not, but nothing worse.  Sizes in a spoilt
 * kernel access are kept small, as it is a loop over pages. */
static void spoil(struct fuzz *fuzz)
{
	struct trace_ending counts;
	unsigned spoilt = 1 + (unsigned)random_below(&fuzz->random, 5);

	for (unsigned i = 0; i < spoilt; i++) {
		uint64_t *word =
			&fuzz->words[random_below(&fuzz->random, fuzz->count)];

		if (random_below(&fuzz->random, 2) == 0)
			*word ^= UINT64_C(1) << random_below(&fuzz->random, 22);
		else
			*word = PAGETRACE_RECORD |
				random_below(&fuzz->random, 20) << 56 |
				random_below(&fuzz->random, 9) << 32 |
				random_below(&fuzz->random, 50);
	}
	fuzz->got.count = 0;
	int error = feed(fuzz, &counts);

	check(error == 0 || error == -EINVAL, "an error of another kind");
}

int main(int argc, char **argv)
{
	uint64_t seed =
		argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 300;
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));

	printf("pagetrace-fuzz: seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	check(fuzz != NULL, "no memory");
	fuzz->expected.run = malloc(RUNS_MAX * sizeof(struct trace_run));
	fuzz->got.run = malloc(RUNS_MAX * sizeof(struct trace_run));
	check(fuzz->expected.run != NULL && fuzz->got.run != NULL, "no memory");
	fuzz->random = seed;
	for (unsigned long i = 0; i < rounds; i++) {
		struct trace_ending counts;

		fuzz->kinds = 1 + (unsigned)random_below(&fuzz->random, 7);
		if (random_below(&fuzz->random, 2) == 0)
			fuzz->kinds = 7;
		make_stream(fuzz, 2000);
		check(feed(fuzz, &counts) == 0, "a sound stream is refused");
		compare(fuzz, &counts);
		spoil(fuzz);
	}
	free(fuzz->expected.run);
	free(fuzz->got.run);
	free(fuzz);
	return 0;
}
