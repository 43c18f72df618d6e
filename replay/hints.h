/*
 * Hint files: what a program could have told the pager about its pages.
 *
 *	# comment
 *	[@EVENT | @MARK] WHERE HINT [VALUE]
 *
 * EVENT	from this event of the trace on; from the start if left out
 * MARK		each time the program says this, from then on (until another
 *		hint for the same pages); @"..." if there are blanks in it or
 *		if it begins with a digit
 * WHERE	0xSTART-0xEND (bytes, END not included), a region's name as
 *		the trace has it ([heap], [stack], [anon:rows], a file's path
 *		or only its base name; in double quotes if there are blanks in
 *		it, with \" and \\ for these), or * for all.  Behind a name
 *		+START-END: only that part of each map of this name, in bytes
 *		(4096, 0x1000, 64KiB, 4MiB) or in shares of the map's length
 *		(+0%-40%), of the heap's and a stack's as they are at the time
 * HINT		normal, random, sequential, read-once, will-need, dont-need,
 *		cold, pin, unpin, priority
 * VALUE	of priority: 0 to 7, lower is evicted sooner, 4 to begin with
 *
 *	[heap] priority 6
 *	@250000 0x7f0000000000-0x7f0000400000 read-once
 *	@sorted [anon:rows]+0%-40% dont-need
 */
#ifndef REPLAY_HINTS_H
#define REPLAY_HINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/map-part.h"
#include "base/message.h"
#include "mm/advice.h"

#define HINTS_PRIORITY_MAX 7

struct hint {
	uint64_t event;
	char *mark;	      /* or at each of these, with event 0; or NULL */
	uint64_t start, end;  /* bytes, [start, end); 0 and UINT64_MAX: all */
	char *region;	      /* or a region's name, with start and end 0 */
	struct map_part part; /* ... of which only this is meant */
	enum advice advice;
	uint8_t value; /* of ADVICE_PRIORITY, else 0 */
	uint32_t line; /* in the file, from 1; for messages */
};

struct hints {
	/* [count], by event; behind them those of marks, as in the file */
	struct hint *hint;
	size_t count;
	size_t timed; /* that have no mark: the first ones */
	char *name;   /* of the file; for messages */
};

/*
 * Reads a hint file.  Returns 0, and *OUT is to be given to hints_free;
 * -EINVAL with "FILE:LINE: found ..., expected ..."; -ENOMEM; or what
 * opening or reading gave.
 */
int hints_load(const char *path, struct hints *out, struct message *message);

/* The same from an open stream, which NAME stands for in messages. */
int hints_read(FILE *stream, const char *name, struct hints *out,
	struct message *message);

void hints_free(struct hints *hints);

/* Whether HINT is for the region called NAME: by its whole name, or by its
 * base name where the hint has no slash.  False for hints with addresses. */
bool hint_names(const struct hint *hint, const char *name);

/* Writes HINT as a line of a file, which is read as it was. */
void hint_write(FILE *stream, const struct hint *hint);

/* "read-once" and so on. */
const char *hints_advice_name(enum advice advice);

#endif
