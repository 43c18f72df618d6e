/*
 * Which perf events tell of a program's references, as far as they go.
 *
 *	faults	   a page fault each, by the kernel's own counting: on every
 *		   machine.  They are first touches of pages, nearly: what is
 *		   read ahead into the page table with a neighbour of a file
 *		   never faults, and what is written after it was read faults
 *		   twice.
 *	samples	   one load and one store in so many, with its address, by the
 *		   processor (Intel's PEBS, AMD's IBS): only where there is a
 *		   counter for it.
 */
#ifndef TRACER_PERF_EVENTS_H
#define TRACER_PERF_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#define PERF_EVENTS_MAX 2

struct perf_event_attr;

/* For perf_rings_open. */
struct perf_events {
	struct perf_event_attr *event;	 /* [count], to be freed */
	unsigned kinds[PERF_EVENTS_MAX]; /* enum trace_kind of each; 0: each
					    record tells */
	unsigned count;
	char description[128]; /* for what the trace says it was made with */
};

/* KERNEL: those in kernel mode, too (the kernel reads and writes what is
 * passed to system calls).  -ENOMEM. */
int perf_events_faults(bool kernel, struct perf_events *out);

/*
 * One load and store of PERIOD.  What of the names this machine knows is the
 * NUMBERth way to do it, from 0.  -ENOENT: there are no more; -ENOMEM.
 */
int perf_events_samples(
	unsigned number, uint64_t period, struct perf_events *out);

void perf_events_free(struct perf_events *events);

#endif
