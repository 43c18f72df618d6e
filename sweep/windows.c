/* Replays of windows.  See windows.h. */
#include "config.h"

#include "sweep/windows.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/rows.h"
#include "replay/exact.h"
#include "replay/replay.h"

/* A job: its replay, and the same of the warm-up alone. */
struct pair {
	struct replay *whole, *warm_up;
};

struct window {
	uint64_t warm_up, first, end; /* blocks */
	uint64_t first_event, events, references;
};

/* What a window's file says. */
struct counts {
	uint64_t first_event, events, references, faults, writebacks, error;
};

static const struct job *job_at(const struct worker *worker, size_t number)
{
	return &worker->jobs->job[worker->job[number]];
}

static struct window find_window(const struct trace_info *info,
	const struct job *job, const struct sweep_settings *with)
{
	struct window window = {
		.first = info->blocks * (job->part - 1) / job->parts,
		.end = info->blocks * job->part / job->parts,
	};
	uint64_t events = info->blocks ? info->events / info->blocks : 0;
	uint64_t blocks =
		events ? (with->warm_up + events - 1) / events : window.first;

	window.warm_up = window.first > blocks ? window.first - blocks : 0;
	return window;
}

/* Would the job's counts be as good as is asked for?  -EINVAL: no. */
static int check_exact(const struct jobs *jobs, const struct job *job,
	const struct trace_info *info, struct message *message)
{
	const struct sweep_settings *with = &jobs->settings[job->settings];
	const struct policy_spec *policy = &jobs->policies[job->policy];
	const struct exact_question question = {
		.info = info,
		.policy = policy->ops,
		.frames = job->frames,
		.bit_at_load = with->bit_at_load,
	};
	char why[256];

	if (exact_answer(&question, why, sizeof(why)) != EXACT_NO ||
		with->inexact)
		return 0;
	return message_set(message, -EINVAL,
		"%s: %s at %" PRIu64 " frames would not be exact: %s",
		jobs->traces[job->trace].name, policy->text, job->frames, why);
}

static int open_pairs(const struct worker *worker, struct trace_reader *reader,
	struct pair *pairs, struct message *message)
{
	const struct jobs *jobs = worker->jobs;
	int error = 0;
	size_t i;

	for (i = 0; i < worker->count && !error; i++) {
		const struct job *job = job_at(worker, i);
		const struct sweep_settings *with =
			&jobs->settings[job->settings];
		const struct policy_spec *policy = &jobs->policies[job->policy];
		const struct replay_config config = {
			.policy = policy->ops,
			.values = policy->values,
			.seed = policy->seed,
			.frames = job->frames,
			.bit_at_load = with->bit_at_load,
			.look_ahead = true,
			.victim_batch = with->batch,
			.clean_ahead = with->clean_ahead,
		};

		error = check_exact(
			jobs, job, trace_reader_info(reader), message);
		if (!error)
			error = replay_open(
				reader, &config, &pairs[i].whole, message);
		if (!error)
			error = replay_open(
				reader, &config, &pairs[i].warm_up, message);
	}
	return error;
}

/* Blocks [FROM, END) to all; to those of the warm-up, too, if it is so. */
static int run_blocks(const struct worker *worker, struct trace_reader *reader,
	struct pair *pairs, struct window *window, bool warm_up,
	struct message *message)
{
	uint64_t number = warm_up ? window->warm_up : window->first;
	uint64_t end = warm_up ? window->first : window->end;
	int error = 0;
	size_t i;

	for (; number < end && !error; number++) {
		struct trace_block block;

		if (*worker->stop)
			return message_set(message, -EINTR, "stopped");
		error = trace_reader_read(reader, number, &block, message);
		for (i = 0; i < worker->count && !error; i++) {
			error = replay_block(
				pairs[i].whole, &block, NULL, NULL, message);
			if (!error && warm_up)
				error = replay_block(pairs[i].warm_up, &block,
					NULL, NULL, message);
		}
		if (error || warm_up)
			continue;
		if (number == window->first)
			window->first_event = block.first_event;
		window->events += block.events;
		window->references += block.references;
	}
	return error;
}

/* PATH gets its name when all of TEXT is on the disk. */
static int save(const char *path, const char *text, struct message *message)
{
	char *part;
	FILE *stream;
	int error = 0;

	if (asprintf(&part, "%s.new", path) < 0)
		return -ENOMEM;
	stream = fopen(part, "we");
	if (!stream || fputs(text, stream) < 0 || fflush(stream) ||
		fsync(fileno(stream)))
		error = -errno;
	if (stream && fclose(stream) && !error)
		error = -errno;
	if (!error && rename(part, path))
		error = -errno;
	free(part);
	if (error)
		message_set(message, error, "%s: cannot write: %s", path,
			strerror(-error));
	return error;
}

/* What job NUMBER found, to its file. */
static int save_pair(const struct worker *worker, size_t number,
	const struct pair *pair, const struct window *window,
	struct message *message)
{
	const struct job *job = job_at(worker, number);
	char *path = worker_path(worker->done->set, worker->jobs, job);
	struct replay_result whole, warm_up;
	uint64_t faults, empty;
	char text[200];
	int error = path ? 0 : -ENOMEM;

	if (!error)
		error = replay_finish(pair->whole, &whole, message);
	if (!error)
		error = replay_finish(pair->warm_up, &warm_up, message);
	if (!error) {
		faults = whole.faults - warm_up.faults;
		empty = job->frames > warm_up.faults && window->warm_up
				? job->frames - warm_up.faults
				: 0;
		snprintf(text, sizeof(text),
			"%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			" %" PRIu64 " %" PRIu64 "\n",
			window->first_event, window->events, window->references,
			faults, whole.writebacks - warm_up.writebacks,
			empty < faults ? empty : faults);
		error = save(path, text, message);
	}
	free(path);
	return error;
}

int windows_run(const struct worker *worker, struct message *message)
{
	const struct job *job = job_at(worker, 0);
	struct pair *pairs = calloc(worker->count, sizeof(*pairs));
	struct trace_reader *reader;
	struct window window;
	size_t i;
	int error;

	if (!pairs)
		return -ENOMEM;
	error = trace_reader_open(worker->jobs->traces[job->trace].path,
		!worker->jobs->settings[job->settings].bit_at_load, &reader,
		message);
	if (error) {
		free(pairs);
		return error;
	}
	window = find_window(trace_reader_info(reader), job,
		&worker->jobs->settings[job->settings]);
	error = open_pairs(worker, reader, pairs, message);
	if (!error)
		error = run_blocks(
			worker, reader, pairs, &window, true, message);
	if (!error)
		error = run_blocks(
			worker, reader, pairs, &window, false, message);
	for (i = 0; i < worker->count; i++) {
		if (!error)
			error = save_pair(
				worker, i, &pairs[i], &window, message);
		replay_close(pairs[i].whole);
		replay_close(pairs[i].warm_up);
	}
	trace_reader_close(reader);
	free(pairs);
	return error;
}

/* ---- all windows as rows ---- */

static const struct rows_column columns[] = {
	{"trace", "trace", 12, true},
	{"policy", "policy", 9, true},
	{"frames", "frames", 9, false},
	{"window", "window", 7, true},
	{"first_event", NULL, 0, false},
	{"warm_up", NULL, 0, false},
	{"references", NULL, 0, false},
	{"events", NULL, 0, false},
	{"faults", "faults", 9, false},
	{"faults_error", "error", 9, false},
	{"writebacks", "writebacks", 9, false},
};

static int load_counts(
	const char *path, struct counts *out, struct message *message)
{
	FILE *stream = fopen(path, "re");
	int found = 0;

	if (stream) {
		found = fscanf(stream,
			"%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			" %" SCNu64 " %" SCNu64,
			&out->first_event, &out->events, &out->references,
			&out->faults, &out->writebacks, &out->error);
		fclose(stream);
	}
	if (found == 6)
		return 0;
	return message_set(message, -EINVAL, "%s: is no window's file", path);
}

static int add_row(struct rows *rows, const struct jobs *jobs,
	const struct job *job, const char *window, const struct counts *counts)
{
	rows_text(rows, jobs->traces[job->trace].name);
	rows_text(rows, jobs->policies[job->policy].text);
	rows_count(rows, job->frames);
	rows_text(rows, window);
	rows_count(rows, counts->first_event);
	rows_count(rows, jobs->settings[job->settings].warm_up);
	rows_count(rows, counts->references);
	rows_count(rows, counts->events);
	rows_count(rows, counts->faults);
	rows_count(rows, counts->error);
	rows_count(rows, counts->writebacks);
	return rows_end(rows);
}

static bool same_replay(const struct job *a, const struct job *b)
{
	return a->policy == b->policy && a->frames == b->frames;
}

/* The windows of the replay that FIRST is the first window of. */
static int add_windows(const struct worker *worker, const struct job *join,
	const struct job *first, struct rows *rows, struct message *message)
{
	const struct jobs *jobs = worker->jobs;
	struct counts sum = {0};
	size_t i;
	int error = 0;

	for (i = 0; i < jobs->count && !error; i++) {
		const struct job *job = &jobs->job[i];
		struct counts counts;
		char *path, window[32];

		if (!job_hangs_on(join, job) || !same_replay(first, job))
			continue;
		path = worker_path(worker->done->set, jobs, job);
		error = path ? load_counts(path, &counts, message) : -ENOMEM;
		free(path);
		if (error)
			break;
		snprintf(
			window, sizeof(window), "%u/%u", job->part, job->parts);
		error = add_row(rows, jobs, job, window, &counts);
		sum.events += counts.events;
		sum.references += counts.references;
		sum.faults += counts.faults;
		sum.writebacks += counts.writebacks;
		sum.error += counts.error;
	}
	return error ? error : add_row(rows, jobs, first, "all", &sum);
}

static int join(
	const struct worker *worker, FILE *stream, struct message *message)
{
	const struct job *join = job_at(worker, 0);
	const struct jobs *jobs = worker->jobs;
	struct rows *rows;
	size_t i;
	int finish, error = rows_start(stream, ROWS_CSV, columns,
			    sizeof(columns) / sizeof(columns[0]), &rows);

	if (error)
		return error;
	for (i = 0; i < jobs->count && !error; i++)
		if (job_hangs_on(join, &jobs->job[i]) && jobs->job[i].part == 1)
			error = add_windows(
				worker, join, &jobs->job[i], rows, message);
	finish = rows_finish(rows);
	return error ? error : finish;
}

int windows_join(const struct worker *worker, struct message *message)
{
	struct set *set = worker->done->set;
	char *path = worker_path(set, worker->jobs, job_at(worker, 0));
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);
	int error = path && stream ? 0 : -ENOMEM;

	if (!error && mkdirat(set->folder, "windows", 0777) && errno != EEXIST)
		error = message_set(message, -errno, "%s/windows: %s",
			set->path, strerror(errno));
	if (!error)
		error = join(worker, stream, message);
	if (stream && fclose(stream) && !error)
		error = -ENOMEM;
	if (!error)
		error = save(path, text, message);
	free(text);
	free(path);
	return error;
}
