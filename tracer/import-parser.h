/*
 * What a parser of a foreign format is, and what it may call: between
 * import.c and the import-FORMAT.c, one file a format, nobody else's business.
 *
 * A parser gets one record at a time, a line of text or a fixed number of
 * bytes, and either adds its references or says what it had expected.
 * import.c cuts the records out, counts them and names the bad one.
 */
#ifndef TRACER_IMPORT_PARSER_H
#define TRACER_IMPORT_PARSER_H

#include "tracer/import-line.h"
#include "tracer/import-runs.h"
#include "tracer/import.h"

struct importer {
	const struct import_parser *parser;
	struct import_options options;
	unsigned page_shift;
	uint64_t place;	      /* records before what is fed next */
	const char *expected; /* what a bad record should have been */
	char found[64];	      /* what it is, if its bytes do not tell; or "" */
	void *state;	      /* the parser's own */
	struct runs runs;
};

struct import_parser {
	const char *name;
	const char *records; /* what one looks like, in a few words */
	/* Of one record; 0: a record is a line. */
	size_t record_bytes;
	/* Of STATE, which is zero at the start; freed by import.c. */
	size_t state_bytes;
	bool has_writes; /* reads and writes are told apart */
	enum trace_fidelity fidelity;

	/* Each may be NULL.  Looks through the start of the text, before it
	 * is fed, for what else the format has told. */
	void (*look)(struct importer *importer, const char *text, size_t bytes,
		struct import_traits *traits);
	/* Takes options; -EINVAL or -ENOMEM with a message. */
	int (*open)(struct importer *importer, struct message *message);
	void (*close)(struct importer *importer);

	/* One of these.  0; -EINVAL with importer->expected set; or what the
	 * sink said, or -ENOMEM, without. */
	int (*line)(struct importer *importer, struct line line);
	int (*record)(struct importer *importer, const uint8_t *record);
	/* Whole lines, as importer_feed. */
	int (*feed)(struct importer *importer, const char *text, size_t bytes,
		struct message *message);
};

extern const struct import_parser import_pages, import_lirs, import_arc,
	import_address, import_lackey, import_oracle, import_csv,
	import_drmemtrace, import_perf, import_blkparse;

/* The message for the line [AT, END) that is not as expected. */
int importer_bad_line(struct importer *importer, const char *at,
	const char *end, struct message *message);

/* A line for the user, if there is one who listens. */
void importer_talk(struct importer *importer, const char *line);

/* What is added from now on is THREAD's. */
int importer_thread(struct importer *importer, uint32_t thread);

static inline int importer_add(
	struct importer *importer, uint64_t vpn, unsigned kinds)
{
	if (runs_full(&importer->runs)) {
		int error = runs_flush(&importer->runs);

		if (error != 0)
			return error;
	}
	runs_add(&importer->runs, vpn, kinds, 1);
	return 0;
}

/* COUNT pages from VPN on; the last must not lie beyond 2^64. */
static inline int importer_add_pages(
	struct importer *importer, uint64_t vpn, uint64_t count, unsigned kinds)
{
	int error = 0;

	for (uint64_t i = 0; i < count && error == 0; i++)
		error = importer_add(importer, vpn + i, kinds);
	return error;
}

/* Bad: what was EXPECTED.  Returns -EINVAL. */
int importer_expected(struct importer *importer, const char *expected);

/* An access of BYTES at ADDRESS, a reference for each page that it touches.
 * -EINVAL: it wraps around. */
int importer_access(struct importer *importer, uint64_t address, uint64_t bytes,
	unsigned kinds);

#endif
