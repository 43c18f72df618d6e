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

/* About two dots of a picture for each cell. */
enum { COLUMNS = 800, ROWS = 480 };

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

static void write_phases(const struct map *map, FILE *stream)
{
	const struct phases *phases = &map->phases;

	fprintf(stream,
		"phases_count = %u\narray phase_name[%u]\n"
		"array phase_start[%u]\narray phase_marked[%u]\n",
		phases->count, phases->count, phases->count, phases->count);
	for (unsigned i = 0; i < phases->count; i++) {
		fprintf(stream,
			"phase_start[%u] = %" PRIu64
			".\nphase_marked[%u] = %d\nphase_name[%u] = ",
			i + 1, map->cells.phase_starts[i], i + 1,
			phases->phase[i].marked, i + 1);
		gnuplot_string(stream, phases->phase[i].name);
		putc('\n', stream);
	}
}

void map_write(const struct map *map, FILE *stream)
{
	const struct page_time *cells = &map->cells;

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
	write_phases(map, stream);
	write_matrix("uses", cells, cells->uses, stream);
	if (!map->frames)
		return;
	write_matrix("faults", cells,
		map->opt ? cells->opt_faults : cells->lru_faults, stream);
	write_rates(cells, stream);
}
