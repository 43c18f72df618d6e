/*
 * Random allocations, resizings and frees, against a naive model: a list of
 * what was given, each with a pattern of its own.  Objects must lie in the
 * heap, as they were asked for, apart from each other, and keep what was
 * written to them; zeros must be zeros.  heap_check runs now and then.
 *
 *	heap-fuzz [seed] [steps]
 */
#include <config.h>

#include "live/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/test/course.h"

enum { OBJECTS = 400, PAGES = 4096, CHECK_EVERY = 64, SMALL = 3584 };

struct object {
	uintptr_t address; /* 0: none */
	size_t bytes;
	unsigned char pattern;
};

struct fuzz {
	struct course course;
	struct heap *heap;
	uintptr_t base;
	struct object object[OBJECTS];
	uint64_t discards;
};

static bool discard(void *context, uintptr_t address, size_t bytes)
{
	struct fuzz *fuzz = context;

	/* as a pager that fails does */
	if (++fuzz->discards % 5 == 0)
		return false;
	return madvise((void *)address, bytes, MADV_DONTNEED) == 0;
}

/* Sizes of all kinds, small ones mostly. */
static size_t draw_bytes(struct fuzz *fuzz)
{
	switch (draw(fuzz, 8)) {
	case 0:
		return draw(fuzz, 64 * HEAP_PAGE);
	case 1:
		return draw(fuzz, 4 * HEAP_PAGE);
	case 2:
		return SMALL - 8 + draw(fuzz, 16);
	default:
		return draw(fuzz, 600);
	}
}

static void fill(struct fuzz *fuzz, struct object *object)
{
	object->pattern = (unsigned char)draw(fuzz, 255) + 1;
	memset((void *)object->address, object->pattern, object->bytes);
}

static bool is_filled(uintptr_t address, size_t bytes, unsigned char pattern)
{
	const unsigned char *at = (const unsigned char *)address;

	for (size_t i = 0; i < bytes; i++)
		if (at[i] != pattern)
			return false;
	return true;
}

static void check_place(struct fuzz *fuzz, const struct object *object)
{
	expect(fuzz,
		object->address >= fuzz->base &&
			object->address + object->bytes <=
				fuzz->base + (uintptr_t)PAGES * HEAP_PAGE,
		"an object lies outside the heap");
	expect(fuzz, heap_usable(fuzz->heap, object->address) >= object->bytes,
		"an object is smaller than it was asked for");
	for (unsigned i = 0; i < OBJECTS; i++) {
		const struct object *other = &fuzz->object[i];

		expect(fuzz,
			other == object || other->address == 0 ||
				other->address + other->bytes <=
					object->address ||
				object->address + object->bytes <=
					other->address,
			"two objects overlap");
	}
}

static void allocate(struct fuzz *fuzz, struct object *object)
{
	size_t align = (size_t)HEAP_ALIGN
		       << (draw(fuzz, 4) ? 0 : draw(fuzz, 12));
	bool zero = draw(fuzz, 3) == 0;

	object->bytes = draw_bytes(fuzz);
	object->address = heap_allocate(fuzz->heap, object->bytes, align, zero);
	if (object->address == 0)
		return;
	expect(fuzz, object->address % align == 0,
		"an object is not aligned as asked for");
	check_place(fuzz, object);
	expect(fuzz, !zero || is_filled(object->address, object->bytes, 0),
		"zeros are not zeros");
	fill(fuzz, object);
}

static void release(struct fuzz *fuzz, struct object *object)
{
	expect(fuzz, heap_free(fuzz->heap, object->address),
		"an object can't be freed");
	expect(fuzz, !heap_free(fuzz->heap, object->address),
		"an object can be freed twice");
	object->address = 0;
}

static void resize(struct fuzz *fuzz, struct object *object)
{
	size_t bytes = draw_bytes(fuzz), old_bytes = object->bytes;

	if (!heap_resize(fuzz->heap, object->address, bytes))
		return;
	object->bytes = bytes;
	check_place(fuzz, object);
	expect(fuzz,
		is_filled(object->address,
			bytes < old_bytes ? bytes : old_bytes, object->pattern),
		"a resized object has lost what it held");
	fill(fuzz, object);
}

static void step(struct fuzz *fuzz)
{
	struct object *object = &fuzz->object[draw(fuzz, OBJECTS)];

	if (object->address == 0) {
		allocate(fuzz, object);
		return;
	}
	expect(fuzz, is_filled(object->address, object->bytes, object->pattern),
		"an object has lost what it held");
	expect(fuzz,
		object->bytes < 2 || object->address % HEAP_PAGE == 1 ||
			!heap_free(fuzz->heap, object->address + 1),
		"the middle of an object can be freed");
	if (draw(fuzz, 3) == 0)
		resize(fuzz, object);
	else
		release(fuzz, object);
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = {.course = course_start(argc, argv, 60000)};
	void *memory =
		mmap(NULL, (size_t)PAGES * HEAP_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	fuzz.base = (uintptr_t)memory;
	expect(&fuzz, memory != MAP_FAILED, "no memory");
	expect(&fuzz,
		heap_create(fuzz.base, PAGES, discard, &fuzz, &fuzz.heap) == 0,
		"no heap");
	while (course_next(&fuzz.course)) {
		const char *broken = fuzz.course.step % CHECK_EVERY
					     ? NULL
					     : heap_check(fuzz.heap);

		expect(&fuzz, broken == NULL, broken);
		step(&fuzz);
	}
	for (unsigned i = 0; i < OBJECTS; i++)
		if (fuzz.object[i].address)
			release(&fuzz, &fuzz.object[i]);
	expect(&fuzz, heap_check(fuzz.heap) == NULL, "broken at the end");
	heap_destroy(fuzz.heap);
	munmap(memory, (size_t)PAGES * HEAP_PAGE);
	return 0;
}
