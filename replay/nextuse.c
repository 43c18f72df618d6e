/*
 * Next uses, found from the end of the trace.
 *
 *	for each event i, from the last to the first:
 *		next[i] = last[page of i]	the use seen before, later in
 *		last[page of i] = i		time; NONE at first
 *
 * A table of last uses fits no cache once there are many pages, so the entry
 * of the event 32 places further on is fetched ahead: the trace tells which.
 * Its entries are 4 bytes wide as long as event numbers fit, because half
 * the table is half the cache misses.
 *
 * Distances are stored, not event numbers: they fit 4 bytes in traces of any
 * length, but for those between uses 2^32 events apart.  Such a far one takes
 * 2^32 events of one page's time, so a trace of 10^11 events has at most 24 a
 * page; they go to a second file, which is written only if there are any.
 *
 *	distances	event 0 .. events - 1, 4 bytes each
 *	far		(event, distance) records of 16 bytes, events falling
 *
 * Invariants
 * 1. distances[i] is NEVER, FAR, or less than the far limit and more than 0.
 * 2. far has one record for each FAR, and they are in falling order.
 */
#include <config.h>

#include "replay/nextuse.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"

#define DISTANCE_NEVER UINT32_MAX
#define DISTANCE_FAR (UINT32_MAX - 1)

/* Far enough ahead for a miss of all caches (100 ns) at 3 ns an event. */
#define AHEAD 32
/* Half an L2 cache at most, so that what was read is there to be decoded. */
#define READ_EVENTS (1u << 14)
#define FAR_BUFFER 256

struct far_record {
	uint64_t event, apart;
};

struct nextuse {
	int descriptor;
	int far_descriptor; /* -1: there are none so far */
	uint64_t events;
	bool references;      /* distances are in references */
	uint64_t far_records; /* in the file and the buffer */
	uint32_t far_limit;
	uint32_t far_buffered;
	uint64_t far_cursor; /* record to try first at the next FAR read */
	char *folder;
	struct far_record far_buffer[FAR_BUFFER];
	uint32_t buffer[READ_EVENTS];
};

/* What the pass needs besides, freed at its end. */
struct pass {
	struct nextuse *nextuse;
	void *last; /* [pages] uint32_t, or uint64_t if wide */
	bool wide;
	uint32_t *distance; /* [TRACE_BLOCK_EVENTS] */
};

/* Of one event: what is stored, and what it is if that is DISTANCE_FAR. */
struct distance {
	uint32_t *stored;
	uint64_t apart;
};

_Static_assert(sizeof(struct far_record) == 16, "far records are packed");

/* ---- files ---- */

static int fail_write(
	const struct nextuse *nextuse, struct message *message, int error)
{
	double needed = (double)nextuse->events * 4 / (1 << 20);

	if (error != -ENOSPC && error != -EDQUOT)
		return message_set(message, error,
			"%s: temporary file of next uses: %s", nextuse->folder,
			strerror(-error));
	return message_set(message, -ENOSPC,
		"%s: no room for the temporary file of next uses, which takes "
		"%.1f MiB; set TMPDIR to a folder with room",
		nextuse->folder, needed);
}

/* Better to say so now than after minutes of work. */
static int check_room(const struct nextuse *nextuse, struct message *message)
{
	struct statvfs disk;

	if (fstatvfs(nextuse->descriptor, &disk) ||
		nextuse->events * 4 <= disk.f_bavail * disk.f_frsize)
		return 0;
	return message_set(message, -ENOSPC,
		"%s: the temporary file of next uses takes %.1f MiB, but "
		"%.1f MiB are free; set TMPDIR to a folder with room",
		nextuse->folder, (double)nextuse->events * 4 / (1 << 20),
		(double)disk.f_bavail * (double)disk.f_frsize / (1 << 20));
}

/* ---- far records ---- */

static int far_flush(struct nextuse *nextuse)
{
	uint64_t written = nextuse->far_records - nextuse->far_buffered;
	int status;

	if (nextuse->far_buffered == 0)
		return 0;
	if (nextuse->far_descriptor < 0) {
		status = file_open_nameless(
			nextuse->folder, &nextuse->far_descriptor);
		if (status)
			return status;
	}
	status = file_write(nextuse->far_descriptor, nextuse->far_buffer,
		nextuse->far_buffered * sizeof(struct far_record),
		written * sizeof(struct far_record));
	nextuse->far_buffered = 0;
	return status;
}

static int far_add(struct nextuse *nextuse, uint64_t event, uint64_t apart)
{
	nextuse->far_buffer[nextuse->far_buffered++] =
		(struct far_record){event, apart};
	nextuse->far_records++;
	return nextuse->far_buffered == FAR_BUFFER ? far_flush(nextuse) : 0;
}

static int far_get(
	struct nextuse *nextuse, uint64_t number, struct far_record *out)
{
	return file_read(nextuse->far_descriptor, out, sizeof(*out),
		number * sizeof(*out));
}

/* Events fall as record numbers rise; a reader in rising order finds its
 * next one just below the last. */
static int far_find(struct nextuse *nextuse, uint64_t event, uint64_t *apart)
{
	uint64_t low = 0, high = nextuse->far_records;
	uint64_t at = nextuse->far_cursor;

	while (low < high) {
		struct far_record record;
		int status;

		if (at < low || at >= high)
			at = low + (high - low) / 2;
		status = far_get(nextuse, at, &record);
		if (status)
			return status;
		if (record.event == event) {
			nextuse->far_cursor = at - 1;
			*apart = record.apart;
			return 0;
		}
		if (record.event > event)
			low = at + 1;
		else
			high = at;
		at = UINT64_MAX;
	}
	return -EIO;
}

/* ---- the pass ---- */

static inline void last_prefetch(const struct pass *pass, uint32_t page)
{
	size_t width = pass->wide ? sizeof(uint64_t) : sizeof(uint32_t);

	__builtin_prefetch((char *)pass->last + page * width, 1);
}

/* Puts TIME in and returns what was there. */
static inline uint64_t last_exchange(
	const struct pass *pass, uint32_t page, uint64_t time)
{
	uint64_t before;
	uint32_t narrow;

	if (pass->wide) {
		before = ((uint64_t *)pass->last)[page];
		((uint64_t *)pass->last)[page] = time;
		return before;
	}
	narrow = ((uint32_t *)pass->last)[page];
	((uint32_t *)pass->last)[page] = (uint32_t)time;
	return narrow == UINT32_MAX ? NEXTUSE_NEVER : narrow;
}

/* One event, whose run starts at FIRST and ends at LAST; true if its distance
 * is far, and has yet to be recorded. */
static inline bool pass_event(const struct pass *pass, uint32_t page,
	uint64_t first, uint64_t last, struct distance *out)
{
	uint64_t next = last_exchange(pass, page, first);

	out->apart = next - last;
	if (next == NEXTUSE_NEVER) {
		*out->stored = DISTANCE_NEVER;
		return false;
	}
	if (__builtin_expect(out->apart >= pass->nextuse->far_limit, 0)) {
		*out->stored = DISTANCE_FAR;
		return true;
	}
	*out->stored = (uint32_t)out->apart;
	return false;
}

/* The time after the last event of BLOCK, in what distances are in. */
static uint64_t block_end(const struct trace_block *block, bool references)
{
	uint64_t end = block->first_reference;
	uint32_t i;

	if (!references)
		return block->first_event + block->events;
	for (i = 0; i < block->events; i++)
		end += block->count[i];
	return end;
}

/* Inlined for each case, so that neither the table's width nor what time is
 * counted in is a question inside the loop. */
static inline __attribute__((always_inline)) int pass_block_of(
	const struct pass *given, const struct trace_block *block, bool wide,
	bool references)
{
	struct pass pass = *given;
	uint64_t first = block_end(block, references), last;
	uint32_t i = block->events;

	pass.wide = wide;
	while (i-- > 0) {
		struct distance distance = {&pass.distance[i], 0};

		last = first - 1;
		first -= references ? block->count[i] : 1;
		if (i >= AHEAD)
			last_prefetch(&pass, block->page[i - AHEAD]);
		if (pass_event(&pass, block->page[i], first, last, &distance)) {
			int status = far_add(pass.nextuse,
				block->first_event + i, distance.apart);

			if (status)
				return status;
		}
	}
	return 0;
}

static int pass_block(const struct pass *pass, const struct trace_block *block)
{
	if (pass->nextuse->references)
		return pass->wide ? pass_block_of(pass, block, true, true)
				  : pass_block_of(pass, block, false, true);
	return pass->wide ? pass_block_of(pass, block, true, false)
			  : pass_block_of(pass, block, false, false);
}

/* The page ids index a table, so they are not taken on trust. */
static bool block_is_sound(const struct trace_block *block, uint64_t end,
	const struct trace_info *info)
{
	uint32_t highest = 0;

	if (block->events > TRACE_BLOCK_EVENTS ||
		block->first_event + block->events != end)
		return false;
	for (uint32_t i = 0; i < block->events; i++)
		highest = block->page[i] > highest ? block->page[i] : highest;
	return block->events == 0 || highest < info->pages;
}

static int pass_run(struct pass *pass, struct trace_reader *reader,
	const struct nextuse_options *options, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct nextuse *nextuse = pass->nextuse;
	uint64_t end = info->events;
	struct trace_block block;
	int status;

	for (uint64_t number = info->blocks; number-- > 0;) {
		status = trace_reader_read(reader, number, &block, message);
		if (status)
			return status;
		if (!block_is_sound(&block, end, info))
			return message_set(message, -EINVAL,
				"%s: block %" PRIu64 ": its events or pages "
				"do not fit the rest of the trace",
				info->path, number);
		status = pass_block(pass, &block);
		if (status == 0)
			status = file_write(nextuse->descriptor, pass->distance,
				(size_t)block.events * 4,
				block.first_event * 4);
		if (status)
			return fail_write(nextuse, message, status);
		end = block.first_event;
		if (options->progress &&
			options->progress(
				options->progress_context, info->events - end))
			return message_set(message, -ECANCELED, "interrupted");
	}
	if (end != 0)
		return message_set(message, -EINVAL,
			"%s: the first %" PRIu64 " events are missing",
			info->path, end);
	status = far_flush(nextuse);
	return status ? fail_write(nextuse, message, status) : 0;
}

static int pass_start(struct pass *pass, struct nextuse *nextuse,
	const struct trace_info *info)
{
	size_t width;

	pass->nextuse = nextuse;
	/* Else times fit 4 bytes, and no distance can be far. */
	pass->wide = (nextuse->references ? info->references : info->events) >=
		     nextuse->far_limit;
	width = pass->wide ? sizeof(uint64_t) : sizeof(uint32_t);
	pass->distance = malloc(TRACE_BLOCK_EVENTS * sizeof(uint32_t));
	pass->last = malloc((info->pages + 1) * width);
	if (!pass->distance || !pass->last)
		return -ENOMEM;
	/* All ones is "no later use" in either width. */
	memset(pass->last, 0xff, info->pages * width);
	return 0;
}

static void pass_end(struct pass *pass)
{
	free(pass->distance);
	free(pass->last);
}

/* ---- the public calls ---- */

static int nextuse_create(const struct nextuse_options *options,
	const struct trace_info *info, struct nextuse **out,
	struct message *message)
{
	struct nextuse *nextuse = calloc(1, sizeof(*nextuse));
	int status;

	*out = nextuse;
	if (!nextuse)
		return message_set(message, -ENOMEM, "out of memory");
	nextuse->descriptor = nextuse->far_descriptor = -1;
	nextuse->events = info->events;
	nextuse->references = options->references;
	nextuse->far_limit =
		options->far_limit ? options->far_limit : NEXTUSE_FAR_LIMIT;
	assert(nextuse->far_limit <= NEXTUSE_FAR_LIMIT);
	nextuse->folder = strdup(
		options->folder ? options->folder : file_temporary_folder());
	if (!nextuse->folder)
		return message_set(message, -ENOMEM, "out of memory");
	status = file_open_nameless(nextuse->folder, &nextuse->descriptor);
	if (status)
		return message_set(message, status,
			"%s: cannot make a temporary file: %s; set TMPDIR to "
			"a folder that can be written",
			nextuse->folder, strerror(-status));
	return check_room(nextuse, message);
}

int nextuse_build(struct trace_reader *reader,
	const struct nextuse_options *options, struct nextuse **out,
	struct message *message)
{
	static const struct nextuse_options plain;
	const struct trace_info *info = trace_reader_info(reader);
	struct nextuse *nextuse = NULL;
	struct pass pass = {0};
	int status;

	*out = NULL;
	if (!options)
		options = &plain;
	status = nextuse_create(options, info, &nextuse, message);
	if (status)
		goto out;
	status = pass_start(&pass, nextuse, info);
	if (status) {
		message_set(message, status,
			"%s: not enough memory for %" PRIu64 " pages",
			info->path, info->pages);
		goto out;
	}
	status = pass_run(&pass, reader, options, message);
	if (status)
		goto out;
	nextuse->far_cursor = nextuse->far_records - 1;
	*out = nextuse;
	nextuse = NULL;
out:
	pass_end(&pass);
	nextuse_close(nextuse);
	return status;
}

void nextuse_close(struct nextuse *nextuse)
{
	if (!nextuse)
		return;
	if (nextuse->descriptor >= 0)
		close(nextuse->descriptor);
	if (nextuse->far_descriptor >= 0)
		close(nextuse->far_descriptor);
	free(nextuse->folder);
	free(nextuse);
}

/* What is said of an event whose next use is APART. */
static uint64_t tell(
	const struct nextuse *nextuse, uint64_t event, uint64_t apart)
{
	return nextuse->references ? apart : event + apart;
}

/* What the buffer has of COUNT events, and whether there is a FAR in it. */
static bool decode(const struct nextuse *nextuse, uint32_t count,
	uint64_t first, uint64_t *out)
{
	uint32_t far = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t apart = nextuse->buffer[i];

		out[i] = apart == DISTANCE_NEVER
				 ? NEXTUSE_NEVER
				 : tell(nextuse, first + i, apart);
		far |= apart == DISTANCE_FAR;
	}
	return far;
}

/* The far ones among the COUNT events of the buffer. */
static int decode_far(
	struct nextuse *nextuse, uint32_t count, uint64_t first, uint64_t *out)
{
	uint64_t apart;
	int status = 0;

	for (uint32_t i = 0; i < count && status == 0; i++) {
		if (nextuse->buffer[i] != DISTANCE_FAR)
			continue;
		status = far_find(nextuse, first + i, &apart);
		if (status == 0)
			out[i] = tell(nextuse, first + i, apart);
	}
	return status;
}

int nextuse_read(struct nextuse *nextuse, uint64_t first, uint32_t events,
	uint64_t *out, struct message *message)
{
	int status = 0;

	assert(first + events <= nextuse->events);
	while (events && status == 0) {
		uint32_t count = events < READ_EVENTS ? events : READ_EVENTS;

		status = file_read(nextuse->descriptor, nextuse->buffer,
			count * sizeof(uint32_t), first * sizeof(uint32_t));
		if (status)
			break;
		if (decode(nextuse, count, first, out))
			status = decode_far(nextuse, count, first, out);
		first += count;
		events -= count;
		out += count;
	}
	if (status)
		return message_set(message, status,
			"%s: temporary file of next uses: %s", nextuse->folder,
			strerror(-status));
	return 0;
}

uint64_t nextuse_file_bytes(const struct nextuse *nextuse)
{
	return nextuse->events * sizeof(uint32_t) +
	       nextuse->far_records * sizeof(struct far_record);
}
