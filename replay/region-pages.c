/* Pages by region.  See region-pages.h. */
#include "config.h"

#include "replay/region-pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_REGION UINT32_MAX

int region_pages_init(struct region_pages *pages, const struct trace_info *info,
	const uint64_t *vpn)
{
	size_t bytes = ((size_t)info->pages + 1) * sizeof(uint32_t);

	*pages = (struct region_pages){.page_bytes = info->page_bytes};
	pages->number_of = malloc(bytes);
	if (!pages->number_of)
		return -ENOMEM;
	memset(pages->number_of, 0xff, bytes);
	return page_index_init(&pages->index, vpn, info->pages);
}

void region_pages_fini(struct region_pages *pages)
{
	unsigned i;

	for (i = 0; i < pages->count; i++)
		free(pages->names[i]);
	free(pages->names);
	free(pages->number_of);
	page_index_fini(&pages->index);
	*pages = (struct region_pages){0};
}

static int add_name(struct region_pages *pages, const char *name)
{
	char **more = reallocarray(
		pages->names, (size_t)pages->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	pages->names = more;
	more[pages->count] = strdup(name);
	if (!more[pages->count])
		return -ENOMEM;
	pages->count++;
	return 0;
}

static int find_name(
	struct region_pages *pages, const char *name, unsigned *number_out)
{
	unsigned i = pages->last;
	int error = 0;

	if (i >= pages->count || strcmp(pages->names[i], name) != 0)
		for (i = 0; i < pages->count; i++)
			if (strcmp(pages->names[i], name) == 0)
				break;
	if (i == pages->count)
		error = add_name(pages, name);
	pages->last = *number_out = i;
	return error;
}

static const char *name_of(const struct trace_region *region)
{
	const char *name = trace_region_name(region);

	return *name ? name : "[unnamed]";
}

int region_pages_tell(
	struct region_pages *pages, const struct trace_region *region)
{
	uint32_t page_bytes = pages->page_bytes, at, end;
	unsigned number;
	int error;

	if (!trace_region_brings_pages(region))
		return 0;
	at = page_index_below(&pages->index, region->start / page_bytes);
	end = page_index_below(&pages->index,
		region->end / page_bytes + (region->end % page_bytes != 0));
	if (at == end)
		return 0; /* none of its pages is ever used */
	error = find_name(pages, name_of(region), &number);
	for (; !error && at < end; at++)
		pages->number_of[pages->index.by_vpn[at]] = number;
	return error;
}

int region_pages_at(
	struct region_pages *pages, uint32_t page, unsigned *number_out)
{
	unsigned number = pages->number_of[page];
	int error;

	if (number == NO_REGION) {
		error = find_name(pages, "[outside]", &number);
		if (error)
			return error;
		pages->number_of[page] = number;
	}
	*number_out = number;
	return 0;
}
