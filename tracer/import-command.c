/* selfpage import: a trace from the text that other tools write. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/nearest.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "tracer/import-input.h"
#include "tracer/import.h"
#include "tracer/trace.h"

#define PAGE_BYTES_MIN 64
#define PAGE_BYTES_MAX (1u << 30)

struct import_arguments {
	bool has_format;
	bool quiet;
	enum import_format format;
	uint32_t page_bytes;
	const char *file;
	const char *output; /* NULL: from the file's name */
};

/* What the sink of the parsed runs needs. */
struct import_work {
	struct trace_writer *writer;
	uint64_t references;
};

static const struct argp_option options[] = {
	{"from", 'f', "FORMAT", 0,
		"what FILE is: lackey, pages, lirs, arc or address", 0},
	{"output", 'o', "TRACE", 0,
		"the trace to write; without it FILE's name with .spt, in "
		"the current folder",
		0},
	{"page-size", 'p', "SIZE", 0,
		"bytes a page, for formats that give addresses (4096)", 0},
	{"quiet", 'q', NULL, 0, "say nothing but errors", 0},
	{0},
};

static const char documentation[] =
	"Makes a trace of the text that another tool wrote.  FILE may be "
	"compressed with gzip, xz or zstd; - is standard input.\v"
	"Formats, one record a line:\n"
	"  pages    PAGE [r|w]        a page number; empty lines and # "
	"comments "
	"are skipped\n"
	"  lirs     PAGE              lines of * are marks, skipped\n"
	"  arc      START COUNT X X   COUNT pages from START on\n"
	"  address  l|s 0xADDRESS N   a load or store; N is ignored\n"
	"  lackey   what valgrind --tool=lackey --trace-mem=yes writes\n"
	"\n"
	"One line of pages, lirs or address is one reference.  Lackey's M is "
	"two, a load and a store; an access over a page border touches both "
	"pages.\n"
	"\n"
	"Examples:\n"
	"  selfpage import --from pages pages.txt -o mine.spt\n"
	"  selfpage import --from lirs sprite.trace.gz\n"
	"  valgrind --tool=lackey --trace-mem=yes --log-fd=9 ls 9>&1 "
	">/dev/null "
	"|\n"
	"    selfpage import --from lackey - -o ls.spt\n";

static void parse_format(
	struct argp_state *state, const char *name, enum import_format *out)
{
	const char *names[IMPORT_FORMATS];

	if (import_format_parse(name, out) == 0)
		return;
	for (unsigned i = 0; i < IMPORT_FORMATS; i++)
		names[i] = import_format_name(i);
	const char *nearest = nearest_name(name, names, IMPORT_FORMATS);

	argp_error(state,
		"unknown format '%s'%s%s%s; known: lackey, pages, lirs, arc, "
		"address",
		name, nearest != NULL ? ", did you mean '" : "",
		nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct import_arguments *arguments = state->input;
	uint64_t number = 0;

	switch (key) {
	case 'f':
		parse_format(state, value, &arguments->format);
		arguments->has_format = true;
		return 0;
	case 'o':
		arguments->output = value;
		return 0;
	case 'p':
		if (number_parse(value, &number) != 0 ||
			number < PAGE_BYTES_MIN || number > PAGE_BYTES_MAX ||
			(number & (number - 1)) != 0)
			argp_error(state,
				"--page-size '%s': expected a power of two "
				"from %u to 1 GiB",
				value, PAGE_BYTES_MIN);
		arguments->page_bytes = number;
		return 0;
	case 'q':
		arguments->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->file != NULL)
			argp_error(state, "one FILE at a time; '%s' is more",
				value);
		arguments->file = value;
		return 0;
	case ARGP_KEY_END:
		if (arguments->file == NULL)
			argp_error(state, "no FILE given (- for standard "
					  "input)");
		if (!arguments->has_format)
			argp_error(state,
				"--from FORMAT is missing: lackey, pages, "
				"lirs, arc or address");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool cut_ending(char *name, const char *ending)
{
	size_t bytes = strlen(name), ending_bytes = strlen(ending);

	if (bytes <= ending_bytes ||
		strcmp(name + bytes - ending_bytes, ending) != 0)
		return false;
	name[bytes - ending_bytes] = '\0';
	return true;
}

/* "data/cpp.trace.gz" -> "cpp.spt".  To be freed. */
static char *output_name(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;

	if (strcmp(file, "-") == 0)
		return strdup("stdin.spt");
	char *name = malloc(strlen(base) + sizeof(".spt"));

	if (name == NULL)
		return NULL;
	strcpy(name, base);
	if (!cut_ending(name, ".gz") && !cut_ending(name, ".xz"))
		cut_ending(name, ".zst");
	char *dot = strrchr(name, '.');

	if (dot != NULL && dot != name)
		*dot = '\0';
	return strcat(name, ".spt");
}

static int sink_add(
	void *context, const struct run *runs, size_t count, uint32_t thread)
{
	struct import_work *work = context;

	for (size_t i = 0; i < count; i++) {
		int error = trace_writer_add(work->writer, runs[i].vpn,
			runs[i].kinds, runs[i].count, thread);

		if (error != 0)
			return error;
		work->references += runs[i].count;
	}
	return 0;
}

static int sink_region(void *context, const struct trace_region *region)
{
	struct import_work *work = context;

	return trace_writer_region(work->writer, region);
}

static int open_writer(const struct import_arguments *arguments,
	const char *program, bool has_writes, struct trace_writer **out,
	struct message *message)
{
	char tool[64];
	struct trace_writer_options writer = {
		.program = program,
		.arguments = "",
		.tool = tool,
		.page_bytes = arguments->page_bytes,
		.has_writes = has_writes,
	};

	snprintf(tool, sizeof(tool), "%s, import --from %s", PACKAGE_STRING,
		import_format_name(arguments->format));
	return trace_writer_open(arguments->output, &writer, out, message);
}

/* All of the text, from the piece that is there on. */
static int import_text(struct input *input, struct importer *importer,
	struct progress *progress, const char *text, size_t bytes,
	struct message *message)
{
	while (bytes > 0) {
		int error = importer_feed(importer, text, bytes, message);

		if (error == 0)
			error = input_read(input, &text, &bytes, message);
		if (error != 0)
			return error;
		progress_update(progress, input_done_bytes(input));
	}
	return 0;
}

/* The writer knows best what went wrong with its file. */
static int end_trace(
	struct trace_writer *writer, int error, struct message *message)
{
	if (error != 0 && message->text[0] != '\0') {
		trace_writer_abort(writer, false);
		return error;
	}
	return trace_writer_finish(writer, message);
}

static int import_input(const struct import_arguments *arguments,
	struct input *input, uint64_t *references_out, struct message *message)
{
	struct import_work work = {0};
	struct run_sink sink = {&work, sink_add, sink_region, NULL};
	struct importer *importer = NULL;
	const char *text;
	size_t bytes;
	const char *slash = strrchr(input_name(input), '/');
	int error = input_read(input, &text, &bytes, message);

	if (error == 0)
		error = importer_open(arguments->format, input_name(input),
			arguments->page_bytes, &sink, &importer);
	if (error == 0)
		error = open_writer(arguments,
			slash != NULL ? slash + 1 : input_name(input),
			import_has_writes(arguments->format, text, bytes),
			&work.writer, message);
	if (error != 0)
		goto out;
	struct progress *progress =
		progress_start(input_name(input), "B", input_file_bytes(input));

	error = import_text(input, importer, progress, text, bytes, message);
	progress_end(progress);
	if (error == 0 && work.references == 0)
		error = message_set(message, -EINVAL,
			"%s: no references in it, expected lines of format %s",
			input_name(input),
			import_format_name(arguments->format));
	error = end_trace(work.writer, error, message);
	*references_out = work.references;
out:
	importer_close(importer);
	if (error != 0 && message->text[0] == '\0')
		message_set(message, error, "%s: %s", input_name(input),
			strerror(-error));
	return error;
}

/* What became of it, as a reader sees it. */
static void print_summary(const char *path)
{
	struct trace_reader *reader;

	if (trace_reader_open(path, false, &reader, NULL) != 0)
		return;
	const struct trace_info *info = trace_reader_info(reader);

	fprintf(stderr,
		"selfpage import: %llu references in %llu events to %llu "
		"pages: %s, %llu bytes\n",
		(unsigned long long)info->references,
		(unsigned long long)info->events,
		(unsigned long long)info->pages, path,
		(unsigned long long)info->file_bytes);
	trace_reader_close(reader);
}

int import_command(int argc, char **argv)
{
	static const struct argp argp = {options, parse_option,
		"--from FORMAT FILE", documentation, NULL, NULL, NULL};
	struct import_arguments arguments = {.page_bytes = 4096};
	struct message message = {""};
	struct input *input;
	uint64_t references = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	char *name = output_name(arguments.file);

	if (name == NULL)
		return command_fail(1, "import", "out of memory");
	if (arguments.output == NULL)
		arguments.output = name;
	int error = input_open(arguments.file, &input, &message);

	if (error == 0) {
		error = import_input(&arguments, input, &references, &message);
		input_close(input);
	}
	if (error != 0)
		command_fail(1, "import", "%s", message.text);
	else if (!arguments.quiet)
		print_summary(arguments.output);
	free(name);
	return error != 0;
}
