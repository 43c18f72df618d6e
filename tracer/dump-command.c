/*
 * selfpage dump: a trace as text.
 *
 *	= 0 map 0x7f000000 0x7f002000 rw- anonymous 0x0 [heap]
 *	= 0 thread-start 1 main
 *	0x7f001 r-- 3 1
 *	0x7f001 -w-k 1 1
 *
 * A region event: the event it lies before, what, and what its kind has to
 * tell.  An event: virtual page number, kinds, references, thread.
 */
#include <config.h>

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "tracer/trace.h"

struct request {
	const char *path;
	uint64_t from, count;
	bool regions_only;
};

/* ---- lines ---- */

static const char *const kind_names[] = {
	[TRACE_REGION_MAP] = "map",
	[TRACE_REGION_UNMAP] = "unmap",
	[TRACE_REGION_BRK] = "brk",
	[TRACE_REGION_STACK] = "stack",
	[TRACE_REGION_PROTECT] = "protect",
	[TRACE_REGION_REMAP] = "remap",
	[TRACE_REGION_THREAD_START] = "thread-start",
	[TRACE_REGION_THREAD_END] = "thread-end",
	[TRACE_REGION_FORK] = "fork",
	[TRACE_REGION_EXEC] = "exec",
	[TRACE_REGION_MARK] = "mark",
	[TRACE_REGION_GAP] = "gap",
	[TRACE_REGION_NAME] = "name",
};

/* Of what happens to the address space. */
static void print_place(const struct trace_region *region)
{
	unsigned protection = region->protection;

	printf(" 0x%" PRIx64 " 0x%" PRIx64 " %c%c%c %s 0x%" PRIx64,
		region->start, region->end, protection & 1 ? 'r' : '-',
		protection & 2 ? 'w' : '-', protection & 4 ? 'x' : '-',
		region->anonymous ? "anonymous" : "file", region->offset);
	if (region->kind == TRACE_REGION_REMAP)
		printf(" from 0x%" PRIx64 " 0x%" PRIx64, region->old_start,
			region->old_end);
}

static void print_region(const struct trace_region *region)
{
	printf("= %" PRIu64 " %s", region->event, kind_names[region->kind]);
	if (region->kind <= TRACE_REGION_REMAP)
		print_place(region);
	else if (region->kind == TRACE_REGION_NAME)
		printf(" 0x%" PRIx64 " 0x%" PRIx64, region->start, region->end);
	else if (region->kind != TRACE_REGION_GAP)
		printf(" %" PRIu32, region->thread);
	if (region->kind == TRACE_REGION_FORK ||
		region->kind == TRACE_REGION_GAP)
		printf(" %" PRIu64, region->number);
	putchar(' ');
	/* A file's name may hold anything: a line stays a line. */
	for (const char *c = region->name; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 127 || *c == '\\')
			printf("\\%03o", (unsigned char)*c);
		else
			putchar(*c);
	}
	putchar('\n');
}

static void print_event(
	const struct trace_block *block, uint32_t i, const uint64_t *vpn)
{
	static const char letters[8][4] = {
		"---", "r--", "-w-", "rw-", "--i", "r-i", "-wi", "rwi"};
	unsigned kinds = block->kinds[i];

	printf("0x%" PRIx64 " %s%s %" PRIu32 " %" PRIu32 "\n",
		vpn[block->page[i]], letters[kinds & 7],
		kinds & TRACE_KERNEL ? "k" : "", block->count[i],
		block->thread[i]);
}

/* The part of the block that was asked for. */
static void print_block(const struct request *request,
	const struct trace_block *block, const uint64_t *vpn)
{
	uint64_t end = request->count > UINT64_MAX - request->from
			       ? UINT64_MAX
			       : request->from + request->count;
	uint32_t region = 0;

	for (uint32_t i = 0; i <= block->events && !ferror(stdout); i++) {
		uint64_t event = block->first_event + i;

		while (region < block->regions &&
			block->region[region].event <= event) {
			if (event >= request->from && event < end)
				print_region(&block->region[region]);
			region++;
		}
		if (i < block->events && !request->regions_only &&
			event >= request->from && event < end)
			print_event(block, i, vpn);
	}
}

/* ---- the trace ---- */

/* The block where event FROM is: its number, by halving. */
static int find_block(struct trace_reader *reader, uint64_t from,
	uint64_t *number_out, struct message *message)
{
	uint64_t low = 0, high = trace_reader_info(reader)->blocks;
	struct trace_block block;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		int error = trace_reader_read(reader, middle, &block, message);

		if (error)
			return error;
		if (block.first_event + block.events < from)
			low = middle + 1;
		else
			high = middle;
	}
	*number_out = low;
	return 0;
}

static int dump(const struct request *request, struct trace_reader *reader,
	struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct trace_block block;
	const uint64_t *vpn;
	uint64_t number;
	int error;

	if (request->from > info->events)
		return message_set(message, -ERANGE,
			"%s: --from %" PRIu64 ": it has %" PRIu64 " events",
			request->path, request->from, info->events);
	error = trace_reader_load_pages(reader, &vpn, message);
	if (!error && request->from > 0)
		error = find_block(reader, request->from, &number, message);
	else
		number = 0;
	for (; !error && number < info->blocks && !ferror(stdout); number++) {
		error = trace_reader_read(reader, number, &block, message);
		if (error)
			break;
		if (block.first_event >= request->from &&
			block.first_event - request->from > request->count)
			break;
		print_block(request, &block, vpn);
	}
	return error;
}

static int open_and_dump(const struct request *request)
{
	struct trace_reader *reader;
	struct message message;
	int error;

	error = trace_reader_open(request->path, true, &reader, &message);
	if (error)
		return command_fail(1, "dump", "%s", message.text);
	if (trace_reader_info(reader)->truncated)
		fprintf(stderr,
			"selfpage dump: %s: has no end; what its whole blocks "
			"hold follows\n",
			request->path);
	error = dump(request, reader, &message);
	trace_reader_close(reader);
	if (error)
		return command_fail(1, "dump", "%s", message.text);
	return ferror(stdout) ? 1 : 0;
}

/* ---- the command ---- */

static const struct command_range count_range = {
	"--count", 0, UINT64_MAX, "events"};
static const struct command_range from_range = {
	"--from", 0, UINT64_MAX, "events"};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'f':
		request->from = command_parse_number(text, &from_range, state);
		return 0;
	case 'n':
		request->count =
			command_parse_number(text, &count_range, state);
		return 0;
	case 'r':
		request->regions_only = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->path)
			argp_error(state,
				"one trace at a time: '%s' is a "
				"second",
				text);
		request->path = text;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which trace? (TRACE.spt)");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int dump_command(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"from", 'f', "N", 0, "begin with event N (0: the first)", 0},
		{"count", 'n', "N", 0, "at most N events (all)", 0},
		{"regions", 'r', NULL, 0, "only the region events", 0},
		{0},
	};
	const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "TRACE.spt",
		.doc = "Prints a trace as text.\v"
		       "A line an event: the page's virtual page number, its "
		       "kinds (r read, w write, i instruction; k: by the "
		       "kernel), how many references, the thread.  A region "
		       "event is a line that begins with '=': the event it "
		       "lies before, and what happened.  To the address space "
		       "(map, unmap, brk, stack, protect, remap): start, end, "
		       "protection, what is behind it, offset, where it was "
		       "before (remap), name.  Else the thread; of a fork the "
		       "child's process id, and the name of its trace; of a "
		       "gap how many references were left out.\n\n"
		       "Examples:\n"
		       "  selfpage dump sort.spt | head\n"
		       "  selfpage dump --from 1000000 --count 20 sort.spt\n"
		       "  selfpage dump --regions sort.spt",
	};
	struct request request = {.count = UINT64_MAX};

	argp_parse(&argp, argc, argv, 0, NULL, &request);
	return open_and_dump(&request);
}
