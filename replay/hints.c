/*
 * Reading hint files: a line is cut into tokens, the tokens are taken one
 * after the other.  A token in quotes is always a region's name, and one that
 * begins @" a mark's.
 */
#include <config.h>

#include "replay/hints.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 40 /* characters of what was found, in a message */

static const char *const advice_names[] = {
	[ADVICE_NORMAL] = "normal",
	[ADVICE_RANDOM] = "random",
	[ADVICE_SEQUENTIAL] = "sequential",
	[ADVICE_READ_ONCE] = "read-once",
	[ADVICE_WILL_NEED] = "will-need",
	[ADVICE_DONT_NEED] = "dont-need",
	[ADVICE_COLD] = "cold",
	[ADVICE_PIN] = "pin",
	[ADVICE_UNPIN] = "unpin",
	[ADVICE_PRIORITY] = "priority",
};
#define ADVICES (sizeof(advice_names) / sizeof(*advice_names))

#define EXPECTED_HINT                                                          \
	"a hint (normal, random, sequential, read-once, will-need, "           \
	"dont-need, cold, pin, unpin, priority)"
#define EXPECTED_WHERE                                                         \
	"a place (0xSTART-0xEND, the name of a region with or without "        \
	"+START-END, or *)"

struct parser {
	const char *name; /* of the file */
	uint32_t line;
	const char *at, *end; /* what is left of the line */
	struct message *message;
	struct hints *hints;
	size_t room; /* hints there is memory for */
};

struct token {
	const char *text;	     /* quotes included */
	size_t length;		     /* 0: the line has ended */
	const char *name, *name_end; /* between the quotes, if it has some */
	bool quoted;
};

/* ---- messages ---- */

/* FOUND in quotes for the reader's eye: nothing that a terminal obeys. */
static void show(const struct token *found, char *out)
{
	size_t length = found->length < SHOWN_MAX ? found->length : SHOWN_MAX;

	*out++ = '\'';
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)found->text[i];

		if (isprint(byte))
			*out++ = (char)byte;
		else
			out += sprintf(out, "\\x%02x", byte);
	}
	strcpy(out, length < found->length ? "...'" : "'");
}

static int fail(const struct parser *parser, const struct token *found,
	const char *expected)
{
	char shown[4 * SHOWN_MAX + 8] = "the end of the line";

	if (found->length)
		show(found, shown);
	return message_set(parser->message, -EINVAL,
		"%s:%u: found %s, expected %s", parser->name, parser->line,
		shown, expected);
}

/* ---- tokens ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void take_word(struct parser *parser)
{
	while (parser->at < parser->end && !is_blank(*parser->at))
		parser->at++;
}

/* From the quote at OPEN on; behind the second one only + goes on. */
static int next_quoted(
	struct parser *parser, const char *open, struct token *out)
{
	const char *at = open + 1;

	while (at < parser->end && *at != '"')
		at += *at == '\\' && at + 1 < parser->end ? 2 : 1;
	if (at >= parser->end) {
		out->length = (size_t)(parser->end - parser->at);
		while (is_blank(out->text[out->length - 1]))
			out->length--;
		return fail(parser, out, "a closing double quote");
	}
	out->name = open + 1;
	out->name_end = at;
	out->quoted = true;
	parser->at = at + 1;
	if (open == out->text && parser->at < parser->end && *parser->at == '+')
		take_word(parser);
	out->length = (size_t)(parser->at - out->text);
	if (parser->at < parser->end && !is_blank(*parser->at)) {
		out->text = parser->at;
		out->length = 1;
		return fail(parser, out, "a blank after the double quote");
	}
	return 0;
}

static int next(struct parser *parser, struct token *out)
{
	const char *open;

	while (parser->at < parser->end && is_blank(*parser->at))
		parser->at++;
	*out = (struct token){.text = parser->at};
	if (parser->at == parser->end || *parser->at == '#')
		return 0;
	open = parser->at + (*parser->at == '@');
	if (open < parser->end && *open == '"')
		return next_quoted(parser, open, out);
	take_word(parser);
	out->length = (size_t)(parser->at - out->text);
	out->name = open;
	out->name_end = parser->at;
	return 0;
}

static bool token_is(const struct token *token, const char *text)
{
	return !token->quoted && token->length == strlen(text) &&
	       memcmp(token->text, text, token->length) == 0;
}

/* Digits of BASE from *AT on; false if there is none or they are too many. */
static bool take_number(
	const char **at, const char *end, unsigned base, uint64_t *out)
{
	const char *start = *at;
	uint64_t value = 0;

	for (; *at < end; ++*at) {
		unsigned char c = (unsigned char)**at;
		unsigned digit = (c | 32u) - 'a' + 10u;

		if (isdigit(c))
			digit = c - (unsigned)'0';

		if (!isalnum(c) || digit >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return *at > start;
}

static bool take_hex(const char **at, const char *end, uint64_t *out)
{
	if (end - *at < 2 || (*at)[0] != '0' || ((*at)[1] | 32) != 'x')
		return false;
	*at += 2;
	return take_number(at, end, 16, out);
}

/* ---- the parts of a line ---- */

/* The token's name, without backslashes if it is quoted. */
static int copy_name(struct parser *parser, const struct token *token,
	const char *expected, char **out)
{
	const char *from = token->name, *end = token->name_end;
	char *to;

	if (from == end || memchr(from, 0, (size_t)(end - from)))
		return fail(parser, token, expected);
	to = *out = malloc((size_t)(end - from) + 1);
	if (!to)
		return message_set(parser->message, -ENOMEM, "out of memory");
	while (from < end) {
		if (token->quoted && *from == '\\' && from + 1 < end)
			from++;
		*to++ = *from++;
	}
	*to = '\0';
	return 0;
}

static int parse_event(
	struct parser *parser, const struct token *token, struct hint *hint)
{
	const char *at = token->name, *end = token->name_end;
	bool hex = end - at > 1 && at[0] == '0' && (at[1] | 32) == 'x';
	bool good = hex ? take_hex(&at, end, &hint->event)
			: take_number(&at, end, 10, &hint->event);

	if (!good || at != end)
		return fail(parser, token,
			"@ and the number of an event, below 2^64, or a mark");
	return 0;
}

static int parse_time(
	struct parser *parser, const struct token *token, struct hint *hint)
{
	if (!token->quoted && token->name < token->name_end &&
		isdigit((unsigned char)*token->name))
		return parse_event(parser, token, hint);
	return copy_name(parser, token,
		"@ and the number of an event, or a mark", &hint->mark);
}

static int parse_range(
	struct parser *parser, const struct token *token, struct hint *hint)
{
	const char *at = token->text, *end = token->text + token->length;

	if (!take_hex(&at, end, &hint->start) || at == end || *at != '-')
		return fail(parser, token, "0xSTART-0xEND");
	at++;
	if (!take_hex(&at, end, &hint->end) || at != end)
		return fail(parser, token, "0xSTART-0xEND");
	if (hint->end <= hint->start)
		return fail(parser, token, "an END above its START");
	return 0;
}

/* Bytes (4096, 0x1000, 64KiB) or a share (12.5%). */
static bool take_place(
	const char **at, const char *end, uint64_t *out, bool *share_out)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	uint64_t scale = MAP_PART_ALL / 100;

	*share_out = false;
	if (end - *at > 1 && (*at)[0] == '0' && ((*at)[1] | 32) == 'x')
		return take_hex(at, end, out);
	if (!take_number(at, end, 10, out))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (end - *at >= 3 && memcmp(*at, units[i], 3) == 0) {
			*at += 3;
			return !__builtin_mul_overflow(
				*out, UINT64_C(1024) << 10 * i, out);
		}
	if (*at == end || (**at != '.' && **at != '%'))
		return true;
	*share_out = true;
	if (*out > 100)
		return false;
	*out *= scale;
	if (**at == '.')
		while (++*at < end && isdigit((unsigned char)**at) && scale > 1)
			*out += (uint64_t)(**at - '0') * (scale /= 10);
	return *out <= MAP_PART_ALL && *at < end && *(*at)++ == '%';
}

/* From the + on, to the token's end. */
static int parse_part(struct parser *parser, const struct token *token,
	const char *at, struct map_part *part)
{
	const char *end = token->text + token->length;
	bool share = false,
	     good = *at++ == '+' && take_place(&at, end, &part->from, &share) &&
		    at < end && *at++ == '-' &&
		    take_place(&at, end, &part->to, &part->share) &&
		    at == end && share == part->share;

	if (!good)
		return fail(parser, token,
			"+START-END behind a name, both in bytes (4096, "
			"0x1000, 64KiB) or both in shares (0%, 12.5%)");
	if (part->to <= part->from)
		return fail(parser, token, "an END above its START");
	return 0;
}

/* Where an unquoted token's part begins: at a + before a digit; or NULL. */
static const char *find_part(const struct token *token)
{
	const char *plus = memrchr(token->text, '+', token->length);

	return plus && plus + 1 < token->text + token->length &&
			       isdigit((unsigned char)plus[1])
		       ? plus
		       : NULL;
}

static int parse_region(
	struct parser *parser, struct token *token, struct hint *hint)
{
	const char *end = token->text + token->length;
	const char *plus =
		token->quoted ? token->name_end + 1 : find_part(token);
	int error;

	hint->part.to = UINT64_MAX;
	if (plus && plus < end) {
		if (!token->quoted)
			token->name_end = plus;
		error = parse_part(parser, token, plus, &hint->part);
		if (error)
			return error;
	}
	if (!token->quoted && token->name_end - token->name == 1 &&
		*token->name == '*')
		return fail(parser, token, "the name of a region before +");
	return copy_name(parser, token, "the name of a region", &hint->region);
}

static int parse_where(
	struct parser *parser, struct token *token, struct hint *hint)
{
	if (token->length == 0 || *token->text == '@')
		return fail(parser, token, EXPECTED_WHERE);
	if (token_is(token, "*")) {
		hint->end = UINT64_MAX;
		return 0;
	}
	if (!token->quoted && token->length >= 2 && token->text[0] == '0' &&
		(token->text[1] | 32) == 'x')
		return parse_range(parser, token, hint);
	return parse_region(parser, token, hint);
}

static int parse_advice(struct parser *parser, struct hint *hint)
{
	struct token token;
	int status = next(parser, &token);
	size_t i = 0;

	if (status)
		return status;
	while (i < ADVICES && !token_is(&token, advice_names[i]))
		i++;
	if (i == ADVICES)
		return fail(parser, &token, EXPECTED_HINT);
	hint->advice = (enum advice)i;
	if (hint->advice != ADVICE_PRIORITY)
		return 0;
	status = next(parser, &token);
	if (status)
		return status;
	if (token.quoted || token.length != 1 || *token.text < '0' ||
		*token.text > '0' + HINTS_PRIORITY_MAX)
		return fail(parser, &token, "a priority from 0 to 7");
	hint->value = (uint8_t)(*token.text - '0');
	return 0;
}

/* A hint, or nothing (*FOUND_OUT false) of an empty line. */
static int parse_line(struct parser *parser, struct hint *hint, bool *found_out)
{
	struct token token;
	int status = next(parser, &token);

	*found_out = token.length > 0;
	if (status || token.length == 0)
		return status;
	if (*token.text == '@') {
		status = parse_time(parser, &token, hint);
		if (status == 0)
			status = next(parser, &token);
		if (status)
			return status;
	}
	status = parse_where(parser, &token, hint);
	if (status == 0)
		status = parse_advice(parser, hint);
	if (status == 0)
		status = next(parser, &token);
	if (status == 0 && token.length)
		status = fail(parser, &token, "the end of the line");
	return status;
}

/* ---- the file ---- */

static void free_hint(struct hint *hint)
{
	free(hint->mark);
	free(hint->region);
}

static int add(struct parser *parser, const struct hint *hint)
{
	struct hints *hints = parser->hints;

	if (hints->count == parser->room) {
		size_t room = parser->room ? parser->room * 2 : 16;
		struct hint *grown =
			reallocarray(hints->hint, room, sizeof(*grown));

		if (!grown)
			return message_set(
				parser->message, -ENOMEM, "out of memory");
		hints->hint = grown;
		parser->room = room;
	}
	hints->hint[hints->count++] = *hint;
	hints->timed += !hint->mark;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct hint *left = a, *right = b;

	if (!left->mark != !right->mark)
		return left->mark ? 1 : -1;
	if (left->event != right->event)
		return left->event > right->event ? 1 : -1;
	return (left->line > right->line) - (left->line < right->line);
}

static int read_lines(struct parser *parser, FILE *stream, char **buffer)
{
	size_t size = 0;
	ssize_t length;

	errno = 0;
	while ((length = getline(buffer, &size, stream)) >= 0) {
		struct hint hint = {.line = ++parser->line};
		bool found;
		int status;

		parser->at = *buffer;
		parser->end = *buffer + length;
		status = parse_line(parser, &hint, &found);
		if (status == 0 && found)
			status = add(parser, &hint);
		if (status) {
			free_hint(&hint);
			return status;
		}
		errno = 0;
	}
	if (ferror(stream) || !feof(stream)) {
		int error = errno ? -errno : -EIO;

		return message_set(parser->message, error, "%s: %s",
			parser->name, strerror(-error));
	}
	return 0;
}

int hints_read(FILE *stream, const char *name, struct hints *out,
	struct message *message)
{
	struct parser parser = {.name = name, .message = message, .hints = out};
	char *buffer = NULL;
	int status;

	*out = (struct hints){0};
	status = read_lines(&parser, stream, &buffer);
	free(buffer);
	out->name = strdup(name);
	if (!status && !out->name)
		status = -ENOMEM;
	if (status)
		hints_free(out);
	else if (out->count)
		qsort(out->hint, out->count, sizeof(*out->hint), compare);
	return status;
}

int hints_load(const char *path, struct hints *out, struct message *message)
{
	FILE *stream = fopen(path, "re");
	int status;

	*out = (struct hints){0};
	if (!stream)
		return message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	status = hints_read(stream, path, out, message);
	fclose(stream);
	return status;
}

void hints_free(struct hints *hints)
{
	for (size_t i = 0; i < hints->count; i++)
		free_hint(&hints->hint[i]);
	free(hints->hint);
	free(hints->name);
	*hints = (struct hints){0};
}

bool hint_names(const struct hint *hint, const char *name)
{
	const char *slash;

	if (!hint->region)
		return false;
	if (strcmp(hint->region, name) == 0)
		return true;
	slash = strrchr(name, '/');
	return slash && strcmp(hint->region, slash + 1) == 0;
}

/* ---- writing ---- */

/* In quotes if it would not be read as a name otherwise. */
static void write_name(FILE *stream, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:[]-";

	if (name[strspn(name, plain)] == '\0' &&
		!isdigit((unsigned char)*name)) {
		fputs(name, stream);
		return;
	}
	putc('"', stream);
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			putc('\\', stream);
		putc(*name, stream);
	}
	putc('"', stream);
}

static void write_share(FILE *stream, uint64_t share)
{
	const uint64_t percent = MAP_PART_ALL / 100;

	fprintf(stream, "%" PRIu64, share / percent);
	if (share % percent)
		fprintf(stream, ".%04" PRIu64, share % percent);
	putc('%', stream);
}

static void write_part(FILE *stream, const struct map_part *part)
{
	putc('+', stream);
	if (part->share) {
		write_share(stream, part->from);
		putc('-', stream);
		write_share(stream, part->to);
	} else {
		fprintf(stream, "0x%" PRIx64 "-0x%" PRIx64, part->from,
			part->to);
	}
}

void hint_write(FILE *stream, const struct hint *hint)
{
	if (hint->mark) {
		putc('@', stream);
		write_name(stream, hint->mark);
		putc(' ', stream);
	} else if (hint->event) {
		fprintf(stream, "@%" PRIu64 " ", hint->event);
	}
	if (hint->region) {
		write_name(stream, hint->region);
		if (!map_part_is_whole(&hint->part))
			write_part(stream, &hint->part);
	} else if (hint->start == 0 && hint->end == UINT64_MAX) {
		putc('*', stream);
	} else {
		fprintf(stream, "0x%" PRIx64 "-0x%" PRIx64, hint->start,
			hint->end);
	}
	fprintf(stream, " %s", advice_names[hint->advice]);
	if (hint->advice == ADVICE_PRIORITY)
		fprintf(stream, " %u", hint->value);
	putc('\n', stream);
}

const char *hints_advice_name(enum advice advice)
{
	return advice_names[advice];
}
