/* What is said of a sweep: before, meanwhile, and at its end. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "sweep/claims.h"
#include "sweep/failures.h"
#include "sweep/sweep.h"
#include "sweep/units.h"

enum { FAILURES_SHOWN = 20 };

size_t sweep_count_done(const struct sweep *sweep)
{
	size_t i, done = 0;

	for (i = 0; i < sweep->jobs.count; i++)
		done += done_has(&sweep->done, sweep->jobs.job[i].key);
	return done;
}

/* "90 s", "12 min", "3.5 h" */
static void write_time(double seconds, char text[32])
{
	if (seconds < 120)
		snprintf(text, 32, "%.3g s", seconds);
	else if (seconds < 7200)
		snprintf(text, 32, "%.0f min", seconds / 60);
	else
		snprintf(text, 32, "%.1f h", seconds / 3600);
}

/* What the largest job that is not done takes, and by what that is foretold. */
static void find_largest(
	const struct sweep *sweep, uint64_t *bytes_out, char source[48])
{
	const struct jobs *jobs = &sweep->jobs;
	bool largest_is_measured = false;
	size_t i;

	*bytes_out = 0;
	for (i = 0; i < jobs->count; i++) {
		bool measured;
		uint64_t bytes = unit_job_bytes(
			jobs, &sweep->measured, &jobs->job[i], &measured);

		if (done_has(&sweep->done, jobs->job[i].key) ||
			bytes <= *bytes_out)
			continue;
		*bytes_out = bytes;
		largest_is_measured = measured;
	}
	if (largest_is_measured)
		snprintf(
			source, 48, "%zu rows", sweep->measured.rows_of_memory);
	else
		snprintf(source, 48, "formula");
}

int sweep_foretell(struct sweep *sweep)
{
	const struct sweep_options *options = sweep->options;
	const struct jobs *jobs = &sweep->jobs;
	double seconds =
		units_sum_seconds(jobs, &sweep->done, &sweep->measured);
	uint64_t bytes;
	char one[32], all[32], source[48];

	find_largest(sweep, &bytes, source);
	write_time(seconds, one);
	write_time(seconds / options->processes, all);
	printf("jobs      %zu of %zu traces, %zu done, %zu excluded\n",
		jobs->count, jobs->traces_count, sweep_count_done(sweep),
		sweep->excluded);
	printf("time      %s of a processor, %s with %u at a time, by %s\n",
		one, all, options->processes,
		sweep->measured.rows ? "the rows of the set"
				     : "a guess: there are no rows yet");
	printf("memory    %llu MiB for the largest job, by %s, %llu MiB at "
	       "most at a time\n",
		(unsigned long long)bytes >> 20, source,
		(unsigned long long)options->bytes_max >> 20);
	printf("set       %s\n", sweep->set.path);
	return sweep->failed ? 1 : 0;
}

/* ---- traces that can't be read ---- */

static void tell_unread(const struct jobs *jobs, FILE *stream, const char *who)
{
	size_t i;

	for (i = 0; i < jobs->unread_count; i++) {
		const struct sweep_unread *unread = &jobs->unread[i];

		fprintf(stream, "%sfailed: %zu job%s: %s\n", who, unread->jobs,
			unread->jobs == 1 ? "" : "s", unread->why);
	}
}

void sweep_tell_unread(struct sweep *sweep)
{
	tell_unread(&sweep->jobs, stderr, "selfpage sweep: ");
	sweep->failed += jobs_planned(&sweep->jobs) - sweep->jobs.count;
}

/* ---- status ---- */

enum state { DONE, RUNNING, FAILED, WAITING, STATES };

/* RUNNING or WAITING of each job, by the claims.  -errno with a message. */
static int look_at_claims(struct sweep *sweep, enum state *state)
{
	const struct jobs *jobs = &sweep->jobs;
	int claims = claims_look(sweep->done.folder, &sweep->message);
	size_t i, end;

	if (claims < 0 && claims != -ENOENT)
		return claims;
	for (i = 0; i < jobs->count;) {
		enum state cell = claims >= 0 && claims_are_taken(claims,
							 jobs->job[i].cell)
					  ? RUNNING
					  : WAITING;

		for (end = jobs_cell_end(jobs, i); i < end; i++)
			state[i] = cell;
	}
	if (claims >= 0)
		close(claims);
	return 0;
}

/*
 * The state of each job.  Claims are looked at before failures and rows, which
 * come before claims are given back: so what ends meanwhile is not taken for
 * waiting.
 */
static int find_states(
	struct sweep *sweep, enum state *state, struct failures *failures)
{
	const struct jobs *jobs = &sweep->jobs;
	int error = look_at_claims(sweep, state);
	size_t i;

	if (!error)
		error = failures_read(&sweep->done, failures, &sweep->message);
	if (!error)
		error = done_update(&sweep->done, &sweep->message);
	for (i = 0; i < jobs->count && !error; i++) {
		uint64_t key = jobs->job[i].key;

		if (done_has(&sweep->done, key))
			state[i] = DONE;
		else if (state[i] == WAITING && failures_why(failures, key))
			state[i] = FAILED;
	}
	return error;
}

/* A job that failed, and why, as it was noted. */
static void tell_noted(const struct sweep *sweep,
	const struct failures *failures, const struct job *job)
{
	char what[400], why[1400];

	jobs_describe(&sweep->jobs, job, what, sizeof(what));
	snprintf(why, sizeof(why), "%s", failures_why(failures, job->key));
	for (char *tab = why; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	printf("failed: %s: %s\n", what, why);
}

/* How many jobs are in each state; the first that failed are told. */
static void tell_states(const struct sweep *sweep, const enum state *state,
	const struct failures *failures)
{
	const struct jobs *jobs = &sweep->jobs;
	size_t count[STATES] = {0}, planned = jobs_planned(jobs), i;

	tell_unread(jobs, stdout, "");
	for (i = 0; i < jobs->count; i++) {
		if (state[i] == FAILED && count[FAILED] < FAILURES_SHOWN)
			tell_noted(sweep, failures, &jobs->job[i]);
		count[state[i]]++;
	}
	if (count[FAILED] > FAILURES_SHOWN)
		printf("failed: %zu more\n", count[FAILED] - FAILURES_SHOWN);
	printf("%s: %zu jobs: %zu done, %zu running, %zu failed, %zu waiting\n",
		sweep->name, planned, count[DONE], count[RUNNING],
		count[FAILED] + planned - jobs->count, count[WAITING]);
}

int sweep_tell_status(struct sweep *sweep)
{
	struct failures failures = {0};
	enum state *state = calloc(sweep->jobs.count + 1, sizeof(*state));

	if (!state)
		return command_fail(1, "sweep", "too little memory");
	if (find_states(sweep, state, &failures)) {
		free(state);
		failures_free(&failures);
		return command_fail(1, "sweep", "%s", sweep->message.text);
	}
	tell_states(sweep, state, &failures);
	free(state);
	failures_free(&failures);
	return 0;
}

/* ---- the end ---- */

/* "failed: sort lru at 100 frames and 7 more: WHY" */
static void tell_jobs(const struct sweep *sweep, const char *state,
	const uint32_t *job, size_t count, const char *why)
{
	char what[400], more[32] = "";

	jobs_describe(
		&sweep->jobs, &sweep->jobs.job[job[0]], what, sizeof(what));
	if (count > 1)
		snprintf(more, sizeof(more), " and %zu more", count - 1);
	fprintf(stderr, "selfpage sweep: %s: %s%s: %s\n", state, what, more,
		why);
}

void sweep_tell_failure(
	void *context, const uint32_t *job, size_t count, const char *why)
{
	struct sweep *sweep = context;

	sweep->failed += count;
	tell_jobs(sweep, "failed", job, count, why);
}

void sweep_tell_left(
	void *context, const uint32_t *job, size_t count, const char *why)
{
	tell_jobs(context, "left to a task with more memory", job, count, why);
}

int sweep_tell_end(struct sweep *sweep, int error)
{
	size_t done = sweep_count_done(sweep);
	size_t planned = jobs_planned(&sweep->jobs);

	fprintf(stderr, "%s: %zu of %zu jobs are done, %zu failed: %s\n",
		sweep->name, done, planned, sweep->failed, sweep->set.path);
	if (error == -EINTR)
		return command_fail(1, "sweep",
			"stopped by signal %d; %sthe same command goes on",
			(int)*sweep->stop,
			sweep->options->slurm
				? "what is in Slurm's queue stays there; "
				: "");
	if (error)
		return command_fail(1, "sweep", "%s", sweep->message.text);
	if (sweep->options->no_wait)
		return sweep->failed ? 1 : 0;
	return sweep->failed || done < planned;
}
