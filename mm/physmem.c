/* Frames, the free list, and the mappings of each frame. */
#include "mm/physmem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mm/policy.h"

int physmem_init(struct physmem *physmem, uint32_t limit, uint32_t page_bytes,
	uint32_t mappings_max, const struct physmem_ops *ops, void *backend)
{
	size_t bytes = (size_t)limit * sizeof(struct frame);
	uint32_t i;

	memset(physmem, 0, sizeof(*physmem));
	if (!limit || limit == FRAME_NONE)
		return -EINVAL;
	physmem->limit = limit;
	physmem->frames_max = limit;
	physmem->frames = memory_map(bytes);
	physmem->mappings = calloc(mappings_max + 1, sizeof(struct mapping));
	if (!physmem->frames || !physmem->mappings) {
		physmem_fini(physmem);
		return -ENOMEM;
	}
	physmem->ops = ops;
	physmem->backend = backend;
	physmem->page_bytes = page_bytes;
	physmem->mappings_max = mappings_max;
	for (i = 0; i < limit; i++)
		physmem->frames[i] = (struct frame){
			.first.next = MAPPING_NONE,
			.next_free = i + 1 < limit ? i + 1 : FRAME_NONE,
		};
	for (i = 0; i < mappings_max; i++)
		physmem->mappings[i].next =
			i + 1 < mappings_max ? i + 1 : MAPPING_NONE;
	physmem->mappings_free = mappings_max ? 0 : MAPPING_NONE;
	return 0;
}

void physmem_fini(struct physmem *physmem)
{
	memory_unmap(physmem->frames,
		(size_t)physmem->frames_max * sizeof(struct frame));
	free(physmem->mappings);
	memset(physmem, 0, sizeof(*physmem));
}

uint32_t physmem_take(struct physmem *physmem)
{
	uint32_t frame = physmem->free;

	if (frame == FRAME_NONE)
		return frame;
	physmem->free = physmem->frames[frame].next_free;
	physmem->resident++;
	return frame;
}

void physmem_give(struct physmem *physmem, uint32_t frame)
{
	struct frame *f = &physmem->frames[frame];

	f->store = NULL;
	f->flags = 0;
	f->next_free = physmem->free;
	physmem->free = frame;
	physmem->resident--;
}

void physmem_park(struct physmem *physmem, uint32_t frame)
{
	struct frame *f = &physmem->frames[frame];

	f->store = NULL;
	f->flags = 0;
	f->next_free = frame;
	physmem->resident--;
	physmem->limit--;
}

void physmem_unpark(struct physmem *physmem, uint32_t frame)
{
	physmem->limit++;
	physmem->resident++;
	physmem_give(physmem, frame);
}

int physmem_map(struct physmem *physmem, uint32_t frame,
	const struct mapping *mapping, unsigned protection)
{
	struct mapping *first = &physmem->frames[frame].first;
	uint32_t more;

	if (!first->as) {
		/* one by one, as the caller has just written them: a copy of
		 * two at once would wait for both to be in the cache */
		first->as = mapping->as;
		first->page = mapping->page;
		first->translation = mapping->translation;
		first->next = MAPPING_NONE;
	} else {
		more = physmem->mappings_free;
		if (more == MAPPING_NONE)
			return -ENOMEM;
		physmem->mappings_free = physmem->mappings[more].next;
		physmem->mappings[more] = *mapping;
		physmem->mappings[more].next = first->next;
		first->next = more;
	}
	physmem->ops->map(physmem->backend, mapping, frame, protection);
	return 0;
}

/* Frees the pool's mapping AT, which the link LINK named. */
static void drop_mapping(struct physmem *physmem, uint32_t *link)
{
	uint32_t at = *link;

	*link = physmem->mappings[at].next;
	physmem->mappings[at].as = NULL;
	physmem->mappings[at].next = physmem->mappings_free;
	physmem->mappings_free = at;
}

unsigned physmem_unmap_all(struct physmem *physmem, uint32_t frame)
{
	struct mapping *first = &physmem->frames[frame].first;
	unsigned bits;

	if (!first->as)
		return 0;
	bits = physmem->ops->unmap(physmem->backend, first);
	while (first->next != MAPPING_NONE) {
		bits |= physmem->ops->unmap(
			physmem->backend, &physmem->mappings[first->next]);
		drop_mapping(physmem, &first->next);
	}
	first->as = NULL;
	return bits;
}

void physmem_leave_many(
	struct physmem *physmem, const uint32_t *frames, unsigned count)
{
	unsigned i;

	if (physmem->ops->leave_many && count > 1)
		physmem->ops->leave_many(physmem->backend, frames, count);
	else
		for (i = 0; i < count; i++)
			physmem_leave(physmem, frames[i], false);
}

/* Backends that can't are told the same in the same order. */
static void unmap_each(const struct physmem *physmem,
	struct unmapping *unmappings, unsigned count)
{
	unsigned i;

	if (physmem->ops->unmap_many && count) {
		physmem->ops->unmap_many(physmem->backend, unmappings, count);
		return;
	}
	for (i = 0; i < count; i++)
		unmappings[i].bits = physmem->ops->unmap(
			physmem->backend, unmappings[i].mapping);
}

void physmem_unmap_many(struct physmem *physmem, const uint32_t *frames,
	unsigned count, uint8_t *bits_out)
{
	struct unmapping all[UNMAPPINGS_MAX];
	uint8_t *bits_of[UNMAPPINGS_MAX];
	unsigned mapped = 0, i;

	for (i = 0; i < count; i++) {
		struct mapping *first = &physmem->frames[frames[i]].first;

		bits_out[i] = 0;
		if (first->as && first->next != MAPPING_NONE) {
			bits_out[i] = physmem_unmap_all(physmem, frames[i]);
		} else if (first->as) {
			all[mapped] = (struct unmapping){first, frames[i], 0};
			bits_of[mapped++] = &bits_out[i];
		}
	}
	unmap_each(physmem, all, mapped);
	for (i = 0; i < mapped; i++) {
		*bits_of[i] = all[i].bits;
		physmem->frames[all[i].frame].first.as = NULL;
	}
}

unsigned physmem_unmap(struct physmem *physmem, uint32_t frame,
	const struct as *as, uint64_t page)
{
	struct mapping *first = &physmem->frames[frame].first;
	struct mapping *at;
	unsigned bits = 0;
	uint32_t *link, next;

	for (link = &first->next; *link != MAPPING_NONE;) {
		at = &physmem->mappings[*link];
		if (at->as == as && at->page == page) {
			bits |= physmem->ops->unmap(physmem->backend, at);
			drop_mapping(physmem, link);
		} else {
			link = &at->next;
		}
	}
	if (first->as != as || first->page != page)
		return bits;
	bits |= physmem->ops->unmap(physmem->backend, first);
	first->as = NULL;
	next = first->next;
	if (next != MAPPING_NONE) {
		/* the frame's own place must not be empty while it has more */
		uint32_t after = physmem->mappings[next].next;

		*first = physmem->mappings[next];
		first->next = next;
		drop_mapping(physmem, &first->next);
		first->next = after;
	}
	return bits;
}

unsigned physmem_harvest(struct physmem *physmem, uint32_t frame)
{
	const struct mapping *at = &physmem->frames[frame].first;
	unsigned bits = 0;

	if (!at->as)
		return 0;
	for (;;) {
		bits |= physmem->ops->harvest(physmem->backend, at);
		if (at->next == MAPPING_NONE)
			return bits;
		at = &physmem->mappings[at->next];
	}
}

static const char *check_frames(const struct physmem *physmem, uint8_t *seen)
{
	uint32_t free_count = 0, parked = 0;
	uint32_t i;

	for (i = physmem->free; i != FRAME_NONE;
		i = physmem->frames[i].next_free) {
		if (i >= physmem->frames_max || seen[i]++)
			return "physmem: the free list is broken";
		if (physmem->frames[i].store)
			return "physmem: a free frame is in a store";
		if (physmem->frames[i].first.as)
			return "physmem: a free frame is mapped";
		free_count++;
	}
	if (free_count + physmem->resident != physmem->limit)
		return "physmem: free and resident frames are not the limit";
	for (i = 0; i < physmem->frames_max; i++) {
		if (!physmem_is_parked(physmem, i))
			continue;
		if (seen[i] || physmem->frames[i].store ||
			physmem->frames[i].first.as)
			return "physmem: a parked frame is in use";
		parked++;
	}
	if (parked + physmem->limit != physmem->frames_max)
		return "physmem: limit and parked frames are not all frames";
	return NULL;
}

static const char *check_mappings(const struct physmem *physmem)
{
	uint32_t count = 0;
	uint32_t i, at;

	for (i = 0; i < physmem->frames_max; i++) {
		at = physmem->frames[i].first.next;
		if (at != MAPPING_NONE && !physmem->frames[i].first.as)
			return "physmem: mappings behind an empty first one";
		for (; at != MAPPING_NONE; at = physmem->mappings[at].next)
			if (!physmem->mappings[at].as ||
				++count > physmem->mappings_max)
				return "physmem: a frame's mappings are broken";
	}
	for (at = physmem->mappings_free; at != MAPPING_NONE;
		at = physmem->mappings[at].next)
		if (++count > physmem->mappings_max)
			return "physmem: the list of free mappings is broken";
	if (count != physmem->mappings_max)
		return "physmem: a mapping is lost";
	return NULL;
}

const char *physmem_check(const struct physmem *physmem)
{
	uint8_t *seen = calloc(physmem->frames_max, 1);
	const char *why;

	if (!seen)
		return "physmem: no memory to check with";
	why = check_frames(physmem, seen);
	free(seen);
	return why ? why : check_mappings(physmem);
}
