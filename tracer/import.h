/*
 * The parsers of foreign trace formats: text in, runs of references out.
 *
 *     pages    PAGE [r|w]             one reference a line; # comments
 *     lirs     PAGE                   one reference a line; lines of * skipped
 *     arc      START COUNT X X        COUNT references, START, START + 1, ...
 *     address  l|s 0xADDRESS N        a load or a store of one page
 *     lackey   what Valgrind's Lackey writes, see lackey.h
 *
 * Numbers are of 64 bits, decimal or, after 0x, hexadecimal.  A line may end
 * in a carriage return and a newline.
 */
#ifndef TRACER_IMPORT_H
#define TRACER_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/import-runs.h"

enum import_format {
	IMPORT_PAGES,
	IMPORT_LIRS,
	IMPORT_ARC,
	IMPORT_ADDRESS,
	IMPORT_LACKEY,
	IMPORT_FORMATS,
};

struct importer;

/* "pages" ...; NULL past the last. */
const char *import_format_name(enum import_format format);
/* -EINVAL: no such format */
int import_format_parse(const char *name, enum import_format *out);

/*
 * NAME is what messages call the file.  PAGE_BYTES (a power of two) says
 * what a page is where the text gives addresses.  SINK with its context and
 * NAME must live as long as the importer.  -ENOMEM.
 */
int importer_open(enum import_format format, const char *name,
	uint32_t page_bytes, const struct run_sink *sink,
	struct importer **out);
void importer_close(struct importer *importer);

/*
 * Parses BYTES of TEXT: whole lines, the last with its newline, followed by
 * PARSE_PADDING bytes that may be read.  The runs are handed to the sink
 * before it returns.  -EINVAL: a bad line, MESSAGE says FILE:LINE, what is
 * there and what was expected; or the sink's error, without a message.
 */
int importer_feed(struct importer *importer, const char *text, size_t bytes,
	struct message *message);

/* Does the text tell reads from writes?  Looks through BYTES of its start. */
bool import_has_writes(
	enum import_format format, const char *text, size_t bytes);

#endif
