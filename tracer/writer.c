/*
 * Writing a trace.
 *
 *	trace_writer_add -> run (not yet an event: it may go on)
 *	    run_end      -> the block's arrays: vpn, kinds, counts, threads
 *	    block_end    -> page ids, codec, zstd, one write; the block is empty
 *
 * Memory: the arrays of one block, and the set of pages.  No index is kept:
 * trace_writer_finish walks the headers of what it has written.
 */
#include <config.h>

#include "tracer/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "tracer/file.h"
#include "tracer/format.h"
#include "tracer/pageset.h"

#define LEVEL_DEFAULT 3

/* A stream of varints that grows to at most its bound, which the caller
 * knows; so it is allocated whole, and the system gives what is touched. */
struct stream {
	uint8_t *start, *next;
};

struct run {
	uint64_t vpn;
	unsigned kinds;
	uint32_t count; /* 0: no run */
	uint32_t thread;
};

struct trace_writer {
	char *path, *part;
	int fd;
	int error;
	struct message message;
	int level;
	uint32_t block_events;
	uint64_t offset; /* where the next block goes */
	uint64_t header_bytes;
	uint32_t previous_bytes;
	struct format_totals totals; /* of the blocks written */
	struct pageset *pages;
	ZSTD_CCtx *zstd;

	struct run run;
	struct format_block block;   /* its counts, as they grow */
	uint64_t *vpn;		     /* [block_events] of the block's events */
	uint32_t *page_start, *page; /* CODEC_BACK_MAX zeros before page */
	uint8_t *kinds, *tokens_values, *packed;
	uint8_t *count;
	struct stream dictionary, escapes, threads, regions;
	uint32_t last_thread;	 /* in this block */
	uint32_t last_thread_at; /* its event */
	uint32_t last_region_at;
};

/* ---- errors ---- */

static int fail(struct trace_writer *writer, int error, const char *what)
{
	if (writer->error)
		return writer->error;
	writer->error = error;
	return message_set(&writer->message, error, "%s: %s: %s", writer->part,
		what, strerror(-error));
}

/* ---- blocks ---- */

static void block_clear(struct trace_writer *writer)
{
	memset(&writer->block, 0, sizeof(writer->block));
	writer->dictionary.next = writer->dictionary.start;
	writer->escapes.next = writer->escapes.start;
	writer->threads.next = writer->threads.start;
	writer->regions.next = writer->regions.start;
	writer->last_thread = 0;
	writer->last_thread_at = 0;
	writer->last_region_at = 0;
}

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

/* Packs DATA behind the block's other sections. */
static int pack_section(struct trace_writer *writer,
	enum format_section section, const void *data, size_t bytes)
{
	struct format_block *block = &writer->block;
	uint8_t *to = writer->packed + block->block_bytes;
	size_t packed = 0;

	if (bytes > 0)
		packed = ZSTD_compressCCtx(writer->zstd, to,
			FORMAT_BLOCK_BYTES_MAX - block->block_bytes, data,
			bytes, writer->level);
	if (ZSTD_isError(packed))
		return fail(writer, -ENOMEM, ZSTD_getErrorName(packed));
	block->section_bytes[section] = (uint32_t)packed;
	block->section_checksum[section] = XXH64(to, packed, 0);
	block->block_bytes += (uint32_t)packed;
	return 0;
}

/* Numbers the block's pages; those that are new make its dictionary. */
static int number_pages(struct trace_writer *writer)
{
	struct format_block *block = &writer->block;
	uint8_t *next = writer->dictionary.start;
	const uint64_t *vpn;
	uint64_t last = 0;
	int error;

	block->first_page = pageset_count(writer->pages);
	error = pageset_number(
		writer->pages, writer->vpn, block->events, writer->page);
	if (error)
		return fail(writer, error, "cannot number the trace's pages");
	vpn = pageset_pages(writer->pages) + block->first_page;
	block->new_pages = pageset_count(writer->pages) - block->first_page;
	for (uint32_t i = 0; i < block->new_pages; i++) {
		next = varint_put(next, zigzag_put(vpn[i] - last));
		last = vpn[i];
	}
	writer->dictionary.next = next;
	return 0;
}

static int pack_sections(struct trace_writer *writer)
{
	struct format_block *block = &writer->block;
	uint8_t *plain = writer->tokens_values;
	uint8_t *end;
	int error;

	block->block_bytes = sizeof(*block);
	block->pages_bytes = (uint32_t)stream_bytes(&writer->dictionary);
	error = pack_section(writer, SECTION_PAGES, writer->dictionary.start,
		block->pages_bytes);
	if (error)
		return error;

	block->value_bytes = (uint32_t)codec_encode(writer->page, writer->kinds,
		block->events, plain, plain + block->events);
	block->region_bytes = (uint32_t)stream_bytes(&writer->regions);
	end = stream_copy(
		plain + block->events + block->value_bytes, &writer->regions);
	error = pack_section(
		writer, SECTION_EVENTS, plain, (size_t)(end - plain));
	if (error)
		return error;

	memcpy(plain, writer->count, block->events);
	end = stream_copy(plain + block->events, &writer->escapes);
	end = stream_copy(end, &writer->threads);
	block->counts_bytes = (uint32_t)(end - plain);
	return pack_section(writer, SECTION_COUNTS, plain, block->counts_bytes);
}

/* Writes the block, if there is anything in it. */
static int block_end(struct trace_writer *writer)
{
	struct format_block *block = &writer->block;
	int error;

	if (block->events == 0 && block->regions == 0)
		return 0;
	block->number = writer->totals.blocks;
	block->previous_bytes = writer->previous_bytes;
	block->first_event = writer->totals.events;
	block->first_reference = writer->totals.references;
	error = number_pages(writer);
	if (!error)
		error = pack_sections(writer);
	if (error)
		return error;
	format_seal_block(block);
	if (format_check_block(block) ||
		format_add_block(&writer->totals, block))
		return fail(writer, -EOVERFLOW, "a block above its limits");
	memcpy(writer->packed, block, sizeof(*block));
	error = file_write(
		writer->fd, writer->packed, block->block_bytes, writer->offset);
	if (error)
		return fail(writer, error, "cannot write");
	writer->offset += block->block_bytes;
	writer->previous_bytes = block->block_bytes;
	block_clear(writer);
	return 0;
}

/* ---- events ---- */

static void put_count(struct trace_writer *writer, uint32_t count)
{
	struct stream *escapes = &writer->escapes;
	bool escape = count > FORMAT_COUNT_ESCAPE;

	writer->count[writer->block.events] =
		(uint8_t)(escape ? FORMAT_COUNT_ESCAPE : count - 1);
	if (escape)
		escapes->next = varint_put(
			escapes->next, count - FORMAT_COUNT_ESCAPE - 1);
	writer->block.references += count;
}

static void put_thread(struct trace_writer *writer, uint32_t thread)
{
	struct stream *threads = &writer->threads;
	uint32_t at = writer->block.events;

	if (thread == writer->last_thread)
		return;
	threads->next = varint_put(threads->next, at - writer->last_thread_at);
	threads->next = varint_put(threads->next, thread);
	writer->last_thread = thread;
	writer->last_thread_at = at;
}

/* The run becomes an event. */
static int run_end(struct trace_writer *writer)
{
	struct format_block *block = &writer->block;
	const struct run *run = &writer->run;

	if (run->count == 0)
		return 0;
	put_count(writer, run->count);
	put_thread(writer, run->thread);
	writer->vpn[block->events] = run->vpn;
	writer->kinds[block->events] = (uint8_t)run->kinds;
	block->reads += (run->kinds & TRACE_READ) != 0;
	block->writes += (run->kinds & TRACE_WRITE) != 0;
	block->instructions += (run->kinds & TRACE_INSTRUCTION) != 0;
	block->events++;
	writer->run.count = 0;
	return block->events < writer->block_events ? 0 : block_end(writer);
}

int trace_writer_add(struct trace_writer *writer, uint64_t vpn, unsigned kinds,
	uint32_t count, uint32_t thread)
{
	struct run *run = &writer->run;

	if (vpn == run->vpn && thread == run->thread && run->count > 0 &&
		count <= UINT32_MAX - run->count && kinds - 1 < 7 &&
		count > 0) {
		run->kinds |= kinds;
		run->count += count;
		return writer->error;
	}
	if (writer->error)
		return writer->error;
	if (kinds - 1 >= 7 || count == 0)
		return fail(writer, -EINVAL, "an event without kind or count");
	if (run_end(writer))
		return writer->error;
	*run = (struct run){vpn, kinds, count, thread};
	return 0;
}

static bool region_is_sound(const struct trace_region *region)
{
	return region->kind >= TRACE_REGION_MAP &&
	       region->kind <= TRACE_REGION_STACK && region->protection < 8 &&
	       region->start <= region->end;
}

int trace_writer_region(
	struct trace_writer *writer, const struct trace_region *region)
{
	const char *name = region->name ? region->name : "";
	size_t name_bytes = strnlen(name, FORMAT_REGION_NAME_MAX);
	uint32_t at;
	uint8_t *next;

	if (writer->error || run_end(writer))
		return writer->error;
	if (!region_is_sound(region))
		return fail(writer, -EINVAL, "a region that cannot be");
	if (stream_bytes(&writer->regions) + 6 * VARINT_BYTES_MAX + name_bytes >
			FORMAT_REGION_BYTES_MAX &&
		block_end(writer))
		return writer->error;
	at = writer->block.events;
	next = varint_put(writer->regions.next, at - writer->last_region_at);
	*next++ = region->kind;
	*next++ = region->protection |
		  (region->anonymous ? FORMAT_REGION_ANONYMOUS : 0);
	next = varint_put(next, region->start);
	next = varint_put(next, region->end - region->start);
	next = varint_put(next, region->offset);
	next = varint_put(next, name_bytes);
	memcpy(next, name, name_bytes);
	writer->regions.next = next + name_bytes;
	writer->last_region_at = at;
	writer->block.regions++;
	return 0;
}

/* ---- opening ---- */

static uint32_t string_bytes(const char *text)
{
	return text ? (uint32_t)strnlen(text, FORMAT_STRING_MAX) : 0;
}

static char *put_string(char *to, const char *text, uint32_t bytes)
{
	if (bytes > 0)
		memcpy(to, text, bytes);
	return to + bytes;
}

static int write_header(
	struct trace_writer *writer, const struct trace_writer_options *options)
{
	struct format_header header = {
		.version = FORMAT_VERSION,
		.page_bytes = options->page_bytes,
		.flags = options->has_writes ? FORMAT_FLAG_WRITES : 0,
		.date_s = options->date_s,
		.program_bytes = string_bytes(options->program),
		.arguments_bytes = string_bytes(options->arguments),
		.tool_bytes = string_bytes(options->tool),
	};
	char *whole, *next;
	int error;

	memcpy(header.magic, FORMAT_MAGIC, FORMAT_MAGIC_BYTES);
	header.header_bytes = sizeof(header) + header.program_bytes +
			      header.arguments_bytes + header.tool_bytes;
	whole = malloc(header.header_bytes);
	if (!whole)
		return fail(writer, -ENOMEM, "cannot write its header");
	next = whole + sizeof(header);
	next = put_string(next, options->program, header.program_bytes);
	next = put_string(next, options->arguments, header.arguments_bytes);
	put_string(next, options->tool, header.tool_bytes);
	header.checksum =
		format_header_checksum(&header, whole + sizeof(header));
	memcpy(whole, &header, sizeof(header));
	error = file_write(writer->fd, whole, header.header_bytes, 0);
	free(whole);
	if (error)
		return fail(writer, error, "cannot write its header");
	writer->offset = writer->header_bytes = header.header_bytes;
	return 0;
}

static int stream_create(struct stream *stream, size_t bytes)
{
	stream->start = stream->next = malloc(bytes);
	return stream->start ? 0 : -ENOMEM;
}

static int allocate(struct trace_writer *writer)
{
	const size_t events = TRACE_BLOCK_EVENTS;

	writer->page_start = calloc(CODEC_BACK_MAX + events, sizeof(uint32_t));
	writer->vpn = malloc(events * sizeof(*writer->vpn));
	writer->kinds = malloc(events);
	writer->count = malloc(events);
	writer->tokens_values = malloc(
		events + FORMAT_VALUE_BYTES_MAX + FORMAT_COUNTS_BYTES_MAX +
		FORMAT_REGION_BYTES_MAX + CODEC_PADDING_BYTES);
	writer->packed = malloc(FORMAT_BLOCK_BYTES_MAX);
	writer->zstd = ZSTD_createCCtx();
	if (!writer->vpn || !writer->page_start || !writer->kinds ||
		!writer->count || !writer->tokens_values || !writer->packed ||
		!writer->zstd ||
		stream_create(&writer->dictionary, FORMAT_PAGES_BYTES_MAX) ||
		stream_create(&writer->escapes, events * 5) ||
		stream_create(&writer->threads, events * 8) ||
		stream_create(&writer->regions, FORMAT_REGION_BYTES_MAX))
		return -ENOMEM;
	writer->page = writer->page_start + CODEC_BACK_MAX;
	return pageset_create(&writer->pages);
}

static void destroy(struct trace_writer *writer)
{
	if (writer->fd >= 0)
		close(writer->fd);
	ZSTD_freeCCtx(writer->zstd);
	pageset_destroy(writer->pages);
	free(writer->vpn);
	free(writer->page_start);
	free(writer->kinds);
	free(writer->count);
	free(writer->tokens_values);
	free(writer->packed);
	free(writer->dictionary.start);
	free(writer->escapes.start);
	free(writer->threads.start);
	free(writer->regions.start);
	free(writer->path);
	free(writer->part);
	free(writer);
}

/* Two writers of one trace would mix their blocks: the second is refused. */
static int open_part(struct trace_writer *writer)
{
	struct stat status;

	if (stat(writer->path, &status) == 0 && !S_ISREG(status.st_mode)) {
		writer->error = message_set(&writer->message, -EINVAL,
			"%s: is there and not a regular file", writer->path);
		return writer->error;
	}
	writer->fd = open(writer->part,
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
	if (writer->fd < 0)
		return fail(writer, -errno, "cannot create");
	if (flock(writer->fd, LOCK_EX | LOCK_NB))
		return fail(writer, errno == EWOULDBLOCK ? -EBUSY : -errno,
			"cannot lock: another program writes it");
	if (ftruncate(writer->fd, 0))
		return fail(writer, -errno, "cannot empty");
	return 0;
}

int trace_writer_open(const char *path,
	const struct trace_writer_options *options, struct trace_writer **out,
	struct message *message)
{
	struct trace_writer *writer = calloc(1, sizeof(*writer));
	uint32_t page_bytes = options->page_bytes;
	int error;

	if (!writer)
		return message_set(message, -ENOMEM, "%s: no memory", path);
	writer->fd = -1;
	writer->level = options->level ? options->level : LEVEL_DEFAULT;
	writer->block_events = TRACE_BLOCK_EVENTS;
	if (options->block_events > 0 &&
		options->block_events < TRACE_BLOCK_EVENTS)
		writer->block_events = options->block_events;
	writer->path = strdup(path);
	if (!writer->path || asprintf(&writer->part, "%s.part", path) < 0) {
		writer->part = NULL;
		error = message_set(message, -ENOMEM, "%s: no memory", path);
		goto out;
	}
	if (page_bytes == 0 || page_bytes & (page_bytes - 1))
		error = fail(
			writer, -EINVAL, "the page size is not a power of two");
	else if (allocate(writer))
		error = fail(writer, -ENOMEM, "cannot start");
	else
		error = open_part(writer);
	if (!error) {
		block_clear(writer);
		error = write_header(writer, options);
		if (error)
			unlink(writer->part);
	}
	if (message)
		*message = writer->message;
out:
	if (error)
		destroy(writer);
	else
		*out = writer;
	return error;
}

/* ---- ending ---- */

static int write_index(struct trace_writer *writer)
{
	struct format_index index = {.blocks = writer->totals.blocks};
	struct format_tail tail = {.index_offset = writer->offset};
	struct file_walk walk = {
		.path = writer->part,
		.fd = writer->fd,
		.from = writer->header_bytes,
		.bytes = writer->offset,
		.index_fd = writer->fd,
		.index_offset = writer->offset + sizeof(index),
	};
	uint64_t end, tail_offset;
	int error;

	format_seal_index(&index);
	error = file_write(writer->fd, &index, sizeof(index), writer->offset);
	if (error)
		return fail(writer, error, "cannot write its index");
	error = file_walk(&walk, &tail.totals, &end, &writer->message);
	if (error) {
		writer->error = error;
		return error;
	}
	if (end != writer->offset)
		return fail(writer, -EIO, "what was written is not there");
	tail_offset = walk.index_offset +
		      tail.totals.blocks * sizeof(struct format_record);
	tail.file_bytes = tail_offset + sizeof(tail);
	format_seal_tail(&tail);
	error = file_write(writer->fd, &tail, sizeof(tail), tail_offset);
	return error ? fail(writer, error, "cannot write its end") : 0;
}

/* So that the name lasts as the data do; where it cannot be, it is not. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

/* Leaves the header and the whole blocks: a trace without its end. */
static void keep_whole(struct trace_writer *writer)
{
	if (ftruncate(writer->fd, (off_t)writer->offset) == 0)
		fsync(writer->fd);
}

int trace_writer_finish(struct trace_writer *writer, struct message *message)
{
	int error = writer->error;

	if (!error)
		error = run_end(writer);
	if (!error)
		error = block_end(writer);
	if (!error)
		error = write_index(writer);
	if (!error && fsync(writer->fd))
		error = fail(writer, -errno, "cannot sync");
	if (!error && rename(writer->part, writer->path))
		error = fail(writer, -errno, "cannot rename");
	if (!error) {
		sync_folder(writer->path);
	} else {
		keep_whole(writer);
		message_set(message, error,
			"%.900s (its whole blocks are kept there)",
			writer->message.text);
	}
	destroy(writer);
	return error;
}

void trace_writer_abort(struct trace_writer *writer, bool keep)
{
	if (keep) {
		if (!writer->error && !run_end(writer))
			block_end(writer);
		keep_whole(writer);
	} else {
		unlink(writer->part);
	}
	destroy(writer);
}
