/*
 * Phases that a program does not tell of, found by what it uses: windows of
 * events one after the other, each with its mix of places, and cuts where the
 * mix changes.
 *
 *	mix	aaab aaab abab | cccd ccdd | aaab aaba
 *	phase	   phase-1     |  phase-2  |  phase-1
 *
 * A place is a page of text that is run; of data it is the region that the
 * page is of, as its name says, or the megabyte around it where no region is
 * told.  Places are hashed to a few counters (as basic blocks are for
 * SimPoint: Sherwood, Perelman, Hamerly and Calder, ASPLOS 2002).  When there
 * are too many windows each two become one, so memory is bounded; neighbours
 * that are most alike are then joined until none are.
 */
#ifndef REPLAY_PHASE_WINDOWS_H
#define REPLAY_PHASE_WINDOWS_H

#include <stdint.h>

#include "base/message.h"
#include "tracer/trace.h"

enum {
	PHASE_PLACES = 128,
	PHASE_WINDOWS = 512,
	PHASE_EVENTS = 4096, /* of a window, to begin with */
};

struct phase_window {
	uint64_t event, end;
	uint64_t places[PHASE_PLACES];
	unsigned kind; /* alike ones have the same, from 1 */
};

struct phase_windows;

/* For the trace of READER.  1 KiB a window, 13 bytes a page. */
int phase_windows_create(struct trace_reader *reader,
	struct phase_windows **out, struct message *message);
void phase_windows_destroy(struct phase_windows *windows); /* NULL is fine */

/* The next block. */
void phase_windows_add(
	struct phase_windows *windows, const struct trace_block *block);

/* All blocks were added: the phases, *COUNT_OUT of them, at least one if there
 * are events.  They are WINDOWS'. */
const struct phase_window *phase_windows_end(
	struct phase_windows *windows, unsigned *count_out);

#endif
