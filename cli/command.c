/* How every subcommand says that it failed. */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
