/* selfpage run: a real program, paged as it runs. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/number.h"
#include "live/descriptors.h"
#include "live/kernel-run.h"
#include "live/program-check.h"
#include "live/run-rows.h"
#include "live/run-settings.h"
#include "live/watch.h"
#include "mm/pager.h"
#include "mm/selfpage.h"
#include "replay/policy-spec.h"
#include "tracer/record-find.h"
#include "tracer/record-program.h"

enum {
	FRAMES_MAX = 1 << 28,
	PAGE = 4096,
	SWAP_USUAL_GIB = 4,
};

struct options {
	struct frames_spec *frames;
	unsigned frames_count;
	uint64_t pages; /* what shares are of; 0: not given */
	uint64_t victim_batch, clean_ahead;
	struct policy_spec policy;
	const char *hints, *log, *rows, *swap;
	uint64_t swap_bytes;
	enum rows_format format;
	unsigned backend;
	bool unpaged, kernel, follow, watch, quiet;
	char **program;
};

/* A run under way. */
struct run {
	const struct options *options;
	struct live_shared *shared;
	int settings_fd;
	int report; /* a file: readable when SIGUSR1 has come */
	struct program program;
	char *path;
	struct watch *watch;
	uint64_t frames;
	struct kernel_limit *limit; /* NULL: the kernel sets none */
	struct timespec start;
	struct message message;
};

/* ---- the call ---- */

enum {
	KEY_UNPAGED = 1000,
	KEY_KERNEL,
	KEY_FOLLOW,
	KEY_WATCH,
	KEY_SWAP,
	KEY_SWAP_SIZE,
	KEY_ROWS,
	KEY_FORMAT,
	KEY_PAGES,
	KEY_FRONT,
	KEY_BATCH,
	KEY_CLEAN,
};

static const struct argp_option argp_options[] = {
	{"frames", 'f', "N", 0,
		"How much memory there is: frames (1000), bytes (64MiB), or a "
		"share (50%) of --pages",
		0},
	{"pages", KEY_PAGES, "N", 0,
		"What shares of --frames are of: zero_faults of a run with "
		"enough frames",
		0},
	{"policy", 'p', "POLICY", 0,
		"What is evicted, such as clock or sfifo:second=50% (sfifo; "
		"with --hints sfifo-hints)",
		0},
	{"hints", 'H', "FILE", 0,
		"What the pager is told of the program's pages", 0},
	{"log", 'l', "FILE", 0,
		"Writes what the pager saw and chose, for selfpage replay "
		"--verify",
		0},
	{"unpaged", KEY_UNPAGED, NULL, 0,
		"Only puts memory where it would be: to record a trace that "
		"foretells a run",
		0},
	{"kernel", KEY_KERNEL, NULL, 0,
		"Has the kernel page instead, in a memory cgroup with a swap "
		"file; for root",
		0},
	{"follow", KEY_FOLLOW, NULL, 0,
		"Pages what the program starts by exec as well, each with as "
		"many frames",
		0},
	{"watch", KEY_WATCH, NULL, 0,
		"Shows resident pages, faults and the hottest regions, on a "
		"terminal",
		0},
	{"swap", KEY_SWAP, "FOLDER", 0,
		"Where the swap file is made, without a name ($TMPDIR, /tmp)",
		0},
	{"swap-size", KEY_SWAP_SIZE, "BYTES", 0,
		"What it may hold at most (4GiB)", 0},
	{"rows", KEY_ROWS, "FILE", 0, "Writes the figures as a row, too", 0},
	{"format", KEY_FORMAT, "FORMAT", 0, "How: csv (default), json or table",
		0},
	{"front", KEY_FRONT, "NAME", 0,
		"How faults come: auto (default), userfaultfd, or mprotect, "
		"which is slower",
		0},
	{"batch", KEY_BATCH, "N", 0,
		"When no frame is free up to N pages leave at once (1); for "
		"programs with threads",
		0},
	{"clean-ahead", KEY_CLEAN, "PAGES", 0,
		"Of so many pages that leave next those that were written to "
		"are written out before, with fifo and sfifo (none)",
		0},
	{"quiet", 'q', NULL, 0, "No line of figures", 0},
	{0},
};

static const char documentation[] =
	"Runs PROGRAM with N frames of 4096 bytes for its memory, paged by "
	"the policies of selfpage replay.  Its input, output, environment and "
	"exit status stay its own.\v"
	"What PROGRAM asks for as it runs is paged: malloc and its family, "
	"anonymous mmap and private maps of files.  Its text, static data and "
	"stacks are not, nor is what is shared between processes.  It must be "
	"dynamically linked with the GNU C library; set-user-ID programs and "
	"those with file capabilities are refused.  No rights are needed.\n"
	"\n"
	"When it has ended, and on SIGUSR1 to this command, there is a line of "
	"figures on standard error.  Forked children are paged too, with as "
	"many frames each; what is started by exec is left alone unless "
	"--follow is given.\n"
	"\n"
	"A line of a file of hints is  [@MARK] WHERE HINT  as for selfpage "
	"replay, without events; WHERE is [heap], [anon:NAME], the name of a "
	"file that is mapped, 0xSTART-0xEND, or *, and behind a name may be "
	"+START-END.  MARK is what the program says by SELFPAGE_MARK, or "
	"writes as a line to the file that $SELFPAGE_MARKS names.  The heap "
	"starts at 0x100000000000, maps at 0x200000000000.\n"
	"\n"
	"Exit status: PROGRAM's; a signal that ended it ends this command, "
	"too; 1 when the run failed, 2 when the call was wrong.\n"
	"\n"
	"Examples:\n"
	"  selfpage run --frames 16MiB --policy clock -- sort -o out FILE\n"
	"  selfpage run --frames 50% --pages 6901 --watch -- python3 job.py\n"
	"  selfpage run --frames 2000 --follow --rows r.csv -- gcc -c big.c\n"
	"  selfpage record --follow-exec -- selfpage run --unpaged -- sort "
	"FILE\n";

/* A policy that faults alone can drive; or the one that takes hints. */
static bool is_possible(const struct policy_ops *ops)
{
	return ops->knows == POLICY_REALISABLE || ops->takes_hints;
}

static void list_possible(char *text, size_t bytes)
{
	const char *name;
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; (name = selfpage_policy_name(i)) != NULL; i++)
		if (is_possible(policy_find(name)) && at < bytes)
			at += snprintf(text + at, bytes - at, "%s%s",
				at > 0 ? ", " : "", name);
}

static void parse_policy(
	struct options *options, const char *text, struct argp_state *state)
{
	struct policy_spec *specs;
	struct message message;
	char possible[512];
	unsigned count;

	list_possible(possible, sizeof(possible));
	if (policy_spec_parse(text, &specs, &count, &message)) {
		argp_error(state, "--policy: %s", message.text);
		return;
	}
	if (count != 1)
		argp_error(state, "--policy: '%s': one policy a run", text);
	else if (!is_possible(specs[0].ops))
		argp_error(state,
			"--policy: %s needs to see every reference, and a "
			"pager sees faults; there are: %s",
			specs[0].ops->name, possible);
	else
		options->policy = specs[0];
	free(specs);
}

static void parse_front(
	struct options *options, const char *text, struct argp_state *state)
{
	static const char *const names[] = {
		[SELFPAGE_LIVE] = "auto",
		[SELFPAGE_LIVE_USERFAULTFD] = "userfaultfd",
		[SELFPAGE_LIVE_PROTECT] = "mprotect",
	};

	for (unsigned i = SELFPAGE_LIVE; i <= SELFPAGE_LIVE_PROTECT; i++)
		if (strcmp(text, names[i]) == 0) {
			options->backend = i;
			return;
		}
	argp_error(state, "--front: '%s' is not auto, userfaultfd or mprotect",
		text);
}

static const struct command_range batch_range = {
	"--batch", 1, BATCH_MAX, "victims"};
static const struct command_range clean_ahead_range = {
	"--clean-ahead", 1, FRAMES_MAX, "pages"};
static const struct command_range pages_range = {
	"--pages", 1, UINT64_MAX, "pages"};
static const struct command_range swap_size_range = {
	"--swap-size", 1, UINT64_MAX, "bytes"};

static error_t parse_flag(int key, struct options *options)
{
	switch (key) {
	case KEY_UNPAGED:
		options->unpaged = true;
		break;
	case KEY_KERNEL:
		options->kernel = true;
		break;
	case KEY_FOLLOW:
		options->follow = true;
		break;
	case KEY_WATCH:
		options->watch = true;
		break;
	case 'q':
		options->quiet = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void check_call(struct options *options, struct argp_state *state)
{
	if (options->program == NULL)
		argp_error(state, "no PROGRAM given");
	else if (options->kernel && (options->policy.ops || options->hints ||
					    options->log || options->watch))
		argp_error(state,
			"--kernel: there are no policy, hints, log or view "
			"then");
	else if (options->unpaged && (options->frames || options->hints ||
					     options->log || options->kernel))
		argp_error(state,
			"--unpaged: there are no frames, hints or log then");
	else if (!options->unpaged && options->frames_count != 1)
		argp_error(state, options->frames ? "--frames: one size a run"
						  : "--frames N is needed, or "
						    "--unpaged");
	else if (options->frames && options->frames[0].unit == FRAMES_SHARE &&
		 !options->pages)
		argp_error(state,
			"--frames: a share of what? --pages N says how many "
			"pages the program touches");
	else if (options->policy.ops == NULL)
		parse_policy(options, options->hints ? "sfifo-hints" : "sfifo",
			state);
	else if (options->hints && !options->policy.ops->takes_hints)
		argp_error(
			state, "--hints: %s takes none", options->policy.text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'f':
		command_parse_frames(
			text, &options->frames, &options->frames_count, state);
		break;
	case KEY_PAGES:
		options->pages =
			command_parse_number(text, &pages_range, state);
		break;
	case 'p':
		parse_policy(options, text, state);
		break;
	case 'H':
		options->hints = text;
		break;
	case 'l':
		options->log = text;
		break;
	case KEY_SWAP:
		options->swap = text;
		break;
	case KEY_SWAP_SIZE:
		options->swap_bytes =
			command_parse_number(text, &swap_size_range, state);
		break;
	case KEY_BATCH:
		options->victim_batch =
			command_parse_number(text, &batch_range, state);
		break;
	case KEY_CLEAN:
		options->clean_ahead =
			command_parse_number(text, &clean_ahead_range, state);
		break;
	case KEY_ROWS:
		options->rows = text;
		break;
	case KEY_FORMAT:
		options->format = command_parse_format(text, state);
		break;
	case KEY_FRONT:
		parse_front(options, text, state);
		break;
	case ARGP_KEY_ARG:
		/* All that follows is the program's. */
		options->program = state->argv + state->next - 1;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		check_call(options, state);
		break;
	default:
		return parse_flag(key, options);
	}
	return 0;
}

static const struct argp argp = {argp_options, parse_option,
	"-- PROGRAM [ARGUMENT...]", documentation, NULL, NULL, NULL};

/* ---- before the program ---- */

static int find(struct run *run)
{
	const char *name = run->options->program[0];
	int error = find_program(name, &run->path);

	if (error)
		return message_set(
			&run->message, -error, "%s: %s", name, strerror(error));
	return program_check(run->path, &run->message);
}

/* The log is open in the program, with a number of the pager's. */
static int open_log(struct run *run)
{
	const char *path = run->options->log;
	int fd, kept;

	if (!path)
		return 0;
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	kept = fd < 0 ? -1 : fcntl(fd, F_DUPFD, DESCRIPTORS_FIRST);
	if (kept < 0)
		return message_set(
			&run->message, -errno, "%s: %s", path, strerror(errno));
	close(fd);
	run->shared->log_fd = kept;
	return 0;
}

/* Where there is no place for a swap file, that is told before anything is
 * started. */
static int choose_swap(struct run *run)
{
	struct live_shared *shared = run->shared;
	const char *folder = run->options->swap;
	char *whole;
	int error, fd;

	if (!folder || !*folder)
		folder = file_temporary_folder();
	error = file_open_nameless(folder, &fd);
	if (error)
		return message_set(&run->message, error,
			"%s: no swap file can be made there: %s", folder,
			strerror(-error));
	close(fd);
	whole = realpath(folder, NULL);
	if (!whole || strlen(whole) >= sizeof(shared->swap_folder)) {
		free(whole);
		return message_set(&run->message, -ENAMETOOLONG,
			"%s: that path is too long", folder);
	}
	strcpy(shared->swap_folder, whole);
	free(whole);
	shared->swap_bytes = run->options->swap_bytes & -(uint64_t)PAGE;
	return 0;
}

static int set_frames(struct run *run)
{
	const struct options *options = run->options;
	uint64_t frames;

	if (options->unpaged)
		return 0;
	frames = frames_resolve(&options->frames[0], options->pages, PAGE);
	if (frames > FRAMES_MAX)
		return message_set(&run->message, -EINVAL,
			"--frames: more than %d", FRAMES_MAX);
	run->frames = frames;
	/* The library pages nothing for the kernel. */
	run->shared->frames = options->kernel ? 0 : frames;
	return 0;
}

static int prepare(struct run *run)
{
	const struct options *options = run->options;
	int error = find(run);

	if (!error)
		error = run_settings_make(
			&run->shared, &run->settings_fd, &run->message);
	if (error)
		return error;
	run->shared->backend = options->backend;
	run->shared->follow = options->follow;
	run->shared->victim_batch = options->victim_batch;
	run->shared->clean_ahead = options->clean_ahead;
	run_settings_set_policy(run->shared, &options->policy);
	error = set_frames(run);
	if (!error)
		error = run_settings_find_library(run->shared, &run->message);
	if (!error && options->hints)
		error = run_settings_load_hints(
			run->shared, options->hints, &run->message);
	if (!error)
		error = choose_swap(run);
	if (!error)
		error = open_log(run);
	if (!error)
		error = run_settings_export(
			run->shared, run->settings_fd, &run->message);
	return error;
}

/* ---- while it runs ---- */

static struct run_row make_row(const struct run *run)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct run_row){
		.program = run->options->program[0],
		.policy = run->limit ? "kernel" : run->options->policy.text,
		.class = run->limit ? "kernel"
				    : policy_class_name(
					      run->options->policy.ops->knows),
		.kernel = run->limit,
		.figures = &run->shared->figures,
		.seconds = (double)(now.tv_sec - run->start.tv_sec) +
			   (double)(now.tv_nsec - run->start.tv_nsec) * 1e-9,
		.status = run->program.wait_status,
	};
}

/* SIGUSR1 asks for the figures as they are. */
static void report(struct run *run)
{
	struct signalfd_siginfo info;
	struct run_row row = make_row(run);

	while (read(run->report, &info, sizeof(info)) == sizeof(info))
		run_write_line(stderr, &row);
}

/* How long nothing need be done, in milliseconds; -1: for ever. */
static int tick_ms(const struct run *run)
{
	if (run->limit)
		return KERNEL_TICK_MS;
	return run->watch ? WATCH_TICK_MS : -1;
}

static void tick(struct run *run)
{
	if (run->limit)
		kernel_run_look(run->limit, run->shared, &run->program);
	else
		watch_draw(run->watch);
}

static void wait_for_end(struct run *run)
{
	struct pollfd files[] = {
		{.fd = run->program.signals, .events = POLLIN},
		{.fd = run->report, .events = POLLIN},
	};

	if (run->options->watch)
		run->watch = watch_start(&run->shared->figures);
	while (!run->program.exited) {
		int count = poll(files, 2, tick_ms(run));

		if (count == 0)
			tick(run);
		if (count > 0 && files[1].revents)
			report(run);
		if (count > 0 && files[0].revents)
			program_read_signals(&run->program);
	}
	watch_end(run->watch);
	if (run->limit)
		kernel_run_look(run->limit, run->shared, &run->program);
}

static int start(struct run *run)
{
	sigset_t mask;
	int error = program_prepare(&run->program);

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	run->report = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	/* From here on no signal ends the command before the program. */
	if (!error && run->options->kernel) {
		error = kernel_run_begin(
			&run->limit, run->shared, run->frames, &run->message);
		if (error)
			return error;
	}
	clock_gettime(CLOCK_MONOTONIC, &run->start);
	if (!error)
		error = program_start(
			&run->program, run->path, run->options->program);
	if (error)
		message_set(&run->message, error, "%s: %s", run->path,
			strerror(-error));
	return error;
}

/* ---- at the end ---- */

static void print_notes(const struct live_figures *figures)
{
	uint32_t count = figures->notes_count;

	for (uint32_t i = 0; i < count && i < LIVE_NOTES; i++)
		fprintf(stderr, "selfpage run: %.*s\n", LIVE_NOTE_BYTES,
			figures->notes[i]);
	if (count > LIVE_NOTES)
		fprintf(stderr, "selfpage run: ... and %u notes more\n",
			count - LIVE_NOTES);
}

/* By a signal that the library has, or should have, told of. */
static void tell_end(const struct run *run)
{
	int status = run->program.wait_status;
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (run->shared->frames > 0 && !run->shared->figures.ends &&
		(number == SIGSEGV || number == SIGBUS || number == SIGSYS))
		fprintf(stderr,
			"selfpage run: SIG%s ended the program, and the "
			"library in it had no part in it: it was another "
			"program by then (exec), or had blocked the signal, or "
			"had no room on its signal stack\n",
			sigabbrev_np(number));
}

/* Ends as the program did: by the same signal, but with no core of its own. */
static int end_alike(const struct program *program)
{
	const struct rlimit none = {0, 0};
	int status = program->wait_status;
	sigset_t mask;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	fflush(NULL);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, WTERMSIG(status));
	raise(WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	return 128 + WTERMSIG(status);
}

/* Of the kernel's limit nothing stays; else it is told, and not 0. */
static int end_limit(struct run *run)
{
	struct message message;
	int error = run->limit ? kernel_limit_remove(run->limit, &message) : 0;

	run->limit = NULL;
	return error ? command_fail(1, "run", "%s", message.text) : 0;
}

/* The program ended before the library in it had begun. */
static int fail_unstarted(const struct run *run)
{
	int status = run->program.wait_status;

	if (WIFSIGNALED(status))
		return command_fail(1, "run",
			"%s was ended by SIG%s before the library started in "
			"it",
			run->path, sigabbrev_np(WTERMSIG(status)));
	return command_fail(1, "run",
		"the library did not start in %s (exit status %d)", run->path,
		WEXITSTATUS(status));
}

static int end(struct run *run)
{
	const struct options *options = run->options;
	struct run_row row = make_row(run);
	int unremoved = end_limit(run);
	int error;

	print_notes(&run->shared->figures);
	tell_end(run);
	if (run->shared->state == LIVE_FAILED)
		return command_fail(1, "run", "%s was not started", run->path);
	if (run->shared->state == LIVE_NOT_STARTED)
		return fail_unstarted(run);
	if (!options->quiet && !options->unpaged)
		run_write_line(stderr, &row);
	if (options->rows) {
		error = run_write_rows(options->rows, options->format, &row);
		if (error)
			return command_fail(1, "run", "%s: %s", options->rows,
				strerror(-error));
	}
	return unremoved ? 1 : end_alike(&run->program);
}

int run_command(int argc, char **argv)
{
	struct options options = {
		.swap_bytes = (uint64_t)SWAP_USUAL_GIB << 30,
		.format = ROWS_CSV,
		.backend = SELFPAGE_LIVE,
	};
	struct run run = {.options = &options, .report = -1};
	int error, status;

	run.program.signals = -1;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	error = prepare(&run);
	if (!error)
		error = start(&run);
	if (error) {
		status = command_fail(1, "run", "%s", run.message.text);
		end_limit(&run);
	} else {
		wait_for_end(&run);
		status = end(&run);
	}
	program_close(&run.program);
	if (run.shared)
		run_settings_free(run.shared, run.settings_fd);
	free(run.path);
	free(options.frames);
	return status;
}
