/* selfpage keep: runs another subcommand, and keeps its rows in a set. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "results/manifest.h"
#include "results/set.h"

enum { REPEAT_MAX = 1000000 };

struct options {
	const char *set;
	char **command; /* NULL-terminated */
	unsigned repeat;
};

static const struct argp_option argp_options[] = {
	{"repeat", 'r', "N", 0, "run it N times, one after the other", 0},
	{0},
};

static const struct command_range repeat_range = {
	"--repeat", 1, REPEAT_MAX, "times"};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'r':
		options->repeat =
			command_parse_number(text, &repeat_range, state);
		break;
	case ARGP_KEY_ARG:
		if (options->set)
			return ARGP_ERR_UNKNOWN; /* and all that follow */
		options->set = text;
		break;
	case ARGP_KEY_ARGS:
		options->command = &state->argv[state->next];
		break;
	case ARGP_KEY_END:
		if (!options->set)
			argp_error(state, "expected a folder for the set");
		if (!options->command)
			argp_error(state,
				"expected a subcommand that prints rows, as in "
				"'selfpage keep %s replay T.spt'",
				options->set);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"SET SUBCOMMAND [ARGUMENT...]",
	"Runs 'selfpage SUBCOMMAND ARGUMENT...', once or more often, and adds "
	"the rows that it prints to the result set SET, a folder that is made "
	"if need be: rows.csv, manifest.json (the command, the build, the "
	"machine, the checksums of its files) and how, a script that makes the "
	"same rows again.\vWhat one run prints is added when it ends: whole "
	"or, if there is no room, not at all.  Of a run that fails the rows "
	"that it finished are added.  Several may add to one set at a time.\n\n"
	"Examples:\n"
	"  selfpage keep study replay sort.spt --policy lru,clock --frames "
	"10%,50%\n"
	"  selfpage keep --repeat 20 study replay sort.spt\n"
	"  sh study/how again; selfpage compare study again\n"
	"  selfpage plot study",
	NULL,
	NULL,
	NULL,
};

/* What is waited for while the subcommand runs. */
static void set_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGCHLD);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
}

/* The subcommand, in the child; does not return. */
static void become(const struct options *options, int out, const sigset_t *mask)
{
	size_t words = 0;
	char **argv;

	while (options->command[words])
		words++;
	argv = calloc(words + 2, sizeof(*argv));
	if (argv && dup2(out, STDOUT_FILENO) >= 0) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		argv[0] = program_invocation_name;
		memcpy(&argv[1], options->command, words * sizeof(*argv));
		execv("/proc/self/exe", argv);
	}
	command_fail(1, "keep", "cannot run: %s", strerror(errno));
	_exit(127);
}

/* Hands on what is sent to us; returns the child's wait status. */
static int wait_for(pid_t child, const sigset_t *signals)
{
	int status, number;

	for (;;) {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		if (sigwait(signals, &number) == 0 && number != SIGCHLD)
			kill(child, number);
	}
}

/* Runs it once; what it prints is in OUT. *STATUS_OUT: -N: signal N. */
static int run_once(const struct options *options, int out, int *status_out)
{
	sigset_t signals, before;
	pid_t child;
	int status;

	set_signals(&signals);
	sigprocmask(SIG_BLOCK, &signals, &before);
	child = fork();
	if (!child)
		become(options, out, &before);
	if (child < 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		return -errno;
	}
	status = wait_for(child, &signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	*status_out =
		WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

/* What it prints goes into a file without a name in the set's folder first. */
static int keep_once(const struct options *options, struct set *set,
	struct manifest_run *run, struct message *message)
{
	int out, error = file_open_nameless(set->path, &out);
	int64_t added;

	if (error)
		return message_set(message, error, "%s: cannot write: %s",
			set->path, strerror(-error));
	error = run_once(options, out, &run->status);
	if (error) {
		message_set(message, error, "cannot run: %s", strerror(-error));
	} else {
		added = set_add_rows(set, out, message);
		error = added < 0 ? added : 0;
		run->rows += error ? 0 : added;
	}
	close(out);
	return error;
}

static int keep_all(
	const struct options *options, struct set *set, struct message *message)
{
	struct manifest_run run = {.command = options->command};
	int error = 0, failed;

	while (!error && !run.status && run.repeat < options->repeat) {
		error = keep_once(options, set, &run, message);
		run.repeat++;
	}
	if (run.rows) {
		struct message second;

		failed = manifest_add(set, &run, error ? &second : message);
		error = error ? error : failed;
	}
	if (error)
		return command_fail(1, "keep", "%s", message->text);
	fprintf(stderr, "%s: %" PRId64 " rows added\n", set->path, run.rows);
	if (run.status < 0)
		return command_fail(1, "keep", "%s was ended by a signal: %s",
			*options->command, strsignal(-run.status));
	return run.status;
}

int keep_command(int argc, char **argv)
{
	struct options options = {.repeat = 1};
	struct message message;
	struct set set;
	int status;

	/* what follows the set is the subcommand's */
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	if (set_open(options.set, &set, &message))
		return command_fail(1, "keep", "%s", message.text);
	status = keep_all(&options, &set, &message);
	set_close(&set);
	return status;
}
