/*
 * Traces.  The first byte's lowest bit is 0 where the rest is a file as it
 * is; checksums then find nearly every change.  It is 1 where the rest is a
 * trace laid out plainly,
 *
 *	header | strings | block's header | its three sections, unpacked | ...
 *
 * out of which a file is made: sections are packed, sizes and checksums set,
 * the index and the tail made, so that only the reader's own bounds are in
 * the way of what the fields say.  The second bit: without an end; the third:
 * counts are not asked for.
 *
 * What the reader gives out must keep its promises, however the file lies.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "base/file.h"
#include "tracer/format.h"
#include "tracer/test/input-harness.h"
#include "tracer/test/sample.h"

#define FILE_BYTES_MAX (1u << 20)
#define BLOCKS_MAX 64

/* ---- a file out of plain parts ---- */

struct build {
	const uint8_t *from, *end;
	uint8_t *file; /* [FILE_BYTES_MAX] */
	size_t bytes;
	uint32_t previous_bytes;
	unsigned blocks;
	struct format_record record[BLOCKS_MAX];
	struct format_totals totals;
};

static bool take(struct build *build, void *out, size_t bytes)
{
	if ((size_t)(build->end - build->from) < bytes)
		return false;
	memcpy(out, build->from, bytes);
	build->from += bytes;
	return true;
}

static bool append(struct build *build, const void *data, size_t bytes)
{
	if (FILE_BYTES_MAX - build->bytes < bytes)
		return false;
	memcpy(build->file + build->bytes, data, bytes);
	build->bytes += bytes;
	return true;
}

static bool build_header(struct build *build)
{
	struct format_header header;
	size_t strings;

	if (!take(build, &header, sizeof(header)))
		return false;
	strings = header.header_bytes - (uint32_t)sizeof(header);
	if ((size_t)(build->end - build->from) < strings || strings > 4096)
		return false;
	if (header.version == FORMAT_VERSION)
		header.checksum = format_header_checksum(
			header.version, &header, build->from, strings);
	if (!append(build, &header, sizeof(header)) ||
		!append(build, build->from, strings))
		return false;
	build->from += strings;
	return true;
}

/* Section I of BLOCK, packed at the end of the file. */
static bool build_section(
	struct build *build, struct format_block *block, unsigned i)
{
	size_t plain = block->section_bytes[i];
	uint8_t *to = build->file + build->bytes;

	if ((size_t)(build->end - build->from) < plain)
		plain = build->end - build->from;
	size_t packed = ZSTD_compress(
		to, FILE_BYTES_MAX - build->bytes, build->from, plain, 1);

	if (ZSTD_isError(packed))
		return false;
	build->from += plain;
	block->section_bytes[i] = (uint32_t)packed;
	block->section_checksum[i] = XXH64(to, packed, 0);
	block->block_bytes += (uint32_t)packed;
	build->bytes += packed;
	return true;
}

static bool build_block(struct build *build)
{
	struct format_block block;
	size_t at = build->bytes;

	if (build->blocks == BLOCKS_MAX || !take(build, &block, sizeof(block)))
		return false;
	block.block_bytes = sizeof(block);
	block.previous_bytes = build->previous_bytes;
	if (!append(build, &block, sizeof(block)))
		return false;
	for (unsigned i = 0; i < SECTIONS; i++)
		if (!build_section(build, &block, i))
			return false;
	format_seal_block(&block);
	memcpy(build->file + at, &block, sizeof(block));
	build->previous_bytes = block.block_bytes;
	build->record[build->blocks] = (struct format_record){
		.offset = at,
		.first_event = block.first_event,
		.first_reference = block.first_reference,
		.block_bytes = block.block_bytes,
	};
	format_seal_record(&build->record[build->blocks], build->blocks);
	build->blocks++;
	format_add_block(&build->totals, &block);
	return true;
}

static void build_end(struct build *build)
{
	struct format_index index = {.blocks = build->blocks};
	struct format_tail tail = {
		.index_offset = build->bytes, .totals = build->totals};

	format_seal_index(&index);
	append(build, &index, sizeof(index));
	append(build, build->record, build->blocks * sizeof(build->record[0]));
	tail.file_bytes = build->bytes + sizeof(tail);
	format_seal_tail(&tail);
	append(build, &tail, sizeof(tail));
}

static const char *build_file(const uint8_t *data, size_t bytes, bool whole)
{
	/* Once: a sanitizer takes its time over a megabyte. */
	static uint8_t file[FILE_BYTES_MAX];
	struct build build = {.from = data, .end = data + bytes, .file = file};

	if (build_header(&build)) {
		while (build_block(&build))
			;
		if (whole)
			build_end(&build);
	}
	return harness_file(file, build.bytes);
}

/* ---- what the reader promises ---- */

static void check_block(const struct trace_info *info,
	const struct trace_block *block, bool with_counts)
{
	uint64_t counted = 0;

	HARNESS_CHECK(block->events <= TRACE_BLOCK_EVENTS);
	for (uint32_t i = 0; i < block->events; i++) {
		HARNESS_CHECK(block->page[i] < info->pages);
		HARNESS_CHECK((block->kinds[i] & ~TRACE_KINDS) == 0);
		if (!with_counts)
			continue;
		HARNESS_CHECK(block->count[i] > 0);
		counted += block->count[i];
	}
	for (unsigned i = 0; i < TRACE_LOOK_AHEAD; i++)
		HARNESS_CHECK(block->page[block->events + i] == 0);
	HARNESS_CHECK(!with_counts || counted <= block->references);
	for (uint32_t i = 0; i < block->regions; i++) {
		const struct trace_region *region = &block->region[i];

		HARNESS_CHECK(strlen(region->name) <= FORMAT_REGION_NAME_MAX);
		HARNESS_CHECK(
			region->event >= block->first_event &&
			region->event <= block->first_event + block->events);
	}
}

static int read_all(const char *path, bool with_counts)
{
	struct message message = {""};
	struct trace_reader *reader;
	struct trace_block block;
	const uint64_t *vpn;
	uint64_t events = 0;
	int error = trace_reader_open(path, with_counts, &reader, &message);

	HARNESS_CHECK(error == 0 || message.text[0] != '\0');
	if (error != 0)
		return error;
	const struct trace_info *info = trace_reader_info(reader);

	for (uint64_t i = 0; i < info->blocks && error == 0; i++) {
		error = trace_reader_read(reader, i, &block, &message);
		if (error == 0)
			check_block(info, &block, with_counts);
		events += error == 0 ? block.events : 0;
	}
	HARNESS_CHECK(error != 0 || events == info->events);
	if (error == 0)
		error = trace_reader_load_pages(reader, &vpn, &message);
	HARNESS_CHECK(error == 0 || message.text[0] != '\0');
	trace_reader_close(reader);
	return error;
}

static int run_trace(const uint8_t *data, size_t bytes)
{
	if (bytes < 1)
		return 1;
	const char *path = data[0] & 1 ? build_file(data + 1, bytes - 1,
						 (data[0] & 2) == 0)
				       : harness_file(data + 1, bytes - 1);

	return read_all(path, (data[0] & 4) == 0);
}

/* ---- seeds ---- */

/* The file at FD laid out plainly; 0: no room. */
static size_t lay_out(int fd, uint8_t *out, size_t room)
{
	struct format_header header;
	uint64_t at;
	size_t used;

	if (file_read(fd, &header, sizeof(header), 0) != 0 ||
		header.header_bytes > room ||
		file_read(fd, out, header.header_bytes, 0) != 0)
		return 0;
	at = used = header.header_bytes;
	for (;;) {
		struct format_block block;
		uint8_t packed[65536];
		size_t header_at = used;

		if (file_read(fd, &block, sizeof(block), at) != 0 ||
			memcmp(block.magic, FORMAT_BLOCK_MAGIC, 8) != 0)
			return used;
		if (room - used < sizeof(block))
			return 0;
		at += sizeof(block);
		used += sizeof(block);
		for (unsigned i = 0; i < SECTIONS; i++) {
			size_t bytes = block.section_bytes[i], plain;

			if (bytes > sizeof(packed) ||
				file_read(fd, packed, bytes, at) != 0)
				return 0;
			plain = bytes > 0 ? ZSTD_decompress(out + used,
						    room - used, packed, bytes)
					  : 0;
			if (ZSTD_isError(plain))
				return 0;
			block.section_bytes[i] = (uint32_t)plain;
			at += bytes;
			used += plain;
		}
		memcpy(out + header_at, &block, sizeof(block));
	}
}

static size_t seed_trace(unsigned number, uint8_t *out, size_t room)
{
	char path[] = "/tmp/harness-trace-XXXXXX";
	int fd = mkstemp(path);
	struct sample *sample = sample_create(number, 3 + number * 20);
	struct message message;
	size_t bytes = 0;

	HARNESS_CHECK(fd >= 0 && sample != NULL);
	close(fd);
	unlink(path);
	if (number < 8 &&
		sample_write(sample, path, 8 + number * 5, &message) == 0) {
		FILE *file = fopen(path, "rb");

		HARNESS_CHECK(file != NULL);
		out[0] = (uint8_t)(number % 4 | (number & 4));
		bytes = number & 1 ? lay_out(fileno(file), out + 1, room - 1)
				   : fread(out + 1, 1, room - 1, file);
		bytes += bytes > 0;
		fclose(file);
		unlink(path);
	}
	sample_destroy(sample);
	return bytes;
}

const struct harness harness_trace = {"trace", run_trace, seed_trace};
