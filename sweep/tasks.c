/* Tasks of a job array.  See tasks.h. */
#include "sweep/tasks.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 65, CLASS_BYTES_MIN = 256 << 20 };

/* 0 for merges; else by the power of two that its memory needs. */
static unsigned class_of(const struct jobs *jobs, const struct unit *unit)
{
	unsigned class = 1;
	uint64_t bytes = CLASS_BYTES_MIN;

	if (job_is_last(&jobs->job[unit->job[0]]))
		return 0;
	for (; bytes < unit->needs.bytes && class < CLASSES_MAX - 1; class ++)
		bytes *= 2;
	return class;
}

/* How many tasks COUNT units of SECONDS are for. */
static uint32_t count_tasks(
	const struct tasks_config *config, size_t count, double seconds)
{
	double tasks = ceil(seconds / config->seconds);

	if (tasks < config->at_least)
		tasks = config->at_least;
	if (tasks > config->at_most)
		tasks = config->at_most;
	return tasks < count ? (uint32_t)tasks : count;
}

/* Tasks of a class as a heap: the one with the least to do at the top. */
struct heap {
	const double *seconds; /* of all tasks */
	uint32_t *task;
	uint32_t count;
};

static void sink(struct heap *heap)
{
	uint32_t at = 0, child;

	while ((child = 2 * at + 1) < heap->count) {
		uint32_t task = heap->task[at];

		if (child + 1 < heap->count &&
			heap->seconds[heap->task[child + 1]] <
				heap->seconds[heap->task[child]])
			child++;
		if (heap->seconds[task] <= heap->seconds[heap->task[child]])
			return;
		heap->task[at] = heap->task[child];
		heap->task[child] = task;
		at = child;
	}
}

/* Gives the units of CLASS, the longest first, to who has least to do. */
static int fill(struct jobs *jobs, const struct units *units, unsigned number,
	const struct task_class *class, double *seconds)
{
	struct heap heap = {
		.seconds = seconds,
		.task = calloc(class->count, sizeof(*heap.task)),
		.count = class->count,
	};
	size_t i, j;

	if (!heap.task)
		return -ENOMEM;
	for (i = 0; i < class->count; i++)
		heap.task[i] = class->first + i;
	for (i = 0; i < units->count; i++) {
		const struct unit *unit = units->unit[i];

		if (class_of(jobs, unit) != number)
			continue;
		for (j = 0; j < unit->count; j++)
			jobs->job[unit->job[j]].task = heap.task[0];
		seconds[heap.task[0]] += unit->seconds;
		sink(&heap);
	}
	free(heap.task);
	return 0;
}

/* Adds a class for units that are so many and so long. */
static int add_class(struct tasks *tasks, const struct task_class *class)
{
	uint32_t all = tasks->tasks + class->count;
	double *seconds = reallocarray(tasks->seconds, all, sizeof(*seconds));

	if (!seconds)
		return -ENOMEM;
	memset(seconds + tasks->tasks, 0, class->count * sizeof(*seconds));
	tasks->seconds = seconds;
	tasks->classes[tasks->count++] = *class;
	tasks->tasks = all;
	return 0;
}

int tasks_make(struct jobs *jobs, const struct units *units,
	const struct tasks_config *config, struct tasks *out)
{
	unsigned number;
	int error = 0;

	*out = (struct tasks){
		.classes = calloc(CLASSES_MAX, sizeof(*out->classes))};
	if (!out->classes)
		return -ENOMEM;
	/* merges, class 0, are the last */
	for (number = CLASSES_MAX; number-- && !error;) {
		struct task_class class = {
			.first = out->tasks, .merges = !number};
		double seconds = 0;
		size_t i, count = 0;

		for (i = 0; i < units->count; i++) {
			const struct unit *unit = units->unit[i];

			if (class_of(jobs, unit) != number)
				continue;
			seconds += unit->seconds;
			count++;
			if (class.bytes < unit->needs.bytes)
				class.bytes = unit->needs.bytes;
		}
		if (!count)
			continue;
		class.count = count_tasks(config, count, seconds);
		error = add_class(out, &class);
		if (!error)
			error = fill(jobs, units, number, &class, out->seconds);
		for (i = 0; i < class.count && !error; i++)
			if (out->seconds[class.first + i] >
				out->classes[out->count - 1].seconds)
				out->classes[out->count - 1].seconds =
					out->seconds[class.first + i];
	}
	if (error)
		tasks_free(out);
	return error;
}

void tasks_free(struct tasks *tasks)
{
	free(tasks->classes);
	free(tasks->seconds);
	*tasks = (struct tasks){0};
}
