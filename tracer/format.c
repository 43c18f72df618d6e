#include <config.h>

#include "tracer/format.h"

#include <string.h>
#include <xxhash.h>

static bool has_magic(const char *magic, const char *expected)
{
	return memcmp(magic, expected, FORMAT_MAGIC_BYTES) == 0;
}

static uint64_t block_checksum(const struct format_block *block)
{
	return XXH64(block, offsetof(struct format_block, checksum), 0);
}

static uint32_t record_checksum(
	const struct format_record *record, uint64_t number)
{
	return (uint32_t)XXH64(
		record, offsetof(struct format_record, checksum), number);
}

static uint64_t index_checksum(const struct format_index *index)
{
	return XXH64(index, offsetof(struct format_index, checksum), 0);
}

static uint64_t tail_checksum(const struct format_tail *tail)
{
	return XXH64(tail, offsetof(struct format_tail, checksum), 0);
}

void format_seal_block(struct format_block *block)
{
	memcpy(block->magic, FORMAT_BLOCK_MAGIC, FORMAT_MAGIC_BYTES);
	block->checksum = block_checksum(block);
}

void format_seal_record(struct format_record *record, uint64_t number)
{
	record->checksum = record_checksum(record, number);
}

void format_seal_index(struct format_index *index)
{
	memcpy(index->magic, FORMAT_INDEX_MAGIC, FORMAT_MAGIC_BYTES);
	index->checksum = index_checksum(index);
}

void format_seal_tail(struct format_tail *tail)
{
	memcpy(tail->magic, FORMAT_TAIL_MAGIC, FORMAT_MAGIC_BYTES);
	tail->checksum = tail_checksum(tail);
}

uint64_t format_header_checksum(
	const struct format_header *header, const void *strings)
{
	struct format_header copy = *header;

	copy.checksum = 0;
	return XXH64(strings, header->header_bytes - sizeof(*header),
		XXH64(&copy, sizeof(copy), 0));
}

const char *format_check_header(const struct format_header *header)
{
	uint64_t bytes = sizeof(*header);

	if (!has_magic(header->magic, FORMAT_MAGIC))
		return "not a page-reference trace (.spt): its magic is "
		       "missing";
	if (header->version != FORMAT_VERSION)
		return "a version of the format this program does not know, "
		       "or a corrupt header";
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
	if (header->zero || header->flags & ~FORMAT_FLAG_WRITES)
		return "corrupt header: unknown flags";
	return NULL;
}

static bool sections_fit(const struct format_block *block)
{
	uint64_t bytes = sizeof(*block);

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
	       block->new_pages <= block->events &&
	       block->first_page <= TRACE_PAGES_MAX - block->new_pages &&
	       block->references >= block->events &&
	       block->references <= (uint64_t)block->events << 32;
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

const char *format_check_block(const struct format_block *block)
{
	if (!has_magic(block->magic, FORMAT_BLOCK_MAGIC))
		return "no block's magic where a block should begin";
	if (block->checksum != block_checksum(block))
		return "the checksum of the block's header is wrong";
	if (!sections_fit(block))
		return "the block's size is not that of its sections, or "
		       "above the limit";
	if (!counts_fit(block) || !plain_sizes_fit(block))
		return "the block's counts are above their limits";
	return NULL;
}

const char *format_check_record(
	const struct format_record *record, uint64_t number)
{
	if (record->checksum != record_checksum(record, number))
		return "the checksum of the index record is wrong";
	if (record->block_bytes < sizeof(struct format_block) ||
		record->block_bytes > FORMAT_BLOCK_BYTES_MAX)
		return "the index gives the block an impossible size";
	return NULL;
}

const char *format_check_index(
	const struct format_index *index, uint64_t blocks)
{
	if (!has_magic(index->magic, FORMAT_INDEX_MAGIC))
		return "no index's magic where the index should begin";
	if (index->checksum != index_checksum(index))
		return "the checksum of the index's header is wrong";
	if (index->blocks != blocks)
		return "the index and the tail count blocks differently";
	return NULL;
}

/* The totals, each bounded by the bytes that are there to hold it. */
static bool totals_fit(const struct format_totals *totals, uint64_t bytes)
{
	return totals->blocks <= bytes / sizeof(struct format_block) &&
	       totals->events <= totals->blocks * TRACE_BLOCK_EVENTS &&
	       totals->references >= totals->events &&
	       totals->pages <= totals->events &&
	       totals->pages <= TRACE_PAGES_MAX &&
	       totals->regions <= totals->blocks * FORMAT_REGION_BYTES_MAX &&
	       totals->reads <= totals->events &&
	       totals->writes <= totals->events &&
	       totals->instructions <= totals->events;
}

const char *format_check_tail(const struct format_tail *tail,
	uint64_t file_bytes, uint64_t header_bytes)
{
	uint64_t behind = sizeof(struct format_index) + sizeof(*tail);

	if (tail->checksum != tail_checksum(tail))
		return "the checksum of the tail is wrong";
	if (tail->file_bytes != file_bytes)
		return "the tail gives the file another size than it has";
	if (tail->index_offset < header_bytes ||
		tail->index_offset > file_bytes - behind ||
		!totals_fit(&tail->totals, tail->index_offset - header_bytes))
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
	return NULL;
}
