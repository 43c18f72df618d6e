/*
 * The free ranges of a line of pages, and the lowest one that is large
 * enough: a balanced tree of gaps, each node of which knows how much fits
 * into the largest gap below it.
 *
 *                    [40, 90) fits 50, below it 100
 *                   /                              \
 *     [3, 10) fits 7, below it 7        [200, 300) fits 100, below it 100
 *
 * So a search for 60 pages goes right at the top, and one for 5 goes left:
 * never down a way that leads to nothing.
 *
 * What is aligned fits less well: of [3, 10) only [4, 10) is left with an
 * alignment of 4.  What is left for the alignments that the hardware's page
 * sizes ask for (4 KiB, 2 MiB, 1 GiB) is in the nodes too.  With another
 * alignment, what the next smaller of these says leads the search, and gaps
 * that it promised too much of cost O(log gaps) each.
 *
 * Invariants
 * 1. Gaps are not empty, do not overlap or touch, and end at PAGES at most.
 * 2. They are in rising order, left to right.
 * 3. The heights of a node's two sides differ by one at most (AVL).
 * 4. A node's height and fit[] are what its gap and its sides give.
 * 5. Each node is in the tree, on the free list, or was never used.
 */
#ifndef MM_GAPS_H
#define MM_GAPS_H

#include <stdbool.h>
#include <stdint.h>

enum { GAPS_CLASSES = 3 }; /* alignments of 1, 2^9 and 2^18 pages */

struct gap {
	uint64_t start, end;	    /* pages, [start, end) */
	uint64_t fit[GAPS_CLASSES]; /* the most pages of any gap below */
	uint32_t side[2];	    /* lower, higher; side[0]: the free list */
	uint8_t height;		    /* of a leaf: 1 */
};

struct gaps {
	struct gap *nodes; /* [nodes_max] */
	uint64_t pages;	   /* the line is [0, pages) */
	uint32_t nodes_max;
	uint32_t nodes_used; /* from here on they were never used */
	uint32_t free;	     /* the free list */
	uint32_t root;
	uint32_t count;
};

/* A line of PAGES pages, all free, that can have up to GAPS_MAX gaps.
 * Memory: 56 bytes a gap.  -ENOMEM. */
int gaps_init(struct gaps *gaps, uint64_t pages, uint32_t gaps_max);
void gaps_fini(struct gaps *gaps);

/* Is all of [START, END) free?  O(log gaps). */
bool gaps_are_free(const struct gaps *gaps, uint64_t start, uint64_t end);

/* Is just [START, END) a gap?  O(log gaps). */
bool gaps_have(const struct gaps *gaps, uint64_t start, uint64_t end);

/*
 * Takes [START, END), which is free; gives it back, which is taken.  Allocate
 * nothing.  -ENOMEM: there would be more gaps than GAPS_MAX; all is as it
 * was.  It can't be with N ranges taken and a GAPS_MAX of N + 1.
 * O(log gaps).
 */
int gaps_take(struct gaps *gaps, uint64_t start, uint64_t end);
int gaps_give(struct gaps *gaps, uint64_t start, uint64_t end);

/*
 * Finds the lowest PAGES (1 or more) free pages at or above FLOOR that start at
 * a multiple of ALIGN_PAGES, a power of two.  Returns whether there are any.
 * O(log gaps) with an ALIGN_PAGES of 1, 512 or 2^18.  With others, that for
 * each gap that is large enough but does not lie right.
 */
bool gaps_find(const struct gaps *gaps, uint64_t floor, uint64_t pages,
	uint64_t align_pages, uint64_t *start_out);

/* NULL, or which invariant does not hold.  O(gaps). */
const char *gaps_check(const struct gaps *gaps);

#endif
