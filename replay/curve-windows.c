/* The curves of ws and vmin: see curve-windows.h. */
#include "replay/curve-windows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "replay/curve-rows.h"
#include "replay/curve-sizes.h"
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

/* Those with which SPEC has the residencies asked, or its own. */
static int find_windows(const struct run *run, const struct policy_spec *spec,
	uint64_t **windows_out, unsigned *count_out)
{
	const struct curve_windows *config = run->config;
	uint64_t *frames = calloc(config->frames_count + 1, sizeof(*frames));
	struct residency_question question = {
		.trace = run->name,
		.specs = spec,
		.specs_count = 1,
		.frames = frames,
		.frames_count =
			residency_is_fit(spec) ? config->frames_count : 1,
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
	error = residency_find(
		run->reader, &question, windows_out, run->message);
	*count_out = question.frames_count;
	free(frames);
	return error;
}

static int make_windows(const struct run *run, const struct policy_spec *spec,
	uint64_t **windows_out, unsigned *count_out)
{
	const double references = run->info->references;
	unsigned i;
	int error = 0;

	if (!residency_is_fit(spec) || run->config->frames_count) {
		error = find_windows(run, spec, windows_out, count_out);
	} else {
		*count_out = references ? CURVE_WINDOWS : 0;
		*windows_out = calloc(CURVE_WINDOWS, sizeof(**windows_out));
		if (!*windows_out)
			return message_set(
				run->message, -ENOMEM, "too little memory");
		for (i = 0; i < *count_out; i++)
			(*windows_out)[i] = llround(pow(
				references, (double)i / (CURVE_WINDOWS - 1)));
	}
	if (!error)
		*count_out = sort_windows(*windows_out, *count_out);
	return error;
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

static void on_progress(void *context, uint64_t references)
{
	progress_update(context, references);
}

/* The curve of SPEC at its windows. */
static int run_spec(const struct run *run, const struct policy_spec *spec,
	const uint64_t *windows, unsigned count)
{
	struct window_point *points = calloc(count + 1, sizeof(*points));
	struct window_curve_config config = {
		.windows = windows,
		.count = count,
		.progress = on_progress,
		.stop = run->config->stop,
	};
	unsigned i;
	int error;

	if (!points)
		return message_set(run->message, -ENOMEM, "too little memory");
	config.context =
		progress_start(spec->text, "references", run->info->references);
	error = !count ? 0
		       : window_curve_run(
				 run->reader, &config, points, run->message);
	progress_end(config.context);
	for (i = 0; i < count && !error; i++)
		error = add_row(run, spec, &points[i]);
	free(points);
	return error;
}

int curve_windows_run(const char *path, const struct curve_windows *config,
	struct message *message)
{
	struct run run = {.config = config, .message = message};
	uint64_t *windows;
	unsigned count = 0, i;
	int error = trace_reader_open(path, true, &run.reader, message);

	if (error)
		return error;
	run.info = trace_reader_info(run.reader);
	command_trace_name(path, run.name, sizeof(run.name));
	error = curve_check_end(run.info, message);
	for (i = 0; i < config->specs_count && !error; i++) {
		windows = NULL;
		error = check_exact(&run, &config->specs[i]);
		if (!error)
			error = make_windows(
				&run, &config->specs[i], &windows, &count);
		if (!error)
			error = run_spec(
				&run, &config->specs[i], windows, count);
		free(windows);
	}
	trace_reader_close(run.reader);
	return error;
}
