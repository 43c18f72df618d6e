/*
 * Private to the reader: reader.c reads blocks, opening.c opens and closes.
 */
#ifndef TRACER_READER_H
#define TRACER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#include "tracer/format.h"
#include "tracer/trace.h"

/* Memory that grows to what is needed. */
struct room {
	void *data;
	size_t bytes;
};

struct trace_reader {
	char *path;
	char *strings; /* program, arguments, tool; each with a NUL */
	int fd;
	bool with_counts;
	struct trace_info info;
	const struct format_sizes *sizes; /* in this version of the format */
	uint64_t header_bytes;
	uint64_t blocks_end;   /* the byte behind the last block */
	int index_fd;	       /* fd, or a file of our own */
	uint64_t index_offset; /* of the first record */
	uint64_t *vpn;	       /* the dictionary, once loaded */
	struct only *only;     /* what is kept; NULL: all (only.h) */
	ZSTD_DCtx *zstd;

	struct format_block block; /* the header of what was read last */
	uint64_t block_offset;
	struct room packed, plain;
	uint32_t *page_start, *page; /* CODEC_BACK_MAX zeros before page */
	uint8_t *kinds;
	uint32_t *count, *thread;
	struct room regions, names;
};

/* Counts and threads are decoded from now on. -ENOMEM. */
int reader_want_counts(struct trace_reader *reader);

/* file_read; that the file ends too early is -EINVAL. */
int reader_read_at(int fd, void *data, size_t bytes, uint64_t offset);

/* The message of a reader_read_at that failed; returns ERROR. */
int reader_cannot_read(const struct trace_reader *reader, int error,
	uint64_t offset, struct message *message);

#endif
