/* The pass over a trace that tells of its regions.  See regions.h. */
#include "config.h"

#include "replay/regions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "replay/each-block.h"
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
	struct message *message;
	unsigned phase; /* of config->phases, the present one */
};

/* ---- regions by name ---- */

/* There are COUNT regions, or phases. */
static int make_room(struct pass *pass, size_t count)
{
	struct regions *regions = pass->regions;
	size_t faults = 2 * ((size_t)regions->sizes + 1) * sizeof(uint64_t);
	int error = disk_array_grow(&regions->regions,
		count * sizeof(*regions->region), pass->message);

	if (!error)
		error = disk_array_grow(
			&regions->faults, count * faults, pass->message);
	regions->region = regions->regions.data;
	return error;
}

static int add_region(struct pass *pass, const char *name)
{
	struct regions *regions = pass->regions;
	size_t count = (size_t)regions->count + 1;
	char **names =
		reallocarray(regions->names, count, sizeof(*regions->names));

	if (!names)
		return -ENOMEM;
	regions->names = names;
	names[regions->count] = strdup(name);
	if (!names[regions->count])
		return -ENOMEM;
	regions->count++;
	return make_room(pass, count);
}

/* The region of PAGE has its number; others may have come before it. */
static int find_region(struct pass *pass, uint32_t page, unsigned *number_out)
{
	struct region_pages *pages = &pass->pages;
	int error = region_pages_at(pages, page, number_out);

	while (!error && pass->regions->count < pages->count)
		error = add_region(pass, pages->names[pass->regions->count]);
	return error;
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
	if (!pass->config->phases)
		return 0;
	pass->regions->count = pass->config->phases->count;
	return make_room(pass, pass->regions->count);
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

/* The number of what PAGE counts for, which must have been looked up. */
static unsigned number_of(const struct pass *pass, uint32_t page)
{
	return pass->config->phases ? pass->phase : pass->pages.number_of[page];
}

/* The region of PAGE, or the phase. */
static int region_at(struct pass *pass, uint32_t page, struct region **out)
{
	unsigned number = pass->phase;
	int error = 0;

	if (!pass->config->phases)
		error = find_region(pass, page, &number);
	if (error)
		return error;
	*out = &pass->regions->region[number];
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
		unsigned number = number_of(pass, page[i]);
		uint64_t *faults =
			opt ? regions_opt_faults(pass->regions, number)
			    : regions_lru_faults(pass->regions, number);

		if (pass->depth[i] != DEPTH_COLD)
			faults[pass->bucket_of[pass->depth[i]]]++;
		else if (!opt)
			pass->regions->region[number].cold++;
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

/* Where in BLOCK, from event AT on, something ends that pages count for; and
 * all that does so at AT is done with. */
static int next_change(struct pass *pass, const struct trace_block *block,
	uint32_t at, uint32_t *region, uint32_t *end_out)
{
	const struct phases *phases = pass->config->phases;
	uint64_t now = block->first_event + at;
	uint64_t end = block->first_event + block->events;
	int error = 0;

	while (phases && pass->phase + 1 < phases->count &&
		phases->phase[pass->phase].end <= now)
		pass->phase++;
	if (phases && phases->phase[pass->phase].end < end)
		end = phases->phase[pass->phase].end;
	while (!phases && !error && *region < block->regions &&
		block->region[*region].event <= now)
		error = region_pages_tell(
			&pass->pages, &block->region[(*region)++]);
	if (!phases && *region < block->regions &&
		block->region[*region].event < end)
		end = block->region[*region].event;
	*end_out = (uint32_t)(end - block->first_event);
	return error;
}

static int run_block(void *context, const struct trace_block *block)
{
	struct pass *pass = context;
	uint32_t at = 0, region = 0, end;
	int error = next_change(pass, block, at, &region, &end);

	while (!error && at < block->events) {
		error = run_piece(pass, block, at, end);
		at = end;
		if (!error)
			error = next_change(pass, block, at, &region, &end);
	}
	return error;
}

/* From uses that are hits from a size on to the faults at each size. */
static void sum_faults(const struct regions *regions, unsigned number)
{
	uint64_t *lru_faults = regions_lru_faults(regions, number);
	uint64_t *opt_faults = regions_opt_faults(regions, number);
	uint64_t lru = regions->region[number].cold, opt = lru;
	unsigned size;

	for (size = regions->sizes + 1; size--;) {
		uint64_t hits_lru = lru_faults[size];
		uint64_t hits_opt = opt_faults[size];

		lru_faults[size] = lru;
		opt_faults[size] = opt;
		lru += hits_lru;
		opt += hits_opt;
	}
}

int regions_run(struct trace_reader *reader,
	const struct regions_config *config, struct regions *out,
	struct message *message)
{
	struct pass pass = {
		.config = config,
		.info = trace_reader_info(reader),
		.regions = out,
		.message = message,
	};
	const struct each_block each = {
		.take = run_block,
		.pass = &pass,
		.progress = config->progress,
		.context = config->context,
		.stop = config->stop,
	};
	unsigned i;
	int error;

	*out = (struct regions){
		.sizes = config->sizes, .phases = config->phases};
	error = init(&pass, reader, message);
	if (!error)
		error = each_block(reader, &each, message);
	fini(&pass);
	for (i = 0; !error && i < out->count; i++)
		sum_faults(out, i);
	if (error)
		regions_free(out);
	return error;
}

void regions_free(struct regions *regions)
{
	unsigned i;

	for (i = 0; regions->names && i < regions->count; i++)
		free(regions->names[i]);
	free(regions->names);
	disk_array_free(&regions->regions);
	disk_array_free(&regions->faults);
	*regions = (struct regions){0};
}
