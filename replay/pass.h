/*
 * Many replays of one trace, side by side: the trace is read and decoded
 * once, and its next uses are found once, whatever the number of replays.
 */
#ifndef REPLAY_PASS_H
#define REPLAY_PASS_H

#include "replay/replay.h"

enum { PASS_JOBS_MAX = 256 };

struct pass_config {
	unsigned jobs; /* threads, 1 to PASS_JOBS_MAX */
	/* Replays at a time take no more than this, by replay_bytes; but one
	 * is always run.  What does not fit follows in another pass. */
	uint64_t bytes_max;
	bool alone; /* one replay a pass, so that none disturbs the others */
	struct nextuse *nextuse; /* NULL if no replay is of an oracle */
	/* in references; NULL if no replay is of one of variable space */
	struct nextuse *distances;
	/* of the calling thread; the other threads open their own of the same
	 * source.  NULL: no fault is timed */
	struct counter *counter;
	const volatile sig_atomic_t *stop; /* may be NULL; not 0: -EINTR */
	/* before each pass: the number of its first replay, and how many it
	 * has; may be NULL */
	void (*start)(void *context, unsigned first, unsigned count);
	/* with the references replayed so far, summed over replays; may be
	 * NULL.  Never called by two threads at once. */
	void (*progress)(void *context, uint64_t references);
	/* a result, in the order of the replays; 0, or what ends all */
	int (*emit)(void *context, unsigned index,
		const struct replay_result *result);
	void *context;
};

/*
 * Runs COUNT replays of READER's trace and hands their results to `emit`.
 * Counts do not depend on jobs, bytes_max, or alone.  Of REPLAYS nextuse,
 * counter, progress, and stop are set here.  A result's seconds are those of
 * its own work; its peak_rss_bytes that of the process during its pass.
 * Returns 0, -EINTR, -ENOMEM, what a replay or emit gave, with a message.
 */
int pass_run(struct trace_reader *reader, const struct pass_config *config,
	struct replay_config *replays, unsigned count, struct message *message);

/* Processors, PASS_JOBS_MAX at most; and half of the machine's memory. */
unsigned pass_default_jobs(void);
uint64_t pass_default_bytes(void);

#endif
