/*
 * What the B+tree costs a page fault, beside an open-addressing hash doing
 * the same in the same run: a find that fails, the removal of the oldest
 * key, an insert where the find ended.  The tree removes by leaf hint.
 *
 * Each figure is a median over batches, in TSC cycles an operation.  Tree and
 * hash take turns, so that a slow spell of the machine hits both.  At the
 * end of each row both must hold the same keys and values; the hash over
 * all of them is printed, and is the same in every run with the same
 * arguments.
 *
 *	btree-bench [largest number of keys] [rounds]
 */
#include "mm/btree.h"
#include "mm/test/hash-control.h"

#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

#define BATCH 2048
#define AHEAD 8 /* operations that are started early */

struct frame {
	uint64_t key;
	uint32_t leaf;
};

struct bench {
	uint64_t frames_count;
	uint64_t run; /* keys that follow each other */
	uint64_t drawn;
	uint64_t hand; /* the oldest frame */
	uint64_t sum;
	struct frame *frames;
	struct btree_pool *pool;
	struct btree tree;
	struct hash_control hash;
	uint64_t fresh[BATCH + AHEAD]; /* the keys to come */
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* Never twice the same, but with a chance of nothing that counts. */
static uint64_t draw_key(struct bench *bench)
{
	uint64_t run = bench->drawn / bench->run;
	uint64_t in_run = bench->drawn++ % bench->run;

	return (mix(run + 1) >> 12) * bench->run + in_run;
}

static void draw_batch(struct bench *bench)
{
	for (unsigned i = 0; i < AHEAD; i++)
		bench->fresh[i] = bench->fresh[BATCH + i];
	for (unsigned i = 0; i < BATCH; i++)
		bench->fresh[AHEAD + i] = draw_key(bench);
}

static uint64_t now(void)
{
	uint64_t cycles;

	_mm_lfence();
	cycles = __rdtsc();
	_mm_lfence();
	return cycles;
}

static inline void tree_fault(struct bench *bench, uint64_t key, uint64_t at)
{
	struct frame *frame = &bench->frames[at];
	struct btree_place place;
	uint32_t value;

	if (btree_find(&bench->tree, key, &value, &place))
		bench->sum += value;
	bench->sum += btree_remove(&bench->tree, frame->key, frame->leaf);
	frame->key = key;
	bench->sum += (uint64_t)btree_insert(
		&bench->tree, key, (uint32_t)at, &place, &frame->leaf);
}

static double tree_batch(struct bench *bench, bool ahead)
{
	uint64_t hand = bench->hand;
	uint64_t start = now();

	for (unsigned i = 0; i < BATCH; i++) {
		if (ahead) {
			uint64_t then = hand + AHEAD;

			then -= then >= bench->frames_count
					? bench->frames_count
					: 0;
			btree_prefetch(&bench->tree, bench->fresh[i + AHEAD]);
			btree_prefetch_leaf(
				&bench->tree, bench->frames[then].leaf);
		}
		tree_fault(bench, bench->fresh[i], hand);
		hand = hand + 1 == bench->frames_count ? 0 : hand + 1;
	}
	return (double)(now() - start) / BATCH;
}

/* The victims are taken from VICTIMS: the tree may have replaced them. */
static double hash_batch(
	struct bench *bench, const uint64_t *victims, bool ahead)
{
	uint64_t hand = bench->hand;
	uint32_t value;
	uint64_t start = now();

	for (unsigned i = 0; i < BATCH; i++) {
		if (ahead) {
			hash_control_prefetch(
				&bench->hash, bench->fresh[i + AHEAD]);
			hash_control_prefetch(&bench->hash, victims[i + AHEAD]);
		}
		if (hash_control_find(&bench->hash, bench->fresh[i], &value))
			bench->sum += value;
		bench->sum += hash_control_remove(&bench->hash, victims[i]);
		hash_control_insert(
			&bench->hash, bench->fresh[i], (uint32_t)hand);
		hand = hand + 1 == bench->frames_count ? 0 : hand + 1;
	}
	return (double)(now() - start) / BATCH;
}

/* One batch each; which one goes first changes from round to round. */
static void both_batches(struct bench *bench, uint64_t round, bool ahead,
	double *tree_out, double *hash_out)
{
	uint64_t victims[BATCH + AHEAD];
	uint64_t count = bench->frames_count;

	draw_batch(bench);
	for (unsigned i = 0; i < BATCH + AHEAD; i++) {
		uint64_t ago = bench->hand + i;

		/* With few frames a batch meets its own keys again */
		victims[i] = i < count ? bench->frames[ago % count].key
				       : bench->fresh[i - count];
	}
	if (round % 2)
		*hash_out = hash_batch(bench, victims, ahead);
	*tree_out = tree_batch(bench, ahead);
	if (round % 2 == 0)
		*hash_out = hash_batch(bench, victims, ahead);
	bench->hand = (bench->hand + BATCH) % count;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, uint64_t count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
	return values[count / 2];
}

struct total {
	const struct bench *bench;
	uint64_t hash;
	bool wrong;
};

static int add_key(void *context, uint64_t key, uint32_t value)
{
	struct total *total = context;
	uint32_t other;

	if (!hash_control_find(&total->bench->hash, key, &other) ||
		other != value)
		total->wrong = true;
	total->hash = mix(total->hash ^ key) + value;
	return 0;
}

/* Find (of a key that is there), insert and remove on their own. */
static void print_alone(struct bench *bench, double *costs, uint64_t rounds)
{
	double *finds = costs, *inserts = costs + rounds;
	double *removes = costs + 2 * rounds;
	static uint64_t keys[BATCH];
	static uint32_t leaves[BATCH];
	uint32_t value;
	uint64_t start;

	for (uint64_t round = 0; round < rounds; round++) {
		for (unsigned i = 0; i < BATCH; i++)
			keys[i] = bench->frames[mix(bench->drawn++) %
						bench->frames_count]
					  .key;
		start = now();
		for (unsigned i = 0; i < BATCH; i++)
			bench->sum +=
				btree_find(&bench->tree, keys[i], &value, NULL);
		finds[round] = (double)(now() - start) / BATCH;
		for (unsigned i = 0; i < BATCH; i++)
			keys[i] = draw_key(bench);
		start = now();
		for (unsigned i = 0; i < BATCH; i++)
			btree_insert(
				&bench->tree, keys[i], i, NULL, &leaves[i]);
		inserts[round] = (double)(now() - start) / BATCH;
		start = now();
		for (unsigned i = 0; i < BATCH; i++)
			btree_remove(&bench->tree, keys[i], leaves[i]);
		removes[round] = (double)(now() - start) / BATCH;
	}
	printf("  %5.0f %6.0f %6.0f", median(finds, rounds),
		median(inserts, rounds), median(removes, rounds));
}

static int fill(struct bench *bench)
{
	bench->frames = calloc(bench->frames_count, sizeof(*bench->frames));
	if (!bench->frames ||
		hash_control_create(&bench->hash, bench->frames_count) ||
		btree_pool_create(bench->frames_count + BATCH, 1, &bench->pool))
		return -1;
	btree_init(&bench->tree, bench->pool);
	for (uint64_t i = 0; i < bench->frames_count; i++) {
		struct frame *frame = &bench->frames[i];

		frame->key = draw_key(bench);
		btree_insert(&bench->tree, frame->key, (uint32_t)i, NULL,
			&frame->leaf);
		hash_control_insert(&bench->hash, frame->key, (uint32_t)i);
	}
	for (unsigned i = 0; i < AHEAD; i++)
		bench->fresh[BATCH + i] = draw_key(bench);
	return 0;
}

static int bench_row(uint64_t count, uint64_t run, uint64_t rounds)
{
	struct bench bench = {.frames_count = count, .run = run};
	double *costs = calloc(4 * rounds, sizeof(*costs));
	/* All keys replaced at least three times before it counts */
	uint64_t warm_up = 3 * (count / BATCH + 1);
	struct total total = {.bench = &bench};
	double tree, hash;
	uint64_t i;

	if (!costs || fill(&bench))
		return -1;
	for (i = 0; i < warm_up; i++)
		both_batches(&bench, i, false, &tree, &hash);
	for (i = 0; i < 2 * rounds; i++) {
		/* Plain and with look-ahead take turns as well */
		double *cost = costs + (i % 2 ? 2 * rounds : 0) + i / 2;

		both_batches(&bench, i / 2, i % 2, cost, cost + rounds);
	}
	printf("%8llu %4llu", (unsigned long long)count,
		(unsigned long long)run);
	for (i = 0; i < 4; i += 2) {
		tree = median(costs + i * rounds, rounds);
		hash = median(costs + (i + 1) * rounds, rounds);
		printf("  %5.0f %5.0f %5.2f", tree, hash, tree / hash);
	}
	btree_visit(&bench.tree, 0, BTREE_KEY_MAX, add_key, &total);
	total.wrong |= bench.tree.size != count;
	i = btree_pool_nodes_used(bench.pool);
	print_alone(&bench, costs, rounds);
	printf("  %5.1f %5.1f  %016llx%s\n", (double)count / (double)i,
		(double)btree_pool_bytes(bench.pool) / (double)(count + BATCH),
		(unsigned long long)total.hash, total.wrong ? " WRONG" : "");
	fflush(stdout);
	btree_pool_destroy(bench.pool);
	hash_control_destroy(&bench.hash);
	free(bench.frames);
	free(costs);
	return total.wrong ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const uint64_t counts[] = {1 << 10, 1 << 14, 1 << 18, 1 << 20};
	uint64_t most = argc > 1 ? strtoull(argv[1], NULL, 0) : UINT64_MAX;
	uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 0) : 201;
	int result = 0;

	if (rounds == 0) {
		fprintf(stderr, "btree-bench: rounds must be at least 1\n");
		return 2;
	}
	printf("TSC cycles: find + remove + insert, plain and looking %d ahead;"
	       " tree alone\n",
		AHEAD);
	printf("    keys  run   tree  hash ratio   tree  hash ratio"
	       "   find insert remove   keys/node bytes/key  result\n");
	for (unsigned i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		if (counts[i] > most)
			break;
		if (bench_row(counts[i], 1, rounds) ||
			bench_row(counts[i], 64, rounds))
			result = 1;
	}
	return result;
}
