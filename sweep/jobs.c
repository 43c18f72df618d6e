/* The jobs of a sweep.  See jobs.h. */
#include "config.h"

#include "sweep/jobs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "sweep/core.h"

enum { TEXT_MAX = 1024 };

const char *jobs_core_version(void)
{
	return PACKAGE_VERSION "-" CORE_VERSION;
}

/* Room for one more of BYTES each: twice as much at 1, 2, 4, ... */
static int grow(void *array, size_t count, size_t bytes)
{
	void **start = array;
	void *more;

	if (count & (count - 1))
		return 0;
	more = reallocarray(*start, count ? 2 * count : 1, bytes);
	if (!more)
		return -ENOMEM;
	*start = more;
	return 0;
}

int64_t jobs_add_trace(struct jobs *jobs, const struct sweep_trace *trace)
{
	size_t i;
	struct sweep_trace *new;

	for (i = 0; i < jobs->traces_count; i++)
		if (jobs->traces[i].checksum == trace->checksum &&
			!strcmp(jobs->traces[i].name, trace->name))
			return i;
	if (grow(&jobs->traces, i, sizeof(*jobs->traces)))
		return -ENOMEM;
	new = &jobs->traces[i];
	*new = *trace;
	new->path = strdup(trace->path);
	new->name = strdup(trace->name);
	jobs->traces_count++;
	return new->path &&new->name ? (int64_t)i : -ENOMEM;
}

int64_t jobs_add_hints(struct jobs *jobs, const struct sweep_hints *hints)
{
	size_t i;

	for (i = 0; i < jobs->hints_count; i++)
		if (!strcmp(jobs->hints[i].path, hints->path))
			return i;
	if (grow(&jobs->hints, i, sizeof(*jobs->hints)))
		return -ENOMEM;
	jobs->hints[i] = *hints;
	jobs->hints[i].path = strdup(hints->path);
	jobs->hints_count++;
	return jobs->hints[i].path ? (int64_t)i : -ENOMEM;
}

int64_t jobs_add_policy(struct jobs *jobs, const struct policy_spec *policy)
{
	size_t i;

	for (i = 0; i < jobs->policies_count; i++)
		if (!strcmp(jobs->policies[i].text, policy->text))
			return i;
	if (grow(&jobs->policies, i, sizeof(*jobs->policies)))
		return -ENOMEM;
	jobs->policies[jobs->policies_count++] = *policy;
	return i;
}

static bool same_settings(
	const struct sweep_settings *a, const struct sweep_settings *b)
{
	return a->batch == b->batch && a->clean_ahead == b->clean_ahead &&
	       a->read_ahead == b->read_ahead && a->windows == b->windows &&
	       a->warm_up == b->warm_up && a->bit_at_load == b->bit_at_load &&
	       a->inexact == b->inexact;
}

int64_t jobs_add_settings(
	struct jobs *jobs, const struct sweep_settings *settings)
{
	size_t i;

	for (i = 0; i < jobs->settings_count; i++)
		if (same_settings(&jobs->settings[i], settings))
			return i;
	if (grow(&jobs->settings, i, sizeof(*jobs->settings)))
		return -ENOMEM;
	jobs->settings[jobs->settings_count++] = *settings;
	return i;
}

int jobs_add_unread(struct jobs *jobs, const char *why, size_t count)
{
	size_t i = jobs->unread_count;

	if (!count)
		return 0; /* all excluded */
	if (grow(&jobs->unread, i, sizeof(*jobs->unread)))
		return -ENOMEM;
	jobs->unread[i] =
		(struct sweep_unread){.why = strdup(why), .jobs = count};
	jobs->unread_count++;
	return jobs->unread[i].why ? 0 : -ENOMEM;
}

/* ---- keys ---- */

/* What a job and its cell have in common, in words; its length. */
static size_t write_cell(
	const struct jobs *jobs, const struct job *job, char text[TEXT_MAX])
{
	const struct sweep_settings *with = &jobs->settings[job->settings];
	const struct sweep_trace *trace = &jobs->traces[job->trace];

	return snprintf(text, TEXT_MAX,
		"%d core=%s trace=%016" PRIx64 " name=%.200s frames=%" PRIu64
		" batch=%u clean=%u ahead=%u windows=%u warm=%" PRIu64
		" bit=%d inexact=%d repetition=%u part=%u/%u",
		(int)job->kind, jobs_core_version(), trace->checksum,
		trace->name, job->frames, with->batch, with->clean_ahead,
		with->read_ahead, with->windows, with->warm_up,
		with->bit_at_load, with->inexact, job->repetition, job->part,
		job->parts);
}

static uint64_t hash(const char *text, size_t bytes)
{
	uint64_t key = XXH64(text, bytes, 0);

	return key ? key : 1; /* 0 is no key */
}

static uint64_t key_of(const struct jobs *jobs, const struct job *job,
	const char *policy, uint64_t *cell_out)
{
	char text[TEXT_MAX];
	size_t bytes = write_cell(jobs, job, text);
	uint64_t hints = jobs->hints[job->hints].checksum;

	*cell_out = hash(text, bytes);
	bytes += snprintf(text + bytes, TEXT_MAX - bytes,
		" policy=%s hints=%016" PRIx64, policy, hints);
	return hash(text, bytes);
}

uint64_t jobs_yardstick(const struct jobs *jobs, const struct job *job,
	const struct policy_ops *policy)
{
	struct job plain = *job;
	uint64_t cell;

	plain.hints = 0;
	return key_of(jobs, &plain, policy->name, &cell);
}

void job_key_write(uint64_t key, char text[JOB_KEY_BYTES])
{
	snprintf(text, JOB_KEY_BYTES, "%016" PRIx64, key);
}

uint64_t job_key_read(const char *text)
{
	char *end;
	uint64_t key;

	if (strspn(text, "0123456789abcdef") != JOB_KEY_BYTES - 1)
		return 0;
	key = strtoull(text, &end, 16);
	return *end ? 0 : key;
}

/* ---- jobs ---- */

int jobs_add(struct jobs *jobs, const struct job *job)
{
	struct job *new;

	if (grow(&jobs->job, jobs->count, sizeof(*jobs->job)))
		return -ENOMEM;
	new = &jobs->job[jobs->count++];
	*new = *job;
	new->key =
		key_of(jobs, new, jobs->policies[new->policy].text, &new->cell);
	return 0;
}

#define COMPARE(a, b)                                                          \
	do {                                                                   \
		if ((a) != (b))                                                \
			return (a) < (b) ? -1 : 1;                             \
	} while (0)

static int compare(const void *left, const void *right)
{
	const struct job *a = left, *b = right;

	COMPARE(a->kind, b->kind);
	COMPARE(a->trace, b->trace);
	COMPARE(a->settings, b->settings);
	COMPARE(a->repetition, b->repetition);
	COMPARE(a->part, b->part);
	COMPARE(a->frames, b->frames);
	COMPARE(a->hints, b->hints);
	COMPARE(a->policy, b->policy);
	return 0;
}

void jobs_sort(struct jobs *jobs)
{
	size_t i, kept = 0;

	if (jobs->count)
		qsort(jobs->job, jobs->count, sizeof(*jobs->job), compare);
	for (i = 0; i < jobs->count; i++)
		if (!kept || jobs->job[i].key != jobs->job[kept - 1].key)
			jobs->job[kept++] = jobs->job[i];
	jobs->count = kept;
}

size_t jobs_planned(const struct jobs *jobs)
{
	size_t planned = jobs->count, i;

	for (i = 0; i < jobs->unread_count; i++)
		planned += jobs->unread[i].jobs;
	return planned;
}

bool job_hangs_on(const struct job *last, const struct job *job)
{
	if (job->trace != last->trace || job->parts != last->parts)
		return false;
	return last->kind == JOB_MERGE
		       ? job->kind == JOB_PART
		       : job->kind == JOB_WINDOW &&
				 job->settings == last->settings;
}

size_t jobs_cell_end(const struct jobs *jobs, size_t first)
{
	size_t end = first + 1;

	while (end < jobs->count &&
		jobs->job[end].cell == jobs->job[first].cell)
		end++;
	return end;
}

void jobs_describe(const struct jobs *jobs, const struct job *job, char *text,
	size_t bytes)
{
	const char *trace = jobs->traces[job->trace].name;
	const char *hints = jobs->hints[job->hints].path;
	const char *policy = jobs->policies[job->policy].text;
	char more[300] = "";
	size_t used;

	if (job->kind == JOB_PART)
		snprintf(text, bytes, "%s curve, part %u of %u", trace,
			job->part, job->parts);
	else if (job->kind == JOB_MERGE)
		snprintf(
			text, bytes, "%s curve of %u parts", trace, job->parts);
	else if (job->kind == JOB_JOIN)
		snprintf(text, bytes, "%s, the sum of %u windows", trace,
			job->parts);
	if (job->kind != JOB_REPLAY && job->kind != JOB_WINDOW)
		return;
	if (job->frames)
		snprintf(more, sizeof(more), " at %" PRIu64 " frames",
			job->frames);
	used = strlen(more);
	if (*hints)
		used += snprintf(more + used, sizeof(more) - used,
			" with %.200s", strrchr(hints, '/') + 1);
	if (job->part)
		used += snprintf(more + used, sizeof(more) - used,
			", window %u of %u", job->part, job->parts);
	if (job->repetition > 1)
		snprintf(more + used, sizeof(more) - used, ", repetition %u",
			job->repetition);
	snprintf(text, bytes, "%s %s%s", trace, policy, more);
}

void jobs_free(struct jobs *jobs)
{
	size_t i;

	for (i = 0; i < jobs->traces_count; i++) {
		free(jobs->traces[i].path);
		free(jobs->traces[i].name);
	}
	for (i = 0; i < jobs->unread_count; i++)
		free(jobs->unread[i].why);
	for (i = 0; i < jobs->hints_count; i++)
		free(jobs->hints[i].path);
	free(jobs->plan);
	free(jobs->traces);
	free(jobs->unread);
	free(jobs->hints);
	free(jobs->policies);
	free(jobs->settings);
	free(jobs->job);
	*jobs = (struct jobs){0};
}
