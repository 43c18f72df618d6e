/* Whether a trace is good for a curve. */
#ifndef REPLAY_CURVE_CHECK_H
#define REPLAY_CURVE_CHECK_H

#include "base/message.h"
#include "cli/number.h"
#include "mm/policy.h"
#include "tracer/trace.h"

/* A trace with nothing in it is refused.  0 or -EINVAL with a message. */
int curve_check_end(const struct trace_info *info, struct message *message);

/* So is what the trace does not tell exactly of POLICY, which NAME calls by
 * its parameters, at FRAMES. */
int curve_check_frames(const struct trace_info *info,
	const struct policy_ops *policy, const char *name, uint64_t frames,
	struct message *message);

/* All of that at each of FRAMES; without any, where the curve starts. */
int curve_check(const struct trace_info *info, const struct policy_ops *policy,
	const struct frames_spec *frames, unsigned frames_count,
	struct message *message);

#endif
