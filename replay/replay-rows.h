/* The rows of `selfpage replay`: the columns, and a result as a row. */
#ifndef REPLAY_REPLAY_ROWS_H
#define REPLAY_REPLAY_ROWS_H

#include "cli/rows.h"
#include "replay/costs.h"
#include "replay/exact.h"
#include "replay/policy-spec.h"
#include "replay/replay.h"

/* Of a row, where policies of variable space are asked, too. */
struct replay_residency {
	uint64_t window;       /* 0: the row's policy is of fixed space */
	uint64_t asked_frames; /* 0: the window was given */
	uint64_t fault_cost;   /* references of a frame */
	uint64_t space;	       /* frames x references */
};

/* What a row says besides the replay's own result. */
struct replay_row {
	const char *trace;
	const struct trace_info *info;
	const struct policy_spec *policy;
	uint64_t frames;
	const struct replay_result *result;
	/* faults of OPT and LRU on the same trace and frames, if known */
	const uint64_t *opt_faults, *lru_faults;
	const struct replay_result *fifo; /* likewise */
	const struct costs *costs;	  /* NULL: none are given */
	double cycle_ns;
	/* what is told of space-time; NULL: nothing, as no policy of variable
	 * space was asked */
	const struct replay_residency *residency;
	const char *counter_source;
	enum exactness exactness;
	const char *hints; /* the file that the policy was told; or NULL */
	const char *job;   /* its key in a sweep; or NULL */
};

int replay_rows_start(FILE *stream, enum rows_format format, struct rows **out);
int replay_rows_add(struct rows *rows, const struct replay_row *row);

#endif
