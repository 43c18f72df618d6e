/*
 * A program recorded by the kernel's perf events, while it runs as fast as
 * ever: its page faults, or samples of its loads and stores.  Neither is
 * every reference, and the trace says which it is: perf-events.h has what
 * they are.
 *
 * 1. Each process has a trace of its own: a forked child, unless
 *    job->no_forks; what a process becomes by exec, with job->follow_exec.
 * 2. Maps are told as region events, unmaps are not: perf tells of none; nor
 *    what a child has got from its parent.
 * 3. Where the kernel dropped records, a gap is told.
 */
#ifndef TRACER_RECORD_PERF_H
#define TRACER_RECORD_PERF_H

#include "base/message.h"
#include "tracer/record.h"

/*
 * Runs it to its end: faults, or, with a job->period, samples.  job->engine:
 * the program's path.  0, or -errno with a message that tells what is in the
 * way: -ENOENT (no such counter), -EOPNOTSUPP, -EACCES, -EPERM (forbidden).
 */
int record_perf(const struct record_job *job, struct record_result *result,
	struct message *message);

#endif
