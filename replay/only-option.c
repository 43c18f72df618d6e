/* --only: which addresses of a trace are replayed. */
#include "replay/only-option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/number.h"

enum { NUMBER_BYTES = 24 };

/* The number in the BYTES bytes of TEXT. */
static int parse_number(const char *text, size_t bytes, uint64_t *out)
{
	char number[NUMBER_BYTES];

	if (bytes >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, bytes);
	number[bytes] = '\0';
	return number_parse(number, out);
}

static int parse_range(
	const char *text, size_t bytes, struct trace_range *range)
{
	const char *dash = memchr(text, '-', bytes);
	int error;

	if (!dash)
		return -EINVAL;
	error = parse_number(text, dash - text, &range->start);
	if (!error)
		error = parse_number(
			dash + 1, text + bytes - dash - 1, &range->end);
	return error || range->start >= range->end ? -EINVAL : 0;
}

int only_parse(
	const char *text, struct only_option *option, struct message *message)
{
	size_t bytes;

	for (;; text += bytes + 1) {
		bytes = strcspn(text, ",");
		if (option->count == ONLY_RANGES_MAX)
			return message_set(message, -EINVAL,
				"more than %d ranges", ONLY_RANGES_MAX);
		if (parse_range(text, bytes, &option->ranges[option->count]))
			return message_set(message, -EINVAL,
				"'%.*s' is no range of addresses, such as "
				"0x1000-0x5000",
				(int)bytes, text);
		option->count++;
		if (!text[bytes])
			return 0;
	}
}

int only_use(const struct only_option *option, struct trace_reader *reader,
	const char *name, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	uint64_t references = info->references, pages = info->pages;
	int error;

	if (!option->count)
		return 0;
	error = trace_reader_only(
		reader, option->ranges, option->count, message);
	if (error)
		return error;
	if (!name)
		return 0;
	info = trace_reader_info(reader);
	fprintf(stderr,
		"selfpage %s: %s: %" PRIu64 " of %" PRIu64
		" references and %" PRIu64 " of %" PRIu64
		" pages lie outside and are left out\n",
		name, info->path, references - info->references, references,
		pages - info->pages, pages);
	return 0;
}

int only_open(const struct only_option *option, const char *path, bool counts,
	const char *name, struct trace_reader **out, struct message *message)
{
	int error = trace_reader_open(path, counts, out, message);

	if (error)
		return error;
	error = only_use(option, *out, name, message);
	if (error)
		trace_reader_close(*out);
	return error;
}
