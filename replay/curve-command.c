/* selfpage curve: faults at every size in one pass. */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "replay/curve-check.h"
#include "replay/curve-options.h"
#include "replay/curve-rows.h"
#include "replay/curve-sample.h"
#include "replay/curve-sizes.h"
#include "replay/curve-windows.h"
#include "replay/hint-curve.h"
#include "replay/partial.h"
#include "replay/pass.h"
#include "replay/residency.h"

/* A policy on a trace.  Jobs run side by side, and print in their order. */
struct study {
	const struct curve_options *options;
	const volatile sig_atomic_t *stop;
	struct hints hints;
	struct rows *rows;
	struct progress *progress;
	struct message message; /* of the first error */
	int error;
	pthread_mutex_t lock; /* guards all of this */
	pthread_cond_t turned;
	unsigned jobs; /* there are */
	unsigned next; /* to be begun */
	unsigned turn; /* may print */
	uint64_t done; /* events, by all */
};

struct job {
	struct study *study;
	unsigned number;
	enum curve_policy policy;
	const struct trace_info *info;
	char name[256];
	uint64_t done;
};

/* What the rows of a curve have in common. */
struct subject {
	struct study *study;
	const char *trace;
	enum curve_policy policy;
	uint32_t page_bytes, reduction;
};

static int add_row(const struct subject *subject, const struct curve *curve,
	uint32_t frames)
{
	const struct policy_ops *ops = curve_options_policy(subject->policy);
	/* more frames than pages are as good as one a page; without pages
	 * there is nothing */
	uint32_t at = frames < curve->pages ? frames : curve->pages;
	const uint64_t none = 0;
	const uint64_t *writebacks = curve->writebacks;
	struct curve_row row = {
		.trace = subject->trace,
		.policy = ops->name,
		.knows = ops->knows,
		.window = curve->window,
		.first_event = curve->first_event,
		.frames = frames,
		.faults = at ? curve->faults[at] : 0,
		.writebacks = !writebacks ? NULL
			      : at	  ? &writebacks[at]
					  : &none,
		.references = curve->references,
		.events = curve->events,
		.pages = curve->pages,
		.page_bytes = subject->page_bytes,
	};

	return curve_rows_add(subject->study->rows, &row);
}

static int add_asked(const struct subject *subject, const struct curve *curve)
{
	const struct curve_options *options = subject->study->options;
	unsigned i;
	int error = 0;

	for (i = 0; i < options->frames_count && !error; i++)
		error = add_row(subject, curve,
			frames_resolve(&options->frames[i], curve->pages,
				subject->page_bytes));
	return error;
}

/* A row at each size at which a count is another than at the one before. */
static int add_changes(const struct subject *subject, const struct curve *curve)
{
	const uint64_t *faults = curve->faults;
	const uint64_t *writebacks = curve->writebacks;
	uint32_t frames = subject->reduction;
	int error = 0;

	if (frames < 1)
		frames = 1;
	if (frames <= curve->pages)
		error = add_row(subject, curve, frames);
	for (frames++; frames <= curve->pages && !error; frames++)
		if (faults[frames] != faults[frames - 1] ||
			(writebacks &&
				writebacks[frames] != writebacks[frames - 1]))
			error = add_row(subject, curve, frames);
	return error;
}

static int add_rows(const struct subject *subject, const struct curve *curve)
{
	struct study *study = subject->study;
	int error = study->options->frames_count ? add_asked(subject, curve)
						 : add_changes(subject, curve);

	if (error)
		message_set(&study->message, error, "standard output: %s",
			strerror(-error));
	return error;
}

static int on_curve(void *context, const struct curve *curve)
{
	struct job *job = context;
	struct study *study = job->study;
	struct subject subject = {study, job->name, job->policy,
		job->info->page_bytes, job->info->reduction};
	int error;

	pthread_mutex_lock(&study->lock);
	while (study->turn != job->number && !study->error)
		pthread_cond_wait(&study->turned, &study->lock);
	error = study->error;
	if (!error)
		error = add_rows(&subject, curve);
	pthread_mutex_unlock(&study->lock);
	return error;
}

static void on_progress(void *context, uint64_t events)
{
	struct job *job = context;
	struct study *study = job->study;

	pthread_mutex_lock(&study->lock);
	study->done += events - job->done;
	job->done = events;
	progress_update(study->progress, study->done);
	pthread_mutex_unlock(&study->lock);
}

/* What the trace does not tell exactly is refused. */
static int check_trace(const struct curve_options *options,
	const struct trace_info *info, enum curve_policy policy,
	struct message *message)
{
	return curve_check(info, curve_options_policy(policy), options->frames,
		options->frames_count, message);
}

static unsigned count_wanted(const struct curve_options *options)
{
	unsigned wanted = 0, policy;

	for (policy = 0; policy <= CURVE_HINTS; policy++)
		wanted += options->wants[policy];
	return wanted;
}

static int run_job(struct job *job, const char *path, struct message *message)
{
	const struct curve_options *options = job->study->options;
	struct curve_config config = {
		.policy = job->policy,
		.windows = options->windows,
		.emit = on_curve,
		.progress = on_progress,
		.context = job,
		.stop = job->study->stop,
	};
	struct trace_reader *reader;
	/* the first job of a trace tells what is left out, for all */
	bool tells = job->number % count_wanted(options) == 0;
	int error = only_open(&options->only, path, options->windows > 1,
		tells ? "curve" : NULL, &reader, message);

	if (error)
		return error;
	job->info = trace_reader_info(reader);
	command_trace_name(path, job->name, sizeof(job->name));
	error = check_trace(options, job->info, job->policy, message);
	if (!error && job->policy == CURVE_HINTS)
		error = hint_curve_run(
			reader, &config, &job->study->hints, message);
	else if (!error)
		error = curve_run(reader, &config, message);
	trace_reader_close(reader);
	return error;
}

/* The next job that nobody has begun; false: there is none. */
static bool begin_job(struct study *study, struct job *job, const char **path)
{
	const struct curve_options *options = study->options;
	unsigned wanted = count_wanted(options), policy, left;
	bool begun;

	pthread_mutex_lock(&study->lock);
	begun = study->next < study->jobs && !study->error && !*study->stop;
	if (begun)
		*job = (struct job){.study = study, .number = study->next++};
	pthread_mutex_unlock(&study->lock);
	if (!begun)
		return false;
	*path = options->traces[job->number / wanted];
	left = job->number % wanted;
	for (policy = 0; !options->wants[policy] || left; policy++)
		left -= options->wants[policy];
	job->policy = policy;
	return true;
}

static void *work(void *context)
{
	struct study *study = context;
	struct message message = {""};
	const char *path;
	struct job job;
	int error;

	while (begin_job(study, &job, &path)) {
		error = run_job(&job, path, &message);
		pthread_mutex_lock(&study->lock);
		/* what comes earlier is printed, and fails, first */
		while (study->turn != job.number && !study->error)
			pthread_cond_wait(&study->turned, &study->lock);
		if (error && !study->error) {
			study->error = error;
			if (!*study->message.text)
				study->message = message;
		}
		study->turn++;
		pthread_cond_broadcast(&study->turned);
		pthread_mutex_unlock(&study->lock);
	}
	return NULL;
}

/* All jobs, by as many threads; this one is the first of them. */
static void run_jobs(struct study *study)
{
	unsigned threads = study->options->jobs, begun;
	pthread_t thread[PASS_JOBS_MAX];

	if (threads > study->jobs)
		threads = study->jobs;
	/* fewer threads than wanted do the same, later */
	for (begun = 1; begun < threads; begun++)
		if (pthread_create(&thread[begun], NULL, work, study))
			break;
	(void)work(study);
	while (--begun)
		pthread_join(thread[begun], NULL);
}

/* Events of all jobs; an error is left to the job that meets it. */
static uint64_t all_events(const struct curve_options *options)
{
	struct message message;
	struct trace_reader *reader;
	uint64_t events = 0;
	int i;

	for (i = 0; i < options->traces_count; i++) {
		if (only_open(&options->only, options->traces[i], false, NULL,
			    &reader, &message))
			continue;
		events += trace_reader_info(reader)->events *
			  count_wanted(options);
		trace_reader_close(reader);
	}
	return events;
}

/* The exit status of a call that ended with ERROR. */
static int tell(struct study *study, int error)
{
	int finish = study->rows ? rows_finish(study->rows) : 0;

	if (*study->stop)
		return command_fail(1, "curve",
			"stopped by signal %d; what is finished stays",
			(int)*study->stop);
	if (error)
		return command_fail(1, "curve", "%s",
			*study->message.text ? study->message.text
					     : strerror(-error));
	if (finish)
		return command_fail(
			1, "curve", "standard output: %s", strerror(-finish));
	return 0;
}

static int start_rows(struct study *study)
{
	int error =
		curve_rows_start(stdout, study->options->format, &study->rows);

	if (!error && !study->options->windowed_count)
		residency_hide_columns(study->rows);
	return error;
}

/* Those that run size by size, and those of variable space. */
static int run_others(struct study *study)
{
	const struct curve_options *options = study->options;
	bool told = count_wanted(options);
	const struct curve_sizes sizes = {
		.only = &options->only,
		.only_name = told || options->windowed_count ? NULL : "curve",
		.specs = options->others,
		.specs_count = options->others_count,
		.frames = options->frames,
		.frames_count = options->frames_count,
		.jobs = options->jobs,
		.stop = study->stop,
		.rows = study->rows,
	};
	const struct curve_windows windows = {
		.only = &options->only,
		.only_name = told ? NULL : "curve",
		.specs = options->windowed,
		.specs_count = options->windowed_count,
		.frames = options->frames,
		.frames_count = options->frames_count,
		.fault_cost = options->fault_cost,
		.stop = study->stop,
		.rows = study->rows,
	};
	int error = 0, i;

	for (i = 0; i < options->traces_count && !error; i++) {
		const char *path = options->traces[i];

		if (windows.specs_count)
			error = curve_windows_run(
				path, &windows, &study->message);
		if (!error && sizes.specs_count)
			error = curve_sizes_run(path, &sizes, &study->message);
	}
	return error;
}

static int run_study(struct study *study)
{
	const struct curve_options *options = study->options;
	int error = 0;

	if (options->hints_path)
		error = hints_load(
			options->hints_path, &study->hints, &study->message);
	if (!error)
		error = start_rows(study);
	if (error)
		return tell(study, error);
	study->jobs = options->traces_count * count_wanted(options);
	study->progress =
		progress_start("curve", "events", all_events(options));
	pthread_mutex_init(&study->lock, NULL);
	pthread_cond_init(&study->turned, NULL);
	run_jobs(study);
	pthread_cond_destroy(&study->turned);
	pthread_mutex_destroy(&study->lock);
	progress_end(study->progress);
	if (!study->error)
		study->error = run_others(study);
	return tell(study, study->error);
}

/* --part: one trace, no rows, a file. */
static int run_part(struct study *study)
{
	const struct curve_options *options = study->options;
	struct message *message = &study->message;
	struct trace_reader *reader;
	struct partial partial;
	char name[128];
	struct partial_config config = {
		.trace = name,
		.part = options->part,
		.parts = options->parts,
		.progress = progress_on,
		.stop = study->stop,
	};
	int error =
		trace_reader_open(options->traces[0], false, &reader, message);

	if (error)
		return tell(study, error);
	command_trace_name(options->traces[0], name, sizeof(name));
	error = check_trace(
		options, trace_reader_info(reader), CURVE_LRU, message);
	if (!error) {
		config.context = progress_start(name, "events",
			trace_reader_info(reader)->events / options->parts);
		error = partial_run(reader, &config, &partial, message);
		progress_end(config.context);
	}
	if (!error) {
		error = partial_save(&partial, options->output, message);
		partial_free(&partial);
	}
	trace_reader_close(reader);
	return tell(study, error);
}

static int on_merged(void *context, const struct partial_head *head,
	const struct curve *curve)
{
	struct subject subject = {context, head->trace, CURVE_LRU,
		head->page_bytes, head->reduction};

	return add_rows(&subject, curve);
}

static int run_merge(struct study *study)
{
	const struct curve_options *options = study->options;
	int error = start_rows(study);

	if (!error)
		error = partial_merge(options->traces, options->traces_count,
			on_merged, study, &study->message);
	return tell(study, error);
}

static int run_sampled(struct study *study, const char *path)
{
	const struct curve_options *options = study->options;
	struct curve_sample config = {
		.sample = {.share = options->sample,
			.seed = options->seed,
			.progress = progress_on,
			.stop = study->stop},
		.trace = path,
		.frames = options->frames,
		.frames_count = options->frames_count,
		.rows = study->rows,
	};
	const struct trace_info *info;
	struct trace_reader *reader;
	uint32_t pages;
	int error = only_open(
		&options->only, path, false, "curve", &reader, &study->message);

	if (error)
		return error;
	info = trace_reader_info(reader);
	config.sample.context = progress_start("curve", "events", info->events);
	error = check_trace(options, info, CURVE_LRU, &study->message);
	if (!error)
		error = curve_sample_run(
			reader, &config, &pages, &study->message);
	progress_end(config.sample.context);
	if (!error)
		fprintf(stderr,
			"selfpage curve: %s: ESTIMATES, from %u of %llu pages "
			"(seed %llu); the faults are off by faults_error at "
			"most, "
			"at 95 %% of the sizes\n",
			path, pages, (unsigned long long)info->pages,
			(unsigned long long)options->seed);
	trace_reader_close(reader);
	return error;
}

/* --sample: a trace after the other. */
static int run_samples(struct study *study)
{
	const struct curve_options *options = study->options;
	int error = start_rows(study), i;

	for (i = 0; i < options->traces_count && !error; i++)
		error = run_sampled(study, options->traces[i]);
	return tell(study, error);
}

int curve_command(int argc, char **argv)
{
	struct curve_options options;
	struct study study = {.options = &options};
	int status;

	curve_options_parse(argc, argv, &options);
	study.stop = command_catch_signals();
	if (options.part)
		status = run_part(&study);
	else if (options.merge)
		status = run_merge(&study);
	else if (options.sample)
		status = run_samples(&study);
	else
		status = run_study(&study);
	hints_free(&study.hints);
	curve_options_free(&options);
	return status;
}
