/* A run: references of one thread to one page, one after the other. */
#ifndef TRACER_RUN_H
#define TRACER_RUN_H

#include <stdint.h>

struct trace_run {
	uint64_t vpn;	 /* virtual page number */
	uint32_t count;	 /* references */
	uint32_t kinds;	 /* set of enum trace_kind */
	uint32_t thread; /* thread id, 0 if unknown */
};

#endif
