/*
 * A part of a map: what hint files call NAME+START-END.
 *
 *	+0x1000-64KiB	bytes from the map's start on; a page of which a part
 *			is meant is meant
 *	+25%-50%	shares of its length; a page belongs to the share in
 *			which it begins, so that shares side by side have no
 *			page in common and leave none out
 */
#ifndef BASE_MAP_PART_H
#define BASE_MAP_PART_H

#include <stdbool.h>
#include <stdint.h>

#define MAP_PART_ALL UINT64_C(1000000) /* shares are millionths */

struct map_part {
	uint64_t from, to; /* [from, to): bytes, or shares */
	bool share;
};

static inline bool map_part_is_whole(const struct map_part *part)
{
	return part->from == 0 &&
	       part->to == (part->share ? MAP_PART_ALL : UINT64_MAX);
}

/* The first page that begins at SHARE of PAGES pages, or behind. */
static inline uint64_t map_part_page(uint64_t pages, uint64_t share)
{
	return (uint64_t)(((unsigned __int128)pages * share + MAP_PART_ALL -
				  1) /
			  MAP_PART_ALL);
}

/* The pages [*FIRST_OUT, *END_OUT) of a map of PAGES pages; may be none. */
static inline void map_part_pages(const struct map_part *part, uint64_t pages,
	uint32_t page_bytes, uint64_t *first_out, uint64_t *end_out)
{
	uint64_t first = part->from / page_bytes;
	uint64_t end = part->to / page_bytes + (part->to % page_bytes != 0);

	if (part->share) {
		first = map_part_page(pages, part->from);
		end = map_part_page(pages, part->to);
	}
	*end_out = end < pages ? end : pages;
	*first_out = first < *end_out ? first : *end_out;
}

#endif
