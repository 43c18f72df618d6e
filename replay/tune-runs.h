/*
 * Traces as `selfpage tune` sees them, and replays of many plans side by side
 * over one pass of a trace.
 */
#ifndef REPLAY_TUNE_RUNS_H
#define REPLAY_TUNE_RUNS_H

#include <signal.h>
#include <stdint.h>

#include "base/message.h"
#include "replay/replay.h"
#include "replay/tune-plan.h"
#include "tracer/trace.h"

/* A replay to be, and what came of it. */
struct tune_run {
	const struct tune_plan *plan;	 /* or NULL */
	const struct policy_ops *policy; /* NULL: lru-hints */
	const double *values;		 /* of its parameters */
	uint64_t seed;
	uint64_t frames;
	uint32_t read_ahead; /* pages; 0: what is sequential means nothing */
	struct replay_result result;
};

struct tune_runs {
	struct trace_reader *reader;
	const struct tune_scene *scene;
	unsigned jobs; /* threads */
	const volatile sig_atomic_t *stop;
	/* each run that is done; may be NULL */
	void (*progress)(void *context);
	void *context;
};

/* Fills in the results of RUNS[COUNT].  Counts do not depend on the jobs.  0,
 * -EINTR (stopped), or what a replay gave, with a message. */
int tune_runs_do(const struct tune_runs *runs, struct tune_run *run,
	unsigned count, struct message *message);

/* OPT's faults at FRAMES[COUNT], in one pass. */
int tune_opt_faults(struct trace_reader *reader, const uint64_t *frames,
	unsigned count, uint64_t *faults_out, const volatile sig_atomic_t *stop,
	struct message *message);

/*
 * The regions of READER's trace that have a share in the faults of LRU at
 * FRAMES[COUNT], rising, those with most first; and its phases.  What is less
 * than a two-hundredth of the faults is not searched, and if it is less than
 * that of the pages too it is left out.
 */
int tune_look(struct trace_reader *reader, const uint64_t *frames,
	unsigned count, struct tune_scene *out,
	const volatile sig_atomic_t *stop, struct message *message);

/*
 * A trace without what memories of FRAMES and more can't tell, opened; READER
 * was opened with counts.  Its file has no name any more.
 */
int tune_shorten(struct trace_reader *reader, uint32_t frames,
	struct trace_reader **out, const volatile sig_atomic_t *stop,
	struct message *message);

#endif
