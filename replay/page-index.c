/* Pages by virtual page number.  See page-index.h. */
#include "config.h"

#include "replay/page-index.h"

#include <errno.h>
#include <stdlib.h>

static int compare_pages(const void *a, const void *b, void *context)
{
	const uint64_t *vpn = context;
	uint64_t x = vpn[*(const uint32_t *)a], y = vpn[*(const uint32_t *)b];

	return (x > y) - (x < y);
}

int page_index_init(
	struct page_index *index, const uint64_t *vpn, uint32_t pages)
{
	uint32_t i;

	index->vpn = vpn;
	index->pages = pages;
	index->by_vpn = malloc(((size_t)pages + 1) * sizeof(uint32_t));
	if (!index->by_vpn)
		return -ENOMEM;
	for (i = 0; i < pages; i++)
		index->by_vpn[i] = i;
	qsort_r(index->by_vpn, pages, sizeof(uint32_t), compare_pages,
		(void *)vpn);
	return 0;
}

void page_index_fini(struct page_index *index)
{
	free(index->by_vpn);
	index->by_vpn = NULL;
}

uint32_t page_index_below(const struct page_index *index, uint64_t vpn)
{
	uint32_t low = 0, high = index->pages;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (index->vpn[index->by_vpn[middle]] < vpn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
