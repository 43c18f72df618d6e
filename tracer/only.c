/* A part of a trace, by addresses: see only.h. */
#include "tracer/only.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void only_free(struct only *only)
{
	if (!only)
		return;
	free(only->vpn);
	free(only->id);
	free(only->first_event);
	free(only->first_reference);
	free(only);
}

static bool is_inside(const struct trace_range *ranges, unsigned count,
	uint64_t vpn, uint32_t page_bytes)
{
	uint64_t address = vpn * page_bytes;
	unsigned i;

	for (i = 0; i < count; i++)
		if (address < ranges[i].end &&
			address + page_bytes > ranges[i].start)
			return true;
	return false;
}

/* Numbers the pages that are inside. */
static int choose_pages(struct only *only, const uint64_t *vpn,
	const struct trace_range *ranges, unsigned count)
{
	uint32_t page_bytes = only->info.page_bytes;
	uint64_t i, kept = 0;

	only->id = malloc((only->pages_before + 1) * sizeof(*only->id));
	if (!only->id)
		return -ENOMEM;
	for (i = 0; i < only->pages_before; i++)
		only->id[i] = is_inside(ranges, count, vpn[i], page_bytes)
				      ? kept++
				      : ONLY_OUTSIDE;
	only->vpn = malloc((kept + 1) * sizeof(*only->vpn));
	if (!only->vpn)
		return -ENOMEM;
	for (i = 0; i < only->pages_before; i++)
		if (only->id[i] != ONLY_OUTSIDE)
			only->vpn[only->id[i]] = vpn[i];
	only->info.pages = kept;
	return 0;
}

/* Is event I one run with the kept one before it, at AT? */
static bool goes_on(
	const struct trace_reader *reader, uint32_t id, uint32_t i, uint32_t at)
{
	return reader->page[at] == id &&
	       reader->thread[at] == reader->thread[i] &&
	       !((reader->kinds[at] ^ reader->kinds[i]) & TRACE_KERNEL) &&
	       reader->count[at] <= UINT32_MAX - reader->count[i];
}

/* Moves what is kept of the block's EVENTS together; returns how many these
 * are.  FIRST: the number that the first of them has. */
static uint32_t compact(const struct only *only, struct trace_reader *reader,
	const struct trace_block *block, uint64_t first)
{
	struct trace_region *region = reader->regions.data;
	uint32_t events = block->events, kept = 0, next_region = 0, i;
	bool stands_alone = true; /* nothing goes on over a region event */

	for (i = 0; i <= events; i++) {
		while (next_region < block->regions &&
			region[next_region].event - block->first_event == i) {
			region[next_region++].event = first + kept;
			stands_alone = true;
		}
		if (i == events || only->id[reader->page[i]] == ONLY_OUTSIDE)
			continue;
		if (!stands_alone && goes_on(reader, only->id[reader->page[i]],
					     i, kept - 1)) {
			reader->kinds[kept - 1] |= reader->kinds[i];
			reader->count[kept - 1] += reader->count[i];
			continue;
		}
		reader->page[kept] = only->id[reader->page[i]];
		reader->kinds[kept] = reader->kinds[i];
		reader->count[kept] = reader->count[i];
		reader->thread[kept++] = reader->thread[i];
		stands_alone = false;
	}
	memset(reader->page + kept, 0,
		TRACE_LOOK_AHEAD * sizeof(*reader->page));
	memset(reader->kinds + kept, 0, TRACE_LOOK_AHEAD);
	return kept;
}

void only_apply(const struct only *only, struct trace_reader *reader,
	uint64_t number, struct trace_block *block)
{
	uint32_t i;

	block->events = compact(only, reader, block, only->first_event[number]);
	block->first_event = only->first_event[number];
	block->first_reference = only->first_reference[number];
	block->references = 0;
	for (i = 0; i < block->events; i++)
		block->references += reader->count[i];
	if (only->hides_counts)
		block->count = block->thread = NULL;
}

static void count_kinds(struct trace_info *info,
	const struct trace_reader *reader, uint32_t events)
{
	uint32_t i;

	for (i = 0; i < events; i++) {
		info->reads += !!(reader->kinds[i] & TRACE_READ);
		info->writes += !!(reader->kinds[i] & TRACE_WRITE);
		info->instructions += !!(reader->kinds[i] & TRACE_INSTRUCTION);
		info->kernel += !!(reader->kinds[i] & TRACE_KERNEL);
	}
}

/* Where each block starts, once what is outside has gone. */
static int count_blocks(
	struct only *only, struct trace_reader *reader, struct message *message)
{
	struct trace_info *info = &only->info;
	struct trace_block block;
	uint64_t number;
	int error;

	only->first_event = calloc(info->blocks + 1, sizeof(uint64_t));
	only->first_reference = calloc(info->blocks + 1, sizeof(uint64_t));
	if (!only->first_event || !only->first_reference)
		return -ENOMEM;
	info->events = info->references = 0;
	info->reads = info->writes = info->instructions = info->kernel = 0;
	for (number = 0; number < info->blocks; number++) {
		only->first_event[number] = info->events;
		only->first_reference[number] = info->references;
		error = trace_reader_read(reader, number, &block, message);
		if (error)
			return error;
		only_apply(only, reader, number, &block);
		info->events += block.events;
		info->references += block.references;
		count_kinds(info, reader, block.events);
	}
	return 0;
}

int trace_reader_only(struct trace_reader *reader,
	const struct trace_range *ranges, unsigned count,
	struct message *message)
{
	struct only *only = calloc(1, sizeof(*only));
	const uint64_t *vpn;
	int error = -ENOMEM;

	message_set(message, error, "%s: too little memory", reader->path);
	if (!only)
		return error;
	only->info = reader->info;
	only->pages_before = reader->info.pages;
	only->hides_counts = !reader->with_counts;
	error = reader_want_counts(reader);
	if (!error)
		error = trace_reader_load_pages(reader, &vpn, message);
	if (!error)
		error = choose_pages(only, vpn, ranges, count);
	if (!error)
		error = count_blocks(only, reader, message);
	if (!error && !only->info.events)
		error = message_set(message, -EINVAL,
			"%s: none of its references is in these ranges",
			reader->path);
	if (error)
		only_free(only);
	else
		reader->only = only;
	return error;
}
