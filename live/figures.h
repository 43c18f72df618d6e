/*
 * What a running program's pager counts: a page of memory that the program
 * and the command share, so that the figures are there while it runs, and when
 * it was killed.  A program and its forked children add to the same figures.
 */
#ifndef LIVE_FIGURES_H
#define LIVE_FIGURES_H

#include <stdint.h>

#include "replay/histogram.h"

enum {
	LIVE_PLACE_SHIFT = 22, /* faults are counted by 4 MiB of addresses */
	LIVE_PLACES = 1 << 14, /* of each area; the rest go to the last */
	LIVE_AREAS = 2,	       /* the heap, maps */
	LIVE_NOTES = 16,
	LIVE_NOTE_BYTES = 240,
	LIVE_NAME_BYTES = 128,
};

struct live_figures {
	/* faults by kind */
	uint64_t hard_faults, zero_faults, soft_faults, write_faults;
	uint64_t failed_faults; /* the program got a signal */
	uint64_t prefetches;
	uint64_t evictions;
	uint64_t writebacks;
	uint64_t cleaned; /* dirty, and written before they had to go */
	uint64_t writeback_errors;
	uint64_t resident; /* pages: of the process that faulted last */
	uint64_t resident_peak;
	uint64_t over_limit;
	/* Under the kernel's reclaim alone: faults that waited for nothing,
	 * and pages that were counted beside the program's own memory. */
	uint64_t minor_faults;
	uint64_t beside_peak;
	uint64_t frames; /* the limit of each process */
	uint64_t processes;
	uint64_t heap_pages;   /* that the allocator has given out */
	uint64_t calls;	       /* system calls that were looked at */
	uint64_t calls_copied; /* of them, with paged memory */
	uint64_t ends; /* by SIGSEGV, SIGBUS or SIGSYS, told in a note */
	struct histogram cycles; /* of a fault, from its signal to its end,
				       what the store takes included */
	char backend[16];	 /* "userfaultfd" */
	/* What there is to say, in words: each once. */
	uint32_t notes_count;
	char notes[LIVE_NOTES][LIVE_NOTE_BYTES];
	/* Faults by place. */
	uint32_t places[LIVE_AREAS][LIVE_PLACES];
};

#endif
