/* How every subcommand says that it failed. */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>

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
