/*
 * Hints at their events.
 *
 * The pager takes advice for addresses that are mapped.  So what was said
 * before a map was there is said again of each new map, and of addresses that
 * get another region's name (if it lasts); what names a region is looked up
 * among the addresses that have its name.
 */
#include "replay/hinting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a region's name was given to last. */
struct part {
	uint64_t start, end; /* pages */
	char *name;
};

struct hinting {
	struct space *space;
	const struct hints *hints;
	size_t given;	    /* hints of events gone by */
	struct part *parts; /* by address, none over another */
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

/* The first part that ends after AT; parts_count: none. */
static size_t part_after(const struct hinting *hinting, uint64_t at)
{
	size_t low = 0, high = hinting->parts_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (hinting->parts[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A part [START, END) called NAME, in the place AT; nothing else is there. */
static int insert_part(struct hinting *hinting, size_t at, uint64_t start,
	uint64_t end, const char *name)
{
	size_t room = hinting->parts_room ? 2 * hinting->parts_room : 64;
	struct part *parts = hinting->parts;
	char *copy = strdup(name);

	if (copy && hinting->parts_count == hinting->parts_room) {
		parts = realloc(parts, room * sizeof(*parts));
		if (parts) {
			hinting->parts = parts;
			hinting->parts_room = room;
		}
	}
	if (!copy || !parts) {
		free(copy);
		return -ENOMEM;
	}
	memmove(&parts[at + 1], &parts[at],
		(hinting->parts_count - at) * sizeof(*parts));
	parts[at] = (struct part){start, end, copy};
	hinting->parts_count++;
	return 0;
}

static void remove_part(struct hinting *hinting, size_t at)
{
	struct part *parts = hinting->parts;

	free(parts[at].name);
	hinting->parts_count--;
	memmove(&parts[at], &parts[at + 1],
		(hinting->parts_count - at) * sizeof(*parts));
}

/* Takes [START, END) out of part AT, in which it lies. */
static int carve(
	struct hinting *hinting, size_t at, uint64_t start, uint64_t end)
{
	struct part *part = &hinting->parts[at];
	int error = 0;

	if (part->start < start && end < part->end)
		error = insert_part(
			hinting, at + 1, end, part->end, part->name);
	if (error)
		return error;
	part = &hinting->parts[at];
	if (part->start == start && part->end == end)
		remove_part(hinting, at);
	else if (part->start == start)
		part->start = end;
	else
		part->end = start;
	return 0;
}

/* [START, END), which had another name or none, is called NAME: what lasts
 * is said anew of it. */
static int rename_part(struct hinting *hinting, uint64_t start, uint64_t end,
	const char *name, struct message *message)
{
	const struct part part = {start, end, (char *)name};
	size_t at = part_after(hinting, start), i;
	int error = 0;

	if (at < hinting->parts_count && hinting->parts[at].start <= start) {
		error = carve(hinting, at, start, end);
		if (!error)
			error = pager_advise(hinting->space->pager,
				&hinting->space->as, start, end - start,
				ADVICE_NORMAL, 0);
	}
	if (!error)
		error = insert_part(
			hinting, part_after(hinting, start), start, end, name);
	if (error)
		return message_set(message, error, "too little memory");
	for (i = 0; i < hinting->given && !error; i++)
		if (lasts(hinting->hints->hint[i].advice))
			error = advise(hinting, &hinting->hints->hint[i], &part,
				message);
	return error;
}

static int on_map(void *context, uint64_t start, uint64_t end, const char *name,
	struct message *message)
{
	struct hinting *hinting = context;
	int error = 0;

	while (start < end && !error) {
		size_t at = part_after(hinting, start);
		const struct part *part = &hinting->parts[at];
		uint64_t stop = end;

		if (at < hinting->parts_count && part->start <= start) {
			stop = part->end < end ? part->end : end;
			if (strcmp(part->name, name) == 0) {
				start = stop;
				continue;
			}
		} else if (at < hinting->parts_count && part->start < end) {
			stop = part->start;
		}
		error = rename_part(hinting, start, stop, name, message);
		start = stop;
	}
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
