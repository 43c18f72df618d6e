/* The pass over a trace that tells of its regions.  See regions.h. */
#include "config.h"

#include "replay/regions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "replay/lru-depth.h"
#include "replay/opt-depth.h"
#include "replay/region-pages.h"

struct pass {
	const struct regions_config *config;
	const struct trace_info *info;
	struct region_pages pages;
	/* [pages] the region that counts the page; UINT32_MAX: none */
	uint32_t *counted_in;
	uint32_t *depth;       /* [TRACE_BLOCK_EVENTS] */
	struct lru_depth *lru; /* NULL: no sizes */
	struct opt_depth *opt;
	uint32_t *bucket_of; /* [pages + 1] distance -> number of the size */
	struct regions *regions;
};

/* Makes room for the regions that have come since. */
static int add_regions(struct pass *pass)
{
	struct regions *regions = pass->regions;
	size_t sizes = pass->config->sizes + 1;
	struct region *more;

	if (regions->count == pass->pages.count)
		return 0;
	more = reallocarray(regions->regions, pass->pages.count, sizeof(*more));
	if (!more)
		return -ENOMEM;
	regions->regions = more;
	while (regions->count < pass->pages.count) {
		struct region *region = &more[regions->count];

		*region = (struct region){
			.name = strdup(pass->pages.names[regions->count++]),
			.lru_faults = calloc(sizes, sizeof(uint64_t)),
			.opt_faults = calloc(sizes, sizeof(uint64_t)),
		};
		if (!region->name || !region->lru_faults || !region->opt_faults)
			return -ENOMEM;
	}
	return 0;
}

/* ---- the pass ---- */

static int init_sizes(struct pass *pass)
{
	const struct regions_config *config = pass->config;
	uint32_t pages = pass->info->pages, depth;
	unsigned size = 0;
	int error;

	if (!config->sizes)
		return 0;
	pass->depth = malloc(TRACE_BLOCK_EVENTS * sizeof(*pass->depth));
	pass->bucket_of = malloc(((size_t)pages + 1) * sizeof(uint32_t));
	if (!pass->depth || !pass->bucket_of)
		return -ENOMEM;
	for (depth = 0; depth <= pages; depth++) {
		while (size < config->sizes && config->frames[size] < depth)
			size++;
		pass->bucket_of[depth] = size;
	}
	error = lru_depth_create(pages, &pass->lru);
	return error ? error : opt_depth_create(pages, &pass->opt);
}

static int init(
	struct pass *pass, struct trace_reader *reader, struct message *message)
{
	uint32_t pages = pass->info->pages;
	size_t bytes = ((size_t)pages + 1) * sizeof(uint32_t);
	const uint64_t *vpn;
	int error = trace_reader_load_pages(reader, &vpn, message);

	if (error)
		return error;
	pass->counted_in = malloc(bytes);
	if (!pass->counted_in ||
		region_pages_init(&pass->pages, pass->info, vpn) ||
		init_sizes(pass))
		return message_set(message, -ENOMEM,
			"%s: too little memory for %" PRIu32 " pages",
			pass->info->path, pages);
	memset(pass->counted_in, 0xff, bytes);
	return 0;
}

static void fini(struct pass *pass)
{
	region_pages_fini(&pass->pages);
	free(pass->counted_in);
	free(pass->depth);
	free(pass->bucket_of);
	lru_depth_destroy(pass->lru);
	opt_depth_destroy(pass->opt);
}

/* The region of PAGE. */
static int region_at(struct pass *pass, uint32_t page, struct region **out)
{
	unsigned number;
	int error = region_pages_at(&pass->pages, page, &number);

	if (!error)
		error = add_regions(pass);
	if (error)
		return error;
	*out = &pass->regions->regions[number];
	if (pass->counted_in[page] != number) {
		pass->counted_in[page] = number;
		(*out)->pages++;
	}
	return 0;
}

static int count_uses(
	struct pass *pass, const struct trace_block *block, uint32_t at)
{
	struct region *region;
	int error = region_at(pass, block->page[at], &region);

	if (error)
		return error;
	region->events++;
	region->references += block->count[at];
	region->writes += !!(block->kinds[at] & TRACE_WRITE);
	region->instructions += !!(block->kinds[at] & TRACE_INSTRUCTION);
	return 0;
}

/* Adds each use to the size from which on it is a hit; the last one to none. */
static void count_depths(
	struct pass *pass, const struct trace_block *block, bool opt)
{
	const uint32_t *page = block->page;
	uint32_t i;

	if (opt)
		opt_depth_run(pass->opt, page, block->events, pass->depth);
	else
		lru_depth_run(pass->lru, page, block->events, pass->depth);
	for (i = 0; i < block->events; i++) {
		struct region *region =
			&pass->regions->regions[pass->pages.number_of[page[i]]];
		uint64_t *faults =
			opt ? region->opt_faults : region->lru_faults;

		if (pass->depth[i] != DEPTH_COLD)
			faults[pass->bucket_of[pass->depth[i]]]++;
		else if (!opt)
			region->cold++;
	}
}

/* Events [AT, END) of BLOCK, between two region events. */
static int run_piece(struct pass *pass, const struct trace_block *block,
	uint32_t at, uint32_t end)
{
	struct trace_block piece = *block;
	uint32_t i;
	int error = 0;

	piece.page = &block->page[at];
	piece.kinds = &block->kinds[at];
	piece.count = &block->count[at];
	piece.events = end - at;
	for (i = 0; !error && i < piece.events; i++)
		error = count_uses(pass, &piece, i);
	if (!error && pass->lru) {
		count_depths(pass, &piece, false);
		count_depths(pass, &piece, true);
	}
	return error;
}

static int run_block(struct pass *pass, const struct trace_block *block)
{
	uint32_t at = 0, next = 0;
	int error = 0;

	while (!error && (at < block->events || next < block->regions)) {
		uint64_t event = UINT64_MAX;
		uint32_t end = block->events;

		if (next < block->regions)
			event = block->region[next].event;
		if (at == end || event <= block->first_event + at) {
			error = region_pages_tell(
				&pass->pages, &block->region[next++]);
			continue;
		}
		if (event < block->first_event + end)
			end = event - block->first_event;
		error = run_piece(pass, block, at, end);
		at = end;
	}
	return error;
}

/* From uses that are hits from a size on to the faults at each size. */
static void sum_faults(struct region *region, unsigned sizes)
{
	uint64_t lru = region->cold, opt = region->cold;
	unsigned size;

	for (size = sizes + 1; size--;) {
		uint64_t hits_lru = region->lru_faults[size];
		uint64_t hits_opt = region->opt_faults[size];

		region->lru_faults[size] = lru;
		region->opt_faults[size] = opt;
		lru += hits_lru;
		opt += hits_opt;
	}
}

static int run_blocks(
	struct pass *pass, struct trace_reader *reader, struct message *message)
{
	const struct regions_config *config = pass->config;
	struct trace_block block;
	uint64_t number;
	int error;

	for (number = 0; number < pass->info->blocks; number++) {
		if (config->stop && *config->stop)
			return -ECANCELED;
		error = trace_reader_read(reader, number, &block, message);
		if (error)
			return error;
		if (run_block(pass, &block))
			return message_set(message, -ENOMEM,
				"%s: too little memory for its regions",
				pass->info->path);
		if (config->progress)
			config->progress(config->context,
				block.first_event + block.events);
	}
	return 0;
}

int regions_run(struct trace_reader *reader,
	const struct regions_config *config, struct regions *out,
	struct message *message)
{
	struct pass pass = {
		.config = config,
		.info = trace_reader_info(reader),
		.regions = out,
	};
	unsigned i;
	int error;

	*out = (struct regions){0};
	error = init(&pass, reader, message);
	if (!error)
		error = run_blocks(&pass, reader, message);
	fini(&pass);
	for (i = 0; i < out->count; i++)
		sum_faults(&out->regions[i], config->sizes);
	if (error)
		regions_free(out);
	return error;
}

void regions_free(struct regions *regions)
{
	unsigned i;

	for (i = 0; i < regions->count; i++) {
		free(regions->regions[i].name);
		free(regions->regions[i].lru_faults);
		free(regions->regions[i].opt_faults);
	}
	free(regions->regions);
	*regions = (struct regions){0};
}
