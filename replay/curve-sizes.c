/* Curves size by size: see curve-sizes.h. */
#include "replay/curve-sizes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "replay/curve-check.h"
#include "replay/curve-rows.h"
#include "replay/pass.h"
#include "replay/residency.h"

struct run {
	const struct curve_sizes *config;
	const struct trace_info *info;
	struct message *message;
	struct progress *progress;
	char name[256];
	uint64_t *frames; /* [frames_count] */
	unsigned frames_count;
	struct replay_config *replays; /* of the first policy, then the next */
	unsigned count;
};

/* Size I of CURVE_SIZES for a trace of PAGES pages. */
static uint64_t log_size(unsigned i, uint64_t pages)
{
	return llround(pow(pages, (double)i / (CURVE_SIZES - 1)));
}

/* The sizes; FRAMES has room for CURVE_SIZES or those given. */
static unsigned list_sizes(const struct curve_sizes *config,
	const struct trace_info *info, uint64_t *frames)
{
	unsigned count = 0, i;

	for (i = 0; i < config->frames_count; i++)
		frames[i] = frames_resolve(
			&config->frames[i], info->pages, info->page_bytes);
	if (config->frames_count || !info->pages)
		return config->frames_count;
	for (i = 0; i < CURVE_SIZES; i++) {
		uint64_t size = log_size(i, info->pages);

		if (!count || size > frames[count - 1])
			frames[count++] = size;
	}
	return count;
}

static uint64_t *make_sizes(const struct curve_sizes *config,
	const struct trace_info *info, unsigned *count_out)
{
	uint64_t *frames =
		calloc(config->frames_count + CURVE_SIZES, sizeof(*frames));

	*count_out = frames ? list_sizes(config, info, frames) : 0;
	return frames;
}

static int plan(
	struct run *run, const struct trace_info *info, struct message *message)
{
	const struct curve_sizes *config = run->config;
	unsigned i, j;
	int error;

	for (i = 0; i < config->specs_count; i++)
		for (j = 0; j < run->frames_count; j++) {
			const struct policy_spec *spec = &config->specs[i];

			error = curve_check_frames(info, spec->ops, spec->text,
				run->frames[j], message);
			if (error)
				return error;
			run->replays[run->count++] = (struct replay_config){
				.policy = spec->ops,
				.values = spec->values,
				.seed = spec->seed,
				.frames = run->frames[j],
				.bit_at_load = true,
				.look_ahead = true,
			};
		}
	return 0;
}

static int on_result(
	void *context, unsigned index, const struct replay_result *result)
{
	const struct run *run = context;
	const struct policy_spec *spec =
		&run->config->specs[index / run->frames_count];
	struct curve_row row = {
		.trace = run->name,
		.policy = spec->text,
		.knows = spec->ops->knows,
		.window = 1,
		.frames = run->frames[index % run->frames_count],
		.faults = result->faults,
		.writebacks = &result->writebacks,
		.references = run->info->references,
		.events = run->info->events,
		.pages = run->info->pages,
		.page_bytes = run->info->page_bytes,
	};
	int error = curve_rows_add(run->config->rows, &row);

	if (error)
		message_set(run->message, error, "standard output: %s",
			strerror(-error));
	return error;
}

static void on_progress(void *context, uint64_t references)
{
	const struct run *run = context;

	progress_update(run->progress, references);
}

static int on_nextuse(void *context, uint64_t events)
{
	const struct run *run = context;

	(void)events;
	return run->config->stop && *run->config->stop;
}

static int run_pass(
	struct run *run, struct trace_reader *reader, struct message *message)
{
	struct nextuse_options options = {
		.progress = on_nextuse, .progress_context = run};
	struct pass_config pass = {
		.jobs = run->config->jobs,
		.bytes_max = pass_default_bytes(),
		.stop = run->config->stop,
		.progress = on_progress,
		.emit = on_result,
		.context = run,
	};
	bool oracle = false;
	unsigned i;
	int error = 0;

	for (i = 0; i < run->count; i++)
		oracle |= run->replays[i].policy->knows == POLICY_ORACLE;
	if (oracle)
		error = nextuse_build(reader, &options, &pass.nextuse, message);
	if (!error)
		error = pass_run(
			reader, &pass, run->replays, run->count, message);
	nextuse_close(pass.nextuse);
	return error;
}

/* All there is to run. */
static int run_all(
	struct run *run, struct trace_reader *reader, struct message *message)
{
	const struct curve_sizes *config = run->config;
	int error;

	run->frames = make_sizes(config, run->info, &run->frames_count);
	run->replays =
		calloc((size_t)run->frames_count * config->specs_count + 1,
			sizeof(*run->replays));
	if (!run->frames || !run->replays)
		return message_set(message, -ENOMEM, "too little memory");
	error = plan(run, run->info, message);
	if (error)
		return error;
	run->progress = progress_start(
		run->name, "references", run->info->references * run->count);
	error = run_pass(run, reader, message);
	progress_end(run->progress);
	return error;
}

int curve_sizes_run(const char *path, const struct curve_sizes *config,
	struct message *message)
{
	struct run run = {.config = config, .message = message};
	struct trace_reader *reader;
	int error = only_open(config->only, path,
		residency_needs_counts(config->specs, config->specs_count),
		config->only_name, &reader, message);

	if (error)
		return error;
	run.info = trace_reader_info(reader);
	command_trace_name(path, run.name, sizeof(run.name));
	error = curve_check_end(run.info, message);
	if (!error)
		error = run_all(&run, reader, message);
	free(run.frames);
	free(run.replays);
	trace_reader_close(reader);
	return error;
}
