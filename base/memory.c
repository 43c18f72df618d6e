/* Large arrays, by mmap. */
#include "base/memory.h"

#include <stdint.h>
#include <sys/mman.h>

#define HUGE_BYTES ((size_t)2 << 20)
#define PAGE_BYTES ((size_t)4096)

/* Whole pages; from a huge page's size on, whole huge pages */
static size_t rounded(size_t bytes)
{
	size_t unit = bytes < HUGE_BYTES ? PAGE_BYTES : HUGE_BYTES;

	return bytes ? (bytes + unit - 1) / unit * unit : unit;
}

/* Before Linux 5.14 there is no such call, and memory comes as touched. */
static void populate(void *start, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
	(void)madvise(start, bytes, MADV_POPULATE_WRITE);
#else
	(void)start;
	(void)bytes;
#endif
}

void *memory_map(size_t bytes)
{
	size_t size, slack, head;
	char *start;

	if (bytes > SIZE_MAX - 2 * HUGE_BYTES)
		return NULL;
	size = rounded(bytes);
	slack = size < HUGE_BYTES ? 0 : HUGE_BYTES;
	start = mmap(NULL, size + slack, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		return NULL;
	if (!slack) {
		populate(start, size);
		return start;
	}
	head = -(uintptr_t)start % HUGE_BYTES;
	if (head)
		munmap(start, head);
	if (slack - head)
		munmap(start + head + size, slack - head);
	start += head;
	/* where the system refuses, small pages do */
	(void)madvise(start, size, MADV_HUGEPAGE);
	populate(start, size);
	return start;
}

void memory_unmap(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, rounded(bytes));
}
