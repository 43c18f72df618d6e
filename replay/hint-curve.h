/*
 * The faults of lru-hints at every size in one pass (hint-depth.h): of all
 * hints whose effect does not depend on the size of memory.  Those are all
 * but pin, will-need, and what sequential reads ahead.
 */
#ifndef REPLAY_HINT_CURVE_H
#define REPLAY_HINT_CURVE_H

#include "replay/curve.h"
#include "replay/hints.h"

/* The whole trace's, without windows and write-backs, by a replay with
 * HINTS.  As curve_run; -ENOTSUP: a hint that depends on the size. */
int hint_curve_run(struct trace_reader *reader,
	const struct curve_config *config, const struct hints *hints,
	struct message *message);

#endif
