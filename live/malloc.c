/*
 * malloc and its family, from paged memory.  Inside the pager, and before it
 * was started, they are the C library's own; whose an object is, its address
 * tells.
 */
#include <config.h>

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/heap.h"
#include "live/live.h"

#define EXPORT __attribute__((visibility("default")))

/* The C library's own, under the names that it keeps for such as this. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *object, size_t bytes);
extern void *__libc_memalign(size_t align_bytes, size_t bytes);
extern void __libc_free(void *object);

static bool is_ours(const void *object)
{
	return (uintptr_t)object - LIVE_HEAP_BASE < LIVE_HEAP_BYTES;
}

static bool is_plain(void)
{
	return live.heap == NULL || live_thread.inside > 0;
}

static void *allocate(size_t bytes, size_t align_bytes, bool zero)
{
	uintptr_t object =
		bytes <= PTRDIFF_MAX
			? heap_allocate(live.heap, bytes, align_bytes, zero)
			: 0;

	if (object == 0)
		errno = ENOMEM;
	return (void *)object;
}

/* An object that is none: the program's error, which the C library would end
 * it for. */
static void refuse(const char *call, const void *object)
{
	live_say("%s(%p): the program's error: no object is there; it was "
		 "ended",
		call, object);
	abort();
}

EXPORT void *malloc(size_t bytes)
{
	if (is_plain())
		return __libc_malloc(bytes);
	return allocate(bytes, HEAP_ALIGN, false);
}

EXPORT void *calloc(size_t count, size_t bytes)
{
	size_t all;

	if (is_plain())
		return __libc_calloc(count, bytes);
	if (__builtin_mul_overflow(count, bytes, &all))
		all = SIZE_MAX;
	return allocate(all, HEAP_ALIGN, true);
}

EXPORT void free(void *object)
{
	if (!is_ours(object))
		__libc_free(object);
	else if (!heap_free(live.heap, (uintptr_t)object))
		refuse("free", object);
}

static void *move(void *object, size_t old_bytes, size_t bytes)
{
	void *new = allocate(bytes, HEAP_ALIGN, false);

	if (new == NULL)
		return NULL;
	memcpy(new, object, old_bytes < bytes ? old_bytes : bytes);
	free(object);
	return new;
}

EXPORT void *realloc(void *object, size_t bytes)
{
	size_t old_bytes;

	if (object == NULL)
		return malloc(bytes);
	if (!is_ours(object))
		return __libc_realloc(object, bytes);
	if (bytes == 0) {
		free(object);
		return NULL;
	}
	if (bytes <= PTRDIFF_MAX &&
		heap_resize(live.heap, (uintptr_t)object, bytes))
		return object;
	old_bytes = heap_usable(live.heap, (uintptr_t)object);
	if (old_bytes == 0)
		refuse("realloc", object);
	return move(object, old_bytes, bytes);
}

EXPORT void *memalign(size_t align_bytes, size_t bytes)
{
	size_t power = HEAP_ALIGN;

	if (is_plain())
		return __libc_memalign(align_bytes, bytes);
	while (power < align_bytes && power << 1 != 0)
		power <<= 1;
	return allocate(bytes, power, false);
}

EXPORT void *aligned_alloc(size_t align_bytes, size_t bytes)
{
	return memalign(align_bytes, bytes);
}

EXPORT int posix_memalign(void **out, size_t align_bytes, size_t bytes)
{
	int old_error = errno;
	void *object;

	if (align_bytes % sizeof(void *) != 0 || align_bytes == 0 ||
		(align_bytes & (align_bytes - 1)) != 0)
		return EINVAL;
	object = memalign(align_bytes, bytes);
	errno = old_error;
	if (object == NULL)
		return ENOMEM;
	*out = object;
	return 0;
}

EXPORT void *valloc(size_t bytes)
{
	return memalign(HEAP_PAGE, bytes);
}

EXPORT void *pvalloc(size_t bytes)
{
	return memalign(HEAP_PAGE, (bytes + HEAP_PAGE - 1) & -HEAP_PAGE);
}

/* The C library keeps an object's size before it, with three marks. */
static size_t plain_usable(const void *object)
{
	enum { MAPPED = 2, MARKS = 7, HEAD = sizeof(size_t) };
	size_t head = ((const size_t *)object)[-1];

	return (head & ~(size_t)MARKS) - (head & MAPPED ? 2 * HEAD : HEAD);
}

EXPORT size_t malloc_usable_size(void *object)
{
	if (object == NULL)
		return 0;
	return is_ours(object) ? heap_usable(live.heap, (uintptr_t)object)
			       : plain_usable(object);
}
