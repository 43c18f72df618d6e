/* selfpage info: what is in a trace. */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "replay/info-regions.h"
#include "tracer/trace.h"

struct request {
	enum rows_format format;
	bool check, regions, phases;
	struct frames_spec *frames;
	unsigned frames_count;
	char **paths;
	int paths_count;
};

/* ---- one trace ---- */

/* Reads every block and the dictionary, to find what is corrupt. */
static int check_trace(struct trace_reader *reader, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct progress *progress =
		progress_start(info->path, "references", info->references);
	const uint64_t *vpn;
	int error;

	error = trace_reader_load_pages(reader, &vpn, message);
	for (uint64_t i = 0; !error && i < info->blocks; i++) {
		struct trace_block block;

		error = trace_reader_read(reader, i, &block, message);
		if (!error)
			progress_update(progress,
				block.first_reference + block.references);
	}
	progress_end(progress);
	return error;
}

static double bytes_per_event(const struct trace_info *info)
{
	return info->events ? (double)info->file_bytes / (double)info->events
			    : 0;
}

/* As people in this place read it, or in UTC as programs do; "" unknown. */
static const char *date_text(
	const struct trace_info *info, bool local, char *text, size_t bytes)
{
	time_t date = (time_t)info->date_s;
	struct tm tm;

	text[0] = '\0';
	if (info->date_s == 0 || date < 0)
		return text;
	if (local && localtime_r(&date, &tm))
		strftime(text, bytes, "%Y-%m-%d %H:%M:%S", &tm);
	else if (!local && gmtime_r(&date, &tm))
		strftime(text, bytes, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return text;
}

/* ---- as a list, for people ---- */

static void list_text(const char *name, const char *text)
{
	printf("%-15s", name);
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 127 ? '?'
								   : *text);
	putchar('\n');
}

static void list_count(const char *name, uint64_t value, const char *more)
{
	printf("%-15s%" PRIu64 "%s\n", name, value, more);
}

static void list_kind(
	const struct trace_info *info, const char *name, uint64_t events)
{
	char more[32];

	snprintf(more, sizeof(more), " events, %.1f %%",
		info->events ? 100 * (double)events / (double)info->events : 0);
	list_count(name, events, more);
}

/* What the trace is good for. */
static void list_worth(const struct trace_info *info)
{
	if (info->fidelity == TRACE_FIRST_TOUCHES)
		list_text("holds", "the first touch of each page only (page "
				   "faults): no policy's counts");
	else if (info->fidelity == TRACE_SAMPLED)
		list_count("holds one of", info->period,
			" references (samples): no policy's counts");
	else
		list_text("holds", "every reference");
	if (info->reduction == 1) {
		list_text("reduction", "none but runs: exact for all policies");
		return;
	}
	printf("%-15sfor %" PRIu32 " frames and more: there lru and opt are "
	       "exact,\n%-15sother policies close from %" PRIu64 " on\n",
		"reduction", info->reduction, "",
		(uint64_t)info->reduction * TRACE_CLOSE_TIMES);
}

/* What the recorder told at the end. */
static void list_ending(const struct trace_info *info)
{
	const struct trace_ending *ending = &info->ending;

	if (ending->loads + ending->stores + ending->fetches > 0) {
		list_count("  loads", ending->loads, "");
		list_count("  stores", ending->stores, "");
		list_count("  fetches", ending->fetches, "");
		list_count("  kernel", ending->kernel, "");
	}
	if (ending->skipped > 0)
		list_count("skipped", ending->skipped,
			" references, before or between what is recorded");
	if (ending->stopped)
		list_text("stopped", "at a limit: the program went on");
}

static void list_trace(const struct trace_info *info)
{
	char text[64];

	list_text("trace", info->path);
	list_text("program", info->program);
	list_text("arguments", info->arguments);
	list_text("tool", info->tool);
	list_text("date", date_text(info, true, text, sizeof(text)));
	list_count("page size", info->page_bytes, " bytes");
	if (info->process)
		list_count("process", info->process, "");
	list_worth(info);
	list_count("references", info->references, "");
	list_ending(info);
	list_count("events", info->events, "");
	list_kind(info, "  read", info->reads);
	list_kind(info, "  write", info->writes);
	list_kind(info, "  instruction", info->instructions);
	list_kind(info, "  kernel", info->kernel);
	if (info->no_counts)
		puts("               (the source does not tell how long runs "
		     "are)");
	if (!info->has_writes)
		puts("               (the source does not tell reads from "
		     "writes)");
	snprintf(text, sizeof(text), ", %.1f MiB",
		(double)info->pages * info->page_bytes / (1 << 20));
	list_count("pages", info->pages, text);
	list_count("region events", info->regions, "");
	snprintf(text, sizeof(text), " bytes, %.3f an event",
		bytes_per_event(info));
	list_count("file", info->file_bytes, text);
	list_count("blocks", info->blocks, "");
	list_text("end", info->truncated
				 ? "missing: this is what its whole blocks hold"
				 : "whole");
}

/* ---- as rows, for programs ---- */

static const struct rows_column columns[] = {
	{.name = "trace", .text = true},
	{.name = "program", .text = true},
	{.name = "arguments", .text = true},
	{.name = "tool", .text = true},
	{.name = "date", .text = true},
	{.name = "page_bytes"},
	{.name = "references"},
	{.name = "events"},
	{.name = "reads"},
	{.name = "writes"},
	{.name = "instructions"},
	{.name = "pages"},
	{.name = "footprint_bytes"},
	{.name = "regions"},
	{.name = "blocks"},
	{.name = "file_bytes"},
	{.name = "bytes_per_event"},
	{.name = "has_writes"},
	{.name = "truncated"},
	{.name = "version"},
	{.name = "process"},
	{.name = "holds", .text = true},
	{.name = "period"},
	{.name = "reduction"},
	{.name = "kernel"},
	{.name = "loads"},
	{.name = "stores"},
	{.name = "fetches"},
	{.name = "kernel_references"},
	{.name = "skipped"},
	{.name = "stopped"},
	{.name = "has_counts"},
};

static void write_worth(struct rows *rows, const struct trace_info *info)
{
	static const char *const holds[] = {
		[TRACE_EVERY_REFERENCE] = "every reference",
		[TRACE_FIRST_TOUCHES] = "first touches",
		[TRACE_SAMPLED] = "samples",
	};
	const struct trace_ending *ending = &info->ending;

	rows_count(rows, info->version);
	rows_count(rows, info->process);
	rows_text(rows, holds[info->fidelity]);
	rows_count(rows, info->period);
	rows_count(rows, info->reduction);
	rows_count(rows, info->kernel);
	rows_count(rows, ending->loads);
	rows_count(rows, ending->stores);
	rows_count(rows, ending->fetches);
	rows_count(rows, ending->kernel);
	rows_count(rows, ending->skipped);
	rows_count(rows, ending->stopped);
	rows_count(rows, !info->no_counts);
}

static int write_row(struct rows *rows, const struct trace_info *info)
{
	char text[64];

	rows_text(rows, info->path);
	rows_text(rows, info->program);
	rows_text(rows, info->arguments);
	rows_text(rows, info->tool);
	rows_text(rows, date_text(info, false, text, sizeof(text)));
	rows_count(rows, info->page_bytes);
	rows_count(rows, info->references);
	rows_count(rows, info->events);
	rows_count(rows, info->reads);
	rows_count(rows, info->writes);
	rows_count(rows, info->instructions);
	rows_count(rows, info->pages);
	rows_count(rows, info->pages * info->page_bytes);
	rows_count(rows, info->regions);
	rows_count(rows, info->blocks);
	rows_count(rows, info->file_bytes);
	rows_real(rows, bytes_per_event(info), 4);
	rows_count(rows, info->has_writes);
	rows_count(rows, info->truncated);
	write_worth(rows, info);
	return rows_end(rows);
}

/* ---- the command ---- */

/* Its regions or phases, a row each. */
static int show_regions(
	const struct request *request, struct rows *rows, const char *path)
{
	struct info_regions shown = {
		.path = path,
		.rows = rows,
		.phases = request->phases,
		.frames = request->frames,
		.frames_count = request->frames_count,
	};
	struct message message;

	if (info_regions(&shown, &message) == 0)
		return 0;
	return command_fail(1, "info", "%s", message.text);
}

static int show_trace(
	const struct request *request, struct rows *rows, const char *path)
{
	struct trace_reader *reader;
	struct message message;
	int error;

	error = trace_reader_open(path, request->check, &reader, &message);
	if (error)
		return command_fail(1, "info", "%s", message.text);
	if (request->check)
		error = check_trace(reader, &message);
	if (error)
		error = command_fail(1, "info", "%s", message.text);
	else if (rows)
		error = write_row(rows, trace_reader_info(reader)) ? 1 : 0;
	else
		list_trace(trace_reader_info(reader));
	trace_reader_close(reader);
	return error;
}

/* A trace that cannot be read does not keep the others from being shown. */
static int show_traces(const struct request *request)
{
	enum rows_format format = request->format;
	struct rows *rows = NULL;
	int status = 0, error = 0;

	if (format == ROWS_AUTO && isatty(STDOUT_FILENO))
		format = ROWS_TABLE;
	if (request->regions || request->phases)
		error = info_regions_start(
			stdout, format, request->phases, &rows);
	else if (format != ROWS_TABLE)
		error = rows_start(stdout, format, columns,
			sizeof(columns) / sizeof(*columns), &rows);
	if (error)
		return command_fail(1, "info", "no memory");
	for (int i = 0; i < request->paths_count; i++) {
		const char *path = request->paths[i];

		if (i > 0 && !rows)
			putchar('\n');
		if (request->regions || request->phases
				? show_regions(request, rows, path)
				: show_trace(request, rows, path))
			status = 1;
	}
	if (rows && rows_finish(rows))
		status = 1;
	return status;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'f':
		request->format = command_parse_format(text, state);
		return 0;
	case 'c':
		request->check = true;
		return 0;
	case 'r':
		request->regions = true;
		return 0;
	case 'p':
		request->phases = true;
		return 0;
	case 'n':
		command_parse_frames(
			text, &request->frames, &request->frames_count, state);
		request->regions = true;
		return 0;
	case ARGP_KEY_ARGS:
		request->paths = state->argv + state->next;
		request->paths_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which trace? (TRACE.spt)");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int info_command(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"format", 'f', "FORMAT", 0,
			"table, csv or json (a table on a terminal, else csv)",
			0},
		{"check", 'c', NULL, 0,
			"read the whole trace, to find what is corrupt", 0},
		{"regions", 'r', NULL, 0,
			"tell of its regions instead: files, heap, stacks; how "
			"much of each is used, and how often",
			0},
		{"phases", 'p', NULL, 0,
			"tell of its phases instead: what the program said by "
			"SELFPAGE_MARK, or what can be found",
			0},
		{"frames", 'n', "LIST", 0,
			"and the faults of LRU and OPT on the pages of each, "
			"at these sizes, as replay has them (100, 64MiB, 25%)",
			0},
		{0},
	};
	const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "TRACE.spt...",
		.doc = "Tells what is in traces.\v"
		       "Examples:\n"
		       "  selfpage info sort.spt\n"
		       "  selfpage info --check --format csv *.spt\n"
		       "  selfpage info --regions --frames 25%,50% sort.spt\n"
		       "  selfpage info --phases sort.spt\n\n"
		       "A trace whose recording was cut short is called "
		       "TRACE.spt.part; it can be read up to its last whole "
		       "block.",
	};
	struct request request = {.format = ROWS_AUTO};

	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &request);
	status = show_traces(&request);
	free(request.frames);
	return status;
}
