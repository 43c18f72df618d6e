/* Are a policy's counts on a trace those that the program would have had? */
#ifndef REPLAY_EXACT_H
#define REPLAY_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/policy.h"
#include "tracer/trace.h"

enum exactness {
	EXACT_YES,
	EXACT_CLOSE, /* to a percent or so, see TRACE_CLOSE_TIMES */
	EXACT_NO,
};

struct exact_question {
	const struct trace_info *info;
	const struct policy_ops *policy;
	uint64_t frames; /* 0: it has as many as it wants, of variable space */
	bool bit_at_load;
	bool ahead; /* victims leave in batches, or are cleaned before */
};

/* WHY gets a sentence without its end, of at most BYTES; "" if EXACT_YES. */
enum exactness exact_answer(
	const struct exact_question *question, char *why, size_t bytes);

/* "yes", "close", "no" */
const char *exact_name(enum exactness exactness);

#endif
