/* A program under perf events: see record-perf.h. */
#include <config.h>

#include "tracer/record-perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/perf-events.h"
#include "tracer/perf-ring.h"
#include "tracer/pmu-event.h"
#include "tracer/record-program.h"
#include "tracer/record-trace.h"

#define PAGE_SHIFT 12
/* A round at least so often, so that what is held back stays small. */
#define ROUND_MS 50

struct record {
	struct record_job job;
	struct record_trace *trace;
	struct perf_events events;
	struct perf_rings *rings;
	struct program program;
	uint64_t references, children, lost;
	unsigned execs;
	char *exec; /* what it became, not recorded */
	int error;  /* of the trace */
	char tool[256];
};

/* ---- opening ---- */

static int try_open(struct record *record)
{
	int error = perf_rings_open(
		record->events.event, record->events.count, &record->rings);

	if (error != 0)
		perf_events_free(&record->events);
	return error;
}

/* Of the kernel's faults on the program's pages, too, if that is allowed. */
static int open_faults(struct record *record)
{
	int error = perf_events_faults(true, &record->events);

	if (error == 0)
		error = try_open(record);
	if (error != -EACCES && error != -EPERM)
		return error;
	error = perf_events_faults(false, &record->events);
	return error != 0 ? error : try_open(record);
}

/* The first way that works; else what the first one's failure was. */
static int open_samples(struct record *record)
{
	int first_error = 0;

	for (unsigned way = 0;; way++) {
		int error = perf_events_samples(
			way, record->job.period, &record->events);

		if (error == 0)
			error = try_open(record);
		else
			return first_error != 0 ? first_error : error;
		if (error == 0)
			return 0;
		if (first_error == 0)
			first_error = error;
	}
}

static int open_events(struct record *record, struct message *message)
{
	int error = record->job.period > 0 ? open_samples(record)
					   : open_faults(record);

	if (error == 0)
		return 0;
	return message_set(message, error, "perf: %s: %s%s",
		record->job.period > 0 ? "samples of loads and stores"
				       : "page faults",
		pmu_event_error(error),
		record->job.period > 0
			? "; without --period page faults are recorded"
			: "");
}

/* The trace says what it holds, and how it was had. */
static int open_trace(struct record *record, struct message *message)
{
	struct record_job *job = &record->job;

	snprintf(record->tool, sizeof(record->tool), "%s (%s)", job->tool,
		record->events.description);
	job->tool = record->tool;
	job->fidelity = job->period > 0 ? TRACE_SAMPLED : TRACE_FIRST_TOUCHES;
	/* A fault does not tell what it was for. */
	job->no_writes = job->period == 0;
	return record_trace_open(job, job->output, 0, &record->trace, message);
}

/* ---- what comes ---- */

/* Of samples the processor tells which it was, or else the event does. */
static unsigned kinds_of(
	const struct record *record, const struct perf_record *touch)
{
	union perf_mem_data_src source = {.val = touch->source};

	if (source.mem_op & PERF_MEM_OP_STORE)
		return TRACE_WRITE;
	if (source.mem_op & PERF_MEM_OP_LOAD)
		return TRACE_READ;
	return record->events.kinds[touch->event];
}

static int take_touch(struct record *record, const struct perf_record *touch)
{
	unsigned kinds = kinds_of(record, touch);
	struct trace_touch page = {touch->address >> PAGE_SHIFT, 1, kinds};

	/* No address, no load or store; or the kernel's own memory. */
	if (touch->address == 0 || touch->address >> 63 || kinds == 0)
		return 0;
	if ((kinds & record->job.kinds) == 0)
		return 0;
	if (touch->kernel && record->job.period > 0)
		return 0;
	if (touch->kernel)
		page.kinds |= TRACE_KERNEL;
	record->references++;
	return record_trace_add(record->trace, &page, 1, touch->thread);
}

static int take_map(struct record *record, const struct perf_record *map)
{
	struct trace_region region = {
		.kind = TRACE_REGION_MAP,
		.start = map->address,
		.end = map->address + map->bytes,
		.offset = map->offset,
		.protection = (map->protection & PROT_READ ? 1 : 0) |
			      (map->protection & PROT_WRITE ? 2 : 0) |
			      (map->protection & PROT_EXEC ? 4 : 0),
		.thread = map->thread,
		.name = map->name,
	};

	if (region.end <= region.start || map->address >> 63)
		return 0;
	region.anonymous = map->name[0] != '/';
	if (strcmp(map->name, "//anon") == 0) {
		region.anonymous = true;
		region.name = "";
	}
	if (region.anonymous)
		region.offset = 0;
	if (strcmp(map->name, "[stack]") == 0)
		region.kind = TRACE_REGION_STACK;
	return record_trace_region(record->trace, &region);
}

static int take_lost(struct record *record, const struct perf_record *lost)
{
	struct trace_region gap = {
		.kind = TRACE_REGION_GAP,
		.number = lost->lost,
		.name = "",
	};

	record->lost += lost->lost > 0 ? lost->lost : 1;
	return record_trace_region(record->trace, &gap);
}

/* The program's own start is the first exec. */
static int take_exec(struct record *record, const struct perf_record *exec)
{
	struct trace_region region = {
		.kind = TRACE_REGION_EXEC,
		.thread = exec->thread,
		.name = exec->name,
	};

	if (record->execs++ == 0)
		return 0;
	if (!record->job.follow_exec && record->exec == NULL)
		record->exec = strdup(exec->name);
	return record->job.follow_exec
		       ? record_trace_region(record->trace, &region)
		       : 0;
}

static int take(void *context, const struct perf_record *taken)
{
	struct record *record = context;

	if (taken->kind == PERF_LOST)
		return take_lost(record, taken);
	if (taken->process != (uint32_t)record->program.process)
		return 0;
	if (record->exec != NULL)
		return 0;
	switch (taken->kind) {
	case PERF_TOUCH:
		return take_touch(record, taken);
	case PERF_MAP:
		return take_map(record, taken);
	case PERF_EXEC:
		return take_exec(record, taken);
	case PERF_FORK:
		record->children++;
		return 0;
	default:
		return 0;
	}
}

/* ---- the loop ---- */

static void round_of(struct record *record, bool last)
{
	if (record->error == 0)
		record->error =
			perf_rings_read(record->rings, last, take, record);
	if (record->error != 0)
		program_give_up(&record->program);
	if (record->job.tick != NULL)
		record->job.tick(record->job.context, record->references);
}

static void run(struct record *record)
{
	while (!record->program.exited) {
		program_kill_late(&record->program);
		perf_rings_wait(
			record->rings, record->program.signals, ROUND_MS);
		program_read_signals(&record->program);
		round_of(record, false);
	}
	round_of(record, true);
}

/* ---- all of it ---- */

static void tell_lost(const struct record *record)
{
	char line[160];

	if (record->lost == 0 || record->job.talk == NULL)
		return;
	int bytes = snprintf(line, sizeof(line),
		"selfpage record: the kernel dropped %llu records or more, as "
		"nobody could take them fast enough; gaps tell where",
		(unsigned long long)record->lost);

	record->job.talk(record->job.context, line, (size_t)bytes);
}

static int tell_result(struct record *record, struct record_result *result)
{
	struct record_output *output = calloc(1, sizeof(*output));

	if (output == NULL)
		return -ENOMEM;
	*result = (struct record_result){
		.wait_status = record->program.wait_status,
		.error = record->error,
		.outputs = output,
	};
	output->path = strdup(record->job.output);
	output->process = record->program.process;
	output->references = record->references;
	output->children = record->children;
	output->exec = record->exec;
	record->exec = NULL;
	if (output->references == 0)
		record_trace_abort(record->trace);
	else
		output->error =
			record_trace_finish(record->trace, &output->message);
	record->trace = NULL;
	tell_lost(record);
	return 0;
}

static int start(struct record *record, struct message *message)
{
	int error = open_events(record, message);

	if (error == 0)
		error = open_trace(record, message);
	if (error != 0)
		return error;
	error = program_prepare(&record->program);
	if (error == 0)
		error = program_start(
			&record->program, record->job.engine, record->job.argv);
	if (error != 0)
		message_set(message, error, "cannot start %s: %s",
			record->job.engine, strerror(-error));
	return error;
}

/* The signals stay blocked: the trace has yet to be finished. */
static void destroy(struct record *record)
{
	if (record->trace != NULL)
		record_trace_abort(record->trace);
	perf_rings_close(record->rings);
	perf_events_free(&record->events);
	program_close(&record->program);
	free(record->exec);
	free(record);
}

int record_perf(const struct record_job *job, struct record_result *result,
	struct message *message)
{
	struct record *record = calloc(1, sizeof(*record));

	if (record == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	record->job = *job;
	record->program.signals = -1;
	int error = start(record, message);

	if (error == 0) {
		run(record);
		error = tell_result(record, result);
	}
	destroy(record);
	return error;
}
