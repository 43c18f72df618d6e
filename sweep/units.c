/* Units of jobs.  See units.h. */
#include "sweep/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/replay-study.h"

enum {
	JOBS_MAX = 512, /* in a unit: it looks for a row's job among them */
	/* a page of a curve: see replay/README.md */
	CURVE_PAGE_BYTES = 120,
	/* the program, and a ring of blocks: what no process is without */
	AT_REST_BYTES = 32 << 20,
	/* units a worker, so that all end at about the same time */
	UNITS_A_WORKER = 8,
};

/* Seconds: what is lost at most when a machine is; and what it costs to start
 * a process and open a trace must not count. */
#define UNIT_SECONDS_MAX 60.0
#define UNIT_SECONDS_MIN 0.5

static uint64_t replay_takes(const struct jobs *jobs, const struct job *job)
{
	const struct sweep_trace *trace = &jobs->traces[job->trace];
	const struct policy_spec *policy = &jobs->policies[job->policy];
	const struct replay_config config = {
		.policy = policy->ops,
		.variable = variable_of(policy->ops),
		.values = policy->values,
		.frames = job->frames ? job->frames : trace->pages,
	};

	if (job->kind == JOB_JOIN)
		return 0;
	if (job->kind == JOB_PART || job->kind == JOB_MERGE)
		return (uint64_t)CURVE_PAGE_BYTES * trace->pages;
	return replay_bytes(&config, trace->pages) *
	       (job->kind == JOB_WINDOW ? 2 : 1);
}

/* A process of FORMULA bytes that takes a share of them. */
static uint64_t process_takes(uint64_t formula, double share)
{
	uint64_t bytes = share * formula;

	return bytes > AT_REST_BYTES ? bytes : AT_REST_BYTES;
}

uint64_t unit_job_bytes(const struct jobs *jobs,
	const struct measured *measured, const struct job *job,
	bool *measured_out)
{
	uint64_t formula = measured_formula(
		jobs->traces[job->trace].pages, replay_takes(jobs, job));
	double share = measured_share(measured, jobs, job, formula);

	*measured_out = share > 0;
	return process_takes(formula, share > 0 ? share : 1);
}

double units_even_seconds(double seconds, unsigned workers)
{
	double even = seconds / workers / UNITS_A_WORKER;

	if (even > UNIT_SECONDS_MAX)
		return UNIT_SECONDS_MAX;
	return even > UNIT_SECONDS_MIN ? even : UNIT_SECONDS_MIN;
}

double units_sum_seconds(const struct jobs *jobs, const struct done *done,
	const struct measured *measured)
{
	double seconds = 0;
	size_t i;

	for (i = 0; i < jobs->count; i++)
		if (!done_has(done, jobs->job[i].key))
			seconds +=
				measured_seconds(measured, jobs, &jobs->job[i]);
	return seconds;
}

struct unit *unit_new(const uint32_t *job, size_t count)
{
	struct unit *unit = calloc(1, sizeof(*unit));

	if (!unit)
		return NULL;
	unit->job = calloc(count, sizeof(*job));
	if (!unit->job) {
		free(unit);
		return NULL;
	}
	memcpy(unit->job, job, count * sizeof(*job));
	unit->count = count;
	return unit;
}

void unit_free(struct unit *unit)
{
	free(unit->job);
	free(unit);
}

/* ---- making them ---- */

struct maker {
	const struct jobs *jobs;
	const struct done *done;
	const struct measured *measured;
	const struct units_config *config;
	struct units *units;
	/* the unit at hand */
	uint32_t job[JOBS_MAX];
	size_t count;
	double seconds;
	uint64_t sum_bytes, largest_bytes; /* of its replays */
};

static const struct job *first_job(const struct maker *maker)
{
	return &maker->jobs->job[maker->job[0]];
}

/* By formula, its replays at a time aside. */
static uint64_t empty_process(const struct maker *maker)
{
	return measured_formula(
		maker->jobs->traces[first_job(maker)->trace].pages, 0);
}

/* The share of the formula that the unit at hand takes: as much as any of its
 * jobs. */
static double find_share(const struct maker *maker)
{
	const struct table *in_full = maker->config->in_full;
	uint64_t formula = empty_process(maker) + maker->sum_bytes;
	double most = 0;
	size_t i;

	for (i = 0; i < maker->count; i++) {
		const struct job *job = &maker->jobs->job[maker->job[i]];
		double share = measured_share(
			maker->measured, maker->jobs, job, formula);

		if (!share ||
			(share < 1 && in_full && table_find(in_full, job->key)))
			share = 1;
		if (most < share)
			most = share;
	}
	return most;
}

/* What the unit at hand takes, within the limit; what does not fit at a time
 * follows in another pass. */
static struct unit_memory fit(const struct maker *maker, double share)
{
	uint64_t empty = empty_process(maker), pass = maker->sum_bytes;
	double room = maker->config->bytes_max / share - empty;

	if (pass > room)
		pass = room > 0 ? room : 0;
	if (pass < maker->largest_bytes)
		pass = maker->largest_bytes;
	return (struct unit_memory){process_takes(empty + pass, share), pass};
}

/* Would the unit at hand fit with a job of BYTES, in one pass? */
static bool all_fit(const struct maker *maker, uint64_t bytes)
{
	return empty_process(maker) + maker->sum_bytes + bytes <=
	       maker->config->bytes_max;
}

static int end_unit(struct maker *maker)
{
	struct units *units = maker->units;
	struct unit *unit;
	double share;

	if (!maker->count)
		return 0;
	if (!(units->count & (units->count - 1))) {
		size_t room = units->count ? 2 * units->count : 1;
		void *more =
			reallocarray(units->unit, room, sizeof(*units->unit));

		if (!more)
			return -ENOMEM;
		units->unit = more;
	}
	unit = unit_new(maker->job, maker->count);
	if (!unit)
		return -ENOMEM;
	unit->seconds = maker->seconds;
	share = find_share(maker);
	unit->needs = fit(maker, share);
	unit->full = fit(maker, share > 1 ? share : 1);
	units->unit[units->count++] = unit;
	units->jobs += unit->count;
	units->seconds += unit->seconds;
	maker->count = 0;
	maker->seconds = 0;
	maker->sum_bytes = maker->largest_bytes = 0;
	return 0;
}

/* Are the cells that start with these jobs one process's? */
static bool go_together(const struct job *a, const struct job *b)
{
	return a->kind == b->kind &&
	       (a->kind == JOB_REPLAY || a->kind == JOB_WINDOW) &&
	       a->part == b->part && a->trace == b->trace &&
	       a->settings == b->settings && a->repetition == b->repetition;
}

static bool is_wanted(const struct maker *maker, const struct job *job)
{
	const struct table *without = maker->config->without;

	return !done_has(maker->done, job->key) &&
	       !(without && table_find(without, job->key));
}

/* The cell [FIRST, END): with the unit at hand, or begins another.  All
 * windows of a unit are replayed at a time: the others follow in another. */
static int add_cell(struct maker *maker, size_t first, size_t end)
{
	const struct job *job = maker->jobs->job;
	double seconds = 0;
	size_t i, count = 0;
	int error;

	for (i = first; i < end; i++)
		if (is_wanted(maker, &job[i])) {
			seconds += measured_seconds(
				maker->measured, maker->jobs, &job[i]);
			count++;
		}
	if (maker->count &&
		(!go_together(&job[maker->job[0]], &job[first]) ||
			maker->seconds + seconds > maker->config->seconds_max ||
			maker->count + count > JOBS_MAX)) {
		error = end_unit(maker);
		if (error)
			return error;
	}
	for (i = first; i < end; i++) {
		uint64_t bytes;

		if (!is_wanted(maker, &job[i]))
			continue;
		bytes = replay_takes(maker->jobs, &job[i]);
		if (maker->count == JOBS_MAX ||
			(maker->count && job[i].kind == JOB_WINDOW &&
				!all_fit(maker, bytes))) {
			error = end_unit(maker);
			if (error)
				return error;
		}
		maker->job[maker->count++] = i;
		maker->sum_bytes += bytes;
		if (maker->largest_bytes < bytes)
			maker->largest_bytes = bytes;
	}
	maker->seconds += seconds;
	return 0;
}

/* The longest first; of the same length, as the jobs come. */
static int compare(const void *left, const void *right)
{
	const struct unit *a = *(struct unit *const *)left;
	const struct unit *b = *(struct unit *const *)right;

	if (a->seconds != b->seconds)
		return a->seconds > b->seconds ? -1 : 1;
	return a->job[0] < b->job[0] ? -1 : a->job[0] > b->job[0];
}

int units_make(const struct jobs *jobs, const struct done *done,
	const struct measured *measured, const struct units_config *config,
	struct units *out)
{
	struct maker *maker = calloc(1, sizeof(*maker));
	size_t first, end;
	int error = 0;

	*out = (struct units){0};
	if (!maker)
		return -ENOMEM;
	maker->jobs = jobs;
	maker->done = done;
	maker->measured = measured;
	maker->config = config;
	maker->units = out;
	for (first = 0; first < jobs->count && !error; first = end) {
		end = jobs_cell_end(jobs, first);
		error = add_cell(maker, first, end);
	}
	if (!error)
		error = end_unit(maker);
	free(maker);
	if (error)
		units_free(out);
	else if (out->count)
		qsort(out->unit, out->count, sizeof(*out->unit), compare);
	return error;
}

void units_free(struct units *units)
{
	size_t i;

	for (i = 0; i < units->count; i++)
		unit_free(units->unit[i]);
	free(units->unit);
	*units = (struct units){0};
}
