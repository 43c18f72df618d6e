/*
 * The jobs of a sweep: what a plan comes to.
 *
 * A job is one row, or one file of a curve.  Its key tells it from all others
 * wherever and whenever it runs: it is the checksum of all that its result
 * depends on (the trace's and the hints' checksums, policy and parameters,
 * frames, settings, repetition, and the version of the core).
 *
 * A cell is the jobs that differ in policy and hints alone.  It is claimed,
 * run and added as one, as its rows tell how they compare with opt's and
 * lru's.
 *
 *	plan --> jobs, sorted --> cells --> units (unit.h) --> tasks
 *	         [ cell ][ cell ][  cell  ][cell]
 *
 * Invariants
 * 1. Jobs are sorted: by kind, trace, settings, repetition, part, frames; and
 *    then, within a cell, by hints and policy.
 * 2. No two have the same key.
 */
#ifndef SWEEP_JOBS_H
#define SWEEP_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"
#include "replay/policy-spec.h"

enum job_kind {
	JOB_REPLAY,
	JOB_WINDOW, /* a replay of a part of the trace */
	JOB_PART,   /* of a curve */
	/* when what they hang on is there */
	JOB_MERGE, /* of a curve's parts */
	JOB_JOIN,  /* of windows; frames is a sum of their keys */
};

#define JOB_NO_TASK UINT32_MAX

struct sweep_trace {
	char *path; /* absolute */
	char *name; /* what rows call it */
	uint64_t checksum, events, references;
	uint32_t pages, page_bytes;
};

/* A trace that could not be read when its jobs were planned. */
struct sweep_unread {
	char *why;   /* with its path */
	size_t jobs; /* that it would have had */
};

/* Number 0 is none: path "". */
struct sweep_hints {
	char *path; /* absolute */
	uint64_t checksum;
};

struct sweep_settings {
	uint32_t batch, clean_ahead, read_ahead;
	uint32_t windows; /* of the trace; 1: it is replayed as a whole */
	uint64_t warm_up; /* events before each window */
	bool bit_at_load, inexact;
};

struct job {
	uint64_t key, cell;
	uint64_t frames; /* 0: a window is given, or a curve */
	uint32_t trace, hints, policy, settings; /* numbers */
	uint32_t repetition;			 /* from 1 on */
	uint32_t part, parts;			 /* from 1 on; or 0, 0 */
	uint32_t task; /* of a job array, or JOB_NO_TASK */
	enum job_kind kind;
};

struct jobs {
	char *plan; /* its file, absolute; NULL: they are of none */
	struct sweep_trace *traces;
	struct sweep_unread *unread;
	struct sweep_hints *hints;
	struct policy_spec *policies;
	struct sweep_settings *settings;
	struct job *job;
	size_t traces_count, unread_count, hints_count;
	size_t policies_count, settings_count;
	size_t count, room; /* jobs */
};

/* ---- making them; each copies what it is given ---- */

/* The number of what is there or is added; -ENOMEM. */
int64_t jobs_add_trace(struct jobs *jobs, const struct sweep_trace *trace);
int64_t jobs_add_hints(struct jobs *jobs, const struct sweep_hints *hints);
int64_t jobs_add_policy(struct jobs *jobs, const struct policy_spec *policy);
int64_t jobs_add_settings(
	struct jobs *jobs, const struct sweep_settings *settings);

/* Notes that COUNT jobs can't be made, and WHY.  -ENOMEM. */
int jobs_add_unread(struct jobs *jobs, const char *why, size_t count);

/* Adds JOB, whose key and cell are worked out here.  -ENOMEM. */
int jobs_add(struct jobs *jobs, const struct job *job);

/* Sorts them, and leaves out those that came twice. */
void jobs_sort(struct jobs *jobs);

void jobs_free(struct jobs *jobs);

/* ---- asking ---- */

/* Of the plan: those that are there, and those of traces that can't be read. */
size_t jobs_planned(const struct jobs *jobs);

/* "sort lru 1000 frames", for people. */
void jobs_describe(const struct jobs *jobs, const struct job *job, char *text,
	size_t bytes);

/* Is JOB's result of the files of others? */
static inline bool job_is_last(const struct job *job)
{
	return job->kind == JOB_MERGE || job->kind == JOB_JOIN;
}

/* Does LAST, which job_is_last, need JOB's file? */
bool job_hangs_on(const struct job *last, const struct job *job);

/* The end of the cell that starts at FIRST. */
size_t jobs_cell_end(const struct jobs *jobs, size_t first);

/* A job's key as rows have it, and back; 0: TEXT is none. */
enum { JOB_KEY_BYTES = 17 };
void job_key_write(uint64_t key, char text[JOB_KEY_BYTES]);
uint64_t job_key_read(const char *text);

/* The key that the cell's job with this plain policy has or would have. */
uint64_t jobs_yardstick(const struct jobs *jobs, const struct job *job,
	const struct policy_ops *policy);

/* ---- on disk: a line each, tabs between (jobs-file.c) ---- */

/* The file gets its name in FOLDER when all of it is there.  -errno. */
int jobs_save(const struct jobs *jobs, int folder, const char *name,
	struct message *message);
/* -EINVAL: FILE:LINE, or jobs of another version of the core; -errno. */
int jobs_load(const char *path, struct jobs *out, struct message *message);

/* What counts depend on, in the code. */
const char *jobs_core_version(void);

#endif
