/* selfpage generate: a trace of invented references. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "tracer/generate.h"
#include "tracer/trace.h"

#define PAGE_BYTES 4096u
#define FIRST_PAGE 0x100000u /* page 0 is nowhere mapped */
#define PART 4096u

struct request {
	const char *output, *model;
	struct generate_options options;
};

/* ---- the trace ---- */

/* What was asked for, so that it can be asked for again. */
static void describe(const struct request *request, char *text, size_t bytes)
{
	const struct generate_options *options = &request->options;

	snprintf(text, bytes,
		"--model %s --pages %" PRIu32 " --references %" PRIu64
		" --writes %.6g%% --seed %" PRIu64,
		request->model, options->pages, options->references,
		100 * options->writes, options->seed);
}

static int write_references(struct trace_writer *writer,
	struct generator *generator, uint64_t references)
{
	struct progress *progress =
		progress_start("generate", "references", references);
	uint32_t page[PART];
	uint8_t kind[PART];
	uint64_t done = 0;
	int error = 0;

	while (!error && done < references) {
		uint32_t some = references - done < PART
					? (uint32_t)(references - done)
					: PART;

		generator_fill(generator, page, kind, some);
		for (uint32_t i = 0; i < some && !error; i++)
			error = trace_writer_add(writer,
				(uint64_t)FIRST_PAGE + page[i], kind[i], 1, 0);
		done += some;
		progress_update(progress, done);
	}
	progress_end(progress);
	return error;
}

static int write_trace(const struct request *request,
	struct generator *generator, struct message *message)
{
	const struct generate_options *options = &request->options;
	const struct trace_region region = {
		.kind = TRACE_REGION_MAP,
		.protection = 3,
		.anonymous = true,
		.start = (uint64_t)FIRST_PAGE * PAGE_BYTES,
		.end = ((uint64_t)FIRST_PAGE + options->pages) * PAGE_BYTES,
	};
	char arguments[256];
	const struct trace_writer_options writer_options = {
		.program = "selfpage generate",
		.arguments = arguments,
		.tool = PACKAGE_STRING,
		.page_bytes = PAGE_BYTES,
		.has_writes = true,
		.threads = trace_writer_threads(),
	};
	struct trace_writer *writer;
	int error;

	describe(request, arguments, sizeof(arguments));
	error = trace_writer_open(
		request->output, &writer_options, &writer, message);
	if (error)
		return error;
	trace_writer_region(writer, &region);
	write_references(writer, generator, options->references);
	return trace_writer_finish(writer, message);
}

static int generate(const struct request *request)
{
	struct generator *generator;
	struct message message;
	int error = generator_create(&request->options, &generator);

	if (error)
		return command_fail(1, "generate", "%s",
			error == -ENOMEM ? "no memory for so many pages"
					 : "these numbers do not go together");
	error = write_trace(request, generator, &message);
	generator_destroy(generator);
	return error ? command_fail(1, "generate", "%s", message.text) : 0;
}

/* ---- the command ---- */

/* "30%" or "0.3" */
static double parse_share(struct argp_state *state, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end != text && strcmp(end, "%") == 0) {
		value /= 100;
		end++;
	}
	if (end == text || *end || !(value >= 0 && value <= 1))
		argp_error(state,
			"--writes %s: expected a share such as 30%% or 0.3",
			text);
	return value;
}

/* What only the whole call can tell. */
static void check_request(
	struct argp_state *state, const struct request *request)
{
	const struct generate_options *options = &request->options;

	if (!request->output)
		argp_error(state, "where to? (-o TRACE.spt)");
	if (options->model == GENERATE_RUNS && options->run > options->pages)
		argp_error(state,
			"--model %s: a run cannot be longer than the %" PRIu32
			" pages there are",
			request->model, options->pages);
	if (options->model == GENERATE_MIX && options->pages < 2)
		argp_error(state, "--model mix: needs at least 2 pages");
}

static const struct command_range pages_range = {
	"--pages", 1, TRACE_PAGES_MAX, "pages"};
static const struct command_range references_range = {
	"--references", 1, INT64_MAX, "references"};
static const struct command_range seed_range = {
	"--seed", 0, UINT64_MAX, "lots"};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct request *request = state->input;
	struct generate_options *options = &request->options;

	switch (key) {
	case 'o':
		request->output = text;
		return 0;
	case 'm':
		request->model = text;
		if (generate_parse_model(text, options))
			argp_error(state,
				"--model %s: expected zipf[:S], uniform, loop, "
				"scan, mix or runs[:K]",
				text);
		return 0;
	case 'p':
		options->pages =
			command_parse_number(text, &pages_range, state);
		return 0;
	case 'r':
		options->references =
			command_parse_number(text, &references_range, state);
		return 0;
	case 'w':
		options->writes = parse_share(state, text);
		return 0;
	case 's':
		options->seed = command_parse_number(text, &seed_range, state);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'?", text);
		return EINVAL;
	case ARGP_KEY_END:
		check_request(state, request);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option generate_options[] = {
	{"output", 'o', "TRACE.spt", 0, "the trace to write", 0},
	{"model", 'm', "MODEL", 0,
		"zipf:S, uniform, loop, scan, mix or runs:K (zipf:0.9)", 0},
	{"pages", 'p', "N", 0, "of so many pages (1M)", 0},
	{"references", 'r', "N", 0, "so many references (20M)", 0},
	{"writes", 'w', "SHARE", 0, "so many of them writes (30%)", 0},
	{"seed", 's', "N", 0, "of the random numbers (1)", 0},
	{0},
};

int generate_command(int argc, char **argv)
{
	const struct argp argp = {
		.options = generate_options,
		.parser = parse_option,
		.doc = "Writes a trace of invented references.\v"
		       "Models:\n"
		       "  zipf:S   the page of rank r as often as r^-S; ranks "
		       "at random places\n"
		       "  uniform  every page as often as any other\n"
		       "  loop     all pages in order, over and over\n"
		       "  scan     all pages in order, once\n"
		       "  mix      zipf:0.9 over 2/3 of the pages; every "
		       "fourth reference\n"
		       "           a loop over the others\n"
		       "  runs:K   K pages in order from a place drawn at "
		       "random, then the next\n\n"
		       "The same call gives the same file, which has no "
		       "date.\n\n"
		       "Examples:\n"
		       "  selfpage generate -o z.spt --model zipf:0.9 "
		       "--pages 1M --references 20M\n"
		       "  selfpage generate -o m.spt --model mix "
		       "--pages 150k --writes 0 --seed 7",
	};
	struct request request = {
		.model = "zipf:0.9",
		.options = {.pages = 1000000,
			.references = 20000000,
			.writes = 0.3,
			.seed = 1},
	};

	generate_parse_model(request.model, &request.options);
	argp_parse(&argp, argc, argv, 0, NULL, &request);
	return generate(&request);
}
