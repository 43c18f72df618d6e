/* What of a set is in the queue.  See slurm-queue.h. */
#include "config.h"

#include "sweep/slurm-queue.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/slurm-call.h"

static int add_task(struct slurm_queue *queue, const struct slurm_task *task)
{
	struct slurm_task *more = reallocarray(
		queue->task, queue->count + 1, sizeof(*queue->task));

	if (!more)
		return -ENOMEM;
	queue->task = more;
	more[queue->count++] = *task;
	return 0;
}

/* What squeue prints of a task. */
static bool read_task(const char *line, struct slurm_task *out)
{
	char state[16];

	*out = (struct slurm_task){0};
	if (sscanf(line, "%llu %31s %15s %u %63[^\n]", &out->array, out->number,
		    state, &out->restarts, out->why) < 4)
		return false;
	out->waits = !strcmp(state, "PD");
	while (*out->why && out->why[strlen(out->why) - 1] == ' ')
		out->why[strlen(out->why) - 1] = '\0';
	return true;
}

/* All tasks of this user. */
static int read_all(struct slurm_queue *out, struct message *message)
{
	char *argv[] = {(char *)"squeue", (char *)"--noheader", (char *)"--me",
		(char *)"--array",
		(char *)"--Format=ArrayJobID:24,ArrayTaskID:24,StateCompact:8,"
			"RestartCnt:12,Reason:60",
		NULL};
	char *text, *line, *rest;
	int status = slurm_call(argv, NULL, &text), error = 0;

	if (status == -ENOENT)
		error = message_set(message, status,
			"there is no squeue: is Slurm installed here?");
	else if (status)
		error = message_set(message,
			text && slurm_is_silent(text) ? -EAGAIN : -EIO, "%.*s",
			text ? (int)strcspn(text, "\n") : INT_MAX,
			text ?: "squeue: it was ended by a signal");
	rest = error ? NULL : text;
	while (!error && (line = strsep(&rest, "\n"))) {
		struct slurm_task task;

		if (read_task(line, &task))
			error = add_task(out, &task);
	}
	free(text);
	return error;
}

/* The jobs of the submission whose file of arrays is at PATH. */
static int add_jobs(char *path, struct table *out, struct message *message)
{
	struct jobs jobs;
	size_t i;
	int error;

	strcpy(strrchr(path, '/') + 1, "jobs");
	error = jobs_load(path, &jobs, message);
	/* of another version: others do not wait for it; or its submitter died
	 * before it was sent */
	if (error == -EINVAL || error == -ENOENT)
		return 0;
	for (i = 0; i < jobs.count && !error; i++)
		if (jobs.job[i].task != JOB_NO_TASK &&
			!table_add(out, jobs.job[i].key))
			error = -ENOMEM;
	jobs_free(&jobs);
	return error;
}

/* Those of ALL that are in the submission whose file of arrays is at PATH, and
 * its jobs, if there are any. */
static int add_submission(char *path, const struct slurm_queue *all,
	struct slurm_queue *out, struct message *message)
{
	FILE *stream = fopen(path, "re");
	unsigned long long array;
	size_t before = out->count, i;
	int error = 0;

	while (stream && fscanf(stream, "%llu", &array) == 1)
		for (i = 0; i < all->count && !error; i++)
			if (all->task[i].array == array)
				error = add_task(out, &all->task[i]);
	if (stream)
		fclose(stream);
	if (!error && out->count > before)
		error = add_jobs(path, &out->jobs, message);
	return error;
}

/* Files of arrays of all submissions, to be freed if there is no error. */
static int find_submissions(const struct sweep *sweep, glob_t *out)
{
	char *pattern;
	int error;

	if (asprintf(&pattern, "%s/sweep/slurm-*/arrays", sweep->set.path) < 0)
		return -ENOMEM;
	error = glob(pattern, 0, NULL, out);
	free(pattern);
	return error && error != GLOB_NOMATCH ? -ENOMEM : 0;
}

int slurm_queue_read(struct sweep *sweep, struct slurm_queue *out)
{
	struct slurm_queue all = {0};
	glob_t found = {0};
	size_t i;
	int error = read_all(&all, &sweep->message);

	*out = (struct slurm_queue){0};
	if (!error)
		error = find_submissions(sweep, &found);
	for (i = 0; i < found.gl_pathc && !error; i++)
		error = add_submission(
			found.gl_pathv[i], &all, out, &sweep->message);
	globfree(&found);
	slurm_queue_free(&all);
	return error;
}

int slurm_queue_sent(struct sweep *sweep, struct table *out)
{
	glob_t found = {0};
	int error = find_submissions(sweep, &found);
	size_t i;

	for (i = 0; i < found.gl_pathc && !error; i++)
		error = add_jobs(found.gl_pathv[i], out, &sweep->message);
	globfree(&found);
	return error;
}

void slurm_queue_free(struct slurm_queue *queue)
{
	free(queue->task);
	table_free(&queue->jobs);
	*queue = (struct slurm_queue){0};
}
