/* The address space of a replay: see space.h. */
#include "config.h"

#include "replay/space.h"

#include <errno.h>
#include <stdlib.h>

enum {
	MAPS_MAX = 1 << 16,
	GAP_PAGES = 1 << 28, /* 1 TiB of 4 KiB pages */
};

static struct space *space_of_anonymous(struct store *store)
{
	return (struct space *)((char *)store -
				offsetof(struct space, anonymous));
}

/* Nothing is read; only whether there would be something to read. */
static int anonymous_page_in(struct store *store, const struct page_io *io)
{
	const uint64_t *written = space_of_anonymous(store)->written;
	uint32_t id = io->translation;

	return written[id / 64] >> id % 64 & 1 ? STORE_DATA : STORE_ZERO;
}

static int anonymous_page_out(struct store *store, const struct page_io *io)
{
	uint32_t id = io->translation;

	space_of_anonymous(store)->written[id / 64] |= UINT64_C(1) << id % 64;
	return 0;
}

static int file_page_in(struct store *store, const struct page_io *io)
{
	(void)store;
	(void)io;
	return STORE_DATA;
}

static int file_page_out(struct store *store, const struct page_io *io)
{
	(void)store;
	(void)io;
	return 0;
}

static const struct store_ops anonymous_ops = {
	.page_in = anonymous_page_in,
	.page_out = anonymous_page_out,
};

static const struct store_ops file_ops = {
	.page_in = file_page_in,
	.page_out = file_page_out,
};

/* The page id of a virtual page number. */
static uint32_t translate(void *context, uint64_t page)
{
	const struct page_index *index = &((struct space *)context)->index;
	uint32_t at = page_index_below(index, page);

	if (at == index->pages || index->vpn[index->by_vpn[at]] != page)
		return TRANSLATION_NONE;
	return index->by_vpn[at];
}

static int index_pages(struct space *space)
{
	space->sim->translate = translate;
	space->sim->context = space;
	return page_index_init(&space->index, space->vpn, space->pages);
}

int space_init(struct space *space, const struct trace_info *info,
	const uint64_t *vpn, struct sim *sim, bool find_pages)
{
	int error;

	*space = (struct space){
		.sim = sim,
		.vpn = vpn,
		.pages = info->pages,
		.page_bytes = info->page_bytes,
		.default_file = !info->has_writes,
	};
	error = as_init(&space->as, MAPS_MAX);
	if (error) {
		*space = (struct space){0};
		return error;
	}
	space->written = calloc(space->pages / 64 + 1, sizeof(uint64_t));
	if (!space->written)
		error = -ENOMEM;
	if (!error && find_pages)
		error = index_pages(space);
	if (error)
		space_fini(space);
	return error;
}

void space_attach(struct space *space, struct pager *pager)
{
	space->pager = pager;
	store_init(&space->anonymous, &anonymous_ops, pager->btrees, false);
	store_init(&space->file, &file_ops, pager->btrees, false);
}

void space_fini(struct space *space)
{
	hinting_destroy(space->hinting);
	as_fini(&space->as);
	free(space->written);
	page_index_fini(&space->index);
	*space = (struct space){0};
}

static int map_part(struct space *space, uint64_t start, uint64_t end,
	bool file, struct message *message)
{
	int error = as_map(&space->as, start, end - start,
		file ? &space->file : &space->anonymous, start,
		PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE, NULL);

	if (error)
		return message_set(message, error,
			"more than %d regions in the trace: too many to map",
			MAPS_MAX);
	return 0;
}

static int advise(void *context, uint64_t start, uint64_t pages,
	enum advice advice, unsigned value)
{
	struct space *space = context;

	return pager_advise(
		space->pager, &space->as, start, pages, advice, value);
}

int space_take_hints(struct space *space, const struct hints *hints)
{
	const struct hinting_pager pager = {
		.advise = advise,
		.context = space,
		.page_bytes = space->page_bytes,
	};

	return hinting_create(&pager, hints, &space->hinting);
}

static int tell_name(struct space *space, const struct hinting_map *map,
	struct message *message)
{
	return space->hinting ? hinting_map(space->hinting, map, message) : 0;
}

/* The map of which REGION names a part: itself, but where it says more. */
static struct hinting_map map_of(const struct trace_region *region,
	uint64_t start, uint64_t end, uint32_t page_bytes)
{
	struct hinting_map map = {
		.start = start,
		.end = end,
		.map_start = start,
		.map_end = end,
		.name = trace_region_name(region),
	};

	if (region->kind == TRACE_REGION_NAME &&
		region->old_end > region->old_start) {
		map.map_start = region->old_start / page_bytes;
		map.map_end = region->old_end / page_bytes;
	}
	return map;
}

int space_region(struct space *space, const struct trace_region *region,
	struct message *message)
{
	uint64_t start = region->start / space->page_bytes, at = start;
	uint64_t end = region->end / space->page_bytes +
		       (region->end % space->page_bytes != 0);
	const struct map *map;
	int error = 0;

	/* What is taken away, or gets another protection, stays mapped: a page
	 * that is touched again where it was then is the same page. */
	if (!trace_region_brings_pages(region))
		return 0;
	if (end > AS_PAGES_MAX)
		end = AS_PAGES_MAX;
	while (at < end && !error) {
		map = as_find_from(&space->as, at);
		if (map && map->start <= at) {
			at = map->end;
			continue;
		}
		/* from here to the next map, or to the end */
		uint64_t stop = map && map->start < end ? map->start : end;

		error = map_part(space, at, stop, !region->anonymous, message);
		at = stop;
	}
	const struct hinting_map told =
		map_of(region, start, end, space->page_bytes);

	return error ? error : tell_name(space, &told, message);
}

int space_map_gap(struct space *space, uint64_t page, struct message *message)
{
	uint64_t start = page - page % GAP_PAGES;
	uint64_t end = start + GAP_PAGES;
	const struct map *map;
	int error;

	if (page >= AS_PAGES_MAX)
		return message_set(message, -EINVAL,
			"page number 0x%llx is larger than an address",
			(unsigned long long)page);
	while ((map = as_find_from(&space->as, start)) && map->start <= page)
		start = map->end;
	if (map && map->start < end)
		end = map->start;
	error = map_part(space, start, end, space->default_file, message);
	const struct hinting_map told = {start, end, start, end, ""};

	return error ? error : tell_name(space, &told, message);
}

const char *space_check(struct space *space)
{
	struct as *spaces[] = {&space->as};
	struct store *stores[] = {&space->anonymous, &space->file};

	return pager_check(space->pager, spaces, 1, stores, 2);
}
