/* selfpage export: a trace in the formats of others' tools. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/nearest.h"
#include "cli/progress.h"
#include "tracer/export.h"
#include "tracer/trace.h"

struct export_arguments {
	bool has_format;
	bool quiet;
	struct export_options export;
	const char *trace;
	const char *output; /* NULL or "-": standard output */
};

static const struct argp_option options[] = {
	{"to", 't', "FORMAT", 0, "what to write: oracleGeneral or pages", 0},
	{"output", 'o', "FILE", 0,
		"the file to write; without it, or as -, standard output", 0},
	{"runs", 'r', NULL, 0,
		"a run of references to one page is one record, not as many "
		"as it has",
		0},
	{"quiet", 'q', NULL, 0, "say nothing but errors", 0},
	{0},
};

static const char documentation[] =
	"Writes a trace as other tools read it, to set them against these."
	"\v"
	"Formats:\n"
	"  oracleGeneral  libCacheSim's records of 24 bytes\n"
	"  pages          PAGE, and r or w where the trace tells them apart\n"
	"\n"
	"A record of oracleGeneral is the time (0), the object (the page's "
	"number), its size (a page's), and the number of the request, counted "
	"from 1, that is next for the same object, or -1.\n"
	"\n"
	"A record is a reference.  Threads, regions and which references were "
	"instructions are lost; doc/importing.md has it all.\n"
	"\n"
	"Examples:\n"
	"  selfpage export --to oracleGeneral -o sort.oracleGeneral "
	"sort.spt\n"
	"  selfpage export --to oracleGeneral sort.spt | zstd "
	">sort.oracleGeneral.zst\n"
	"  selfpage export --to pages sort.spt | head\n";

static void parse_format(struct argp_state *state, const char *name,
	struct export_arguments *arguments)
{
	const char *names[EXPORT_FORMATS];

	arguments->has_format = true;
	if (export_format_parse(name, &arguments->export.format) == 0)
		return;
	for (unsigned i = 0; i < EXPORT_FORMATS; i++)
		names[i] = export_format_name(i);
	const char *nearest = nearest_name(name, names, EXPORT_FORMATS);

	argp_error(state,
		"unknown format '%s'%s%s%s; known: oracleGeneral, pages", name,
		nearest != NULL ? ", did you mean '" : "",
		nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct export_arguments *arguments = state->input;

	switch (key) {
	case 't':
		parse_format(state, value, arguments);
		return 0;
	case 'o':
		arguments->output = strcmp(value, "-") == 0 ? NULL : value;
		return 0;
	case 'r':
		arguments->export.runs = true;
		return 0;
	case 'q':
		arguments->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->trace != NULL)
			argp_error(state, "one trace at a time; '%s' is more",
				value);
		arguments->trace = value;
		return 0;
	case ARGP_KEY_END:
		if (arguments->trace == NULL)
			argp_error(state, "which trace? (TRACE.spt)");
		if (!arguments->has_format)
			argp_error(state,
				"--to FORMAT is missing: oracleGeneral or "
				"pages");
		if (arguments->export.format == EXPORT_ORACLE &&
			arguments->output == NULL && isatty(STDOUT_FILENO))
			argp_error(state,
				"oracleGeneral is not for a terminal: -o FILE "
				"or a pipe");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void show_progress(void *context, uint64_t done, uint64_t all)
{
	(void)all;
	progress_update(context, done);
}

/* What a count by another tool will not mean. */
static void say_limits(const struct trace_info *info)
{
	if (info->truncated)
		fprintf(stderr,
			"selfpage export: %s: has no end; what its whole "
			"blocks hold is written\n",
			info->path);
	if (info->reduction > 1)
		fprintf(stderr,
			"selfpage export: %s: is reduced to %u frames: only "
			"faults of LRU and OPT with as many or more will be "
			"right\n",
			info->path, info->reduction);
	if (info->fidelity != TRACE_EVERY_REFERENCE)
		fprintf(stderr,
			"selfpage export: %s: holds %s, not every reference\n",
			info->path,
			info->fidelity == TRACE_SAMPLED ? "samples"
							: "first touches");
}

static int export_reader(const struct export_arguments *arguments,
	struct trace_reader *reader, int fd, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct export_options export = arguments->export;
	struct progress *progress =
		progress_start(info->path, "references", info->references);

	if (!arguments->quiet)
		say_limits(info);
	export.tick = show_progress;
	export.context = progress;
	int error = export_trace(reader, &export, fd, message);

	progress_end(progress);
	return error;
}

/* Under another name until it is whole. */
static int export_file(const struct export_arguments *arguments,
	struct trace_reader *reader, struct message *message)
{
	const char *output = arguments->output;
	char *part = NULL;

	if (asprintf(&part, "%s.part", output) < 0)
		return message_set(message, -ENOMEM, "out of memory");
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int error = fd < 0 ? message_set(message, -errno, "%s: %s", part,
				     strerror(errno))
			   : export_reader(arguments, reader, fd, message);

	if (fd >= 0 && close(fd) != 0 && error == 0)
		error = message_set(message, -errno, "%s: cannot write: %s",
			part, strerror(errno));
	if (error == 0 && rename(part, output) != 0)
		error = message_set(
			message, -errno, "%s: %s", output, strerror(errno));
	if (error != 0 && fd >= 0)
		unlink(part);
	free(part);
	return error;
}

int export_command(int argc, char **argv)
{
	static const struct argp argp = {options, parse_option,
		"--to FORMAT TRACE.spt", documentation, NULL, NULL, NULL};
	struct export_arguments arguments = {0};
	struct message message = {""};
	struct trace_reader *reader;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	arguments.export.name = arguments.output != NULL ? arguments.output
							 : "(standard output)";
	int error = trace_reader_open(arguments.trace, true, &reader, &message);

	if (error == 0) {
		error = arguments.output != NULL
				? export_file(&arguments, reader, &message)
				: export_reader(&arguments, reader,
					  STDOUT_FILENO, &message);
		trace_reader_close(reader);
	}
	return error == 0 ? 0 : command_fail(1, "export", "%s", message.text);
}
