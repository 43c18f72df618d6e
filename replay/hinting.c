/*
 * Hints at their events.
 *
 * The pager takes advice for addresses that are mapped.  So what was said
 * before a map was there is said again of each new map, and of addresses that
 * get another region's name (if it lasts); what names a region is looked up
 * among the addresses that have its name.
 *
 * Of what a mark says many times only the last time counts: what lasts sets a
 * page's advice whatever it was, so an earlier time has left nothing behind.
 *
 * A hint for a part of each map of a name goes by where that map begins and
 * ends.  When it grows, what was said of its parts is said anew.
 */
#include "replay/hinting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a region's name was given to last. */
struct part {
	uint64_t start, end;	     /* pages */
	uint64_t map_start, map_end; /* of the map that it is of */
	char *name;
};

struct hinting {
	struct hinting_pager pager;
	const struct hints *hints;
	size_t given; /* hints of events gone by */
	size_t *said; /* [said_count] what lasts, in order */
	size_t said_count;
	bool has_parts;	    /* a hint is for parts of maps */
	struct part *parts; /* by address, none over another */
	size_t parts_count, parts_room;
};

static bool lasts(enum advice advice)
{
	return advice != ADVICE_WILL_NEED && advice != ADVICE_DONT_NEED &&
	       advice != ADVICE_COLD;
}

/* Which pages of PART are meant by HINT; false: none. */
static bool find_meant(const struct hint *hint, const struct part *part,
	uint32_t page_bytes, uint64_t *start_out, uint64_t *end_out)
{
	uint64_t start, end;

	if (!hint->region) {
		/* a page of which a part is meant is meant */
		start = hint->start / page_bytes;
		end = (hint->end - 1) / page_bytes + 1;
	} else {
		if (!hint_names(hint, part->name))
			return false;
		map_part_pages(&hint->part, part->map_end - part->map_start,
			page_bytes, &start, &end);
		start += part->map_start;
		end += part->map_start;
	}
	*start_out = start > part->start ? start : part->start;
	*end_out = end < part->end ? end : part->end;
	return *start_out < *end_out;
}

static int advise(struct hinting *hinting, const struct hint *hint,
	const struct part *part, struct message *message)
{
	const struct hinting_pager *pager = &hinting->pager;
	uint64_t start, end;
	int error;

	if (!find_meant(hint, part, pager->page_bytes, &start, &end))
		return 0;
	error = pager->advise(
		pager->context, start, end - start, hint->advice, hint->value);
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

/* A part in the place AT, with a name of its own; nothing else is there. */
static int insert_part(
	struct hinting *hinting, size_t at, const struct part *part)
{
	size_t room = hinting->parts_room ? 2 * hinting->parts_room : 64;
	struct part *parts = hinting->parts;
	char *copy = strdup(part->name);

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
	parts[at] = *part;
	parts[at].name = copy;
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
	struct part *part = &hinting->parts[at], rest = *part;
	int error = 0;

	rest.start = end;
	if (part->start < start && end < part->end)
		error = insert_part(hinting, at + 1, &rest);
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

/* Whether something was said of parts of the maps called NAME. */
static bool speaks_of_parts(const struct hinting *hinting, const char *name)
{
	for (size_t i = 0; i < hinting->said_count; i++) {
		const struct hint *hint =
			&hinting->hints->hint[hinting->said[i]];

		if (hint_names(hint, name) && !map_part_is_whole(&hint->part))
			return true;
	}
	return false;
}

/* What lasts is said of PART. */
static int say_again(struct hinting *hinting, const struct part *part,
	struct message *message)
{
	int error = 0;

	for (size_t i = 0; i < hinting->said_count && !error; i++)
		error = advise(hinting, &hinting->hints->hint[hinting->said[i]],
			part, message);
	return error;
}

static int say_nothing(struct hinting *hinting, const struct part *part)
{
	return hinting->pager.advise(hinting->pager.context, part->start,
		part->end - part->start, ADVICE_NORMAL, 0);
}

/* PART gets its name, which none of it had, or is of another map of this name
 * now: what lasts is said anew of it. */
static int rename_part(struct hinting *hinting, const struct part *part,
	bool same_name, struct message *message)
{
	size_t at = part_after(hinting, part->start);
	bool anew = !same_name || speaks_of_parts(hinting, part->name);
	int error = 0;

	if (at < hinting->parts_count &&
		hinting->parts[at].start <= part->start) {
		error = carve(hinting, at, part->start, part->end);
		if (!error && anew)
			error = say_nothing(hinting, part);
	}
	if (!error)
		error = insert_part(
			hinting, part_after(hinting, part->start), part);
	if (error)
		return message_set(message, error, "too little memory");
	return anew ? say_again(hinting, part, message) : 0;
}

/* The parts of MAP that were there before it grew, or shrank. */
static int grow(struct hinting *hinting, const struct hinting_map *map,
	struct message *message)
{
	bool anew = speaks_of_parts(hinting, map->name);
	size_t at = part_after(hinting, map->map_start);
	int error = 0;

	for (; !error && at < hinting->parts_count; at++) {
		struct part *part = &hinting->parts[at];

		if (part->start >= map->map_end)
			break;
		if (part->map_start != map->map_start ||
			part->map_end == map->map_end ||
			strcmp(part->name, map->name) != 0)
			continue;
		part->map_end = map->map_end;
		if (anew)
			error = say_nothing(hinting, part);
		if (anew && !error)
			error = say_again(hinting, part, message);
	}
	return error;
}

int hinting_map(struct hinting *hinting, const struct hinting_map *map,
	struct message *message)
{
	struct part new = {.map_start = map->map_start,
		.map_end = map->map_end,
		.name = (char *)map->name};
	uint64_t start = map->start, end = map->end;
	int error = 0;

	for (; start < end && !error; start = new.end) {
		size_t at = part_after(hinting, start);
		const struct part *part = &hinting->parts[at];
		bool same_name = false;

		new.start = start;
		new.end = end;
		if (at < hinting->parts_count && part->start <= start) {
			new.end = part->end < end ? part->end : end;
			same_name = strcmp(part->name, map->name) == 0;
			if (same_name &&
				(!hinting->has_parts ||
					part->map_start == new.map_start))
				continue;
		} else if (at < hinting->parts_count && part->start < end) {
			new.end = part->start;
		}
		error = rename_part(hinting, &new, same_name, message);
	}
	return error || !hinting->has_parts ? error
					    : grow(hinting, map, message);
}

int hinting_unmap(struct hinting *hinting, uint64_t start, uint64_t end)
{
	size_t at = part_after(hinting, start);
	int error = 0;

	while (!error && at < hinting->parts_count &&
		hinting->parts[at].start < end) {
		const struct part *part = &hinting->parts[at];

		error = carve(hinting, at,
			part->start > start ? part->start : start,
			part->end < end ? part->end : end);
		at = part_after(hinting, start);
	}
	return error;
}

const char *hinting_find(const struct hinting *hinting, uint64_t page)
{
	size_t at = part_after(hinting, page);

	return at < hinting->parts_count && hinting->parts[at].start <= page
		       ? hinting->parts[at].name
		       : NULL;
}

int hinting_create(const struct hinting_pager *pager, const struct hints *hints,
	struct hinting **out)
{
	struct hinting *hinting = calloc(1, sizeof(*hinting));
	size_t i;

	if (!hinting)
		return -ENOMEM;
	hinting->said = calloc(hints->count + 1, sizeof(*hinting->said));
	if (!hinting->said) {
		free(hinting);
		return -ENOMEM;
	}
	hinting->pager = *pager;
	hinting->hints = hints;
	for (i = 0; i < hints->count; i++)
		hinting->has_parts |= hints->hint[i].region &&
				      !map_part_is_whole(&hints->hint[i].part);
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
	free(hinting->said);
	free(hinting);
}

uint64_t hinting_next(const struct hinting *hinting)
{
	if (hinting->given == hinting->hints->timed)
		return UINT64_MAX;
	return hinting->hints->hint[hinting->given].event;
}

/* Hint NUMBER is the last that was said. */
static void note_said(struct hinting *hinting, size_t number)
{
	size_t i = 0;

	while (i < hinting->said_count && hinting->said[i] != number)
		i++;
	if (i < hinting->said_count)
		memmove(&hinting->said[i], &hinting->said[i + 1],
			(--hinting->said_count - i) * sizeof(*hinting->said));
	hinting->said[hinting->said_count++] = number;
}

static int give(struct hinting *hinting, size_t number, struct message *message)
{
	const struct hint *hint = &hinting->hints->hint[number];
	int error = 0;
	size_t i;

	if (lasts(hint->advice))
		note_said(hinting, number);
	for (i = 0; i < hinting->parts_count && !error; i++)
		error = advise(hinting, hint, &hinting->parts[i], message);
	return error;
}

int hinting_apply(struct hinting *hinting, uint64_t at, struct message *message)
{
	int error = 0;

	while (!error && hinting->given < hinting->hints->timed &&
		hinting_next(hinting) <= at)
		error = give(hinting, hinting->given++, message);
	return error;
}

int hinting_mark(
	struct hinting *hinting, const char *mark, struct message *message)
{
	const struct hints *hints = hinting->hints;
	int error = 0;
	size_t i;

	for (i = hints->timed; i < hints->count && !error; i++)
		if (strcmp(hints->hint[i].mark, mark) == 0)
			error = give(hinting, i, message);
	return error;
}
