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
 * The id of page VPN; a page that is new takes the next one.  The caller
 * tells new pages by the count before.  -ENOMEM; -EOVERFLOW: TRACE_PAGES_MAX
 * pages are there already.
 */
int pageset_add(struct pageset *set, uint64_t vpn, uint32_t *id_out);
uint32_t pageset_count(const struct pageset *set);

#endif
