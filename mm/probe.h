/*
 * Where the cycles of one fault go.  The pager marks the end of each phase;
 * what a cycle is, and what becomes of the numbers, is the caller's.
 */
#ifndef MM_PROBE_H
#define MM_PROBE_H

#include <stdint.h>

enum phase {
	PHASE_DELIVER,	    /* taking the message: the lock, the checks */
	PHASE_AS_LOOKUP,    /* address -> map */
	PHASE_STORE_LOOKUP, /* offset -> frame */
	PHASE_VICTIM, /* the policy's choice, and telling it of the page */
	PHASE_UNMAP,  /* the victim's mappings */
	PHASE_BTREE_UPDATE, /* the victim out of its tree, the page into its */
	PHASE_MAP,	    /* installing the mapping */
	PHASE_IO,	    /* the store's reads and writes: not in the sum */
	PHASES
};

struct probe {
	uint64_t (*now)(void *context);
	void *context;
	uint64_t last;		/* the time of the last mark */
	uint64_t spent[PHASES]; /* by phase, of this fault */
	uint32_t marks[PHASES]; /* how often each was marked */
};

static inline void probe_mark(struct probe *probe, enum phase phase)
{
	uint64_t now = probe->now(probe->context);

	probe->spent[phase] += now - probe->last;
	probe->marks[phase]++;
	probe->last = now;
}

#endif
