/* A program under Lackey: see record-run.h for how it all hangs together. */
#include <config.h>

#include "tracer/record-run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tracer/lackey.h"

#define TEXT_BYTES (1u << 20)
#define PIPE_BYTES (1 << 20)
/* As small as a pipe gets: so Valgrind waits for us near its first line,
 * and we see the address space that the program starts with. */
#define PIPE_FIRST_BYTES 4096
#define READ_ENOUGH_BYTES (256u << 10)
#define KILL_AFTER_NS (5 * INT64_C(1000000000))
/* Above what shells and people use, below the usual limit of 1024. */
#define LOG_FILE_MIN 1000

struct record {
	const struct record_job *job;
	struct lackey *lackey;
	int from_log, to_log; /* the pipe; -1 when closed */
	int signals;	      /* signalfd */
	sigset_t old_mask;
	pid_t program;
	int wait_status;
	bool exited, log_ended, begun;
	bool little; /* the last read brought little */
	int sink_error;
	int64_t kill_at_ns; /* 0: not */
	size_t bytes;	    /* in text: part of a line */
	char text[TEXT_BYTES + PARSE_PADDING];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void close_log(int *file)
{
	if (*file >= 0)
		close(*file);
	*file = -1;
}

/* ---- start ---- */

/*
 * SIGXFSZ is blocked so that a trace that grows over the limit of file sizes
 * is an error of write, as a full disk is.
 */
static int open_signals(struct record *record)
{
	static const int wanted[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP};
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		sigaddset(&mask, wanted[i]);
	record->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (record->signals < 0)
		return -errno;
	sigaddset(&mask, SIGXFSZ);
	return sigprocmask(SIG_BLOCK, &mask, &record->old_mask) == 0 ? 0
								     : -errno;
}

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
	record->program = fork();
	if (record->program == 0) {
		sigprocmask(SIG_SETMASK, &record->old_mask, NULL);
		execv(record->job->valgrind, arguments);
		_exit(127);
	}
	int error = record->program < 0 ? -errno : 0;

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
	record->kill_at_ns = now_ns() + KILL_AFTER_NS;
	if (!record->exited)
		kill(record->program, SIGTERM);
}

/* The address space at the first line.  Without it (no memory, no /proc),
 * the trace lacks the first maps, no more. */
static int read_maps(struct record *record)
{
	char path[64];
	size_t bytes = 0, room = 64 << 10;
	char *text = malloc(room);
	int error = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)record->program);
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
		record->job->sink->context, lackey_references(record->lackey));
}

static void read_log(struct record *record)
{
	ssize_t got = read(record->from_log, record->text + record->bytes,
		TEXT_BYTES - record->bytes);

	if (got < 0 && errno == EINTR)
		return;
	/* Empty, though a forked child may hold it open: it is silent. */
	record->log_ended = got == 0 || (got < 0 && record->exited);
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
	struct signalfd_siginfo info;

	while (read(record->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD) {
			/* The terminal's went to the program as well. */
			if (info.ssi_code != SI_KERNEL && !record->exited)
				kill(record->program, info.ssi_signo);
			continue;
		}
		if (!record->exited &&
			waitpid(record->program, &record->wait_status,
				WNOHANG) == record->program) {
			record->exited = true;
			close_log(&record->to_log);
		}
	}
}

/* ---- the loop ---- */

/* Sleeps until there is something to do, or for the little while in which
 * more of Lackey's lines gather. */
static void wait_for_more(struct record *record)
{
	struct pollfd files[2] = {
		{.fd = record->signals, .events = POLLIN},
		{.fd = record->from_log, .events = POLLIN},
	};
	unsigned count = record->log_ended || record->little ? 1 : 2;
	int timeout_ms = record->little ? 1 : -1;

	if (record->exited)
		timeout_ms = 0;
	else if (record->kill_at_ns != 0 && timeout_ms < 0)
		timeout_ms = 100;
	poll(files, count, timeout_ms);
	if (record->kill_at_ns != 0 && !record->exited &&
		now_ns() > record->kill_at_ns) {
		kill(record->program, SIGKILL);
		record->kill_at_ns = INT64_MAX;
	}
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
	while (!record->exited || !record->log_ended) {
		wait_for_more(record);
		read_signals(record);
		if (!record->log_ended)
			read_log(record);
	}
	take_last_line(record);
}

/* The signals stay blocked: the trace has yet to be finished. */
static void destroy(struct record *record)
{
	close_log(&record->to_log);
	close_log(&record->from_log);
	close_log(&record->signals);
	lackey_close(record->lackey);
	free(record);
}

int record_run(const struct record_job *job, struct record_result *result,
	struct message *message)
{
	struct record *record = calloc(1, sizeof(*record));
	struct lackey_options options = {
		.page_bytes = 4096, .kinds = job->kinds};

	if (record == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	record->job = job;
	record->from_log = record->to_log = record->signals = -1;
	int error = lackey_open(&options, job->sink, &record->lackey);

	if (error == 0)
		error = open_signals(record);
	if (error == 0)
		error = open_pipe(record);
	if (error == 0)
		error = start_program(record);
	if (error == 0) {
		run(record);
		const char *exec = lackey_exec(record->lackey);

		*result = (struct record_result){
			.wait_status = record->wait_status,
			.sink_error = record->sink_error,
			.references = lackey_references(record->lackey),
			.children = lackey_children(record->lackey),
		};
		snprintf(result->exec, sizeof(result->exec), "%s",
			exec != NULL ? exec : "");
	} else {
		message_set(message, error, "cannot start %s: %s",
			job->valgrind, strerror(-error));
	}
	destroy(record);
	return error;
}
