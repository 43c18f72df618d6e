/*
 * When is the page of each event used next?  What OPT has to know.
 *
 * One pass over the trace from its end to its start, with one entry a
 * distinct page in memory; the answers go to a temporary file that has no
 * name, four bytes an event: the distance in events to the next use.
 *
 *	event	0  1  2  3  4  5
 *	page	a  b  a  c  b  a
 *	next	2  4  5  -  -  -	absolute: what nextuse_read gives
 *	file	2  3  3  N  N  N	distances, N for never
 *
 * With `references` distances are in references, not events: what a policy
 * with a window in time has to know.
 *
 * Memory: 4 bytes a distinct page (8 in a trace of 2^32 - 2 events or more)
 * during the pass, none after it, plus one block's worth of buffer.
 */
#ifndef REPLAY_NEXTUSE_H
#define REPLAY_NEXTUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/trace.h"

#define NEXTUSE_NEVER UINT64_MAX
#define NEXTUSE_FAR_LIMIT                                                      \
	(UINT32_MAX - 1) /* distances from here on are rare
					      and kept in another file */

struct nextuse_options {
	const char *folder; /* for the temporary files; NULL: $TMPDIR or /tmp */
	uint32_t far_limit; /* 0: NEXTUSE_FAR_LIMIT; tests set it low, >= 1 */
	/* Tell how many references apart they are, from the last of the
	 * event's run to the first of the next one's: READER was opened
	 * with_counts then. */
	bool references;
	/* Called a block with the events done so far; anything but 0 ends the
	 * pass with -ECANCELED.  May be NULL. */
	int (*progress)(void *context, uint64_t events_done);
	void *progress_context;
};

struct nextuse;

/*
 * Makes the pass; OPTIONS may be NULL.  Reads each block of READER once.
 * Returns 0; -ENOMEM; -ENOSPC with a message that names the folder, what is
 * needed and TMPDIR; -ECANCELED; or what reading or writing gave.
 */
int nextuse_build(struct trace_reader *reader,
	const struct nextuse_options *options, struct nextuse **out,
	struct message *message);
void nextuse_close(struct nextuse *nextuse); /* NULL is fine */

/*
 * The next uses of events FIRST .. FIRST + EVENTS - 1, which must be in the
 * trace: OUT[i] is the number of the next event of the same page, over the
 * trace (with `references`: how far it is), or NEXTUSE_NEVER.  Any order;
 * rising order, a block a call, is the fast one.  Returns 0 or the system's
 * -errno.
 */
int nextuse_read(struct nextuse *nextuse, uint64_t first, uint32_t events,
	uint64_t *out, struct message *message);

/* Bytes in the temporary files. */
uint64_t nextuse_file_bytes(const struct nextuse *nextuse);

#endif
