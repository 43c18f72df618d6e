/* Faults at every size in one pass.  See curve.h. */
#include "replay/curve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/each-block.h"
#include "replay/lru-depth.h"
#include "replay/lru-writebacks.h"
#include "replay/opt-depth.h"

enum { CHUNK = 8192 };

struct pass {
	const struct curve_config *config;
	const struct trace_info *info;
	struct lru_depth *lru; /* one of the two */
	struct opt_depth *opt;
	struct lru_writebacks writebacks; /* lru's, if the trace has writes */
	uint64_t *uses;			  /* [pages + 1] by distance */
	uint32_t depth[CHUNK];
	struct curve curve;
};

static size_t sizes_bytes(const struct trace_info *info)
{
	return (info->pages + 1) * sizeof(uint64_t);
}

static void close_pass(struct pass *pass)
{
	size_t bytes = sizes_bytes(pass->info);

	lru_depth_destroy(pass->lru);
	opt_depth_destroy(pass->opt);
	if (pass->writebacks.step)
		lru_writebacks_fini(&pass->writebacks);
	memory_unmap(pass->uses, bytes);
	memory_unmap(pass->curve.faults, bytes);
	memory_unmap(pass->curve.writebacks, bytes);
	free(pass);
}

static int open_pass(struct pass *pass)
{
	uint32_t pages = pass->info->pages;
	bool lru = pass->config->policy == CURVE_LRU;
	bool writes = lru && pass->info->has_writes;
	int error = lru ? lru_depth_create(pages, &pass->lru)
			: opt_depth_create(pages, &pass->opt);

	if (!error && writes)
		error = lru_writebacks_init(&pass->writebacks, pages);
	pass->curve.pages = pages;
	pass->curve.faults = memory_map(sizes_bytes(pass->info));
	pass->uses = memory_map(sizes_bytes(pass->info));
	if (writes)
		pass->curve.writebacks = memory_map(sizes_bytes(pass->info));
	if (!pass->uses || !pass->curve.faults ||
		(writes && !pass->curve.writebacks))
		error = -ENOMEM;
	return error;
}

static void count_uses(struct pass *pass, uint32_t events)
{
	uint32_t i;

	for (i = 0; i < events; i++)
		if (pass->depth[i] == DEPTH_COLD)
			pass->curve.cold++;
		else
			pass->uses[pass->depth[i]]++;
}

/* Events [FIRST, FIRST + EVENTS) of BLOCK, all of one window. */
static void run_events(struct pass *pass, const struct trace_block *block,
	uint32_t first, uint32_t events)
{
	const uint32_t *page = &block->page[first];
	uint32_t i;

	if (pass->lru)
		lru_depth_run(pass->lru, page, events, pass->depth);
	else
		opt_depth_run(pass->opt, page, events, pass->depth);
	count_uses(pass, events);
	if (pass->writebacks.step)
		for (i = 0; i < events; i++)
			lru_writebacks_use(&pass->writebacks, page[i],
				pass->depth[i],
				block->kinds[first + i] & TRACE_WRITE);
	pass->curve.events += events;
}

/* What was evicted in this window and not used again since is written back
 * in this window. */
static void settle_writebacks(struct pass *pass)
{
	uint32_t page;

	for (page = 0; page < pass->info->pages; page++) {
		uint32_t depth = lru_depth_now(pass->lru, page);

		if (depth != DEPTH_COLD)
			lru_writebacks_use(
				&pass->writebacks, page, depth, false);
	}
	lru_writebacks_take(&pass->writebacks, pass->curve.writebacks);
}

static int end_window(struct pass *pass)
{
	struct curve *curve = &pass->curve;
	uint32_t frames = curve->pages;
	uint64_t sum = curve->cold;
	int error;

	/* with all pages resident only first uses fault */
	for (; frames; frames--) {
		curve->faults[frames] = sum;
		sum += pass->uses[frames];
	}
	if (pass->writebacks.step)
		settle_writebacks(pass);
	curve->window++;
	error = pass->config->emit(pass->config->context, curve);
	curve->first_event += curve->events;
	curve->events = 0;
	curve->references = 0;
	curve->cold = 0;
	memset(pass->uses, 0, sizes_bytes(pass->info));
	return error;
}

/* The first event after the window that is under way. */
static uint64_t window_end(const struct pass *pass)
{
	unsigned windows = pass->config->windows ? pass->config->windows : 1;
	unsigned __int128 events = pass->info->events;

	return events * (pass->curve.window + 1) / windows;
}

/* References of events [FIRST, END) of BLOCK that are told by event. */
static uint64_t counted(
	const struct trace_block *block, uint32_t first, uint32_t end)
{
	uint64_t sum = 0;

	for (; block->count && first < end; first++)
		sum += block->count[first];
	return sum;
}

static int run_block(void *context, const struct trace_block *block)
{
	struct pass *pass = context;
	uint64_t references = 0;
	uint32_t at = 0;
	int error = 0;

	while (at < block->events && !error) {
		uint64_t left = window_end(pass) - block->first_event - at;
		uint32_t events = block->events - at;

		events = events < CHUNK ? events : CHUNK;
		events = events < left ? events : left;
		run_events(pass, block, at, events);
		references += counted(block, at, at + events);
		pass->curve.references += counted(block, at, at + events);
		at += events;
		/* some may be empty; the last ends with the trace */
		while (!error &&
			pass->curve.window + 1 < pass->config->windows &&
			block->first_event + at == window_end(pass))
			error = end_window(pass);
	}
	/* those that only the block tells of count where it ends */
	pass->curve.references += block->references - references;
	return error;
}

static int run_blocks(
	struct pass *pass, struct trace_reader *reader, struct message *message)
{
	const struct each_block each = {
		.take = run_block,
		.pass = pass,
		.progress = pass->config->progress,
		.context = pass->config->context,
		.stop = pass->config->stop,
	};
	int error = each_block(reader, &each, message);

	return error ? error : end_window(pass);
}

int curve_run(struct trace_reader *reader, const struct curve_config *config,
	struct message *message)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	int error;

	if (!pass)
		return message_set(message, -ENOMEM, "too little memory");
	pass->config = config;
	pass->info = trace_reader_info(reader);
	error = open_pass(pass);
	if (error)
		message_set(message, error,
			"%s: too little memory for the curve of its %llu pages",
			pass->info->path,
			(unsigned long long)pass->info->pages);
	else
		error = run_blocks(pass, reader, message);
	close_pass(pass);
	return error;
}
