/*
 * A trace_reader that gives blocks out of an array: tests of what reads
 * traces run without files, with blocks of any size, and with blocks that
 * fail or lie.  A program that includes this does not link tracer's reader.
 */
#ifndef REPLAY_TEST_FAKE_TRACE_H
#define REPLAY_TEST_FAKE_TRACE_H

#include <errno.h>
#include <string.h>

#include "tracer/trace.h"

struct trace_reader {
	struct trace_info info;
	const uint32_t *page; /* [info.events] */
	uint32_t block_events;
	uint64_t fails_at; /* block that cannot be read; UINT64_MAX: none */
	uint64_t reads;
};

static inline void fake_trace(struct trace_reader *reader, const uint32_t *page,
	uint64_t events, uint64_t pages, uint32_t block_events)
{
	memset(reader, 0, sizeof(*reader));
	reader->info.path = "fake.spt";
	reader->info.page_bytes = 4096;
	reader->info.events = events;
	reader->info.pages = pages;
	reader->info.blocks = (events + block_events - 1) / block_events;
	reader->page = page;
	reader->block_events = block_events;
	reader->fails_at = UINT64_MAX;
}

const struct trace_info *trace_reader_info(const struct trace_reader *reader)
{
	return &reader->info;
}

int trace_reader_read(struct trace_reader *reader, uint64_t number,
	struct trace_block *block, struct message *message)
{
	uint64_t first = number * reader->block_events;
	uint64_t left = reader->info.events - first;

	reader->reads++;
	memset(block, 0, sizeof(*block));
	if (number == reader->fails_at)
		return message_set(message, -EINVAL, "fake.spt: bad block");
	block->first_event = first;
	block->events = left < reader->block_events ? (uint32_t)left
						    : reader->block_events;
	block->page = reader->page + first;
	return 0;
}

#endif
