/* selfpage sweep: the replays of a plan, resumable. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "cli/command.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "results/manifest.h"
#include "sweep/plan.h"
#include "sweep/runner.h"
#include "sweep/slurm.h"
#include "sweep/sweep.h"

enum { LIST_BYTES = 128 };

/* ---- opening and closing ---- */

/* Who only looks at a set makes nothing in it. */
static int open_sweep(struct sweep *sweep, const char *set)
{
	const struct sweep_options *options = sweep->options;
	int error = (options->status || options->dry_run
			     ? set_open_to_read
			     : set_open)(set, &sweep->set, &sweep->message);

	if (error)
		return error;
	error = done_open(
		&sweep->done, &sweep->set, &sweep->measured, &sweep->message);
	if (error)
		set_close(&sweep->set);
	return error;
}

static void close_sweep(struct sweep *sweep)
{
	done_close(&sweep->done);
	set_close(&sweep->set);
	measured_free(&sweep->measured);
}

/* What the list of a plan's jobs is called in its set: two plans of one name
 * are told apart by where they are. */
static void name_list(const char *plan, char name[LIST_BYTES])
{
	const char *slash = strrchr(plan, '/');

	snprintf(name, LIST_BYTES, "%.100s-%08" PRIx32 ".jobs", slash + 1,
		(uint32_t)XXH64(plan, strlen(plan), 0));
}

static uint64_t sum_references(const struct sweep *sweep)
{
	uint64_t references = 0;
	size_t i;

	for (i = 0; i < sweep->jobs.count; i++) {
		const struct job *job = &sweep->jobs.job[i];

		if (!done_has(&sweep->done, job->key))
			references += sweep->jobs.traces[job->trace].references;
	}
	return references;
}

/* ---- running ---- */

/* WITHOUT: jobs that are not this call's; may be NULL. */
static int run_here(struct sweep *sweep, const struct table *without)
{
	const struct sweep_options *options = sweep->options;
	const struct units_config config = {
		.seconds_max = units_even_seconds(
			units_sum_seconds(
				&sweep->jobs, &sweep->done, &sweep->measured),
			options->processes),
		.bytes_max = options->bytes_max / options->processes,
		.without = without,
	};
	struct runner_config runner = {
		.jobs = &sweep->jobs,
		.done = &sweep->done,
		.processes = options->processes,
		.bytes_max = options->bytes_max,
		.stop = sweep->stop,
		.failed = sweep_tell_failure,
		.left = options->task ? sweep_tell_left : NULL,
		.context = sweep,
	};
	struct units units;
	int error = units_make(
		&sweep->jobs, &sweep->done, &sweep->measured, &config, &units);

	if (error)
		return message_set(&sweep->message, error, "too little memory");
	runner.progress = progress_start(
		sweep->name, "references", sum_references(sweep));
	error = runner_run(&runner, &units, &sweep->message);
	progress_end(runner.progress);
	return error;
}

/* Notes in the set's manifest that so many RESULTS of PLAN, if it is
 * known, were added. */
static void note_run(struct sweep *sweep, const char *plan, size_t results)
{
	char *command[] = {(char *)"sweep", (char *)plan, NULL};
	const struct manifest_run run = {
		.command = command,
		.takes_set = true,
		.repeat = 1,
		.rows = results,
		.status = sweep->failed ? 1 : 0,
	};

	if (results && plan && manifest_add(&sweep->set, &run, &sweep->message))
		command_fail(1, "sweep", "%s", sweep->message.text);
}

/* PLAN: as it is called in the manifest. */
static int run_sweep(struct sweep *sweep, const char *plan)
{
	size_t before = sweep_count_done(sweep);
	int status;

	if (sweep->options->slurm) {
		status = sweep_tell_end(sweep, slurm_run(sweep));
		note_run(sweep, plan, sweep_count_done(sweep) - before);
	} else {
		status = sweep_tell_end(sweep, run_here(sweep, NULL));
		note_run(sweep, plan, sweep->done.added);
	}
	return status;
}

/* Runs what is not done, or tells of it. */
static int run_or_tell(struct sweep *sweep, const char *plan, const char *list)
{
	if (sweep->options->status)
		return sweep_tell_status(sweep);
	sweep_tell_unread(sweep);
	if (sweep->options->dry_run)
		return sweep_foretell(sweep);
	if (jobs_save(&sweep->jobs, sweep->done.folder, list, &sweep->message))
		return command_fail(1, "sweep", "%s/sweep/%s", sweep->set.path,
			sweep->message.text);
	return run_sweep(sweep, plan);
}

static int sweep_plan(struct sweep *sweep, const char *path)
{
	const char *set = sweep->options->set;
	struct plan plan;
	char list[LIST_BYTES];
	int status, error = plan_read(path, &plan, &sweep->message);

	if (error)
		return command_fail(
			error == -EINVAL || error == -EEXIST ? 2 : 1, "sweep",
			"%s", sweep->message.text);
	sweep->jobs = plan.jobs;
	plan.jobs = (struct jobs){0};
	sweep->excluded = plan.excluded;
	set = set ? set : plan.set;
	name_list(sweep->jobs.plan, list);
	if (open_sweep(sweep, set)) {
		status = command_fail(1, "sweep", "%s", sweep->message.text);
	} else {
		status = run_or_tell(sweep, path, list);
		close_sweep(sweep);
	}
	jobs_free(&sweep->jobs);
	plan_free(&plan);
	return status;
}

/* One of the lists of a set. */
static int sweep_list(struct sweep *sweep, const char *set, const char *path)
{
	int status = jobs_load(path, &sweep->jobs, &sweep->message);

	if (!status)
		status = open_sweep(sweep, set);
	if (status) {
		jobs_free(&sweep->jobs);
		return command_fail(1, "sweep", "%s", sweep->message.text);
	}
	sweep->name = sweep->jobs.plan ? strrchr(sweep->jobs.plan, '/') + 1
				       : strrchr(path, '/') + 1;
	if (sweep->options->status) {
		status = sweep_tell_status(sweep);
	} else {
		sweep_tell_unread(sweep);
		status = run_sweep(sweep, sweep->jobs.plan);
	}
	close_sweep(sweep);
	jobs_free(&sweep->jobs);
	return status;
}

/* All sweeps into a set. */
static int sweep_set(const struct sweep *model, const char *set)
{
	char *pattern;
	glob_t lists;
	size_t i;
	int status = 0;

	if (asprintf(&pattern, "%s/sweep/*.jobs", set) < 0)
		return command_fail(1, "sweep", "too little memory");
	if (glob(pattern, 0, NULL, &lists)) {
		free(pattern);
		return command_fail(1, "sweep",
			"%s: there is no sweep in this folder", set);
	}
	free(pattern);
	for (i = 0; i < lists.gl_pathc && !*model->stop; i++) {
		struct sweep sweep = *model;
		int one = sweep_list(&sweep, set, lists.gl_pathv[i]);

		status = one > status ? one : status;
	}
	globfree(&lists);
	return status;
}

/* The jobs of one task: the others are left out. */
static int run_task(struct sweep *sweep, uint32_t task)
{
	struct table others = {0};
	size_t i;
	int error = 0;

	for (i = 0; i < sweep->jobs.count && !error; i++)
		if (sweep->jobs.job[i].task != task &&
			!table_add(&others, sweep->jobs.job[i].key))
			error = message_set(
				&sweep->message, -ENOMEM, "too little memory");
	if (!error)
		error = run_here(sweep, &others);
	table_free(&others);
	if (error)
		return command_fail(1, "sweep", "%s", sweep->message.text);
	return sweep->failed ? 1 : 0;
}

/* --task SET/sweep/SUBMISSION/jobs:NUMBER */
static int sweep_task(struct sweep *sweep, char *text)
{
	char *colon = strrchr(text, ':'), *set;
	uint64_t task = 0;
	int status, i;

	if (!colon || number_parse(colon + 1, &task))
		return command_fail(2, "sweep",
			"--task: expected JOBS:NUMBER, not '%s'", text);
	*colon = '\0';
	set = strdup(text);
	for (i = 0; set && i < 3; i++)
		*(strrchr(set, '/') ?: set) = '\0';
	if (!set || jobs_load(text, &sweep->jobs, &sweep->message)) {
		free(set);
		return command_fail(1, "sweep", "%s", sweep->message.text);
	}
	sweep->name = "task";
	status = open_sweep(sweep, set)
			 ? command_fail(1, "sweep", "%s", sweep->message.text)
			 : 0;
	free(set);
	if (!status) {
		status = run_task(sweep, task);
		close_sweep(sweep);
	}
	jobs_free(&sweep->jobs);
	return status;
}

int sweep_command(int argc, char **argv)
{
	struct sweep_options options;
	struct stat about;
	struct sweep sweep = {.options = &options};

	sweep_options_parse(argc, argv, &options);
	sweep.stop = command_catch_signals();
	command_catch_hangup();
	if (options.task)
		return sweep_task(&sweep, options.task);
	sweep.name = options.plan;
	if (stat(options.plan, &about) || !S_ISDIR(about.st_mode))
		return sweep_plan(&sweep, options.plan);
	if (options.status || options.resume)
		return sweep_set(&sweep, options.plan);
	return command_fail(2, "sweep",
		"%s is a folder: say --status or --resume, or name a plan",
		options.plan);
}
