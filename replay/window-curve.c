/*
 * ws and vmin at many windows in one pass: see window-curve.h.
 *
 *	windows	    w0        w1           w2
 *	distances  |   class 0   | class 1  | class 2    | class 3
 *
 * A distance is of the class of how many windows are below it: at these the
 * use is a fault, at the others it is not.
 *
 * Write-backs.  A page is dirty at the windows at which it has not left since
 * it was written to.  Those are all windows from one on, as a page that stays
 * with a window stays with all larger ones; each fault moves that one up.  So
 * each fault counts at a range of windows, by a one at its start and a minus
 * one at its end.
 */
#include "replay/window-curve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/each-block.h"

enum { AHEAD = 32 }; /* events: a cache miss's time */

/* Distances of one class. */
struct bucket {
	uint64_t uses, uses_sum; /* from a use to the next */
	uint64_t ends, ends_sum; /* from a last use to the trace's end */
	/* changes of counts from the window before to this one */
	int64_t ws_writebacks, vmin_writebacks;
};

struct pass {
	const struct window_curve_config *config;
	const struct trace_info *info;
	uint64_t *next;	 /* [pages] time after the last use; 0: none */
	uint32_t *dirty; /* [pages] dirty at this window and larger ones */
	struct bucket *bucket; /* [count + 1] */
	uint64_t cold;	       /* first uses */
	uint64_t repeats;      /* references after the first of their run */
};

static void close_pass(struct pass *pass)
{
	memory_unmap(pass->next, pass->info->pages * sizeof(*pass->next));
	memory_unmap(pass->dirty, pass->info->pages * sizeof(*pass->dirty));
	free(pass->bucket);
}

static int open_pass(struct pass *pass)
{
	const uint64_t pages = pass->info->pages;

	pass->bucket = calloc(pass->config->count + 1, sizeof(*pass->bucket));
	if (!pass->bucket)
		return -ENOMEM;
	if (!pages)
		return 0;
	pass->next = memory_map(pages * sizeof(*pass->next));
	pass->dirty = memory_map(pages * sizeof(*pass->dirty));
	return pass->next && pass->dirty ? 0 : -ENOMEM;
}

/* How many windows are below DISTANCE. */
static inline uint32_t class_of(const struct pass *pass, uint64_t distance)
{
	const uint64_t *window = pass->config->windows;
	uint32_t left = pass->config->count, half;

	/* no branch: which half it is can't be predicted */
	while (left > 1) {
		half = left / 2;
		window += window[half - 1] < distance ? half : 0;
		left -= half;
	}
	return window - pass->config->windows + (*window < distance);
}

/* A page is used DISTANCE after its use before. */
static void use_again(struct pass *pass, uint32_t page, uint64_t distance)
{
	uint32_t class = class_of(pass, distance);
	uint32_t dirty = pass->dirty[page];

	pass->bucket[class].uses++;
	pass->bucket[class].uses_sum += distance;
	if (dirty >= class)
		return;
	pass->bucket[dirty].ws_writebacks++;
	pass->bucket[class].ws_writebacks--;
	pass->bucket[dirty].vmin_writebacks++;
	pass->bucket[class].vmin_writebacks--;
	pass->dirty[page] = class;
}

static int run_block(void *context, const struct trace_block *block)
{
	struct pass *pass = context;
	uint64_t now = block->first_reference;
	uint32_t i, page;

	for (i = 0; i < block->events; i++) {
		/* there are TRACE_LOOK_AHEAD more */
		__builtin_prefetch(&pass->next[block->page[i + AHEAD]], 1);
		page = block->page[i];
		if (pass->next[page]) {
			use_again(pass, page, now - pass->next[page] + 1);
		} else {
			pass->cold++;
			pass->dirty[page] = pass->config->count;
		}
		if (block->kinds[i] & TRACE_WRITE)
			pass->dirty[page] = 0;
		pass->repeats += block->count[i] - 1;
		now += block->count[i];
		pass->next[page] = now;
	}
	return 0;
}

/* What happens to PAGE after its last use. */
static void end_page(struct pass *pass, uint32_t page)
{
	uint64_t left = pass->info->references - pass->next[page];
	uint32_t class = class_of(pass, left + 1);
	uint32_t dirty = pass->dirty[page];

	pass->bucket[class].ends++;
	pass->bucket[class].ends_sum += left + 1;
	/* it leaves before the end at the windows below that */
	if (dirty < class) {
		pass->bucket[dirty].ws_writebacks++;
		pass->bucket[class].ws_writebacks--;
	}
	if (dirty < pass->config->count && left) {
		pass->bucket[dirty].vmin_writebacks++;
		pass->bucket[pass->config->count].vmin_writebacks--;
	}
}

static void fill_points(const struct pass *pass, struct window_point *points)
{
	uint64_t near = 0, near_sum = 0, ends_near = 0, ends_sum = 0;
	uint64_t uses = 0, ws_writebacks = 0, vmin_writebacks = 0;
	unsigned i;

	for (i = 0; i <= pass->config->count; i++)
		uses += pass->bucket[i].uses;
	for (i = 0; i < pass->config->count; i++) {
		const struct bucket *bucket = &pass->bucket[i];
		uint64_t window = pass->config->windows[i], far, ends_far;

		near += bucket->uses;
		near_sum += bucket->uses_sum;
		ends_near += bucket->ends;
		ends_sum += bucket->ends_sum;
		ws_writebacks += bucket->ws_writebacks;
		vmin_writebacks += bucket->vmin_writebacks;
		far = uses - near;
		/* each page has one first use and one last */
		ends_far = pass->cold - ends_near;
		points[i] = (struct window_point){
			.window = window,
			.faults = pass->cold + far,
			.ws_space = pass->repeats + near_sum + ends_sum +
				    window * (far + ends_far),
			.vmin_space =
				pass->repeats + near_sum + far + pass->cold,
			.ws_writebacks = ws_writebacks,
			.vmin_writebacks = vmin_writebacks,
		};
	}
}

static int run_blocks(
	struct pass *pass, struct trace_reader *reader, struct message *message)
{
	const struct window_curve_config *config = pass->config;
	const struct each_block each = {
		.take = run_block,
		.pass = pass,
		.progress = config->progress,
		.context = config->context,
		.stop = config->stop,
	};
	int error = each_block(reader, &each, message);
	uint32_t page;

	for (page = 0; page < pass->info->pages && !error; page++)
		if (pass->next[page])
			end_page(pass, page);
	return error;
}

int window_curve_run(struct trace_reader *reader,
	const struct window_curve_config *config, struct window_point *points,
	struct message *message)
{
	struct pass pass = {
		.config = config,
		.info = trace_reader_info(reader),
	};
	int error = open_pass(&pass);

	if (error)
		message_set(message, error,
			"%s: too little memory for the windows of its %llu "
			"pages",
			pass.info->path, (unsigned long long)pass.info->pages);
	else
		error = run_blocks(&pass, reader, message);
	if (!error)
		fill_points(&pass, points);
	close_pass(&pass);
	return error;
}
