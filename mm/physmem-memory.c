/* The backend in the program's own memory: see physmem-memory.h. */
#include "mm/physmem-memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mm/policy.h"

static uint32_t *bucket_of(
	const struct memory *memory, const struct as *as, uint64_t page)
{
	uint64_t key = page ^ (uint64_t)(uintptr_t)as << 20;

	/* Fibonacci hashing: neighbours spread over all buckets */
	key *= UINT64_C(0x9e3779b97f4a7c15);
	return &memory->buckets[key >> (64 - memory->bits)];
}

int memory_init_over(struct memory *memory, void *arena, uint32_t frames,
	size_t page_bytes, uint32_t mappings_max)
{
	uint64_t entries = (uint64_t)frames + mappings_max;
	uint32_t i;

	*memory = (struct memory){
		.page_bytes = page_bytes,
		.frames = frames,
		.bits = 4,
	};
	if (entries >= MAPPING_NONE || frames > SIZE_MAX / page_bytes)
		return -ENOMEM;
	memory->entries_max = entries;
	while (memory->bits < 31 && UINT64_C(1) << memory->bits < entries)
		memory->bits++;
	memory->arena = arena;
	memory->arena_is_lent = arena;
	if (!arena)
		memory->arena = memory_map(frames * page_bytes);
	memory->entries = calloc(entries, sizeof(*memory->entries));
	memory->buckets = malloc(sizeof(*memory->buckets) << memory->bits);
	memory->written = calloc(frames, sizeof(*memory->written));
	if (!memory->arena || !memory->entries || !memory->buckets ||
		!memory->written) {
		memory_fini(memory);
		return -ENOMEM;
	}
	memset(memory->buckets, 0xff, sizeof(*memory->buckets) << memory->bits);
	for (i = 0; i < entries; i++)
		memory->entries[i].next =
			i + 1 < entries ? i + 1 : MAPPING_NONE;
	return 0;
}

int memory_init(struct memory *memory, uint32_t frames, size_t page_bytes,
	uint32_t mappings_max)
{
	return memory_init_over(memory, NULL, frames, page_bytes, mappings_max);
}

void memory_fini(struct memory *memory)
{
	if (!memory->arena_is_lent)
		memory_unmap(
			memory->arena, memory->frames * memory->page_bytes);
	free(memory->entries);
	free(memory->buckets);
	free(memory->written);
	memset(memory, 0, sizeof(*memory));
}

/* The link that names the page's entry, or the last of its bucket. */
static uint32_t *find_link(
	const struct memory *memory, const struct as *as, uint64_t page)
{
	uint32_t *link = bucket_of(memory, as, page);

	while (*link != MAPPING_NONE &&
		(memory->entries[*link].as != as ||
			memory->entries[*link].page != page))
		link = &memory->entries[*link].next;
	return link;
}

struct memory_entry *memory_find(
	const struct memory *memory, const struct as *as, uint64_t page)
{
	uint32_t at = *find_link(memory, as, page);

	return at == MAPPING_NONE ? NULL : &memory->entries[at];
}

void *memory_data(const struct memory *memory, uint32_t frame)
{
	return memory->arena + frame * memory->page_bytes;
}

uint32_t memory_frame_of(const struct memory *memory, const void *data)
{
	uintptr_t start = (uintptr_t)memory->arena;
	uintptr_t at = (uintptr_t)data;

	if (at < start || at - start >= memory->frames * memory->page_bytes)
		return FRAME_NONE;
	return (at - start) / memory->page_bytes;
}

static void *op_data(void *backend, uint32_t frame)
{
	return memory_data(backend, frame);
}

static void op_map(void *backend, const struct mapping *mapping, uint32_t frame,
	unsigned protection)
{
	struct memory *memory = backend;
	uint32_t *link = find_link(memory, mapping->as, mapping->page);
	uint32_t at = *link;

	if (at == MAPPING_NONE) {
		/* physmem has no more mappings than there are entries */
		at = memory->free;
		memory->free = memory->entries[at].next;
		memory->entries[at].next = MAPPING_NONE;
		*link = at;
	}
	memory->entries[at].as = mapping->as;
	memory->entries[at].page = mapping->page;
	memory->entries[at].frame = frame;
	memory->entries[at].protection = protection;
	memory->entries[at].bits = BIT_REFERENCED;
}

static unsigned op_unmap(void *backend, const struct mapping *mapping)
{
	struct memory *memory = backend;
	uint32_t *link = find_link(memory, mapping->as, mapping->page);
	uint32_t at = *link;

	if (at == MAPPING_NONE)
		return 0;
	*link = memory->entries[at].next;
	memory->entries[at].as = NULL;
	memory->entries[at].next = memory->free;
	memory->free = at;
	return memory->entries[at].bits;
}

static unsigned op_harvest(void *backend, const struct mapping *mapping)
{
	struct memory_entry *entry =
		memory_find(backend, mapping->as, mapping->page);
	unsigned bits;

	if (!entry)
		return 0;
	bits = entry->bits;
	entry->bits &= ~BIT_REFERENCED;
	return bits;
}

static void op_prefetch(void *backend, const struct mapping *mapping)
{
	__builtin_prefetch(bucket_of(backend, mapping->as, mapping->page));
}

/* The table is walked by page, so that one name does for all. */
static uint32_t op_translate(void *backend, struct as *as, uint64_t page)
{
	(void)backend;
	(void)as;
	(void)page;
	return 0;
}

const struct physmem_ops physmem_memory_ops = {
	.data = op_data,
	.map = op_map,
	.unmap = op_unmap,
	.harvest = op_harvest,
	.prefetch = op_prefetch,
	.translate = op_translate,
};

const char *memory_check(const struct memory *memory)
{
	const struct memory_entry *entry;
	uint64_t count = 0;
	uint32_t i, at;

	for (i = 0; i >> memory->bits == 0; i++)
		for (at = memory->buckets[i]; at != MAPPING_NONE;
			at = entry->next) {
			entry = &memory->entries[at];
			if (++count > memory->entries_max)
				return "memory: a bucket is broken";
			if (bucket_of(memory, entry->as, entry->page) !=
				&memory->buckets[i])
				return "memory: an entry in another's bucket";
			if (memory_find(memory, entry->as, entry->page) !=
				entry)
				return "memory: a page has two entries";
		}
	for (at = memory->free; at != MAPPING_NONE;
		at = memory->entries[at].next)
		if (++count > memory->entries_max || memory->entries[at].as)
			return "memory: the list of free entries is broken";
	return count == memory->entries_max ? NULL : "memory: an entry is lost";
}
