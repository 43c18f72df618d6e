/*
 * From a plan's tables to jobs.  What a table says is read first, with all
 * that can be wrong with it told by its line (struct section); then come its
 * traces, one after the other, as files may be large and many.
 */
#include "config.h"

#include "sweep/plan.h"

#include <errno.h>
#include <fnmatch.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/number.h"
#include "replay/residency.h"
#include "sweep/plan-files.h"
#include "sweep/section.h"

enum { NAME_BYTES = 256 };

struct maker {
	struct plan *plan;
	const struct section_place *place; /* of the section at hand */
	const cJSON *excludes;
	char *folder; /* of the plan */
	struct message *message;
};

/* What agrees with PATTERN; no pattern: all. */
static bool agrees(const cJSON *exclude, const char *key, const char *text)
{
	const char *pattern =
		cJSON_GetStringValue(cJSON_GetObjectItem(exclude, key));

	return !pattern || fnmatch(pattern, text, 0) == 0;
}

static bool is_excluded(const struct maker *maker, const char *trace,
	const char *policy, const char *frames, const char *hints)
{
	const char *slash = strrchr(hints, '/');
	const cJSON *exclude;

	cJSON_ArrayForEach(exclude,
		maker->excludes) if (agrees(exclude, "trace", trace) &&
				     agrees(exclude, "policy", policy) &&
				     agrees(exclude, "frames", frames) &&
				     agrees(exclude, "hints",
					     slash ? slash + 1
						   : hints)) return true;
	return false;
}

/* The job, once for each repetition and window, unless it is excluded. */
static int add_job(struct maker *maker, const struct section *section,
	const struct job *job, const char *frames)
{
	struct jobs *jobs = &maker->plan->jobs;
	const char *hints = jobs->hints[job->hints].path;
	struct job each = *job;
	int error = 0;

	if (is_excluded(maker, jobs->traces[job->trace].name,
		    jobs->policies[job->policy].text, frames, hints)) {
		maker->plan->excluded += (size_t)section->repetitions *
					 section->settings.windows;
		return 0;
	}
	each.kind = section->settings.windows > 1 ? JOB_WINDOW : JOB_REPLAY;
	each.parts =
		section->settings.windows > 1 ? section->settings.windows : 0;
	for (each.repetition = 1;
		each.repetition <= section->repetitions && !error;
		each.repetition++) {
		each.part = each.parts ? 1 : 0;
		do
			error = jobs_add(jobs, &each);
		while (!error && each.part++ < each.parts);
	}
	return error;
}

/* Is there a job for each size?  There is one if the policy's window is given.
 */
static bool is_sized(const struct policy_spec *policy)
{
	return !variable_of(policy->ops) || residency_is_fit(policy);
}

static int add_sizes(struct maker *maker, const struct section *section,
	struct job *job, const struct policy_spec *policy)
{
	const struct sweep_trace *trace = &maker->plan->jobs.traces[job->trace];
	int error = 0;
	unsigned i;

	job->frames = 0;
	if (!is_sized(policy))
		return add_job(maker, section, job, "");
	for (i = 0; i < section->frames_count && !error; i++) {
		job->frames = frames_resolve(&section->frames[i].size,
			trace->pages, trace->page_bytes);
		error = add_job(maker, section, job, section->frames[i].text);
	}
	return error;
}

static int add_hinted(struct maker *maker, const struct section *section,
	struct job *job, const struct policy_spec *policy)
{
	struct jobs *jobs = &maker->plan->jobs;
	unsigned i;
	int error = 0;

	for (i = 0; i < section->hints_count && !error; i++) {
		int64_t hints =
			plan_find_hints(jobs, maker->folder, section->hints[i],
				jobs->traces[job->trace].name, maker->message);

		if (hints < 0)
			return section_fail(maker->place, "hints",
				section->hints[i], maker->message);
		job->hints = hints;
		error = add_sizes(maker, section, job, policy);
	}
	return error;
}

static int add_trace_jobs(
	struct maker *maker, const struct section *section, uint32_t trace)
{
	struct jobs *jobs = &maker->plan->jobs;
	int64_t settings = jobs_add_settings(jobs, &section->settings);
	int error = settings < 0 ? settings : 0;
	unsigned i;

	for (i = 0; i < section->policies_count && !error; i++) {
		const struct policy_spec *policy = &section->policies[i];
		int64_t number = jobs_add_policy(jobs, policy);
		struct job job = {
			.trace = trace, .policy = number, .settings = settings};

		if (number < 0)
			error = number;
		else if (policy->ops->takes_hints && section->hints_count)
			error = add_hinted(maker, section, &job, policy);
		else
			error = add_sizes(maker, section, &job, policy);
	}
	return error;
}

static int add_curve_jobs(
	struct maker *maker, const struct section *section, uint32_t trace)
{
	struct jobs *jobs = &maker->plan->jobs;
	const struct policy_spec lru = policy_spec_plain(&policy_lru);
	int64_t settings = jobs_add_settings(jobs, &section->settings);
	int64_t policy = jobs_add_policy(jobs, &lru);
	struct job job = {
		.trace = trace,
		.policy = policy,
		.settings = settings,
		.repetition = 1,
		.parts = section->parts,
		.kind = JOB_MERGE,
	};
	int error = settings < 0 || policy < 0 ? -ENOMEM : jobs_add(jobs, &job);

	job.kind = JOB_PART;
	for (job.part = 1; job.part <= job.parts && !error; job.part++)
		error = jobs_add(jobs, &job);
	return error;
}

/* How many sizes of POLICY with HINTS are left of a trace that is called so. */
static size_t count_sizes(const struct maker *maker,
	const struct section *section, const char *trace,
	const struct policy_spec *policy, const char *hints)
{
	size_t count = 0;
	unsigned i;

	if (!is_sized(policy))
		return !is_excluded(maker, trace, policy->text, "", hints);
	for (i = 0; i < section->frames_count; i++)
		count += !is_excluded(maker, trace, policy->text,
			section->frames[i].text, hints);
	return count;
}

/* How many jobs the trace at PATH would have had, which can't be read. */
static size_t count_jobs(const struct maker *maker,
	const struct section *section, const char *path)
{
	char trace[NAME_BYTES];
	size_t count = 0;
	unsigned i, k;

	if (section->parts)
		return section->parts + 1;
	command_trace_name(path, trace, sizeof(trace));
	for (i = 0; i < section->policies_count; i++) {
		const struct policy_spec *policy = &section->policies[i];

		if (!policy->ops->takes_hints || !section->hints_count)
			count += count_sizes(maker, section, trace, policy, "");
		else
			for (k = 0; k < section->hints_count; k++)
				count += count_sizes(maker, section, trace,
					policy, section->hints[k]);
	}
	return count * section->repetitions * section->settings.windows;
}

static int add_path(
	struct maker *maker, const struct section *section, const char *path)
{
	int64_t trace =
		plan_find_trace(&maker->plan->jobs, path, maker->message);

	if (trace == -EEXIST || trace == -ENOMEM)
		return trace;
	if (trace < 0)
		return jobs_add_unread(&maker->plan->jobs, maker->message->text,
			count_jobs(maker, section, path));
	return section->parts ? add_curve_jobs(maker, section, trace)
			      : add_trace_jobs(maker, section, trace);
}

/* All files that one of the section's patterns stands for. */
static int add_pattern(
	struct maker *maker, const struct section *section, const char *pattern)
{
	char **paths;
	size_t count, i;
	int error = plan_glob(maker->folder, pattern, &paths, &count);

	if (error)
		return error;
	if (!count) {
		message_set(maker->message, -EINVAL, "no file is called '%s'",
			pattern);
		error = section_fail(
			maker->place, "traces", pattern, maker->message);
	}
	for (i = 0; i < count; i++) {
		if (!error)
			error = add_path(maker, section, paths[i]);
		free(paths[i]);
	}
	free(paths);
	return error;
}

static int add_section(struct maker *maker, const struct toml *toml,
	const char *table, unsigned number, const cJSON *object)
{
	const struct section_place place = {toml, table, number};
	struct section section;
	unsigned i;
	int error = section_read(&place, object, &section, maker->message);

	maker->place = &place;
	for (i = 0; i < section.traces_count && !error; i++)
		error = add_pattern(maker, &section, section.traces[i]);
	section_free(&section);
	return error;
}

static int add_tables(
	struct maker *maker, const struct toml *toml, const char *table)
{
	const cJSON *tables = cJSON_GetObjectItem(toml->root, table), *each;
	unsigned number = 0;
	int error = 0;

	cJSON_ArrayForEach(each, tables)
	{
		error = add_section(maker, toml, table, number++, each);
		if (error)
			break;
	}
	return error;
}

/* For each trace and its windows the job that puts them together; its key
 * tells which they are. */
static int add_joins(struct jobs *jobs)
{
	size_t i, end, count = jobs->count;
	int error = 0;

	for (i = 0; i < count && !error; i = end) {
		struct job join = jobs->job[i];

		join.kind = JOB_JOIN;
		join.hints = join.part = 0;
		join.frames = 0;
		for (end = i;
			end < count && jobs->job[end].kind == JOB_WINDOW &&
			job_hangs_on(&join, &jobs->job[end]);
			end++)
			join.frames += jobs->job[end].key;
		if (end > i)
			error = jobs_add(jobs, &join);
		else
			end = i + 1;
	}
	return error;
}

/* Where rows go: as said, from the plan's folder; or PLAN without .toml. */
static char *find_set(
	const struct plan *plan, const struct toml *toml, const char *folder)
{
	const char *said =
		cJSON_GetStringValue(cJSON_GetObjectItem(toml->root, "set"));
	size_t bytes = strlen(plan->jobs.plan);
	char *path;

	if (said && *said == '/')
		return strdup(said);
	if (said)
		return asprintf(&path, "%s/%s", folder, said) < 0 ? NULL : path;
	if (bytes > 5 && !strcmp(plan->jobs.plan + bytes - 5, ".toml"))
		return strndup(plan->jobs.plan, bytes - 5);
	return asprintf(&path, "%s.set", plan->jobs.plan) < 0 ? NULL : path;
}

static int make_jobs(struct maker *maker, const struct toml *toml)
{
	struct plan *plan = maker->plan;
	const struct sweep_hints none = {.path = (char *)""};
	int error = section_check_tables(toml, maker->message);

	if (!error && jobs_add_hints(&plan->jobs, &none) < 0)
		error = -ENOMEM;
	maker->excludes = cJSON_GetObjectItem(toml->root, "exclude");
	if (!error)
		error = add_tables(maker, toml, "replay");
	if (!error)
		error = add_tables(maker, toml, "curve");
	if (!error) {
		jobs_sort(&plan->jobs);
		error = add_joins(&plan->jobs);
	}
	if (!error)
		jobs_sort(&plan->jobs);
	if (!error && !plan->jobs.count && !plan->jobs.unread_count)
		error = message_set(maker->message, -EINVAL,
			"%s: no job is left: all %zu are excluded", toml->path,
			plan->excluded);
	plan->set = find_set(plan, toml, maker->folder);
	return error ? error : plan->set ? 0 : -ENOMEM;
}

int plan_read(const char *path, struct plan *out, struct message *message)
{
	struct maker maker = {.plan = out, .message = message};
	struct toml toml;
	char *copy;
	int error;

	*out = (struct plan){.jobs.plan = realpath(path, NULL)};
	if (!out->jobs.plan)
		return message_set(message, -errno, "%s: cannot read: %s", path,
			strerror(errno));
	error = toml_read(path, &toml, message);
	if (error) {
		plan_free(out);
		return error;
	}
	*message->text = '\0';
	copy = strdup(out->jobs.plan);
	maker.folder = copy ? dirname(copy) : NULL;
	error = maker.folder ? make_jobs(&maker, &toml) : -ENOMEM;
	free(copy);
	toml_free(&toml);
	if (!error)
		return 0;
	plan_free(out);
	if (error == -ENOMEM)
		return message_set(
			message, error, "%s: too little memory", path);
	return error;
}

void plan_free(struct plan *plan)
{
	jobs_free(&plan->jobs);
	free(plan->set);
	*plan = (struct plan){0};
}
