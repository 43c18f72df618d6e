/*
 * The walk along the blocks of a trace that the writer makes its index with,
 * and the reader one for a trace without its end.
 */
#ifndef TRACER_BLOCK_WALK_H
#define TRACER_BLOCK_WALK_H

#include <stdint.h>

#include "tracer/format.h"

struct block_walk {
	const char *path; /* for messages */
	int fd;
	uint32_t version;      /* of the format */
	uint64_t from, bytes;  /* blocks lie in [from, bytes) */
	int index_fd;	       /* records are written there ... */
	uint64_t index_offset; /* ... from here on */
};

/*
 * Walks the blocks by their headers, up to the first place where no whole
 * block follows: *END_OUT; what lies before is in *TOTALS_OUT.  -EINVAL: a
 * block is there, and is corrupt.
 */
int block_walk(const struct block_walk *walk, struct format_totals *totals_out,
	uint64_t *end_out, struct message *message);

#endif
