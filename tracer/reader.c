/*
 * Reading a trace.
 *
 * The file is never mapped: its pages would count as the reader's memory, and
 * a file that is cut meanwhile would be a SIGBUS.  A block is two preads, of
 * its index record and of itself; memory is one block, packed and plain.
 *
 * Nothing a file says is believed: every size is checked against the limits
 * of format.h before memory is taken for it, every page id against the number
 * of pages, and the sums of a block against its header's.
 */
#include <config.h>

#include "base/memory.h"
#include "tracer/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "tracer/format.h"
#include "tracer/only.h"
#include "tracer/reader.h"

/* ---- errors ---- */

/* What is wrong with the block read last, and where it lies. */
static int corrupt(const struct trace_reader *reader, uint64_t number,
	const char *wrong, struct message *message)
{
	return message_set(message, -EINVAL,
		"%s: block %" PRIu64 " at byte %" PRIu64 ": %s", reader->path,
		number, reader->block_offset, wrong);
}

/* What was in the room before is lost. */
static int room_make(struct room *room, size_t bytes)
{
	void *fresh;

	if (room->data && room->bytes >= bytes)
		return 0;
	fresh = malloc(bytes + 1);
	if (!fresh)
		return -ENOMEM;
	free(room->data);
	room->data = fresh;
	room->bytes = bytes;
	return 0;
}

/* ---- blocks ---- */

/* The index record of block NUMBER, checked. */
static int read_record(struct trace_reader *reader, uint64_t number,
	struct format_record *record, struct message *message)
{
	uint64_t at = reader->index_offset + number * sizeof(*record);
	const char *wrong;
	int error;

	error = reader_read_at(reader->index_fd, record, sizeof(*record), at);
	if (error)
		return reader_cannot_read(reader, error, at, message);
	wrong = format_check_record(record, number);
	if (!wrong && (record->offset < reader->header_bytes ||
			      record->offset > reader->blocks_end ||
			      record->block_bytes >
				      reader->blocks_end - record->offset))
		wrong = "the index puts the block outside of the file";
	if (!wrong && record->block_bytes < reader->sizes->block)
		wrong = "the index gives the block an impossible size";
	if (wrong)
		return message_set(message, -EINVAL,
			"%s: byte %" PRIu64 ", index record of block %" PRIu64
			": %s",
			reader->path, at, number, wrong);
	return 0;
}

/* The block's header against its index record and the whole trace. */
static const char *check_place(
	const struct trace_reader *reader, const struct format_record *record)
{
	const struct format_block *block = &reader->block;
	const struct trace_info *info = &reader->info;

	if (block->block_bytes != record->block_bytes ||
		block->first_event != record->first_event ||
		block->first_reference != record->first_reference)
		return "the block is not the one its index record tells of";
	if (block->first_event > info->events ||
		block->events > info->events - block->first_event ||
		block->first_reference > info->references ||
		block->references > info->references - block->first_reference)
		return "the block counts more than the whole trace";
	if (block->first_page > info->pages ||
		block->new_pages > info->pages - block->first_page)
		return "the block has more pages than the whole trace";
	return NULL;
}

/*
 * Reads block NUMBER into `packed`: its header and the sections up to and
 * with LAST.
 */
static int read_block(struct trace_reader *reader, uint64_t number, bool whole,
	struct message *message)
{
	struct format_record record;
	struct format_block *block = &reader->block;
	const char *wrong;
	size_t bytes;
	int error;

	error = read_record(reader, number, &record, message);
	if (error)
		return error;
	reader->block_offset = record.offset;
	bytes = whole ? record.block_bytes : reader->sizes->block;
	error = room_make(&reader->packed, bytes);
	if (error)
		return message_set(message, error, "%s: no memory for a block",
			reader->path);
	error = reader_read_at(
		reader->fd, reader->packed.data, bytes, record.offset);
	if (error)
		return reader_cannot_read(
			reader, error, record.offset, message);
	wrong = format_load_block(
		reader->info.version, reader->packed.data, block);
	if (!wrong && block->number != number)
		wrong = "the block has another number than its index record";
	if (!wrong)
		wrong = check_place(reader, &record);
	return wrong ? corrupt(reader, number, wrong, message) : 0;
}

/* Unpacks a section to BYTES in `plain`, with room for ROOM. */
static int unpack(struct trace_reader *reader, enum format_section section,
	const uint8_t *packed, size_t bytes, size_t room)
{
	const struct format_block *block = &reader->block;
	size_t packed_bytes = block->section_bytes[section];
	size_t done;

	if (XXH64(packed, packed_bytes, 0) != block->section_checksum[section])
		return -EBADMSG;
	if (room_make(&reader->plain, room))
		return -ENOMEM;
	if (packed_bytes == 0)
		return bytes == 0 ? 0 : -EBADMSG;
	done = ZSTD_decompressDCtx(
		reader->zstd, reader->plain.data, bytes, packed, packed_bytes);
	return !ZSTD_isError(done) && done == bytes ? 0 : -EBADMSG;
}

static int section_failed(const struct trace_reader *reader, int error,
	uint64_t number, const char *section, struct message *message)
{
	if (error == -ENOMEM)
		return message_set(message, error, "%s: no memory for a block",
			reader->path);
	return message_set(message, -EINVAL,
		"%s: block %" PRIu64 " at byte %" PRIu64
		": the %s are corrupt (checksum, size or content)",
		reader->path, number, reader->block_offset, section);
}

/* ---- regions ---- */

/* What a region event tells besides its name; false: it ends too early. */
static bool decode_place(uint32_t version, const uint8_t **next,
	const uint8_t *end, struct trace_region *region)
{
	uint64_t bytes, old_bytes = 0, thread = 0;

	if (!varint_get(next, end, &region->start) ||
		!varint_get(next, end, &bytes) ||
		!varint_get(next, end, &region->offset))
		return false;
	region->old_start = region->number = 0;
	if (version > 1 && (!varint_get(next, end, &thread) ||
				   !varint_get(next, end, &region->number) ||
				   !varint_get(next, end, &region->old_start) ||
				   !varint_get(next, end, &old_bytes)))
		return false;
	region->thread = (uint32_t)thread;
	region->end = region->start + bytes;
	region->old_end = region->old_start + old_bytes;
	return thread <= UINT32_MAX && region->end >= region->start &&
	       region->old_end >= region->old_start;
}

/* One region; its name goes to NAME, which moves behind it. */
static bool decode_region(uint32_t version, const uint8_t **next,
	const uint8_t *end, struct trace_region *region, char **name)
{
	unsigned last = version > 1 ? TRACE_REGION_LAST : TRACE_REGION_STACK;
	uint64_t step, name_bytes;
	unsigned protection;

	if (!varint_get(next, end, &step) || end - *next < 2)
		return false;
	region->kind = *(*next)++;
	protection = *(*next)++;
	if (!decode_place(version, next, end, region) ||
		!varint_get(next, end, &name_bytes) ||
		name_bytes > (uint64_t)(end - *next) ||
		name_bytes > FORMAT_REGION_NAME_MAX ||
		step > TRACE_BLOCK_EVENTS)
		return false;
	region->event += step;
	region->protection = protection & 7;
	region->anonymous = (protection & FORMAT_REGION_ANONYMOUS) != 0;
	region->name = *name;
	memcpy(*name, *next, name_bytes);
	(*name)[name_bytes] = '\0';
	*name += name_bytes + 1;
	*next += name_bytes;
	return region->kind >= TRACE_REGION_MAP && region->kind <= last &&
	       protection < 16;
}

static int decode_regions(struct trace_reader *reader, const uint8_t *next)
{
	const struct format_block *block = &reader->block;
	const uint8_t *end = next + block->region_bytes;
	uint64_t event = block->first_event;
	struct trace_region *all;
	char *name;

	if (room_make(&reader->regions,
		    block->regions * sizeof(struct trace_region)) ||
		room_make(&reader->names,
			(size_t)block->region_bytes + block->regions))
		return -ENOMEM;
	all = reader->regions.data;
	name = reader->names.data;
	for (uint32_t i = 0; i < block->regions; i++) {
		struct trace_region *region = &all[i];

		region->event = event;
		if (!decode_region(
			    reader->info.version, &next, end, region, &name) ||
			region->event - block->first_event > block->events)
			return -EBADMSG;
		event = region->event;
	}
	return next == end ? 0 : -EBADMSG;
}

/* ---- counts and threads ---- */

static bool decode_threads(const struct trace_reader *reader,
	const uint8_t *next, const uint8_t *end)
{
	uint32_t events = reader->block.events;
	uint32_t thread = 0;
	uint32_t at = 0;

	while (next < end) {
		uint64_t step, other;

		if (!varint_get(&next, end, &step) ||
			!varint_get(&next, end, &other) ||
			step >= events - at || other > UINT32_MAX)
			return false;
		for (; step > 0; step--)
			reader->thread[at++] = thread;
		thread = (uint32_t)other;
	}
	while (at < events)
		reader->thread[at++] = thread;
	return true;
}

static int decode_counts(struct trace_reader *reader, const uint8_t *packed)
{
	const struct format_block *block = &reader->block;
	const uint8_t *count, *next, *end;
	uint64_t references = block->uncounted;
	int error;

	error = unpack(reader, SECTION_COUNTS, packed, block->counts_bytes,
		block->counts_bytes);
	if (error)
		return error;
	count = reader->plain.data;
	next = count + block->events;
	end = count + block->counts_bytes;
	for (uint32_t i = 0; i < block->events; i++) {
		uint64_t more = 0;

		if (count[i] == FORMAT_COUNT_ESCAPE &&
			(!varint_get(&next, end, &more) ||
				more >= UINT32_MAX - FORMAT_COUNT_ESCAPE))
			return -EBADMSG;
		reader->count[i] = count[i] + 1 + (uint32_t)more;
		references += reader->count[i];
	}
	if (references != block->references ||
		!decode_threads(reader, next, end))
		return -EBADMSG;
	return 0;
}

/* ---- events ---- */

/* The kinds of kernel accesses, whose tokens have none.  They are rare. */
static bool decode_kernel(struct trace_reader *reader, const uint8_t *kinds)
{
	const struct format_block *block = &reader->block;
	uint8_t *next = reader->kinds;
	uint8_t *end = next + block->events;

	for (uint32_t i = 0; i < block->kernel; i++) {
		next = memchr(next, 0, (size_t)(end - next));
		if (!next || kinds[i] <= TRACE_KERNEL || kinds[i] > TRACE_KINDS)
			return false;
		*next++ = kinds[i];
	}
	return reader->info.version == 1 ||
	       !memchr(next, 0, (size_t)(end - next));
}

static int decode_events(struct trace_reader *reader, const uint8_t *packed)
{
	const struct format_block *block = &reader->block;
	uint32_t events = block->events;
	size_t bytes = (size_t)events + block->value_bytes + block->kernel +
		       block->region_bytes;
	size_t room = 2 * (size_t)events + FORMAT_REGION_BYTES_MAX +
		      (size_t)events * CODEC_VALUE_BYTES + CODEC_PADDING_BYTES;
	const uint8_t *tokens, *values;
	uint32_t highest;
	int error;

	error = unpack(reader, SECTION_EVENTS, packed, bytes, room);
	if (error)
		return error;
	tokens = reader->plain.data;
	values = tokens + events;
	if (codec_decode_pages(tokens, values, events, reader->page,
		    &highest) != block->value_bytes ||
		(events > 0 && highest >= block->first_page + block->new_pages))
		return -EBADMSG;
	memset(reader->page + events, 0,
		TRACE_LOOK_AHEAD * sizeof(*reader->page));
	codec_decode_kinds(tokens, events, reader->kinds);
	memset(reader->kinds + events, 0, TRACE_LOOK_AHEAD);
	values += block->value_bytes;
	if (!decode_kernel(reader, values))
		return -EBADMSG;
	return decode_regions(reader, values + block->kernel);
}

static void show_block(
	const struct trace_reader *reader, struct trace_block *out)
{
	const struct format_block *block = &reader->block;

	*out = (struct trace_block){
		.first_event = block->first_event,
		.first_reference = block->first_reference,
		.references = block->references,
		.events = block->events,
		.page = reader->page,
		.kinds = reader->kinds,
		.count = reader->count,
		.thread = reader->thread,
		.region = reader->regions.data,
		.regions = block->regions,
	};
}

int trace_reader_read(struct trace_reader *reader, uint64_t number,
	struct trace_block *out, struct message *message)
{
	const struct format_block *block = &reader->block;
	const uint8_t *packed;
	int error;

	if (number >= reader->info.blocks)
		return message_set(message, -EINVAL,
			"%s: no block %" PRIu64 ": there are %" PRIu64,
			reader->path, number, reader->info.blocks);
	error = read_block(reader, number, true, message);
	if (error)
		return error;
	packed = (const uint8_t *)reader->packed.data + reader->sizes->block +
		 block->section_bytes[SECTION_PAGES];
	error = decode_events(reader, packed);
	if (error)
		return section_failed(reader, error, number, "events", message);
	if (reader->with_counts) {
		packed += block->section_bytes[SECTION_EVENTS];
		error = decode_counts(reader, packed);
	}
	if (error)
		return section_failed(reader, error, number, "counts", message);
	show_block(reader, out);
	if (reader->only)
		only_apply(reader->only, reader, number, out);
	return 0;
}

/* ---- the dictionary ---- */

static int decode_pages(struct trace_reader *reader, uint64_t *vpn)
{
	const struct format_block *block = &reader->block;
	const uint8_t *next, *end;
	uint64_t last = 0;
	int error;

	error = unpack(reader, SECTION_PAGES, reader->packed.data,
		block->pages_bytes, block->pages_bytes);
	if (error)
		return error;
	next = reader->plain.data;
	end = next + block->pages_bytes;
	for (uint32_t i = 0; i < block->new_pages; i++) {
		uint64_t value;

		if (!varint_get(&next, end, &value))
			return -EBADMSG;
		last += zigzag_get(value);
		vpn[i] = last;
	}
	return next == end ? 0 : -EBADMSG;
}

/* The pages of one block: reads no more of it than they take. */
static int load_block_pages(struct trace_reader *reader, uint64_t number,
	uint64_t *vpn, struct message *message)
{
	const struct format_block *block = &reader->block;
	uint64_t at;
	size_t bytes;
	int error;

	error = read_block(reader, number, false, message);
	if (error)
		return error;
	bytes = block->section_bytes[SECTION_PAGES];
	at = reader->block_offset + reader->sizes->block;
	error = room_make(&reader->packed, bytes);
	if (!error)
		error = reader_read_at(
			reader->fd, reader->packed.data, bytes, at);
	if (error)
		return reader_cannot_read(reader, error, at, message);
	error = decode_pages(reader, vpn + block->first_page);
	if (error)
		return section_failed(reader, error, number, "pages", message);
	return 0;
}

int trace_reader_load_pages(struct trace_reader *reader, const uint64_t **out,
	struct message *message)
{
	uint64_t pages = 0;
	uint64_t *vpn;
	int error = 0;

	if (reader->vpn) {
		*out = reader->only ? reader->only->vpn : reader->vpn;
		return 0;
	}
	vpn = memory_map(reader->info.pages * sizeof(*vpn));
	if (!vpn)
		return message_set(message, -ENOMEM,
			"%s: no memory for its %" PRIu64 " pages", reader->path,
			reader->info.pages);
	for (uint64_t i = 0; !error && i < reader->info.blocks; i++) {
		error = load_block_pages(reader, i, vpn, message);
		if (!error && reader->block.first_page != pages)
			error = corrupt(reader, i,
				"its pages do not go on where those before "
				"end",
				message);
		if (!error)
			pages += reader->block.new_pages;
	}
	if (!error && pages != reader->info.pages)
		error = message_set(message, -EINVAL,
			"%s: %" PRIu64 " pages in its blocks, %" PRIu64
			" in its tail",
			reader->path, pages, reader->info.pages);
	if (error) {
		memory_unmap(vpn, reader->info.pages * sizeof(*vpn));
		return error;
	}
	reader->vpn = vpn;
	*out = vpn;
	return 0;
}
