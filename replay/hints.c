/*
 * Reading hint files: a line is cut into tokens, the tokens are taken one
 * after the other.  A token in quotes is always a region's name.
 */
#include <config.h>

#include "replay/hints.h"

#include <ctype.h>
#include <errno.h>
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
#define EXPECTED_WHERE "a place (0xSTART-0xEND, the name of a region, or *)"

struct parser {
	const char *name; /* of the file */
	uint32_t line;
	const char *at, *end; /* what is left of the line */
	struct message *message;
	struct hints *hints;
	size_t room; /* hints there is memory for */
};

struct token {
	const char *text; /* quotes included */
	size_t length;	  /* 0: the line has ended */
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

static int next_quoted(struct parser *parser, struct token *out)
{
	const char *at = parser->at + 1;

	out->text = parser->at;
	out->quoted = true;
	while (at < parser->end && *at != '"')
		at += *at == '\\' && at + 1 < parser->end ? 2 : 1;
	if (at >= parser->end) {
		out->length = (size_t)(parser->end - parser->at);
		while (is_blank(out->text[out->length - 1]))
			out->length--;
		return fail(parser, out, "a closing double quote");
	}
	parser->at = at + 1;
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
	while (parser->at < parser->end && is_blank(*parser->at))
		parser->at++;
	*out = (struct token){.text = parser->at};
	if (parser->at == parser->end || *parser->at == '#')
		return 0;
	if (*parser->at == '"')
		return next_quoted(parser, out);
	while (parser->at < parser->end && !is_blank(*parser->at))
		parser->at++;
	out->length = (size_t)(parser->at - out->text);
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

static int parse_event(
	struct parser *parser, const struct token *token, struct hint *hint)
{
	const char *at = token->text + 1, *end = token->text + token->length;
	bool hex = end - at > 1 && at[0] == '0' && (at[1] | 32) == 'x';
	bool good = hex ? take_hex(&at, end, &hint->event)
			: take_number(&at, end, 10, &hint->event);

	if (!good || at != end)
		return fail(parser, token,
			"@ and the number of an event, below 2^64");
	return 0;
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

static int parse_region(
	struct parser *parser, const struct token *token, struct hint *hint)
{
	const char *from = token->text, *end = token->text + token->length;
	char *to;

	if (token->quoted) {
		from++;
		end--;
	}
	if (from == end || memchr(from, 0, (size_t)(end - from)))
		return fail(parser, token, "the name of a region");
	to = hint->region = malloc((size_t)(end - from) + 1);
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

static int parse_where(
	struct parser *parser, const struct token *token, struct hint *hint)
{
	if (token->length == 0 || (!token->quoted && *token->text == '@'))
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
	if (!token.quoted && *token.text == '@') {
		status = parse_event(parser, &token, hint);
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
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct hint *left = a, *right = b;

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
			free(hint.region);
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
		free(hints->hint[i].region);
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

const char *hints_advice_name(enum advice advice)
{
	return advice_names[advice];
}
