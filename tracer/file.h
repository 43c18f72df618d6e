/*
 * Whole reads and writes, and the walk along the blocks of a trace that the
 * writer makes its index with, and the reader one for a trace without its
 * end.
 */
#ifndef TRACER_FILE_H
#define TRACER_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "tracer/format.h"

/* 0, -errno; -ENODATA: the file ends before. */
int file_read(int fd, void *data, size_t bytes, uint64_t offset);
/* 0, -errno (-ENOSPC also where the system wrote a part and stopped). */
int file_write(int fd, const void *data, size_t bytes, uint64_t offset);

struct file_walk {
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
int file_walk(const struct file_walk *walk, struct format_totals *totals_out,
	uint64_t *end_out, struct message *message);

#endif
