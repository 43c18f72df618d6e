/*
 * A pass over the blocks of a trace, in their order: what is the same of each
 * pass that does nothing but look.
 */
#ifndef REPLAY_EACH_BLOCK_H
#define REPLAY_EACH_BLOCK_H

#include <signal.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/trace.h"

struct each_block {
	/* Anything but 0 ends the pass, and is what each_block returns; of
	 * -ENOMEM it tells, of anything else the pass. */
	int (*take)(void *pass, const struct trace_block *block);
	void *pass;
	/* Events done so far, once a block.  May be NULL. */
	void (*progress)(void *context, uint64_t events);
	void *context;
	const volatile sig_atomic_t *stop; /* ends the pass; may be NULL */
};

/* 0; -ECANCELED (STOP) or what reading gave, with a message; or what take
 * gave. */
int each_block(struct trace_reader *reader, const struct each_block *each,
	struct message *message);

#endif
