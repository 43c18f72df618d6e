/*
 * Large arrays that are read in no order: whole huge pages where the system
 * gives them, which saves most misses of the TLB.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* BYTES of zeros, 2 MiB-aligned if it is that large; NULL without memory.
 * The memory is taken at once: the system's own page faults, two thousand
 * cycles each, would else fall into whatever touches it first. */
void *memory_map(size_t bytes);
void memory_unmap(void *memory, size_t bytes); /* NULL is fine */

#endif
