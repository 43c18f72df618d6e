/* A shorter trace that gives the same faults (sad.h). */
#ifndef TRACER_REDUCE_H
#define TRACER_REDUCE_H

#include <signal.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/trace.h"

struct reduce_config {
	uint32_t frames; /* K: what fewer frames need is left out */
	/* References done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t references);
	void *context;
	const volatile sig_atomic_t *stop; /* ends it if it is set */
};

/*
 * Writes what READER gives, opened with counts, to PATH.  0; -EINVAL: READER's
 * trace is reduced for more frames already; -EINTR (STOP); what reading or
 * writing gave; with a message, and PATH was not written.
 */
int reduce_trace(struct trace_reader *reader, const char *path,
	const struct reduce_config *config, struct message *message);

#endif
