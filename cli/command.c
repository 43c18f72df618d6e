/* What subcommands share: how they fail and stop, names of traces, options. */
#include "cli/command.h"

#include <argp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/number.h"

int command_fail(int status, const char *name, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "selfpage %s: ", name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}

void command_trace_name(const char *path, char *name, size_t bytes)
{
	const char *slash = strrchr(path, '/');
	size_t length;

	snprintf(name, bytes, "%s", slash ? slash + 1 : path);
	length = strlen(name);
	if (length > 4 && !strcmp(name + length - 4, ".spt"))
		name[length - 4] = '\0';
}

const char *command_find_data(
	const char *variable, const char *source, const char *installed)
{
	const char *folder = getenv(variable);
	char program[4096];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program));

	if (folder && *folder)
		return folder;
	/* a longer path, which is cut, is not ours */
	return length == (ssize_t)strlen(BUILT_PROGRAM) &&
			       memcmp(program, BUILT_PROGRAM, length) == 0
		       ? source
		       : installed;
}

void command_parse_frames(const char *text, struct frames_spec **frames,
	unsigned *count, struct argp_state *state)
{
	const char *bad = text;

	free(*frames);
	*frames = NULL;
	if (frames_parse(text, frames, count, &bad))
		argp_error(state,
			"--frames: '%.*s' is not a size; say a count (1000), "
			"bytes (64MiB) or a share of the pages (25%%), each "
			"more than 0",
			(int)strcspn(bad, ","), bad);
}

uint64_t command_parse_number(const char *text,
	const struct command_range *range, struct argp_state *state)
{
	uint64_t number = 0;
	int error = number_parse(text, &number);

	if (!error && number >= range->least && number <= range->most)
		return number;
	if (range->most < UINT64_MAX)
		argp_error(state,
			"%s: '%s' is not %" PRIu64 " to %" PRIu64 " %s",
			range->option, text, range->least, range->most,
			range->what);
	else
		argp_error(state,
			"%s: '%s' is no number of %s from %" PRIu64 " on",
			range->option, text, range->what, range->least);
	return range->least;
}

enum rows_format command_parse_format(
	const char *text, struct argp_state *state)
{
	enum rows_format format = ROWS_AUTO;

	if (rows_parse_format(text, &format))
		argp_error(state, "--format: '%s' is not table, csv or json",
			text);
	return format;
}

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

const volatile sig_atomic_t *command_catch_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return &caught;
}

void command_catch_hangup(void)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct sigaction before;

	sigaction(SIGHUP, NULL, &before);
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}
