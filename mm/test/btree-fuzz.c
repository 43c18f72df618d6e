/*
 * Random operations on two trees that share a pool, against a naive model:
 * an array with a cell for every key that may occur.  Whatever a tree says
 * is held against the model, and from time to time the whole tree is, both
 * ways, with btree_check.
 *
 * Places and leaf hints are kept and used late on purpose: they have to be
 * stale safely.  The pool is sometimes too small, so that inserts fail half
 * way and must leave no trace.
 *
 *	btree-fuzz [seed] [steps]
 */
#include "mm/btree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/test/course.h"

#define CELLS 4096
#define TREES 2

/* What it should be: value + 1 of each cell's key, or 0. */
struct model {
	uint64_t size;
	uint32_t values[CELLS];
	uint32_t hints[CELLS]; /* some leaf, often the right one */
};

struct fuzz {
	struct course course;
	uint64_t spread; /* cell c has the key c * spread + offset */
	uint64_t offset;
	struct btree_pool *pool;
	bool exhaustible; /* the pool is too small on purpose */
	struct btree trees[TREES];
	struct model models[TREES];
	struct btree_place places[TREES][CELLS]; /* the last failed find's */
	bool keeps_hints; /* then values are numbers of these: */
	uint32_t kept[TREES * CELLS];
};

static uint64_t key_of(const struct fuzz *fuzz, unsigned cell)
{
	return cell * fuzz->spread + fuzz->offset;
}

/* The last that was known, or a wrong one. */
static uint32_t draw_hint(struct fuzz *fuzz, unsigned which, unsigned cell)
{
	switch (draw(fuzz, 8)) {
	case 0:
		return BTREE_NONE;
	case 1: /* another key's, of the other tree's at that */
		return fuzz->models[!which].hints[draw(fuzz, CELLS)];
	case 2: /* a neighbour's */
		return fuzz->models[which].hints[(cell + 1) % CELLS];
	case 3:
		return (uint32_t)draw(fuzz, UINT32_MAX);
	default:
		return fuzz->models[which].hints[cell];
	}
}

static void try_find(struct fuzz *fuzz, unsigned which, unsigned cell)
{
	uint32_t expected = fuzz->models[which].values[cell];
	struct btree_place place;
	uint32_t value = 0;
	const struct btree *tree = &fuzz->trees[which];
	uint64_t key = key_of(fuzz, cell);
	bool found;

	if (draw(fuzz, 2))
		found = btree_find(tree, key, &value, &place);
	else
		found = btree_find_near(tree, key, draw_hint(fuzz, which, cell),
			&value, &place);

	if (found != (expected != 0))
		fail(fuzz, "find: presence");
	if (found && value != expected - 1)
		fail(fuzz, "find: value");
	if (!found)
		fuzz->places[which][cell] = place;
}

static void try_insert(struct fuzz *fuzz, unsigned which, unsigned cell)
{
	struct model *model = &fuzz->models[which];
	struct btree *tree = &fuzz->trees[which];
	struct btree_place *place = &fuzz->places[which][cell];
	uint32_t value = fuzz->keeps_hints ? which * CELLS + cell
					   : (uint32_t)draw(fuzz, 1 << 30);
	uint32_t used = btree_pool_nodes_used(fuzz->pool);
	uint32_t leaf = BTREE_NONE;
	const char *why;
	int result;

	/* Half of the time the place is a fresh one, else whatever is there */
	if (draw(fuzz, 2))
		try_find(fuzz, which, cell);
	result = btree_insert(tree, key_of(fuzz, cell), value,
		draw(fuzz, 8) ? place : NULL, &leaf);
	if (result == -ENOMEM && fuzz->exhaustible) {
		if (model->values[cell])
			fail(fuzz, "insert: no memory for a key that is there");
		if (btree_pool_nodes_used(fuzz->pool) != used)
			fail(fuzz, "insert: failed, and kept nodes");
		if (draw(fuzz, 16) == 0 && btree_check(tree, &why))
			fail(fuzz, why);
		return;
	}
	if (result != (model->values[cell] ? -EEXIST : 0))
		fail(fuzz, "insert: result");
	if (result)
		return;
	model->values[cell] = value + 1;
	model->hints[cell] = leaf;
	if (fuzz->keeps_hints)
		fuzz->kept[value] = leaf;
	model->size++;
}

static void try_remove(struct fuzz *fuzz, unsigned which, unsigned cell)
{
	struct model *model = &fuzz->models[which];
	uint32_t hint = draw_hint(fuzz, which, cell);

	if (btree_remove(&fuzz->trees[which], key_of(fuzz, cell), hint) !=
		(model->values[cell] != 0))
		fail(fuzz, "remove: presence");
	model->size -= model->values[cell] != 0;
	model->values[cell] = 0;
}

static void try_neighbours(struct fuzz *fuzz, unsigned which, unsigned cell)
{
	const uint32_t *values = fuzz->models[which].values;
	const struct btree *tree = &fuzz->trees[which];
	/* Between two cells' keys, if there is something between them */
	uint64_t key = key_of(fuzz, cell);
	uint64_t off = draw(fuzz, 2) && fuzz->spread > 1 ? 1 : 0;
	uint64_t found_key = 0;
	uint32_t value = 0;
	int below = (int)cell;
	unsigned above = cell + (off > 0);

	if (key > BTREE_KEY_MAX - off)
		off = 0, above = cell;
	while (below >= 0 && !values[below])
		below--;
	while (above < CELLS && !values[above])
		above++;
	if (btree_find_at_or_below(tree, key + off, &found_key, &value) !=
		(below >= 0))
		fail(fuzz, "at_or_below: presence");
	if (below >= 0 && (found_key != key_of(fuzz, (unsigned)below) ||
				  value != values[below] - 1))
		fail(fuzz, "at_or_below: the wrong one");
	if (btree_find_at_or_above(tree, key + off, &found_key, &value) !=
		(above < CELLS))
		fail(fuzz, "at_or_above: presence");
	if (above < CELLS && (found_key != key_of(fuzz, above) ||
				     value != values[above] - 1))
		fail(fuzz, "at_or_above: the wrong one");
}

struct visit {
	struct fuzz *fuzz;
	const uint32_t *values;
	unsigned cell; /* where the next key is sought from */
	uint64_t left; /* stop after so many */
	uint64_t seen;
};

static int visit_key(void *context, uint64_t key, uint32_t value)
{
	struct visit *visit = context;

	while (visit->cell < CELLS && !visit->values[visit->cell])
		visit->cell++;
	if (visit->cell == CELLS || key != key_of(visit->fuzz, visit->cell))
		fail(visit->fuzz, "visit: the wrong key");
	if (value != visit->values[visit->cell] - 1)
		fail(visit->fuzz, "visit: value");
	visit->cell++;
	visit->seen++;
	return --visit->left == 0 ? 7 : 0;
}

static void try_visit(struct fuzz *fuzz, unsigned which, unsigned first,
	unsigned last, uint64_t most)
{
	const uint32_t *values = fuzz->models[which].values;
	struct visit visit = {fuzz, values, first, most, 0};
	uint64_t expected = 0;
	int result = btree_visit(&fuzz->trees[which], key_of(fuzz, first),
		key_of(fuzz, last), visit_key, &visit);

	for (unsigned i = first; i <= last; i++)
		expected += values[i] != 0;
	if (result != (expected >= most ? 7 : 0))
		fail(fuzz, "visit: result");
	if (visit.seen != (expected < most ? expected : most))
		fail(fuzz, "visit: number of keys");
}

/* The whole tree against the whole model, both ways. */
static void check_all(struct fuzz *fuzz)
{
	const char *why = NULL;

	for (unsigned which = 0; which < TREES; which++) {
		if (btree_check(&fuzz->trees[which], &why))
			fail(fuzz, why);
		if (fuzz->trees[which].size != fuzz->models[which].size)
			fail(fuzz, "size");
		try_visit(fuzz, which, 0, CELLS - 1, UINT64_MAX);
		for (unsigned cell = 0; cell < CELLS; cell += 7)
			try_find(fuzz, which, cell);
	}
}

static void try_run(struct fuzz *fuzz, unsigned which, unsigned cell)
{
	bool insert = draw(fuzz, 2);
	bool rising = draw(fuzz, 4);
	unsigned length = (unsigned)draw(fuzz, 200);

	for (unsigned i = 0; i < length; i++) {
		unsigned at = (rising ? cell + i : cell - i) % CELLS;

		if (insert)
			try_insert(fuzz, which, at);
		else
			try_remove(fuzz, which, at);
	}
}

static void try_one(struct fuzz *fuzz, unsigned insert_share)
{
	unsigned which = (unsigned)draw(fuzz, TREES);
	unsigned cell = (unsigned)draw(fuzz, CELLS);
	unsigned last = cell + (unsigned)draw(fuzz, CELLS - cell);
	struct btree *tree = &fuzz->trees[which];

	switch (draw(fuzz, 16)) {
	case 0:
		try_neighbours(fuzz, which, cell);
		break;
	case 1:
		try_visit(fuzz, which, cell, last, 1 + draw(fuzz, 100));
		break;
	case 2:
		if (draw(fuzz, 8) == 0)
			try_run(fuzz, which, cell);
		break;
	case 3: /* these may do nothing that shows */
		btree_prefetch(tree, key_of(fuzz, cell));
		btree_prefetch_leaf(tree, (uint32_t)draw(fuzz, 1 << 20));
		break;
	case 4:
		if (draw(fuzz, 2000))
			break;
		for (cell = 0; cell < CELLS; cell++)
			if (fuzz->models[which].values[cell])
				try_remove(fuzz, which, cell);
		break;
	case 5:
	case 6:
		try_find(fuzz, which, cell);
		break;
	default:
		if (draw(fuzz, 100) < insert_share)
			try_insert(fuzz, which, cell);
		else
			try_remove(fuzz, which, cell);
	}
}

static void start_round(struct fuzz *fuzz)
{
	static const uint64_t spreads[] = {
		1, 2, 64, 1 << 20, BTREE_KEY_MAX / (CELLS - 1)};
	uint64_t spread = spreads[draw(fuzz, 5)];
	uint64_t keys = TREES * CELLS;

	fuzz->spread = spread;
	fuzz->offset = draw(fuzz, 2) ? 0 : BTREE_KEY_MAX - spread * (CELLS - 1);
	fuzz->exhaustible = draw(fuzz, 3) == 0;
	if (fuzz->exhaustible)
		keys = draw(fuzz, keys / 2);
	if (btree_pool_create(keys, TREES, &fuzz->pool))
		fail(fuzz, "pool_create");
	fuzz->keeps_hints = draw(fuzz, 2);
	if (fuzz->keeps_hints)
		btree_pool_keep_hints(
			fuzz->pool, fuzz->kept, sizeof(fuzz->kept[0]));
	memset(fuzz->models, 0, sizeof(fuzz->models));
	memset(fuzz->places, 0, sizeof(fuzz->places));
	for (unsigned i = 0; i < TREES; i++)
		btree_init(&fuzz->trees[i], fuzz->pool);
}

int main(int argc, char **argv)
{
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));
	unsigned insert_share = 50;

	if (!fuzz)
		return 1;
	fuzz->course = course_start(argc, argv, 500000);
	start_round(fuzz);
	while (course_next(&fuzz->course)) {
		try_one(fuzz, insert_share);
		/* The trees grow for a while, then shrink for a while */
		if (draw(fuzz, 4000) == 0)
			insert_share = (unsigned)draw(fuzz, 101);
		if (draw(fuzz, 500) == 0)
			check_all(fuzz);
		if (draw(fuzz, 50000) == 0) {
			check_all(fuzz);
			btree_pool_destroy(fuzz->pool);
			start_round(fuzz);
		}
	}
	check_all(fuzz);
	btree_pool_destroy(fuzz->pool);
	free(fuzz);
	return 0;
}
