/* Runs the jobs of a unit.  See worker.h. */
#include "config.h"

#include "sweep/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "replay/replay-study.h"
#include "replay/residency.h"
#include "sweep/plan-files.h"
#include "sweep/windows.h"
#include "tracer/trace.h"

/* The jobs of a unit with one file of hints: a call of replay_trace. */
struct call {
	const struct worker *worker;
	uint32_t hints;
	char (*keys)[JOB_KEY_BYTES]; /* [worker->count] */
	struct table *faults; /* of opt and lru by key, that were found here */
};

static const struct job *job_at(const struct worker *worker, size_t number)
{
	return &worker->jobs->job[worker->job[number]];
}

static const char *on_job(
	void *context, const struct policy_spec *policy, uint64_t frames)
{
	const struct call *call = context;
	const struct jobs *jobs = call->worker->jobs;
	size_t i;

	for (i = 0; i < call->worker->count; i++) {
		const struct job *job = job_at(call->worker, i);

		if (job->frames == frames && job->hints == call->hints &&
			!strcmp(jobs->policies[job->policy].text, policy->text))
			return call->keys[i];
	}
	return NULL;
}

/* The key of POLICY's job without hints at FRAMES. */
static uint64_t yardstick(const struct call *call,
	const struct policy_ops *policy, uint64_t frames)
{
	struct job job = *job_at(call->worker, 0);

	job.frames = frames;
	return jobs_yardstick(call->worker->jobs, &job, policy);
}

static void on_faults(void *context, const struct policy_ops *policy,
	uint64_t frames, uint64_t faults)
{
	const struct call *call = context;
	struct table_entry *entry =
		table_add(call->faults, yardstick(call, policy, frames));

	if (entry)
		entry->value = faults;
}

static bool find_faults(void *context, const struct policy_ops *policy,
	uint64_t frames, uint64_t *out)
{
	const struct call *call = context;
	uint64_t key = yardstick(call, policy, frames);
	const struct table_entry *entry = table_find(call->faults, key);

	if (!entry)
		entry = table_find(&call->worker->done->faults, key);
	if (entry)
		*out = entry->value;
	return entry;
}

/* Policies and sizes of the call's jobs, each once. */
static int ask(const struct call *call, struct replay_options *options)
{
	const struct worker *worker = call->worker;
	size_t i;

	options->frames = calloc(worker->count, sizeof(*options->frames));
	if (!options->frames)
		return -ENOMEM;
	for (i = 0; i < worker->count; i++) {
		const struct job *job = job_at(worker, i);
		unsigned last = options->frames_count;
		int error;

		if (job->hints != call->hints)
			continue;
		error = replay_options_add(
			options, &worker->jobs->policies[job->policy]);
		if (error)
			return error;
		/* they are sorted by size */
		if (job->frames && (!last || options->frames[last - 1].value !=
						     job->frames))
			options->frames[options->frames_count++] =
				(struct frames_spec){FRAMES_COUNT, job->frames};
	}
	/* policies whose windows are given want any size */
	if (!options->frames_count)
		options->frames[options->frames_count++] =
			(struct frames_spec){FRAMES_COUNT, 1};
	return 0;
}

static void write_keys(const struct call *call)
{
	size_t i;

	for (i = 0; i < call->worker->count; i++)
		job_key_write(job_at(call->worker, i)->key, call->keys[i]);
}

/* Rows of the jobs with the call's hints. */
static int run_call(struct call *call, struct replay_study *study)
{
	const struct jobs *jobs = call->worker->jobs;
	const struct job *job = job_at(call->worker, 0);
	const struct sweep_settings *with = &jobs->settings[job->settings];
	const struct replay_hooks hooks = {
		on_job, on_faults, find_faults, call};
	struct replay_options options = {
		.hints_path =
			call->hints ? jobs->hints[call->hints].path : NULL,
		.read_ahead = with->read_ahead,
		.victim_batch = with->batch,
		.clean_ahead = with->clean_ahead,
		.bit_at_load = with->bit_at_load,
		.inexact = with->inexact,
		.jobs = 1,
		.bytes_max = call->worker->bytes_max,
		.fault_cost = RESIDENCY_FAULT_COST,
		.hooks = &hooks,
	};
	int error = ask(call, &options);

	if (!error && options.hints_path)
		error = hints_load(
			options.hints_path, &study->hints, &study->message);
	study->options = &options;
	write_keys(call);
	if (!error)
		error = replay_trace(study, jobs->traces[job->trace].path);
	hints_free(&study->hints);
	study->hints = (struct hints){0};
	free(options.frames);
	return error;
}

static bool has_hints(const struct worker *worker, uint32_t hints)
{
	size_t i;

	for (i = 0; i < worker->count; i++)
		if (job_at(worker, i)->hints == hints)
			return true;
	return false;
}

/* A call for each file of hints, without any first: opt and lru are there. */
static int run_calls(const struct worker *worker, struct replay_study *study)
{
	struct table faults = {0};
	struct call call = {
		.worker = worker,
		.keys = calloc(worker->count, sizeof(*call.keys)),
		.faults = &faults,
	};
	int error = call.keys ? 0 : -ENOMEM;

	for (; call.hints < worker->jobs->hints_count && !error; call.hints++)
		if (has_hints(worker, call.hints))
			error = run_call(&call, study);
	free(call.keys);
	table_free(&faults);
	return error;
}

static int run_replays(const struct worker *worker, struct message *message)
{
	FILE *rows = fdopen(dup(worker->rows), "w");
	struct replay_study study = {.stop = worker->stop};
	int error =
		rows ? replay_rows_start(rows, ROWS_CSV, &study.rows) : -errno;

	if (!error)
		error = counter_open(
			COUNTER_AUTO, NULL, &study.counter, &study.message);
	if (!error)
		error = run_calls(worker, &study);
	if (study.rows && rows_finish(study.rows) && !error)
		error = -EIO;
	*message = study.message;
	counter_close(study.counter);
	if (rows && fclose(rows) && !error)
		error = -errno;
	return error;
}

/* ---- parts of a curve, and the curve of parts ---- */

char *worker_path(
	const struct set *set, const struct jobs *jobs, const struct job *job)
{
	const char *trace = jobs->traces[job->trace].name;
	char key[JOB_KEY_BYTES], *path;
	int bytes;

	job_key_write(job->key, key);
	if (job->kind == JOB_MERGE)
		bytes = asprintf(&path, "%s/curves/%s.csv", set->path, trace);
	else if (job->kind == JOB_JOIN)
		bytes = asprintf(&path, "%s/windows/%s-%u-%llu-%s.csv",
			set->path, trace, job->parts,
			(unsigned long long)jobs->settings[job->settings]
				.warm_up,
			key);
	else
		bytes = asprintf(&path, "%s/sweep/part-%s", set->path, key);
	return bytes < 0 ? NULL : path;
}

static int run_part(const struct worker *worker, struct message *message)
{
	const struct job *job = job_at(worker, 0);
	char *output = worker_path(worker->done->set, worker->jobs, job);
	char part[64];
	char *argv[] = {(char *)"selfpage curve",
		worker->jobs->traces[job->trace].path, (char *)"--policy",
		(char *)"lru", (char *)"--part", part, (char *)"--output",
		output, NULL};

	snprintf(part, sizeof(part), "%u/%u", job->part, job->parts);
	/* it says what is wrong by itself */
	*message->text = '\0';
	return output && !curve_command(8, argv) ? 0 : -EIO;
}

/* Part jobs of the same curve, in their order, as arguments. */
static int list_parts(
	const struct worker *worker, const struct job *merge, char **argv)
{
	const struct jobs *jobs = worker->jobs;
	int count = 0;
	size_t i;

	for (i = 0; i < jobs->count; i++) {
		const struct job *job = &jobs->job[i];

		if (job->kind == JOB_PART && job->trace == merge->trace &&
			job->parts == merge->parts)
			argv[count++] = worker_path(
				worker->done->set, worker->jobs, job);
	}
	return count;
}

static int run_merge(const struct worker *worker, struct message *message)
{
	const struct job *job = job_at(worker, 0);
	struct set *set = worker->done->set;
	char **argv = calloc(job->parts + 7, sizeof(*argv));
	char *path = worker_path(set, worker->jobs, job), *part = NULL;
	char key[JOB_KEY_BYTES];
	int count, error = 0;

	/* as the same curve of fewer parts may be made meanwhile */
	job_key_write(job->key, key);
	if (!argv || !path || asprintf(&part, "%s.%s", path, key) < 0)
		return -ENOMEM;
	if (mkdirat(set->folder, "curves", 0777) && errno != EEXIST)
		error = -errno;
	argv[0] = (char *)"selfpage curve";
	argv[1] = (char *)"--policy=lru";
	argv[2] = (char *)"--format=csv";
	argv[3] = (char *)"--merge";
	count = 4 + list_parts(worker, job, argv + 4);
	if (!error && !freopen(part, "w", stdout))
		error = -errno;
	if (error)
		return message_set(
			message, error, "%s: %s", path, strerror(-error));
	*message->text = '\0';
	if (curve_command(count, argv))
		return -EIO;
	if (fflush(stdout) || fsync(STDOUT_FILENO) || rename(part, path))
		return message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

/* ---- the process ---- */

/* Is the trace that which was planned? */
static int check_trace(const struct worker *worker, struct message *message)
{
	const struct sweep_trace *trace =
		&worker->jobs->traces[job_at(worker, 0)->trace];
	struct sweep_trace now;
	int error = plan_look(trace->path, &now, message);

	if (error || now.checksum == trace->checksum)
		return error;
	return message_set(message, -EINVAL,
		"%s: is another trace than when the sweep was planned",
		trace->path);
}

/* Hints that have changed would be another job. */
static int check_hints(const struct worker *worker, struct message *message)
{
	const struct jobs *jobs = worker->jobs;
	uint64_t checksum;
	uint32_t i;
	int error = 0;

	for (i = 1; i < jobs->hints_count && !error; i++) {
		if (!has_hints(worker, i))
			continue;
		error = plan_hints_checksum(
			jobs->hints[i].path, &checksum, message);
		if (!error && checksum != jobs->hints[i].checksum)
			error = message_set(message, -EINVAL,
				"%s: are other hints than when the sweep was "
				"planned",
				jobs->hints[i].path);
	}
	return error;
}

/* After a failure: can all of the trace be read at all? */
static bool trace_is_bad(const struct worker *worker, struct message *message)
{
	const struct sweep_trace *trace =
		&worker->jobs->traces[job_at(worker, 0)->trace];
	struct trace_reader *reader;
	struct trace_block block;
	uint64_t number;
	int error = trace_reader_open(trace->path, true, &reader, message);

	if (error)
		return true;
	for (number = 0; number < trace_reader_info(reader)->blocks && !error;
		number++)
		error = trace_reader_read(reader, number, &block, message);
	trace_reader_close(reader);
	return error;
}

void worker_run(const struct worker *worker)
{
	struct message message = {""}, second;
	enum job_kind kind = job_at(worker, 0)->kind;
	sigset_t none;
	int error;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(worker->log, STDERR_FILENO);
	error = check_trace(worker, &message);
	if (error)
		goto bad;
	error = check_hints(worker, &message);
	if (!error && kind == JOB_PART)
		error = run_part(worker, &message);
	else if (!error && kind == JOB_MERGE)
		error = run_merge(worker, &message);
	else if (!error && kind == JOB_WINDOW)
		error = windows_run(worker, &message);
	else if (!error && kind == JOB_JOIN)
		error = windows_join(worker, &message);
	else if (!error)
		error = run_replays(worker, &message);
	if (!error)
		_exit(WORKER_DONE);
	if (!*worker->stop && !job_is_last(job_at(worker, 0)) &&
		trace_is_bad(worker, &second)) {
		message = second;
		goto bad;
	}
	/* a curve's command has said it */
	if (*message.text || (kind != JOB_PART && kind != JOB_MERGE))
		fprintf(stderr, "%s\n",
			*message.text ? message.text : strerror(-error));
	_exit(WORKER_FAILED);
bad:
	fprintf(stderr, "%s\n", message.text);
	_exit(WORKER_TRACE_IS_BAD);
}
