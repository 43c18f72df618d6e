/*
 * OPT stack distances: the fewest frames with which Belady's OPT (MIN), with
 * demand paging, has the page at a use of it.  One pass, without knowing the
 * future, tells OPT's faults at every size.
 *
 * After Bilardi, Ekanadham and Pattnaik, "Optimal on-line computation of
 * stack distances for MIN and OPT", Computing Frontiers 2017: the critical
 * markers.  Each use takes a new slot on a line of time, and a page is alive
 * in the slot of its last use, as in lru-depth.h.  Each number of frames from
 * 2 to that of the pages seen has a marker in some slot.  At a use of a page
 * that is alive in slot p:
 *
 *	excess(s)  markers less alive pages in slots later than s; never < 0
 *		   where a page is alive
 *	z	   the first slot after p that is alive and has no excess (the
 *		   latest always is)
 *	distance   the lowest number whose marker is in slot z or before
 *
 * The page and that number's marker move to the new slot; the first use of
 * the nth page puts the marker of n there.  (A page used twice in a row has
 * distance 1 and moves nothing.)
 *
 * opt-line.h finds z: a use changes the excess of all slots between p and the
 * marker by one.  opt-numbers.h finds the lowest number.  When all slots are
 * taken, the alive ones move to the start of time, and a marker to the first
 * alive one from its slot on.
 *
 * Memory: 35 bytes a page; nothing grows with the references.
 */
#ifndef REPLAY_OPT_DEPTH_H
#define REPLAY_OPT_DEPTH_H

#include <stdint.h>

#include "replay/lru-depth.h"

struct opt_depth;

/* For pages 0 .. PAGES - 1. -ENOMEM. */
int opt_depth_create(uint32_t pages, struct opt_depth **out);
void opt_depth_destroy(struct opt_depth *engine); /* NULL is fine */

/* The next REFERENCES of them: DEPTH_OUT[i] is the distance of PAGE[i], >= 1,
 * or DEPTH_COLD.  O(log pages) each. */
void opt_depth_run(struct opt_depth *engine, const uint32_t *page,
	uint32_t references, uint32_t *depth_out);

/* Proves what the tree says: NULL, or a sentence.  O(pages). */
const char *opt_depth_check(const struct opt_depth *engine);

#endif
