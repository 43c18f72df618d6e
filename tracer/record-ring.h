/*
 * The recorder's end of one process's ring (pagetrace/protocol.h).
 */
#ifndef TRACER_RECORD_RING_H
#define TRACER_RECORD_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pagetrace/protocol.h"

struct ring;

/* Takes the ring and the life line of who said HELLO.  0 or -errno. */
int ring_attach(const struct pagetrace_hello *hello, struct ring **out);
void ring_detach(struct ring *ring);

/* A file that hangs up when the process has ended. */
int ring_life_line(const struct ring *ring);

/*
 * Waits for the next chunk.  False: there is no more, and never will be.
 * *WORDS_OUT is valid until ring_release, which must follow.
 */
bool ring_next(
	struct ring *ring, const uint64_t **words_out, size_t *count_out);
void ring_release(struct ring *ring);

/* The process may start. */
void ring_start(struct ring *ring);
/* It may go on without being recorded. */
void ring_stop(struct ring *ring);
/* From another thread: no more will come, ring_next is to end. */
void ring_end(struct ring *ring);

#endif
