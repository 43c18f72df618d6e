/*
 * Windows of at most K pages: see window.h.
 *
 * A page's slot is found by its hash; a slot of an earlier window is free.
 * Slots are listed in order of their first touches, so at the window's end
 * only the last ones have to be sorted, and both are merged.
 */
#include <config.h>

#include "tracer/window.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A larger one leaves out hardly more, and would not stay in the cache. */
#define PAGES_MAX 32768u

struct slot {
	uint64_t vpn;
	uint32_t window;	     /* number of the one it is used in */
	uint32_t first, last;	     /* times */
	uint32_t first_count, count; /* count: of all after the first */
	uint8_t first_kinds, kinds;
	uint8_t last_kinds;
};

struct window {
	window_emit *emit;
	void *context;
	uint32_t thread;
	uint32_t number;     /* of this window, from 1 on */
	uint32_t now;	     /* touches in it so far */
	uint64_t references; /* in it so far: no count may overflow */
	uint32_t pages, pages_max;
	unsigned hash_shift; /* 64 - log2(slots) */
	uint32_t mask;
	struct slot *slot;
	uint32_t *listed;	   /* [pages_max] slots, by first touch */
	uint64_t *key, *sorted;	   /* [pages_max] time of the last, slot */
	struct trace_touch *touch; /* [2 * pages_max] to emit */
};

/* ---- the end of a window ---- */

/* Merges KEYS of halves that are sorted, longer and longer ones; *SPARE is as
 * large.  Where the result is, is *KEYS. */
static void sort(uint64_t **keys, uint64_t **spare, uint32_t count)
{
	for (uint32_t half = 1; half < count; half *= 2) {
		const uint64_t *from = *keys;
		uint64_t *to = *spare;

		for (uint32_t start = 0; start < count; start += 2 * half) {
			uint32_t middle =
				count - start < half ? count : start + half;
			uint32_t end =
				count - middle < half ? count : middle + half;
			uint32_t a = start, b = middle;

			while (a < middle && b < end) {
				bool second = from[b] < from[a];

				*to++ = from[second ? b : a];
				b += second;
				a += !second;
			}
			while (a < middle)
				*to++ = from[a++];
			while (b < end)
				*to++ = from[b++];
		}
		*spare = *keys;
		*keys = to - count;
	}
}

static uint32_t list_last(struct window *window)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < window->pages; i++) {
		uint32_t at = window->listed[i];
		const struct slot *slot = &window->slot[at];

		if (slot->last != slot->first)
			window->key[count++] = (uint64_t)slot->last << 32 | at;
	}
	sort(&window->key, &window->sorted, count);
	return count;
}

static struct trace_touch first_touch(const struct slot *slot)
{
	return (struct trace_touch){
		slot->vpn, slot->first_count, slot->first_kinds};
}

static struct trace_touch last_touch(const struct slot *slot)
{
	return (struct trace_touch){slot->vpn, slot->count,
		(slot->kinds & ~(uint32_t)TRACE_KERNEL) |
			(slot->last_kinds & TRACE_KERNEL)};
}

/* The first and the last touches, in order of time. */
static size_t merge(struct window *window)
{
	struct trace_touch *touch = window->touch;
	uint32_t last_count = list_last(window), first = 0, last = 0;

	while (first < window->pages || last < last_count) {
		const struct slot *a =
			first < window->pages
				? &window->slot[window->listed[first]]
				: NULL;
		const struct slot *b =
			last < last_count
				? &window->slot[(uint32_t)window->key[last]]
				: NULL;

		if (b == NULL || (a != NULL && a->first < b->last)) {
			*touch++ = first_touch(a);
			first++;
		} else {
			*touch++ = last_touch(b);
			last++;
		}
	}
	return (size_t)(touch - window->touch);
}

int window_flush(struct window *window)
{
	size_t count = merge(window);

	window->pages = 0;
	window->now = 0;
	window->references = 0;
	/* After 2^32 windows old slots would seem to be of this one. */
	if (++window->number == 0) {
		memset(window->slot, 0,
			(window->mask + (size_t)1) * sizeof(*window->slot));
		window->number = 1;
	}
	return count > 0 ? window->emit(window->context, window->touch, count,
				   window->thread)
			 : 0;
}

/* ---- its course ---- */

/* The slot of VPN, or the free one where it goes. */
static inline struct slot *find_slot(struct window *window, uint64_t vpn)
{
	uint32_t at = (uint32_t)((vpn * UINT64_C(0x9e3779b97f4a7c15)) >>
				 window->hash_shift);

	while (window->slot[at].window == window->number &&
		window->slot[at].vpn != vpn)
		at = (at + 1) & window->mask;
	return &window->slot[at];
}

static int add_first(struct window *window, const struct trace_touch *touch)
{
	struct slot *slot;
	int error = 0;

	if (window->pages == window->pages_max)
		error = window_flush(window);
	slot = find_slot(window, touch->vpn);
	window->now++;
	*slot = (struct slot){
		.vpn = touch->vpn,
		.window = window->number,
		.first = window->now,
		.last = window->now,
		.first_count = touch->count,
		.first_kinds = (uint8_t)touch->kinds,
	};
	window->listed[window->pages++] = (uint32_t)(slot - window->slot);
	return error;
}

int window_add(struct window *window, const struct trace_touch *touches,
	size_t count, uint32_t thread)
{
	int error = 0;

	if (thread != window->thread)
		error = window_flush(window);
	window->thread = thread;
	for (size_t i = 0; i < count && error == 0; i++) {
		const struct trace_touch *touch = &touches[i];
		struct slot *slot;

		if (window->references + touch->count > UINT32_MAX)
			error = window_flush(window);
		window->references += touch->count;
		slot = find_slot(window, touch->vpn);
		if (slot->window != window->number) {
			error = error != 0 ? error : add_first(window, touch);
			continue;
		}
		slot->last = ++window->now;
		slot->count += touch->count;
		slot->kinds |= (uint8_t)touch->kinds;
		slot->last_kinds = (uint8_t)touch->kinds;
	}
	return error;
}

/* ---- beginning and end ---- */

int window_create(
	uint32_t frames, window_emit *emit, void *context, struct window **out)
{
	struct window *window = calloc(1, sizeof(*window));
	uint32_t pages = frames < PAGES_MAX ? frames : PAGES_MAX;
	unsigned bits = 2;

	if (window == NULL)
		return -ENOMEM;
	/* At most a quarter is taken: few are asked for twice. */
	while (UINT32_C(1) << bits < 4 * pages)
		bits++;
	window->emit = emit;
	window->context = context;
	window->number = 1;
	window->pages_max = pages;
	window->hash_shift = 64 - bits;
	window->mask = (UINT32_C(1) << bits) - 1;
	window->slot = calloc(window->mask + (size_t)1, sizeof(*window->slot));
	window->listed = malloc(pages * sizeof(*window->listed));
	window->key = malloc(pages * sizeof(*window->key));
	window->sorted = malloc(pages * sizeof(*window->sorted));
	window->touch = malloc(2 * (size_t)pages * sizeof(*window->touch));
	if (window->slot == NULL || window->listed == NULL ||
		window->key == NULL || window->sorted == NULL ||
		window->touch == NULL) {
		window_destroy(window);
		return -ENOMEM;
	}
	*out = window;
	return 0;
}

void window_destroy(struct window *window)
{
	if (window == NULL)
		return;
	free(window->slot);
	free(window->listed);
	free(window->key);
	free(window->sorted);
	free(window->touch);
	free(window);
}
