/* What both fronts of live memory share: see physmem-live.h. */
#include "config.h"

#include "mm/physmem-live.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "mm/policy.h"

static int make_arrays(struct live *live)
{
	uint32_t i;

	live->frames = calloc(live->frames_count, sizeof(*live->frames));
	live->empty = calloc(live->slots_count, sizeof(*live->empty));
	live->junk = calloc(live->spare + 1, sizeof(*live->junk));
	if (!live->frames || !live->empty || !live->junk)
		return -ENOMEM;
	for (i = 0; i < live->frames_count; i++)
		live->frames[i].slot = SLOT_NONE;
	/* the lowest is taken first */
	while (live->empty_count < live->slots_count) {
		live->empty[live->empty_count] =
			live->slots_count - live->empty_count - 1;
		live->empty_count++;
	}
	return 0;
}

int live_init(struct live *live, const struct live_front *front,
	uint32_t frames, uint32_t limit, struct memory *table)
{
	int error;

	*live = (struct live){
		.front = front,
		.table = table,
		.frames_count = frames,
		.limit = limit,
		.spare = limit > front->spare ? front->spare : limit - 1,
		.leaving = LEAVING_NONE,
		.leaving_frame = FRAME_NONE,
		.coming.frame = FRAME_NONE,
		.uffd.fd = -1,
		.file = -1,
		.child_file = -1,
	};
	live->slots_count = frames + live->spare;
	error = make_arrays(live);
	if (!error)
		error = front->open(live);
	if (error)
		live_fini(live);
	return error;
}

void live_fini(struct live *live)
{
	live->front->close(live);
	free(live->frames);
	free(live->empty);
	free(live->junk);
}

/* Without a place for it, at a multiple of a power of two. */
static void *map_aligned(size_t bytes, size_t align, int protection, int flags)
{
	size_t slack = align > LIVE_PAGE_BYTES ? align - LIVE_PAGE_BYTES : 0;
	size_t head;
	char *start;

	if (slack > SIZE_MAX - bytes)
		return MAP_FAILED;
	start = mmap(NULL, bytes + slack, protection, flags, -1, 0);
	if (start == MAP_FAILED || !slack)
		return start;
	head = -(uintptr_t)start & (align - 1);
	if (head)
		munmap(start, head);
	if (slack - head)
		munmap(start + head + bytes, slack - head);
	return start + head;
}

int live_reserve(struct live *live, void *address, size_t bytes,
	size_t align_bytes, void **out)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	int protection = live->front->protection;
	void *start;
	int error;

	if (address)
		start = mmap(address, bytes, protection,
			flags | MAP_FIXED_NOREPLACE, -1, 0);
	else
		start = map_aligned(bytes, align_bytes, protection, flags);
	if (start == MAP_FAILED)
		return errno == EEXIST ? -EEXIST : -ENOMEM;
	/* a system that does not know the flag takes it for a wish */
	error = address && start != address ? -EEXIST : 0;
	/* pages are moved one by one */
	(void)madvise(start, bytes, MADV_NOHUGEPAGE);
	if (!error)
		error = live->front->cover(live, start, bytes);
	if (error)
		live_release(start, bytes);
	else
		*out = start;
	return error;
}

void live_release(void *address, size_t bytes)
{
	munmap(address, bytes);
}

void live_note(struct live *live, int step)
{
	live->resident += step;
	if (live->counts.resident_peak < live->resident)
		live->counts.resident_peak = live->resident;
}

void live_prefetch(void *backend, const struct mapping *mapping)
{
	const struct live *live = backend;

	physmem_memory_ops.prefetch(live->table, mapping);
}

uint32_t live_translate(void *backend, struct as *as, uint64_t page)
{
	(void)backend;
	(void)as;
	(void)page;
	return 0;
}
