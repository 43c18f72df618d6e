/*
 * Hints at their events.
 *
 * The pager takes advice for addresses that are mapped.  So what was said
 * before a map was there is said again of each new map (if it lasts), and
 * what names a region is looked up among the maps that came with that name.
 */
#include "replay/hinting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A map as it came. */
struct part {
	uint64_t start, end; /* pages */
	char *name;
};

struct hinting {
	struct space *space;
	const struct hints *hints;
	size_t given; /* hints of events gone by */
	struct part *parts;
	size_t parts_count, parts_room;
};

static bool lasts(enum advice advice)
{
	return advice != ADVICE_WILL_NEED && advice != ADVICE_DONT_NEED &&
	       advice != ADVICE_COLD;
}

static int advise(struct hinting *hinting, const struct hint *hint,
	const struct part *part, struct message *message)
{
	const struct space *space = hinting->space;
	uint64_t start = part->start, end = part->end;
	uint64_t last;
	int error;

	if (hint->region) {
		if (!hint_names(hint, part->name))
			return 0;
	} else {
		if (start < hint->start / space->page_bytes)
			start = hint->start / space->page_bytes;
		/* a page of which a part is meant is meant */
		last = (hint->end - 1) / space->page_bytes;
		if (end > last + 1)
			end = last + 1;
		if (start >= end)
			return 0;
	}
	error = pager_advise(space->pager, &hinting->space->as, start,
		end - start, hint->advice, hint->value);
	if (!error)
		return 0;
	return message_set(message, error, "%s:%u: %s", hinting->hints->name,
		hint->line,
		error == -ENOMEM
			? "pins more pages than can be pinned, or too many maps"
			: strerror(-error));
}

static int remember(
	struct hinting *hinting, uint64_t start, uint64_t end, const char *name)
{
	struct part *parts = hinting->parts;
	size_t room = hinting->parts_room ? 2 * hinting->parts_room : 64;

	if (hinting->parts_count == hinting->parts_room) {
		parts = realloc(parts, room * sizeof(*parts));
		if (!parts)
			return -ENOMEM;
		hinting->parts = parts;
		hinting->parts_room = room;
	}
	parts += hinting->parts_count;
	*parts = (struct part){start, end, strdup(name)};
	if (!parts->name)
		return -ENOMEM;
	hinting->parts_count++;
	return 0;
}

static int on_map(void *context, uint64_t start, uint64_t end, const char *name,
	struct message *message)
{
	struct hinting *hinting = context;
	int error = remember(hinting, start, end, name);
	size_t i;

	if (error)
		return message_set(message, error, "too little memory");
	for (i = 0; i < hinting->given && !error; i++)
		if (lasts(hinting->hints->hint[i].advice))
			error = advise(hinting, &hinting->hints->hint[i],
				&hinting->parts[hinting->parts_count - 1],
				message);
	return error;
}

int hinting_create(
	struct space *space, const struct hints *hints, struct hinting **out)
{
	struct hinting *hinting = calloc(1, sizeof(*hinting));

	if (!hinting)
		return -ENOMEM;
	hinting->space = space;
	hinting->hints = hints;
	space->on_map = on_map;
	space->on_map_context = hinting;
	*out = hinting;
	return 0;
}

void hinting_destroy(struct hinting *hinting)
{
	size_t i;

	if (!hinting)
		return;
	for (i = 0; i < hinting->parts_count; i++)
		free(hinting->parts[i].name);
	free(hinting->parts);
	free(hinting);
}

uint64_t hinting_next(const struct hinting *hinting)
{
	if (hinting->given == hinting->hints->count)
		return UINT64_MAX;
	return hinting->hints->hint[hinting->given].event;
}

int hinting_apply(struct hinting *hinting, uint64_t at, struct message *message)
{
	int error = 0;
	size_t i;

	while (!error && hinting_next(hinting) <= at) {
		const struct hint *hint =
			&hinting->hints->hint[hinting->given++];

		for (i = 0; i < hinting->parts_count && !error; i++)
			error = advise(
				hinting, hint, &hinting->parts[i], message);
	}
	return error;
}
