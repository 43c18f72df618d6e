/*
 * The curve of policies that have none in one pass: replays at some sizes,
 * side by side.
 */
#ifndef REPLAY_CURVE_SIZES_H
#define REPLAY_CURVE_SIZES_H

#include "cli/number.h"
#include "cli/rows.h"
#include "replay/policy-spec.h"
#include "replay/replay.h"

enum { CURVE_SIZES = 64 }; /* unless sizes are given */

struct curve_sizes {
	const char *trace; /* its path: rows call it by its name */
	const struct policy_spec *specs;
	unsigned specs_count;
	/* NULL: CURVE_SIZES, evenly on a log scale from 1 to the pages; of a
	 * small trace fewer, as each is there once */
	const struct frames_spec *frames;
	unsigned frames_count;
	unsigned jobs;
	const volatile sig_atomic_t *stop;
	/* gets a policy after the other, sizes as they are given or rising */
	struct rows *rows;
	void (*progress)(void *context, uint64_t references);
	void *progress_context;
};

/* References that all replays have together. */
uint64_t curve_sizes_references(
	const struct curve_sizes *config, const struct trace_info *info);

/* 0; -EINVAL where the trace does not tell a policy's counts exactly; what
 * writing or pass_run gave; with a message. */
int curve_sizes_run(struct trace_reader *reader,
	const struct curve_sizes *config, struct message *message);

#endif
