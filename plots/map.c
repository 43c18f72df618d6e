/* Maps of traces.  See map.h. */
#include "config.h"

#include "plots/map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"
#include "plots/gnuplot.h"
#include "replay/curve-check.h"
#include "tracer/format.h"

enum {
	/* about two dots of a picture for each cell */
	COLUMNS = 800,
	ROWS = 480,
	/* a phase can be seen that is such a part of the time */
	SHOWN_SHARE = 250,
};

bool map_is_trace(const char *path)
{
	char magic[FORMAT_MAGIC_BYTES];
	FILE *stream = fopen(path, "re");
	bool is_trace;

	if (!stream)
		return false;
	is_trace = fread(magic, sizeof(magic), 1, stream) == 1 &&
		   memcmp(magic, FORMAT_MAGIC, sizeof(magic)) == 0;
	fclose(stream);
	return is_trace;
}

struct second_pass {
	struct progress *progress;
	uint64_t before; /* events of the first */
};

static void show_second_pass(void *context, uint64_t events)
{
	struct second_pass *pass = context;

	progress_update(pass->progress, pass->before + events);
}

static int run(struct trace_reader *reader, const struct map_options *options,
	struct map *map, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct page_time_config config = {
		.columns = COLUMNS,
		.rows = ROWS,
		.progress = show_second_pass,
	};
	struct progress *progress;
	int error = 0;

	if (options->frames) {
		config.frames = frames_resolve(
			options->frames, info->pages, info->page_bytes);
		/* faults are shown only where they are the program's */
		error = curve_check(
			info, &policy_lru, options->frames, 1, message);
	}
	if (error)
		return error;
	map->frames = config.frames;
	map->opt = options->opt;
	/* two passes: phases come before what is in them */
	progress = progress_start(info->path, "events", 2 * info->events);
	error = phases_run(reader,
		&(struct phases_config){
			.progress = progress_on, .context = progress},
		&map->phases, message);
	config.phases = &map->phases;
	config.context = &(struct second_pass){progress, info->events};
	if (!error)
		error = page_time_run(reader, &config, &map->cells, message);
	progress_end(progress);
	return error;
}

int map_read(const char *path, const struct map_options *options,
	struct map *out, struct message *message)
{
	struct trace_reader *reader;
	int error = trace_reader_open(path, true, &reader, message);

	*out = (struct map){0};
	if (error)
		return error;
	out->path = strdup(path);
	if (out->path)
		error = run(reader, options, out, message);
	else
		error = message_set(
			message, -ENOMEM, "%s: not enough memory", path);
	trace_reader_close(reader);
	if (error)
		map_free(out);
	return error;
}

void map_free(struct map *map)
{
	free(map->path);
	phases_free(&map->phases);
	page_time_free(&map->cells);
	*map = (struct map){0};
}

/* ---- for gnuplot ---- */

/* gnuplot draws no picture of fewer than two lines: one becomes two. */
static unsigned times_of(unsigned count)
{
	return count < 2 ? 2 : 1;
}

static void write_row(const uint64_t *values, unsigned columns, FILE *stream)
{
	for (unsigned i = 0; i < columns; i++)
		for (unsigned k = 0; k < times_of(columns); k++)
			fprintf(stream, "%" PRIu64 " ", values[i]);
	putc('\n', stream);
}

static void write_matrix(const char *name, const struct page_time *cells,
	const uint64_t *values, FILE *stream)
{
	fprintf(stream, "$%s << END_OF_CELLS\n", name);
	for (unsigned row = 0; row < cells->rows; row++)
		for (unsigned k = 0; k < times_of(cells->rows); k++)
			write_row(&values[(size_t)row * cells->columns],
				cells->columns, stream);
	fputs("END_OF_CELLS\n", stream);
}

static uint64_t sum_column(
	const struct page_time *cells, const uint64_t *values, unsigned column)
{
	uint64_t sum = 0;

	for (unsigned row = 0; row < cells->rows; row++)
		sum += values[(size_t)row * cells->columns + column];
	return sum;
}

/* A line a column: its first reference, and the faults of LRU and OPT. */
static void write_rates(const struct page_time *cells, FILE *stream)
{
	fputs("$rates << END_OF_RATES\n", stream);
	for (unsigned i = 0; i <= cells->columns; i++) {
		/* the last one goes on to the end */
		unsigned column = i < cells->columns ? i : i - 1;

		fprintf(stream, "%.0f %" PRIu64 " %" PRIu64 "\n",
			(double)cells->references * i / cells->columns,
			sum_column(cells, cells->lru_faults, column),
			sum_column(cells, cells->opt_faults, column));
	}
	fputs("END_OF_RATES\n", stream);
}

/* "/usr/lib/libc.so.6" -> "libc.so.6" */
static const char *region_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && slash[1] && name[0] != '[' ? slash + 1 : name;
}

/* gnuplot knows no array of nothing: there is always a phase, and a region. */
static void write_regions(const struct page_time *cells, FILE *stream)
{
	fprintf(stream,
		"regions = %u\narray region[%u]\narray region_first[%u]\n",
		cells->regions_count, cells->regions_count,
		cells->regions_count);
	for (unsigned i = 0; i < cells->regions_count; i++) {
		const struct page_time_region *region = &cells->regions[i];

		fprintf(stream,
			"region_first[%u] = %" PRIu32 ".\nregion[%u] = ", i + 1,
			region->first, i + 1);
		gnuplot_string(stream, region_base(region->name));
		putc('\n', stream);
	}
}

/* ---- phases ---- */

/* One phase; or several in a row, each too short to be seen. */
struct shown_phase {
	uint64_t start; /* reference */
	unsigned first, count;
};

struct shown_phases {
	struct shown_phase *phase; /* [count], of room for two a column */
	unsigned count;
};

/* Adds COUNT phases, which end before END.  Short ones join those before. */
static void show_phases(struct shown_phases *shown, const struct map *map,
	const struct shown_phase *phase, uint64_t end, bool *joins)
{
	bool is_short = phase->count > 1 || (end - phase->start) * SHOWN_SHARE <
						    map->cells.references;

	if (is_short && *joins)
		shown->phase[shown->count - 1].count += phase->count;
	else
		shown->phase[shown->count++] = *phase;
	*joins = is_short;
}

/* What is shown of the phases.  0; -ENOMEM. */
static int list_phases(const struct map *map, struct shown_phases *out)
{
	const struct page_time *cells = &map->cells;
	bool joins = false;

	out->count = 0;
	out->phase = calloc(2 * (size_t)cells->columns, sizeof(*out->phase));
	if (!out->phase)
		return -ENOMEM;
	for (unsigned i = 0; i < cells->columns; i++) {
		const struct page_time_phases *here = &cells->phases[i];
		unsigned next = i + 1;
		uint64_t end = cells->references;

		if (!here->count)
			continue;
		while (next < cells->columns && !cells->phases[next].count)
			next++;
		if (next < cells->columns)
			end = cells->phases[next].first_start;
		if (here->count > 1)
			show_phases(out, map,
				&(struct shown_phase){here->first_start,
					here->first, here->count - 1},
				here->last_start, &joins);
		show_phases(out, map,
			&(struct shown_phase){here->last_start,
				here->first + here->count - 1, 1},
			end, &joins);
	}
	return 0;
}

/* "3 phases", "300 k phases": short, as a name is cut. */
static void tell_count(unsigned count, FILE *stream)
{
	if (count < 10000)
		fprintf(stream, "'%u phases'\n", count);
	else if (count < 10000000)
		fprintf(stream, "'%u k phases'\n", (count + 500) / 1000);
	else
		fprintf(stream, "'%u M phases'\n", (count + 500000) / 1000000);
}

static int write_phases(const struct map *map, FILE *stream)
{
	struct shown_phases shown;
	int error = list_phases(map, &shown);

	if (error)
		return error;
	fprintf(stream,
		"phases_count = %u\narray phase_name[%u]\n"
		"array phase_start[%u]\narray phase_marked[%u]\n",
		shown.count, shown.count, shown.count, shown.count);
	for (unsigned i = 0; i < shown.count; i++) {
		const struct shown_phase *at = &shown.phase[i];
		const struct program_phase *phase =
			&map->phases.phase[at->first];

		fprintf(stream,
			"phase_start[%u] = %" PRIu64
			".\nphase_marked[%u] = %d\nphase_name[%u] = ",
			i + 1, at->start, i + 1, phase->marked, i + 1);
		if (at->count > 1) {
			tell_count(at->count, stream);
		} else {
			gnuplot_string(
				stream, phases_name(&map->phases, at->first));
			putc('\n', stream);
		}
	}
	free(shown.phase);
	return 0;
}

int map_write(const struct map *map, FILE *stream)
{
	const struct page_time *cells = &map->cells;
	int error = write_phases(map, stream);

	if (error)
		return error;

	fprintf(stream,
		"columns = %u\nmatrix_columns = %u\nmatrix_rows = %u\n"
		"map_references = %" PRIu64 ".\nmap_pages = %" PRIu64
		".\nmap_page_bytes = %" PRIu32 ".\nmap_frames = %" PRIu64
		".\nmap_policy = '%s'\n",
		cells->columns, cells->columns * times_of(cells->columns),
		cells->rows * times_of(cells->rows), cells->references,
		cells->pages, cells->page_bytes, map->frames,
		map->opt ? "OPT" : "LRU");
	write_regions(cells, stream);
	write_matrix("uses", cells, cells->uses, stream);
	if (!map->frames)
		return 0;
	write_matrix("faults", cells,
		map->opt ? cells->opt_faults : cells->lru_faults, stream);
	write_rates(cells, stream);
	return 0;
}
