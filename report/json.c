/*
 * A script element ends at "</script", and "<!--" begins a state in which it
 * does not: so no '<' stands in the page's JSON but as an escape.
 */
#include "report/json.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "cli/utf8.h"

enum { DIGITS_MAX = 15 }; /* a double holds each number of so many */

/* The character at TEXT, which may stand in a string of JSON as it is, or is
 * part of what already is JSON; returns its bytes. */
static size_t write_character(FILE *stream, const char *text)
{
	size_t length = utf8_length(text);

	if (length == 0)
		fputs(UTF8_REPLACEMENT, stream);
	else if (*text == '<')
		fputs("\\u003c", stream);
	else
		fwrite(text, 1, length, stream);
	return length > 0 ? length : 1;
}

void json_write_string(FILE *stream, const char *text)
{
	putc('"', stream);
	while (*text) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			putc('\\', stream);
		if (c >= 0x20 && c != 0x7f) {
			text += write_character(stream, text);
			continue;
		}
		fprintf(stream, "\\u%04x", c);
		text++;
	}
	putc('"', stream);
}

/* Whether TEXT is a number by JSON's grammar, and not too long. */
static bool is_number(const char *text)
{
	const char *next = text + (*text == '-');
	size_t whole = strspn(next, "0123456789");
	size_t part = 0;

	if (whole == 0 || (whole > 1 && *next == '0'))
		return false;
	next += whole;
	if (*next == '.') {
		part = strspn(next + 1, "0123456789");
		if (part == 0)
			return false;
		next += 1 + part;
	}
	if (whole > DIGITS_MAX)
		return false;
	if (*next == 'e' || *next == 'E') {
		next++;
		next += *next == '-' || *next == '+';
		if (!isdigit((unsigned char)*next))
			return false;
		next += strspn(next, "0123456789");
	}
	return *next == '\0';
}

void json_write_cell(FILE *stream, const char *text)
{
	if (*text == '\0')
		fputs("null", stream);
	else if (is_number(text))
		fputs(text, stream);
	else
		json_write_string(stream, text);
}

void json_write_named_cell(FILE *stream, const char *name, const char *text)
{
	static const char *const names[] = {
		"trace", "policy", "program", "hints"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0) {
			json_write_string(stream, text);
			return;
		}
	json_write_cell(stream, text);
}

void json_write_document(FILE *stream, const char *text)
{
	/* In JSON a '<' stands in strings only. */
	while (*text)
		text += write_character(stream, text);
}
