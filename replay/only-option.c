/* --only: which addresses of a trace are replayed. */
#include "replay/only-option.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number.h"
#include "replay/each-block.h"

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

static int add_range(const char *text, size_t bytes, struct only_option *option,
	struct message *message)
{
	if (option->ranges_count == ONLY_RANGES_MAX)
		return message_set(message, -EINVAL, "more than %d ranges",
			ONLY_RANGES_MAX);
	if (parse_range(text, bytes, &option->ranges[option->ranges_count]))
		return message_set(message, -EINVAL,
			"'%.*s' is no range of addresses, such as "
			"0x1000-0x5000",
			(int)bytes, text);
	option->ranges_count++;
	return 0;
}

static int add_name(const char *text, size_t bytes, struct only_option *option,
	struct message *message)
{
	if (!bytes || bytes >= ONLY_NAME_BYTES)
		return message_set(message, -EINVAL,
			"'%.*s' is neither a range of addresses, such as "
			"0x1000-0x5000, nor the name of a region",
			(int)(bytes < 40 ? bytes : 40), text);
	if (option->names_count == ONLY_NAMES_MAX)
		return message_set(
			message, -EINVAL, "more than %d names", ONLY_NAMES_MAX);
	memcpy(option->names[option->names_count], text, bytes);
	option->names[option->names_count++][bytes] = '\0';
	return 0;
}

int only_parse(
	const char *text, struct only_option *option, struct message *message)
{
	size_t bytes;
	int error;

	for (;; text += bytes + 1) {
		bytes = strcspn(text, ",");
		error = isdigit((unsigned char)*text)
				? add_range(text, bytes, option, message)
				: add_name(text, bytes, option, message);
		if (error)
			return error;
		option->count++;
		if (!text[bytes])
			return 0;
	}
}

/* ---- names ---- */

/* What is within TEXT's brackets, if it is in some, in INNER. */
static bool strip_brackets(const char *text, char inner[ONLY_NAME_BYTES])
{
	size_t length = strlen(text);

	if (length < 2 || length > ONLY_NAME_BYTES || text[0] != '[' ||
		text[length - 1] != ']')
		return false;
	memcpy(inner, text + 1, length - 2);
	inner[length - 2] = '\0';
	return true;
}

/* Does PATTERN mean the region that the trace calls NAME? */
static bool means(const char *pattern, const char *name)
{
	char inner[ONLY_NAME_BYTES], stripped[ONLY_NAME_BYTES];
	const char *slash = strrchr(name, '/');
	size_t length;

	if (!strip_brackets(name, inner))
		return !fnmatch(pattern, name, 0) ||
		       (slash && !fnmatch(pattern, slash + 1, 0));
	if (strip_brackets(pattern, stripped))
		pattern = stripped;
	length = strlen(pattern);
	return !fnmatch(pattern, inner, 0) ||
	       (!strncmp(pattern, inner, length) && inner[length] == ':');
}

struct meant {
	const struct only_option *option;
	struct trace_range *ranges; /* [count], with room for more */
	unsigned count, room;
};

static int compare_ranges(const void *a, const void *b)
{
	const struct trace_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

/* Those that touch become one. */
static void merge_ranges(struct meant *meant)
{
	struct trace_range *ranges = meant->ranges;
	unsigned i, kept = 0;

	if (!meant->count)
		return;
	qsort(ranges, meant->count, sizeof(*ranges), compare_ranges);
	for (i = 1; i < meant->count; i++)
		if (ranges[i].start > ranges[kept].end)
			ranges[++kept] = ranges[i];
		else if (ranges[i].end > ranges[kept].end)
			ranges[kept].end = ranges[i].end;
	meant->count = kept + 1;
}

/* Room for more ranges, of which a program that maps the same place again and
 * again has few. */
static int make_room(struct meant *meant)
{
	unsigned room = meant->room ? 2 * meant->room : 64;
	struct trace_range *more;

	merge_ranges(meant);
	if (meant->room && meant->count < meant->room / 2)
		return 0;
	more = reallocarray(meant->ranges, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	meant->ranges = more;
	meant->room = room;
	return 0;
}

static int add_meant(struct meant *meant, const struct trace_range *range)
{
	int error = meant->count == meant->room ? make_room(meant) : 0;

	if (!error)
		meant->ranges[meant->count++] = *range;
	return error;
}

static int take_meant(void *context, const struct trace_block *block)
{
	struct meant *meant = context;
	const struct only_option *option = meant->option;
	uint32_t i;
	unsigned j;
	int error = 0;

	for (i = 0; i < block->regions && !error; i++) {
		const struct trace_region *region = &block->region[i];
		const struct trace_range range = {region->start, region->end};

		if (!trace_region_brings_pages(region) ||
			region->start >= region->end)
			continue;
		for (j = 0; j < option->names_count; j++)
			if (means(option->names[j], trace_region_name(region)))
				break;
		if (j < option->names_count)
			error = add_meant(meant, &range);
	}
	return error;
}

/* The ranges of OPTION, and of what READER's trace calls by its names. */
static int find_meant(const struct only_option *option,
	struct trace_reader *reader, struct meant *meant,
	struct message *message)
{
	const struct each_block each = {.take = take_meant, .pass = meant};
	unsigned i;
	int error = 0;

	for (i = 0; i < option->ranges_count && !error; i++)
		error = add_meant(meant, &option->ranges[i]);
	if (error)
		return message_set(message, error, "too little memory");
	if (option->names_count)
		error = each_block(reader, &each, message);
	if (!error && !meant->count)
		return message_set(message, -EINVAL,
			"%s: none of its regions is called so (--only); "
			"selfpage info --regions tells their names",
			trace_reader_info(reader)->path);
	merge_ranges(meant);
	return error;
}

int only_use(const struct only_option *option, struct trace_reader *reader,
	const char *name, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	uint64_t references = info->references, pages = info->pages;
	struct meant meant = {.option = option};
	int error;

	if (!option->count)
		return 0;
	error = find_meant(option, reader, &meant, message);
	if (!error)
		error = trace_reader_only(
			reader, meant.ranges, meant.count, message);
	free(meant.ranges);
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
	struct trace_reader *reader;
	int error = trace_reader_open(path, counts, &reader, message);

	if (error)
		return error;
	error = only_use(option, reader, name, message);
	if (error)
		trace_reader_close(reader);
	else
		*out = reader;
	return error;
}
