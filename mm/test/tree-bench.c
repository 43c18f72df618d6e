/*
 * The B+tree on its own, beside glib's GTree (a balanced binary tree, what a
 * C program would otherwise take) and an open-addressing hash table (which
 * keeps no order, so that it has no ranges): insert all keys, find them, look
 * up ranges of RANGE keys, remove all.
 *
 * Keys are random or follow each other.  The three take turns in each round,
 * each alone in memory; a figure is the median of the rounds, in nanoseconds
 * a key found, inserted or removed, or a range.  What they find must be the
 * same.
 *
 *	tree-bench [largest number of keys]
 */
#include "config.h"
#include "mm/btree.h"
#include "mm/test/hash-control.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef HAVE_GLIB
#include <glib.h>
#endif

enum {
	RANGE = 100,	     /* keys of a range */
	FINDS_MAX = 1 << 20, /* finds of a round */
	ROUNDS_MAX = 101,
	KEYS_A_ROUND = 2000000, /* small numbers of keys have more rounds */
};

enum what { INSERT, FIND, RANGES, REMOVE, WHATS };

static const char *const what_names[WHATS] = {
	"insert", "find", "range", "remove"};

/* One of the three.  What is found is summed up. */
struct subject {
	const char *name;
	void *(*create)(uint64_t keys);
	void (*insert)(void *at, const uint64_t *keys, uint64_t count);
	uint64_t (*find)(void *at, const uint64_t *keys, uint64_t count);
	uint64_t (*range)(void *at, const uint64_t *keys, uint64_t count);
	uint64_t (*remove)(void *at, const uint64_t *keys, uint64_t count);
	void (*destroy)(void *at);
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* ---- the B+tree ---- */

static void *tree_create(uint64_t keys)
{
	struct btree *tree = malloc(sizeof(*tree));
	struct btree_pool *pool;

	if (!tree || btree_pool_create(keys, 1, &pool)) {
		free(tree);
		return NULL;
	}
	btree_init(tree, pool);
	return tree;
}

static void tree_insert(void *at, const uint64_t *keys, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		btree_insert(at, keys[i], (uint32_t)i, NULL, NULL);
}

static uint64_t tree_find(void *at, const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;
	uint32_t value;

	for (uint64_t i = 0; i < count; i++)
		if (btree_find(at, keys[i], &value, NULL))
			sum += value;
	return sum;
}

struct range {
	uint64_t sum;
	unsigned left;
};

static int add_to_range(void *context, uint64_t key, uint32_t value)
{
	struct range *range = context;

	(void)key;
	range->sum += value;
	return !--range->left;
}

static uint64_t tree_range(void *at, const uint64_t *keys, uint64_t count)
{
	struct range range = {0};

	for (uint64_t i = 0; i < count; i++) {
		range.left = RANGE;
		btree_visit(at, keys[i], BTREE_KEY_MAX, add_to_range, &range);
	}
	return range.sum;
}

static uint64_t tree_remove(void *at, const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += btree_remove(at, keys[i], BTREE_NONE);
	return sum;
}

static void tree_destroy(void *at)
{
	struct btree *tree = at;

	btree_pool_destroy(tree->pool);
	free(tree);
}

/* ---- the hash table ---- */

static void *hash_create(uint64_t keys)
{
	struct hash_control *hash = malloc(sizeof(*hash));

	if (hash && !hash_control_create(hash, keys))
		return hash;
	free(hash);
	return NULL;
}

static void hash_insert(void *at, const uint64_t *keys, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		hash_control_insert(at, keys[i], (uint32_t)i);
}

static uint64_t hash_find(void *at, const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;
	uint32_t value;

	for (uint64_t i = 0; i < count; i++)
		if (hash_control_find(at, keys[i], &value))
			sum += value;
	return sum;
}

static uint64_t hash_remove(void *at, const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += hash_control_remove(at, keys[i]);
	return sum;
}

static void hash_destroy(void *at)
{
	hash_control_destroy(at);
	free(at);
}

/* ---- glib's tree ---- */

#ifdef HAVE_GLIB
static gint compare_keys(gconstpointer a, gconstpointer b)
{
	uint64_t x = (uintptr_t)a, y = (uintptr_t)b;

	return (x > y) - (x < y);
}

static void *gtree_create(uint64_t keys)
{
	(void)keys;
	return g_tree_new(compare_keys);
}

static void gtree_insert(void *at, const uint64_t *keys, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		g_tree_insert(at, (gpointer)(uintptr_t)keys[i],
			(gpointer)(uintptr_t)i);
}

static uint64_t gtree_find(void *at, const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += (uintptr_t)g_tree_lookup(
			at, (gpointer)(uintptr_t)keys[i]);
	return sum;
}

static uint64_t gtree_range(void *at, const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++) {
		GTreeNode *node =
			g_tree_lower_bound(at, (gpointer)(uintptr_t)keys[i]);

		for (unsigned left = RANGE; node && left; left--) {
			sum += (uintptr_t)g_tree_node_value(node);
			node = g_tree_node_next(node);
		}
	}
	return sum;
}

static uint64_t gtree_remove(void *at, const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += g_tree_remove(at, (gpointer)(uintptr_t)keys[i]) != 0;
	return sum;
}

static void gtree_destroy(void *at)
{
	g_tree_destroy(at);
}
#endif

static const struct subject subjects[] = {
	{"btree", tree_create, tree_insert, tree_find, tree_range, tree_remove,
		tree_destroy},
	{"hash", hash_create, hash_insert, hash_find, NULL, hash_remove,
		hash_destroy},
#ifdef HAVE_GLIB
	{"GTree", gtree_create, gtree_insert, gtree_find, gtree_range,
		gtree_remove, gtree_destroy},
#endif
};

enum { SUBJECTS = sizeof(subjects) / sizeof(*subjects) };

/* ---- measuring ---- */

struct row {
	uint64_t count;
	bool random;
	int rounds;
	uint64_t *keys;	 /* in the order of their insertion */
	uint64_t *wants; /* in that of being found and removed */
	double ns[SUBJECTS][WHATS][ROUNDS_MAX];
	uint64_t sums[SUBJECTS][WHATS];
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* All of it by one of the three, once.  Returns 0 or -1. */
static int run(struct row *row, int which, int round)
{
	const struct subject *subject = &subjects[which];
	uint64_t finds = row->count < FINDS_MAX ? row->count : FINDS_MAX;
	uint64_t ranges = finds / 16;
	uint64_t counts[WHATS] = {row->count, finds, ranges, row->count};
	uint64_t *sums = row->sums[which];
	double at[WHATS + 1];
	void *it = subject->create(row->count);

	if (!it)
		return -1;
	at[INSERT] = now_ns();
	subject->insert(it, row->keys, row->count);
	at[FIND] = now_ns();
	sums[FIND] = subject->find(it, row->wants, finds);
	at[RANGES] = now_ns();
	if (subject->range)
		sums[RANGES] = subject->range(it, row->wants, ranges);
	at[REMOVE] = now_ns();
	sums[REMOVE] = subject->remove(it, row->wants, row->count);
	at[WHATS] = now_ns();
	for (int what = 0; what < WHATS; what++)
		row->ns[which][what][round] =
			(at[what + 1] - at[what]) / (double)counts[what];
	subject->destroy(it);
	return 0;
}

/* Random keys are wanted in another order than that of their insertion. */
static void draw_keys(struct row *row)
{
	uint64_t i;

	for (i = 0; i < row->count; i++)
		row->keys[i] = row->random ? mix(i + 1) : i;
	for (i = 0; i < row->count; i++)
		/* a prime above the count, which is a power of ten */
		row->wants[i] =
			row->keys[row->random ? i * 2654435761 % row->count
					      : i];
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool print_row(struct row *row)
{
	bool same = true;
	double median[SUBJECTS];

	for (int what = 0; what < WHATS; what++) {
		printf("%9llu  %-10s %-6s", (unsigned long long)row->count,
			row->random ? "random" : "sequential",
			what_names[what]);
		for (int i = 0; i < SUBJECTS; i++) {
			if (what == RANGES && !subjects[i].range) {
				printf("       n/a   n/a");
				continue;
			}
			qsort(row->ns[i][what], row->rounds,
				sizeof(**row->ns[i]), compare_doubles);
			median[i] = row->ns[i][what][row->rounds / 2];
			printf("  %8.1f", median[i]);
			if (i)
				printf(" %5.2f", median[0] / median[i]);
			same &= row->sums[i][what] == row->sums[0][what];
		}
		puts(same ? "" : "  NOT THE SAME FOUND");
	}
	fflush(stdout);
	return same;
}

static int measure(uint64_t count, bool random)
{
	struct row *row = calloc(1, sizeof(*row));
	int error = -1;

	if (!row)
		return -1;
	row->count = count;
	row->random = random;
	row->rounds = KEYS_A_ROUND / count < ROUNDS_MAX
			      ? 1 + 2 * (int)(KEYS_A_ROUND / count / 2)
			      : ROUNDS_MAX;
	row->keys = malloc(count * sizeof(*row->keys));
	row->wants = malloc(count * sizeof(*row->wants));
	if (row->keys && row->wants) {
		draw_keys(row);
		error = 0;
		for (int i = 0; i < row->rounds * SUBJECTS && !error; i++)
			error = run(row, i % SUBJECTS, i / SUBJECTS);
	}
	if (error)
		fprintf(stderr, "tree-bench: no memory for %llu keys\n",
			(unsigned long long)count);
	else
		error = print_row(row) ? 0 : -1;
	free(row->keys);
	free(row->wants);
	free(row);
	return error;
}

int main(int argc, char **argv)
{
	uint64_t most = argc > 1 ? strtoull(argv[1], NULL, 0) : 10000000;
	uint64_t count;

	printf("ns an operation, the median; ranges are of %d keys; the ratio "
	       "is the btree's time\nto the other's, below 1 where the btree "
	       "is faster\n",
		RANGE);
#ifndef HAVE_GLIB
	puts("no GTree: glib was not there when this was configured "
	     "(apt-get install libglib2.0-dev)");
#endif
	printf("     keys  order      what  ");
	for (int i = 0; i < SUBJECTS; i++)
		printf("  %8s%s", subjects[i].name, i ? " ratio" : "");
	puts("");
	for (count = 1000; count <= most && count <= 10000000; count *= 10)
		if (measure(count, true) || measure(count, false))
			return 1;
	return 0;
}
