/* One process's trace: see record-trace.h. */
#include <config.h>

#include "tracer/record-trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE_BYTES 4096
/* How far Valgrind lets the main stack grow, where nobody says. */
#define STACK_BYTES_MAX (UINT64_C(16) << 20)

enum phase { SKIPPING, RECORDING, STOPPED };

struct record_trace {
	const struct record_job *job;
	struct trace_writer *writer;
	enum phase phase;
	uint64_t left; /* references until the next phase, if not a mark */
	struct trace_ending ending;

	struct trace_region stack;
	uint64_t stack_bottom; /* page it may grow down to */
	uint64_t stack_room;   /* pages between that and its start */
};

/* ---- skip and limit ---- */

static bool is_set(const struct record_place *place)
{
	return place->mark != NULL || place->references > 0;
}

static void stop(struct record_trace *trace)
{
	trace->phase = STOPPED;
	trace->ending.stopped = true;
}

/* A trace that begins later says how many references it lacks. */
static int begin(struct record_trace *trace)
{
	struct trace_region gap = {
		.kind = TRACE_REGION_GAP,
		.number = trace->ending.skipped,
		.name = "",
	};

	trace->phase = RECORDING;
	trace->left = trace->job->limit.references;
	return gap.number > 0 ? trace_writer_region(trace->writer, &gap) : 0;
}

/* ---- adding ---- */

static int grow_stack(struct record_trace *trace, uint64_t vpn)
{
	trace->stack.start = vpn * PAGE_BYTES;
	trace->stack_room = vpn - trace->stack_bottom;
	return trace_writer_region(trace->writer, &trace->stack);
}

static int add_runs(struct record_trace *trace, const struct trace_touch *runs,
	size_t count, uint32_t thread)
{
	uint64_t bottom = trace->stack_bottom, room = trace->stack_room;
	unsigned below = 0;
	int error = 0;

	for (size_t i = 0; i < count; i++)
		below |= runs[i].vpn - bottom < room;
	if (!below)
		return trace_writer_add_touches(
			trace->writer, runs, count, thread);
	for (size_t i = 0; i < count && error == 0; i++) {
		if (runs[i].vpn - trace->stack_bottom < trace->stack_room)
			error = grow_stack(trace, runs[i].vpn);
		if (error == 0)
			error = trace_writer_add_touches(
				trace->writer, &runs[i], 1, thread);
	}
	return error;
}

/* Run by run, each cut where a phase ends in it. */
static int add_cut(struct record_trace *trace, const struct trace_touch *runs,
	size_t count, uint32_t thread)
{
	int error = 0;

	for (size_t i = 0; i < count && error == 0; i++) {
		struct trace_touch run = runs[i];
		bool marked = trace->job->skip.mark != NULL;

		if (trace->phase == SKIPPING) {
			uint32_t skipped = run.count;

			if (!marked && skipped > trace->left)
				skipped = (uint32_t)trace->left;
			trace->ending.skipped += skipped;
			run.count -= skipped;
			trace->left -= marked ? 0 : skipped;
			if (!marked && run.count > 0)
				error = begin(trace);
		}
		if (trace->phase != RECORDING || run.count == 0 || error != 0)
			continue;
		if (trace->job->limit.references > 0) {
			if (run.count > trace->left)
				run.count = (uint32_t)trace->left;
			trace->left -= run.count;
		}
		error = add_runs(trace, &run, 1, thread);
		if (trace->job->limit.references > 0 && trace->left == 0)
			stop(trace);
	}
	return error;
}

int record_trace_add(void *context, const struct trace_touch *runs,
	size_t count, uint32_t thread)
{
	struct record_trace *trace = context;

	if (trace->phase == RECORDING && trace->job->limit.references == 0)
		return add_runs(trace, runs, count, thread);
	return add_cut(trace, runs, count, thread);
}

static bool is_mark(
	const struct record_place *place, const struct trace_region *region)
{
	return place->mark != NULL && region->kind == TRACE_REGION_MARK &&
	       strcmp(place->mark, region->name) == 0;
}

/* What happens to the address space before the trace begins belongs to it;
 * what happens behind its end does not. */
int record_trace_region(void *context, const struct trace_region *told)
{
	struct record_trace *trace = context;
	struct trace_region region = *told;
	int error = 0;

	if (trace->phase == STOPPED)
		return 0;
	if (region.kind == TRACE_REGION_STACK) {
		uint64_t end = region.end / PAGE_BYTES;
		uint64_t pages = STACK_BYTES_MAX / PAGE_BYTES;

		trace->stack_bottom = region.offset > 0
					      ? region.offset / PAGE_BYTES
				      : end > pages ? end - pages
						    : 0;
		region.offset = 0;
		region.name = "[stack]";
		trace->stack = region;
		trace->stack_room =
			region.start / PAGE_BYTES - trace->stack_bottom;
	}
	if (trace->phase == SKIPPING && is_mark(&trace->job->skip, &region))
		error = begin(trace);
	if (error == 0)
		error = trace_writer_region(trace->writer, &region);
	if (trace->phase == RECORDING && is_mark(&trace->job->limit, &region))
		stop(trace);
	return error;
}

bool record_trace_stopped(const struct record_trace *trace)
{
	return trace->phase == STOPPED;
}

void record_trace_count(
	struct record_trace *trace, const struct trace_ending *counts)
{
	if (is_set(&trace->job->skip) || is_set(&trace->job->limit))
		return;
	trace->ending.loads = counts->loads;
	trace->ending.stores = counts->stores;
	trace->ending.fetches = counts->fetches;
	trace->ending.kernel = counts->kernel;
}

/* ---- opening and ending ---- */

int record_trace_open(const struct record_job *job, const char *path,
	pid_t process, struct record_trace **out, struct message *message)
{
	struct record_trace *trace = calloc(1, sizeof(*trace));
	struct trace_writer_options options = {
		.program = job->argv[0],
		.arguments = job->arguments,
		.tool = job->tool,
		.page_bytes = PAGE_BYTES,
		.date_s = (uint64_t)time(NULL),
		.process = (uint32_t)process,
		.fidelity = job->fidelity,
		.period = job->period,
		.has_writes = !job->no_writes,
		.reduce = job->reduce,
		.threads = trace_writer_threads(),
	};

	if (trace == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	trace->job = job;
	trace->phase = is_set(&job->skip) ? SKIPPING : RECORDING;
	trace->left = trace->phase == SKIPPING ? job->skip.references
					       : job->limit.references;
	int error = trace_writer_open(path, &options, &trace->writer, message);

	if (error != 0)
		free(trace);
	else
		*out = trace;
	return error;
}

int record_trace_finish(struct record_trace *trace, struct message *message)
{
	trace_writer_set_ending(trace->writer, &trace->ending);
	int error = trace_writer_finish(trace->writer, message);

	free(trace);
	return error;
}

void record_trace_abort(struct record_trace *trace)
{
	trace_writer_abort(trace->writer, false);
	free(trace);
}
