/* Reading a pager's log: see log-reader.h. */
#include "replay/log-reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAMES_MAX = 1 << 28,
	TABLES_MAX = 1 << 28, /* mappings, stores, shadows: each */
};

/* Of WATCH_SPACE: as many as a space can have. */
#define MAPS_MAX (UINT64_C(1) << 24)

struct log_reader {
	FILE *file;
	char *path;
	struct log_header header;
	uint64_t number; /* of the next record */
	uint64_t blocks; /* read so far */
	unsigned next, count;
	bool ended, stopped;
	/* what is left of one block, and another */
	struct watch_record records[LOG_BLOCK_RECORDS + LOG_CALL_RECORDS];
};

static int corrupt(const struct log_reader *reader, struct message *message,
	const char *what)
{
	return message_set(message, -EINVAL,
		"%s: block %" PRIu64 ", at event %" PRIu64 ": %s", reader->path,
		reader->blocks, reader->number + reader->count - reader->next,
		what);
}

/* The header's policy with its values: NULL, or what is wrong. */
static const char *check_policy(const struct log_header *header)
{
	const struct policy_parameter *parameter;
	const struct policy_ops *ops;
	unsigned i;

	if (header->policy[LOG_POLICY_BYTES - 1])
		return "the policy's name has no end";
	ops = policy_find(header->policy);
	if (!ops || ops->knows == POLICY_ORACLE)
		return "the policy is none that a pager can have here";
	parameter = ops->parameters;
	for (i = 0; parameter && parameter[i].name; i++)
		if (i >= header->values_count ||
			!(header->values[i] >= parameter[i].least &&
				header->values[i] <= parameter[i].most))
			return "a parameter of the policy is out of its range";
	return i == header->values_count
		       ? NULL
		       : "the policy has other parameters here";
}

static const char *check_header(const struct log_header *header)
{
	if (memcmp(header->magic, LOG_MAGIC, LOG_MAGIC_BYTES))
		return "this is no log of a pager";
	if (header->version != LOG_VERSION)
		return "this is a log of another version";
	if (header->header_bytes != sizeof(*header) ||
		header->checksum != log_header_checksum(header))
		return "the header is corrupt";
	if (!header->frames || header->frames > FRAMES_MAX ||
		header->mappings_max > TABLES_MAX ||
		header->stores_max > TABLES_MAX ||
		header->shadows_max > TABLES_MAX ||
		header->read_ahead_max > FRAMES_MAX ||
		header->victim_batch > BATCH_MAX ||
		header->clean_ahead > FRAMES_MAX || !header->page_bytes)
		return "the header has a number out of its range";
	return check_policy(header);
}

static int read_header(struct log_reader *reader, struct message *message)
{
	struct log_header *header = &reader->header;
	size_t bytes = fread(header, 1, sizeof(*header), reader->file);
	const char *why;

	if (ferror(reader->file))
		return message_set(message, -errno, "%s: %s", reader->path,
			strerror(errno));
	if (bytes < LOG_MAGIC_BYTES ||
		memcmp(header->magic, LOG_MAGIC, LOG_MAGIC_BYTES))
		why = "this is no log of a pager";
	else if (bytes < sizeof(*header))
		why = "the log was cut off within its header";
	else
		why = check_header(header);
	if (why)
		return message_set(
			message, -EINVAL, "%s: %s", reader->path, why);
	return 0;
}

int log_open(const char *path, struct log_reader **out, struct message *message)
{
	struct log_reader *reader = calloc(1, sizeof(*reader));
	int error = 0;

	if (reader)
		reader->path = strdup(path);
	if (!reader || !reader->path) {
		free(reader);
		return message_set(message, -ENOMEM, "too little memory");
	}
	reader->file = fopen(path, "rb");
	if (!reader->file)
		error = message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	if (!error)
		error = read_header(reader, message);
	if (error)
		log_close(reader);
	else
		*out = reader;
	return error;
}

void log_close(struct log_reader *reader)
{
	if (!reader)
		return;
	if (reader->file)
		fclose(reader->file);
	free(reader->path);
	free(reader);
}

const char *log_path(const struct log_reader *reader)
{
	return reader->path;
}

const struct log_header *log_header(const struct log_reader *reader)
{
	return &reader->header;
}

uint64_t log_number(const struct log_reader *reader)
{
	return reader->number;
}

bool log_is_cut(const struct log_reader *reader)
{
	return !reader->stopped;
}

unsigned log_call_records(uint8_t kind)
{
	switch (kind) {
	case WATCH_SPACE:
	case WATCH_SPACE_END:
	case WATCH_STORE:
	case WATCH_STORE_END:
	case WATCH_FAULT:
	case WATCH_UNSYNCED:
	case WATCH_REFERENCE:
	case WATCH_BORROW:
	case WATCH_GIVE_BACK:
	case WATCH_ADD_FRAME:
	case WATCH_REMOVE_FRAME:
	case WATCH_CLEANER:
	case WATCH_CLEAN:
		return 1;
	case WATCH_ADVISE:
	case WATCH_PROTECT:
	case WATCH_UNMAP:
	case WATCH_DISCARD:
	case WATCH_FLUSH:
	case WATCH_DROP:
	case WATCH_FORGET:
		return 2;
	case WATCH_MAP:
		return 3;
	default:
		return 0;
	}
}

/* Is nothing in the rest of the file but zeros, as after a crash? */
static bool rest_is_empty(struct log_reader *reader)
{
	int byte;

	do
		byte = fgetc(reader->file);
	while (byte == 0);
	return byte == EOF;
}

static bool is_zero(const struct log_block *block)
{
	static const struct log_block zero;

	return !memcmp(block, &zero, sizeof(zero));
}

static const char *check_block(
	const struct log_reader *reader, const struct log_block *block)
{
	if (memcmp(block->magic, LOG_BLOCK_MAGIC, LOG_MAGIC_BYTES))
		return "no block begins here";
	if (!block->records || block->records > LOG_BLOCK_RECORDS ||
		block->zero)
		return "the block's header is corrupt";
	if (block->first != reader->number + reader->count - reader->next)
		return "the block does not follow the one before";
	return NULL;
}

/* Appends the next block; or the log ends here. */
static int read_block(struct log_reader *reader, struct message *message)
{
	struct watch_record *records = reader->records + reader->count;
	struct log_block block;
	const char *why;
	size_t bytes;

	bytes = fread(&block, 1, sizeof(block), reader->file);
	if (bytes == sizeof(block) && is_zero(&block) && rest_is_empty(reader))
		bytes = 0;
	if (bytes < sizeof(block))
		goto end;
	why = check_block(reader, &block);
	if (why)
		return corrupt(reader, message, why);
	bytes = fread(records, sizeof(*records), block.records, reader->file);
	if (bytes < block.records)
		goto end;
	if (block.checksum != log_block_checksum(&block, records)) {
		/* a file may be as long as it should be, and end in zeros */
		if (!records[block.records - 1].kind && rest_is_empty(reader))
			goto end;
		return corrupt(reader, message, "the block is corrupt");
	}
	reader->count += block.records;
	reader->blocks++;
	return 0;
end:
	if (ferror(reader->file))
		return message_set(
			message, -EIO, "%s: %s", reader->path, strerror(errno));
	reader->ended = true;
	return 0;
}

/* Has as many records as a call has, or all that are left. */
static int fill(struct log_reader *reader, struct message *message)
{
	unsigned left = reader->count - reader->next;
	int error = 0;

	if (left >= LOG_CALL_RECORDS || reader->ended)
		return 0;
	memmove(reader->records, reader->records + reader->next,
		left * sizeof(*reader->records));
	reader->next = 0;
	reader->count = left;
	while (!error && !reader->ended && reader->count < LOG_CALL_RECORDS)
		error = read_block(reader, message);
	return error;
}

static const char *check_record(
	const struct log_reader *reader, const struct watch_record *record)
{
	unsigned records = log_call_records(record->kind);
	unsigned left = reader->count - reader->next;
	unsigned i;

	if (record->kind == WATCH_NOTHING || record->kind >= WATCH_KINDS)
		return "no record is of this kind";
	if (record->kind == WATCH_SPACE && record->value > MAPS_MAX)
		return "a space of too many maps";
	for (i = 1; i < records && i < left; i++)
		if (record[i].kind != WATCH_MORE)
			return "a call is not whole";
	return NULL;
}

int log_peek(struct log_reader *reader, const struct watch_record **out,
	struct message *message)
{
	const struct watch_record *record;
	const char *why;
	int error;

	*out = NULL;
	if (reader->stopped)
		return 0;
	error = fill(reader, message);
	if (error || reader->next == reader->count)
		return error;
	record = reader->records + reader->next;
	if (record->kind == WATCH_STOP) {
		reader->stopped = true;
		return 0;
	}
	/* cut off between a call's records: the call has not begun */
	if (log_call_records(record->kind) > reader->count - reader->next)
		return 0;
	why = check_record(reader, record);
	if (why)
		return corrupt(reader, message, why);
	*out = record;
	return 0;
}

void log_step(struct log_reader *reader)
{
	reader->next++;
	reader->number++;
}
