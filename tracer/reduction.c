#include <config.h>

#include "tracer/reduction.h"

#include <errno.h>
#include <stdlib.h>

#include "tracer/window.h"

struct reduction {
	struct window *window;
	struct sad *sad;
	struct trace_run run; /* what is left, and may go on; count 0: none */
	sad_emit *emit;
	void *context;
};

/* From SAD. */
static int join(void *context, const struct trace_run *run)
{
	struct reduction *reduction = context;
	int error = 0;

	if (run_join(&reduction->run, run))
		return 0;
	if (reduction->run.count > 0)
		error = reduction->emit(reduction->context, &reduction->run);
	run_begin(&reduction->run, run);
	return error;
}

/* From the window. */
static int to_sad(void *context, const struct trace_touch *touches,
	size_t count, uint32_t thread)
{
	struct reduction *reduction = context;
	int error = 0;

	for (size_t i = 0; i < count && !error; i++)
		error = sad_add(reduction->sad,
			&(struct trace_run){touches[i].vpn, touches[i].count,
				touches[i].kinds, thread});
	return error;
}

int reduction_create(
	uint32_t frames, sad_emit *emit, void *context, struct reduction **out)
{
	struct reduction *reduction = calloc(1, sizeof(*reduction));

	if (!reduction)
		return -ENOMEM;
	reduction->emit = emit;
	reduction->context = context;
	if (window_create(frames, to_sad, reduction, &reduction->window) ||
		sad_create(frames, join, reduction, &reduction->sad)) {
		reduction_destroy(reduction);
		return -ENOMEM;
	}
	*out = reduction;
	return 0;
}

void reduction_destroy(struct reduction *reduction)
{
	if (!reduction)
		return;
	window_destroy(reduction->window);
	sad_destroy(reduction->sad);
	free(reduction);
}

int reduction_add(struct reduction *reduction,
	const struct trace_touch *touches, size_t count, uint32_t thread)
{
	return window_add(reduction->window, touches, count, thread);
}

int reduction_flush(struct reduction *reduction)
{
	int error = window_flush(reduction->window);

	if (!error)
		error = sad_flush(reduction->sad);
	if (!error && reduction->run.count > 0)
		error = reduction->emit(reduction->context, &reduction->run);
	reduction->run.count = 0;
	return error;
}
