/* What a suite leaves besides its steps' own files.  See suite.h. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/manifest.h"
#include "results/set.h"
#include "workloads/suite.h"

struct table {
	FILE *stream;
	char *header;
	int64_t rows;
};

/* Is LINE a row of policy NAME? */
static bool is_of_policy(const char *line, const char *name)
{
	const char *cell = strchr(line, ',');

	return cell && !strncmp(cell + 1, name, strlen(name)) &&
	       cell[1 + strlen(name)] == ',';
}

/* Adds the rows of the file PATH; of POLICY alone if it is not NULL. */
static int add_file(struct table *table, const char *path, const char *policy,
	struct message *message)
{
	FILE *from = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	int error = 0;

	if (!from)
		return message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	if (getline(&line, &room, from) < 0) {
		error = message_set(message, -EINVAL, "%s: empty", path);
	} else if (!table->header) {
		table->header = strdup(line);
		fputs(line, table->stream);
	} else if (strcmp(table->header, line) != 0) {
		error = message_set(message, -EINVAL,
			"%s: its columns are not those of the others", path);
	}
	while (!error && getline(&line, &room, from) > 0)
		if (!policy || is_of_policy(line, policy)) {
			fputs(line, table->stream);
			table->rows++;
		}
	if (!error && ferror(from))
		error = message_set(message, -EIO, "%s: cannot read", path);
	free(line);
	fclose(from);
	return error;
}

/* The file NAME of the set becomes the rows that steps of KIND have left, and
 * those of hints that steps of HINTED have; returns how many. */
static int64_t write_table(const struct suite *suite, const char *name,
	const char *kind, const char *hinted, struct message *message)
{
	struct table table = {0};
	char *path = NULL, *part = NULL;
	int error = 0;

	if (asprintf(&path, "%s/%s", suite->set, name) < 0 ||
		asprintf(&part, "%s/.%s.part", suite->set, name) < 0)
		return message_set(message, -ENOMEM, "too little memory");
	table.stream = fopen(part, "we");
	if (!table.stream)
		error = message_set(
			message, -errno, "%s: %s", part, strerror(errno));
	for (size_t i = 0; i < suite->steps.count && !error; i++) {
		const struct step *step = &suite->steps.step[i];

		if (!step_is_done(step))
			continue;
		if (!strcmp(step->kind, kind))
			error = add_file(&table, step->rows, NULL, message);
		else if (hinted && !strcmp(step->kind, hinted))
			error = add_file(
				&table, step->rows, "lru-hints", message);
	}
	if (table.stream &&
		(fflush(table.stream) || fsync(fileno(table.stream))) && !error)
		error = message_set(
			message, -errno, "%s: %s", part, strerror(errno));
	if (table.stream && fclose(table.stream) && !error)
		error = message_set(message, -EIO, "%s: cannot write", part);
	if (!error && table.rows && rename(part, path))
		error = message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	else
		unlink(part);
	free(table.header);
	free(path);
	free(part);
	return error ? error : table.rows;
}

int64_t suite_write_rows(const struct suite *suite, struct message *message)
{
	int64_t tuned = write_table(suite, "tune.csv", "tune", NULL, message);

	if (tuned < 0)
		return tuned;
	return write_table(suite, "rows.csv", "replay", "hinted", message);
}

/* The traces that there are, to be freed with suite_free_names. */
static char **list_traces(const struct suite *suite, size_t *count_out)
{
	char **paths = calloc(2 * suite->names_count + 1, sizeof(*paths));

	*count_out = 0;
	for (size_t i = 0; paths && i < 2 * suite->names_count; i++) {
		char *path;

		if (asprintf(&path, "%s/traces/%s-%c.spt", suite->set,
			    suite->names[i / 2], i % 2 ? 'B' : 'A') < 0)
			continue;
		if (access(path, R_OK))
			free(path);
		else
			paths[(*count_out)++] = path;
	}
	return paths;
}

int suite_write_manifest(const struct suite *suite, char **command,
	int64_t rows, int status, struct message *message)
{
	struct set set;
	size_t count;
	char **traces = list_traces(suite, &count);
	struct manifest_run run = {
		.command = command,
		.files = traces,
		.takes_set = true,
		.replaces = true,
		.repeat = 1,
		.rows = rows,
		.status = status,
	};
	int error = traces ? set_open(suite->set, &set, message)
			   : message_set(message, -ENOMEM, "too little memory");

	if (!error) {
		error = manifest_add(&set, &run, message);
		set_close(&set);
	}
	suite_free_names(traces, count);
	return error;
}
