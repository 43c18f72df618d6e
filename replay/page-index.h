/* The pages of a trace by their virtual page numbers. */
#ifndef REPLAY_PAGE_INDEX_H
#define REPLAY_PAGE_INDEX_H

#include <stdint.h>

struct page_index {
	const uint64_t *vpn; /* [pages] page id -> virtual page number */
	uint32_t *by_vpn;    /* [pages] page ids by rising vpn */
	uint32_t pages;
};

/* VPN stays the caller's.  O(pages log(pages)), 4 bytes a page.  -ENOMEM. */
int page_index_init(
	struct page_index *index, const uint64_t *vpn, uint32_t pages);
void page_index_fini(struct page_index *index);

/* How many pages are below VPN: by_vpn[that] is the first at or above. */
uint32_t page_index_below(const struct page_index *index, uint64_t vpn);

#endif
