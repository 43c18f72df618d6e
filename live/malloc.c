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

#include "live/caller.h"
#include "live/heap.h"
#include "live/live.h"
#include "live/names.h"

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

/* ---- names ---- */

/* The heap may be longer now; a large object has the name of the function that
 * will be returned to at CALLER, or that of the object FROM. */
static void tell(
	uintptr_t object, size_t bytes, const void *caller, uintptr_t from)
{
	char name[ANON_REGION_BYTES] = "";

	live_enter();
	names_heap(object + bytes);
	if (bytes >= NAMES_PIECE_BYTES && from) {
		names_move(from, object, bytes);
	} else if (bytes >= NAMES_PIECE_BYTES) {
		if (live.pager)
			caller_region_name(caller, name);
		names_piece(object, bytes, name);
	}
	live_leave();
}

static size_t whole_pages(size_t bytes)
{
	return (bytes + HEAP_PAGE - 1) & -(size_t)HEAP_PAGE;
}

static void note_object(
	uintptr_t object, size_t bytes, const void *caller, uintptr_t from)
{
	bytes = whole_pages(bytes);
	if (names_are_wanted() &&
		(bytes >= NAMES_PIECE_BYTES ||
			object + bytes > __atomic_load_n(&live.heap_named,
						 __ATOMIC_RELAXED)))
		tell(object, bytes, caller, from);
}

/* Of an object that was of OLD_BYTES: what it loses, it loses the name of. */
static void note_resized(uintptr_t object, size_t old_bytes, const void *caller)
{
	size_t bytes = heap_usable(live.heap, object);
	bool large = old_bytes >= NAMES_PIECE_BYTES;

	if (!names_are_wanted() || bytes == old_bytes)
		return;
	if (bytes > old_bytes) {
		note_object(object, bytes, caller, large ? object : 0);
	} else if (large) {
		live_enter();
		names_piece_ends(object + bytes, old_bytes - bytes);
		live_leave();
	}
}

static void note_freed(uintptr_t object)
{
	size_t bytes;

	if (object % HEAP_PAGE != 0 || !names_are_wanted())
		return;
	bytes = heap_usable(live.heap, object);
	if (bytes < NAMES_PIECE_BYTES)
		return;
	live_enter();
	names_piece_ends(object, bytes);
	live_leave();
}

/* ---- objects ---- */

/* For who will be returned to at CALLER; FROM: it takes the place of this
 * large object, or 0. */
struct asked {
	const void *caller;
	uintptr_t from;
};

static void *allocate(
	size_t bytes, size_t align_bytes, bool zero, const struct asked *asked)
{
	uintptr_t object =
		bytes <= PTRDIFF_MAX
			? heap_allocate(live.heap, bytes, align_bytes, zero)
			: 0;

	if (object == 0)
		errno = ENOMEM;
	else
		note_object(object, bytes, asked->caller, asked->from);
	return (void *)object;
}

/* Who called the function that this stands in. */
#define CALLER (&(const struct asked){__builtin_return_address(0), 0})

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
	return allocate(bytes, HEAP_ALIGN, false, CALLER);
}

EXPORT void *calloc(size_t count, size_t bytes)
{
	size_t all;

	if (is_plain())
		return __libc_calloc(count, bytes);
	if (__builtin_mul_overflow(count, bytes, &all))
		all = SIZE_MAX;
	return allocate(all, HEAP_ALIGN, true, CALLER);
}

EXPORT void free(void *object)
{
	if (!is_ours(object)) {
		__libc_free(object);
		return;
	}
	note_freed((uintptr_t)object);
	if (!heap_free(live.heap, (uintptr_t)object))
		refuse("free", object);
}

static void *move(
	void *object, size_t old_bytes, size_t bytes, const void *caller)
{
	const struct asked asked = {
		caller, old_bytes >= NAMES_PIECE_BYTES ? (uintptr_t)object : 0};
	void *new = allocate(bytes, HEAP_ALIGN, false, &asked);

	if (new == NULL)
		return NULL;
	memcpy(new, object, old_bytes < bytes ? old_bytes : bytes);
	free(object);
	return new;
}

EXPORT void *realloc(void *object, size_t bytes)
{
	const void *caller = __builtin_return_address(0);
	size_t old_bytes;

	if (object != NULL && !is_ours(object))
		return __libc_realloc(object, bytes);
	if (object == NULL)
		return is_plain() ? __libc_malloc(bytes)
				  : allocate(bytes, HEAP_ALIGN, false, CALLER);
	if (bytes == 0) {
		free(object);
		return NULL;
	}
	old_bytes = heap_usable(live.heap, (uintptr_t)object);
	if (old_bytes == 0)
		refuse("realloc", object);
	if (bytes <= PTRDIFF_MAX &&
		heap_resize(live.heap, (uintptr_t)object, bytes)) {
		note_resized((uintptr_t)object, old_bytes, caller);
		return object;
	}
	return move(object, old_bytes, bytes, caller);
}

/* At a multiple of ALIGN_BYTES, or of the power of two above. */
static void *align(size_t align_bytes, size_t bytes, const struct asked *asked)
{
	size_t power = HEAP_ALIGN;

	if (is_plain())
		return __libc_memalign(align_bytes, bytes);
	while (power < align_bytes && power << 1 != 0)
		power <<= 1;
	return allocate(bytes, power, false, asked);
}

EXPORT void *memalign(size_t align_bytes, size_t bytes)
{
	return align(align_bytes, bytes, CALLER);
}

EXPORT void *aligned_alloc(size_t align_bytes, size_t bytes)
{
	return align(align_bytes, bytes, CALLER);
}

EXPORT int posix_memalign(void **out, size_t align_bytes, size_t bytes)
{
	int old_error = errno;
	void *object;

	if (align_bytes % sizeof(void *) != 0 || align_bytes == 0 ||
		(align_bytes & (align_bytes - 1)) != 0)
		return EINVAL;
	object = align(align_bytes, bytes, CALLER);
	errno = old_error;
	if (object == NULL)
		return ENOMEM;
	*out = object;
	return 0;
}

EXPORT void *valloc(size_t bytes)
{
	return align(HEAP_PAGE, bytes, CALLER);
}

EXPORT void *pvalloc(size_t bytes)
{
	return align(HEAP_PAGE, whole_pages(bytes), CALLER);
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
