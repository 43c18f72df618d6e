/* A decoded block that stays: see kept-block.h. */
#include "replay/kept-block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Which of the parts that need not be there are wanted. */
struct parts {
	bool count, next_use, distance;
};

/* Room for EVENTS events; what was there is lost. */
static int reserve_events(
	struct kept_block *kept, uint32_t events, const struct parts *parts)
{
	/* nothing is kept of an empty block, but pointers are there */
	size_t room = (size_t)events + TRACE_LOOK_AHEAD;

	if (kept->page && events <= kept->events_max)
		return 0;
	free(kept->page);
	free(kept->kinds);
	free(kept->count);
	free(kept->next_use);
	free(kept->distance);
	kept->page = malloc(room * sizeof(*kept->page));
	kept->kinds = malloc(room);
	kept->count = parts->count ? malloc(room * sizeof(*kept->count)) : NULL;
	kept->next_use =
		parts->next_use ? malloc(room * sizeof(*kept->next_use)) : NULL;
	kept->distance =
		parts->distance ? malloc(room * sizeof(*kept->distance)) : NULL;
	kept->events_max = events;
	return !kept->page || !kept->kinds || (parts->count && !kept->count) ||
			       (parts->next_use && !kept->next_use) ||
			       (parts->distance && !kept->distance)
		       ? -ENOMEM
		       : 0;
}

static int reserve_regions(
	struct kept_block *kept, uint32_t regions, size_t names)
{
	if (regions > kept->regions_max) {
		free(kept->regions);
		kept->regions = malloc(regions * sizeof(*kept->regions));
		kept->regions_max = kept->regions ? regions : 0;
	}
	if (names > kept->names_max) {
		free(kept->names);
		kept->names = malloc(names);
		kept->names_max = kept->names ? names : 0;
	}
	return regions > kept->regions_max || names > kept->names_max ? -ENOMEM
								      : 0;
}

static int copy_regions(struct kept_block *kept, const struct trace_block *from)
{
	size_t names = 0;
	uint32_t i;
	char *name;

	for (i = 0; i < from->regions; i++)
		names += strlen(from->region[i].name) + 1;
	if (reserve_regions(kept, from->regions, names))
		return -ENOMEM;
	name = kept->names;
	for (i = 0; i < from->regions; i++) {
		kept->regions[i] = from->region[i];
		kept->regions[i].name = name;
		name = stpcpy(name, from->region[i].name) + 1;
	}
	kept->block.region = kept->regions;
	return 0;
}

static int copy(struct kept_block *kept, const struct trace_block *from,
	const struct parts *parts)
{
	size_t events = from->events;

	if (reserve_events(kept, from->events, parts))
		return -ENOMEM;
	kept->block = *from;
	kept->block.page = kept->page;
	kept->block.kinds = kept->kinds;
	kept->block.count = kept->count;
	kept->block.thread = NULL;
	if (events) {
		memcpy(kept->page, from->page, events * sizeof(*kept->page));
		memcpy(kept->kinds, from->kinds, events);
		if (from->count)
			memcpy(kept->count, from->count,
				events * sizeof(*kept->count));
	}
	memset(kept->page + events, 0, TRACE_LOOK_AHEAD * sizeof(*kept->page));
	memset(kept->kinds + events, 0, TRACE_LOOK_AHEAD);
	return copy_regions(kept, from);
}

int kept_block_read(struct kept_block *kept, struct trace_reader *reader,
	struct nextuse *nextuse, struct nextuse *distances, uint64_t number,
	struct message *message)
{
	struct trace_block block;
	struct parts parts;
	int error = trace_reader_read(reader, number, &block, message);

	if (error)
		return error;
	parts = (struct parts){block.count, nextuse, distances};
	if (copy(kept, &block, &parts))
		return message_set(
			message, -ENOMEM, "too little memory for a block");
	if (nextuse)
		error = nextuse_read(nextuse, block.first_event, block.events,
			kept->next_use, message);
	if (!error && distances)
		error = nextuse_read(distances, block.first_event, block.events,
			kept->distance, message);
	return error;
}

void kept_block_free(struct kept_block *kept)
{
	free(kept->page);
	free(kept->kinds);
	free(kept->count);
	free(kept->next_use);
	free(kept->distance);
	free(kept->regions);
	free(kept->names);
	*kept = (struct kept_block){0};
}
