/*
 * Jobs on disk:
 *
 *	selfpage-jobs	1	CORE
 *	trace	CHECKSUM EVENTS REFERENCES PAGES PAGE-BYTES PATH
 *	hints	CHECKSUM	PATH
 *	policy	TEXT
 *	plan	PATH
 *	unread	JOBS	WHY
 *	settings	BATCH CLEAN AHEAD WINDOWS WARM-UP BIT INEXACT
 *	job	KEY KIND TRACE HINTS POLICY SETTINGS FRAMES REPETITION ...
 *	end	JOBS
 *
 * with tabs between a line's parts; only a job's have spaces.  A job is made
 * of what it says again, and must come to the same key: so a list of another
 * version, or one that was changed, is found out.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "sweep/jobs.h"

enum { NAME_MAX_BYTES = 256 };

static void write_jobs(const struct jobs *jobs, FILE *stream)
{
	size_t i;

	fprintf(stream, "selfpage-jobs\t1\t%s\n", jobs_core_version());
	for (i = 0; i < jobs->traces_count; i++) {
		const struct sweep_trace *trace = &jobs->traces[i];

		fprintf(stream,
			"trace\t%" PRIx64 "\t%" PRIu64 "\t%" PRIu64
			"\t%u\t%u\t%s\n",
			trace->checksum, trace->events, trace->references,
			trace->pages, trace->page_bytes, trace->path);
	}
	for (i = 0; i < jobs->hints_count; i++)
		fprintf(stream, "hints\t%" PRIx64 "\t%s\n",
			jobs->hints[i].checksum, jobs->hints[i].path);
	for (i = 0; i < jobs->policies_count; i++)
		fprintf(stream, "policy\t%s\n", jobs->policies[i].text);
	if (jobs->plan)
		fprintf(stream, "plan\t%s\n", jobs->plan);
	for (i = 0; i < jobs->unread_count; i++)
		fprintf(stream, "unread\t%zu\t%s\n", jobs->unread[i].jobs,
			jobs->unread[i].why);
	for (i = 0; i < jobs->settings_count; i++) {
		const struct sweep_settings *with = &jobs->settings[i];

		fprintf(stream,
			"settings\t%u\t%u\t%u\t%u\t%" PRIu64 "\t%d\t%d\n",
			with->batch, with->clean_ahead, with->read_ahead,
			with->windows, with->warm_up, with->bit_at_load,
			with->inexact);
	}
	for (i = 0; i < jobs->count; i++) {
		const struct job *job = &jobs->job[i];

		fprintf(stream,
			"job\t%" PRIx64 " %d %u %u %u %u %" PRIu64
			" %u %u %u %u\n",
			job->key, (int)job->kind, job->trace, job->hints,
			job->policy, job->settings, job->frames,
			job->repetition, job->part, job->parts, job->task);
	}
	fprintf(stream, "end\t%zu\n", jobs->count);
}

int jobs_save(const struct jobs *jobs, int folder, const char *name,
	struct message *message)
{
	char part[NAME_MAX_BYTES];
	FILE *stream;
	int fd, error = 0;

	snprintf(part, sizeof(part), ".%.200s.%ld", name, (long)getpid());
	fd = openat(
		folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (!stream)
		return message_set(message, -errno, "%s: cannot write: %s",
			name, strerror(errno));
	write_jobs(jobs, stream);
	if (fflush(stream) || fsync(fd))
		error = -errno;
	if (fclose(stream) && !error)
		error = -errno;
	if (!error && renameat(folder, part, folder, name))
		error = -errno;
	if (!error)
		return 0;
	unlinkat(folder, part, 0);
	return message_set(
		message, error, "%s: cannot write: %s", name, strerror(-error));
}

/* ---- reading: each of a line's parts; false: it is not as expected ---- */

static bool read_plan(struct jobs *jobs, const char *rest)
{
	if (*rest != '/' || jobs->plan)
		return false;
	jobs->plan = strdup(rest);
	return jobs->plan;
}

static bool read_trace(struct jobs *jobs, const char *rest)
{
	char name[NAME_MAX_BYTES];
	struct sweep_trace trace = {.name = name};
	int at = -1;

	if (sscanf(rest, "%" SCNx64 "\t%" SCNu64 "\t%" SCNu64 "\t%u\t%u\t%n",
		    &trace.checksum, &trace.events, &trace.references,
		    &trace.pages, &trace.page_bytes, &at) < 5 ||
		at < 0 || rest[at] != '/')
		return false;
	trace.path = (char *)rest + at;
	command_trace_name(trace.path, name, sizeof(name));
	return jobs_add_trace(jobs, &trace) >= 0;
}

static bool read_unread(struct jobs *jobs, const char *rest)
{
	size_t count;
	int at = -1;

	if (sscanf(rest, "%zu%n", &count, &at) < 1 || rest[at] != '\t')
		return false;
	return !jobs_add_unread(jobs, rest + at + 1, count);
}

static bool read_hints(struct jobs *jobs, const char *rest)
{
	struct sweep_hints hints;
	int at = -1;

	if (sscanf(rest, "%" SCNx64 "%n", &hints.checksum, &at) < 1 ||
		rest[at] != '\t')
		return false;
	hints.path = (char *)rest + at + 1;
	return jobs_add_hints(jobs, &hints) >= 0;
}

static bool read_policy(struct jobs *jobs, const char *rest)
{
	struct policy_spec *specs;
	struct message message;
	unsigned count;
	bool good;

	if (policy_spec_parse(rest, &specs, &count, &message))
		return false;
	good = count == 1 && jobs_add_policy(jobs, specs) >= 0;
	free(specs);
	return good;
}

static bool read_settings(struct jobs *jobs, const char *rest)
{
	struct sweep_settings with;
	int bit, inexact;

	if (sscanf(rest, "%u\t%u\t%u\t%u\t%" SCNu64 "\t%d\t%d", &with.batch,
		    &with.clean_ahead, &with.read_ahead, &with.windows,
		    &with.warm_up, &bit, &inexact) < 7)
		return false;
	with.bit_at_load = bit;
	with.inexact = inexact;
	return jobs_add_settings(jobs, &with) >= 0;
}

static bool read_job(struct jobs *jobs, const char *rest)
{
	struct job job = {0};
	uint64_t key;
	unsigned kind;

	if (sscanf(rest, "%" SCNx64 " %u %u %u %u %u %" SCNu64 " %u %u %u %u",
		    &key, &kind, &job.trace, &job.hints, &job.policy,
		    &job.settings, &job.frames, &job.repetition, &job.part,
		    &job.parts, &job.task) < 11 ||
		kind > JOB_JOIN || job.trace >= jobs->traces_count ||
		job.hints >= jobs->hints_count ||
		job.policy >= jobs->policies_count ||
		job.settings >= jobs->settings_count)
		return false;
	job.kind = kind;
	return !jobs_add(jobs, &job) && jobs->job[jobs->count - 1].key == key;
}

static bool read_line(struct jobs *jobs, const char *line)
{
	static const struct {
		const char *word;
		bool (*read)(struct jobs *jobs, const char *rest);
	} kinds[] = {
		{"job\t", read_job},
		{"plan\t", read_plan},
		{"trace\t", read_trace},
		{"unread\t", read_unread},
		{"hints\t", read_hints},
		{"policy\t", read_policy},
		{"settings\t", read_settings},
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t bytes = strlen(kinds[i].word);

		if (!strncmp(line, kinds[i].word, bytes))
			return kinds[i].read(jobs, line + bytes);
	}
	return false;
}

static int read_jobs(FILE *stream, const char *path, struct jobs *jobs,
	struct message *message)
{
	char *line = NULL;
	size_t room = 0, number = 0, jobs_count = 0;
	bool good = true, ended = false;
	ssize_t bytes;

	while (good && !ended && (bytes = getline(&line, &room, stream)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		number++;
		if (number == 1)
			good = !strncmp(line, "selfpage-jobs\t1\t", 16) &&
			       !strcmp(line + 16, jobs_core_version());
		else if (sscanf(line, "end\t%zu", &jobs_count) == 1)
			ended = jobs_count == jobs->count;
		else
			good = read_line(jobs, line);
	}
	free(line);
	if (good && ended)
		return 0;
	return message_set(message, -EINVAL,
		"%s:%zu: it is no list of jobs of this version (%s)", path,
		number, jobs_core_version());
}

int jobs_load(const char *path, struct jobs *out, struct message *message)
{
	FILE *stream = fopen(path, "re");
	int error;

	*out = (struct jobs){0};
	if (!stream)
		return message_set(message, -errno, "%s: cannot read: %s", path,
			strerror(errno));
	error = read_jobs(stream, path, out, message);
	fclose(stream);
	if (error)
		jobs_free(out);
	return error;
}
