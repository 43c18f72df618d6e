/* A program under Lackey: see record-lackey.h for how it hangs together. */
#include <config.h>

#include "tracer/record-lackey.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tracer/lackey.h"
#include "tracer/record-program.h"
#include "tracer/record-trace.h"

#define TEXT_BYTES (1u << 20)
#define PIPE_BYTES (1 << 20)
/* As small as a pipe gets: so Valgrind waits for us near its first line,
 * and we see the address space that the program starts with. */
#define PIPE_FIRST_BYTES 4096
#define READ_ENOUGH_BYTES (256u << 10)
/* Above what shells and people use, below the usual limit of 1024. */
#define LOG_FILE_MIN 1000

struct record {
	const struct record_job *job;
	struct record_trace *trace;
	struct lackey *lackey;
	int from_log, to_log; /* the pipe; -1 when closed */
	struct program program;
	bool log_ended, begun;
	bool little; /* the last read brought little */
	int sink_error;
	size_t bytes; /* in text: part of a line */
	char text[TEXT_BYTES + PARSE_PADDING];
};

static void close_log(int *file)
{
	if (*file >= 0)
		close(*file);
	*file = -1;
}

/* ---- start ---- */

static int open_pipe(struct record *record)
{
	int ends[2];
	struct rlimit limit;
	int high = LOG_FILE_MIN;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	record->from_log = ends[0];
	/* A limit below: just under it. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		limit.rlim_cur < LOG_FILE_MIN + 8)
		high = limit.rlim_cur > 24 ? (int)limit.rlim_cur - 8 : 16;
	record->to_log = fcntl(ends[1], F_DUPFD, high);
	int error = record->to_log < 0 ? -errno : 0;

	close(ends[1]);
	fcntl(record->from_log, F_SETFL, O_NONBLOCK);
	fcntl(record->from_log, F_SETPIPE_SZ, PIPE_FIRST_BYTES);
	return error;
}

/*
 * --command-line-only: options that somebody keeps in ~/.valgrindrc must not
 * change what is recorded.  --basic-counts=no leaves out counters that
 * nobody would read.
 */
static char **make_arguments(const struct record *record, char *log_option)
{
	char *const fixed[] = {"valgrind", "-q", "--command-line-only=yes",
		"--tool=lackey", "--basic-counts=no", "--trace-mem=yes",
		"--trace-syscalls=yes", "--trace-sched=yes", "--vgdb=no",
		"--trace-children=no", "--child-silent-after-fork=yes",
		log_option};
	size_t fixed_count = sizeof(fixed) / sizeof(*fixed), count = 0;

	while (record->job->argv[count] != NULL)
		count++;
	char **arguments =
		malloc((fixed_count + count + 1) * sizeof(*arguments));

	if (arguments == NULL)
		return NULL;
	memcpy(arguments, fixed, sizeof(fixed));
	memcpy(arguments + fixed_count, record->job->argv,
		(count + 1) * sizeof(*arguments));
	return arguments;
}

static int start_program(struct record *record)
{
	char log_option[32];

	snprintf(log_option, sizeof(log_option), "--log-fd=%d", record->to_log);
	char **arguments = make_arguments(record, log_option);

	if (arguments == NULL)
		return -ENOMEM;
	int error =
		program_start(&record->program, record->job->engine, arguments);

	free(arguments);
	return error;
}

/* ---- what comes ---- */

/* Any error here is the sink's, or of memory: the program must end. */
static void give_up(struct record *record, int error)
{
	if (error == 0 || record->sink_error != 0)
		return;
	record->sink_error = error;
	program_give_up(&record->program);
}

/* The address space at the first line.  Without it (no memory, no /proc),
 * the trace lacks the first maps, no more. */
static int read_maps(struct record *record)
{
	char path[64];
	size_t bytes = 0, room = 64 << 10;
	char *text = malloc(room);
	int error = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps",
		(int)record->program.process);
	int file = open(path, O_RDONLY | O_CLOEXEC);

	while (text != NULL && file >= 0 && bytes + 1 < room) {
		ssize_t got = read(file, text + bytes, room - bytes - 1);

		if (got <= 0)
			break;
		bytes += got;
	}
	if (bytes > 0) {
		text[bytes] = '\0';
		error = lackey_feed_maps(record->lackey, text);
	}
	if (file >= 0)
		close(file);
	free(text);
	return error;
}

/* Valgrind has its own copy of the pipe by now: ours is closed, so that the
 * pipe ends when the program does. */
static void begin(struct record *record)
{
	record->begun = true;
	close_log(&record->to_log);
	give_up(record, read_maps(record));
	fcntl(record->from_log, F_SETPIPE_SZ, PIPE_BYTES);
}

/* Parses the whole lines and keeps the part of one. */
static void take_text(struct record *record)
{
	const char *bad;
	char *last = memrchr(record->text, '\n', record->bytes);

	if (record->sink_error != 0) {
		record->bytes = 0;
		return;
	}
	if (last == NULL) {
		/* No line of Lackey's is as long as that. */
		if (record->bytes == TEXT_BYTES)
			record->bytes = 0;
		return;
	}
	size_t whole = last + 1 - record->text;

	give_up(record, lackey_feed(record->lackey, record->text, whole, &bad));
	record->bytes -= whole;
	memmove(record->text, record->text + whole, record->bytes);
	record->job->tick(
		record->job->context, lackey_references(record->lackey));
}

static void read_log(struct record *record)
{
	ssize_t got = read(record->from_log, record->text + record->bytes,
		TEXT_BYTES - record->bytes);

	if (got < 0 && errno == EINTR)
		return;
	/* Empty, though a forked child may hold it open: it is silent. */
	record->log_ended = got == 0 || (got < 0 && record->program.exited);
	record->little = got > 0 && got < READ_ENOUGH_BYTES;
	if (got <= 0)
		return;
	if (!record->begun)
		begin(record);
	record->bytes += got;
	take_text(record);
}

static void read_signals(struct record *record)
{
	program_read_signals(&record->program);
	if (record->program.exited)
		close_log(&record->to_log);
}

/* ---- the loop ---- */

/* Sleeps until there is something to do, or for the little while in which
 * more of Lackey's lines gather. */
static void wait_for_more(struct record *record)
{
	struct pollfd files[2] = {
		{.fd = record->program.signals, .events = POLLIN},
		{.fd = record->from_log, .events = POLLIN},
	};
	unsigned count = record->log_ended || record->little ? 1 : 2;
	int timeout_ms = program_kill_late(&record->program);

	if (record->program.exited)
		timeout_ms = 0;
	else if (record->little)
		timeout_ms = 1;
	poll(files, count, timeout_ms);
}

/* The last line has no newline when the program went away by exec. */
static void take_last_line(struct record *record)
{
	const char *bad;

	if (record->bytes == 0 || record->bytes == TEXT_BYTES ||
		record->text[0] != 'S' || record->sink_error != 0)
		return;
	record->text[record->bytes++] = '\n';
	give_up(record,
		lackey_feed(record->lackey, record->text, record->bytes, &bad));
}

static void run(struct record *record)
{
	while (!record->program.exited || !record->log_ended) {
		wait_for_more(record);
		read_signals(record);
		if (!record->log_ended)
			read_log(record);
	}
	take_last_line(record);
}

/* ---- the sink ---- */

static int sink_add(
	void *context, const struct run *runs, size_t count, uint32_t thread)
{
	struct record *record = context;
	struct trace_touch part[64];
	size_t most = sizeof(part) / sizeof(part[0]);
	int error = 0;

	while (count > 0 && error == 0) {
		size_t taken = count < most ? count : most;

		for (size_t i = 0; i < taken; i++)
			part[i] = (struct trace_touch){
				runs[i].vpn, runs[i].count, runs[i].kinds};
		error = record_trace_add(record->trace, part, taken, thread);
		runs += taken;
		count -= taken;
	}
	return error;
}

static int sink_region(void *context, const struct trace_region *region)
{
	struct record *record = context;

	return record_trace_region(record->trace, region);
}

static void sink_talk(void *context, const char *line, size_t bytes)
{
	struct record *record = context;

	record->job->talk(record->job->context, line, bytes);
}

/* ---- all of it ---- */

static int start(struct record *record, const struct run_sink *sink)
{
	struct lackey_options options = {
		.page_bytes = 4096, .kinds = record->job->kinds};
	int error = lackey_open(&options, sink, &record->lackey);

	if (error == 0)
		error = program_prepare(&record->program);
	if (error == 0)
		error = open_pipe(record);
	if (error == 0)
		error = start_program(record);
	return error;
}

/* The signals stay blocked: the trace has yet to be finished. */
static void destroy(struct record *record)
{
	close_log(&record->to_log);
	close_log(&record->from_log);
	program_close(&record->program);
	lackey_close(record->lackey);
	free(record);
}

static int tell_result(struct record *record, struct record_result *result)
{
	struct record_output *output = calloc(1, sizeof(*output));
	const char *exec = lackey_exec(record->lackey);

	if (output == NULL)
		return -ENOMEM;
	*result = (struct record_result){
		.wait_status = record->program.wait_status,
		.error = record->sink_error,
		.outputs = output,
	};
	output->path = strdup(record->job->output);
	output->process = record->program.process;
	output->references = lackey_references(record->lackey);
	output->children = lackey_children(record->lackey);
	output->exec = exec != NULL ? strdup(exec) : NULL;
	if (output->references == 0)
		record_trace_abort(record->trace);
	else
		output->error =
			record_trace_finish(record->trace, &output->message);
	record->trace = NULL;
	return 0;
}

int record_lackey(const struct record_job *job, struct record_result *result,
	struct message *message)
{
	struct record *record = calloc(1, sizeof(*record));
	struct run_sink sink = {record, sink_add, sink_region, sink_talk};

	if (record == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	record->job = job;
	record->from_log = record->to_log = record->program.signals = -1;
	int error =
		record_trace_open(job, job->output, 0, &record->trace, message);

	if (error == 0) {
		error = start(record, &sink);
		if (error != 0)
			message_set(message, error, "cannot start %s: %s",
				job->engine, strerror(-error));
	}
	if (error == 0) {
		run(record);
		error = tell_result(record, result);
	}
	if (record->trace != NULL)
		record_trace_abort(record->trace);
	destroy(record);
	return error;
}
