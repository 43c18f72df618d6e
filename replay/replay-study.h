/*
 * A call of `selfpage replay`: what it was told, what its traces share, and
 * the rows of one trace (replay-trace.c).
 */
#ifndef REPLAY_REPLAY_STUDY_H
#define REPLAY_REPLAY_STUDY_H

#include "cli/number.h"
#include "cli/progress.h"
#include "replay/distribution.h"
#include "replay/only-option.h"
#include "replay/replay-rows.h"

enum { REPLAY_POLICIES_MAX = 64 };

/*
 * What a sweep asks and tells of each row; FRAMES is 0 of a policy of
 * variable space whose window is given.
 */
struct replay_hooks {
	/* what the row's column job says; NULL: leave this row out */
	const char *(*job)(void *context, const struct policy_spec *policy,
		uint64_t frames);
	/* is told of opt's and lru's faults */
	void (*note)(void *context, const struct policy_ops *policy,
		uint64_t frames, uint64_t faults);
	/* those that an earlier call found; false: not known */
	bool (*faults)(void *context, const struct policy_ops *policy,
		uint64_t frames, uint64_t *out);
	void *context;
};

struct replay_options {
	struct policy_spec policies[REPLAY_POLICIES_MAX];
	unsigned policies_count;
	struct frames_spec *frames;
	unsigned frames_count;
	const char *hints_path;
	const char *costs_path;
	const char *log_path; /* to be verified */
	const char *distribution_path;
	struct only_option only;
	uint32_t read_ahead;
	uint32_t victim_batch, clean_ahead;
	char **traces;
	int traces_count;
	enum rows_format format;
	enum counter_source counter;
	bool bit_at_load, check;
	bool inexact; /* do what the trace is not good for, too */
	unsigned jobs;
	bool alone;
	uint64_t bytes_max;		  /* of replays at a time */
	uint64_t fault_cost;		  /* in references of a frame */
	const struct replay_hooks *hooks; /* NULL: no sweep */
};

/* What all replays of a call share. */
struct replay_study {
	const struct replay_options *options;
	struct hints hints;
	struct costs costs;
	double cycle_ns; /* with costs */
	struct counter *counter;
	struct rows *rows;
	struct distribution *distribution; /* NULL: not asked */
	struct progress *progress;
	unsigned refused; /* rows that would not be exact */
	const volatile sig_atomic_t *stop;
	struct message message;
};

/* Adds SPEC unless it is there, opt, lru and fifo before others, which are
 * compared with them.  -ENOSPC: there are REPLAY_POLICIES_MAX. */
int replay_options_add(
	struct replay_options *options, const struct policy_spec *spec);

/* All rows of the trace PATH.  0, or what ends all, with study->message. */
int replay_trace(struct replay_study *study, const char *path);

#endif
