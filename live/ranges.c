/* Which addresses are mapped: see ranges.h. */
#include <config.h>

#include "live/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void ranges_init(struct ranges *ranges, uint64_t base, uint64_t bytes)
{
	*ranges = (struct ranges){.base = base, .end = base + bytes};
}

void ranges_fini(struct ranges *ranges)
{
	free(ranges->range);
	ranges->range = NULL;
	ranges->count = ranges->room = 0;
}

/* The number of the first range that ends after ADDRESS. */
static size_t find_index(const struct ranges *ranges, uint64_t address)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->range[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool ranges_find_place(
	const struct ranges *ranges, uint64_t bytes, uint64_t *start_out)
{
	uint64_t start = ranges->base;

	for (size_t i = 0; i < ranges->count; i++) {
		if (ranges->range[i].start - start >= bytes)
			break;
		start = ranges->range[i].end;
	}
	if (ranges->end - start < bytes)
		return false;
	*start_out = start;
	return true;
}

const struct range *ranges_find(const struct ranges *ranges, uint64_t address)
{
	size_t i = find_index(ranges, address);

	return i < ranges->count ? &ranges->range[i] : NULL;
}

bool ranges_are_free(const struct ranges *ranges, uint64_t start, uint64_t end)
{
	const struct range *next = ranges_find(ranges, start);

	return start >= ranges->base && end <= ranges->end &&
	       (next == NULL || next->start >= end);
}

bool ranges_cover(const struct ranges *ranges, uint64_t start, uint64_t end)
{
	for (size_t i = find_index(ranges, start); start < end; i++) {
		if (i == ranges->count || ranges->range[i].start > start)
			return false;
		start = ranges->range[i].end;
	}
	return true;
}

int ranges_reserve(struct ranges *ranges, size_t more)
{
	size_t room = ranges->room ? ranges->room : 16;
	struct range *grown;

	while (room < ranges->count + more)
		room *= 2;
	if (room == ranges->room)
		return 0;
	grown = realloc(ranges->range, room * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	ranges->range = grown;
	ranges->room = room;
	return 0;
}

static void insert(struct ranges *ranges, size_t i, struct range range)
{
	memmove(&ranges->range[i + 1], &ranges->range[i],
		(ranges->count - i) * sizeof(*ranges->range));
	ranges->range[i] = range;
	ranges->count++;
}

void ranges_add(struct ranges *ranges, uint64_t start, uint64_t end,
	enum range_kind kind)
{
	size_t i = find_index(ranges, start);

	/* Anonymous memory that touches is one: programs map piece by piece. */
	if (kind == RANGE_ANONYMOUS && i > 0 &&
		ranges->range[i - 1].end == start &&
		ranges->range[i - 1].kind == kind) {
		ranges->range[i - 1].end = end;
		return;
	}
	insert(ranges, i, (struct range){start, end, kind});
}

void ranges_remove(struct ranges *ranges, uint64_t start, uint64_t end)
{
	size_t first = find_index(ranges, start), last;

	if (first == ranges->count || ranges->range[first].start >= end)
		return;
	if (ranges->range[first].start < start) {
		struct range rest = ranges->range[first];

		ranges->range[first].end = start;
		first++;
		if (rest.end > end) {
			rest.start = end;
			insert(ranges, first, rest);
			return;
		}
	}
	last = first;
	while (last < ranges->count && ranges->range[last].end <= end)
		last++;
	if (last < ranges->count && ranges->range[last].start < end)
		ranges->range[last].start = end;
	memmove(&ranges->range[first], &ranges->range[last],
		(ranges->count - last) * sizeof(*ranges->range));
	ranges->count -= last - first;
}

const char *ranges_check(const struct ranges *ranges)
{
	uint64_t end = ranges->base;

	for (size_t i = 0; i < ranges->count; i++) {
		if (ranges->range[i].start < end)
			return "ranges rise and do not overlap";
		if (ranges->range[i].end <= ranges->range[i].start)
			return "no range is empty";
		end = ranges->range[i].end;
	}
	if (end > ranges->end)
		return "ranges lie in the area";
	return ranges->count <= ranges->room ? NULL : "there is room for all";
}
