/* The files that a plan names.  See plan-files.h. */
#include "config.h"

#include "sweep/plan-files.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "cli/command.h"
#include "replay/hints.h"
#include "tracer/trace.h"

enum { NAME_BYTES = 256, READ_BYTES = 1 << 16 };

static char *join(const char *folder, const char *path)
{
	char *joined;

	if (*path == '/')
		return strdup(path);
	return asprintf(&joined, "%s/%s", folder, path) < 0 ? NULL : joined;
}

int plan_glob(const char *folder, const char *pattern, char ***paths_out,
	size_t *count_out)
{
	char *whole = join(folder, pattern);
	char **paths = NULL;
	glob_t found;
	size_t i;
	int error;

	*count_out = 0;
	if (!whole)
		return -ENOMEM;
	error = glob(whole, GLOB_NOMAGIC | GLOB_BRACE, NULL, &found);
	free(whole);
	if (error && error != GLOB_NOMATCH)
		return -ENOMEM;
	if (!error)
		paths = calloc(found.gl_pathc, sizeof(*paths));
	for (i = 0; paths && i < found.gl_pathc; i++)
		paths[(*count_out)++] = strdup(found.gl_pathv[i]);
	if (!error)
		globfree(&found);
	*paths_out = paths;
	return error || paths ? 0 : -ENOMEM;
}

int plan_look(
	const char *path, struct sweep_trace *out, struct message *message)
{
	struct trace_reader *reader;
	const struct trace_info *info;
	int error = trace_reader_open(path, false, &reader, message);

	if (error)
		return error;
	info = trace_reader_info(reader);
	out->events = info->events;
	out->references = info->references;
	out->pages = info->pages;
	out->page_bytes = info->page_bytes;
	error = trace_reader_checksum(reader, &out->checksum, message);
	trace_reader_close(reader);
	return error;
}

int64_t plan_find_trace(
	struct jobs *jobs, const char *path, struct message *message)
{
	char name[NAME_BYTES];
	struct sweep_trace trace = {.name = name};
	int error;
	size_t i;

	for (i = 0; i < jobs->traces_count; i++)
		if (!strcmp(jobs->traces[i].path, path))
			return i;
	command_trace_name(path, name, sizeof(name));
	error = plan_look(path, &trace, message);
	if (error)
		return error;
	for (i = 0; i < jobs->traces_count; i++)
		if (!strcmp(jobs->traces[i].name, name) &&
			jobs->traces[i].checksum != trace.checksum)
			return message_set(message, -EEXIST,
				"%s and %s are different traces of one name, "
				"and rows could not be told apart",
				jobs->traces[i].path, path);
	trace.path = (char *)path;
	return jobs_add_trace(jobs, &trace);
}

int plan_hints_checksum(
	const char *path, uint64_t *out, struct message *message)
{
	XXH64_state_t *state = XXH64_createState();
	FILE *stream = fopen(path, "re");
	char buffer[READ_BYTES];
	size_t got;
	int error = 0;

	if (!stream || !state) {
		error = message_set(message, stream ? -ENOMEM : -errno,
			"%s: cannot read: %s", path, strerror(errno));
	} else {
		XXH64_reset(state, 0);
		while ((got = fread(buffer, 1, sizeof(buffer), stream)))
			XXH64_update(state, buffer, got);
		*out = XXH64_digest(state);
		if (ferror(stream))
			error = message_set(
				message, -EIO, "%s: cannot read", path);
	}
	if (stream)
		fclose(stream);
	XXH64_freeState(state);
	return error;
}

/* TEXT with TRACE for {trace}; to be freed. */
static char *name_hints(const char *text, const char *trace)
{
	const char *at = strstr(text, "{trace}");
	char *named;

	if (!at)
		return strdup(text);
	if (asprintf(&named, "%.*s%s%s", (int)(at - text), text, trace,
		    at + strlen("{trace}")) < 0)
		return NULL;
	return named;
}

/* Reads it, so that what is wrong in it is told now. */
static int64_t add_hints(struct jobs *jobs, char *path, struct message *message)
{
	struct sweep_hints file = {.path = path};
	struct hints hints;
	size_t i;
	int error;

	for (i = 0; i < jobs->hints_count; i++)
		if (!strcmp(jobs->hints[i].path, path))
			return i;
	error = hints_load(path, &hints, message);
	if (error)
		return error;
	hints_free(&hints);
	error = plan_hints_checksum(path, &file.checksum, message);
	return error ? error : jobs_add_hints(jobs, &file);
}

int64_t plan_find_hints(struct jobs *jobs, const char *folder, const char *text,
	const char *trace, struct message *message)
{
	char *named, *path;
	int64_t number;

	if (!*text)
		return 0;
	named = name_hints(text, trace);
	path = named ? join(folder, named) : NULL;
	number = path ? add_hints(jobs, path, message)
		      : message_set(message, -ENOMEM, "too little memory");
	free(named);
	free(path);
	return number;
}
