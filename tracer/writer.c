/*
 * Writing a trace.
 *
 *	trace_writer_add -> `seen`, a run that may go on
 *	    reduction	 -> if the trace is to be reduced, some are left out
 *	    put		 -> the block, an event more
 *	    block_end	 -> packer: page ids, codec, zstd, one write
 *
 * Memory: what a reduction holds back, a few blocks, and the set of pages.  No
 * index is kept: trace_writer_finish walks the headers of what it has written.
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

#include "base/file.h"
#include "tracer/block.h"
#include "tracer/block-walk.h"
#include "tracer/format.h"
#include "tracer/packer.h"
#include "tracer/reduction.h"

#define LEVEL_DEFAULT 3
#define THREADS_MOST 3 /* one thread's runs keep two packing */

struct trace_writer {
	char *path, *part;
	int fd;
	int error;
	struct message message;
	uint32_t block_events;
	uint64_t header_bytes;
	struct trace_ending ending;

	struct trace_run seen;	     /* count 0: none */
	struct reduction *reduction; /* NULL: only runs are joined */
	struct block *block;	     /* the packer's, that is filled now */
	struct packer *packer;
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

/* ---- events ---- */

/* Hands over the block, if there is anything in it. */
static int block_end(struct trace_writer *writer)
{
	int error;

	if (block_is_empty(writer->block))
		return 0;
	error = packer_put(writer->packer);
	writer->block = packer_block(writer->packer);
	if (error && !writer->error)
		writer->error = packer_drain(writer->packer, &writer->message);
	return writer->error;
}

/* RUN, if there is one, becomes an event. */
static int put(struct trace_writer *writer, const struct trace_run *run)
{
	struct block *block = writer->block;

	if (run->count == 0)
		return 0;
	block_put(block, run);
	return block->header.events < writer->block_events ? 0
							   : block_end(writer);
}

/* What a reduction left. */
static int put_left(void *writer, const struct trace_run *run)
{
	return put(writer, run);
}

/* The run that was seen has come to its end. */
static inline int seen_end(struct trace_writer *writer)
{
	struct trace_run *seen = &writer->seen;
	int error;

	if (!writer->reduction)
		error = put(writer, seen);
	else
		error = reduction_add(writer->reduction,
			&(struct trace_touch){
				seen->vpn, seen->count, seen->kinds},
			seen->count > 0, seen->thread);
	seen->count = 0;
	return error;
}

/* All that was added goes to the block. */
static int flush(struct trace_writer *writer)
{
	int error = seen_end(writer);

	if (!error && writer->reduction)
		error = reduction_flush(writer->reduction);
	return error;
}

static bool kinds_are_sound(unsigned kinds)
{
	return kinds <= TRACE_KINDS && kinds & ~(unsigned)TRACE_KERNEL;
}

int trace_writer_add(struct trace_writer *writer, uint64_t vpn, unsigned kinds,
	uint32_t count, uint32_t thread)
{
	const struct trace_run added = {vpn, count, kinds, thread};

	if (writer->error)
		return writer->error;
	if (!kinds_are_sound(kinds) || count == 0)
		return fail(writer, -EINVAL, "an event without kind or count");
	if (run_join(&writer->seen, &added))
		return 0;
	if (seen_end(writer))
		return writer->error;
	run_begin(&writer->seen, &added);
	return 0;
}

/* How many of TOUCHES differ from the one after them, so that each becomes an
 * event as it is; and fit into the block. */
static uint32_t count_whole(const struct trace_writer *writer,
	const struct trace_touch *touches, size_t count)
{
	uint32_t room = writer->block_events - writer->block->header.events;
	uint32_t whole = 0;

	while (whole < room && whole + 1 < count &&
		touches[whole].vpn != touches[whole + 1].vpn &&
		touches[whole].count != 0 &&
		kinds_are_sound(touches[whole].kinds))
		whole++;
	return whole;
}

/* Not reduced: as many as can be become events as they are. */
static int put_touches(struct trace_writer *writer,
	const struct trace_touch *touches, size_t count, uint32_t thread)
{
	int error = 0;

	while (count > 0 && !error) {
		uint32_t whole;

		/* The first may go on with what is there, the last may be
		 * gone on with. */
		error = trace_writer_add(writer, touches->vpn, touches->kinds,
			touches->count, thread);
		touches++;
		count--;
		if (error || count < 2 || touches->vpn == writer->seen.vpn)
			continue;
		error = seen_end(writer);
		if (error)
			continue;
		whole = count_whole(writer, touches, count);
		block_put_touches(writer->block, touches, whole, thread);
		if (writer->block->header.events == writer->block_events)
			error = block_end(writer);
		touches += whole;
		count -= whole;
	}
	return error;
}

int trace_writer_add_touches(struct trace_writer *writer,
	const struct trace_touch *touches, size_t count, uint32_t thread)
{
	bool sound = true;

	if (writer->error)
		return writer->error;
	if (!writer->reduction)
		return put_touches(writer, touches, count, thread);
	for (size_t i = 0; i < count; i++)
		sound &= touches[i].count > 0 &&
			 kinds_are_sound(touches[i].kinds);
	if (!sound)
		return fail(writer, -EINVAL, "an event without kind or count");
	if (seen_end(writer))
		return writer->error;
	return reduction_add(writer->reduction, touches, count, thread);
}

int trace_writer_left_out(struct trace_writer *writer, uint64_t count)
{
	struct format_block *header = &writer->block->header;

	if (writer->error)
		return writer->error;
	if (count > UINT64_MAX - (UINT64_C(1) << 32) - header->references)
		return fail(writer, -EOVERFLOW,
			"more references than can be counted");
	header->uncounted += count;
	header->references += count;
	return 0;
}

static bool region_is_sound(const struct trace_region *region)
{
	return region->kind >= TRACE_REGION_MAP &&
	       region->kind <= TRACE_REGION_LAST && region->protection < 8 &&
	       region->start <= region->end &&
	       region->old_start <= region->old_end;
}

int trace_writer_region(
	struct trace_writer *writer, const struct trace_region *region)
{
	const char *name = region->name ? region->name : "";

	if (writer->error || flush(writer))
		return writer->error;
	if (!region_is_sound(region))
		return fail(writer, -EINVAL, "a region that cannot be");
	if (!block_has_room(
		    writer->block, strnlen(name, FORMAT_REGION_NAME_MAX)) &&
		block_end(writer))
		return writer->error;
	block_put_region(writer->block, region);
	return 0;
}

void trace_writer_set_ending(
	struct trace_writer *writer, const struct trace_ending *ending)
{
	writer->ending = *ending;
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

static uint32_t header_flags(const struct trace_writer_options *options)
{
	return (options->has_writes ? FORMAT_FLAG_WRITES : 0) |
	       (options->no_counts ? FORMAT_FLAG_NO_COUNTS : 0);
}

static uint32_t header_reduction(const struct trace_writer_options *options)
{
	uint32_t reduction = options->reduced > options->reduce
				     ? options->reduced
				     : options->reduce;

	return reduction > 1 ? reduction : 1;
}

static int write_header(
	struct trace_writer *writer, const struct trace_writer_options *options)
{
	struct format_header header = {
		.version = FORMAT_VERSION,
		.page_bytes = options->page_bytes,
		.flags = header_flags(options),
		.date_s = options->date_s,
		.program_bytes = string_bytes(options->program),
		.arguments_bytes = string_bytes(options->arguments),
		.tool_bytes = string_bytes(options->tool),
		.process = options->process,
		.reduction = header_reduction(options),
		.fidelity = options->fidelity,
		.period = options->period,
	};
	size_t string_bytes;
	char *strings, *next;
	int error;

	memcpy(header.magic, FORMAT_MAGIC, FORMAT_MAGIC_BYTES);
	string_bytes = (size_t)header.program_bytes + header.arguments_bytes +
		       header.tool_bytes;
	header.header_bytes = (uint32_t)(sizeof(header) + string_bytes);
	strings = malloc(string_bytes + 1);
	if (!strings)
		return fail(writer, -ENOMEM, "cannot write its header");
	next = put_string(strings, options->program, header.program_bytes);
	next = put_string(next, options->arguments, header.arguments_bytes);
	put_string(next, options->tool, header.tool_bytes);
	header.checksum = format_header_checksum(
		FORMAT_VERSION, &header, strings, string_bytes);
	error = file_write(writer->fd, &header, sizeof(header), 0);
	if (!error)
		error = file_write(
			writer->fd, strings, string_bytes, sizeof(header));
	free(strings);
	if (error)
		return fail(writer, error, "cannot write its header");
	writer->header_bytes = header.header_bytes;
	return 0;
}

static int start_packing(
	struct trace_writer *writer, const struct trace_writer_options *options)
{
	const struct packer_options packer = {
		.fd = writer->fd,
		.path = writer->part,
		.offset = writer->header_bytes,
		.threads = options->threads,
		.level = options->level ? options->level : LEVEL_DEFAULT,
	};

	if (packer_create(&packer, &writer->packer))
		return fail(writer, -ENOMEM, "cannot start");
	writer->block = packer_block(writer->packer);
	if (options->reduce > 1 && reduction_create(options->reduce, put_left,
					   writer, &writer->reduction))
		return fail(writer, -ENOMEM, "cannot reduce");
	return 0;
}

static void destroy(struct trace_writer *writer)
{
	packer_destroy(writer->packer);
	reduction_destroy(writer->reduction);
	if (writer->fd >= 0)
		close(writer->fd);
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

static bool options_are_sound(const struct trace_writer_options *options)
{
	uint32_t bytes = options->page_bytes;

	return bytes > 0 && !(bytes & (bytes - 1)) &&
	       options->reduce <= SAD_FRAMES_MAX &&
	       (unsigned)options->fidelity <= TRACE_SAMPLED;
}

static int start(
	struct trace_writer *writer, const struct trace_writer_options *options)
{
	int error;

	if (!options_are_sound(options))
		return fail(writer, -EINVAL,
			"its page size is not a power of two, or its "
			"reduction or fidelity cannot be");
	error = open_part(writer);
	if (error)
		return error;
	error = write_header(writer, options);
	if (!error)
		error = start_packing(writer, options);
	if (error)
		unlink(writer->part);
	return error;
}

int trace_writer_open(const char *path,
	const struct trace_writer_options *options, struct trace_writer **out,
	struct message *message)
{
	struct trace_writer *writer = calloc(1, sizeof(*writer));
	int error;

	if (!writer)
		return message_set(message, -ENOMEM, "%s: no memory", path);
	writer->fd = -1;
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
	error = start(writer, options);
	if (message)
		*message = writer->message;
out:
	if (error)
		destroy(writer);
	else
		*out = writer;
	return error;
}

unsigned trace_writer_threads(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors <= 1)
		return 0;
	return processors > THREADS_MOST ? THREADS_MOST
					 : (unsigned)processors - 1;
}

/* ---- ending ---- */

static struct format_ending format_ending(const struct trace_ending *ending)
{
	return (struct format_ending){
		.loads = ending->loads,
		.stores = ending->stores,
		.fetches = ending->fetches,
		.kernel = ending->kernel,
		.skipped = ending->skipped,
		.stopped = ending->stopped,
	};
}

static int write_index(struct trace_writer *writer)
{
	uint64_t blocks_end = packer_end(writer->packer);
	struct format_index index = {.blocks = 0};
	struct format_tail tail = {
		.index_offset = blocks_end,
		.ending = format_ending(&writer->ending),
	};
	struct block_walk walk = {
		.path = writer->part,
		.fd = writer->fd,
		.version = FORMAT_VERSION,
		.from = writer->header_bytes,
		.bytes = blocks_end,
		.index_fd = writer->fd,
		.index_offset = blocks_end + sizeof(index),
	};
	uint64_t end, tail_offset;
	int error;

	error = block_walk(&walk, &tail.totals, &end, &writer->message);
	if (error) {
		writer->error = error;
		return error;
	}
	if (end != blocks_end)
		return fail(writer, -EIO, "what was written is not there");
	index.blocks = tail.totals.blocks;
	format_seal_index(&index);
	error = file_write(writer->fd, &index, sizeof(index), blocks_end);
	tail_offset = walk.index_offset +
		      tail.totals.blocks * sizeof(struct format_record);
	tail.file_bytes = tail_offset + sizeof(tail);
	format_seal_tail(&tail);
	if (!error)
		error = file_write(
			writer->fd, &tail, sizeof(tail), tail_offset);
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
	uint64_t end;

	packer_drain(writer->packer, NULL);
	end = packer_end(writer->packer);
	if (ftruncate(writer->fd, (off_t)end) == 0)
		fsync(writer->fd);
}

/* All that was added is written. */
static int drain(struct trace_writer *writer)
{
	if (!writer->error && !flush(writer) && !block_end(writer))
		writer->error = packer_drain(writer->packer, &writer->message);
	return writer->error;
}

int trace_writer_finish(struct trace_writer *writer, struct message *message)
{
	int error = drain(writer);

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
		drain(writer);
		keep_whole(writer);
	} else {
		unlink(writer->part);
	}
	destroy(writer);
}
