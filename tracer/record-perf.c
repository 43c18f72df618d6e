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

/* One process of the program. */
struct process {
	struct process *next;
	pid_t process;
	struct record_trace *trace; /* NULL: ended, or not recorded any more */
	struct record_output *output;
	bool begun; /* the next exec makes another program of it */
};

struct record {
	struct record_job job;
	struct perf_events events;
	struct perf_rings *rings;
	struct program program;
	struct process *processes; /* the one met last comes first */
	struct record_output *outputs, **last;
	uint64_t references, lost;
	int error; /* of a trace */
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
static void name_tool(struct record *record)
{
	struct record_job *job = &record->job;

	snprintf(record->tool, sizeof(record->tool), "%s (%s)", job->tool,
		record->events.description);
	job->tool = record->tool;
	job->fidelity = job->period > 0 ? TRACE_SAMPLED : TRACE_FIRST_TOUCHES;
	/* A fault does not tell what it was for. */
	job->no_writes = job->period == 0;
}

/* ---- processes ---- */

/* Its trace, at the end of those that the result will tell of. */
static int open_trace(struct record *record, struct process *process)
{
	struct record_output *output = calloc(1, sizeof(*output));

	if (output == NULL)
		return -ENOMEM;
	output->path = record_output_name(
		&record->job, record->outputs, process->process);
	output->process = process->process;
	*record->last = output;
	record->last = &output->next;
	process->output = output;
	if (output->path == NULL)
		return output->error = -ENOMEM;
	output->error = record_trace_open(&record->job, output->path,
		process->process, &process->trace, &output->message);
	return output->error;
}

/* Of nothing there is no trace. */
static void finish_trace(struct process *process)
{
	if (process->trace == NULL)
		return;
	if (process->output->references == 0)
		record_trace_abort(process->trace);
	else
		process->output->error = record_trace_finish(
			process->trace, &process->output->message);
	process->trace = NULL;
}

static int add_process(struct record *record, pid_t id, bool begun)
{
	struct process *process = calloc(1, sizeof(*process));

	if (process == NULL)
		return -ENOMEM;
	process->process = id;
	process->begun = begun;
	process->next = record->processes;
	record->processes = process;
	return open_trace(record, process);
}

static void remove_process(struct record *record, struct process *process)
{
	struct process **at = &record->processes;

	finish_trace(process);
	while (*at != process)
		at = &(*at)->next;
	*at = process->next;
	free(process);
}

static struct process *find_process(struct record *record, pid_t id)
{
	for (struct process **at = &record->processes; *at != NULL;
		at = &(*at)->next) {
		struct process *found = *at;

		if (found->process != id)
			continue;
		*at = found->next;
		found->next = record->processes;
		record->processes = found;
		return found;
	}
	return NULL;
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

static int take_touch(struct record *record, struct process *process,
	const struct perf_record *touch)
{
	unsigned kinds = kinds_of(record, touch);
	struct trace_touch page = {touch->address >> PAGE_SHIFT, 1, kinds};

	/* No address, no load or store; or the kernel's own memory. */
	if (touch->address == 0 || touch->address >> 63)
		return 0;
	if ((kinds & record->job.kinds) == 0)
		return 0;
	if (touch->kernel && record->job.period > 0)
		return 0;
	if (touch->kernel)
		page.kinds |= TRACE_KERNEL;
	record->references++;
	process->output->references++;
	return record_trace_add(process->trace, &page, 1, touch->thread);
}

static int take_map(struct process *process, const struct perf_record *map)
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
	return record_trace_region(process->trace, &region);
}

/* Whose they were is not known. */
static int take_lost(struct record *record, const struct perf_record *lost)
{
	struct trace_region gap = {
		.kind = TRACE_REGION_GAP,
		.number = lost->lost,
		.name = "",
	};
	int error = 0;

	record->lost += lost->lost > 0 ? lost->lost : 1;
	for (struct process *process = record->processes;
		process != NULL && error == 0; process = process->next)
		if (process->trace != NULL)
			error = record_trace_region(process->trace, &gap);
	return error;
}

/* The program's own start is an exec, too. */
static int take_exec(struct record *record, struct process *process,
	const struct perf_record *exec)
{
	struct trace_region region = {
		.kind = TRACE_REGION_EXEC,
		.thread = exec->thread,
		.name = exec->name,
	};

	if (!process->begun) {
		process->begun = true;
		return 0;
	}
	int error = record_trace_region(process->trace, &region);

	finish_trace(process);
	if (error == 0 && record->job.follow_exec)
		return open_trace(record, process);
	process->output->exec = strdup(exec->name);
	return error;
}

static int take_fork(struct record *record, struct process *process,
	const struct perf_record *forked)
{
	char name[256] = "";
	struct trace_region region = {
		.kind = TRACE_REGION_FORK,
		.thread = forked->thread,
		.number = forked->child,
		.name = name,
	};

	if (record->job.no_forks)
		process->output->children++;
	else
		record_child_name(
			&record->job, (pid_t)forked->child, name, sizeof(name));
	int error = record_trace_region(process->trace, &region);

	if (error != 0 || record->job.no_forks)
		return error;
	return add_process(record, (pid_t)forked->child, true);
}

static int take(void *context, const struct perf_record *taken)
{
	struct record *record = context;

	if (taken->kind == PERF_LOST)
		return take_lost(record, taken);
	struct process *process = find_process(record, (pid_t)taken->process);

	if (process == NULL)
		return 0;
	if (taken->kind == PERF_END) {
		/* The program's own threads may go on without the first. */
		if (process->process != record->program.process)
			remove_process(record, process);
		return 0;
	}
	if (process->trace == NULL)
		return 0;
	switch (taken->kind) {
	case PERF_TOUCH:
		return take_touch(record, process, taken);
	case PERF_MAP:
		return take_map(process, taken);
	case PERF_EXEC:
		return take_exec(record, process, taken);
	case PERF_FORK:
		return take_fork(record, process, taken);
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

static void tell_result(struct record *record, struct record_result *result)
{
	while (record->processes != NULL) {
		result->outlived |=
			record->processes->process != record->program.process &&
			record->processes->trace != NULL;
		remove_process(record, record->processes);
	}
	result->wait_status = record->program.wait_status;
	result->error = record->error;
	result->outputs = record->outputs;
	record->outputs = NULL;
	tell_lost(record);
}

static int start(struct record *record, struct message *message)
{
	int error = open_events(record, message);

	if (error != 0)
		return error;
	name_tool(record);
	error = program_prepare(&record->program);
	if (error == 0)
		error = add_process(record, 0, false);
	if (error == 0)
		error = program_start(
			&record->program, record->job.engine, record->job.argv);
	if (error == 0) {
		record->processes->process = record->program.process;
		record->outputs->process = record->program.process;
		return 0;
	}
	if (record->outputs != NULL && record->outputs->error != 0)
		*message = record->outputs->message;
	else
		message_set(message, error, "cannot start %s: %s",
			record->job.engine, strerror(-error));
	return error;
}

/* The signals stay blocked: the trace has yet to be finished. */
static void destroy(struct record *record)
{
	struct record_result rest = {.outputs = record->outputs};

	while (record->processes != NULL)
		remove_process(record, record->processes);
	record_result_free(&rest);
	perf_rings_close(record->rings);
	perf_events_free(&record->events);
	program_close(&record->program);
	free(record);
}

int record_perf(const struct record_job *job, struct record_result *result,
	struct message *message)
{
	struct record *record = calloc(1, sizeof(*record));

	if (record == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	record->job = *job;
	record->last = &record->outputs;
	record->program.signals = -1;
	int error = start(record, message);

	if (error == 0) {
		run(record);
		tell_result(record, result);
	}
	destroy(record);
	return error;
}
