/*
 * A program with a copying garbage collector that gives its free space back
 * instead of paging it.
 *
 * The heap is two halves.  Cells are taken from one, next to each other; when
 * it is full, the cells that can be reached are copied to the other.  Then
 * the first half holds nothing of worth, but its pages are dirty, and the
 * pager does not know: without a hint it writes them to the swap file, one by
 * one, and when the half is used again reads them back only to have them
 * overwritten.  selfpage_discard tells it.
 */
#include "examples/compare.h"

enum {
	PAGE = 4096,
	FRAMES = 520,
	HALF = 400 * PAGE, /* bytes of a half */
	ROOTS = 256,	   /* lists that can be reached */
	LENGTH = 20,	   /* cells of a list */
	LISTS = 8000,	   /* lists made in all */
};

/* A cell; addresses are those of the space, 0 is none. */
struct cell {
	uint64_t next;
	uint64_t value;
	char payload[48];
};

struct heap {
	struct selfpage_space *space;
	uint64_t half; /* where the half in use starts */
	uint64_t free; /* where the next cell goes */
	uint64_t roots[ROOTS];
	bool hints;
	unsigned collections;
};

static struct cell load(struct heap *heap, uint64_t at)
{
	struct cell cell;

	need(selfpage_read(heap->space, at, &cell, sizeof(cell)), "read");
	return cell;
}

static void save(struct heap *heap, uint64_t at, const struct cell *cell)
{
	need(selfpage_write(heap->space, at, cell, sizeof(*cell)), "write");
}

static uint64_t take(struct heap *heap)
{
	uint64_t at = heap->free;

	heap->free += sizeof(struct cell);
	return at;
}

/* Copies the list at AT to the half in use. */
static uint64_t copy_list(struct heap *heap, uint64_t at)
{
	uint64_t first = at ? heap->free : 0;

	while (at) {
		struct cell cell = load(heap, at);
		uint64_t to = take(heap);

		at = cell.next;
		cell.next = at ? heap->free : 0;
		save(heap, to, &cell);
	}
	return first;
}

static void collect(struct heap *heap)
{
	uint64_t old = heap->half;
	unsigned i;

	/* the halves are at HALF and 2 * HALF */
	heap->half = 3 * (uint64_t)HALF - old;
	heap->free = heap->half;
	for (i = 0; i < ROOTS; i++)
		heap->roots[i] = copy_list(heap, heap->roots[i]);
	if (heap->hints)
		need(selfpage_discard(heap->space, old, HALF), "discard");
	heap->collections++;
}

static uint64_t make_list(struct heap *heap, uint64_t value)
{
	uint64_t first = 0;
	unsigned i;

	for (i = 0; i < LENGTH; i++) {
		struct cell cell = {.next = first, .value = value + i};

		first = take(heap);
		save(heap, first, &cell);
	}
	return first;
}

static uint64_t sum_lists(struct heap *heap)
{
	uint64_t sum = 0, at;
	unsigned i;

	for (i = 0; i < ROOTS; i++)
		for (at = heap->roots[i]; at;) {
			struct cell cell = load(heap, at);

			sum = sum * 31 + cell.value;
			at = cell.next;
		}
	return sum;
}

static struct result run(bool hints)
{
	struct heap heap = {.half = HALF, .free = HALF, .hints = hints};
	struct selfpage_store *store;
	struct selfpage *pager;
	struct result result;
	unsigned i;

	start(FRAMES, &pager, &heap.space);
	need(selfpage_store_open_anonymous(pager, -1, 2 * HALF, &store),
		"store");
	need(selfpage_map(heap.space, HALF, 2 * HALF, store, 0,
		     SELFPAGE_READ | SELFPAGE_WRITE),
		"map");
	for (i = 0; i < LISTS; i++) {
		if (heap.free + LENGTH * sizeof(struct cell) > heap.half + HALF)
			collect(&heap);
		heap.roots[i * 7 % ROOTS] = make_list(&heap, i);
	}
	result.answer = sum_lists(&heap) + heap.collections;
	result.counts = counts_of(pager);
	result.measure = result.counts.hard_faults + result.counts.writebacks;
	need(selfpage_space_destroy(heap.space), "space");
	need(selfpage_store_discard(store), "store");
	need(selfpage_destroy(pager), "pager");
	return result;
}

int main(void)
{
	return compare("pages read and written", 100, run);
}
