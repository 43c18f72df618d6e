/* What a set's rows are of.  See manifest.h. */
#include "config.h"

#include "results/manifest.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "mm/policy.h"
#include "results/build.h"

enum { READ_BYTES = 1 << 16, MANIFEST_MAX = 1 << 28 };

static int fail(const struct set *set, const char *name, int error,
	struct message *message)
{
	return message_set(
		message, error, "%s/%s: %s", set->path, name, strerror(-error));
}

/* ---- the parts of a run ---- */

static cJSON *of_build(void)
{
	cJSON *build = cJSON_CreateObject();

	cJSON_AddStringToObject(build, "version", PACKAGE_VERSION);
	cJSON_AddStringToObject(build, "commit", BUILD_COMMIT);
	cJSON_AddStringToObject(build, "compiler", BUILD_COMPILER);
	cJSON_AddStringToObject(build, "flags", BUILD_FLAGS);
	return build;
}

/* "model name : AMD EPYC" -> "AMD EPYC" */
static void find_processor(char *name, size_t bytes)
{
	FILE *info = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(name, bytes, "unknown");
	while (info && fgets(line, sizeof(line), info)) {
		char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(name, bytes, "%s", value + 2);
		break;
	}
	if (info)
		fclose(info);
}

static cJSON *of_machine(void)
{
	cJSON *machine = cJSON_CreateObject();
	struct utsname system;
	struct sysinfo memory;
	char processor[128];

	find_processor(processor, sizeof(processor));
	cJSON_AddStringToObject(machine, "processor", processor);
	cJSON_AddNumberToObject(
		machine, "processors", sysconf(_SC_NPROCESSORS_ONLN));
	if (sysinfo(&memory) == 0)
		cJSON_AddNumberToObject(machine, "memory_bytes",
			(double)memory.totalram * memory.mem_unit);
	if (uname(&system) == 0)
		cJSON_AddStringToObject(machine, "kernel", system.release);
	return machine;
}

/* {"path", "bytes", "xxh64"}; NULL: it is not to be read. */
static cJSON *of_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	XXH64_state_t *state = XXH64_createState();
	char buffer[READ_BYTES], sum[17];
	cJSON *file = NULL;
	ssize_t got = -1;

	if (fd < 0 || !state || fstat(fd, &status) || !S_ISREG(status.st_mode))
		goto out;
	XXH64_reset(state, 0);
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		XXH64_update(state, buffer, got);
	if (got < 0)
		goto out;
	snprintf(sum, sizeof(sum), "%016" PRIx64, XXH64_digest(state));
	file = cJSON_CreateObject();
	cJSON_AddStringToObject(file, "path", path);
	cJSON_AddNumberToObject(file, "bytes", status.st_size);
	cJSON_AddStringToObject(file, "xxh64", sum);
out:
	XXH64_freeState(state);
	if (fd >= 0)
		close(fd);
	return file;
}

/* Adds all of ARGUMENTS that are files. */
static void add_files(cJSON *files, char *const *arguments)
{
	for (; arguments && *arguments; arguments++) {
		cJSON *file = of_file(*arguments);

		if (file)
			cJSON_AddItemToArray(files, file);
	}
}

/* The cell NUMBER of LINE; quotes keep their commas.  NULL: there is none. */
static char *cell(char *line, int number)
{
	bool quoted = false;
	char *end;

	for (; *line && number; line++) {
		quoted ^= *line == '"';
		number -= *line == ',' && !quoted;
	}
	end = line + strcspn(line, ",\n");
	return number || end == line ? NULL : strndup(line, end - line);
}

static int column_of(char *header, const char *name)
{
	int number = 0;
	char *rest = header;

	for (char *at; (at = strsep(&rest, ",\n")); number++)
		if (!strcmp(at, name))
			return number;
	return -1;
}

/* What counted the cycles of the set's rows, each once. */
static void add_counters(cJSON *counters, struct set *set)
{
	int fd = openat(set->folder, "rows.csv", O_RDONLY | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL, *counter;
	size_t room = 0;
	int column = -1;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (getline(&line, &room, stream) > 0)
		column = column_of(line, "counter_source");
	while (column >= 0 && getline(&line, &room, stream) > 0) {
		const cJSON *known;
		bool found = false;

		counter = cell(line, column);
		cJSON_ArrayForEach(known, counters)
		{
			found |=
				counter && !strcmp(known->valuestring, counter);
		}
		if (counter && !found)
			cJSON_AddItemToArray(
				counters, cJSON_CreateString(counter));
		free(counter);
	}
	free(line);
	fclose(stream);
}

static cJSON *of_run(struct set *set, const struct manifest_run *run)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *command = cJSON_AddArrayToObject(object, "command");
	char *folder = getcwd(NULL, 0), date[32];
	cJSON *files;
	time_t now = time(NULL);
	struct tm utc;

	for (char **word = run->command; *word; word++)
		cJSON_AddItemToArray(command, cJSON_CreateString(*word));
	cJSON_AddStringToObject(object, "folder", folder ? folder : "");
	free(folder);
	strftime(
		date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	cJSON_AddStringToObject(object, "date", date);
	cJSON_AddNumberToObject(object, "repeat", run->repeat);
	cJSON_AddNumberToObject(object, "rows", run->rows);
	cJSON_AddNumberToObject(object, "status", run->status);
	cJSON_AddItemToObject(object, "build", of_build());
	cJSON_AddItemToObject(object, "machine", of_machine());
	add_counters(cJSON_AddArrayToObject(object, "counters"), set);
	cJSON_AddNumberToObject(object, "seed", POLICY_SEED);
	if (run->takes_set)
		cJSON_AddTrueToObject(object, "takes_set");
	files = cJSON_AddArrayToObject(object, "files");
	add_files(files, run->command);
	add_files(files, run->files);
	return object;
}

/* ---- reading and writing ---- */

/* The text of the set's manifest, to be freed; "" if there is none yet. */
static int read_text(struct set *set, char **out)
{
	int fd = openat(set->folder, "manifest.json", O_RDONLY | O_CLOEXEC);
	struct stat status = {0};
	size_t bytes = 0;
	ssize_t got = 0;
	char *text;

	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd >= 0 && (fstat(fd, &status) || status.st_size > MANIFEST_MAX)) {
		close(fd);
		return -EFBIG;
	}
	text = malloc(status.st_size + 1);
	while (text && fd >= 0 && bytes < (size_t)status.st_size &&
		(got = read(fd, text + bytes, status.st_size - bytes)) > 0)
		bytes += got;
	if (fd >= 0)
		close(fd);
	if (!text || got < 0) {
		free(text);
		return got < 0 ? -EIO : -ENOMEM;
	}
	text[bytes] = '\0';
	*out = text;
	return 0;
}

/* The name takes TEXT when that is whole and on the disk. */
static int write_text(
	struct set *set, const char *name, const char *text, mode_t mode)
{
	char part[64];
	int fd, error;

	snprintf(part, sizeof(part), ".%s.part", name);
	fd = openat(set->folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		mode);
	if (fd < 0)
		return -errno;
	error = file_write(fd, text, strlen(text), 0);
	if (!error && fsync(fd))
		error = -errno;
	close(fd);
	if (!error && renameat(set->folder, part, set->folder, name))
		error = -errno;
	if (error)
		unlinkat(set->folder, part, 0);
	return error;
}

/* A word as the shell reads it. */
static void quote(FILE *stream, const char *word)
{
	putc('\'', stream);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", stream);
		else
			putc(*word, stream);
	putc('\'', stream);
}

/* The lines of `how` for RUN. */
static void write_run(FILE *stream, const cJSON *run)
{
	const cJSON *repeat = cJSON_GetObjectItem(run, "repeat"), *word;
	bool takes_set = cJSON_IsTrue(cJSON_GetObjectItem(run, "takes_set"));

	fputs("cd ", stream);
	quote(stream, cJSON_GetStringValue(cJSON_GetObjectItem(run, "folder"))
			      ?: ".");
	if (takes_set)
		fputs("\nselfpage", stream);
	else
		fprintf(stream, "\nselfpage keep --repeat %d \"$set\" --",
			cJSON_IsNumber(repeat) ? repeat->valueint : 1);
	cJSON_ArrayForEach(word, cJSON_GetObjectItem(run, "command"))
	{
		putc(' ', stream);
		quote(stream, cJSON_GetStringValue(word) ?: "");
	}
	fputs(takes_set ? " --set \"$set\"\n" : "\n", stream);
}

/* Whether RUN is an earlier one that was gone on with: nothing to do again. */
static bool goes_on(const cJSON *runs, const cJSON *run)
{
	const cJSON *before;

	cJSON_ArrayForEach(before, runs)
	{
		if (before == run)
			break;
		if (cJSON_IsTrue(cJSON_GetObjectItem(run, "takes_set")) &&
			cJSON_Compare(cJSON_GetObjectItem(before, "command"),
				cJSON_GetObjectItem(run, "command"), true) &&
			cJSON_Compare(cJSON_GetObjectItem(before, "folder"),
				cJSON_GetObjectItem(run, "folder"), true))
			return true;
	}
	return false;
}

static char *write_how(const cJSON *runs)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);
	const cJSON *run;

	if (!stream)
		return NULL;
	fputs("#!/bin/sh -e\n"
	      "# Makes these rows again, as a new set: sh how FOLDER\n"
	      "set=$(realpath -m \"${1:?a folder for the new set}\")\n",
		stream);
	cJSON_ArrayForEach(run, runs) if (!goes_on(runs, run))
		write_run(stream, run);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int write_both(
	struct set *set, const cJSON *manifest, struct message *message)
{
	char *text = cJSON_Print(manifest);
	char *how = write_how(cJSON_GetObjectItem(manifest, "runs"));
	const char *name = "manifest.json";
	int error = text && how ? write_text(set, name, text, 0666) : -ENOMEM;

	if (!error) {
		name = "how";
		error = write_text(set, name, how, 0777);
	}
	free(how);
	cJSON_free(text);
	return error ? fail(set, name, error, message) : 0;
}

/* Takes out the runs of the subcommand NAME. */
static void forget(cJSON *runs, const char *name)
{
	for (int i = cJSON_GetArraySize(runs) - 1; i >= 0; i--) {
		const cJSON *command = cJSON_GetObjectItem(
			cJSON_GetArrayItem(runs, i), "command");
		const char *word =
			cJSON_GetStringValue(cJSON_GetArrayItem(command, 0));

		if (word && !strcmp(word, name))
			cJSON_DeleteItemFromArray(runs, i);
	}
}

int manifest_add(struct set *set, const struct manifest_run *run,
	struct message *message)
{
	cJSON *manifest = NULL, *runs;
	char *text = NULL;
	int error = set_lock(set, message);

	if (error)
		return error;
	error = read_text(set, &text);
	if (error) {
		fail(set, "manifest.json", error, message);
		goto out;
	}
	manifest = cJSON_Parse(*text ? text : "{\"runs\": []}");
	runs = cJSON_GetObjectItem(manifest, "runs");
	if (!cJSON_IsArray(runs)) {
		error = message_set(message, -EINVAL,
			"%s/manifest.json: it is no manifest: expected "
			"{\"runs\": [...]}",
			set->path);
		goto out;
	}
	if (run->replaces)
		forget(runs, run->command[0]);
	cJSON_AddItemToArray(runs, of_run(set, run));
	error = write_both(set, manifest, message);
out:
	cJSON_Delete(manifest);
	free(text);
	set_unlock(set);
	return error;
}
