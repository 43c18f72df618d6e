/* The pass over a trace that tells what could be given back: give-back.h. */
#include "config.h"

#include "replay/give-back.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk-array.h"
#include "mm/policy/lists.h"
#include "replay/each-block.h"
#include "replay/region-pages.h"

enum {
	ALIVE_SHARE = 20, /* of so many pages one may be read again */
	NO_REGION = TUNE_REGIONS,
	UNKNOWN_REGION, /* not looked up yet */
};
_Static_assert(TUNE_PHASES <= 16, "phases are bits of page.in_vain");

/* What a page holds, from its first use until it is unmapped. */
struct page {
	uint32_t used_at; /* marks said before its last use */
	/* It was written back after these phases' marks, which is in vain
	 * unless it is read again. */
	uint16_t in_vain;
	uint8_t region; /* of the scene, or NO_REGION */
	bool live;	/* it holds something */
	bool dirty;	/* in memory */
};

/* A mark, and the pages of each region: added up from the first mark on, as
 * that is what changes from the mark before. */
struct mark {
	unsigned phase;
	int32_t known[TUNE_REGIONS]; /* that hold something */
	int32_t read[TUNE_REGIONS];  /* of these, read again */
	int32_t anew[TUNE_REGIONS];  /* written to at first */
};

struct pass {
	const struct give_back_config *config;
	const struct trace_info *info;
	struct give_back_result *result;
	struct region_pages pages;
	uint8_t *region_of; /* [pages.count] of the scene */
	unsigned region_of_count;
	struct page *page;  /* [info->pages] */
	struct lists lru;   /* what is in memory */
	struct mark *marks; /* [marks_count + 2]; those said are 1 ... */
	uint32_t marks_count;
	struct disk_array marks_array; /* where they lie */
	struct message *message;
	uint32_t said_last[TUNE_PHASES]; /* its last mark; 0: none yet */
	uint64_t heap_end;
};

/* ---- what a page holds ---- */

/* Whether the page was written back in vain is known now. */
static void settle(struct pass *pass, struct page *page, bool in_vain)
{
	unsigned phase;

	for (phase = 0; in_vain && phase < TUNE_PHASES; phase++)
		if (page->in_vain & 1u << phase && page->region != NO_REGION)
			pass->result->at[page->region][phase].writebacks++;
	page->in_vain = 0;
}

static void begin(struct pass *pass, struct page *page, unsigned region)
{
	page->live = true;
	page->region = (uint8_t)region;
	if (region != NO_REGION)
		pass->marks[pass->marks_count + 1].known[region]++;
}

static void end(struct pass *pass, struct page *page)
{
	if (!page->live)
		return;
	settle(pass, page, true);
	page->live = false;
	if (page->region != NO_REGION)
		pass->marks[pass->marks_count + 1].known[page->region]--;
}

/* It is used again; ANEW: just written to. */
static void go_on(struct pass *pass, struct page *page, bool anew)
{
	struct mark *from = &pass->marks[page->used_at + 1];
	struct mark *behind = &pass->marks[pass->marks_count + 1];

	settle(pass, page, anew);
	if (page->region == NO_REGION || from == behind)
		return;
	if (anew) {
		from->anew[page->region]++;
		behind->anew[page->region]--;
	} else {
		from->read[page->region]++;
		behind->read[page->region]--;
	}
}

/* ---- memory ---- */

static void evict(struct pass *pass)
{
	uint32_t victim = lists_oldest(&pass->lru, 0);
	struct page *page = &pass->page[victim];
	unsigned phase;

	lists_remove(&pass->lru, victim);
	if (!page->dirty)
		return;
	page->dirty = false;
	pass->result->writebacks++;
	for (phase = 0; page->live && phase < TUNE_PHASES; phase++)
		if (pass->said_last[phase] > page->used_at)
			page->in_vain |= (uint16_t)(1u << phase);
}

/* The number in the scene of the region of page NUMBER. */
static int find_region(struct pass *pass, uint32_t number, unsigned *out)
{
	const struct tune_scene *scene = pass->config->scene;
	struct region_pages *pages = &pass->pages;
	unsigned name, i;
	int error = region_pages_at(pages, number, &name);
	uint8_t *more;

	if (error)
		return error;
	if (pass->region_of_count < pages->count) {
		more = realloc(pass->region_of, pages->count);
		if (!more)
			return -ENOMEM;
		memset(&more[pass->region_of_count], UNKNOWN_REGION,
			pages->count - pass->region_of_count);
		pass->region_of = more;
		pass->region_of_count = pages->count;
	}
	if (pass->region_of[name] == UNKNOWN_REGION) {
		for (i = 0; i < scene->regions; i++) {
			const struct hint hint = {.region = scene->region[i]};

			if (hint_names(&hint, pages->names[name]))
				break;
		}
		pass->region_of[name] =
			(uint8_t)(i < scene->regions ? i : NO_REGION);
	}
	*out = pass->region_of[name];
	return 0;
}

static int use(struct pass *pass, uint32_t number, unsigned kinds)
{
	const unsigned uses = TRACE_READ | TRACE_WRITE | TRACE_INSTRUCTION;
	struct page *page = &pass->page[number];
	unsigned region;
	int error = find_region(pass, number, &region);

	if (error)
		return error;
	if (page->live)
		go_on(pass, page, (kinds & uses) == TRACE_WRITE);
	if (page->live && page->region != region)
		end(pass, page); /* it has another name now */
	if (!page->live)
		begin(pass, page, region);
	page->used_at = pass->marks_count;
	if (lists_has(&pass->lru, 0, number)) {
		lists_move(&pass->lru, 0, number);
	} else {
		if (pass->lru.size[0] == pass->config->frames)
			evict(pass);
		lists_push(&pass->lru, 0, number);
	}
	page->dirty |= (kinds & TRACE_WRITE) != 0;
	return 0;
}

/* ---- what happens to the address space ---- */

/* For COUNT marks, and one behind the last. */
static int make_room(struct pass *pass, size_t count)
{
	int error = disk_array_grow(&pass->marks_array,
		(count + 2) * sizeof(*pass->marks), pass->message);

	pass->marks = pass->marks_array.data;
	return error;
}

static int say_mark(struct pass *pass, const char *name)
{
	const struct tune_scene *scene = pass->config->scene;
	unsigned phase;
	int error;

	for (phase = 1; phase < scene->phases; phase++)
		if (!strcmp(scene->phase[phase], name))
			break;
	if (phase >= scene->phases)
		return 0;
	error = make_room(pass, pass->marks_count + (size_t)1);
	if (error)
		return error;
	pass->marks[++pass->marks_count].phase = phase;
	pass->said_last[phase] = pass->marks_count;
	return 0;
}

/* What the pages of [START, END), in bytes, hold is gone, or MOVED. */
static void forget(
	struct pass *pass, uint64_t start, uint64_t end_bytes, bool moved)
{
	const struct page_index *index = &pass->pages.index;
	uint32_t page_bytes = pass->info->page_bytes;
	uint32_t at = page_index_below(index, start / page_bytes);
	uint32_t behind = page_index_below(
		index, end_bytes / page_bytes + (end_bytes % page_bytes != 0));

	for (; at < behind; at++) {
		struct page *page = &pass->page[index->by_vpn[at]];

		if (moved && page->live)
			go_on(pass, page, false);
		end(pass, page);
	}
}

static int change(struct pass *pass, const struct trace_region *region)
{
	switch (region->kind) {
	case TRACE_REGION_MARK:
		return say_mark(pass, region->name);
	case TRACE_REGION_MAP:
	case TRACE_REGION_UNMAP:
		forget(pass, region->start, region->end, false);
		break;
	case TRACE_REGION_REMAP:
		forget(pass, region->old_start, region->old_end, true);
		break;
	case TRACE_REGION_BRK:
		if (region->end < pass->heap_end)
			forget(pass, region->end, pass->heap_end, false);
		pass->heap_end = region->end;
		break;
	default:
		break;
	}
	return region_pages_tell(&pass->pages, region);
}

static int run_block(void *context, const struct trace_block *block)
{
	struct pass *pass = context;
	uint32_t region = 0, i;
	int error = 0;

	for (i = 0; i <= block->events && !error; i++) {
		uint64_t now = block->first_event + i;

		while (!error && region < block->regions &&
			block->region[region].event <= now)
			error = change(pass, &block->region[region++]);
		if (!error && i < block->events)
			error = use(pass, block->page[i], block->kinds[i]);
	}
	return error;
}

/* ---- the result ---- */

/* REGION at each mark. */
static void sum_marks(struct pass *pass, unsigned region)
{
	bool seen[TUNE_PHASES] = {false}, broken[TUNE_PHASES] = {false};
	int64_t known = 0, read = 0, anew = 0;
	unsigned phase;
	uint32_t i;

	for (i = 1; i <= pass->marks_count; i++) {
		const struct mark *mark = &pass->marks[i];
		struct give_back *at = &pass->result->at[region][mark->phase];

		known += mark->known[region];
		read += mark->read[region];
		anew += mark->anew[region];
		if (!known)
			continue;
		seen[mark->phase] = true;
		broken[mark->phase] |= read * ALIVE_SHARE > known;
		at->anew |= anew > 0;
	}
	for (phase = 0; phase < TUNE_PHASES; phase++)
		pass->result->at[region][phase].holds =
			seen[phase] && !broken[phase];
}

static int init(
	struct pass *pass, struct trace_reader *reader, struct message *message)
{
	const uint64_t *vpn;
	int error = trace_reader_load_pages(reader, &vpn, message);

	if (error)
		return error;
	pass->page = calloc(pass->info->pages + 1, sizeof(*pass->page));
	if (!pass->page ||
		lists_init(&pass->lru, (uint32_t)pass->info->pages, 1) ||
		region_pages_init(&pass->pages, pass->info, vpn))
		return message_set(message, -ENOMEM,
			"%s: too little memory for %" PRIu64 " pages",
			pass->info->path, pass->info->pages);
	return make_room(pass, 0);
}

int give_back_run(struct trace_reader *reader,
	const struct give_back_config *config, struct give_back_result *out,
	struct message *message)
{
	struct pass pass = {
		.config = config,
		.info = trace_reader_info(reader),
		.result = out,
		.message = message,
	};
	const struct each_block each = {
		.take = run_block, .pass = &pass, .stop = config->stop};
	uint64_t i;
	int error;

	*out = (struct give_back_result){0};
	error = init(&pass, reader, message);
	if (!error)
		error = each_block(reader, &each, message);
	for (i = 0; !error && i < pass.info->pages; i++)
		end(&pass, &pass.page[i]);
	for (i = 0; !error && i < config->scene->regions; i++)
		sum_marks(&pass, (unsigned)i);
	region_pages_fini(&pass.pages);
	lists_fini(&pass.lru);
	free(pass.region_of);
	free(pass.page);
	disk_array_free(&pass.marks_array);
	return error;
}
