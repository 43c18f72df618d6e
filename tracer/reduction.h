/*
 * Private to the writer: references in, and those out that a memory of K
 * frames or more can tell.
 *
 *	touches --> window --> sad --> joined --> emit
 *
 * The window is quick and leaves little for SAD to do, which leaves out what
 * lies over the borders of windows (window.h, sad.h).  What is then one
 * after the other becomes one run.
 */
#ifndef TRACER_REDUCTION_H
#define TRACER_REDUCTION_H

#include <stddef.h>
#include <stdint.h>

#include "tracer/sad.h"

struct reduction;

/* FRAMES: K, 2 .. SAD_FRAMES_MAX.  -ENOMEM.  Memory: 500 bytes times K. */
int reduction_create(
	uint32_t frames, sad_emit *emit, void *context, struct reduction **out);
void reduction_destroy(struct reduction *reduction); /* NULL is fine */

/* 0 or what emitting gave: then it is of no use any more. */
int reduction_add(struct reduction *reduction,
	const struct trace_touch *touches, size_t count, uint32_t thread);

/* Emits all that is held back: nothing is left out across this point. */
int reduction_flush(struct reduction *reduction);

#endif
