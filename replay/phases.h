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

#include "base/message.h"
#include "tracer/trace.h"

/* Events [event, end): some. */
struct program_phase {
	/* "start", or its mark, which may come many times; or "phase-1" and so
	 * on where the program says nothing: what is alike is the same */
	char *name;
	uint64_t event, end;
	bool marked; /* it begins with a mark */
};

struct phases {
	struct program_phase
		*phase; /* [count], in order; together all events */
	unsigned count;
};

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
 * the trace.  Memory: a phase each, 13 bytes a page.  0; -ENOMEM; -ECANCELED
 * (STOP); or what reading gave, with a message.  To be freed.
 */
int phases_run(struct trace_reader *reader, const struct phases_config *config,
	struct phases *out, struct message *message);
void phases_free(struct phases *phases);

#endif
