#include <config.h>

#include "tracer/block-walk.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"

#define RECORDS 1024

struct records {
	const struct block_walk *walk;
	struct format_record record[RECORDS];
	unsigned count;
	uint64_t written; /* bytes */
};

static int records_flush(struct records *records, struct message *message)
{
	const struct block_walk *walk = records->walk;
	size_t bytes = records->count * sizeof(*records->record);
	int error = file_write(walk->index_fd, records->record, bytes,
		walk->index_offset + records->written);

	if (error)
		return message_set(message, error,
			"%s: cannot write the index of its blocks: %s",
			walk->path, strerror(-error));
	records->written += bytes;
	records->count = 0;
	return 0;
}

static int records_add(struct records *records,
	const struct format_block *block, uint64_t offset,
	struct message *message)
{
	struct format_record *record = &records->record[records->count++];

	record->offset = offset;
	record->first_event = block->first_event;
	record->first_reference = block->first_reference;
	record->block_bytes = block->block_bytes;
	format_seal_record(record, block->number);
	return records->count < RECORDS ? 0 : records_flush(records, message);
}

/* A file that lost its last writes in a crash may end in zeros. */
static bool is_hole(const char *raw, size_t bytes)
{
	size_t at = 0;

	while (at < bytes && raw[at] == 0)
		at++;
	return at == bytes;
}

static bool is_index(const char *raw)
{
	return memcmp(raw, FORMAT_INDEX_MAGIC, FORMAT_MAGIC_BYTES) == 0;
}

/* One block: 1 and *OFFSET behind it, 0: none there, or -errno. */
static int walk_block(struct records *records, struct format_totals *totals,
	uint64_t *offset, uint32_t *previous, struct message *message)
{
	const struct block_walk *walk = records->walk;
	size_t bytes = format_sizes(walk->version)->block;
	char raw[sizeof(struct format_block)];
	struct format_block block;
	const char *wrong;
	int error;

	if (walk->bytes - *offset < bytes)
		return 0;
	error = file_read(walk->fd, raw, bytes, *offset);
	if (error)
		return message_set(message, error,
			"%s: byte %" PRIu64 ": cannot read a block: %s",
			walk->path, *offset, strerror(-error));
	if (is_hole(raw, bytes) || is_index(raw))
		return 0;
	wrong = format_load_block(walk->version, raw, &block);
	if (!wrong && block.previous_bytes != *previous)
		wrong = "the block gives the one before another size";
	if (!wrong && block.block_bytes > walk->bytes - *offset)
		return 0;
	if (!wrong)
		wrong = format_add_block(totals, &block);
	if (wrong)
		return message_set(message, -EINVAL,
			"%s: block %" PRIu64 " at byte %" PRIu64 ": %s",
			walk->path, totals->blocks, *offset, wrong);
	error = records_add(records, &block, *offset, message);
	if (error)
		return error;
	*offset += block.block_bytes;
	*previous = block.block_bytes;
	return 1;
}

int block_walk(const struct block_walk *walk, struct format_totals *totals_out,
	uint64_t *end_out, struct message *message)
{
	struct records records = {.walk = walk};
	uint64_t offset = walk->from;
	uint32_t previous = 0;
	int more;

	memset(totals_out, 0, sizeof(*totals_out));
	do
		more = walk_block(
			&records, totals_out, &offset, &previous, message);
	while (more > 0);
	if (more < 0)
		return more;
	*end_out = offset;
	return records_flush(&records, message);
}
