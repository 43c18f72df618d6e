/*
 * The parsers of foreign trace formats: text or records in, runs of
 * references out.
 *
 *     pages          PAGE [r|w]          one reference a line; # comments
 *     lirs           PAGE                the same; lines of * are skipped
 *     arc            START COUNT X X     COUNT references from START on
 *     address        l|s 0xADDRESS N     a load or a store of one page
 *     lackey         what Valgrind's Lackey writes, see lackey.h
 *     oracleGeneral  libCacheSim's records of 24 bytes
 *     csv            columns by name or number
 *     drmemtrace     DynamoRIO's records of 12 bytes
 *     perf           what perf script prints of page faults and samples
 *     blkparse       what blkparse prints
 *
 * Each is told of in its import-FORMAT.c, and for users in doc/importing.md.
 * Numbers in text are of 64 bits, decimal or, after 0x, hexadecimal.  A line
 * may end in a carriage return and a newline.
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
	IMPORT_ORACLE,
	IMPORT_CSV,
	IMPORT_DRMEMTRACE,
	IMPORT_PERF,
	IMPORT_BLKPARSE,
	IMPORT_FORMATS,
};

struct import_options {
	enum import_format format;
	const char *name;    /* what messages call the file */
	uint32_t page_bytes; /* a power of two: where addresses are given */
	const char *columns; /* csv: "page=...,write=..."; NULL: its header */
	char action;	     /* blkparse: of which lines; 0: Q, queued */
};

/* What a header must say before the first reference is known. */
struct import_traits {
	bool has_writes; /* reads and writes are told apart */
	enum trace_fidelity fidelity;
};

struct importer;

/* "pages" ...; NULL past the last. */
const char *import_format_name(enum import_format format);
/* What its records look like, in a few words. */
const char *import_format_records(enum import_format format);
/* Bytes a record; 0: lines of text. */
size_t import_format_record_bytes(enum import_format format);
/* -EINVAL: no such format */
int import_format_parse(const char *name, enum import_format *out);

/*
 * SINK with its context and the strings of OPTIONS must live as long as the
 * importer.  -ENOMEM; -EINVAL: bad columns; with a message.
 */
int importer_open(const struct import_options *options,
	const struct run_sink *sink, struct importer **out,
	struct message *message);
void importer_close(struct importer *importer);

/* What the format tells, as far as BYTES of its start show. */
struct import_traits importer_traits(
	struct importer *importer, const char *text, size_t bytes);

/*
 * Parses BYTES of TEXT: whole lines, the last with its newline, or whole
 * records but for what the file ends with; followed by PARSE_PADDING bytes
 * that may be read.  The runs are handed to the sink before it returns.
 * -EINVAL: a bad record, MESSAGE says where it is, what is there and what
 * was expected; or -ENOMEM or the sink's error, without a message.
 */
int importer_feed(struct importer *importer, const char *text, size_t bytes,
	struct message *message);

#endif
