/*
 * selfpage report: rows become one page of HTML.  It reads the rows only, and
 * runs no simulation.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "report/data.h"
#include "report/page.h"
#include "report/sources.h"

#define PARTS_VARIABLE "SELFPAGE_REPORT"
#define PART ".part" /* ends the page's name until it is whole */

struct options {
	const char *output; /* -o, or NULL */
	const char *title;  /* -t, or NULL */
	char **inputs;
	int inputs_count;
};

static const struct argp_option report_options[] = {
	{"output", 'o', "FILE.html", 0,
		"the page ('-': standard output; otherwise: report.html in "
		"RESULTS if that is one folder, else here)",
		0},
	{"title", 't', "TEXT", 0,
		"what stands above it (otherwise: the name of RESULTS)", 0},
	{0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->output = argument;
		return 0;
	case 't':
		options->title = argument;
		return 0;
	case ARGP_KEY_ARGS:
		options->inputs = state->argv + state->next;
		options->inputs_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no RESULTS: expected a result set, or rows "
				  "of replay, curve, tune or run");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp report_argp = {
	.options = report_options,
	.parser = parse_option,
	.args_doc = "RESULTS...",
	.doc = "Make one page of HTML of results, that needs no network: what "
	       "was run, a summary in words, fault curves that show values "
	       "under the pointer, policies beside OPT, what hints gain, "
	       "cycles per fault, and tables that sort."
	       "\vRESULTS are result sets and other folders of rows (*.csv, "
	       "and those in their folder curves), files of rows as replay, "
	       "curve, tune and run write them with '--format csv', or '-' "
	       "for standard input.  Names of traces that end in -A and -B "
	       "are taken for two inputs of one program.\n\n"
	       "Examples:\n"
	       "  selfpage report -o sort.html rows.csv curve.csv\n"
	       "  selfpage keep study replay sort.spt --frames 25%,50%\n"
	       "  selfpage report study\n\n"
	       "The page's name is printed when it is whole.  Of a curve it "
	       "holds what a screen can show: of each 48th of an octave of "
	       "memory the first row, and those that hold at each hundredth "
	       "of the pages.",
};

static int read_inputs(const struct options *options, struct sources *sources,
	struct message *message)
{
	size_t rows = 0;
	int error = 0;

	for (int i = 0; i < options->inputs_count && !error; i++)
		error = sources_add(options->inputs[i], sources, message);
	if (error)
		return error;
	for (size_t i = 0; i < sources->passed_count; i++)
		fprintf(stderr,
			"selfpage report: %s: passed over: these are no rows "
			"of replay, curve, tune or run\n",
			sources->passed[i]);
	for (size_t i = 0; i < sources->count; i++)
		rows += sources->sources[i].csv.rows_count;
	if (rows)
		return 0;
	return message_set(message, -EINVAL,
		"%s: headers and no rows: nothing to report",
		options->inputs[0]);
}

/* The page's path, to be freed; NULL without memory. */
static char *choose_path(const struct options *options)
{
	const char *first = options->inputs[0];
	char *path;

	if (options->output)
		return strdup(options->output);
	if (options->inputs_count > 1 || !csv_is_folder(first))
		return strdup("report.html");
	return asprintf(&path, "%s/report.html", first) < 0 ? NULL : path;
}

/* The name of the first input without its folder and ending, to be freed;
 * NULL without memory. */
static char *choose_title(const struct options *options)
{
	char *whole = realpath(options->inputs[0], NULL);
	char *title, *ending;

	if (options->title || !whole) {
		free(whole);
		return strdup(options->title ?: "selfpage");
	}
	title = strdup(basename(whole));
	ending = title ? strrchr(title, '.') : NULL;
	if (ending && strcmp(ending, ".csv") == 0)
		*ending = '\0';
	free(whole);
	return title;
}

/* The JSON of SOURCES, to be freed. */
static int write_data(const struct options *options,
	const struct sources *sources, char **out, struct message *message)
{
	size_t bytes;
	FILE *stream = open_memstream(out, &bytes);
	char *title = choose_title(options);
	int error;

	if (stream && title)
		error = data_write(sources, title, stream, message);
	else
		error = message_set(message, -ENOMEM, "not enough memory");
	free(title);
	if (stream && fclose(stream) && !error)
		error = message_set(message, -ENOMEM, "not enough memory");
	return error;
}

static int write_stream(const char *data, FILE *stream, const char *path,
	struct message *message)
{
	const char *parts = command_find_data(
		PARTS_VARIABLE, REPORT_SOURCE_DIR, REPORT_INSTALLED_DIR);
	int error = page_write(parts, data, stream, message);

	errno = 0;
	if (!error && (fflush(stream) || ferror(stream)))
		error = message_set(message, errno ? -errno : -EIO,
			"%s: cannot write: %s", path,
			strerror(errno ? errno : EIO));
	return error;
}

/* The page takes its name when it is whole. */
static int write_file(
	const char *data, const char *path, struct message *message)
{
	char *part;
	FILE *stream;
	int error;

	if (asprintf(&part, "%s" PART, path) < 0)
		return message_set(message, -ENOMEM, "not enough memory");
	stream = fopen(part, "we");
	if (!stream) {
		error = message_set(message, -errno, "%s: cannot write: %s",
			path, strerror(errno));
		goto out;
	}
	error = write_stream(data, stream, path, message);
	fclose(stream);
	if (!error && rename(part, path))
		error = message_set(message, -errno, "%s: cannot write: %s",
			path, strerror(errno));
	if (error)
		unlink(part);
	else
		puts(path);
out:
	free(part);
	return error;
}

int report_command(int argc, char **argv)
{
	struct options options = {0};
	struct sources sources = {0};
	struct message message = {0};
	char *data = NULL, *path = NULL;
	int error;

	argp_parse(&report_argp, argc, argv, 0, NULL, &options);
	error = read_inputs(&options, &sources, &message);
	if (!error) {
		path = choose_path(&options);
		error = path ? write_data(&options, &sources, &data, &message)
			     : message_set(
				       &message, -ENOMEM, "not enough memory");
	}
	if (!error && strcmp(path, "-") == 0)
		error = write_stream(data, stdout, "standard output", &message);
	else if (!error)
		error = write_file(data, path, &message);
	free(data);
	free(path);
	sources_free(&sources);
	return error ? command_fail(1, "report", "%s", message.text) : 0;
}
