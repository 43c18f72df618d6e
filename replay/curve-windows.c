/* The curves of ws and vmin: see curve-windows.h. */
#include "replay/curve-check.h"
#include "replay/curve-windows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "replay/curve-rows.h"
#include "replay/exact.h"
#include "replay/residency.h"
#include "replay/window-curve.h"

struct run {
	const struct curve_windows *config;
	struct trace_reader *reader;
	const struct trace_info *info;
	struct message *message;
	char name[256];
};

bool curve_windows_has(const struct policy_ops *ops)
{
	return ops == &variable_ws.about || ops == &variable_vmin.about;
}

static int check_exact(const struct run *run, const struct policy_spec *spec)
{
	const struct exact_question question = {
		.info = run->info,
		.policy = spec->ops,
		.bit_at_load = true,
	};
	char why[256];

	if (exact_answer(&question, why, sizeof(why)) == EXACT_YES)
		return 0;
	return message_set(run->message, -EINVAL,
		"%s: %s would not be exact: %s", run->info->path, spec->text,
		why);
}

static int compare_windows(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Rising, and each once.  Returns how many there are then. */
static unsigned sort_windows(uint64_t *windows, unsigned count)
{
	unsigned unique = 0, i;

	qsort(windows, count, sizeof(*windows), compare_windows);
	for (i = 0; i < count; i++)
		if (!unique || windows[i] != windows[unique - 1])
			windows[unique++] = windows[i];
	return unique;
}

/* The windows that are given, or have the residencies asked: *OUT[spec *
 * *SIZES_OUT + size], as residency_find gives them. */
static int find_windows(
	const struct run *run, uint64_t **out, unsigned *sizes_out)
{
	const struct curve_windows *config = run->config;
	uint64_t *frames = calloc(config->frames_count + 1, sizeof(*frames));
	const struct residency_question question = {
		.trace = run->name,
		.specs = config->specs,
		.specs_count = config->specs_count,
		.frames = frames,
		.frames_count = config->frames_count,
		.bit_at_load = true,
		.stop = config->stop,
	};
	unsigned i;
	int error;

	if (!frames)
		return message_set(run->message, -ENOMEM, "too little memory");
	for (i = 0; i < config->frames_count; i++)
		frames[i] = frames_resolve(&config->frames[i], run->info->pages,
			run->info->page_bytes);
	error = residency_find(run->reader, &question, out, run->message);
	*sizes_out = config->frames_count;
	free(frames);
	return error;
}

/* The windows of SPEC; FOUND[sizes] are those of the sizes asked. */
static unsigned list_windows(const struct run *run,
	const struct policy_spec *spec, const uint64_t *found, unsigned sizes,
	uint64_t *windows)
{
	const double references = run->info->references;
	unsigned count = 0;

	if (!references)
		return 0;
	if (!residency_is_fit(spec))
		windows[count++] = spec->values[VARIABLE_WINDOW];
	else if (sizes)
		for (; count < sizes; count++)
			windows[count] = found[count];
	else
		for (; count < CURVE_WINDOWS; count++)
			windows[count] = llround(pow(references,
				(double)count / (CURVE_WINDOWS - 1)));
	return sort_windows(windows, count);
}

static int add_row(const struct run *run, const struct policy_spec *spec,
	const struct window_point *point)
{
	const struct trace_info *info = run->info;
	const bool ws = spec->ops == &variable_ws.about;
	const uint64_t space = ws ? point->ws_space : point->vmin_space;
	const struct curve_residency residency = {
		.window = point->window,
		.mean_frames =
			info->references ? (double)space / info->references : 0,
		.space_time = residency_space_time(
			space, point->faults, run->config->fault_cost),
	};
	struct curve_row row = {
		.trace = run->name,
		.policy = spec->text,
		.knows = spec->ops->knows,
		.window = 1,
		.frames = llround(residency.mean_frames),
		.faults = point->faults,
		.writebacks = !info->has_writes ? NULL
			      : ws		? &point->ws_writebacks
						: &point->vmin_writebacks,
		.references = info->references,
		.events = info->events,
		.pages = info->pages,
		.page_bytes = info->page_bytes,
		.residency = &residency,
	};
	int error = curve_rows_add(run->config->rows, &row);

	if (error)
		message_set(run->message, error, "standard output: %s",
			strerror(-error));
	return error;
}

/* One pass for the windows of all: ALL[COUNT], rising. */
static int run_pass(const struct run *run, const uint64_t *all, unsigned count,
	struct window_point *points)
{
	struct window_curve_config config = {
		.windows = all,
		.count = count,
		.progress = progress_on,
		.stop = run->config->stop,
	};
	int error;

	if (!count)
		return 0;
	config.context = progress_start(run->name, "events", run->info->events);
	error = window_curve_run(run->reader, &config, points, run->message);
	progress_end(config.context);
	return error;
}

/* The rows of SPEC, whose windows are WINDOWS[COUNT] among the POINTS. */
static int add_rows(const struct run *run, const struct policy_spec *spec,
	const uint64_t *windows, unsigned count,
	const struct window_point *points)
{
	unsigned i;
	int error = 0;

	for (i = 0; i < count && !error; i++) {
		while (points->window != windows[i])
			points++;
		error = add_row(run, spec, points);
	}
	return error;
}

/* ws and vmin at each window, whichever of them was asked. */
static int check_points(const struct run *run,
	const struct window_point *points, unsigned count)
{
	struct residency_row *rows = calloc(2 * count + 1, sizeof(*rows));
	unsigned i;
	int error = 0;

	if (!rows)
		return message_set(run->message, -ENOMEM, "too little memory");
	for (i = 0; i < count && !error; i++) {
		rows[2 * i] = (struct residency_row){
			"ws", points[i].faults, points[i].ws_space, 0};
		rows[2 * i + 1] =
			(struct residency_row){"vmin", points[i].faults,
				points[i].vmin_space, points[i].window};
		error = residency_check(rows, 2 * i + 1, run->message);
		if (!error)
			error = residency_check(rows, 2 * i + 2, run->message);
	}
	free(rows);
	return error;
}

/* ROOM windows for each policy, and as many for all in one. */
static int run_windows(const struct run *run, const uint64_t *found,
	unsigned sizes, unsigned room)
{
	const struct curve_windows *config = run->config;
	const size_t most = (size_t)config->specs_count * room;
	uint64_t *windows = calloc(2 * most, sizeof(*windows));
	uint64_t *all = windows + most;
	unsigned *counts = calloc(config->specs_count, sizeof(*counts));
	struct window_point *points = calloc(most, sizeof(*points));
	unsigned count = 0, i;
	int error = 0;

	if (!windows || !counts || !points)
		error = message_set(run->message, -ENOMEM, "too little memory");
	for (i = 0; i < config->specs_count && !error; i++) {
		counts[i] = list_windows(run, &config->specs[i],
			found + (size_t)i * sizes, sizes, windows + i * room);
		memcpy(all + count, windows + i * room,
			counts[i] * sizeof(*all));
		count += counts[i];
	}
	count = error ? 0 : sort_windows(all, count);
	if (!error)
		error = run_pass(run, all, count, points);
	if (!error)
		error = check_points(run, points, count);
	for (i = 0; i < config->specs_count && !error; i++)
		error = add_rows(run, &config->specs[i], windows + i * room,
			counts[i], points);
	free(windows);
	free(counts);
	free(points);
	return error;
}

int curve_windows_run(const char *path, const struct curve_windows *config,
	struct message *message)
{
	struct run run = {.config = config, .message = message};
	uint64_t *found = NULL;
	unsigned sizes = 0, i;
	int error = only_open(config->only, path, true, config->only_name,
		&run.reader, message);

	if (error)
		return error;
	run.info = trace_reader_info(run.reader);
	command_trace_name(path, run.name, sizeof(run.name));
	error = curve_check_end(run.info, message);
	for (i = 0; i < config->specs_count && !error; i++)
		error = check_exact(&run, &config->specs[i]);
	if (!error)
		error = find_windows(&run, &found, &sizes);
	if (!error)
		error = run_windows(&run, found, sizes,
			sizes > CURVE_WINDOWS ? sizes : CURVE_WINDOWS);
	free(found);
	trace_reader_close(run.reader);
	return error;
}
