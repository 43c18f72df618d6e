/*
 * Which region each page of a trace is in, as the trace goes on.  A region is
 * what the trace calls by one name: all maps of one file, the heap, the stacks,
 * all anonymous maps of one name.  A page is of the region that was mapped over
 * it last.
 *
 * Memory: 8 bytes a page.
 */
#ifndef REPLAY_REGION_PAGES_H
#define REPLAY_REGION_PAGES_H

#include <stdint.h>

#include "replay/page-index.h"
#include "tracer/trace.h"

struct region_pages {
	struct page_index index;
	uint32_t page_bytes;
	uint32_t *number_of; /* [pages] region; UINT32_MAX: none yet */
	char **names;	     /* [count] each once, as they first came */
	unsigned count;
	unsigned last; /* that was looked up */
};

/* Of a trace of INFO with the dictionary VPN, which stays the caller's.  To
 * be ended with region_pages_fini, whatever is returned: 0 or -ENOMEM. */
int region_pages_init(struct region_pages *pages, const struct trace_info *info,
	const uint64_t *vpn);
void region_pages_fini(struct region_pages *pages);

/* What a region event changes. 0 or -ENOMEM. */
int region_pages_tell(
	struct region_pages *pages, const struct trace_region *region);

/* The region of PAGE now; outside of all there is one of its own.  0 or
 * -ENOMEM. */
int region_pages_at(
	struct region_pages *pages, uint32_t page, unsigned *number_out);

#endif
