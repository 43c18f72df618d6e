/*
 * The curve of policies that have none in one pass: replays at some sizes,
 * side by side.
 */
#ifndef REPLAY_CURVE_SIZES_H
#define REPLAY_CURVE_SIZES_H

#include "cli/number.h"
#include "cli/rows.h"
#include "replay/only-option.h"
#include "replay/policy-spec.h"
#include "replay/replay.h"

enum { CURVE_SIZES = 64 }; /* unless sizes are given */

struct curve_sizes {
	const struct policy_spec *specs;
	unsigned specs_count;
	/* NULL: CURVE_SIZES, evenly on a log scale from 1 to the pages; of a
	 * small trace fewer, as each is there once */
	const struct frames_spec *frames;
	unsigned frames_count;
	unsigned jobs;
	const struct only_option *only;
	const char *only_name; /* as for only_use */
	const volatile sig_atomic_t *stop;
	/* gets a policy after the other, sizes as they are given or rising */
	struct rows *rows;
};

/* Of the trace PATH; shows progress.  0; -EINVAL where it does not tell a
 * policy's counts exactly; what writing or pass_run gave; with a message. */
int curve_sizes_run(const char *path, const struct curve_sizes *config,
	struct message *message);

#endif
