/* Allocations that fail: see fail-allocation.h. */
#include "mm/test/fail-allocation.h"

#include <stddef.h>

unsigned fail_at;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);

/* Of a test with threads the tested ones may allocate at the same time. */
bool allocation_fails(void)
{
	return __atomic_load_n(&fail_at, __ATOMIC_RELAXED) &&
	       !__atomic_sub_fetch(&fail_at, 1, __ATOMIC_RELAXED);
}

void *__wrap_malloc(size_t bytes)
{
	return allocation_fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	return allocation_fails() ? NULL : __real_calloc(count, bytes);
}
