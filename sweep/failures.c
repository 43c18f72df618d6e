/* Jobs that failed.  See failures.h. */
#include "config.h"

#include "sweep/failures.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HOST_BYTES = 65 };

/* A line of the file, its end cut off. */
static int add_line(struct failures *failures, char *line)
{
	uint64_t key = 0;
	struct table_entry *entry;

	if (strlen(line) > JOB_KEY_BYTES && line[JOB_KEY_BYTES - 1] == '\t') {
		line[JOB_KEY_BYTES - 1] = '\0';
		key = job_key_read(line);
	}
	if (!key)
		return 0; /* cut short, by a full disk or by who was killed */
	if (!(failures->count & (failures->count - 1))) {
		size_t room = failures->count ? 2 * failures->count : 1;
		void *more = reallocarray(
			failures->text, room, sizeof(*failures->text));

		if (!more)
			return -ENOMEM;
		failures->text = more;
	}
	entry = table_add(&failures->line, key);
	failures->text[failures->count] = strdup(line + JOB_KEY_BYTES);
	if (!entry || !failures->text[failures->count])
		return -ENOMEM;
	entry->value = ++failures->count;
	return 0;
}

int failures_read(
	const struct done *done, struct failures *out, struct message *message)
{
	int fd = openat(done->folder, "failures", O_RDONLY | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;
	int error = 0;

	*out = (struct failures){0};
	if (!stream && (done->folder < 0 || errno == ENOENT))
		return 0;
	if (!stream)
		error = -errno;
	while (!error && getline(&line, &room, stream) > 0) {
		line[strcspn(line, "\n")] = '\0';
		error = add_line(out, line);
	}
	free(line);
	if (stream)
		fclose(stream);
	if (!error)
		return 0;
	failures_free(out);
	return message_set(message, error, "%s/sweep/failures: %s",
		done->set->path, strerror(-error));
}

void failures_free(struct failures *failures)
{
	size_t i;

	for (i = 0; i < failures->count; i++)
		free(failures->text[i]);
	free(failures->text);
	table_free(&failures->line);
	*failures = (struct failures){0};
}

const char *failures_why(const struct failures *failures, uint64_t key)
{
	const struct table_entry *entry = table_find(&failures->line, key);

	return entry ? failures->text[entry->value - 1] : NULL;
}

/* All lines at once, to be freed; the first ends what was cut short before. */
static char *write_lines(const struct jobs *jobs, const uint32_t *job,
	size_t count, const char *why, size_t *bytes_out)
{
	char date[32], host[HOST_BYTES] = "", *text = NULL;
	FILE *stream = open_memstream(&text, bytes_out);
	time_t now = time(NULL);
	struct tm utc;
	size_t i;

	if (!stream)
		return NULL;
	gethostname(host, sizeof(host) - 1);
	strftime(
		date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	putc('\n', stream);
	for (i = 0; i < count; i++) {
		char key[JOB_KEY_BYTES];

		job_key_write(jobs->job[job[i]].key, key);
		fprintf(stream, "%s\t%s\t%s\t%.*s\n", key, date, host,
			(int)strcspn(why, "\n"), why);
	}
	return fclose(stream) ? NULL : text;
}

int failures_add(const struct done *done, const struct jobs *jobs,
	const uint32_t *job, size_t count, const char *why)
{
	struct message message;
	size_t bytes;
	char *text = write_lines(jobs, job, count, why, &bytes);
	int fd, error;

	if (!text)
		return -ENOMEM;
	error = set_lock(done->set, &message);
	if (error)
		goto out;
	fd = openat(done->folder, "failures",
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		error = -errno;
	else if (write(fd, text, bytes) != (ssize_t)bytes)
		error = -ENOSPC;
	if (fd >= 0)
		close(fd);
	set_unlock(done->set);
out:
	free(text);
	return error;
}
