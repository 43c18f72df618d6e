/*
 * The parsers of foreign trace formats: see import.h.
 *
 * Each format but Lackey's is one function that takes one line and either
 * adds its references or says what it had expected.  The loop that finds the
 * lines, counts them and names the bad one is common to all.
 */
#include <config.h>

#include "tracer/import.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/lackey.h"

/* More than a trace can number its pages with. */
#define ARC_COUNT_MAX UINT32_MAX

struct importer {
	enum import_format format;
	const char *name;
	unsigned page_shift;
	uint64_t line; /* lines before what is fed next */
	struct lackey *lackey;
	const char *expected; /* what a bad line should have been */
	struct runs runs;
};

static const char *const format_names[IMPORT_FORMATS] = {
	[IMPORT_PAGES] = "pages",
	[IMPORT_LIRS] = "lirs",
	[IMPORT_ARC] = "arc",
	[IMPORT_ADDRESS] = "address",
	[IMPORT_LACKEY] = "lackey",
};

const char *import_format_name(enum import_format format)
{
	return format < IMPORT_FORMATS ? format_names[format] : NULL;
}

int import_format_parse(const char *name, enum import_format *out)
{
	for (unsigned i = 0; i < IMPORT_FORMATS; i++) {
		if (strcmp(name, format_names[i]) == 0) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A line's characters; the newline at END is there to stop at. */
struct line {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void line_skip_blanks(struct line *line)
{
	while (is_blank(*line->at))
		line->at++;
}

/* Nothing more, or only blanks. */
static bool line_ends(struct line *line)
{
	line_skip_blanks(line);
	return line->at == line->end;
}

/* A table, since which of the ranges comes next cannot be guessed. */
static unsigned digit_of(char c)
{
	/* The value and one, so that 0 is no digit. */
	/* clang-format off */
	static const uint8_t digits[256] = {
		['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		['a'] = 11, 12, 13, 14, 15, 16,
		['A'] = 11, 12, 13, 14, 15, 16,
	};
	/* clang-format on */

	return digits[(unsigned char)c] - 1u;
}

/* After 0x. */
static bool line_hexadecimal(struct line *line, uint64_t *out)
{
	uint64_t value = 0;
	unsigned digit = digit_of(*line->at);

	if (digit > 15)
		return false;
	for (; digit < 16; digit = digit_of(*++line->at)) {
		if (value >> 60)
			return false;
		value = value << 4 | digit;
	}
	*out = value;
	return true;
}

/* A number that ends where the word does; false: it is none, or too big. */
static bool line_number(struct line *line, uint64_t *out)
{
	const char *at = line->at;
	uint64_t value = 0;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
		line->at += 2;
		if (!line_hexadecimal(line, out))
			return false;
		return line->at == line->end || is_blank(*line->at);
	}
	for (; *at >= '0' && *at <= '9'; at++) {
		/* 19 digits always fit. */
		if (at - line->at >= 19) {
			if (__builtin_mul_overflow(value, 10, &value) ||
				__builtin_add_overflow(
					value, *at - '0', &value))
				return false;
			continue;
		}
		value = value * 10 + (*at - '0');
	}
	bool any = at > line->at;

	line->at = at;
	*out = value;
	return any && (at == line->end || is_blank(*at));
}

static int add_one(struct importer *importer, uint64_t vpn, unsigned kinds)
{
	if (runs_full(&importer->runs)) {
		int error = runs_flush(&importer->runs);

		if (error != 0)
			return error;
	}
	runs_add(&importer->runs, vpn, kinds, 1);
	return 0;
}

static int pages_line(struct importer *importer, struct line line)
{
	unsigned kinds = TRACE_READ;
	uint64_t page;

	if (line_ends(&line) || *line.at == '#')
		return 0;
	importer->expected = "PAGE [r|w], PAGE below 2^64, or # and a comment";
	if (!line_number(&line, &page))
		return -EINVAL;
	line_skip_blanks(&line);
	if (*line.at == 'r' || *line.at == 'w')
		kinds = *line.at++ == 'w' ? TRACE_WRITE : TRACE_READ;
	if (!line_ends(&line))
		return -EINVAL;
	return add_one(importer, page, kinds);
}

static int lirs_line(struct importer *importer, struct line line)
{
	uint64_t page;

	if (line_ends(&line) || *line.at == '*')
		return 0;
	importer->expected = "a page number below 2^64, or a line of *";
	if (!line_number(&line, &page) || !line_ends(&line))
		return -EINVAL;
	return add_one(importer, page, TRACE_READ);
}

static int arc_line(struct importer *importer, struct line line)
{
	uint64_t field[4];

	if (line_ends(&line))
		return 0;
	importer->expected = "START COUNT X X, four numbers below 2^64";
	for (unsigned i = 0; i < 4; i++) {
		line_skip_blanks(&line);
		if (!line_number(&line, &field[i]))
			return -EINVAL;
	}
	if (!line_ends(&line))
		return -EINVAL;
	uint64_t start = field[0], count = field[1];

	if (count > ARC_COUNT_MAX) {
		importer->expected = "a COUNT below 2^32";
		return -EINVAL;
	}
	if (count > 0 && start + (count - 1) < start) {
		importer->expected = "START + COUNT below 2^64";
		return -EINVAL;
	}
	for (uint64_t i = 0; i < count; i++) {
		int error = add_one(importer, start + i, TRACE_READ);

		if (error != 0)
			return error;
	}
	return 0;
}

static int address_line(struct importer *importer, struct line line)
{
	uint64_t address, ignored;

	if (line_ends(&line))
		return 0;
	importer->expected = "l|s 0xADDRESS N, ADDRESS below 2^64";
	char kind = *line.at++;

	if ((kind != 'l' && kind != 's') || !is_blank(*line.at))
		return -EINVAL;
	line_skip_blanks(&line);
	if (line.at[0] != '0' || (line.at[1] != 'x' && line.at[1] != 'X') ||
		!line_number(&line, &address))
		return -EINVAL;
	if (!line_ends(&line) &&
		(!line_number(&line, &ignored) || !line_ends(&line)))
		return -EINVAL;
	return add_one(importer, address >> importer->page_shift,
		kind == 's' ? TRACE_WRITE : TRACE_READ);
}

static int (*const parse_line[IMPORT_FORMATS])(
	struct importer *, struct line) = {
	[IMPORT_PAGES] = pages_line,
	[IMPORT_LIRS] = lirs_line,
	[IMPORT_ARC] = arc_line,
	[IMPORT_ADDRESS] = address_line,
};

/* A line as far as it is worth showing, harmless on a terminal. */
static void quote_line(const char *text, const char *end, char quoted[64])
{
	size_t count = 0;

	if (end > text && end[-1] == '\r')
		end--;
	while (text < end && count < 56) {
		char c = *text++;

		quoted[count++] = isprint((unsigned char)c) ? c
				  : c == '\t'		    ? ' '
							    : '?';
	}
	strcpy(quoted + count, text < end ? "..." : "");
}

static int bad_line(struct importer *importer, const char *at, const char *end,
	struct message *message)
{
	char quoted[64];

	quote_line(at, end, quoted);
	return message_set(message, -EINVAL,
		"%s:%llu: found \"%s\", expected %s", importer->name,
		(unsigned long long)importer->line, quoted, importer->expected);
}

static int feed_lackey(struct importer *importer, const char *text,
	size_t bytes, struct message *message)
{
	const char *bad = NULL, *end = text + bytes;
	int error = lackey_feed(importer->lackey, text, bytes, &bad);

	importer->line = lackey_lines(importer->lackey);
	if (error != -EINVAL || bad == NULL)
		return error;
	importer->expected = "a line of Lackey's, such as \" L 1ffefff0,8\"";
	const char *bad_end = memchr(bad, '\n', end - bad);

	return bad_line(
		importer, bad, bad_end == NULL ? end : bad_end, message);
}

int importer_feed(struct importer *importer, const char *text, size_t bytes,
	struct message *message)
{
	const char *end = text + bytes;

	if (importer->format == IMPORT_LACKEY)
		return feed_lackey(importer, text, bytes, message);
	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		struct line line = {text, newline};

		importer->line++;
		importer->expected = NULL;
		int error = parse_line[importer->format](importer, line);

		if (error == -EINVAL && importer->expected != NULL)
			return bad_line(importer, text, newline, message);
		if (error != 0)
			return error;
		text = newline + 1;
	}
	return runs_flush(&importer->runs);
}

bool import_has_writes(
	enum import_format format, const char *text, size_t bytes)
{
	const char *end = text + bytes;

	if (format != IMPORT_PAGES)
		return format == IMPORT_LACKEY || format == IMPORT_ADDRESS;
	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		const char *last = newline == NULL ? end : newline;

		while (last > text && is_blank(last[-1]))
			last--;
		if (last > text && *text != '#' &&
			(last[-1] == 'w' || last[-1] == 'r'))
			return true;
		text = newline == NULL ? end : newline + 1;
	}
	return false;
}

int importer_open(enum import_format format, const char *name,
	uint32_t page_bytes, const struct run_sink *sink, struct importer **out)
{
	struct importer *importer = calloc(1, sizeof(*importer));
	struct lackey_options options = {
		.page_bytes = page_bytes,
		.kinds = TRACE_READ | TRACE_WRITE | TRACE_INSTRUCTION,
		.strict = true,
	};

	if (importer == NULL)
		return -ENOMEM;
	importer->format = format;
	importer->name = name;
	importer->page_shift = __builtin_ctz(page_bytes);
	runs_init(&importer->runs, sink);
	if (format == IMPORT_LACKEY &&
		lackey_open(&options, sink, &importer->lackey) != 0) {
		free(importer);
		return -ENOMEM;
	}
	*out = importer;
	return 0;
}

void importer_close(struct importer *importer)
{
	if (importer == NULL)
		return;
	lackey_close(importer->lackey);
	free(importer);
}
