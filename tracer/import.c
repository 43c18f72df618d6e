/* What all parsers of foreign formats share: see import.h. */
#include <config.h>

#include "tracer/import.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/import-parser.h"

static const struct import_parser *const parsers[IMPORT_FORMATS] = {
	[IMPORT_PAGES] = &import_pages,
	[IMPORT_LIRS] = &import_lirs,
	[IMPORT_ARC] = &import_arc,
	[IMPORT_ADDRESS] = &import_address,
	[IMPORT_LACKEY] = &import_lackey,
	[IMPORT_ORACLE] = &import_oracle,
	[IMPORT_CSV] = &import_csv,
	[IMPORT_DRMEMTRACE] = &import_drmemtrace,
	[IMPORT_PERF] = &import_perf,
	[IMPORT_BLKPARSE] = &import_blkparse,
};

const char *import_format_name(enum import_format format)
{
	return format < IMPORT_FORMATS ? parsers[format]->name : NULL;
}

const char *import_format_records(enum import_format format)
{
	return parsers[format]->records;
}

size_t import_format_record_bytes(enum import_format format)
{
	return parsers[format]->record_bytes;
}

int import_format_parse(const char *name, enum import_format *out)
{
	for (unsigned i = 0; i < IMPORT_FORMATS; i++) {
		if (strcmp(name, parsers[i]->name) == 0) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* ---- what parsers call ---- */

int importer_expected(struct importer *importer, const char *expected)
{
	importer->expected = expected;
	return -EINVAL;
}

void importer_talk(struct importer *importer, const char *line)
{
	const struct run_sink *sink = importer->runs.sink;

	if (sink->talk != NULL)
		sink->talk(sink->context, line, strlen(line));
}

int importer_thread(struct importer *importer, uint32_t thread)
{
	if (thread == importer->runs.thread)
		return 0;
	int error = runs_flush(&importer->runs);

	importer->runs.thread = thread;
	return error;
}

int importer_access(struct importer *importer, uint64_t address, uint64_t bytes,
	unsigned kinds)
{
	uint64_t end = address + (bytes > 0 ? bytes - 1 : 0);
	uint64_t first = address >> importer->page_shift;

	if (end < address)
		return importer_expected(
			importer, "ADDRESS + SIZE of at most 2^64");
	return importer_add_pages(importer, first,
		(end >> importer->page_shift) - first + 1, kinds);
}

/* ---- bad records ---- */

/* A line as far as it is worth showing, harmless on a terminal. */
static void quote_line(const char *text, const char *end, char quoted[64])
{
	size_t count = 0;

	if (end > text && end[-1] == '\r')
		end--;
	while (text < end && count < 56) {
		char c = *text++;

		quoted[count++] = isprint((unsigned char)c) ? c
				  : c == '\t'		    ? ' '
							    : '?';
	}
	strcpy(quoted + count, text < end ? "..." : "");
}

int importer_bad_line(struct importer *importer, const char *at,
	const char *end, struct message *message)
{
	char quoted[64];

	quote_line(at, end, quoted);
	return message_set(message, -EINVAL,
		"%s:%" PRIu64 ": found \"%s\", expected %s",
		importer->options.name, importer->place, quoted,
		importer->expected);
}

static int bad_record(struct importer *importer, const uint8_t *record,
	struct message *message)
{
	size_t bytes = importer->parser->record_bytes;
	char hex[3 * 32 + 1] = "";
	int used = 0;

	for (size_t i = 0; i < bytes && i < 32; i++)
		used += snprintf(hex + used, sizeof(hex) - used, "%s%02x",
			i > 0 ? " " : "", record[i]);
	return message_set(message, -EINVAL,
		"%s: byte %" PRIu64 ": found %s, expected %s",
		importer->options.name, (importer->place - 1) * bytes,
		importer->found[0] != '\0' ? importer->found : hex,
		importer->expected);
}

/* ---- feeding ---- */

static int feed_lines(struct importer *importer, const char *text, size_t bytes,
	struct message *message)
{
	const char *end = text + bytes;

	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		struct line line = {text, newline};

		importer->place++;
		importer->expected = NULL;
		int error = importer->parser->line(importer, line);

		if (error == -EINVAL && importer->expected != NULL)
			return importer_bad_line(
				importer, text, newline, message);
		if (error != 0)
			return error;
		text = newline + 1;
	}
	return 0;
}

static int feed_records(struct importer *importer, const char *text,
	size_t bytes, struct message *message)
{
	const struct import_parser *parser = importer->parser;
	const uint8_t *at = (const uint8_t *)text, *end = at + bytes;

	for (; at < end; at += parser->record_bytes) {
		if ((size_t)(end - at) < parser->record_bytes)
			return message_set(message, -EINVAL,
				"%s: byte %" PRIu64 ": the file ends in a "
				"record, expected %zu bytes, %s",
				importer->options.name,
				importer->place * parser->record_bytes +
					(uint64_t)(end - at),
				parser->record_bytes, parser->records);
		importer->place++;
		importer->expected = NULL;
		importer->found[0] = '\0';
		int error = parser->record(importer, at);

		if (error == -EINVAL && importer->expected != NULL)
			return bad_record(importer, at, message);
		if (error != 0)
			return error;
	}
	return 0;
}

int importer_feed(struct importer *importer, const char *text, size_t bytes,
	struct message *message)
{
	const struct import_parser *parser = importer->parser;
	int error;

	if (parser->feed != NULL)
		error = parser->feed(importer, text, bytes, message);
	else if (parser->record_bytes > 0)
		error = feed_records(importer, text, bytes, message);
	else
		error = feed_lines(importer, text, bytes, message);
	return error != 0 ? error : runs_flush(&importer->runs);
}

struct import_traits importer_traits(
	struct importer *importer, const char *text, size_t bytes)
{
	const struct import_parser *parser = importer->parser;
	struct import_traits traits = {parser->has_writes, parser->fidelity};

	if (parser->look != NULL)
		parser->look(importer, text, bytes, &traits);
	return traits;
}

int importer_open(const struct import_options *options,
	const struct run_sink *sink, struct importer **out,
	struct message *message)
{
	const struct import_parser *parser = parsers[options->format];
	struct importer *importer = calloc(1, sizeof(*importer));
	int error = 0;

	if (importer == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	importer->parser = parser;
	importer->options = *options;
	importer->page_shift = __builtin_ctz(options->page_bytes);
	runs_init(&importer->runs, sink);
	if (parser->state_bytes > 0) {
		importer->state = calloc(1, parser->state_bytes);
		if (importer->state == NULL)
			error = message_set(message, -ENOMEM, "out of memory");
	}
	if (error == 0 && parser->open != NULL)
		error = parser->open(importer, message);
	if (error != 0) {
		importer_close(importer);
		return error;
	}
	*out = importer;
	return 0;
}

void importer_close(struct importer *importer)
{
	if (importer == NULL)
		return;
	if (importer->parser->close != NULL && importer->state != NULL)
		importer->parser->close(importer);
	free(importer->state);
	free(importer);
}
