/*
 * References on their way into a trace: their kinds, and runs of them, which
 * are to one page, one after the other.
 */
#ifndef TRACER_RUN_H
#define TRACER_RUN_H

#include <stdbool.h>
#include <stdint.h>

enum trace_kind {
	TRACE_READ = 1,
	TRACE_WRITE = 2,
	TRACE_INSTRUCTION = 4,
	TRACE_KERNEL = 8, /* beside READ or WRITE: the kernel did it, into
			     what the program passed to a system call */
};
#define TRACE_KINDS 15u

struct trace_run {
	uint64_t vpn;	 /* virtual page number */
	uint32_t count;	 /* references */
	uint32_t kinds;	 /* set of enum trace_kind */
	uint32_t thread; /* thread id, 0 if unknown */
};

/* The same, where all are of one thread. */
struct trace_touch {
	uint64_t vpn;
	uint32_t count;
	uint32_t kinds;
};

/*
 * Makes one run of RUN and ADDED, if that can be.  Field by field, here and
 * below: a copy of the whole would be loads wider than the stores just
 * before, for which the processor waits.
 */
static inline bool run_join(
	struct trace_run *run, const struct trace_run *added)
{
	if (added->vpn != run->vpn || added->thread != run->thread ||
		run->count == 0 || added->count > UINT32_MAX - run->count ||
		(added->kinds ^ run->kinds) & TRACE_KERNEL)
		return false;
	run->kinds |= added->kinds;
	run->count += added->count;
	return true;
}

static inline void run_begin(
	struct trace_run *run, const struct trace_run *added)
{
	run->vpn = added->vpn;
	run->count = added->count;
	run->kinds = added->kinds;
	run->thread = added->thread;
}

#endif
