/*
 * The phases of a program's run, one behind the other: what it said itself
 * by SELFPAGE_MARK, or what can be found where it said nothing.
 *
 *	start	 built	     sorted	  built
 *	|--------|-----------|------------|------------
 *	0     the mark	 the mark     again
 *	      "built"	 "sorted"
 */
#ifndef REPLAY_PHASES_H
#define REPLAY_PHASES_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/disk-array.h"
#include "base/message.h"
#include "tracer/trace.h"

/* Events [event, end): some. */
struct program_phase {
	uint64_t event, end;
	uint64_t name : 63;  /* see phases_name */
	uint64_t marked : 1; /* it begins with a mark */
};

struct phases {
	struct program_phase
		*phase; /* [count], in order; together all events */
	unsigned count;
	struct disk_array phases, names; /* where they lie */
};

/* "start", or its mark, which may come many times; or "phase-1" and so on where
 * the program says nothing: what is alike is the same. */
static inline const char *phases_name(
	const struct phases *phases, unsigned number)
{
	return (const char *)phases->names.data + phases->phase[number].name;
}

struct phases_config {
	/* Events done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* ends the pass; may be NULL */
};

/*
 * Reads each block of READER once.  Marks without events between them leave
 * only the last.  Where there are none it is found out where the program begins
 * to do other things (phase-windows.h), as a guess that depends on nothing but
 * the trace.  Memory: 13 bytes a page.  Disk, beyond the first MiB: 24 a
 * phase, and its name.  0; -ENOMEM; -ECANCELED (STOP); or what reading gave, or
 * writing, with a message.  To be freed.
 */
int phases_run(struct trace_reader *reader, const struct phases_config *config,
	struct phases *out, struct message *message);
void phases_free(struct phases *phases);

#endif
