/* The backend in the program's own memory: see physmem-memory.h. */
#include "config.h"

#include "mm/physmem-memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static size_t arena_bytes(const struct memory *memory)
{
	return memory->frames * memory->page_bytes;
}

/* The page table, all free. */
static int init_table(struct memory *memory, uint32_t mappings_max)
{
	uint32_t entries = memory->frames + mappings_max;
	uint32_t i;

	memory->bits = 4;
	memory->entries_max = entries;
	while (memory->bits < 31 && UINT64_C(1) << memory->bits < entries)
		memory->bits++;
	memory->entries = calloc(entries, sizeof(*memory->entries));
	memory->buckets = malloc(sizeof(*memory->buckets) << memory->bits);
	if (!memory->entries || !memory->buckets)
		return -ENOMEM;
	memset(memory->buckets, 0xff, sizeof(*memory->buckets) << memory->bits);
	for (i = 0; i < entries; i++)
		memory->entries[i].next =
			i + 1 < entries ? i + 1 : MAPPING_NONE;
	return 0;
}

static int map_arena(struct memory *memory)
{
	memory->arena = memory_map(arena_bytes(memory));
	return memory->arena ? 0 : -ENOMEM;
}

static int map_file(struct memory *memory)
{
	size_t bytes = arena_bytes(memory);
	void *arena;

	memory->file = memfd_create("frames", MFD_CLOEXEC);
	if (memory->file < 0)
		return -errno;
	if (ftruncate(memory->file, (off_t)bytes))
		return -errno;
	arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		memory->file, 0);
	if (arena == MAP_FAILED)
		return -errno;
	memory->arena = arena;
	return 0;
}

static int init(struct memory *memory, uint32_t frames, size_t page_bytes,
	uint32_t mappings_max, int (*map)(struct memory *memory))
{
	int error;

	*memory = (struct memory){
		.page_bytes = page_bytes,
		.frames = frames,
		.file = -1,
	};
	if ((uint64_t)frames + mappings_max >= MAPPING_NONE ||
		frames > (SIZE_MAX >> 1) / page_bytes)
		return -ENOMEM;
	error = map(memory);
	if (!error)
		error = init_table(memory, mappings_max);
	if (error)
		memory_fini(memory);
	return error;
}

int memory_init(struct memory *memory, uint32_t frames, size_t page_bytes,
	uint32_t mappings_max)
{
	return init(memory, frames, page_bytes, mappings_max, map_arena);
}

int memory_init_file(struct memory *memory, uint32_t frames, size_t page_bytes,
	uint32_t mappings_max)
{
	return init(memory, frames, page_bytes, mappings_max, map_file);
}

static int map_nothing(struct memory *memory)
{
	memory->arena_is_lent = true;
	return 0;
}

int memory_init_over(struct memory *memory, void *arena, uint32_t frames,
	size_t page_bytes, uint32_t mappings_max)
{
	int error = init(memory, frames, page_bytes, mappings_max, map_nothing);

	if (!error)
		memory->arena = arena;
	return error;
}

void memory_fini(struct memory *memory)
{
	if (memory->file < 0 && !memory->arena_is_lent)
		memory_unmap(memory->arena, arena_bytes(memory));
	else if (memory->file >= 0 && memory->arena)
		munmap(memory->arena, arena_bytes(memory));
	if (memory->file >= 0)
		close(memory->file);
	free(memory->entries);
	free(memory->buckets);
	memset(memory, 0, sizeof(*memory));
	memory->file = -1;
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
