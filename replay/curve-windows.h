/* The curves of ws and vmin: at many windows in one pass. */
#ifndef REPLAY_CURVE_WINDOWS_H
#define REPLAY_CURVE_WINDOWS_H

#include <signal.h>

#include "cli/number.h"
#include "cli/rows.h"
#include "replay/only-option.h"
#include "replay/policy-spec.h"

enum { CURVE_WINDOWS = 64 }; /* unless windows or sizes are given */

struct curve_windows {
	const struct policy_spec *specs; /* of ws and vmin */
	unsigned specs_count;
	/* NULL: CURVE_WINDOWS, evenly on a log scale from 1 to the references;
	 * of a short trace fewer, as each is there once */
	const struct frames_spec *frames; /* mean residencies to be met */
	unsigned frames_count;
	uint64_t fault_cost; /* in references of a frame */
	const struct only_option *only;
	const char *only_name; /* as for only_use */
	const volatile sig_atomic_t *stop;
	struct rows *rows; /* gets a policy after the other */
};

/* Is OPS one of those that have such a curve? */
bool curve_windows_has(const struct policy_ops *ops);

/* Of the trace PATH; shows progress.  0; -EINVAL where the trace does not tell
 * the time exactly; what reading or writing gave; with a message. */
int curve_windows_run(const char *path, const struct curve_windows *config,
	struct message *message);

#endif
