/* The rows of `selfpage info --regions` and `--phases`: see regions.h for what
 * they say. */
#include "config.h"

#include "replay/info-regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "replay/curve-check.h"
#include "replay/regions.h"

#define COLUMNS                                                                \
	{"pages", "pages", 8, false}, {"references", "references", 12, false}, \
		{"events", "events", 11, false}, {"writes", NULL, 0, false},   \
		{"instructions", NULL, 0, false},                              \
		{"events_per_page", "a page", 9, false},                       \
		{"frames", "frames", 8, false},                                \
		{"lru_faults", "lru faults", 10, false},                       \
		{"lru_share", "share", 6, false},                              \
		{"opt_faults", "opt faults", 10, false},                       \
	{                                                                      \
		"opt_share", "share", 6, false                                 \
	}

static const struct rows_column region_columns[] = {
	{"trace", "trace", 12, true},
	COLUMNS,
	{"region", "region", 0, true},
};
static const struct rows_column phase_columns[] = {
	{"trace", "trace", 12, true},
	{"event", "from event", 11, false},
	COLUMNS,
	{"phase", "phase", 0, true},
};

int info_regions_start(
	FILE *stream, enum rows_format format, bool phases, struct rows **out)
{
	return phases ? rows_start(stream, format, phase_columns,
				sizeof(phase_columns) /
					sizeof(phase_columns[0]),
				out)
		      : rows_start(stream, format, region_columns,
				sizeof(region_columns) /
					sizeof(region_columns[0]),
				out);
}

static int compare_frames(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The sizes in frames, rising; NULL without memory. */
static uint64_t *resolve_frames(
	const struct info_regions *shown, const struct trace_info *info)
{
	uint64_t *frames = calloc(shown->frames_count + 1, sizeof(*frames));
	unsigned i;

	for (i = 0; frames && i < shown->frames_count; i++)
		frames[i] = frames_resolve(
			&shown->frames[i], info->pages, info->page_bytes);
	if (frames)
		qsort(frames, shown->frames_count, sizeof(*frames),
			compare_frames);
	return frames;
}

/* Which of the regions come first: those with most faults, or pages. */
struct order {
	const struct regions *regions;
	unsigned size;
	bool faults;
};

static int compare_regions(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct region *left =
		&order->regions->regions[*(const unsigned *)a];
	const struct region *right =
		&order->regions->regions[*(const unsigned *)b];
	uint64_t x = left->pages, y = right->pages;

	if (order->faults) {
		x = left->lru_faults[order->size];
		y = right->lru_faults[order->size];
	}
	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(left->name, right->name);
}

static void add_share(struct rows *rows, uint64_t faults, uint64_t all)
{
	rows_count(rows, faults);
	if (all)
		rows_real(rows, (double)faults / all, 4);
	else
		rows_none(rows);
}

static void add_region(struct rows *rows, const struct region *region)
{
	rows_count(rows, region->pages);
	rows_count(rows, region->references);
	rows_count(rows, region->events);
	rows_count(rows, region->writes);
	rows_count(rows, region->instructions);
	if (region->pages)
		rows_real(rows, (double)region->events / region->pages, 1);
	else
		rows_none(rows);
}

/* A row a region, of size number SIZE: FRAMES; 0: of none. */
static int show_size(const struct info_regions *shown,
	const struct regions *regions, const struct phases *phases,
	unsigned size, uint64_t frames)
{
	unsigned *sorted = calloc(regions->count + 1, sizeof(*sorted)), i;
	struct order order = {regions, size, frames != 0};
	uint64_t lru = 0, opt = 0;
	char trace[128];
	int error = sorted ? 0 : -ENOMEM;

	command_trace_name(shown->path, trace, sizeof(trace));
	for (i = 0; !error && i < regions->count; i++) {
		sorted[i] = i;
		lru += regions->regions[i].lru_faults[size];
		opt += regions->regions[i].opt_faults[size];
	}
	if (!error && !phases)
		qsort_r(sorted, regions->count, sizeof(*sorted),
			compare_regions, &order);
	for (i = 0; !error && i < regions->count; i++) {
		const struct region *region = &regions->regions[sorted[i]];

		if (!region->events)
			continue;
		rows_text(shown->rows, trace);
		if (phases)
			rows_count(shown->rows, phases->phase[i].event);
		add_region(shown->rows, region);
		if (frames) {
			rows_count(shown->rows, frames);
			add_share(shown->rows, region->lru_faults[size], lru);
			add_share(shown->rows, region->opt_faults[size], opt);
		} else {
			for (int none = 0; none < 5; none++)
				rows_none(shown->rows);
		}
		rows_text(shown->rows, region->name);
		error = rows_end(shown->rows);
	}
	free(sorted);
	return error;
}

static void fail_to_write(int error, struct message *message)
{
	message_set(message, error, "standard output: %s", strerror(-error));
}

static int find_phases(struct trace_reader *reader, struct phases *out,
	struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct progress *progress =
		progress_start(info->path, "events", info->events);
	const struct phases_config config = {
		.progress = progress_on, .context = progress};
	int error = phases_run(reader, &config, out, message);

	progress_end(progress);
	return error;
}

/* The pass, and its rows.  PHASES: NULL, or what to tell of. */
static int tell(const struct info_regions *shown, struct trace_reader *reader,
	const struct phases *phases, const uint64_t *frames,
	struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct progress *progress =
		progress_start(info->path, "events", info->events);
	struct regions_config config = {
		.frames = frames,
		.sizes = shown->frames_count,
		.phases = phases,
		.progress = progress_on,
		.context = progress,
	};
	struct regions regions;
	int error = regions_run(reader, &config, &regions, message);
	unsigned i;

	progress_end(progress);
	if (error)
		return error;
	if (!config.sizes)
		error = show_size(shown, &regions, phases, 0, 0);
	for (i = 0; !error && i < config.sizes; i++)
		error = show_size(shown, &regions, phases, i, frames[i]);
	regions_free(&regions);
	if (error)
		fail_to_write(error, message);
	return error;
}

int info_regions(const struct info_regions *shown, struct message *message)
{
	const struct trace_info *info;
	struct trace_reader *reader;
	struct phases phases = {0};
	uint64_t *frames;
	int error = trace_reader_open(shown->path, true, &reader, message);

	if (error)
		return error;
	info = trace_reader_info(reader);
	frames = resolve_frames(shown, info);
	if (!frames)
		error = message_set(
			message, -ENOMEM, "%s: too little memory", shown->path);
	/* faults are told only where they are the program's */
	if (!error && shown->frames_count)
		error = curve_check(info, &policy_lru, shown->frames,
			shown->frames_count, message);
	if (!error && shown->phases)
		error = find_phases(reader, &phases, message);
	if (!error)
		error = tell(shown, reader, shown->phases ? &phases : NULL,
			frames, message);
	phases_free(&phases);
	free(frames);
	trace_reader_close(reader);
	return error;
}
