#include <config.h>

#include "tracer/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "tracer/codec.h"

static size_t stream_bytes(const struct stream *stream)
{
	return (size_t)(stream->next - stream->start);
}

static uint8_t *stream_copy(uint8_t *to, const struct stream *stream)
{
	size_t bytes = stream_bytes(stream);

	memcpy(to, stream->start, bytes);
	return to + bytes;
}

static int stream_create(struct stream *stream, size_t bytes)
{
	stream->start = stream->next = malloc(bytes);
	return stream->start ? 0 : -ENOMEM;
}

/* ---- one block's memory ---- */

static int allocate(struct block *block)
{
	const size_t events = TRACE_BLOCK_EVENTS;

	block->page_start =
		malloc((CODEC_BACK_MAX + events) * sizeof(*block->page_start));
	block->vpn = malloc(events * sizeof(*block->vpn));
	block->kinds = malloc(events);
	block->count = malloc(events);
	block->plain = malloc(2 * events + FORMAT_VALUE_BYTES_MAX +
			      FORMAT_COUNTS_BYTES_MAX +
			      FORMAT_REGION_BYTES_MAX + CODEC_PADDING_BYTES);
	block->packed = malloc(FORMAT_BLOCK_BYTES_MAX);
	block->zstd = ZSTD_createCCtx();
	if (!block->vpn || !block->page_start || !block->kinds ||
		!block->count || !block->plain || !block->packed ||
		!block->zstd ||
		stream_create(&block->dictionary, FORMAT_PAGES_BYTES_MAX) ||
		stream_create(&block->kernel, events) ||
		stream_create(&block->escapes, events * 5) ||
		stream_create(&block->threads, events * 8) ||
		stream_create(&block->regions, FORMAT_REGION_BYTES_MAX))
		return -ENOMEM;
	block->page = block->page_start + CODEC_BACK_MAX;
	memset(block->page_start, 0, CODEC_BACK_MAX * sizeof(*block->page));
	return 0;
}

int block_create(struct block **out)
{
	struct block *block = calloc(1, sizeof(*block));

	if (!block || allocate(block)) {
		block_destroy(block);
		return -ENOMEM;
	}
	*out = block;
	return 0;
}

void block_destroy(struct block *block)
{
	if (!block)
		return;
	ZSTD_freeCCtx(block->zstd);
	free(block->vpn);
	free(block->page_start);
	free(block->kinds);
	free(block->count);
	free(block->plain);
	free(block->packed);
	free(block->dictionary.start);
	free(block->kernel.start);
	free(block->escapes.start);
	free(block->threads.start);
	free(block->regions.start);
	free(block);
}

void block_clear(struct block *block)
{
	memset(&block->header, 0, sizeof(block->header));
	block->dictionary.next = block->dictionary.start;
	block->kernel.next = block->kernel.start;
	block->escapes.next = block->escapes.start;
	block->threads.next = block->threads.start;
	block->regions.next = block->regions.start;
	block->last_thread = 0;
	block->last_thread_at = 0;
	block->last_region_at = 0;
}

/* ---- filling it ---- */

static void put_count(struct block *block, uint32_t count)
{
	struct stream *escapes = &block->escapes;
	bool escape = count > FORMAT_COUNT_ESCAPE;

	block->count[block->header.events] =
		(uint8_t)(escape ? FORMAT_COUNT_ESCAPE : count - 1);
	if (escape)
		escapes->next = varint_put(
			escapes->next, count - FORMAT_COUNT_ESCAPE - 1);
	block->header.references += count;
}

static void put_thread(struct block *block, uint32_t thread)
{
	struct stream *threads = &block->threads;
	uint32_t at = block->header.events;

	if (thread == block->last_thread)
		return;
	threads->next = varint_put(threads->next, at - block->last_thread_at);
	threads->next = varint_put(threads->next, thread);
	block->last_thread = thread;
	block->last_thread_at = at;
}

void block_put(struct block *block, const struct trace_run *run)
{
	struct format_block *header = &block->header;
	uint32_t kinds = run->kinds;

	put_count(block, run->count);
	put_thread(block, run->thread);
	header->reads += (kinds & TRACE_READ) != 0;
	header->writes += (kinds & TRACE_WRITE) != 0;
	header->instructions += (kinds & TRACE_INSTRUCTION) != 0;
	if (__builtin_expect(kinds & TRACE_KERNEL, 0)) {
		*block->kernel.next++ = (uint8_t)kinds;
		header->kernel++;
		kinds = 0;
	}
	block->vpn[header->events] = run->vpn;
	block->kinds[header->events] = (uint8_t)kinds;
	header->events++;
}

bool block_has_room(const struct block *block, size_t name_bytes)
{
	return stream_bytes(&block->regions) + FORMAT_REGION_BYTES_MOST +
		       name_bytes <=
	       FORMAT_REGION_BYTES_MAX;
}

void block_put_region(struct block *block, const struct trace_region *region)
{
	const char *name = region->name ? region->name : "";
	size_t name_bytes = strnlen(name, FORMAT_REGION_NAME_MAX);
	uint32_t at = block->header.events;
	uint8_t *next;

	next = varint_put(block->regions.next, at - block->last_region_at);
	*next++ = region->kind;
	*next++ = region->protection |
		  (region->anonymous ? FORMAT_REGION_ANONYMOUS : 0);
	next = varint_put(next, region->start);
	next = varint_put(next, region->end - region->start);
	next = varint_put(next, region->offset);
	next = varint_put(next, region->thread);
	next = varint_put(next, region->number);
	next = varint_put(next, region->old_start);
	next = varint_put(next, region->old_end - region->old_start);
	next = varint_put(next, name_bytes);
	memcpy(next, name, name_bytes);
	block->regions.next = next + name_bytes;
	block->last_region_at = at;
	block->header.regions++;
}

/* ---- packing it ---- */

int block_number(struct block *block, struct pageset *pages)
{
	struct format_block *header = &block->header;
	uint8_t *next = block->dictionary.start;
	const uint64_t *vpn;
	uint64_t last = 0;
	int error;

	header->first_page = pageset_count(pages);
	error = pageset_number(pages, block->vpn, header->events, block->page);
	if (error)
		return error;
	vpn = pageset_pages(pages) + header->first_page;
	header->new_pages = pageset_count(pages) - header->first_page;
	for (uint32_t i = 0; i < header->new_pages; i++) {
		next = varint_put(next, zigzag_put(vpn[i] - last));
		last = vpn[i];
	}
	block->dictionary.next = next;
	return 0;
}

/* Packs DATA behind the block's other sections. */
static const char *pack_section(struct block *block, int level,
	enum format_section section, const void *data, size_t bytes)
{
	struct format_block *header = &block->header;
	uint8_t *to = block->packed + header->block_bytes;
	size_t packed = 0;

	if (bytes > 0)
		packed = ZSTD_compressCCtx(block->zstd, to,
			FORMAT_BLOCK_BYTES_MAX - header->block_bytes, data,
			bytes, level);
	if (ZSTD_isError(packed))
		return ZSTD_getErrorName(packed);
	header->section_bytes[section] = (uint32_t)packed;
	header->section_checksum[section] = XXH64(to, packed, 0);
	header->block_bytes += (uint32_t)packed;
	return NULL;
}

static const char *pack_events(struct block *block, int level)
{
	struct format_block *header = &block->header;
	uint8_t *end = block->plain + header->events;

	header->value_bytes = (uint32_t)codec_encode(
		block->page, block->kinds, header->events, block->plain, end);
	header->region_bytes = (uint32_t)stream_bytes(&block->regions);
	end = stream_copy(end + header->value_bytes, &block->kernel);
	end = stream_copy(end, &block->regions);
	return pack_section(block, level, SECTION_EVENTS, block->plain,
		(size_t)(end - block->plain));
}

static const char *pack_counts(struct block *block, int level)
{
	struct format_block *header = &block->header;
	uint8_t *end = block->plain + header->events;

	memcpy(block->plain, block->count, header->events);
	end = stream_copy(end, &block->escapes);
	end = stream_copy(end, &block->threads);
	header->counts_bytes = (uint32_t)(end - block->plain);
	return pack_section(block, level, SECTION_COUNTS, block->plain,
		header->counts_bytes);
}

const char *block_pack(struct block *block, int level)
{
	struct format_block *header = &block->header;
	const char *wrong;

	header->block_bytes = sizeof(*header);
	header->pages_bytes = (uint32_t)stream_bytes(&block->dictionary);
	wrong = pack_section(block, level, SECTION_PAGES,
		block->dictionary.start, header->pages_bytes);
	if (!wrong)
		wrong = pack_events(block, level);
	if (!wrong)
		wrong = pack_counts(block, level);
	return wrong;
}
