/* What subcommands share: how they fail, names of traces, --frames. */
#include "cli/command.h"

#include <argp.h>
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

const char *command_find_data(const char *source, const char *installed)
{
	char program[4096];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program));

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
