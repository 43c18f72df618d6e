#include <config.h>

#include "tracer/format.h"

#include <string.h>
#include <xxhash.h>

static bool has_magic(const char *magic, const char *expected)
{
	return memcmp(magic, expected, FORMAT_MAGIC_BYTES) == 0;
}

/* Headers, blocks and tails end in the checksum of what is before it. */
static uint64_t sum(const void *record, size_t bytes)
{
	return XXH64(record, bytes - sizeof(uint64_t), 0);
}

static bool is_sound(const void *raw, size_t bytes)
{
	uint64_t checksum;

	memcpy(&checksum, (const char *)raw + bytes - sizeof(checksum),
		sizeof(checksum));
	return checksum == sum(raw, bytes);
}

static uint32_t record_checksum(
	const struct format_record *record, uint64_t number)
{
	return (uint32_t)XXH64(
		record, offsetof(struct format_record, checksum), number);
}

void format_seal_block(struct format_block *block)
{
	memcpy(block->magic, FORMAT_BLOCK_MAGIC, FORMAT_MAGIC_BYTES);
	block->checksum = sum(block, sizeof(*block));
}

void format_seal_record(struct format_record *record, uint64_t number)
{
	record->checksum = record_checksum(record, number);
}

void format_seal_index(struct format_index *index)
{
	memcpy(index->magic, FORMAT_INDEX_MAGIC, FORMAT_MAGIC_BYTES);
	index->checksum = sum(index, sizeof(*index));
}

void format_seal_tail(struct format_tail *tail)
{
	memcpy(tail->magic, FORMAT_TAIL_MAGIC, FORMAT_MAGIC_BYTES);
	tail->checksum = sum(tail, sizeof(*tail));
}

const struct format_sizes *format_sizes(uint32_t version)
{
	static const struct format_sizes sizes = {
		.header = sizeof(struct format_header),
		.block = sizeof(struct format_block),
		.tail = sizeof(struct format_tail),
	};

	if (version == FORMAT_VERSION)
		return &sizes;
	return version == 1 ? &format_1_sizes : NULL;
}

uint64_t format_header_checksum(uint32_t version, const void *raw,
	const void *strings, size_t string_bytes)
{
	static const uint64_t zero;
	char copy[sizeof(struct format_header)];
	size_t bytes = format_sizes(version)->header;

	memcpy(copy, raw, bytes);
	memcpy(copy + bytes - sizeof(zero), &zero, sizeof(zero));
	return XXH64(strings, string_bytes, XXH64(copy, bytes, 0));
}

static const char *check_header(const struct format_header *header)
{
	uint64_t bytes = format_sizes(header->version)->header;
	uint32_t flags = FORMAT_FLAG_WRITES | FORMAT_FLAG_NO_COUNTS;

	if (header->program_bytes > FORMAT_STRING_MAX ||
		header->arguments_bytes > FORMAT_STRING_MAX ||
		header->tool_bytes > FORMAT_STRING_MAX)
		return "corrupt header: a string is longer than 1 MiB";
	bytes += header->program_bytes;
	bytes += header->arguments_bytes;
	bytes += header->tool_bytes;
	if (header->header_bytes != bytes)
		return "corrupt header: its size is not that of its parts";
	if (header->page_bytes == 0 ||
		header->page_bytes & (header->page_bytes - 1))
		return "corrupt header: the page size is not a power of two";
	if (header->flags & ~flags)
		return "corrupt header: unknown flags";
	if (header->reduction == 0 || header->fidelity > TRACE_SAMPLED)
		return "corrupt header: no such reduction or fidelity";
	return NULL;
}

const char *format_load_header(
	const void *raw, size_t bytes, struct format_header *out)
{
	uint32_t version = 0;

	if (bytes < FORMAT_MAGIC_BYTES || !has_magic(raw, FORMAT_MAGIC))
		return "not a page-reference trace (.spt): its magic is "
		       "missing";
	if (bytes >= FORMAT_MAGIC_BYTES + sizeof(version))
		memcpy(&version, (const char *)raw + FORMAT_MAGIC_BYTES,
			sizeof(version));
	else
		return "the file ends within its header";
	if (!format_sizes(version))
		return "a version of the format this program does not know, "
		       "or a corrupt header";
	if (bytes < format_sizes(version)->header)
		return "the file ends within its header";
	if (version == 1)
		format_1_header(raw, out);
	else
		memcpy(out, raw, sizeof(*out));
	return check_header(out);
}

static bool sections_fit(const struct format_block *block, size_t header_bytes)
{
	uint64_t bytes = header_bytes;

	for (unsigned i = 0; i < SECTIONS; i++)
		bytes += block->section_bytes[i];
	return block->block_bytes == bytes && bytes <= FORMAT_BLOCK_BYTES_MAX;
}

static bool counts_fit(const struct format_block *block)
{
	return block->events <= TRACE_BLOCK_EVENTS &&
	       block->reads <= block->events &&
	       block->writes <= block->events &&
	       block->instructions <= block->events &&
	       block->kernel <= block->events &&
	       block->new_pages <= block->events &&
	       block->first_page <= TRACE_PAGES_MAX - block->new_pages &&
	       block->references >= block->uncounted &&
	       block->references - block->uncounted >= block->events &&
	       block->references - block->uncounted <= (uint64_t)block->events
							       << 32;
}

static bool plain_sizes_fit(const struct format_block *block)
{
	uint64_t events = block->events;

	return block->pages_bytes >= block->new_pages &&
	       block->pages_bytes <=
		       (uint64_t)block->new_pages * VARINT_BYTES_MAX &&
	       block->value_bytes <= events * CODEC_VALUE_BYTES &&
	       block->region_bytes <= FORMAT_REGION_BYTES_MAX &&
	       block->regions <=
		       block->region_bytes / FORMAT_REGION_BYTES_MIN &&
	       block->counts_bytes >= events &&
	       block->counts_bytes <= FORMAT_COUNTS_BYTES_MAX;
}

const char *format_load_block(
	uint32_t version, const void *raw, struct format_block *out)
{
	size_t bytes = format_sizes(version)->block;

	if (!has_magic(raw, FORMAT_BLOCK_MAGIC))
		return "no block's magic where a block should begin";
	if (!is_sound(raw, bytes))
		return "the checksum of the block's header is wrong";
	if (version == 1)
		format_1_block(raw, out);
	else
		memcpy(out, raw, sizeof(*out));
	if (!sections_fit(out, bytes))
		return "the block's size is not that of its sections, or "
		       "above the limit";
	if (!counts_fit(out) || !plain_sizes_fit(out) || out->zero)
		return "the block's counts are above their limits";
	return NULL;
}

const char *format_check_record(
	const struct format_record *record, uint64_t number)
{
	if (record->checksum != record_checksum(record, number))
		return "the checksum of the index record is wrong";
	if (record->block_bytes < format_1_sizes.block ||
		record->block_bytes > FORMAT_BLOCK_BYTES_MAX)
		return "the index gives the block an impossible size";
	return NULL;
}

const char *format_check_index(
	const struct format_index *index, uint64_t blocks)
{
	if (!has_magic(index->magic, FORMAT_INDEX_MAGIC))
		return "no index's magic where the index should begin";
	if (!is_sound(index, sizeof(*index)))
		return "the checksum of the index's header is wrong";
	if (index->blocks != blocks)
		return "the index and the tail count blocks differently";
	return NULL;
}

/* The totals, each bounded by the bytes that are there to hold it. */
static bool totals_fit(
	const struct format_totals *totals, uint64_t bytes, size_t block_bytes)
{
	return totals->blocks <= bytes / block_bytes &&
	       totals->events <= totals->blocks * TRACE_BLOCK_EVENTS &&
	       totals->references >= totals->events &&
	       totals->pages <= totals->events &&
	       totals->pages <= TRACE_PAGES_MAX &&
	       totals->regions <= totals->blocks * FORMAT_REGION_BYTES_MAX &&
	       totals->reads <= totals->events &&
	       totals->writes <= totals->events &&
	       totals->instructions <= totals->events &&
	       totals->kernel <= totals->events;
}

const char *format_load_tail(
	uint32_t version, const void *raw, struct format_tail *out)
{
	if (!is_sound(raw, format_sizes(version)->tail))
		return "the checksum of the tail is wrong";
	if (version == 1)
		format_1_tail(raw, out);
	else
		memcpy(out, raw, sizeof(*out));
	if (out->ending.stopped > 1)
		return "the tail has unknown flags";
	return NULL;
}

const char *format_check_tail(const struct format_tail *tail, uint32_t version,
	uint64_t file_bytes, uint64_t header_bytes)
{
	const struct format_sizes *sizes = format_sizes(version);
	uint64_t behind = sizeof(struct format_index) + sizes->tail;

	if (tail->file_bytes != file_bytes)
		return "the tail gives the file another size than it has";
	if (tail->index_offset < header_bytes ||
		tail->index_offset > file_bytes - behind ||
		!totals_fit(&tail->totals, tail->index_offset - header_bytes,
			sizes->block))
		return "the totals in the tail are more than the file holds";
	if (tail->totals.blocks * sizeof(struct format_record) !=
		file_bytes - behind - tail->index_offset)
		return "the size of the index does not go with its blocks";
	return NULL;
}

const char *format_add_block(
	struct format_totals *totals, const struct format_block *block)
{
	if (block->number != totals->blocks)
		return "the block has another number than its place";
	if (block->first_event != totals->events ||
		block->first_reference != totals->references ||
		block->first_page != totals->pages)
		return "the block does not go on where the one before ends";
	if (block->references > UINT64_MAX - totals->references)
		return "more references than can be counted";
	totals->blocks++;
	totals->events += block->events;
	totals->references += block->references;
	totals->pages += block->new_pages;
	totals->regions += block->regions;
	totals->reads += block->reads;
	totals->writes += block->writes;
	totals->instructions += block->instructions;
	totals->kernel += block->kernel;
	return NULL;
}
