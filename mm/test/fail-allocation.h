/*
 * Allocations that fail where a test wants it.  Whoever uses it is linked so
 * that its allocations come by here: the linker's --wrap of malloc and calloc.
 */
#ifndef MM_TEST_FAIL_ALLOCATION_H
#define MM_TEST_FAIL_ALLOCATION_H

#include <stdbool.h>

/* The Nth allocation from now on fails; 0: none does, or the one has. */
extern unsigned fail_at;

/* Whether this one fails; for what else a test counts as an allocation. */
bool allocation_fails(void);

#endif
