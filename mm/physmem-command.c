/* selfpage physmem: serves frames to the processes that connect. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/number.h"
#include "cli/rows.h"
#include "mm/physmem-server.h"

enum {
	FRAMES_MAX = 1 << 28,
	PAGE_BYTES = 4096,
	MODE = 0600,
	CLIENTS_MAX = 1000,
	NOTICE_MS = 100,
	GRACE_MS = 1000,
	MS_MAX = 1 << 30,
	NS_PER_MS = 1000000,
};

struct options {
	const char *path;
	uint64_t frames, notice_ms, grace_ms;
	enum rows_format format;
};

enum { KEY_FORMAT = 1000 };

#define NAME "physmem"

static const struct argp_option argp_options[] = {
	{"frames", 'f', "SIZE", 0,
		"How many frames of 4096 bytes there are, or how much memory "
		"(64MiB)",
		0},
	{"socket", 's', "PATH", 0, "Where clients connect", 0},
	{"notice", 'n', "MS", 0,
		"Milliseconds that a client has to return frames (default: "
		"100)",
		0},
	{"grace", 'g', "MS", 0,
		"And after that, until it is cut off (default: 1000)", 0},
	{"format", KEY_FORMAT, "FORMAT", 0,
		"Of the table of clients: table (default on a terminal), csv "
		"(default elsewhere), json",
		0},
	{0},
};

static const struct command_range notice_range = {
	"--notice", 1, MS_MAX, "milliseconds"};
static const struct command_range grace_range = {
	"--grace", 0, MS_MAX, "milliseconds"};

static uint64_t parse_frames(const char *text, struct argp_state *state)
{
	struct frames_spec *specs = NULL;
	uint64_t frames = 0;
	const char *bad;
	unsigned count;

	if (!frames_parse(text, &specs, &count, &bad) && count == 1 &&
		specs->unit != FRAMES_SHARE)
		frames = frames_resolve(specs, 0, PAGE_BYTES);
	free(specs);
	if (!frames || frames > FRAMES_MAX)
		argp_error(state,
			"--frames: '%s' is not a size; say a count (1000) or "
			"bytes (64MiB), up to %d frames",
			text, FRAMES_MAX);
	return frames;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'f':
		options->frames = parse_frames(text, state);
		break;
	case 's':
		options->path = text;
		break;
	case 'n':
		options->notice_ms =
			command_parse_number(text, &notice_range, state);
		break;
	case 'g':
		options->grace_ms =
			command_parse_number(text, &grace_range, state);
		break;
	case KEY_FORMAT:
		options->format = command_parse_format(text, state);
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", text);
		break;
	case ARGP_KEY_END:
		if (!options->frames)
			argp_error(state, "how many --frames?");
		if (!options->path)
			argp_error(state, "at which --socket?");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"--frames SIZE --socket PATH",
	"Serves physical memory to the processes that connect: a client is "
	"guaranteed as many frames as it asks for, if there are so many, and "
	"has extra ones while nobody needs them."
	"\vExamples:\n"
	"  selfpage physmem --frames 64MiB --socket /run/user/1000/frames\n"
	"  selfpage physmem --frames 1000 --socket frames --notice 20 "
	"--grace 200\n"
	"  kill -USR1 PID    (tells its clients, on standard output)\n"
	"\n"
	"SIGINT and SIGTERM end it: all clients are cut off, and the socket "
	"is removed. Only its user can connect. Clients that end otherwise "
	"than by closing are told on standard error.",
	NULL,
	NULL,
	NULL,
};

static const struct rows_column columns[] = {
	{"client", "client", 6, false},
	{"pid", "pid", 7, false},
	{"guaranteed", "guaranteed", 10, false},
	{"extra", "extra", 8, false},
	{"held", "held", 8, false},
	{"asked", "asked", 8, false},
	{"soft", "soft", 8, false},
	{"contained", "contained", 9, false},
	{"memory_bytes", "memory", 12, false},
};

static int print_rows(struct rows *rows,
	const struct physmem_client_info *infos, uint32_t count)
{
	int error = 0;
	uint32_t i;

	for (i = 0; i < count && !error; i++) {
		rows_count(rows, infos[i].id);
		rows_count(rows, (uint64_t)infos[i].pid);
		rows_count(rows, infos[i].state.guaranteed);
		rows_count(rows, infos[i].state.extra);
		rows_count(rows, infos[i].state.held);
		rows_count(rows, infos[i].state.asked);
		rows_count(rows, infos[i].soft);
		rows_count(rows, infos[i].contained);
		rows_count(rows, infos[i].file_bytes);
		error = rows_end(rows);
	}
	return error;
}

/* The table of clients. 0 or -errno. */
static int print_status(struct physmem_server *server, enum rows_format format)
{
	struct physmem_client_info *infos = calloc(CLIENTS_MAX, sizeof(*infos));
	struct rows *rows;
	uint32_t count;
	int error, end;

	if (!infos)
		return -ENOMEM;
	count = physmem_server_clients(server, infos, CLIENTS_MAX);
	error = rows_start(stdout, format, columns,
		sizeof(columns) / sizeof(columns[0]), &rows);
	if (!error) {
		error = print_rows(rows, infos, count);
		end = rows_finish(rows);
		error = error ? error : end;
	}
	free(infos);
	return error;
}

static void tell_end(
	void *context, uint32_t id, pid_t pid, enum socket_reason reason)
{
	(void)context;
	if (reason != REASON_CLOSED && reason != REASON_SERVER_ENDS)
		fprintf(stderr,
			"selfpage physmem: client %u (process %d): %s\n",
			(unsigned)id, (int)pid, socket_reason_text(reason));
}

/* Until a signal ends it.  The exit status. */
static int serve(struct physmem_server *server, const struct options *options,
	int signals)
{
	struct signalfd_siginfo signal;
	int error;

	for (;;) {
		error = physmem_server_run(server, signals);
		if (error)
			return command_fail(
				1, NAME, "waiting: %s", strerror(-error));
		if (read(signals, &signal, sizeof(signal)) != sizeof(signal))
			continue;
		if (signal.ssi_signo != SIGUSR1)
			return 0;
		error = print_status(server, options->format);
		if (error)
			return command_fail(1, NAME, "standard output: %s",
				strerror(-error));
	}
}

static int fail_to_start(int error, const struct options *options)
{
	if (error == -EADDRINUSE)
		return command_fail(1, NAME,
			"%s: a server listens there, or it is no socket",
			options->path);
	return command_fail(1, NAME, "%s: %s", options->path, strerror(-error));
}

/* A client takes three descriptors. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int physmem_command(int argc, char **argv)
{
	struct options options = {.notice_ms = NOTICE_MS, .grace_ms = GRACE_MS};
	struct physmem_server_config config = {
		.page_bytes = PAGE_BYTES,
		.mode = MODE,
		.peers_max = CLIENTS_MAX,
		.ended = tell_end,
	};
	struct physmem_server *server;
	sigset_t watched;
	int signals, error, status;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	config.frames = (uint32_t)options.frames;
	config.path = options.path;
	config.notice_ns = options.notice_ms * NS_PER_MS;
	config.grace_ns = options.grace_ms * NS_PER_MS;
	allow_descriptors();
	sigemptyset(&watched);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGUSR1);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return command_fail(1, NAME, "signals: %s", strerror(errno));
	error = physmem_server_create(&config, &server);
	if (error) {
		close(signals);
		return fail_to_start(error, &options);
	}
	status = serve(server, &options, signals);
	physmem_server_destroy(server);
	close(signals);
	return status;
}
