/* What of a set is in the queue.  See slurm-queue.h. */
#include "config.h"

#include "sweep/slurm-queue.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/slurm-call.h"

/* Is one of the submission's arrays in the queue? */
static bool is_queued(const char *arrays, const struct slurm_ids *queue)
{
	FILE *stream = fopen(arrays, "re");
	unsigned long long id;
	bool queued = false;

	while (stream && fscanf(stream, "%llu", &id) == 1)
		queued = queued || slurm_ids_have(queue, id);
	if (stream)
		fclose(stream);
	return queued;
}

/* The jobs of the submission whose file of arrays is at PATH. */
static int add_jobs(char *path, struct table *out, struct message *message)
{
	struct jobs jobs;
	size_t i;
	int error;

	strcpy(strrchr(path, '/') + 1, "jobs");
	error = jobs_load(path, &jobs, message);
	if (error == -EINVAL)
		return 0; /* of another version: others do not wait for it */
	for (i = 0; i < jobs.count && !error; i++)
		if (jobs.job[i].task != JOB_NO_TASK &&
			!table_add(out, jobs.job[i].key))
			error = -ENOMEM;
	jobs_free(&jobs);
	return error;
}

int slurm_queued_jobs(struct sweep *sweep, struct table *out)
{
	struct slurm_ids queue;
	char *pattern = NULL;
	glob_t found;
	size_t i;
	int error = slurm_queue(&queue, &sweep->message);

	if (!error && asprintf(&pattern, "%s/sweep/slurm-*/arrays",
			      sweep->set.path) < 0)
		error = -ENOMEM;
	if (!error && !glob(pattern, 0, NULL, &found)) {
		for (i = 0; i < found.gl_pathc && !error; i++)
			if (is_queued(found.gl_pathv[i], &queue))
				error = add_jobs(found.gl_pathv[i], out,
					&sweep->message);
		globfree(&found);
	}
	free(pattern);
	slurm_ids_free(&queue);
	return error;
}
