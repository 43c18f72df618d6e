/*
 * A trace in the formats of others' tools.
 *
 *     oracleGeneral  libCacheSim's, see oracle.h; the time is 0, the size a
 *                    page's, each with the number of its page's next use
 *     pages          PAGE, and r or w where the trace tells them apart
 *
 * A record, or a line, is a reference; or an event, if only runs are asked
 * for.  What is read back is the same trace but for what the format cannot
 * tell: doc/importing.md has the list.
 */
#ifndef TRACER_EXPORT_H
#define TRACER_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/trace.h"

enum export_format { EXPORT_ORACLE, EXPORT_PAGES, EXPORT_FORMATS };

struct export_options {
	enum export_format format;
	bool runs;	  /* a run of references is one record */
	const char *name; /* what messages call the file */
	/* Now and then, with CONTEXT: references done, of all. */
	void (*tick)(void *context, uint64_t done, uint64_t all);
	void *context;
};

/* "oracleGeneral" ...; NULL past the last. */
const char *export_format_name(enum export_format format);
/* -EINVAL: no such format */
int export_format_parse(const char *name, enum export_format *out);

/*
 * Writes what READER (opened with counts) has to the file FD, from where it
 * stands on.  oracleGeneral is made from the end to the start: where FD is no
 * file that can be written so (a pipe), a nameless one in TMPDIR takes it
 * first, 24 bytes a reference.  Memory is the reader's and 8 bytes a page.
 * 0; -EINVAL: corrupt; -ENOMEM; or the system's -errno; with a message.
 */
int export_trace(struct trace_reader *reader,
	const struct export_options *options, int fd, struct message *message);

#endif
