/* LRU's curve in parts: running one, and merging them.  See partial.h. */
#include "replay/partial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/lru-depth.h"
#include "replay/lru-writebacks.h"

enum { CHUNK = 8192 };

void partial_free(struct partial *partial)
{
	free(partial->uses);
	free(partial->step);
	free(partial->first);
	free(partial->last);
	free(partial->reach);
	free(partial->dirty);
	memset(partial, 0, sizeof(*partial));
}

/* ---- running a part ---- */

struct run {
	struct partial *partial;
	const struct partial_config *config;
	struct lru_depth *engine;
	/* write-backs from the first write in the part on */
	struct lru_writebacks writebacks;
	uint32_t *reach; /* [pages] */
	uint64_t end;	 /* the first event after the part */
	uint32_t depth[CHUNK];
};

static int open_run(
	struct run *run, const struct trace_info *info, struct partial *out)
{
	struct partial_head *head = &out->head;
	unsigned __int128 events = info->events;
	size_t pages = info->pages;
	int error;

	*head = (struct partial_head){
		.trace_events = info->events,
		.trace_references = info->references,
		.trace_bytes = info->file_bytes,
		.pages = info->pages,
		.page_bytes = info->page_bytes,
		.reduction = info->reduction,
		.part = run->config->part,
		.parts = run->config->parts,
		.has_writes = info->has_writes,
	};
	snprintf(head->trace, sizeof(head->trace), "%s", run->config->trace);
	head->first_event = events * (head->part - 1) / head->parts;
	run->end = events * head->part / head->parts;
	head->events = run->end - head->first_event;
	run->partial = out;
	error = lru_depth_create(pages, &run->engine);
	if (!error)
		error = lru_writebacks_init(&run->writebacks, pages);
	run->reach = calloc(pages + 1, sizeof(*run->reach));
	out->uses = calloc(pages + 1, sizeof(*out->uses));
	out->step = calloc(pages + 2, sizeof(*out->step));
	out->first = malloc((pages + 1) * sizeof(*out->first));
	out->last = malloc((pages + 1) * sizeof(*out->last));
	out->reach = malloc((pages + 1) * sizeof(*out->reach));
	out->dirty = malloc((pages + 1) * sizeof(*out->dirty));
	if (!run->reach || !out->uses || !out->step || !out->first ||
		!out->last || !out->reach || !out->dirty)
		error = -ENOMEM;
	return error;
}

static void close_run(struct run *run)
{
	lru_depth_destroy(run->engine);
	if (run->writebacks.step)
		lru_writebacks_fini(&run->writebacks);
	free(run->reach);
}

static void use(struct run *run, uint32_t page, uint32_t depth, bool write)
{
	struct partial *partial = run->partial;

	if (depth == DEPTH_COLD)
		partial->first[partial->head.used++] = page;
	else
		partial->uses[depth]++;
	if (run->writebacks.dirty_from[page] == PARTIAL_NOT_WRITTEN &&
		depth != DEPTH_COLD && depth > run->reach[page])
		run->reach[page] = depth;
	lru_writebacks_use(&run->writebacks, page, depth, write);
}

static void run_block(struct run *run, const struct trace_block *block)
{
	uint64_t first = run->partial->head.first_event;
	uint32_t at = 0, end = block->events, i;

	if (first > block->first_event)
		at = first - block->first_event;
	if (run->end < block->first_event + end)
		end = run->end - block->first_event;
	for (; at < end; at += CHUNK) {
		uint32_t events = end - at < CHUNK ? end - at : CHUNK;

		lru_depth_run(
			run->engine, &block->page[at], events, run->depth);
		for (i = 0; i < events; i++)
			use(run, block->page[at + i], run->depth[i],
				block->kinds[at + i] & TRACE_WRITE);
	}
}

/* By bisection: blocks tell where they start only when they are read. */
static int first_block(struct trace_reader *reader, uint64_t event,
	struct trace_block *block, uint64_t *out, struct message *message)
{
	uint64_t low = 0, high = trace_reader_info(reader)->blocks;
	int error;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		error = trace_reader_read(reader, middle, block, message);
		if (error)
			return error;
		if (block->first_event <= event)
			low = middle;
		else
			high = middle;
	}
	*out = low;
	return 0;
}

static int run_blocks(
	struct run *run, struct trace_reader *reader, struct message *message)
{
	const struct partial_head *head = &run->partial->head;
	const struct partial_config *config = run->config;
	struct trace_block block;
	uint64_t number;
	int error = first_block(
		reader, head->first_event, &block, &number, message);

	for (; !error && number < trace_reader_info(reader)->blocks; number++) {
		if (config->stop && *config->stop)
			return -ECANCELED;
		error = trace_reader_read(reader, number, &block, message);
		if (error || block.first_event >= run->end)
			break;
		run_block(run, &block);
		if (config->progress)
			config->progress(config->context,
				block.first_event + block.events -
					head->first_event);
	}
	return error;
}

/* What is told by page, in the order of first uses; and the last uses. */
static void end_run(struct run *run)
{
	struct partial *partial = run->partial;
	uint32_t used = partial->head.used, i;

	for (i = 0; i < used; i++) {
		uint32_t page = partial->first[i];

		partial->reach[i] = run->reach[page];
		partial->dirty[i] = run->writebacks.dirty_from[page];
		partial->last[used - lru_depth_now(run->engine, page)] = page;
	}
	memcpy(partial->step, run->writebacks.step,
		(partial->head.pages + 2) * sizeof(*partial->step));
}

int partial_run(struct trace_reader *reader,
	const struct partial_config *config, struct partial *out,
	struct message *message)
{
	struct run run = {.config = config};
	int error;

	memset(out, 0, sizeof(*out));
	error = open_run(&run, trace_reader_info(reader), out);
	if (error)
		message_set(message, error, "%s: too little memory",
			trace_reader_info(reader)->path);
	else
		error = run_blocks(&run, reader, message);
	if (!error)
		end_run(&run);
	else
		partial_free(out);
	close_run(&run);
	return error;
}

/* ---- merging ---- */

struct merge {
	struct lru_depth *engine;
	struct lru_writebacks writebacks;
	uint64_t *uses; /* [pages + 1] */
	struct curve curve;
};

static int open_merge(struct merge *merge, const struct partial_head *head)
{
	size_t bytes = ((size_t)head->pages + 1) * sizeof(uint64_t);
	int error = lru_depth_create(head->pages, &merge->engine);

	if (!error)
		error = lru_writebacks_init(&merge->writebacks, head->pages);
	merge->curve.pages = head->pages;
	merge->curve.window = 1;
	merge->curve.events = head->trace_events;
	merge->curve.references = head->trace_references;
	merge->uses = calloc(1, bytes);
	merge->curve.faults = calloc(1, bytes);
	merge->curve.writebacks = calloc(1, bytes);
	if (!merge->uses || !merge->curve.faults || !merge->curve.writebacks)
		error = -ENOMEM;
	return error;
}

static void close_merge(struct merge *merge)
{
	lru_depth_destroy(merge->engine);
	if (merge->writebacks.step)
		lru_writebacks_fini(&merge->writebacks);
	free(merge->uses);
	free(merge->curve.faults);
	free(merge->curve.writebacks);
}

/* The first use of a page in a part, and what follows until it is written. */
static void merge_first(
	struct merge *merge, const struct partial *partial, uint32_t at)
{
	uint32_t page = partial->first[at], depth, from, reach;

	lru_depth_run(merge->engine, &page, 1, &depth);
	if (depth == DEPTH_COLD)
		merge->curve.cold++;
	else
		merge->uses[depth]++;
	from = merge->writebacks.dirty_from[page];
	reach = partial->reach[at];
	if (depth != DEPTH_COLD && depth > reach)
		reach = depth;
	/* dirty at no size if it is not yet written */
	if (from < reach)
		lru_writebacks_use(&merge->writebacks, page, reach, false);
	if (partial->dirty[at] != PARTIAL_NOT_WRITTEN)
		merge->writebacks.dirty_from[page] = partial->dirty[at];
}

static void merge_part(struct merge *merge, const struct partial *partial)
{
	uint32_t depth, i;

	for (i = 0; i < partial->head.used; i++)
		merge_first(merge, partial, i);
	for (i = 0; i <= partial->head.pages; i++)
		merge->uses[i] += partial->uses[i];
	for (i = 0; i < partial->head.pages + 2; i++)
		merge->writebacks.step[i] += partial->step[i];
	for (i = 0; i < partial->head.used; i++)
		lru_depth_run(merge->engine, &partial->last[i], 1, &depth);
}

static void end_merge(struct merge *merge, bool has_writes)
{
	uint32_t page, frames = merge->curve.pages;
	uint64_t sum = merge->curve.cold;

	for (; frames; frames--) {
		merge->curve.faults[frames] = sum;
		sum += merge->uses[frames];
	}
	for (page = 0; page < merge->curve.pages; page++) {
		uint32_t depth = lru_depth_now(merge->engine, page);

		if (depth != DEPTH_COLD)
			lru_writebacks_use(
				&merge->writebacks, page, depth, false);
	}
	lru_writebacks_take(&merge->writebacks, merge->curve.writebacks);
	if (!has_writes) {
		free(merge->curve.writebacks);
		merge->curve.writebacks = NULL;
	}
}

/* Whose place in ORDER is which: path I holds part ORDER[I] + 1. */
static int order_parts(char *const *paths, uint32_t count, uint32_t *order,
	struct partial_head *first, struct message *message)
{
	struct partial_head head;
	uint32_t i;
	int error;

	memset(order, 0xff, count * sizeof(*order));
	for (i = 0; i < count; i++) {
		error = partial_load_head(paths[i], &head, message);
		if (error)
			return error;
		if (i == 0)
			*first = head;
		if (head.trace_events != first->trace_events ||
			head.trace_references != first->trace_references ||
			head.trace_bytes != first->trace_bytes ||
			head.pages != first->pages ||
			head.parts != first->parts)
			return message_set(message, -EINVAL,
				"%s: is of another trace, or of another number "
				"of parts, than %s",
				paths[i], paths[0]);
		if (head.parts != count || order[head.part - 1] != UINT32_MAX)
			return message_set(message, -EINVAL,
				"%s: is part %u of %u: each of them is needed, "
				"once",
				paths[i], head.part, head.parts);
		order[head.part - 1] = i;
	}
	return 0;
}

static int merge_all(struct merge *merge, char *const *paths, uint32_t count,
	const uint32_t *order, struct message *message)
{
	struct partial partial;
	uint32_t i;
	int error = 0;

	for (i = 0; i < count && !error; i++) {
		error = partial_load(paths[order[i]], &partial, message);
		if (error)
			break;
		merge_part(merge, &partial);
		partial_free(&partial);
	}
	return error;
}

int partial_merge(char *const *paths, uint32_t count,
	int (*emit)(void *context, const struct partial_head *head,
		const struct curve *curve),
	void *context, struct message *message)
{
	uint32_t *order = malloc((count + 1) * sizeof(*order));
	struct merge merge = {0};
	struct partial_head head;
	int error = -ENOMEM;

	if (order)
		error = order_parts(paths, count, order, &head, message);
	if (!error) {
		error = open_merge(&merge, &head);
		if (error)
			message_set(message, error, "too little memory");
	}
	if (!error)
		error = merge_all(&merge, paths, count, order, message);
	if (!error) {
		end_merge(&merge, head.has_writes);
		error = emit(context, &head, &merge.curve);
	}
	close_merge(&merge);
	free(order);
	return error;
}
