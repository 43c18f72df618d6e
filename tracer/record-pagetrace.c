/* A program under our own tool: see record-pagetrace.h. */
#include <config.h>

#include "tracer/record-pagetrace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pagetrace/protocol.h"
#include "tracer/pagetrace.h"
#include "tracer/record-program.h"
#include "tracer/record-ring.h"
#include "tracer/record-trace.h"

#define LAUNCHER "pagetrace-launch"

struct record;

/* One process of the program, until its trace is whole. */
struct process {
	struct process *next;
	struct record *record;
	pid_t process;
	struct ring *ring;
	struct pagetrace *pagetrace;
	struct record_trace *trace;
	pthread_t thread;
	bool hung_up;
	struct record_output *output;
	/* Of the thread, read by others. */
	uint64_t references;
	bool done; /* the thread has nothing left to do */
	bool failed;
};

struct record {
	const struct record_job *job;
	struct program program;
	int from_control, to_control; /* where processes say hello */
	int news;		      /* eventfd: a thread is done or failed */
	struct process *processes;
	uint64_t references; /* of processes that are done */
	int error;
	struct record_output *outputs, **last;
};

/* ---- the thread of a process ---- */

static int sink_add(void *context, const struct trace_touch *runs, size_t count,
	uint32_t thread)
{
	struct process *process = context;

	return record_trace_add(process->trace, runs, count, thread);
}

static int sink_region(void *context, const struct trace_region *told)
{
	struct process *process = context;
	struct trace_region region = *told;
	char name[256];

	if (region.kind == TRACE_REGION_FORK) {
		if (process->record->job->no_forks) {
			process->output->children++;
		} else {
			record_child_name(process->record->job,
				(pid_t)region.number, name, sizeof(name));
			region.name = name;
		}
	}
	return record_trace_region(process->trace, &region);
}

static void tell_news(struct record *record)
{
	uint64_t one = 1;

	/* Full only if the news is known. */
	if (write(record->news, &one, sizeof(one)) < 0)
		return;
}

/* Until the process ends, the limit is reached, or something is wrong. */
static int take_all(struct process *process)
{
	const uint64_t *words;
	size_t count;
	int error = 0;

	while (error == 0 && !record_trace_stopped(process->trace) &&
		ring_next(process->ring, &words, &count)) {
		error = pagetrace_feed(process->pagetrace, words, count);
		ring_release(process->ring);
		__atomic_store_n(&process->references,
			pagetrace_references(process->pagetrace),
			__ATOMIC_RELAXED);
	}
	return error;
}

static void finish_trace(struct process *process, int error)
{
	struct record_output *output = process->output;
	const char *exec = pagetrace_exec(process->pagetrace);
	struct trace_ending counts;

	if (exec != NULL) {
		struct trace_region region = {
			.kind = TRACE_REGION_EXEC, .name = exec};

		record_trace_region(process->trace, &region);
		output->exec = strdup(exec);
	}
	pagetrace_count(process->pagetrace, &counts);
	record_trace_count(process->trace, &counts);
	output->references = process->references;
	if (output->references == 0) {
		record_trace_abort(process->trace);
		output->error = error;
		return;
	}
	output->error = record_trace_finish(process->trace, &output->message);
	if (output->error == 0 && error != 0)
		output->error = message_set(&output->message, error,
			"%s: %s; it goes as far as it did", output->path,
			error == -EINVAL ? "the tool's stream is broken"
					 : strerror(-error));
}

static void *process_thread(void *context)
{
	struct process *process = context;
	int error = take_all(process);

	/* While the trace is finished, its process goes on already. */
	ring_stop(process->ring);
	if (error != 0) {
		__atomic_store_n(&process->failed, true, __ATOMIC_SEQ_CST);
		tell_news(process->record);
	}
	finish_trace(process, error);
	__atomic_store_n(&process->done, true, __ATOMIC_SEQ_CST);
	tell_news(process->record);
	return NULL;
}

/* ---- processes come and go ---- */

static struct record_output *add_output(struct record *record, pid_t process)
{
	struct record_output *output = calloc(1, sizeof(*output));

	if (output == NULL)
		return NULL;
	output->path =
		record_output_name(record->job, record->outputs, process);
	if (output->path == NULL) {
		free(output);
		return NULL;
	}
	output->process = process;
	*record->last = output;
	record->last = &output->next;
	return output;
}

static int open_process(struct process *process)
{
	struct record *record = process->record;
	const struct pagetrace_sink sink = {process, sink_add, sink_region};
	struct record_output *output = process->output;
	int error =
		pagetrace_open(record->job->kinds, &sink, &process->pagetrace);

	if (error == 0)
		error = record_trace_open(record->job, output->path,
			process->process, &process->trace, &output->message);
	if (error == 0)
		error = -pthread_create(
			&process->thread, NULL, process_thread, process);
	if (error != 0 && process->trace != NULL)
		record_trace_abort(process->trace);
	if (error != 0 && output->message.text[0] == '\0')
		message_set(&output->message, error, "%s: %s", output->path,
			strerror(-error));
	output->error = error;
	return error;
}

static void free_process(struct process *process)
{
	ring_detach(process->ring);
	pagetrace_close(process->pagetrace);
	free(process);
}

/* A process that cannot be recorded goes on all the same; but for the first:
 * it waits, and has not run at all. */
static void refuse(struct record *record, struct process *process, int error)
{
	ring_stop(process->ring);
	if (process->process == record->program.process) {
		record->error = error;
		kill(process->process, SIGKILL);
	} else {
		ring_start(process->ring);
	}
	free_process(process);
}

/* A process that cannot be reached: its tool will give up waiting. */
static void miss(
	struct record *record, const struct pagetrace_hello *hello, int error)
{
	struct record_output *output = add_output(record, hello->process);

	if (output != NULL)
		output->error = message_set(&output->message, error,
			"process %d was not recorded: its memory cannot be "
			"reached: %s",
			(int)hello->process, strerror(-error));
}

static void add_process(
	struct record *record, const struct pagetrace_hello *hello)
{
	struct process *process = calloc(1, sizeof(*process));
	int error = process == NULL ? -ENOMEM
		    : hello->version != PAGETRACE_VERSION ||
				    hello->ring_bytes != PAGETRACE_BYTES
			    ? -EINVAL
			    : ring_attach(hello, &process->ring);

	if (error != 0) {
		miss(record, hello, error);
		free(process);
		return;
	}
	process->record = record;
	process->process = hello->process;
	process->output = add_output(record, hello->process);
	error = process->output == NULL ? -ENOMEM : open_process(process);
	if (error != 0) {
		refuse(record, process, error);
		return;
	}
	ring_start(process->ring);
	process->next = record->processes;
	record->processes = process;
}

static void read_control(struct record *record)
{
	struct pagetrace_hello hello;

	while (read(record->from_control, &hello, sizeof(hello)) ==
		sizeof(hello))
		add_process(record, &hello);
}

static void hang_up(struct process *process)
{
	if (!process->hung_up)
		ring_end(process->ring);
	process->hung_up = true;
}

/* A trace that cannot be written: the program itself is ended for it. */
static void check_failed(struct record *record, const struct process *process)
{
	if (!__atomic_load_n(&process->failed, __ATOMIC_SEQ_CST) ||
		record->error != 0)
		return;
	record->error = -EIO;
	program_give_up(&record->program);
}

/* Those that are done leave the list. */
static void collect(struct record *record)
{
	struct process **at = &record->processes;
	uint64_t news;

	while (read(record->news, &news, sizeof(news)) > 0)
		continue;
	while (*at != NULL) {
		struct process *process = *at;

		check_failed(record, process);
		if (!__atomic_load_n(&process->done, __ATOMIC_SEQ_CST)) {
			at = &process->next;
			continue;
		}
		pthread_join(process->thread, NULL);
		record->references += process->references;
		*at = process->next;
		free_process(process);
	}
}

/* ---- the loop ---- */

static void tick(struct record *record)
{
	uint64_t references = record->references;

	for (const struct process *process = record->processes; process != NULL;
		process = process->next)
		references +=
			__atomic_load_n(&process->references, __ATOMIC_RELAXED);
	record->job->tick(record->job->context, references);
}

/* The files to wait for: three, and the life lines.  NULL: no memory. */
static struct pollfd *list_files(struct record *record, size_t *count_out)
{
	size_t count = 3;
	struct pollfd *files;

	for (struct process *at = record->processes; at != NULL; at = at->next)
		count++;
	files = calloc(count, sizeof(*files));
	if (files == NULL)
		return NULL;
	files[0] = (struct pollfd){record->program.signals, POLLIN, 0};
	files[1] = (struct pollfd){record->from_control, POLLIN, 0};
	files[2] = (struct pollfd){record->news, POLLIN, 0};
	count = 3;
	for (struct process *at = record->processes; at != NULL; at = at->next)
		files[count++] = (struct pollfd){
			at->hung_up ? -1 : ring_life_line(at->ring), 0, 0};
	*count_out = count;
	return files;
}

#define TICK_MS 100

static void wait_for_more(struct record *record)
{
	int timeout_ms = program_kill_late(&record->program);
	size_t count;
	struct pollfd *files = list_files(record, &count);
	size_t at = 3;

	if (files == NULL)
		return;
	poll(files, count, timeout_ms < 0 ? TICK_MS : timeout_ms);
	for (struct process *process = record->processes; process != NULL;
		process = process->next)
		if (files[at++].revents & (POLLHUP | POLLERR))
			hang_up(process);
	free(files);
}

/* Those that outlive the program: their traces end here. */
static void cut_short(struct record *record, struct record_result *result)
{
	for (struct process *process = record->processes; process != NULL;
		process = process->next) {
		if (!process->hung_up)
			result->outlived |=
				kill(process->process, 0) == 0 &&
				process->process != record->program.process;
		ring_stop(process->ring);
		hang_up(process);
	}
}

static void run(struct record *record, struct record_result *result)
{
	while (!record->program.exited || record->processes != NULL) {
		wait_for_more(record);
		program_read_signals(&record->program);
		if (!record->program.exited)
			read_control(record);
		else
			cut_short(record, result);
		collect(record);
		tick(record);
	}
}

/* ---- all of it ---- */

static int open_files(struct record *record)
{
	int ends[2];

	record->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (record->news < 0 || pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	record->from_control = ends[0];
	record->to_control = ends[1];
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : -errno;
}

/*
 * --command-line-only: options that somebody keeps in ~/.valgrindrc must not
 * change what is recorded.
 */
static int start(struct record *record)
{
	const struct record_job *job = record->job;
	char control[64];
	char *fixed[] = {(char *)job->engine, "--tool=pagetrace", "-q",
		"--command-line-only=yes", "--vgdb=no", "--demangle=no",
		control, job->no_forks ? "--forks=no" : "--forks=yes",
		job->follow_exec ? "--trace-children=yes"
				 : "--trace-children=no"};
	size_t fixed_count = sizeof(fixed) / sizeof(*fixed), count = 0;

	snprintf(control, sizeof(control), "--control=/proc/%d/fd/%d",
		(int)getpid(), record->to_control);
	while (job->argv[count] != NULL)
		count++;
	char **arguments = malloc(sizeof(fixed) + (count + 1) * sizeof(char *));

	if (arguments == NULL)
		return -ENOMEM;
	memcpy(arguments, fixed, sizeof(fixed));
	memcpy(arguments + fixed_count, job->argv,
		(count + 1) * sizeof(*arguments));
	int error = program_start(&record->program, job->engine, arguments);

	free(arguments);
	return error;
}

static void close_file(int file)
{
	if (file >= 0)
		close(file);
}

int record_pagetrace(const struct record_job *job, struct record_result *result,
	struct message *message)
{
	struct record record = {
		.job = job, .from_control = -1, .to_control = -1, .news = -1};

	record.last = &record.outputs;
	*result = (struct record_result){0};
	int error = program_prepare(&record.program);

	if (error == 0)
		error = open_files(&record);
	if (error == 0)
		error = start(&record);
	if (error == 0)
		run(&record, result);
	else
		message_set(message, error, "cannot start %s: %s", job->engine,
			strerror(-error));
	result->wait_status = record.program.wait_status;
	result->error = record.error;
	result->outputs = record.outputs;
	close_file(record.from_control);
	close_file(record.to_control);
	close_file(record.news);
	program_close(&record.program);
	return error;
}

char *record_pagetrace_find(void)
{
	char self[4096];
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *path = NULL;

	if (bytes > 0) {
		self[bytes] = '\0';
		*strrchr(self, '/') = '\0';
		if (asprintf(&path, "%s/pagetrace/" LAUNCHER, self) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return access(PKGLIBEXECDIR "/" LAUNCHER, X_OK) == 0
		       ? strdup(PKGLIBEXECDIR "/" LAUNCHER)
		       : NULL;
}
