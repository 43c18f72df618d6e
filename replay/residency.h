/*
 * What rows of policies of variable space have that others have not: the
 * window that gives the residency asked, and the check that nothing beats
 * vmin.
 */
#ifndef REPLAY_RESIDENCY_H
#define REPLAY_RESIDENCY_H

#include <signal.h>

#include "cli/rows.h"
#include "replay/policy-spec.h"
#include "replay/variable.h"

/* What a fault costs in space-time unless it is said: about one of a fast
 * disk, if a reference takes a nanosecond. */
#define RESIDENCY_FAULT_COST 100000

/* Is it of variable space, with its window left to be found? */
bool residency_is_fit(const struct policy_spec *spec);

/* Is one of SPECS of variable space? */
bool residency_is_asked(const struct policy_spec *specs, unsigned count);

/* Leaves what is told of them only out of a table. */
void residency_hide_columns(struct rows *rows);

/* Is one of SPECS interested in how long runs are? */
bool residency_needs_counts(const struct policy_spec *specs, unsigned count);

/* Which windows are wanted: a row of FRAMES_COUNT for each of SPECS. */
struct residency_question {
	const char *trace; /* its name */
	const struct policy_spec *specs;
	unsigned specs_count;
	const uint64_t *frames;
	unsigned frames_count;
	bool bit_at_load;
	const volatile sig_atomic_t *stop;
};

/* *WINDOWS_OUT (free it): [spec * frames_count + size]; what is given, or what
 * fits best; of policies of fixed space 0.  Shows progress.  0; -ENOMEM; or
 * what window_fit_run gave. */
int residency_find(struct trace_reader *reader,
	const struct residency_question *question, uint64_t **windows_out,
	struct message *message);

/* FAULTS that cost as much as COST references of a frame each. */
double residency_space_time(uint64_t space, uint64_t faults, uint64_t cost);

/* A row, by what it took.  SPACE may be too large, but of vmin. */
struct residency_row {
	const char *policy;
	uint64_t faults, space;
	uint64_t vmin_window; /* 0: of another policy */
};

/*
 * Compares ROWS[COUNT - 1] with those before it, all of one trace and with
 * demand paging: where a fault costs as much as vmin's window, or one less,
 * nothing takes less space-time than vmin.  So nothing that takes as much
 * space, or less, has fewer faults.  0, or -EBADMSG with a message: it is an
 * error of ours.
 */
int residency_check(const struct residency_row *rows, unsigned count,
	struct message *message);

#endif
