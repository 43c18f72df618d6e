/*
 * Private to the writer: one block, from the first event put in to its bytes
 * on the disk.
 *
 *	block_put, block_put_region	   arrays and streams fill up
 *	block_number			   page ids
 *	block_pack			   codec, zstd: sections
 */
#ifndef TRACER_BLOCK_H
#define TRACER_BLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#include "tracer/format.h"
#include "tracer/pageset.h"
#include "tracer/run.h"
#include "tracer/trace.h"

/* A stream of varints that grows to at most its bound, which the caller
 * knows; so it is allocated whole, and the system gives what is touched. */
struct stream {
	uint8_t *start, *next;
};

struct block {
	struct format_block header; /* its counts, as they grow */
	uint64_t *vpn;		    /* [TRACE_BLOCK_EVENTS] here and below */
	uint8_t *kinds, *count;
	struct stream dictionary, kernel, escapes, threads, regions;
	uint32_t last_thread;
	uint32_t last_thread_at; /* its event */
	uint32_t last_region_at;

	uint32_t *page_start, *page; /* CODEC_BACK_MAX zeros before page */
	uint8_t *plain, *packed;
	ZSTD_CCtx *zstd;
};

/* -ENOMEM */
int block_create(struct block **out);
void block_destroy(struct block *block);

/* Makes it empty, as it is when it was created. */
void block_clear(struct block *block);

/* A run becomes an event; there must be room for one. */
void block_put(struct block *block, const struct trace_run *run);

/* Has it room for a region event with a name of NAME_BYTES? */
bool block_has_room(const struct block *block, size_t name_bytes);
void block_put_region(struct block *block, const struct trace_region *region);

static inline bool block_is_empty(const struct block *block)
{
	return block->header.events == 0 && block->header.regions == 0 &&
	       block->header.uncounted == 0;
}

/* Numbers the block's pages; those that are new make its dictionary.
 * -ENOMEM, -EOVERFLOW. */
int block_number(struct block *block, struct pageset *pages);

/*
 * Packs the sections to where they lie in `packed`, behind room for the
 * header.  The header is complete but for the block's place in the file.
 * NULL, or what zstd says.
 */
const char *block_pack(struct block *block, int level);

#endif
