/* Phases by what is used: see phase-windows.h. */
#include "config.h"

#include "replay/phase-windows.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replay/page-index.h"

/* Mixes that have less in common are of two phases: half of each is. */
static const double apart = 0.5;

enum {
	SHARES_MIN = 200, /* a phase has at least this part of all events */
	AROUND_SHIFT = 8,
	NO_PLACE = 255,
	DATA_PLACES = PHASE_PLACES / 2, /* the others are text's */
};

struct phase_windows {
	struct page_index index;
	const uint64_t *vpn; /* [pages] */
	uint32_t page_bytes;
	uint8_t *place_of; /* [pages] of data; NO_PLACE: no region told */
	struct phase_window window[PHASE_WINDOWS];
	unsigned count;	 /* the last one grows */
	uint64_t events; /* of a window */
};

/* ---- places ---- */

static unsigned hash(uint64_t value)
{
	return (value * UINT64_C(0x9e3779b97f4a7c15) >> 32) % DATA_PLACES;
}

static unsigned hash_name(const char *name)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) *
			UINT64_C(0x100000001b3);
	return hash(value);
}

static void take_region(
	struct phase_windows *windows, const struct trace_region *region)
{
	uint64_t page_bytes = windows->page_bytes;
	uint32_t at, end;

	if (!trace_region_brings_pages(region))
		return;
	at = page_index_below(&windows->index, region->start / page_bytes);
	end = page_index_below(&windows->index,
		region->end / page_bytes + (region->end % page_bytes != 0));
	for (; at < end; at++)
		windows->place_of[windows->index.by_vpn[at]] =
			(uint8_t)hash_name(trace_region_name(region));
}

static unsigned find_place(
	const struct phase_windows *windows, uint32_t page, uint8_t kinds)
{
	uint64_t vpn = windows->vpn[page];

	if (kinds & TRACE_INSTRUCTION)
		return DATA_PLACES + hash(vpn);
	return windows->place_of[page] != NO_PLACE ? windows->place_of[page]
						   : hash(vpn >> AROUND_SHIFT);
}

/* ---- windows ---- */

static void join(struct phase_window *low, const struct phase_window *high)
{
	low->end = high->end;
	for (unsigned i = 0; i < PHASE_PLACES; i++)
		low->places[i] += high->places[i];
}

/* Each two become one. */
static void halve(struct phase_windows *windows)
{
	for (unsigned i = 0; i < PHASE_WINDOWS / 2; i++) {
		struct phase_window low = windows->window[2 * i];

		join(&low, &windows->window[2 * i + 1]);
		windows->window[i] = low;
	}
	windows->count = PHASE_WINDOWS / 2;
	windows->events *= 2;
}

/* The window of the event AT. */
static struct phase_window *window_at(
	struct phase_windows *windows, uint64_t at)
{
	struct phase_window *last = NULL;

	if (windows->count)
		last = &windows->window[windows->count - 1];
	if (last && last->end - last->event < windows->events)
		return last;
	if (windows->count == PHASE_WINDOWS)
		halve(windows);
	last = &windows->window[windows->count++];
	*last = (struct phase_window){.event = at, .end = at};
	return last;
}

void phase_windows_add(
	struct phase_windows *windows, const struct trace_block *block)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < block->events; i++) {
		uint64_t at = block->first_event + i;
		struct phase_window *window = window_at(windows, at);

		while (next < block->regions && block->region[next].event <= at)
			take_region(windows, &block->region[next++]);
		window->places[find_place(
			windows, block->page[i], block->kinds[i])]++;
		window->end = at + 1;
	}
	while (next < block->regions)
		take_region(windows, &block->region[next++]);
}

/* ---- phases ---- */

/* Which part of the events of one is elsewhere than those of the other. */
static double distance(
	const struct phase_window *a, const struct phase_window *b)
{
	double scale_a = 1.0 / (double)(a->end - a->event);
	double scale_b = 1.0 / (double)(b->end - b->event), sum = 0;

	for (unsigned i = 0; i < PHASE_PLACES; i++)
		sum += fabs((double)a->places[i] * scale_a -
			    (double)b->places[i] * scale_b);
	return sum / 2;
}

/* The two neighbours that are most alike, of those of which one is shorter
 * than EVENTS (0: all); the number of the first, or count: none. */
static unsigned find_alike(
	const struct phase_windows *windows, uint64_t events, double *out)
{
	unsigned best = windows->count;

	for (unsigned i = 0; i + 1 < windows->count; i++) {
		const struct phase_window *low = &windows->window[i];
		const struct phase_window *high = low + 1;
		double apart_by;

		if (events && low->end - low->event >= events &&
			high->end - high->event >= events)
			continue;
		apart_by = distance(low, high);
		if (best < windows->count && apart_by >= *out)
			continue;
		*out = apart_by;
		best = i;
	}
	return best;
}

static void join_at(struct phase_windows *windows, unsigned at)
{
	struct phase_window *low = &windows->window[at];

	join(low, low + 1);
	memmove(low + 1, low + 2, (--windows->count - at - 1) * sizeof(*low));
}

/* A phase that comes again has the kind that it had. */
static void find_kinds(struct phase_windows *windows)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < windows->count; i++) {
		struct phase_window *window = &windows->window[i];
		unsigned j = 0;

		while (j < i && distance(window, &windows->window[j]) >= apart)
			j++;
		window->kind = j < i ? windows->window[j].kind : ++kinds;
	}
}

const struct phase_window *phase_windows_end(
	struct phase_windows *windows, unsigned *count_out)
{
	uint64_t events = 0;
	double least = 0;
	unsigned at;

	if (windows->count)
		events = windows->window[windows->count - 1].end / SHARES_MIN;
	while ((at = find_alike(windows, 0, &least)) < windows->count &&
		least < apart)
		join_at(windows, at);
	while (events &&
		(at = find_alike(windows, events, &least)) < windows->count)
		join_at(windows, at);
	while ((at = find_alike(windows, 0, &least)) < windows->count &&
		least < apart)
		join_at(windows, at);
	find_kinds(windows);
	*count_out = windows->count;
	return windows->window;
}

/* ---- beginning and end ---- */

int phase_windows_create(struct trace_reader *reader,
	struct phase_windows **out, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct phase_windows *windows = calloc(1, sizeof(*windows));
	int error = 0;

	if (windows) {
		windows->page_bytes = info->page_bytes;
		windows->events = PHASE_EVENTS;
		windows->place_of = malloc((size_t)info->pages + 1);
		error = trace_reader_load_pages(reader, &windows->vpn, message);
	}
	if (!error && (!windows || !windows->place_of ||
			      page_index_init(&windows->index, windows->vpn,
				      info->pages)))
		error = message_set(message, -ENOMEM,
			"%s: too little memory for %" PRIu64 " pages",
			info->path, info->pages);
	if (error) {
		phase_windows_destroy(windows);
		return error;
	}
	memset(windows->place_of, NO_PLACE, info->pages);
	*out = windows;
	return 0;
}

void phase_windows_destroy(struct phase_windows *windows)
{
	if (!windows)
		return;
	page_index_fini(&windows->index);
	free(windows->place_of);
	free(windows);
}
