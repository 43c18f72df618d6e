/* TOML files.  See toml.h. */
#include "config.h"

#include "sweep/toml.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 24 };

/* What the plan says, or what is wrong with it. */
static const char script[] = "import json, sys, tomllib\n"
			     "try:\n"
			     "    with open(sys.argv[1], 'rb') as file:\n"
			     "        answer = {'plan': tomllib.load(file)}\n"
			     "except (ValueError, OSError) as error:\n"
			     "    answer = {'error': str(error)}\n"
			     "print(json.dumps(answer, default=str))\n";

/* All of STREAM, to be freed; NULL: no memory, or too much. */
static char *read_all(FILE *stream)
{
	char *text = NULL;
	size_t bytes = 0, room = 0;

	do {
		char *more;

		room = room ? 2 * room : 4096;
		more = room > FILE_MAX ? NULL : realloc(text, room);
		if (!more) {
			free(text);
			return NULL;
		}
		text = more;
		bytes += fread(text + bytes, 1, room - 1 - bytes, stream);
	} while (bytes == room - 1);
	text[bytes] = '\0';
	return text;
}

static int read_file(const char *path, char **out, struct message *message)
{
	FILE *stream = fopen(path, "re");

	if (!stream)
		return message_set(message, -errno, "%s: cannot read: %s", path,
			strerror(errno));
	*out = read_all(stream);
	fclose(stream);
	if (!*out)
		return message_set(message, -EFBIG, "%s: too long", path);
	return 0;
}

/* What the script prints, to be freed; NULL: nothing. */
static char *ask(const char *path)
{
	int ends[2], status;
	char *answer = NULL;
	FILE *stream;
	pid_t child;

	if (pipe(ends))
		return NULL;
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("python3", "python3", "-I", "-c", script, path, NULL);
		_exit(127);
	}
	close(ends[1]);
	stream = fdopen(ends[0], "r");
	if (stream && child > 0)
		answer = read_all(stream);
	if (stream)
		fclose(stream);
	else
		close(ends[0]);
	if (child > 0 && waitpid(child, &status, 0) == child && !status)
		return answer;
	free(answer);
	return NULL;
}

/* "Expected '=' (at line 3, column 5)" -> "PATH:3: Expected '='" */
static int tell_error(
	const char *path, const char *text, struct message *message)
{
	const char *at = strstr(text, " (at line ");
	unsigned line, column;

	if (at && sscanf(at, " (at line %u, column %u", &line, &column) == 2)
		return message_set(message, -EINVAL, "%s:%u:%u: %.*s", path,
			line, column, (int)(at - text), text);
	return message_set(message, -EINVAL, "%s: %s", path, text);
}

int toml_read(const char *path, struct toml *out, struct message *message)
{
	cJSON *answer;
	const char *wrong;
	char *text;
	int error;

	*out = (struct toml){.path = strdup(path)};
	error = read_file(path, &out->text, message);
	if (error) {
		toml_free(out);
		return error;
	}
	text = ask(path);
	answer = text ? cJSON_Parse(text) : NULL;
	free(text);
	wrong = cJSON_GetStringValue(cJSON_GetObjectItem(answer, "error"));
	out->root = cJSON_DetachItemFromObject(answer, "plan");
	if (!answer)
		error = message_set(message, -ENOENT,
			"%s: python3 (3.11 or later) is needed to read it",
			path);
	else if (!out->root)
		error = tell_error(path, wrong ? wrong : "not read", message);
	cJSON_Delete(answer);
	if (error)
		toml_free(out);
	return error;
}

void toml_free(struct toml *toml)
{
	cJSON_Delete(toml->root);
	free(toml->path);
	free(toml->text);
	*toml = (struct toml){0};
}

/* Does LINE say what KEY is? */
static bool is_key(const char *line, const char *key)
{
	size_t bytes = strlen(key);

	return !strncmp(line, key, bytes) && strchr(" \t=", line[bytes]);
}

/* Is LINE the header [NAME] or [[NAME]]? */
static bool is_header(const char *line, const char *name)
{
	size_t brackets = strspn(line, "[");
	size_t bytes = strlen(name);

	return brackets && !strncmp(line + brackets, name, bytes) &&
	       line[brackets + bytes] == ']';
}

unsigned toml_line(const struct toml *toml, const char *table, unsigned number,
	const char *key, const char *value)
{
	const char *line = toml->text;
	unsigned at = 1, key_at = 0;
	int tables = *table ? -1 : 0;

	for (; line; line = strchr(line, '\n'), line += !!line, at++) {
		const char *end = strchrnul(line, '\n');
		const char *found;

		line += strspn(line, " \t");
		tables += is_header(line, table);
		if (tables < (int)number)
			continue;
		if (!key || tables > (int)number)
			return key ? key_at : at;
		if (!key_at && (is_key(line, key) ||
				       (!*table && is_header(line, key))))
			key_at = at;
		if (key_at && !value)
			return at;
		found = key_at ? strstr(line, value) : NULL;
		if (found && found < end)
			return at;
	}
	return key_at;
}
