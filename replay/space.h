/*
 * The address space of a replay: the trace's regions as maps of two
 * simulated stores, one for files and one for anonymous memory.
 *
 * Both stores use the virtual page number as their offset, so a page keeps
 * its identity whatever the regions around it do.  A page belongs to the
 * store of the region that was first mapped over it; later regions there
 * change nothing, and unmapping does not free frames: the lab compares
 * policies over page references, as the literature does, and a stack
 * algorithm stays one.  References outside all regions get a map around
 * them, as large as the gap and at most GAP_PAGES.
 */
#ifndef REPLAY_SPACE_H
#define REPLAY_SPACE_H

#include "base/message.h"
#include "mm/pager.h"
#include "mm/physmem-sim.h"
#include "replay/hinting.h"
#include "replay/page-index.h"
#include "tracer/trace.h"

struct space {
	struct pager *pager;
	struct as as;
	struct sim *sim;
	const uint64_t *vpn; /* [pages] page id -> virtual page number */
	struct store anonymous, file;
	uint64_t *written;	 /* a bit a page id: paged out once */
	struct page_index index; /* with hints only */
	uint32_t pages;
	uint32_t page_bytes;
	struct hinting *hinting; /* told of all maps and names; or NULL */
	bool default_file; /* pages outside all regions come from a file */
};

/*
 * An empty space for a trace.  DEFAULT_FILE: pages outside of all regions are
 * a file's (there is no telling in a trace without writes or regions).
 * FIND_PAGES: hints will look pages up by number.  -ENOMEM.
 */
int space_init(struct space *space, const struct trace_info *info,
	const uint64_t *vpn, struct sim *sim, bool find_pages);

/* The pager comes after the backend, the stores after the pager. */
void space_attach(struct space *space, struct pager *pager);
void space_fini(struct space *space);

/* From now on HINTS are given to the pager, by space->hinting. -ENOMEM. */
int space_take_hints(struct space *space, const struct hints *hints);

/* A region event: maps what of it is not mapped yet. */
int space_region(struct space *space, const struct trace_region *region,
	struct message *message);

/* Maps the gap around PAGE, which no map shows. */
int space_map_gap(struct space *space, uint64_t page, struct message *message);

const char *space_check(struct space *space);

#endif
