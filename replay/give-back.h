/*
 * What a program could give back: for each region and phase, whether what the
 * region's pages hold when the phase begins is ever read again, and how many
 * write-backs LRU spends on it in vain.
 *
 *	       mark            page leaves,            end, unmapped,
 *	         |             dirty                   or written anew
 *	--use----+--------------W----------------------------|
 *	         given back here, W is not written
 *
 * A program that gives memory back (madvise MADV_DONTNEED, munmap, free) says
 * that its data is not wanted.  No hint says that, lest one lose data: what is
 * told here is for the programmer.
 *
 * A page counts as read again if it is used in a way that is not just a write,
 * or if it is moved.  A page that is just written to at first may have been
 * written to in part: so that is told apart.
 *
 * One pass over a trace, at one size; the write-backs are those of LRU without
 * hints.  Memory: 29 bytes a page.  Disk, beyond the first MiB: 196 a mark.
 */
#ifndef REPLAY_GIVE_BACK_H
#define REPLAY_GIVE_BACK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "replay/tune-plan.h"
#include "tracer/trace.h"

struct give_back_config {
	const struct tune_scene *scene; /* regions and phases that are meant */
	uint32_t frames;
	const volatile sig_atomic_t *stop; /* may be NULL */
};

/* A region at the marks that begin a phase. */
struct give_back {
	/* There is something to give back, and each time all but a twentieth of
	 * the pages that were used by then are not read again. */
	bool holds;
	bool anew;	     /* some of them are written to later */
	uint64_t writebacks; /* that are saved */
};

struct give_back_result {
	/* phase 0 has no mark */
	struct give_back at[TUNE_REGIONS][TUNE_PHASES];
	uint64_t writebacks; /* all of LRU's */
};

/* 0; -ENOMEM; -ECANCELED (STOP); or what reading gave; with a message. */
int give_back_run(struct trace_reader *reader,
	const struct give_back_config *config, struct give_back_result *out,
	struct message *message);

#endif
