/* selfpage record: a real program's references, as a trace. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/command.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "tracer/record-find.h"
#include "tracer/record-lackey.h"
#include "tracer/record-pagetrace.h"
#include "tracer/record-perf.h"
#include "tracer/record.h"
#include "tracer/trace.h"

#define REDUCE_MAX (1u << 28)
/* Processes to tell of one by one. */
#define LINES_MAX 8
#define PERIOD_MIN 100u /* more samples the kernel would throttle */

enum engine { ENGINE_AUTO, ENGINE_PAGETRACE, ENGINE_LACKEY, ENGINE_PERF };

struct record_arguments {
	const char *output; /* NULL: from the program's name */
	enum engine engine;
	unsigned kinds;
	uint32_t reduce;
	struct record_place skip, limit;
	bool no_forks, follow_exec;
	uint64_t period;
	bool quiet;
	char **program;
};

enum {
	OPTION_SKIP = 256,
	OPTION_LIMIT,
	OPTION_FROM_START,
	OPTION_REDUCE,
	OPTION_NO_FORKS,
	OPTION_FOLLOW_EXEC,
	OPTION_PERIOD,
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
	{"engine", 'e', "ENGINE", 0,
		"what records: pagetrace, lackey or perf (pagetrace where it "
		"was built)",
		0},
	{"period", OPTION_PERIOD, "N", 0,
		"of perf: sample one load and store in N, not page faults", 0},
	{"reduce", OPTION_REDUCE, "K", 0,
		"leave out references that no memory of K frames or more can "
		"tell (1: only join runs)",
		0},
	{"skip", OPTION_SKIP, "WHERE", 0,
		"begin after so many references, or @MARK, when the program "
		"says so",
		0},
	{"from-start", OPTION_FROM_START, NULL, 0,
		"begin with the first reference: the default", 0},
	{"limit", OPTION_LIMIT, "WHERE", 0,
		"stop recording after so many references from there, or at "
		"@MARK; the program goes on",
		0},
	{"no-forks", OPTION_NO_FORKS, NULL, 0, "record no children", 0},
	{"follow-exec", OPTION_FOLLOW_EXEC, NULL, 0,
		"record what a process becomes by exec as well", 0},
	{"quiet", 'q', NULL, 0, "no progress and no summary", 0},
	{0},
};

static const char documentation[] =
	"Runs PROGRAM and writes which pages it touches into a trace.  Its "
	"input, output, environment and exit status stay its own.\v"
	"A load, store or instruction fetch is one reference for each page "
	"that it touches; an instruction that changes memory in place is a "
	"load and a store.  What the kernel reads and writes for PROGRAM, in "
	"what is passed to system calls, is recorded and marked as such.\n"
	"\n"
	"The engine pagetrace is a Valgrind tool that comes with selfpage; "
	"recording takes some ten times as long as running, more for programs "
	"that run shortly.  Each child of PROGRAM has a trace of its own, "
	"TRACE with the child's process id before .spt; children that outlive "
	"PROGRAM are recorded up to its end.  What a process becomes by exec "
	"runs but is not recorded, unless --follow-exec is given; a message "
	"says so.  A program says SELFPAGE_MARK(\"NAME\") by way of "
	"selfpage-mark.h.\n"
	"\n"
	"The engine lackey needs nothing but Debian's valgrind, and is a "
	"hundred times slower.  It knows no marks, does not see the kernel's "
	"accesses, and records no children.\n"
	"\n"
	"The engine perf lets PROGRAM run as fast as ever and records less: "
	"by the kernel's count of page faults the first touches of pages, "
	"nearly; with --period N one load and one store in N, sampled by the "
	"processor, where there is a counter for it.  The trace is marked as "
	"the one or the other.  First touches tell how much memory is used "
	"and in which order; samples tell which pages are used most.  How "
	"often a memory of some size would fault, neither can tell.  Unmaps "
	"are not seen.\n"
	"\n"
	"Ctrl-C ends PROGRAM as ever, and the trace goes as far as it got.  "
	"When the trace cannot be written any more (a full disk), PROGRAM is "
	"sent SIGTERM, and TRACE.part holds what is whole.\n"
	"\n"
	"Exit status: PROGRAM's; 128 + N when signal N ended it; 1 when "
	"recording failed, 2 when the call was wrong.\n"
	"\n"
	"Examples:\n"
	"  selfpage record -- sort -o /dev/null FILE\n"
	"  selfpage record --reduce 64 --follow-exec -- gcc -c big.c\n"
	"  selfpage record --engine perf --period 10007 -- gcc -c big.c\n"
	"  selfpage record --skip 1G --limit 100M -- python3 job.py\n"
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

static void parse_engine(
	struct argp_state *state, const char *value, enum engine *out)
{
	if (strcmp(value, "pagetrace") == 0)
		*out = ENGINE_PAGETRACE;
	else if (strcmp(value, "lackey") == 0)
		*out = ENGINE_LACKEY;
	else if (strcmp(value, "perf") == 0)
		*out = ENGINE_PERF;
	else
		argp_error(state,
			"unknown engine '%s'; known: pagetrace, lackey, perf",
			value);
}

static void parse_place(struct argp_state *state, const char *option,
	const char *value, struct record_place *out)
{
	*out = (struct record_place){0};
	if (value[0] == '@' && value[1] != '\0')
		out->mark = value + 1;
	else if (number_parse(value, &out->references) != 0 ||
		 out->references == 0)
		argp_error(state,
			"%s '%s': expected a number of references, such as "
			"1000000 or 2G, or @ and the name of a mark",
			option, value);
}

static const struct command_range period_range = {
	"--period", PERIOD_MIN, UINT64_MAX, "references"};
static const struct command_range reduce_range = {
	"--reduce", 1, REDUCE_MAX, "frames"};

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
		parse_engine(state, value, &arguments->engine);
		return 0;
	case OPTION_REDUCE:
		arguments->reduce =
			command_parse_number(value, &reduce_range, state);
		return 0;
	case OPTION_SKIP:
		parse_place(state, "--skip", value, &arguments->skip);
		return 0;
	case OPTION_FROM_START:
		arguments->skip = (struct record_place){0};
		return 0;
	case OPTION_LIMIT:
		parse_place(state, "--limit", value, &arguments->limit);
		return 0;
	case OPTION_PERIOD:
		arguments->period =
			command_parse_number(value, &period_range, state);
		return 0;
	case OPTION_NO_FORKS:
		arguments->no_forks = true;
		return 0;
	case OPTION_FOLLOW_EXEC:
		arguments->follow_exec = true;
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

/* ---- what one sees ---- */

static void tick(void *context, uint64_t references)
{
	struct progress *progress = context;

	if (progress != NULL)
		progress_update(progress, references);
}

/* What Valgrind says, as it says it. */
static void talk(void *context, const char *line, size_t bytes)
{
	(void)context;
	fprintf(stderr, "%.*s\n", (int)bytes, line);
}

/* "valgrind-3.19.0": what the trace says it was made with. */
static void read_version(const char *valgrind, char *version, size_t bytes)
{
	char *command;

	snprintf(version, bytes, "valgrind");
	if (valgrind == NULL || strchr(valgrind, '\'') != NULL ||
		asprintf(&command, "'%s' --version 2>/dev/null", valgrind) < 0)
		return;
	FILE *stream = popen(command, "r");

	free(command);
	if (stream == NULL)
		return;
	char line[128];

	if (fgets(line, sizeof(line), stream) != NULL)
		snprintf(
			version, bytes, "%.*s", (int)strcspn(line, "\n"), line);
	pclose(stream);
}

static void print_summary(const struct record_output *output)
{
	struct trace_reader *reader;

	if (trace_reader_open(output->path, false, &reader, NULL) != 0)
		return;
	const struct trace_info *info = trace_reader_info(reader);

	fprintf(stderr,
		"selfpage record: %llu references in %llu events to %llu "
		"pages: %s, %llu bytes",
		(unsigned long long)info->references,
		(unsigned long long)info->events,
		(unsigned long long)info->pages, output->path,
		(unsigned long long)info->file_bytes);
	if (info->events > 0)
		fprintf(stderr, ", %.3f an event",
			(double)info->file_bytes / (double)info->events);
	fprintf(stderr, "\n");
	trace_reader_close(reader);
}

/* Whether there is anything between --skip and --limit. */
static void print_missed(const struct record_arguments *arguments,
	const struct record_output *output)
{
	struct trace_reader *reader;

	if (arguments->skip.mark == NULL && arguments->skip.references == 0)
		return;
	if (trace_reader_open(output->path, false, &reader, NULL) != 0)
		return;
	if (trace_reader_info(reader)->events == 0)
		fprintf(stderr,
			"selfpage record: %s is empty: the program ended "
			"before what --skip names\n",
			output->path);
	trace_reader_close(reader);
}

/* The traces that were made; of many, the first ones. */
static void print_summaries(const struct record_result *result)
{
	unsigned count = 0;

	for (const struct record_output *output = result->outputs;
		output != NULL; output = output->next)
		if (output->references > 0 && output->error == 0 &&
			count++ < LINES_MAX)
			print_summary(output);
	if (count > LINES_MAX)
		fprintf(stderr, "selfpage record: ... and %u traces more\n",
			count - LINES_MAX);
}

/* Did it go on as a trace of its own? */
static bool exec_was_followed(const struct record_output *before)
{
	const struct record_output *output = before->next;

	while (output != NULL && output->process != before->process)
		output = output->next;
	return output != NULL;
}

static void print_execs(const char *program, const struct record_result *result)
{
	unsigned count = 0;

	for (const struct record_output *output = result->outputs;
		output != NULL; output = output->next)
		if (output->exec != NULL && !exec_was_followed(output) &&
			count++ < LINES_MAX)
			fprintf(stderr,
				"selfpage record: %s (process %d) became %s "
				"(exec), which was not recorded: record that "
				"itself, or use --follow-exec\n",
				program, (int)output->process, output->exec);
	if (count > LINES_MAX)
		fprintf(stderr,
			"selfpage record: ... and so did %u processes more\n",
			count - LINES_MAX);
}

static void print_left_out(
	const char *program, const struct record_result *result)
{
	uint64_t children = 0;

	for (const struct record_output *output = result->outputs;
		output != NULL; output = output->next) {
		children += output->children;
		if (output->error != 0 && output != result->outputs)
			fprintf(stderr, "selfpage record: %s\n",
				output->message.text);
	}
	if (children > 0)
		fprintf(stderr,
			"selfpage record: %llu child process%s not recorded\n",
			(unsigned long long)children,
			children == 1 ? " was" : "es were");
	if (result->outlived)
		fprintf(stderr,
			"selfpage record: children that outlive %s are "
			"recorded up to its end\n",
			program);
}

/* ---- the work ---- */

static int fail_empty(const struct record_arguments *arguments, int status)
{
	const char *program = arguments->program[0];

	if (arguments->engine == ENGINE_PERF)
		return command_fail(1, "record",
			"nothing was recorded: %s ended before it was seen",
			program);
	if (WIFEXITED(status))
		return command_fail(1, "record",
			"nothing was recorded: Valgrind did not run %s (its "
			"exit status was %d)",
			program, WEXITSTATUS(status));
	return command_fail(128 + WTERMSIG(status), "record",
		"nothing was recorded: Valgrind was killed by signal %d (%s) "
		"before %s ran",
		WTERMSIG(status), strsignal(WTERMSIG(status)), program);
}

/* After the program has ended: the exit status. */
static int end_record(const struct record_arguments *arguments,
	const struct record_result *result)
{
	const char *program = arguments->program[0];
	const struct record_output *first = result->outputs;
	int status = result->wait_status;

	if (first != NULL && first->error != 0)
		return command_fail(1, "record", "%s%s", first->message.text,
			first->references > 0 ? "; the program was ended" : "");
	if (first == NULL || first->references == 0)
		return fail_empty(arguments, status);
	if (!arguments->quiet)
		print_summaries(result);
	print_execs(program, result);
	print_left_out(program, result);
	print_missed(arguments, first);
	if (result->error != 0)
		return command_fail(1, "record",
			"%s; the program was ended, %s goes as far as it did",
			strerror(-result->error), first->path);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return command_fail(128 + WTERMSIG(status), "record",
		"%s was killed by signal %d (%s); %s goes as far as it did",
		program, WTERMSIG(status), strsignal(WTERMSIG(status)),
		first->path);
}

static const struct {
	const char *name;
	int (*record)(const struct record_job *job,
		struct record_result *result, struct message *message);
} engines[] = {
	[ENGINE_PAGETRACE] = {"pagetrace", record_pagetrace},
	[ENGINE_LACKEY] = {"lackey", record_lackey},
	[ENGINE_PERF] = {"perf events", record_perf},
};

/* What the trace says it was made with. */
static void name_tool(
	enum engine engine, const char *valgrind, char *tool, size_t bytes)
{
	char version[128];

	read_version(valgrind, version, sizeof(version));
	snprintf(tool, bytes, "%s, record with %s%s%s", PACKAGE_STRING,
		engine == ENGINE_PERF ? "" : version,
		engine == ENGINE_PERF ? "" : " ", engines[engine].name);
}

static int record_program(const struct record_arguments *arguments,
	enum engine engine, const char *path, const char *valgrind)
{
	char tool[192];
	char *quoted = quote_arguments(arguments->program + 1);
	struct record_job job = {
		.engine = path,
		.tool = tool,
		.argv = arguments->program,
		.arguments = quoted,
		.output = arguments->output,
		.kinds = arguments->kinds,
		.reduce = arguments->reduce,
		.skip = arguments->skip,
		.limit = arguments->limit,
		.no_forks = arguments->no_forks,
		.follow_exec = arguments->follow_exec,
		.period = arguments->period,
		.tick = tick,
		.talk = talk,
	};
	struct record_result result = {0};
	struct message message = {""};
	int error, status;

	if (quoted == NULL)
		return command_fail(1, "record", "out of memory");
	name_tool(engine, valgrind, tool, sizeof(tool));
	if (!arguments->quiet)
		job.context =
			progress_start(arguments->program[0], "references", 0);
	error = engines[engine].record(&job, &result, &message);
	if (job.context != NULL)
		progress_end(job.context);
	status = error != 0 ? command_fail(1, "record", "%s", message.text)
			    : end_record(arguments, &result);
	record_result_free(&result);
	free(quoted);
	return status;
}

/* Which engine, and where it is: PATH_OUT (free it); or an exit status. */
static int choose_engine(const struct record_arguments *arguments,
	const char *program, const char *valgrind, enum engine *engine_out,
	char **path_out)
{
	*engine_out = arguments->engine;
	*path_out = NULL;
	if (arguments->engine == ENGINE_PERF) {
		*path_out = strdup(program);
		return *path_out != NULL
			       ? 0
			       : command_fail(1, "record", "out of memory");
	}
	if (arguments->engine != ENGINE_LACKEY)
		*path_out = record_pagetrace_find();
	if (*path_out != NULL) {
		*engine_out = ENGINE_PAGETRACE;
		return 0;
	}
	if (valgrind == NULL)
		return command_fail(1, "record",
			"valgrind is not there, which does the recording; it "
			"is in the Debian package valgrind");
	if (arguments->engine == ENGINE_PAGETRACE)
		return command_fail(1, "record",
			"pagetrace was not built: it needs the Debian package "
			"valgrind when selfpage is configured");
	*engine_out = ENGINE_LACKEY;
	*path_out = strdup(valgrind);
	if (*path_out == NULL)
		return command_fail(1, "record", "out of memory");
	if (arguments->engine == ENGINE_AUTO && !arguments->quiet)
		fprintf(stderr, "selfpage record: pagetrace was not built, so "
				"Lackey records, which is much slower\n");
	return 0;
}

static int check_engine(
	const struct record_arguments *arguments, enum engine engine)
{
	if (engine != ENGINE_PERF && arguments->period > 0)
		return command_fail(2, "record",
			"--period is for --engine "
			"perf");
	if (engine == ENGINE_PERF && arguments->reduce > 1)
		return command_fail(2, "record",
			"--reduce is for every reference, which --engine perf "
			"does not see");
	if (engine == ENGINE_PAGETRACE)
		return 0;
	if (arguments->skip.mark != NULL || arguments->limit.mark != NULL)
		return command_fail(2, "record",
			"--engine %s knows no marks: --skip and --limit take "
			"numbers of references",
			engine == ENGINE_PERF ? "perf" : "lackey");
	if (engine == ENGINE_LACKEY && arguments->follow_exec)
		return command_fail(
			2, "record", "--engine lackey cannot do --follow-exec");
	return 0;
}

int record_command(int argc, char **argv)
{
	static const struct argp argp = {options, parse_option,
		"PROGRAM [ARGUMENT...]", documentation, NULL, NULL, NULL};
	struct record_arguments arguments = {
		.kinds = TRACE_READ | TRACE_WRITE | TRACE_INSTRUCTION,
	};
	char *program = NULL, *valgrind = NULL, *output = NULL, *path = NULL;
	enum engine engine = ENGINE_AUTO;
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
	find_program("valgrind", &valgrind);
	status = arguments.output == NULL
			 ? command_fail(1, "record", "out of memory")
			 : choose_engine(&arguments, program, valgrind, &engine,
				   &path);
	if (status == 0)
		status = check_engine(&arguments, engine);
	if (status == 0)
		status = record_program(&arguments, engine, path, valgrind);
	free(program);
	free(valgrind);
	free(output);
	free(path);
	return status;
}
