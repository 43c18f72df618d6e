/* The pass over a trace that makes its map.  See page-time.h. */
#include "config.h"

#include "replay/page-time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/each-block.h"
#include "replay/lru-depth.h"
#include "replay/opt-depth.h"
#include "replay/region-pages.h"

struct pass {
	const struct page_time_config *config;
	const struct trace_info *info;
	struct page_time *map;
	struct region_pages regions;
	uint32_t *used_in; /* [pages] number of its region at its last use */
	uint32_t *row_of;  /* [pages] */
	/* [TRACE_BLOCK_EVENTS] of the block's events */
	uint32_t *lru_depths, *opt_depths;
	struct lru_depth *lru; /* NULL: no faults */
	struct opt_depth *opt;
	uint64_t reference;	      /* of the next event */
	unsigned phase, phases_count; /* the next one to begin */
	/* of that reference, and the first reference of the next one */
	unsigned column;
	uint64_t column_end;
};

/* The first reference of COLUMN: no product that might overflow. */
static uint64_t column_start(const struct pass *pass, unsigned column)
{
	uint64_t references = pass->map->references;
	unsigned columns = pass->map->columns;

	return references / columns * column +
	       (references % columns * column + columns - 1) / columns;
}

static void enter_column(struct pass *pass, unsigned column)
{
	pass->column = column;
	pass->column_end = column + 1 < pass->map->columns
				   ? column_start(pass, column + 1)
				   : UINT64_MAX;
}

static int init_faults(struct pass *pass)
{
	uint32_t pages = pass->info->pages;
	size_t cells = (size_t)pass->map->rows * pass->map->columns;
	int error;

	if (!pass->config->frames)
		return 0;
	pass->lru_depths = malloc(TRACE_BLOCK_EVENTS * sizeof(uint32_t));
	pass->opt_depths = malloc(TRACE_BLOCK_EVENTS * sizeof(uint32_t));
	pass->map->lru_faults = calloc(cells, sizeof(uint64_t));
	pass->map->opt_faults = calloc(cells, sizeof(uint64_t));
	if (!pass->lru_depths || !pass->opt_depths || !pass->map->lru_faults ||
		!pass->map->opt_faults)
		return -ENOMEM;
	error = lru_depth_create(pages, &pass->lru);
	return error ? error : opt_depth_create(pages, &pass->opt);
}

static int init(struct pass *pass, const uint64_t *vpn)
{
	const struct trace_info *info = pass->info;
	struct page_time *map = pass->map;
	uint32_t pages = info->pages, rank;

	*map = (struct page_time){
		.references = info->references,
		.pages = pages,
		.page_bytes = info->page_bytes,
		.columns = pass->config->columns,
		.rows = pass->config->rows,
	};
	if (map->columns > map->references)
		map->columns = map->references;
	if (map->rows > pages)
		map->rows = pages;
	map->uses = calloc((size_t)map->rows * map->columns, sizeof(uint64_t));
	if (pass->config->phases) {
		pass->phases_count = pass->config->phases->count;
		map->phases = calloc(map->columns, sizeof(*map->phases));
		if (!map->phases)
			return -ENOMEM;
	}
	pass->used_in = malloc(pages * sizeof(*pass->used_in));
	pass->row_of = malloc(pages * sizeof(*pass->row_of));
	if (!map->uses || !pass->used_in || !pass->row_of ||
		region_pages_init(&pass->regions, info, vpn) ||
		init_faults(pass))
		return -ENOMEM;
	memset(pass->used_in, 0xff, pages * sizeof(*pass->used_in));
	for (rank = 0; rank < pages; rank++)
		pass->row_of[pass->regions.index.by_vpn[rank]] =
			(uint64_t)rank * map->rows / pages;
	enter_column(pass, 0);
	return 0;
}

static void fini(struct pass *pass)
{
	region_pages_fini(&pass->regions);
	free(pass->used_in);
	free(pass->row_of);
	free(pass->lru_depths);
	free(pass->opt_depths);
	lru_depth_destroy(pass->lru);
	opt_depth_destroy(pass->opt);
}

/* ---- events ---- */

/* A run of COUNT references to a page in ROW. */
static void count_run(struct pass *pass, uint32_t row, uint64_t count)
{
	struct page_time *map = pass->map;
	uint64_t *cells = &map->uses[(size_t)row * map->columns];

	while (count >= pass->column_end - pass->reference) {
		uint64_t part = pass->column_end - pass->reference;

		cells[pass->column] += part;
		count -= part;
		pass->reference = pass->column_end;
		enter_column(pass, pass->column + 1);
	}
	cells[pass->column] += count;
	pass->reference += count;
}

/* Notes the phases that begin with EVENT, which is next. */
static void enter_phases(struct pass *pass, uint64_t event)
{
	const struct phases *phases = pass->config->phases;
	struct page_time_phases *here = &pass->map->phases[pass->column];

	for (; pass->phase < pass->phases_count &&
		phases->phase[pass->phase].event <= event;
		pass->phase++) {
		if (!here->count++) {
			here->first = pass->phase;
			here->first_start = pass->reference;
		}
		here->last_start = pass->reference;
	}
}

/* Events [AT, END) of BLOCK, between two region events. */
static int run_piece(struct pass *pass, const struct trace_block *block,
	uint32_t at, uint32_t end)
{
	struct page_time *map = pass->map;
	/* a first use faults even where there is a frame for each page */
	uint64_t frames = pass->config->frames < map->pages
				  ? pass->config->frames
				  : map->pages;

	for (; at < end; at++) {
		uint32_t page = block->page[at];
		size_t cell = (size_t)pass->row_of[page] * map->columns +
			      pass->column;
		unsigned number;

		if (map->phases)
			enter_phases(pass, block->first_event + at);
		if (region_pages_at(&pass->regions, page, &number))
			return -ENOMEM;
		pass->used_in[page] = number;
		if (pass->lru) {
			map->lru_faults[cell] += pass->lru_depths[at] > frames;
			map->opt_faults[cell] += pass->opt_depths[at] > frames;
		}
		count_run(pass, pass->row_of[page], block->count[at]);
	}
	return 0;
}

static int run_block(void *context, const struct trace_block *block)
{
	struct pass *pass = context;
	uint32_t at = 0, next = 0;
	int error = 0;

	/* of a reduced trace some references are in no event's count */
	pass->reference = block->first_reference;
	while (pass->reference >= pass->column_end)
		enter_column(pass, pass->column + 1);
	if (pass->lru) {
		lru_depth_run(pass->lru, block->page, block->events,
			pass->lru_depths);
		opt_depth_run(pass->opt, block->page, block->events,
			pass->opt_depths);
	}
	while (!error && (at < block->events || next < block->regions)) {
		uint64_t event = UINT64_MAX;
		uint32_t end = block->events;

		if (next < block->regions)
			event = block->region[next].event;
		if (at == end || event <= block->first_event + at) {
			error = region_pages_tell(
				&pass->regions, &block->region[next++]);
			continue;
		}
		if (event < block->first_event + end)
			end = event - block->first_event;
		error = run_piece(pass, block, at, end);
		at = end;
	}
	return error;
}

/* ---- the whole ---- */

/* Pages side by side that are of one region. */
static int list_regions(struct pass *pass)
{
	const struct region_pages *pages = &pass->regions;
	struct page_time *map = pass->map;
	struct page_time_region *more;
	uint32_t rank, last = UINT32_MAX;

	for (rank = 0; rank < map->pages; rank++) {
		uint32_t number = pass->used_in[pages->index.by_vpn[rank]];

		if (number != last) {
			more = reallocarray(map->regions,
				(size_t)map->regions_count + 1, sizeof(*more));
			if (!more)
				return -ENOMEM;
			map->regions = more;
			more += map->regions_count;
			*more = (struct page_time_region){
				.name = strdup(pages->names[number]),
				.first = rank,
			};
			if (!more->name)
				return -ENOMEM;
			map->regions_count++;
			last = number;
		}
		map->regions[map->regions_count - 1].pages++;
	}
	return 0;
}

int page_time_run(struct trace_reader *reader,
	const struct page_time_config *config, struct page_time *out,
	struct message *message)
{
	struct pass pass = {
		.config = config,
		.info = trace_reader_info(reader),
		.map = out,
	};
	const struct each_block each = {
		.take = run_block,
		.pass = &pass,
		.progress = config->progress,
		.context = config->context,
		.stop = config->stop,
	};
	const uint64_t *vpn;
	int error;

	*out = (struct page_time){0};
	if (!pass.info->events)
		return message_set(message, -EINVAL,
			"%s: has no references: there is nothing to show",
			pass.info->path);
	error = trace_reader_load_pages(reader, &vpn, message);
	if (error)
		return error;
	if (init(&pass, vpn))
		error = message_set(message, -ENOMEM,
			"%s: too little memory for %" PRIu64 " pages",
			pass.info->path, pass.info->pages);
	if (!error)
		error = each_block(reader, &each, message);
	if (!error && list_regions(&pass))
		error = message_set(message, -ENOMEM, "%s: too little memory",
			pass.info->path);
	fini(&pass);
	if (error)
		page_time_free(out);
	return error;
}

void page_time_free(struct page_time *map)
{
	unsigned i;

	for (i = 0; i < map->regions_count; i++)
		free(map->regions[i].name);
	free(map->regions);
	free(map->phases);
	free(map->uses);
	free(map->lru_faults);
	free(map->opt_faults);
	*map = (struct page_time){0};
}
