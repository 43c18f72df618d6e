/* What OPT's stack distances are made of: shared by opt-depth.c and the pass
 * over the references (opt-run.h). */
#ifndef REPLAY_OPT_DEPTH_INTERNAL_H
#define REPLAY_OPT_DEPTH_INTERNAL_H

#include "replay/opt-depth.h"
#include "replay/opt-line.h"
#include "replay/opt-numbers.h"

#define OPT_NO_SLOT UINT32_MAX

struct opt_depth {
	uint32_t pages, seen;
	uint32_t now;	   /* the next free slot */
	uint32_t *slot_of; /* [pages] of the last use, or OPT_NO_SLOT */
	uint32_t *page_at; /* [slots] */
	struct opt_line line;
	struct opt_numbers numbers;
	void (*run)(struct opt_depth *engine, const uint32_t *page,
		uint32_t references, uint32_t *depth_out);
};

void opt_run_wide(struct opt_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out);
void opt_run_plain(struct opt_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out);

/* All slots are taken: what is alive moves to the first ones. */
void opt_depth_move_together(struct opt_depth *engine);

#endif
