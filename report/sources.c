/* Files become tables of a known kind.  See sources.h. */
#include "config.h"

#include "report/sources.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { COLUMNS_NEEDED = 6 };

/* The first whose columns are all there; so those that have others' besides
 * their own come first. */
static const struct {
	enum source_kind kind;
	const char *columns[COLUMNS_NEEDED];
} kinds[] = {
	{SOURCE_TUNE, {"trace", "frames", "lru_faults", "hint_faults"}},
	{SOURCE_RUN, {"program", "policy", "frames", "faults", "backend"}},
	{SOURCE_REPLAY, {"trace", "policy", "frames", "faults", "hard_faults"}},
	{SOURCE_CURVE, {"trace", "policy", "frames", "faults", "references",
			       "window"}},
	/* the least that can be drawn */
	{SOURCE_REPLAY,
		{"trace", "policy", "frames", "faults", "references", "pages"}},
};

static bool is_of_kind(const struct csv *csv, size_t kind)
{
	for (size_t i = 0; i < COLUMNS_NEEDED; i++)
		if (kinds[kind].columns[i] &&
			csv_column(csv, kinds[kind].columns[i]) < 0)
			return false;
	return true;
}

static bool find_kind(const struct csv *csv, enum source_kind *out)
{
	for (size_t i = 0; i < LENGTH_OF(kinds); i++)
		if (is_of_kind(csv, i)) {
			*out = kinds[i].kind;
			return true;
		}
	return false;
}

static int fail_memory(const char *path, struct message *message)
{
	return message_set(message, -ENOMEM, "%s: not enough memory", path);
}

/* Adds the string TEXT, which becomes LIST's, to LIST. */
static int add_string(char *text, char ***list, size_t *count)
{
	char **more =
		text ? reallocarray(*list, *count + 1, sizeof(*more)) : NULL;

	if (!more) {
		free(text);
		return -ENOMEM;
	}
	*list = more;
	more[(*count)++] = text;
	return 0;
}

static int add_source(struct sources *sources, const struct source *source)
{
	struct source *more = reallocarray(
		sources->sources, sources->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	sources->sources = more;
	more[sources->count++] = *source;
	return 0;
}

struct adding {
	struct sources *sources;
	struct message *message;
	bool in_folder; /* what is of no known kind is passed over */
	size_t files;	/* that were tried */
};

static int add_file(void *context, const char *path)
{
	struct adding *adding = context;
	struct sources *sources = adding->sources;
	struct source source = {.path = strdup(path)};
	int error = source.path ? csv_read(path, &source.csv, adding->message)
				: fail_memory(path, adding->message);

	adding->files++;
	if (error)
		goto out;
	if (!find_kind(&source.csv, &source.kind)) {
		error = adding->in_folder
				? add_string(source.path, &sources->passed,
					  &sources->passed_count)
				: message_set(adding->message, -EINVAL,
					  "%s: line 1: these are no rows of "
					  "replay, curve, tune or run",
					  path);
		if (adding->in_folder)
			source.path = NULL;
	} else {
		error = add_source(sources, &source);
		if (!error)
			return 0;
	}
	if (error == -ENOMEM)
		fail_memory(path, adding->message);
	csv_free(&source.csv);
out:
	free(source.path);
	return error;
}

/* The whole of the file at PATH; NULL with errno. */
static char *read_file(const char *path)
{
	FILE *stream = fopen(path, "re");
	char *text = NULL;
	size_t bytes = 0;

	if (!stream)
		return NULL;
	errno = 0;
	/* up to a NUL, which no text has */
	if (getdelim(&text, &bytes, '\0', stream) < 0) {
		int error = errno ? errno : ENODATA;

		free(text);
		text = NULL;
		errno = error;
	}
	fclose(stream);
	return text;
}

/* The manifest of the folder PATH, if it has one. */
static int add_manifest(
	const char *path, struct sources *sources, struct message *message)
{
	char *name, *text;
	int error = 0;

	if (asprintf(&name, "%s/manifest.json", path) < 0)
		return fail_memory(path, message);
	text = read_file(name);
	if (text && add_string(text, &sources->manifests,
			    &sources->manifests_count))
		error = fail_memory(name, message);
	else if (!text && errno != ENOENT)
		error = message_set(message, -errno, "%s: cannot read: %s",
			name, strerror(errno));
	free(name);
	return error;
}

/* The *.csv of the folder PATH; it is no error if there are none. */
static int add_files(const char *path, struct adding *adding)
{
	size_t before = adding->files;
	int error = csv_each_file(path, add_file, adding, adding->message);

	return error == -EINVAL && adding->files == before ? 0 : error;
}

/* The rows of the folder PATH, and of its folder "curves". */
static int add_folder(const char *path, struct adding *adding)
{
	char *curves;
	int error;

	if (asprintf(&curves, "%s/curves", path) < 0)
		return fail_memory(path, adding->message);
	error = add_files(path, adding);
	if (!error && csv_is_folder(curves))
		error = add_files(curves, adding);
	free(curves);
	if (!error && !adding->files)
		error = message_set(adding->message, -EINVAL,
			"%s: no rows: expected files *.csv in this folder",
			path);
	return error ? error
		     : add_manifest(path, adding->sources, adding->message);
}

int sources_add(
	const char *path, struct sources *sources, struct message *message)
{
	struct adding adding = {sources, message, csv_is_folder(path), 0};

	return adding.in_folder ? add_folder(path, &adding)
				: add_file(&adding, path);
}

void sources_free(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->sources[i].path);
		csv_free(&sources->sources[i].csv);
	}
	for (size_t i = 0; i < sources->manifests_count; i++)
		free(sources->manifests[i]);
	for (size_t i = 0; i < sources->passed_count; i++)
		free(sources->passed[i]);
	free(sources->sources);
	free(sources->manifests);
	free(sources->passed);
	*sources = (struct sources){0};
}
