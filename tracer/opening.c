/*
 * Opening a trace: its header, and its tail; or, where the end is missing,
 * the walk over its blocks.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tracer/block-walk.h"
#include "tracer/format.h"
#include "tracer/only.h"
#include "tracer/reader.h"

int reader_read_at(int fd, void *data, size_t bytes, uint64_t offset)
{
	int error = file_read(fd, data, bytes, offset);

	return error == -ENODATA ? -EINVAL : error;
}

int reader_cannot_read(const struct trace_reader *reader, int error,
	uint64_t offset, struct message *message)
{
	return message_set(message, error, "%s: byte %" PRIu64 ": %s",
		reader->path, offset,
		error == -EINVAL ? "the file ends before what is expected "
				   "here (was it cut while read?)"
				 : strerror(-error));
}

static char *take_string(char **to, const char **from, uint32_t bytes)
{
	char *start = *to;

	memcpy(start, *from, bytes);
	start[bytes] = '\0';
	*to += bytes + 1;
	*from += bytes;
	return start;
}

static int take_header(struct trace_reader *reader,
	const struct format_header *header, const char *strings)
{
	struct trace_info *info = &reader->info;
	char *to = malloc(header->header_bytes - reader->sizes->header + 3);

	if (!to)
		return -ENOMEM;
	reader->strings = to;
	reader->header_bytes = header->header_bytes;
	info->path = reader->path;
	info->version = header->version;
	info->page_bytes = header->page_bytes;
	info->date_s = header->date_s;
	info->process = header->process;
	info->reduction = header->reduction;
	info->fidelity = header->fidelity;
	info->period = header->period;
	info->has_writes = header->flags & FORMAT_FLAG_WRITES;
	info->no_counts = header->flags & FORMAT_FLAG_NO_COUNTS;
	info->program = take_string(&to, &strings, header->program_bytes);
	info->arguments = take_string(&to, &strings, header->arguments_bytes);
	info->tool = take_string(&to, &strings, header->tool_bytes);
	return 0;
}

/* RAW: the header as it lies in the file. */
static int read_strings(struct trace_reader *reader, const void *raw,
	const struct format_header *header, struct message *message)
{
	size_t bytes = header->header_bytes - reader->sizes->header;
	char *strings = malloc(bytes + 1);
	int error = -ENOMEM;

	if (strings)
		error = reader_read_at(
			reader->fd, strings, bytes, reader->sizes->header);
	if (!error && format_header_checksum(header->version, raw, strings,
			      bytes) != header->checksum)
		error = message_set(message, -EINVAL,
			"%s: byte 0: the checksum of the header is wrong",
			reader->path);
	else if (error)
		reader_cannot_read(
			reader, error, reader->sizes->header, message);
	else
		error = take_header(reader, header, strings);
	free(strings);
	return error;
}

static int read_header(struct trace_reader *reader, struct message *message)
{
	char raw[sizeof(struct format_header)];
	struct format_header header;
	uint64_t bytes = reader->info.file_bytes;
	size_t there = bytes < sizeof(raw) ? bytes : sizeof(raw);
	const char *wrong;
	int error;

	if (bytes == 0)
		return message_set(message, -EINVAL,
			"%s: empty, where a trace (.spt) is expected",
			reader->path);
	error = reader_read_at(reader->fd, raw, there, 0);
	if (error)
		return reader_cannot_read(reader, error, 0, message);
	wrong = format_load_header(raw, there, &header);
	if (!wrong && header.header_bytes > bytes)
		wrong = "the file ends within its header";
	if (wrong)
		return message_set(message, -EINVAL, "%s: byte 0: %s",
			reader->path, wrong);
	reader->sizes = format_sizes(header.version);
	return read_strings(reader, raw, &header, message);
}

static void take_totals(
	struct trace_reader *reader, const struct format_totals *totals)
{
	struct trace_info *info = &reader->info;

	info->blocks = totals->blocks;
	info->events = totals->events;
	info->references = totals->references;
	info->pages = totals->pages;
	info->regions = totals->regions;
	info->reads = totals->reads;
	info->writes = totals->writes;
	info->instructions = totals->instructions;
	info->kernel = totals->kernel;
}

static void take_ending(
	struct trace_reader *reader, const struct format_ending *ending)
{
	reader->info.ending = (struct trace_ending){
		.loads = ending->loads,
		.stores = ending->stores,
		.fetches = ending->fetches,
		.kernel = ending->kernel,
		.skipped = ending->skipped,
		.stopped = ending->stopped,
	};
}

/* A trace with its end: the tail, and the head of the index. */
static int read_tail(
	struct trace_reader *reader, const void *raw, struct message *message)
{
	uint32_t version = reader->info.version;
	uint64_t bytes = reader->info.file_bytes;
	struct format_index index;
	struct format_tail loaded;
	const struct format_tail *tail = &loaded;
	const char *wrong;
	int error;

	wrong = format_load_tail(version, raw, &loaded);
	if (!wrong)
		wrong = format_check_tail(
			tail, version, bytes, reader->header_bytes);
	if (wrong)
		return message_set(message, -EINVAL,
			"%s: byte %" PRIu64 ", the tail: %s", reader->path,
			bytes - (uint64_t)reader->sizes->tail, wrong);
	error = reader_read_at(
		reader->fd, &index, sizeof(index), tail->index_offset);
	if (error)
		return reader_cannot_read(
			reader, error, tail->index_offset, message);
	wrong = format_check_index(&index, tail->totals.blocks);
	if (wrong)
		return message_set(message, -EINVAL,
			"%s: byte %" PRIu64 ", the index: %s", reader->path,
			tail->index_offset, wrong);
	reader->index_fd = reader->fd;
	reader->index_offset = tail->index_offset + sizeof(index);
	reader->blocks_end = tail->index_offset;
	take_totals(reader, &tail->totals);
	take_ending(reader, &tail->ending);
	return 0;
}

/*
 * What may follow the last whole block of a trace without its end: nothing,
 * the beginning of a block, or the beginning of the index.  A whole index
 * with a tail behind it that is none is a corrupt tail.
 */
static int check_cut(const struct trace_reader *reader,
	const struct format_totals *totals, struct message *message)
{
	uint64_t left = reader->info.file_bytes - reader->blocks_end;
	uint64_t end = sizeof(struct format_index) +
		       totals->blocks * sizeof(struct format_record) +
		       reader->sizes->tail;
	char magic[FORMAT_MAGIC_BYTES];
	size_t bytes = left < sizeof(magic) ? left : sizeof(magic);
	static const char zero[FORMAT_MAGIC_BYTES];
	int error;

	error = reader_read_at(reader->fd, magic, bytes, reader->blocks_end);
	if (error)
		return reader_cannot_read(
			reader, error, reader->blocks_end, message);
	if (memcmp(magic, FORMAT_INDEX_MAGIC, bytes) == 0 && left >= end)
		return message_set(message, -EINVAL,
			"%s: byte %" PRIu64 ", the tail: its magic is missing",
			reader->path,
			reader->info.file_bytes -
				(uint64_t)reader->sizes->tail);
	if (memcmp(magic, FORMAT_BLOCK_MAGIC, bytes) != 0 &&
		memcmp(magic, FORMAT_INDEX_MAGIC, bytes) != 0 &&
		memcmp(magic, zero, bytes) != 0)
		return message_set(message, -EINVAL,
			"%s: byte %" PRIu64 ": neither a block nor the index "
			"begins here",
			reader->path, reader->blocks_end);
	return 0;
}

/* A trace without its end: an index of our own of what is whole. */
static int find_blocks(struct trace_reader *reader, struct message *message)
{
	struct format_totals totals;
	struct block_walk walk = {
		.path = reader->path,
		.fd = reader->fd,
		.version = reader->info.version,
		.from = reader->header_bytes,
		.bytes = reader->info.file_bytes,
	};
	int error;

	error = file_open_nameless(file_temporary_folder(), &reader->index_fd);
	if (error)
		return message_set(message, error,
			"%s: has no end; cannot make a temporary file to list "
			"its blocks (TMPDIR): %s",
			reader->path, strerror(-error));
	walk.index_fd = reader->index_fd;
	error = block_walk(&walk, &totals, &reader->blocks_end, message);
	if (!error)
		error = check_cut(reader, &totals, message);
	if (error)
		return error;
	reader->info.truncated = true;
	take_totals(reader, &totals);
	return 0;
}

static int open_file(struct trace_reader *reader, struct message *message)
{
	struct stat status;

	reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (reader->fd < 0 || fstat(reader->fd, &status))
		return message_set(message, -errno, "%s: %s", reader->path,
			strerror(errno));
	if (!S_ISREG(status.st_mode))
		return message_set(message, -EINVAL,
			"%s: not a regular file, as a trace must be",
			reader->path);
	reader->info.file_bytes = (uint64_t)status.st_size;
	return 0;
}

static int open_trace(struct trace_reader *reader, struct message *message)
{
	char tail[sizeof(struct format_tail)];
	const char *magic;
	uint64_t bytes;
	size_t tail_bytes;
	int error;

	error = open_file(reader, message);
	if (!error)
		error = read_header(reader, message);
	if (error)
		return error;
	bytes = reader->info.file_bytes;
	tail_bytes = reader->sizes->tail;
	if (bytes - reader->header_bytes < tail_bytes)
		return find_blocks(reader, message);
	error = reader_read_at(
		reader->fd, tail, tail_bytes, bytes - tail_bytes);
	if (error)
		return reader_cannot_read(
			reader, error, bytes - tail_bytes, message);
	magic = tail + tail_bytes - sizeof(uint64_t) - FORMAT_MAGIC_BYTES;
	if (memcmp(magic, FORMAT_TAIL_MAGIC, FORMAT_MAGIC_BYTES) == 0)
		return read_tail(reader, tail, message);
	return find_blocks(reader, message);
}

int reader_want_counts(struct trace_reader *reader)
{
	const size_t events = TRACE_BLOCK_EVENTS;

	reader->with_counts = true;
	if (reader->count)
		return 0;
	reader->count = malloc(events * sizeof(*reader->count));
	reader->thread = malloc(events * sizeof(*reader->thread));
	return reader->count && reader->thread ? 0 : -ENOMEM;
}

static int allocate(struct trace_reader *reader)
{
	const size_t events = TRACE_BLOCK_EVENTS;

	reader->page_start =
		malloc((CODEC_BACK_MAX + events + TRACE_LOOK_AHEAD) *
			sizeof(*reader->page_start));
	reader->kinds = malloc(events + TRACE_LOOK_AHEAD);
	reader->zstd = ZSTD_createDCtx();
	if (!reader->page_start || !reader->kinds || !reader->zstd)
		return -ENOMEM;
	reader->page = reader->page_start + CODEC_BACK_MAX;
	memset(reader->page_start, 0, CODEC_BACK_MAX * sizeof(*reader->page));
	return reader->with_counts ? reader_want_counts(reader) : 0;
}

int trace_reader_open(const char *path, bool with_counts,
	struct trace_reader **out, struct message *message)
{
	struct trace_reader *reader = calloc(1, sizeof(*reader));
	int error = -ENOMEM;

	if (reader) {
		reader->fd = reader->index_fd = -1;
		reader->with_counts = with_counts;
		reader->path = strdup(path);
	}
	if (reader && reader->path)
		error = allocate(reader);
	if (error) {
		message_set(message, error, "%s: no memory", path);
		goto out;
	}
	error = open_trace(reader, message);
out:
	if (error)
		trace_reader_close(reader);
	else
		*out = reader;
	return error;
}

void trace_reader_close(struct trace_reader *reader)
{
	if (!reader)
		return;
	if (reader->index_fd >= 0 && reader->index_fd != reader->fd)
		close(reader->index_fd);
	if (reader->fd >= 0)
		close(reader->fd);
	ZSTD_freeDCtx(reader->zstd);
	only_free(reader->only);
	free(reader->path);
	free(reader->strings);
	memory_unmap(reader->vpn, reader->info.pages * sizeof(*reader->vpn));
	free(reader->packed.data);
	free(reader->plain.data);
	free(reader->page_start);
	free(reader->kinds);
	free(reader->count);
	free(reader->thread);
	free(reader->regions.data);
	free(reader->names.data);
	free(reader);
}

const struct trace_info *trace_reader_info(const struct trace_reader *reader)
{
	return reader->only ? &reader->only->info : &reader->info;
}
