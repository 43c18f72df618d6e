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
	const struct regions *regions = order->regions;
	unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;
	uint64_t x = regions->region[left].pages;
	uint64_t y = regions->region[right].pages;

	if (order->faults) {
		x = regions_lru_faults(regions, left)[order->size];
		y = regions_lru_faults(regions, right)[order->size];
	}
	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(
		regions_name(regions, left), regions_name(regions, right));
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

/* The row of region NUMBER, of LRU's and OPT's faults in ALL. */
static int show_region(const struct info_regions *shown,
	const struct regions *regions, unsigned number, unsigned size,
	const uint64_t all[2], uint64_t frames)
{
	char trace[128];

	if (!regions->region[number].events)
		return 0;
	command_trace_name(shown->path, trace, sizeof(trace));
	rows_text(shown->rows, trace);
	if (regions->phases)
		rows_count(shown->rows, regions->phases->phase[number].event);
	add_region(shown->rows, &regions->region[number]);
	if (frames) {
		rows_count(shown->rows, frames);
		add_share(shown->rows,
			regions_lru_faults(regions, number)[size], all[0]);
		add_share(shown->rows,
			regions_opt_faults(regions, number)[size], all[1]);
	} else {
		for (int none = 0; none < 5; none++)
			rows_none(shown->rows);
	}
	rows_text(shown->rows, regions_name(regions, number));
	return rows_end(shown->rows);
}

/* The numbers of the regions, those first that matter most; NULL without
 * memory. */
static unsigned *sort_regions(
	const struct regions *regions, unsigned size, uint64_t frames)
{
	unsigned *sorted = calloc(regions->count + 1, sizeof(*sorted)), i;
	struct order order = {regions, size, frames != 0};

	for (i = 0; sorted && i < regions->count; i++)
		sorted[i] = i;
	if (sorted)
		qsort_r(sorted, regions->count, sizeof(*sorted),
			compare_regions, &order);
	return sorted;
}

/* A row a region, or phase, of size number SIZE: FRAMES; 0: of none. */
static int show_size(const struct info_regions *shown,
	const struct regions *regions, unsigned size, uint64_t frames)
{
	unsigned *sorted = NULL, i;
	uint64_t all[2] = {0};
	int error = 0;

	for (i = 0; i < regions->count; i++) {
		all[0] += regions_lru_faults(regions, i)[size];
		all[1] += regions_opt_faults(regions, i)[size];
	}
	if (!regions->phases) {
		sorted = sort_regions(regions, size, frames);
		error = sorted ? 0 : -ENOMEM;
	}
	for (i = 0; !error && i < regions->count; i++)
		error = show_region(shown, regions, sorted ? sorted[i] : i,
			size, all, frames);
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
		error = show_size(shown, &regions, 0, 0);
	for (i = 0; !error && i < config.sizes; i++)
		error = show_size(shown, &regions, i, frames[i]);
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
