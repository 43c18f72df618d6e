/*
 * One process's trace, as it is recorded.
 *
 *	runs, regions -> skip, limit -> stack -> window -> writer
 *
 * The stack grows without a system call: it is seen by what is touched below
 * it, and told as a region event.
 */
#ifndef TRACER_RECORD_TRACE_H
#define TRACER_RECORD_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/record.h"
#include "tracer/trace.h"

struct record_trace;

/* JOB must live as long.  0 or -errno with a message. */
int record_trace_open(const struct record_job *job, const char *path,
	pid_t process, struct record_trace **out, struct message *message);

/* TRACE: a struct record_trace, so that they can be a sink's functions. */
int record_trace_add(void *trace, const struct trace_touch *runs, size_t count,
	uint32_t thread);
int record_trace_region(void *trace, const struct trace_region *region);

/* The limit is reached: what else is added is left out. */
bool record_trace_stopped(const struct record_trace *trace);

/* References by kind, which the trace tells if none were skipped. */
void record_trace_count(
	struct record_trace *trace, const struct trace_ending *counts);

/* Ends the trace and frees it.  Nothing was recorded: there is no trace. */
int record_trace_finish(struct record_trace *trace, struct message *message);
void record_trace_abort(struct record_trace *trace);

#endif
