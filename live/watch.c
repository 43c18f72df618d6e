/*
 * A live view of a running program's figures: see watch.h.
 *
 *     2,000 of 2,000 frames  18,204 faults/s  311 write-backs/s
 *     [heap] 0x100000400000  12,011 faults/s
 *     ...
 *
 * The regions are pieces of 4 MiB, the hottest first; pieces that lie side by
 * side are not joined.
 */
#include <config.h>

#include "live/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live/settings.h"

enum { HOTTEST = 4 };

struct watch {
	const struct live_figures *figures;
	double then;
	uint64_t faults, writebacks;
	uint32_t places[LIVE_AREAS][LIVE_PLACES]; /* the counts of then */
	unsigned lines;				  /* that stand there */
};

struct place {
	unsigned area, number;
	uint32_t faults;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct watch *watch_start(const struct live_figures *figures)
{
	struct watch *watch;

	if (!isatty(STDERR_FILENO))
		return NULL;
	watch = calloc(1, sizeof(*watch));
	if (watch == NULL)
		return NULL;
	watch->figures = figures;
	watch->then = now_seconds();
	return watch;
}

static void erase(struct watch *watch)
{
	for (; watch->lines > 0; watch->lines--)
		fputs("\033[A\033[2K", stderr);
}

/* Into HOTTEST places, the hottest first; those after them have no faults. */
static void find_hottest(struct watch *watch, struct place *hottest)
{
	memset(hottest, 0, HOTTEST * sizeof(*hottest));
	for (unsigned area = 0; area < LIVE_AREAS; area++) {
		const uint32_t *counts = watch->figures->places[area];

		for (unsigned i = 0; i < LIVE_PLACES; i++) {
			uint32_t count = counts[i];
			struct place place = {
				area, i, count - watch->places[area][i]};
			unsigned at = HOTTEST;

			watch->places[area][i] = count;
			while (at > 0 && hottest[at - 1].faults < place.faults)
				at--;
			if (at == HOTTEST)
				continue;
			memmove(&hottest[at + 1], &hottest[at],
				(HOTTEST - 1 - at) * sizeof(*hottest));
			hottest[at] = place;
		}
	}
}

static void draw_place(
	struct watch *watch, const struct place *place, double seconds)
{
	uint64_t base = place->area == 0 ? LIVE_HEAP_BASE : LIVE_MAPS_BASE;

	fprintf(stderr, "  %-6s 0x%llx  %.0f faults/s\n",
		place->area == 0 ? "[heap]" : "map",
		(unsigned long long)(base + ((uint64_t)place->number
						    << LIVE_PLACE_SHIFT)),
		place->faults / seconds);
	watch->lines++;
}

void watch_draw(struct watch *watch)
{
	const struct live_figures *figures;
	struct place hottest[HOTTEST];
	uint64_t faults, writebacks;
	double now, seconds;

	if (watch == NULL)
		return;
	figures = watch->figures;
	now = now_seconds();
	seconds = now - watch->then > 1e-3 ? now - watch->then : 1e-3;
	faults = figures->hard_faults + figures->zero_faults;
	writebacks = figures->writebacks;
	erase(watch);
	fprintf(stderr,
		"%llu of %llu frames  %.0f faults/s  %.0f write-backs/s\n",
		(unsigned long long)figures->resident,
		(unsigned long long)figures->frames,
		(double)(faults - watch->faults) / seconds,
		(double)(writebacks - watch->writebacks) / seconds);
	watch->lines = 1;
	find_hottest(watch, hottest);
	for (unsigned i = 0; i < HOTTEST && hottest[i].faults > 0; i++)
		draw_place(watch, &hottest[i], seconds);
	watch->then = now;
	watch->faults = faults;
	watch->writebacks = writebacks;
}

void watch_end(struct watch *watch)
{
	if (watch == NULL)
		return;
	erase(watch);
	free(watch);
}
