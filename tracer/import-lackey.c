/* What Valgrind's Lackey writes with --trace-mem=yes: see lackey.h. */
#include <config.h>

#include <errno.h>

#include "tracer/import-parser.h"
#include "tracer/lackey.h"

struct state {
	struct lackey *lackey;
};

static int lackey_parser_open(
	struct importer *importer, struct message *message)
{
	struct state *state = importer->state;
	struct lackey_options options = {
		.page_bytes = importer->options.page_bytes,
		.kinds = TRACE_READ | TRACE_WRITE | TRACE_INSTRUCTION,
		.strict = true,
	};

	if (lackey_open(&options, importer->runs.sink, &state->lackey) != 0)
		return message_set(message, -ENOMEM, "out of memory");
	return 0;
}

static void lackey_parser_close(struct importer *importer)
{
	struct state *state = importer->state;

	lackey_close(state->lackey);
}

static int lackey_parser_feed(struct importer *importer, const char *text,
	size_t bytes, struct message *message)
{
	struct state *state = importer->state;
	const char *bad = NULL, *end = text + bytes;
	int error = lackey_feed(state->lackey, text, bytes, &bad);

	importer->place = lackey_lines(state->lackey);
	if (error != -EINVAL || bad == NULL)
		return error;
	importer->expected = "a line of Lackey's, such as \" L 1ffefff0,8\"";
	const char *bad_end = memchr(bad, '\n', end - bad);

	return importer_bad_line(
		importer, bad, bad_end == NULL ? end : bad_end, message);
}

const struct import_parser import_lackey = {
	.name = "lackey",
	.records = "what valgrind --tool=lackey --trace-mem=yes writes",
	.state_bytes = sizeof(struct state),
	.has_writes = true,
	.open = lackey_parser_open,
	.close = lackey_parser_close,
	.feed = lackey_parser_feed,
};
