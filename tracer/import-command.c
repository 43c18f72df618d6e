/* selfpage import: a trace from what other tools write. */
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
	struct import_options import;
	const char *file;
	const char *output; /* NULL: from the file's name */
};

/* What the sink of the parsed runs needs. */
struct import_work {
	struct trace_writer *writer;
	uint64_t references;
};

static const struct argp_option options[] = {
	{"from", 'f', "FORMAT", 0, "what FILE is, see below", 0},
	{"output", 'o', "TRACE", 0,
		"the trace to write; without it FILE's name with .spt, in "
		"the current folder",
		0},
	{"page-size", 'p', "SIZE", 0,
		"bytes a page, for formats that give addresses (4096)", 0},
	{"columns", 'c', "LIST", 0,
		"of csv, such as page=block,write=3: what stands in which "
		"column, by its name in the first line or its number",
		0},
	{"action", 'a', "LETTER", 0,
		"of blkparse: which of a request's lines to take (Q)", 0},
	{"quiet", 'q', NULL, 0, "say nothing but errors", 0},
	{0},
};

static const char documentation[] =
	"Makes a trace of what another tool wrote.  FILE may be compressed "
	"with gzip, xz or zstd; - is standard input.\v"
	"Formats, of text but for the last two:\n"
	"  pages          PAGE [r|w], empty lines and # comments\n"
	"  lirs           PAGE; lines of * are marks, skipped\n"
	"  arc            START COUNT X X: COUNT pages from START on\n"
	"  address        l|s 0xADDRESS N: a load or store; N is ignored\n"
	"  csv            columns: page or address; size, write, thread\n"
	"  lackey         of valgrind --tool=lackey --trace-mem=yes\n"
	"  perf           of perf script -F tid,time,event,addr\n"
	"  blkparse       what blkparse prints of a disk's requests\n"
	"  oracleGeneral  libCacheSim's records of 24 bytes\n"
	"  drmemtrace     DynamoRIO's final traces, 64-bit, versions 2 to 6\n"
	"\n"
	"A line of pages, lirs or address is one reference.  Lackey's M is "
	"two, a load and a store; an access over a page border touches both "
	"pages.  Of perf's page faults comes a trace of first touches, of its "
	"samples one of samples, which are marked so: counts of faults need "
	"every reference.  doc/importing.md tells what each format keeps and "
	"loses.\n"
	"\n"
	"Examples:\n"
	"  selfpage import --from pages pages.txt -o mine.spt\n"
	"  selfpage import --from lirs sprite.trace.gz\n"
	"  selfpage import --from csv --columns page=2,write=op blocks.csv\n"
	"  zstd -dc w.oracleGeneral.zst | selfpage import -f oracleGeneral -\n"
	"  perf script -F tid,time,event,addr | selfpage import -f perf - -o "
	"p.spt\n"
	"  valgrind --tool=lackey --trace-mem=yes --log-fd=9 ls 9>&1 "
	">/dev/null "
	"|\n"
	"    selfpage import --from lackey - -o ls.spt\n";

/* "pages, lirs, ..." */
static const char *format_list(char *text, size_t bytes)
{
	size_t used = 0;

	for (unsigned i = 0; i < IMPORT_FORMATS && used < bytes; i++)
		used += snprintf(text + used, bytes - used, "%s%s",
			i > 0 ? ", " : "", import_format_name(i));
	return text;
}

static void parse_format(
	struct argp_state *state, const char *name, enum import_format *out)
{
	const char *names[IMPORT_FORMATS];
	char list[256];

	if (import_format_parse(name, out) == 0)
		return;
	for (unsigned i = 0; i < IMPORT_FORMATS; i++)
		names[i] = import_format_name(i);
	const char *nearest = nearest_name(name, names, IMPORT_FORMATS);

	argp_error(state, "unknown format '%s'%s%s%s; known: %s", name,
		nearest != NULL ? ", did you mean '" : "",
		nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "",
		format_list(list, sizeof(list)));
}

static uint32_t parse_page_bytes(struct argp_state *state, const char *value)
{
	uint64_t number = 0;

	if (number_parse(value, &number) != 0 || number < PAGE_BYTES_MIN ||
		number > PAGE_BYTES_MAX || (number & (number - 1)) != 0)
		argp_error(state,
			"--page-size '%s': expected a power of two from %u to "
			"1 GiB",
			value, PAGE_BYTES_MIN);
	return number;
}

static void check_arguments(
	struct argp_state *state, const struct import_arguments *arguments)
{
	char list[256];

	if (arguments->file == NULL)
		argp_error(state, "no FILE given (- for standard input)");
	if (!arguments->has_format)
		argp_error(state, "--from FORMAT is missing: one of %s",
			format_list(list, sizeof(list)));
	if (arguments->import.columns != NULL &&
		arguments->import.format != IMPORT_CSV)
		argp_error(state, "--columns is for --from csv");
	if (arguments->import.action != 0 &&
		arguments->import.format != IMPORT_BLKPARSE)
		argp_error(state, "--action is for --from blkparse");
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct import_arguments *arguments = state->input;

	switch (key) {
	case 'f':
		parse_format(state, value, &arguments->import.format);
		arguments->has_format = true;
		return 0;
	case 'o':
		arguments->output = value;
		return 0;
	case 'p':
		arguments->import.page_bytes = parse_page_bytes(state, value);
		return 0;
	case 'c':
		arguments->import.columns = value;
		return 0;
	case 'a':
		if (strlen(value) != 1 || *value < 'A' || *value > 'Z')
			argp_error(state,
				"--action '%s': expected a letter such as Q "
				"(queued), D (given to the disk), C (done)",
				value);
		arguments->import.action = *value;
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
		check_arguments(state, arguments);
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

static void sink_talk(void *context, const char *line, size_t bytes)
{
	(void)context;
	fprintf(stderr, "selfpage import: %.*s\n", (int)bytes, line);
}

static int open_writer(const struct import_arguments *arguments,
	const char *program, const struct import_traits *traits,
	struct trace_writer **out, struct message *message)
{
	char tool[64];
	struct trace_writer_options writer = {
		.program = program,
		.arguments = "",
		.tool = tool,
		.page_bytes = arguments->import.page_bytes,
		.fidelity = traits->fidelity,
		.has_writes = traits->has_writes,
	};

	snprintf(tool, sizeof(tool), "%s, import --from %s", PACKAGE_STRING,
		import_format_name(arguments->import.format));
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

/* The first piece tells what the header must. */
static int open_both(const struct import_arguments *arguments,
	const struct run_sink *sink, struct input *input, const char *text,
	size_t bytes, struct importer **out, struct message *message)
{
	struct import_work *work = sink->context;
	struct import_options import = arguments->import;
	const char *name = input_name(input), *slash = strrchr(name, '/');

	import.name = name;
	int error = importer_open(&import, sink, out, message);

	if (error != 0)
		return error;
	struct import_traits traits = importer_traits(*out, text, bytes);

	return open_writer(arguments, slash != NULL ? slash + 1 : name, &traits,
		&work->writer, message);
}

static int import_input(const struct import_arguments *arguments,
	struct input *input, struct message *message)
{
	struct import_work work = {0};
	struct run_sink sink = {&work, sink_add, sink_region,
		arguments->quiet ? NULL : sink_talk};
	struct importer *importer = NULL;
	const char *text;
	size_t bytes;
	int error = input_read(input, &text, &bytes, message);

	if (error == 0)
		error = open_both(arguments, &sink, input, text, bytes,
			&importer, message);
	if (error != 0)
		goto out;
	struct progress *progress =
		progress_start(input_name(input), "B", input_file_bytes(input));

	error = import_text(input, importer, progress, text, bytes, message);
	progress_end(progress);
	if (error == 0 && work.references == 0)
		error = message_set(message, -EINVAL,
			"%s: no references in it, expected format %s: %s",
			input_name(input),
			import_format_name(arguments->import.format),
			import_format_records(arguments->import.format));
	error = end_trace(work.writer, error, message);
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
	struct import_arguments arguments = {.import.page_bytes = 4096};
	struct message message = {""};
	struct input *input;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	char *name = output_name(arguments.file);

	if (name == NULL)
		return command_fail(1, "import", "out of memory");
	if (arguments.output == NULL)
		arguments.output = name;
	int error = input_open(arguments.file,
		import_format_record_bytes(arguments.import.format), &input,
		&message);

	if (error == 0) {
		error = import_input(&arguments, input, &message);
		input_close(input);
	}
	if (error != 0)
		command_fail(1, "import", "%s", message.text);
	else if (!arguments.quiet)
		print_summary(arguments.output);
	free(name);
	return error != 0;
}
