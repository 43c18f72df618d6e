/*
 * Traces out to others' formats: see export.h.
 *
 * A reference's next use lies in its future, so oracleGeneral is made
 * backwards, block by block and event by event: an array a page keeps where
 * its use was that was met last, and so comes next.  The buffer fills from
 * its end as well, and goes to the place in the file that its records have.
 *
 *	file:    |        not written yet         |#####buffer#####|~~done~~|
 *	                                          ^ 24 * (references before)
 */
#include <config.h>

#include "tracer/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tracer/oracle.h"

#define RECORDS 8192
#define TEXT_BYTES (1u << 16)
#define LINE_BYTES_MAX 24u /* 20 digits, a blank, a letter, a newline */

static const char *const format_names[EXPORT_FORMATS] = {
	[EXPORT_ORACLE] = "oracleGeneral",
	[EXPORT_PAGES] = "pages",
};

const char *export_format_name(enum export_format format)
{
	return format < EXPORT_FORMATS ? format_names[format] : NULL;
}

int export_format_parse(const char *name, enum export_format *out)
{
	for (unsigned i = 0; i < EXPORT_FORMATS; i++) {
		if (strcmp(name, format_names[i]) == 0) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}

struct work {
	struct trace_reader *reader;
	const struct trace_info *info;
	const struct export_options *options;
	const uint64_t *vpn; /* by page id */
	int fd;
	uint64_t all; /* records or lines in the end */
	struct message *message;
};

static int cannot_write(const struct work *work, int error)
{
	return message_set(work->message, error, "%s: cannot write: %s",
		work->options->name, strerror(-error));
}

static void tick(const struct work *work, uint64_t done)
{
	if (work->options->tick != NULL)
		work->options->tick(work->options->context, done, work->all);
}

/* How many records there will be.  The blocks' own sums do not tell: they
 * count what a reduction has left out, too. */
static int count_all(struct work *work)
{
	struct trace_block block;

	work->all = work->info->events;
	if (work->options->runs)
		return 0;
	work->all = 0;
	for (uint64_t i = 0; i < work->info->blocks; i++) {
		int error = trace_reader_read(
			work->reader, i, &block, work->message);

		if (error != 0)
			return error;
		for (uint32_t k = 0; k < block.events; k++)
			work->all += block.count[k];
	}
	return 0;
}

/* ---- oracleGeneral ---- */

struct backward {
	const struct work *work;
	int fd;
	uint64_t base;	 /* of the first record in the file, bytes */
	uint64_t before; /* references that are not in the buffer yet */
	int64_t *next;	 /* by page id; -1: it is not used again */
	unsigned first;	 /* of record: those from here on are filled */
	struct oracle_record record[RECORDS];
};

static int backward_flush(struct backward *backward)
{
	const struct oracle_record *from = backward->record + backward->first;
	size_t bytes = (RECORDS - backward->first) * sizeof(*from);
	int error = file_write(backward->fd, from, bytes,
		backward->base + backward->before * sizeof(*from));

	backward->first = RECORDS;
	return error != 0 ? cannot_write(backward->work, error) : 0;
}

static int backward_add(struct backward *backward, uint32_t page)
{
	const struct work *work = backward->work;

	backward->record[--backward->first] = (struct oracle_record){
		.object = work->vpn[page],
		.bytes = work->info->page_bytes,
		.next = backward->next[page],
	};
	backward->next[page] = (int64_t)backward->before--;
	return backward->first > 0 ? 0 : backward_flush(backward);
}

static int backward_block(
	struct backward *backward, const struct trace_block *block)
{
	const struct work *work = backward->work;

	for (uint32_t i = block->events; i-- > 0;) {
		uint32_t count = work->options->runs ? 1 : block->count[i];

		if (count > backward->before)
			return message_set(work->message, -EINVAL,
				"%s: the trace changed while it was read",
				work->info->path);
		while (count-- > 0) {
			int error = backward_add(backward, block->page[i]);

			if (error != 0)
				return error;
		}
	}
	return 0;
}

static int backward_run(struct backward *backward)
{
	const struct work *work = backward->work;
	int error = 0;

	for (uint64_t i = work->info->blocks; i-- > 0 && error == 0;) {
		struct trace_block block;

		error = trace_reader_read(
			work->reader, i, &block, work->message);
		if (error == 0)
			error = backward_block(backward, &block);
		tick(work, work->all - backward->before);
	}
	return error != 0 ? error : backward_flush(backward);
}

static int write_backward(const struct work *work, int fd, uint64_t base)
{
	struct backward *backward = malloc(sizeof(*backward));
	size_t pages = work->info->pages;
	int error = 0;

	if (backward == NULL)
		return message_set(work->message, -ENOMEM, "out of memory");
	backward->work = work;
	backward->fd = fd;
	backward->base = base;
	backward->before = work->all;
	backward->first = RECORDS;
	backward->next = malloc((pages + 1) * sizeof(*backward->next));
	if (backward->next == NULL) {
		error = message_set(work->message, -ENOMEM,
			"out of memory: %zu pages take 8 bytes each", pages);
	} else {
		for (size_t i = 0; i < pages; i++)
			backward->next[i] = -1;
		error = backward_run(backward);
	}
	free(backward->next);
	free(backward);
	return error;
}

static int write_all(const struct work *work, const char *data, size_t bytes)
{
	while (bytes > 0) {
		ssize_t done = write(work->fd, data, bytes);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return cannot_write(work, done < 0 ? -errno : -ENOSPC);
		data += done;
		bytes -= (size_t)done;
	}
	return 0;
}

/* The first BYTES of FROM. */
static int copy_all(const struct work *work, int from, uint64_t bytes)
{
	char data[TEXT_BYTES];

	for (uint64_t at = 0; at < bytes;) {
		size_t piece =
			bytes - at < sizeof(data) ? bytes - at : sizeof(data);
		int error = file_read(from, data, piece, at);

		error = error != 0 ? cannot_write(work, error)
				   : write_all(work, data, piece);
		if (error != 0)
			return error;
		at += piece;
	}
	return 0;
}

/* Can it be written from the end to the start?  Then where it stands. */
static bool takes_places(int fd, uint64_t *base_out)
{
	struct stat status;
	off_t base = lseek(fd, 0, SEEK_CUR);
	int flags = fcntl(fd, F_GETFL);

	*base_out = (uint64_t)base;
	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       base >= 0 && flags >= 0 && (flags & O_APPEND) == 0;
}

static int write_oracle(const struct work *work)
{
	uint64_t bytes = work->all * sizeof(struct oracle_record), base;
	int error, nameless;

	if (takes_places(work->fd, &base)) {
		error = write_backward(work, work->fd, base);
		if (error == 0 &&
			lseek(work->fd, (off_t)(base + bytes), SEEK_SET) < 0)
			error = cannot_write(work, -errno);
		return error;
	}
	error = file_open_nameless(file_temporary_folder(), &nameless);
	if (error != 0)
		return message_set(work->message, error,
			"%s: cannot make a file there: %s",
			file_temporary_folder(), strerror(-error));
	error = write_backward(work, nameless, 0);
	if (error == 0)
		error = copy_all(work, nameless, bytes);
	close(nameless);
	return error;
}

/* ---- pages ---- */

struct text {
	const struct work *work;
	size_t used;
	uint64_t lines;
	char data[TEXT_BYTES];
};

static int text_flush(struct text *text)
{
	int error = write_all(text->work, text->data, text->used);

	text->used = 0;
	return error;
}

/* LETTER 0: none. */
static int text_line(struct text *text, uint64_t page, char letter)
{
	char digits[20];
	unsigned count = 0;

	if (sizeof(text->data) - text->used < LINE_BYTES_MAX) {
		int error = text_flush(text);

		if (error != 0)
			return error;
	}
	do
		digits[count++] = (char)('0' + page % 10);
	while ((page /= 10) > 0);
	while (count > 0)
		text->data[text->used++] = digits[--count];
	if (letter != 0) {
		text->data[text->used++] = ' ';
		text->data[text->used++] = letter;
	}
	text->data[text->used++] = '\n';
	text->lines++;
	return 0;
}

/* A run that wrote is a write at its end and reads before, so that it comes
 * back as the run that it was. */
static int text_event(
	struct text *text, const struct trace_block *block, uint32_t i)
{
	const struct work *work = text->work;
	uint32_t count = work->options->runs ? 1 : block->count[i];
	unsigned kinds = block->kinds[i];
	bool wrote = (kinds & TRACE_WRITE) != 0;
	bool only = (kinds & (TRACE_READ | TRACE_INSTRUCTION)) == 0;
	int error = 0;

	while (count-- > 0 && error == 0) {
		char letter = wrote && (only || count == 0) ? 'w' : 'r';

		error = text_line(text, work->vpn[block->page[i]],
			work->info->has_writes ? letter : 0);
	}
	return error;
}

static int write_pages(const struct work *work)
{
	struct text *text = malloc(sizeof(*text));
	int error = 0;

	if (text == NULL)
		return message_set(work->message, -ENOMEM, "out of memory");
	text->work = work;
	text->used = 0;
	text->lines = 0;
	for (uint64_t i = 0; i < work->info->blocks && error == 0; i++) {
		struct trace_block block;

		error = trace_reader_read(
			work->reader, i, &block, work->message);
		for (uint32_t k = 0; error == 0 && k < block.events; k++)
			error = text_event(text, &block, k);
		tick(work, text->lines);
	}
	if (error == 0)
		error = text_flush(text);
	free(text);
	return error;
}

int export_trace(struct trace_reader *reader,
	const struct export_options *options, int fd, struct message *message)
{
	struct work work = {
		.reader = reader,
		.info = trace_reader_info(reader),
		.options = options,
		.fd = fd,
		.message = message,
	};
	int error = trace_reader_load_pages(reader, &work.vpn, message);

	if (error == 0)
		error = count_all(&work);
	if (error != 0)
		return error;
	return options->format == EXPORT_ORACLE ? write_oracle(&work)
						: write_pages(&work);
}
