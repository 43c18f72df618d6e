/*
 * A line of text, read from left to right: for the parsers of text.  A line
 * ends at its newline, which is there, so nothing has to be compared with the
 * end before a character is looked at.
 */
#ifndef TRACER_IMPORT_LINE_H
#define TRACER_IMPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Its characters; the newline at END is there to stop at. */
struct line {
	const char *at, *end;
};

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline void line_skip_blanks(struct line *line)
{
	while (is_blank(*line->at))
		line->at++;
}

/* Nothing more, or only blanks. */
static inline bool line_ends(struct line *line)
{
	line_skip_blanks(line);
	return line->at == line->end;
}

/* Skips WORD if the line goes on with it. */
static inline bool line_skip(struct line *line, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(line->end - line->at) < bytes ||
		memcmp(line->at, word, bytes) != 0)
		return false;
	line->at += bytes;
	return true;
}

/* The next word, up to a blank: false: there is none. */
static inline bool line_word(struct line *line, struct line *word_out)
{
	if (line_ends(line))
		return false;
	word_out->at = line->at;
	while (line->at < line->end && !is_blank(*line->at))
		line->at++;
	word_out->end = line->at;
	return true;
}

/* A table, since which of the ranges comes next cannot be guessed. */
static inline unsigned digit_of(char c)
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

/* Without 0x before it.  False: no digit, or more than 64 bits. */
static inline bool line_hexadecimal(struct line *line, uint64_t *out)
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

static inline bool line_decimal(struct line *line, uint64_t *out)
{
	const char *at = line->at;
	uint64_t value = 0;

	for (; is_digit(*at); at++) {
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
	return any;
}

/* Decimal, or hexadecimal after 0x; what follows it is not looked at. */
static inline bool line_digits(struct line *line, uint64_t *out)
{
	const char *at = line->at;

	if (at[0] != '0' || (at[1] != 'x' && at[1] != 'X'))
		return line_decimal(line, out);
	line->at += 2;
	return line_hexadecimal(line, out);
}

/* A number that ends where the word does; false: it is none, or too big. */
static inline bool line_number(struct line *line, uint64_t *out)
{
	return line_digits(line, out) &&
	       (line->at == line->end || is_blank(*line->at));
}

#endif
