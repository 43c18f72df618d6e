/*
 * The pages a trace has seen so far: virtual page number -> page id, ids in
 * order of first use.  13 to 24 bytes a page.
 */
#ifndef TRACER_PAGESET_H
#define TRACER_PAGESET_H

#include <stdint.h>

struct pageset;

/* -ENOMEM */
int pageset_create(struct pageset **out);
void pageset_destroy(struct pageset *set);

/*
 * The ids of COUNT pages, at VPN; a page that is new takes the next one.
 * Many at once, since the look-ups of later ones are started early: a few ns
 * a page while the set is in the cache, 10 to 20 where it is not.  -ENOMEM;
 * -EOVERFLOW: TRACE_PAGES_MAX pages are there already; pages before the one
 * that failed are in the set then.
 */
int pageset_number(struct pageset *set, const uint64_t *vpn, uint32_t count,
	uint32_t *id_out);

uint32_t pageset_count(const struct pageset *set);
/* [pageset_count] by id; until the next page is added. */
const uint64_t *pageset_pages(const struct pageset *set);

#endif
