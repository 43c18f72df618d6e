/* selfpage reduce: a shorter trace that is as good from K frames on. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "tracer/reduce.h"
#include "tracer/sad.h"
#include "tracer/trace.h"

#define FRAMES_DEFAULT 64

struct request {
	const char *input, *output;
	uint32_t frames; /* K */
	bool quiet;
	const volatile sig_atomic_t *stop;
};

static int reduce_reader(const struct request *request,
	struct trace_reader *reader, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct progress *progress;
	struct reduce_config config = {
		.frames = request->frames,
		.progress = progress_on,
		.stop = request->stop,
	};
	int error;

	if (info->truncated && info->reduction <= request->frames)
		fprintf(stderr,
			"selfpage reduce: %s: has no end; what its whole "
			"blocks hold is reduced\n",
			info->path);
	progress = progress_start(info->path, "references", info->references);
	config.context = progress;
	error = reduce_trace(reader, request->output, &config, message);
	progress_end(progress);
	if (error == -EINTR && *request->stop)
		message_set(message, error,
			"stopped by signal %d; %s was not written",
			(int)*request->stop, request->output);
	return error;
}

/* ---- the command ---- */

static void print_summary(
	const struct request *request, const struct trace_info *before)
{
	const struct trace_info *after;
	struct trace_reader *reader;

	if (trace_reader_open(request->output, false, &reader, NULL))
		return;
	after = trace_reader_info(reader);
	fprintf(stderr,
		"selfpage reduce: %" PRIu64 " events of %" PRIu64
		" are left, %.1f times fewer; LRU and OPT are exact at "
		"%" PRIu32 " frames and more: %s, %" PRIu64 " bytes\n",
		after->events, before->events,
		after->events ? (double)before->events / (double)after->events
			      : 1,
		after->reduction, request->output, after->file_bytes);
	trace_reader_close(reader);
}

static int reduce(const struct request *request)
{
	struct trace_reader *reader;
	struct message message = {""};
	int error;

	error = trace_reader_open(request->input, true, &reader, &message);
	if (error)
		return command_fail(1, "reduce", "%s", message.text);
	error = reduce_reader(request, reader, &message);
	if (!error && !request->quiet)
		print_summary(request, trace_reader_info(reader));
	trace_reader_close(reader);
	return error ? command_fail(1, "reduce", "%s", message.text) : 0;
}

static const struct command_range frames_range = {
	"--frames", 1, SAD_FRAMES_MAX, "frames"};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'o':
		request->output = text;
		return 0;
	case 'K':
		request->frames =
			command_parse_number(text, &frames_range, state);
		return 0;
	case 'q':
		request->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->input)
			argp_error(state,
				"one trace at a time: '%s' is a second", text);
		request->input = text;
		return 0;
	case ARGP_KEY_END:
		if (!request->input)
			argp_error(state, "which trace? (TRACE.spt)");
		if (!request->output)
			argp_error(state, "where to? (-o TRACE.spt)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option reduce_options[] = {
	{"frames", 'K', "K", 0, "the smallest memory to be exact at (64)", 0},
	{"output", 'o', "TRACE.spt", 0, "the trace to write", 0},
	{"quiet", 'q', NULL, 0, "no progress and no summary", 0},
	{0},
};

int reduce_command(int argc, char **argv)
{
	const struct argp argp = {
		.options = reduce_options,
		.parser = parse_option,
		.args_doc = "TRACE.spt",
		.doc = "Writes a shorter trace that gives the same faults.\v"
		       "Leaves out references that no memory of K frames or "
		       "more can tell: faults and write-backs of LRU and OPT "
		       "stay what they are, one by one, at K frames and more. "
		       "With fewer frames they do not, and replay refuses; of "
		       "other policies the counts come close from 4 K frames "
		       "on.  Real programs' traces become 3 to 7 times shorter "
		       "with K = 8, 30 to 300 times with 64.\n\n"
		       "A trace can be reduced again, for more frames.  How "
		       "many references there were is kept.\n\n"
		       "Examples:\n"
		       "  selfpage reduce sort.spt -o sort-64.spt\n"
		       "  selfpage reduce sort.spt -o sort-8.spt -K 8\n"
		       "  selfpage replay sort-64.spt --policy lru,opt "
		       "--frames 64,128,10%",
	};
	struct request request = {.frames = FRAMES_DEFAULT};

	argp_parse(&argp, argc, argv, 0, NULL, &request);
	request.stop = command_catch_signals();
	return reduce(&request);
}
