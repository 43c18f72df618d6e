/*
 * A replay: the references of a trace, driven through the pager core with
 * one policy at one memory size.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "mm/policy.h"
#include "mm/probe.h"
#include "replay/counter.h"
#include "replay/hints.h"
#include "replay/histogram.h"
#include "replay/nextuse.h"
#include "replay/variable.h"
#include "tracer/trace.h"

struct replay_config {
	const struct policy_ops *policy;
	/* NULL, or POLICY is of variable space and this one's; there is then a
	 * frame for each page, and the trace must have been opened
	 * with_counts */
	const struct variable_ops *variable;
	const double *values; /* of its parameters; see struct policy_config */
	uint64_t seed;
	uint64_t frames; /* the memory size; at least 1 */
	/* see policy.h.  False, as in simulators of caches: also is each
	 * reference of a run told, where else a run counts as one */
	bool bit_at_load;
	bool check;	 /* prove the pager's invariants at the end */
	bool look_ahead; /* load what the trace says will be touched */
	const struct hints *hints; /* NULL if none */
	uint32_t read_ahead;	   /* pages at a time, at most, of what hints
				      call sequential */
	/* As in struct pager_config.  A policy that knows the future is what
	 * the others are measured by, and evicts one at a time; one that can't
	 * say who comes next has nothing cleaned. */
	uint32_t victim_batch, clean_ahead;
	struct nextuse *nextuse; /* oracles only; those of variable space:
				      in references */
	struct counter *counter; /* NULL: no fault is timed */
	/* called a block with the references done; may be NULL */
	void (*progress)(void *context, uint64_t references);
	void *progress_context;
	const volatile sig_atomic_t *stop; /* not 0: give up, -EINTR */
	/* called with the policy when all is done; may be NULL */
	void (*at_end)(void *context, const struct policy *policy);
	void *at_end_context;
};

struct replay_result {
	uint64_t faults, hard_faults, zero_faults, soft_faults;
	uint64_t writebacks, prefetches, evictions, scanned, harvested;
	uint64_t cleaned;
	uint32_t victim_batch, clean_ahead; /* those that were in force */
	double cycles_mean, cycles_p50, cycles_p90, cycles_p99;
	uint64_t cycles_max;
	/* the lengths that the quantiles are of; the replay's, and gone with
	 * it: NULL after replay_run */
	const struct histogram *lengths;
	uint64_t faults_measured, faults_interrupted;
	double phase[PHASES]; /* mean cycles a fault */
	double marks_cost;    /* that marking phases added, see measure.h */
	struct counter_extras extras; /* over the whole replay */
	bool has_extras;
	struct variable_result variable; /* of policies of variable space */
	/* of replay_run, with reading and decoding; else of the replay's own
	 * work */
	double seconds;
	uint64_t peak_rss_bytes;
	/* what all replays of its pass take, by replay_bytes; 0: alone */
	uint64_t pass_bytes;
};

/*
 * Runs READER's trace from its start to its end.  Counts are the same on
 * every run.  Memory: page tables and dictionary 12 bytes a distinct page
 * and a bit; at most 160 bytes a frame; a block; whatever the number of
 * references.  Returns 0, -EINTR (stopped), -ENOMEM, or what reading or a
 * hint gave, with a message.
 */
int replay_run(struct trace_reader *reader, const struct replay_config *config,
	struct replay_result *result, struct message *message);

/*
 * The same in steps, for many replays that go over a trace side by side:
 * opened, given each block in order, finished, closed.  The configuration's
 * nextuse, progress, and stop are the caller's business then; what it points to
 * outlives the replay.  NEXT_USE[i] is event I's of the block, or how far it is
 * for policies of variable space; only oracles look at it.  One thread at a
 * time; COUNTER is the calling thread's, of the same source in all calls, and
 * may be NULL.
 */
struct replay;
int replay_open(struct trace_reader *reader, const struct replay_config *config,
	struct replay **out, struct message *message);
int replay_block(struct replay *replay, const struct trace_block *block,
	const uint64_t *next_use, struct counter *counter,
	struct message *message);
int replay_finish(struct replay *replay, struct replay_result *result,
	struct message *message);
void replay_close(struct replay *replay); /* NULL is fine */

/* Bytes that a replay takes of a trace of PAGES pages, about, the trace's
 * dictionary left out. */
uint64_t replay_bytes(const struct replay_config *config, uint64_t pages);

#endif
