/*
 * Version 1 of the format: what its records were.  It had no kernel accesses,
 * no reduction, nothing of threads and processes, and no ending.
 */
#include <config.h>

#include <string.h>

#include "tracer/format.h"

struct header_1 {
	char magic[FORMAT_MAGIC_BYTES];
	uint32_t version;
	uint32_t page_bytes;
	uint32_t header_bytes;
	uint32_t flags;
	uint64_t date_s;
	uint32_t program_bytes, arguments_bytes, tool_bytes;
	uint32_t zero;
	uint64_t checksum;
};
_Static_assert(sizeof(struct header_1) == 56, "on disk");

struct block_1 {
	char magic[FORMAT_MAGIC_BYTES];
	uint32_t block_bytes, previous_bytes;
	uint64_t number;
	uint64_t first_event, first_reference;
	uint64_t references;
	uint32_t events, reads, writes, instructions;
	uint32_t first_page, new_pages;
	uint32_t section_bytes[SECTIONS];
	uint32_t pages_bytes, value_bytes, region_bytes, counts_bytes;
	uint32_t regions;
	uint64_t section_checksum[SECTIONS];
	uint64_t checksum;
};
_Static_assert(sizeof(struct block_1) == 136, "on disk");

struct tail_1 {
	uint64_t file_bytes;
	uint64_t index_offset;
	uint64_t blocks, events, references, pages, regions;
	uint64_t reads, writes, instructions;
	char magic[FORMAT_MAGIC_BYTES];
	uint64_t checksum;
};
_Static_assert(sizeof(struct tail_1) == 96, "on disk");

const struct format_sizes format_1_sizes = {
	.header = sizeof(struct header_1),
	.block = sizeof(struct block_1),
	.tail = sizeof(struct tail_1),
};

void format_1_header(const void *raw, struct format_header *out)
{
	struct header_1 header;

	memcpy(&header, raw, sizeof(header));
	*out = (struct format_header){
		.version = header.version,
		.page_bytes = header.page_bytes,
		.header_bytes = header.header_bytes,
		.flags = header.flags,
		.date_s = header.date_s,
		.program_bytes = header.program_bytes,
		.arguments_bytes = header.arguments_bytes,
		.tool_bytes = header.tool_bytes,
		.reduction = 1,
		.checksum = header.checksum,
	};
	memcpy(out->magic, header.magic, sizeof(out->magic));
}

void format_1_block(const void *raw, struct format_block *out)
{
	struct block_1 block;

	memcpy(&block, raw, sizeof(block));
	*out = (struct format_block){
		.block_bytes = block.block_bytes,
		.previous_bytes = block.previous_bytes,
		.number = block.number,
		.first_event = block.first_event,
		.first_reference = block.first_reference,
		.references = block.references,
		.events = block.events,
		.reads = block.reads,
		.writes = block.writes,
		.instructions = block.instructions,
		.first_page = block.first_page,
		.new_pages = block.new_pages,
		.pages_bytes = block.pages_bytes,
		.value_bytes = block.value_bytes,
		.region_bytes = block.region_bytes,
		.counts_bytes = block.counts_bytes,
		.regions = block.regions,
	};
	memcpy(out->magic, block.magic, sizeof(out->magic));
	memcpy(out->section_bytes, block.section_bytes,
		sizeof(out->section_bytes));
	memcpy(out->section_checksum, block.section_checksum,
		sizeof(out->section_checksum));
}

void format_1_tail(const void *raw, struct format_tail *out)
{
	struct tail_1 tail;

	memcpy(&tail, raw, sizeof(tail));
	*out = (struct format_tail){
		.file_bytes = tail.file_bytes,
		.index_offset = tail.index_offset,
		.totals =
			{
				.blocks = tail.blocks,
				.events = tail.events,
				.references = tail.references,
				.pages = tail.pages,
				.regions = tail.regions,
				.reads = tail.reads,
				.writes = tail.writes,
				.instructions = tail.instructions,
			},
	};
	memcpy(out->magic, tail.magic, sizeof(out->magic));
}
