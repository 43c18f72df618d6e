/*
 * A mark-sweep garbage collector, and a program that keeps it busy.
 *
 *	collector SEED TREES
 *
 * The heap is a row of objects and free runs, each beginning with its size:
 *
 *	| object | object | free run ...... | object | free run ... |
 *
 * 1. What lies in the heap is found by walking from size to size.
 * 2. Free runs are listed by address; objects are cut from the first one.
 * 3. A collection marks what the table of trees leads to, in a bitmap beside
 *    the heap, and sweeps: what is not marked becomes free runs.
 *
 * The program keeps a table of search trees, looks things up in them, and
 * replaces now one, now another.  It knows what its trees should add up to,
 * and fails if they don't.
 */
#include <stdbool.h>
#include <string.h>

#include "workloads/programs/workload.h"

enum {
	GRANULE = 16,	    /* bytes: objects are so many of them */
	NODES_MAX = 64,	    /* in a tree */
	TEXT_MAX = 14,	    /* granules, of an object's text */
	HEAP_A_TREE = 7168, /* bytes of heap: 1.7 times what a tree takes */
	ROUNDS = 3,	    /* so many times all trees are replaced */
	LOOKUPS = 8,	    /* for each tree that is replaced */
};

/* As long as a granule; what refers to an object is its granule's number. */
struct object {
	uint32_t granules;
	uint32_t key;
	uint32_t left, right; /* 0: none.  Left of a free run: the next one */
};

_Static_assert(sizeof(struct object) == GRANULE, "a header is one granule");

struct tree {
	uint32_t root;
	uint32_t nodes;
	uint64_t sum; /* of the keys */
};

struct world {
	struct object *heap; /* granule 0 is not used */
	uint32_t heap_granules;
	uint32_t run;	 /* the first free run */
	uint64_t *marks; /* a bit a granule */
	uint32_t *stack; /* of what is to be marked */
	struct tree *trees;
	uint32_t trees_count;
	uint64_t random;
	unsigned collections;
	uint64_t found; /* by lookups */
};

/* ---- the collector ---- */

static void mark_tree(struct world *world, uint32_t root)
{
	uint32_t depth = 0;

	world->stack[depth++] = root;
	while (depth) {
		uint32_t at = world->stack[--depth];
		const struct object *object = &world->heap[at];
		uint64_t bit = 1ull << at % 64;

		if (!at || world->marks[at / 64] & bit)
			continue;
		world->marks[at / 64] |= bit;
		world->stack[depth++] = object->left;
		world->stack[depth++] = object->right;
	}
}

/* Neighbours that are not marked become one run. */
static void sweep(struct world *world)
{
	uint32_t *link = &world->run, at = 1, run = 0;

	while (at < world->heap_granules) {
		uint32_t granules = world->heap[at].granules;
		uint64_t bit = 1ull << at % 64;

		if (world->marks[at / 64] & bit) {
			world->marks[at / 64] &= ~bit;
			run = 0;
		} else if (run) {
			world->heap[run].granules += granules;
		} else {
			run = at;
			*link = run;
			link = &world->heap[run].left;
		}
		at += granules;
	}
	*link = 0;
}

static void collect(struct world *world)
{
	SELFPAGE_MARK("mark");
	for (uint32_t i = 0; i < world->trees_count; i++)
		mark_tree(world, world->trees[i].root);
	SELFPAGE_MARK("sweep");
	sweep(world);
	world->collections++;
	SELFPAGE_MARK("mutate");
}

/* Cuts GRANULES from the first run that is long enough; 0: there is none.
 * Those before it are lost until the next collection. */
static uint32_t cut(struct world *world, uint32_t granules)
{
	struct object *heap = world->heap;

	while (world->run && heap[world->run].granules < granules)
		world->run = heap[world->run].left;
	if (!world->run)
		return 0;
	uint32_t at = world->run, rest = at + granules;

	if (heap[at].granules == granules) {
		world->run = heap[at].left;
	} else {
		heap[rest].granules = heap[at].granules - granules;
		heap[rest].left = heap[at].left;
		world->run = rest;
	}
	heap[at].granules = granules;
	return at;
}

static uint32_t allocate(struct world *world, uint32_t granules)
{
	uint32_t at = cut(world, granules);

	if (!at) {
		collect(world);
		at = cut(world, granules);
	}
	if (at)
		return at;
	fputs("collector: the heap is full\n", stderr);
	exit(1);
}

/* ---- the program ---- */

static void insert(struct world *world, struct tree *tree, uint32_t key)
{
	uint32_t text = draw_below(&world->random, TEXT_MAX + 1);
	uint32_t at = allocate(world, 1 + text), *link = &tree->root;
	struct object *object = &world->heap[at];

	object->key = key;
	object->left = object->right = 0;
	memset(object + 1, key, (size_t)text * GRANULE);
	while (*link)
		link = key < world->heap[*link].key ? &world->heap[*link].left
						    : &world->heap[*link].right;
	*link = at;
	tree->nodes++;
	tree->sum += key;
}

static void replace(struct world *world, struct tree *tree)
{
	uint32_t nodes = 1 + draw_below(&world->random, NODES_MAX);

	*tree = (struct tree){0};
	while (tree->nodes < nodes)
		insert(world, tree, draw(&world->random) >> 40);
}

/* The least key that is not less than one drawn. */
static void look_up(struct world *world)
{
	uint32_t number = draw_zipf(&world->random, world->trees_count);
	uint32_t wanted = draw(&world->random) >> 40, found = 0;
	uint32_t at = world->trees[number].root;

	while (at) {
		const struct object *object = &world->heap[at];

		if (object->key < wanted) {
			at = object->right;
		} else {
			found = object->key;
			at = object->left;
		}
	}
	world->found += found;
}

static void mutate(struct world *world)
{
	SELFPAGE_MARK("mutate");
	for (uint32_t i = 0; i < world->trees_count; i++)
		replace(world, &world->trees[i]);
	for (uint64_t i = 0; i < (uint64_t)ROUNDS * world->trees_count; i++) {
		replace(world, &world->trees[draw_below(
				       &world->random, world->trees_count)]);
		for (unsigned j = 0; j < LOOKUPS; j++)
			look_up(world);
	}
}

/* Do the trees still hold what was put into them? */
static bool verify(struct world *world)
{
	bool right = true;

	SELFPAGE_MARK("verify");
	for (uint32_t i = 0; i < world->trees_count; i++) {
		struct tree seen = {0};
		uint32_t depth = 0;

		world->stack[depth++] = world->trees[i].root;
		while (depth) {
			uint32_t at = world->stack[--depth];

			if (!at)
				continue;
			seen.nodes++;
			seen.sum += world->heap[at].key;
			world->stack[depth++] = world->heap[at].left;
			world->stack[depth++] = world->heap[at].right;
		}
		right &= seen.nodes == world->trees[i].nodes &&
			 seen.sum == world->trees[i].sum;
	}
	return right;
}

int main(int argc, char **argv)
{
	struct world world = {
		.random = read_argument(argc, argv, 1),
		.trees_count = read_argument(argc, argv, 2),
	};
	size_t bytes = (size_t)world.trees_count * HEAP_A_TREE + (1 << 16);
	bool right;

	world.heap_granules = bytes / GRANULE;
	world.heap = map_named(bytes, "heap_objects");
	world.marks = map_named(bytes / GRANULE / 8 + 8, "mark_bits");
	world.stack = map_named(
		(2 * NODES_MAX + 2) * sizeof(*world.stack), "mark_stack");
	world.trees =
		map_named(world.trees_count * sizeof(*world.trees), "roots");
	world.run = 1;
	world.heap[1].granules = world.heap_granules - 1;
	mutate(&world);
	collect(&world);
	right = verify(&world);
	printf("%u trees, %u collections, found %llu: %s\n", world.trees_count,
		world.collections, (unsigned long long)world.found,
		right ? "right" : "WRONG");
	return !right;
}
