/* Rows of an estimated curve: see curve-sample.h. */
#include "replay/curve-sample.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "cli/command.h"
#include "replay/curve-rows.h"

struct run {
	const struct curve_sample *config;
	const struct trace_info *info;
	const struct sample *sample;
	struct message *message;
	char name[256];
	uint64_t faults; /* of the last row */
};

/* A row of FRAMES; unless ALWAYS only if its faults are other ones. */
static int add_row(struct run *run, uint64_t frames, bool always)
{
	const struct curve_sample *config = run->config;
	struct sample_estimate estimate = sample_at(run->sample, frames);
	struct curve_row row = {
		.trace = run->name,
		.policy = policy_lru.name,
		.knows = policy_lru.knows,
		.window = 1,
		.frames = frames,
		.faults = llround(estimate.faults),
		.references = run->info->references,
		.events = run->info->events,
		.pages = run->info->pages,
		.page_bytes = run->info->page_bytes,
		.faults_error = &estimate.error,
		.sample_pages = sample_pages(run->sample),
		.sample_seed = config->sample.seed,
	};
	int error;

	if (!always && row.faults == run->faults)
		return 0;
	run->faults = row.faults;
	error = curve_rows_add(config->rows, &row);
	if (error)
		message_set(run->message, error, "standard output: %s",
			strerror(-error));
	return error;
}

static int add_asked(struct run *run)
{
	const struct curve_sample *config = run->config;
	uint64_t least = sample_least(run->sample), frames;
	unsigned i;
	int error = 0;

	for (i = 0; i < config->frames_count && !error; i++) {
		frames = frames_resolve(&config->frames[i], run->info->pages,
			run->info->page_bytes);
		if (frames < least)
			return message_set(run->message, -EINVAL,
				"%s: this sample tells nothing of %llu frames, "
				"only of %llu and more: draw more pages, or "
				"leave --sample out",
				run->info->path, (unsigned long long)frames,
				(unsigned long long)least);
		error = add_row(run, frames, true);
	}
	return error;
}

static int add_changes(struct run *run)
{
	uint64_t least = sample_least(run->sample), frames;
	uint64_t reduction = run->info->reduction;
	int error;

	frames = least > reduction ? least : reduction;
	error = add_row(run, frames, true);
	while (frames < run->info->pages && !error) {
		frames += sample_step(run->sample);
		if (frames > run->info->pages)
			frames = run->info->pages;
		error = add_row(run, frames, false);
	}
	return error;
}

int curve_sample_run(struct trace_reader *reader,
	const struct curve_sample *config, uint32_t *pages_out,
	struct message *message)
{
	struct run run = {.config = config,
		.info = trace_reader_info(reader),
		.message = message};
	struct sample *sample;
	int error = sample_run(reader, &config->sample, &sample, message);

	if (error)
		return error;
	run.sample = sample;
	*pages_out = sample_pages(sample);
	command_trace_name(config->trace, run.name, sizeof(run.name));
	error = config->frames_count ? add_asked(&run) : add_changes(&run);
	sample_free(sample);
	return error;
}
