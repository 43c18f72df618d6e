/*
 * The allocator of a paged program: objects in a range of pages that it never
 * writes to or reads itself.  What it knows of them lies elsewhere, so that
 * to allocate or to free touches no page that may be out.
 *
 *     pages   | slab of 48 | 3 pages | slab of 16 | free ...
 *     runs[]  |  free bits |  pages  |  free bits |
 *
 * Small objects lie in slabs, runs of a few pages with objects of one size;
 * the others have runs of pages of their own.  The lowest pages that are free
 * and the lowest object of a slab are taken first, so that a program's memory
 * is dense, and a program of one thread that does the same again has the same
 * addresses again.
 *
 * Invariants
 * 1. A page is in one run or in one gap; runs do not overlap.
 * 2. A slab counts its free bits, and is in its size's list if it has any.
 * 3. Of the slabs of one size in which nothing is left, one is kept at most.
 * 4. A page whose bit in `dirty` is not set reads as zeros.
 */
#ifndef LIVE_HEAP_H
#define LIVE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap;

enum {
	HEAP_PAGE = 4096,
	HEAP_ALIGN = 16,	 /* of every object */
	HEAP_DISCARD_PAGES = 32, /* runs of so many give their content back */
};

/* Makes BYTES bytes from ADDRESS on read as zeros, or returns false. */
typedef bool heap_discard(void *context, uintptr_t address, size_t bytes);

/*
 * A heap of PAGES pages (1 .. 2^31) from the page BASE on, which read as
 * zeros.  Costs 69 bytes a page, which are taken as pages are used.  -ENOMEM.
 */
int heap_create(uintptr_t base, uint64_t pages, heap_discard *discard,
	void *context, struct heap **out);
void heap_destroy(struct heap *heap);

/*
 * BYTES bytes (0 counts as 1) at a multiple of ALIGN_BYTES, a power of two;
 * 0 if there is no room.  With ZERO they are zeros.  Threads may call at the
 * same time.  O(1) up to 3584 bytes, O(log runs) above.
 */
uintptr_t heap_allocate(
	struct heap *heap, size_t bytes, size_t align_bytes, bool zero);

/* OBJECT is one of heap_allocate's, as in the next ones.  False: it is none,
 * and nothing was done. */
bool heap_free(struct heap *heap, uintptr_t object);

/* How many bytes there are at OBJECT; 0: it is none. */
size_t heap_usable(struct heap *heap, uintptr_t object);

/*
 * Makes OBJECT as large as BYTES where it is: false, if that can't be done, or
 * would keep twice as much as is asked for.
 */
bool heap_resize(struct heap *heap, uintptr_t object, size_t bytes);

/* Around fork: no other thread is in the heap in between. */
void heap_lock(struct heap *heap);
void heap_unlock(struct heap *heap);

/* Pages in runs, now. */
uint64_t heap_pages(struct heap *heap);

/* NULL, or which invariant does not hold.  O(pages). */
const char *heap_check(struct heap *heap);

#endif
