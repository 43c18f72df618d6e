/* Tasks that will never run.  See slurm-held.h. */
#include "config.h"

#include "sweep/slurm-held.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/slurm-call.h"

enum { REASONS_MAX = 8 };

#define STILL_NS 10000000000

/* How many tasks wait, and for one and the same. */
struct reason {
	const char *why;
	size_t tasks;
};

/*
 * What is held at its first try was held by a person, who will let it go; what
 * was put back into the queue and is held then, by Slurm.
 */
static bool is_hopeless(const struct slurm_task *task)
{
	static const char *const reasons[] = {"launch failed requeued held",
		"launch_failed_requeued_held", "JobHoldMaxRequeue",
		"BadConstraints", "DependencyNeverSatisfied"};
	size_t i;

	if (!task->waits)
		return false;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(task->why, reasons[i]))
			return true;
	return task->restarts && !strncmp(task->why, "JobHeld", 7);
}

int slurm_held_cancel(const struct slurm_queue *queue)
{
	char **argv = calloc(queue->count + 2, sizeof(*argv)), *said = NULL;
	const char *why = "";
	size_t i, count = 0;
	int error = argv ? 0 : -ENOMEM;

	for (i = 0; i < queue->count && !error; i++) {
		const struct slurm_task *task = &queue->task[i];

		if (!is_hopeless(task))
			continue;
		why = task->why;
		if (asprintf(&argv[1 + count], "%llu_%s", task->array,
			    task->number) < 0)
			error = -ENOMEM;
		else
			count++;
	}
	if (!error && count) {
		argv[0] = (char *)"scancel";
		fprintf(stderr,
			"selfpage sweep: %zu tasks, as %s, would never run: "
			"%s: cancelled\n",
			count, argv[1], why);
		/* that it fails shows at the next look */
		slurm_call(argv, NULL, &said);
	}
	for (i = 0; i < count; i++)
		free(argv[1 + i]);
	free(argv);
	free(said);
	return error;
}

/* The reasons of those that wait, the first few; 0: there are none, or not all
 * wait. */
static size_t count_reasons(
	const struct slurm_queue *queue, struct reason reason[REASONS_MAX])
{
	size_t count = 0, i, k;

	for (i = 0; i < queue->count; i++) {
		const struct slurm_task *task = &queue->task[i];

		if (!task->waits)
			return 0;
		for (k = 0; k < count && strcmp(reason[k].why, task->why); k++)
			;
		if (k == REASONS_MAX)
			continue;
		if (k == count)
			reason[count++] = (struct reason){.why = task->why};
		reason[k].tasks++;
	}
	return count;
}

/* Why nothing moves; empty: it does. */
static void write_why(const struct slurm_queue *queue, char *text, size_t bytes)
{
	struct reason reason[REASONS_MAX];
	size_t count = queue ? count_reasons(queue, reason) : 0, used, k;

	if (!queue)
		snprintf(text, bytes, "Slurm does not answer");
	else
		*text = '\0';
	for (k = 0; k < count; k++) {
		used = strlen(text);
		snprintf(text + used, bytes - used, "%s%zu tasks wait: %s",
			k ? ", " : "", reason[k].tasks, reason[k].why);
	}
}

void slurm_held_tell(struct slurm_stillness *stillness,
	const struct slurm_queue *queue, uint64_t now_ns)
{
	char why[sizeof(stillness->said)];

	write_why(queue, why, sizeof(why));
	if (!*why) {
		*stillness = (struct slurm_stillness){0};
		return;
	}
	if (!stillness->since_ns)
		stillness->since_ns = now_ns;
	if (now_ns - stillness->since_ns < STILL_NS ||
		!strcmp(why, stillness->said))
		return;
	fprintf(stderr, "selfpage sweep: nothing moves for %llu s: %s\n",
		(unsigned long long)((now_ns - stillness->since_ns) /
				     1000000000),
		why);
	strcpy(stillness->said, why);
}
