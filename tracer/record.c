/* What engines have in common: see record.h. */
#include <config.h>

#include "tracer/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void record_result_free(struct record_result *result)
{
	while (result->outputs != NULL) {
		struct record_output *output = result->outputs;

		result->outputs = output->next;
		free(output->path);
		free(output->exec);
		free(output);
	}
}

char *record_output_name(const struct record_job *job,
	const struct record_output *outputs, pid_t process)
{
	const char *first = job->output;
	size_t stem = strlen(first);
	const char *suffix = "";
	unsigned before = 0;
	char *name;

	if (outputs == NULL)
		return strdup(first);
	for (; outputs != NULL; outputs = outputs->next)
		before += outputs->process == process;
	if (stem > 4 && strcmp(first + stem - 4, ".spt") == 0) {
		stem -= 4;
		suffix = ".spt";
	}
	int bytes = before == 0
			    ? asprintf(&name, "%.*s.%d%s", (int)stem, first,
				      (int)process, suffix)
			    : asprintf(&name, "%.*s.%d.%u%s", (int)stem, first,
				      (int)process, before + 1, suffix);

	return bytes < 0 ? NULL : name;
}

void record_child_name(
	const struct record_job *job, pid_t child, char *name, size_t bytes)
{
	const char *slash = strrchr(job->output, '/');
	const char *first = slash != NULL ? slash + 1 : job->output;
	size_t stem = strlen(first);
	bool suffix = stem > 4 && strcmp(first + stem - 4, ".spt") == 0;

	snprintf(name, bytes, "%.*s.%d%s", (int)(suffix ? stem - 4 : stem),
		first, (int)child, suffix ? ".spt" : "");
}
