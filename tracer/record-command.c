/* selfpage record: a real program's references, as a trace. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "tracer/record-run.h"
#include "tracer/trace.h"

#define PAGE_BYTES 4096
/* The most that Valgrind lets the main stack grow to. */
#define STACK_PAGES_MAX (UINT64_C(16) << 20) / PAGE_BYTES

struct record_arguments {
	const char *output; /* NULL: from the program's name */
	unsigned kinds;
	bool quiet;
	char **program;
};

/* What the sink of the recorded runs needs. */
struct record_work {
	struct trace_writer *writer;
	struct progress *progress;
	struct trace_region stack; /* start 0: not known yet */
	uint64_t stack_bottom;	   /* page it may grow down to */
	uint64_t stack_room;	   /* pages between that and its start */
};

static const struct argp_option options[] = {
	{"output", 'o', "TRACE", 0,
		"the trace to write; without it the program's name with "
		".spt, in the current folder",
		0},
	{"kinds", 'k', "KINDS", 0,
		"what to keep: r reads, w writes, d data (both), i "
		"instruction fetches (di)",
		0},
	{"engine", 'e', "ENGINE", 0, "what records: lackey (lackey)", 0},
	{"quiet", 'q', NULL, 0, "no progress and no summary", 0},
	{0},
};

static const char documentation[] =
	"Runs PROGRAM under Valgrind's Lackey and writes which pages it "
	"touches into a trace.  Its input, output, environment and exit "
	"status stay its own.\v"
	"A load, store or instruction fetch is one reference for each page "
	"that it touches; an instruction that changes memory in place is a "
	"load and a store.  Recording takes a hundred times as long as "
	"running, or more.\n"
	"\n"
	"Children of PROGRAM, and what it becomes by exec, run but are not "
	"recorded; a message says so.  Ctrl-C ends PROGRAM as ever, and the "
	"trace goes as far as it got.  When the trace cannot be written any "
	"more (a full disk), PROGRAM is sent SIGTERM, and TRACE.part holds "
	"what is whole.\n"
	"\n"
	"Exit status: PROGRAM's; 128 + N when signal N ended it; 1 when "
	"recording failed, 2 when the call was wrong.\n"
	"\n"
	"Examples:\n"
	"  selfpage record -- sort -o /dev/null FILE\n"
	"  selfpage record -o q.spt --kinds d -- sqlite3 db 'select 1'\n";

/* ---- the call ---- */

static void parse_kinds(
	struct argp_state *state, const char *value, unsigned *out)
{
	*out = 0;
	for (const char *at = value; *at != '\0'; at++) {
		if (*at == 'r' || *at == 'd')
			*out |= TRACE_READ;
		if (*at == 'w' || *at == 'd')
			*out |= TRACE_WRITE;
		if (*at == 'i')
			*out |= TRACE_INSTRUCTION;
		if (strchr("rwdi", *at) == NULL)
			*out = 0;
		if (*out == 0)
			break;
	}
	if (*out == 0)
		argp_error(state,
			"--kinds '%s': expected one or more of d, r, w and i",
			value);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct record_arguments *arguments = state->input;

	switch (key) {
	case 'o':
		arguments->output = value;
		return 0;
	case 'k':
		parse_kinds(state, value, &arguments->kinds);
		return 0;
	case 'e':
		if (strcmp(value, "lackey") != 0)
			argp_error(state, "unknown engine '%s'; known: lackey",
				value);
		return 0;
	case 'q':
		arguments->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		/* All that follows is the program's. */
		arguments->program = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (arguments->program == NULL)
			argp_error(state, "no PROGRAM given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A file that can be run: 0 or an errno. */
static int check_program(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	return access(path, X_OK) == 0 ? 0 : errno;
}

/* Looks NAME up as a shell does; *PATH_OUT (free it) is where it is.
 * 0 or an errno. */
static int find_program(const char *name, char **path_out)
{
	const char *folders = getenv("PATH");
	int error = ENOENT;

	*path_out = NULL;
	if (strchr(name, '/') != NULL) {
		error = check_program(name);
		*path_out = error == 0 ? strdup(name) : NULL;
		return error == 0 && *path_out == NULL ? ENOMEM : error;
	}
	if (folders == NULL)
		folders = "/bin:/usr/bin";
	for (;;) {
		size_t bytes = strcspn(folders, ":");

		if (asprintf(path_out, "%.*s%s%s", (int)bytes, folders,
			    bytes > 0 ? "/" : "", name) < 0)
			return ENOMEM;
		int found = check_program(*path_out);

		if (found == 0)
			return 0;
		if (found == EACCES)
			error = found;
		free(*path_out);
		*path_out = NULL;
		if (folders[bytes] == '\0')
			return error;
		folders += bytes + 1;
	}
}

/* "/usr/bin/sort" -> "sort.spt".  To be freed. */
static char *output_name(const char *program)
{
	const char *slash = strrchr(program, '/');
	char *name;

	if (asprintf(&name, "%s.spt", slash != NULL ? slash + 1 : program) < 0)
		return NULL;
	return name;
}

/* The arguments as one would type them.  To be freed; NULL: no memory. */
static char *quote_arguments(char *const *arguments)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_./-+=:,@%";
	char *text;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	if (stream == NULL)
		return NULL;
	for (char *const *at = arguments; *at != NULL; at++) {
		const char *word = *at;

		if (at > arguments)
			fputc(' ', stream);
		if (*word != '\0' && word[strspn(word, plain)] == '\0') {
			fputs(word, stream);
			continue;
		}
		fputc('\'', stream);
		for (; *word != '\0'; word++)
			fputs(*word == '\'' ? "'\\''" : (char[2]){*word, '\0'},
				stream);
		fputc('\'', stream);
	}
	return fclose(stream) == 0 ? text : NULL;
}

/* ---- the sink ---- */

/* The stack grows without a system call: seen by what is touched below it. */
static int grow_stack(struct record_work *work, uint64_t vpn)
{
	work->stack.start = vpn * PAGE_BYTES;
	work->stack_room = vpn - work->stack_bottom;
	return trace_writer_region(work->writer, &work->stack);
}

static int sink_add(
	void *context, const struct run *runs, size_t count, uint32_t thread)
{
	struct record_work *work = context;
	int error = 0;

	for (size_t i = 0; i < count && error == 0; i++) {
		if (runs[i].vpn - work->stack_bottom < work->stack_room)
			error = grow_stack(work, runs[i].vpn);
		if (error == 0)
			error = trace_writer_add(work->writer, runs[i].vpn,
				runs[i].kinds, runs[i].count, thread);
	}
	return error;
}

static int sink_region(void *context, const struct trace_region *region)
{
	struct record_work *work = context;

	if (region->kind == TRACE_REGION_STACK) {
		uint64_t end = region->end / PAGE_BYTES;

		work->stack = *region;
		work->stack.name = "[stack]";
		work->stack_bottom =
			end > STACK_PAGES_MAX ? end - STACK_PAGES_MAX : 0;
		work->stack_room =
			region->start / PAGE_BYTES - work->stack_bottom;
	}
	return trace_writer_region(work->writer, region);
}

/* What Valgrind says, as it says it. */
static void sink_talk(void *context, const char *line, size_t bytes)
{
	(void)context;
	fprintf(stderr, "%.*s\n", (int)bytes, line);
}

static void sink_tick(void *context, uint64_t references)
{
	struct record_work *work = context;

	if (work->progress != NULL)
		progress_update(work->progress, references);
}

/* ---- the work ---- */

/* "valgrind-3.19.0": what the trace says it was made with. */
static void read_version(const char *valgrind, char *version, size_t bytes)
{
	char *command;

	snprintf(version, bytes, "valgrind");
	if (asprintf(&command, "'%s' --version 2>/dev/null", valgrind) < 0)
		return;
	FILE *stream =
		strchr(valgrind, '\'') == NULL ? popen(command, "r") : NULL;

	free(command);
	if (stream == NULL)
		return;
	char line[128];

	if (fgets(line, sizeof(line), stream) != NULL)
		snprintf(
			version, bytes, "%.*s", (int)strcspn(line, "\n"), line);
	pclose(stream);
}

static int open_writer(const struct record_arguments *arguments,
	const char *valgrind, struct trace_writer **out,
	struct message *message)
{
	char version[128], tool[192];
	char *quoted = quote_arguments(arguments->program + 1);
	struct trace_writer_options writer = {
		.program = arguments->program[0],
		.arguments = quoted,
		.tool = tool,
		.page_bytes = PAGE_BYTES,
		.date_s = time(NULL),
		.has_writes = true,
	};

	if (quoted == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	read_version(valgrind, version, sizeof(version));
	snprintf(tool, sizeof(tool), "%s, record with %s lackey",
		PACKAGE_STRING, version);
	int error = trace_writer_open(arguments->output, &writer, out, message);

	free(quoted);
	return error;
}

static void print_summary(const char *path, double seconds)
{
	struct trace_reader *reader;

	if (trace_reader_open(path, false, &reader, NULL) != 0)
		return;
	const struct trace_info *info = trace_reader_info(reader);

	fprintf(stderr,
		"selfpage record: %llu references in %llu events to %llu "
		"pages: %s, %llu bytes, %.2f an event, %.1f s\n",
		(unsigned long long)info->references,
		(unsigned long long)info->events,
		(unsigned long long)info->pages, path,
		(unsigned long long)info->file_bytes,
		(double)info->file_bytes / (double)info->events, seconds);
	trace_reader_close(reader);
}

static void print_left_out(
	const char *program, const struct record_result *result)
{
	if (result->exec[0] != '\0')
		fprintf(stderr,
			"selfpage record: %s became %s (exec), which was not "
			"recorded: record that itself\n",
			program, result->exec);
	if (result->children > 0)
		fprintf(stderr,
			"selfpage record: %llu child process%s not recorded\n",
			(unsigned long long)result->children,
			result->children == 1 ? " was" : "es were");
}

/* After the program has ended: the exit status. */
static int end_record(const struct record_arguments *arguments,
	struct trace_writer *writer, const struct record_result *result,
	double seconds)
{
	const char *program = arguments->program[0];
	struct message message = {""};
	int status = result->wait_status;

	if (result->references == 0) {
		trace_writer_abort(writer, false);
		if (WIFEXITED(status))
			return command_fail(1, "record",
				"nothing was recorded: Valgrind did not run "
				"%s (its exit status was %d)",
				program, WEXITSTATUS(status));
		return command_fail(128 + WTERMSIG(status), "record",
			"nothing was recorded: Valgrind was killed by signal "
			"%d (%s) before %s ran",
			WTERMSIG(status), strsignal(WTERMSIG(status)), program);
	}
	if (trace_writer_finish(writer, &message) != 0)
		return command_fail(1, "record", "%s%s", message.text,
			result->sink_error != 0 ? "; the program was ended"
						: "");
	if (result->sink_error != 0)
		return command_fail(1, "record",
			"%s; the program was ended, %s goes as far as it did",
			strerror(-result->sink_error), arguments->output);
	print_left_out(program, result);
	if (!arguments->quiet)
		print_summary(arguments->output, seconds);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return command_fail(128 + WTERMSIG(status), "record",
		"%s was killed by signal %d (%s); %s goes as far as it did",
		program, WTERMSIG(status), strsignal(WTERMSIG(status)),
		arguments->output);
}

static int record_program(
	const struct record_arguments *arguments, const char *valgrind)
{
	struct record_work work = {0};
	struct run_sink sink = {&work, sink_add, sink_region, sink_talk};
	struct record_job job = {valgrind, arguments->program, arguments->kinds,
		&sink, sink_tick};
	struct record_result result;
	struct message message = {""};
	struct timespec start, end;

	if (open_writer(arguments, valgrind, &work.writer, &message) != 0)
		return command_fail(1, "record", "%s", message.text);
	if (!arguments->quiet)
		work.progress =
			progress_start(arguments->program[0], "references", 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	int error = record_run(&job, &result, &message);

	clock_gettime(CLOCK_MONOTONIC, &end);
	if (work.progress != NULL)
		progress_end(work.progress);
	if (error != 0) {
		trace_writer_abort(work.writer, false);
		return command_fail(1, "record", "%s", message.text);
	}
	return end_record(arguments, work.writer, &result,
		(double)(end.tv_sec - start.tv_sec) +
			(double)(end.tv_nsec - start.tv_nsec) / 1e9);
}

int record_command(int argc, char **argv)
{
	static const struct argp argp = {options, parse_option,
		"PROGRAM [ARGUMENT...]", documentation, NULL, NULL, NULL};
	struct record_arguments arguments = {
		.kinds = TRACE_READ | TRACE_WRITE | TRACE_INSTRUCTION,
	};
	char *program = NULL, *valgrind = NULL, *output = NULL;
	int status;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments);
	int error = find_program(arguments.program[0], &program);

	if (error != 0)
		return command_fail(2, "record", "%s: %s%s",
			arguments.program[0], strerror(error),
			error == ENOENT && strchr(arguments.program[0], '/') ==
						   NULL
				? ", looked for in PATH"
				: "");
	output = output_name(arguments.program[0]);
	if (arguments.output == NULL)
		arguments.output = output;
	if (find_program("valgrind", &valgrind) != 0)
		status = command_fail(1, "record",
			"valgrind is not there, which does the recording; it "
			"is in the Debian package valgrind");
	else if (arguments.output == NULL)
		status = command_fail(1, "record", "out of memory");
	else
		status = record_program(&arguments, valgrind);
	free(program);
	free(valgrind);
	free(output);
	return status;
}
