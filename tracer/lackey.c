/*
 * Lackey's lines: see lackey.h.
 *
 * Nearly all lines are references, and which kind comes next cannot be
 * guessed, nor how many digits its address has.  So the usual line is read
 * without branching on either: the three characters before the address
 * choose a table row, and up to 15 digits are taken eight at a time:
 *
 *      S 1ffefffe70,8
 *     [ ][  w1  ][  w2 ...    comma found in w2: 2 digits before it
 *
 * Whatever is not usual (a line of talk, few or very many digits, an access
 * over a page border, a bad line) takes lackey_slow.
 */
#include <config.h>

#include "tracer/lackey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/lackey-impl.h"

#define BYTES_OF(byte) ((byte)*UINT64_C(0x0101010101010101))
#define ACCESS_BYTES_MAX 65536

static uint32_t load32(const char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static uint64_t load64(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/*
 * Eight hexadecimal digits, lower case, the first in the lowest byte.  Bits
 * that are not zero in *BAD if there is another character among them.
 */
static inline uint64_t hex8(uint64_t word, uint64_t *bad)
{
	uint64_t letter = (word >> 6) & BYTES_OF(0x01);
	uint64_t digit = (word & BYTES_OF(0x0f)) + 9 * letter;
	uint64_t high = BYTES_OF(0x30) + 0x30 * letter;

	/* '0'-'9' are 0x30-0x39, 'a'-'f' 0x61-0x66: the upper half must be
	 * as the letter bit says, a letter 10 to 15, and others below 10. */
	*bad |= (word & BYTES_OF(0xf0)) ^ high;
	*bad |= (((digit + BYTES_OF(6)) ^ (letter << 4)) | digit) &
		BYTES_OF(0x10);
	digit = ((digit << 4) | (digit >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	digit = ((digit << 8) | (digit >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return ((digit << 16) | (digit >> 32)) & UINT64_C(0xffffffff);
}

/* The lowest byte that is zero has its top bit set in the result. */
static inline uint64_t zero_bytes(uint64_t word)
{
	return (word - BYTES_OF(0x01)) & ~word & BYTES_OF(0x80);
}

static const struct lackey_line *line_of(
	const struct lackey *lackey, const char *at)
{
	uint32_t head = load32(at);
	const struct lackey_line *line = &lackey->line[(head >> 8) & 31];

	return (head & 0xffffff) == line->head ? line : NULL;
}

/* One access of SIZE bytes: a reference (or two) a page. */
static int lackey_access(struct lackey *lackey, const struct lackey_line *line,
	uint64_t address, uint64_t size)
{
	uint64_t first = address >> lackey->page_shift;
	uint64_t last = (address + size - 1) >> lackey->page_shift;

	if (line->count == 0)
		return 0;
	for (uint64_t vpn = first; vpn <= last; vpn++) {
		if (runs_full(&lackey->runs)) {
			int error = runs_flush(&lackey->runs);

			if (error != 0)
				return error;
		}
		runs_add(&lackey->runs, vpn, line->kinds, line->count);
		lackey->references += line->count;
		if (vpn == UINT64_MAX)
			break;
	}
	return 0;
}

/* "04001090,3" up to END: 0, or -EINVAL. */
static int parse_access(const char *at, const char *end, uint64_t *address_out,
	uint64_t *size_out)
{
	uint64_t address = 0, size = 0;
	const char *digits = at;

	for (; at < end && *at != ','; at++) {
		unsigned c = (unsigned char)*at;
		unsigned digit = c - '0';

		if (digit > 9)
			digit = (c | 0x20) - 'a' + 10;
		if (digit > 15 || (c > '9' && digit < 10) || address >> 60)
			return -EINVAL;
		address = address << 4 | digit;
	}
	if (at == digits || at == end)
		return -EINVAL;
	digits = ++at;
	for (; at < end && at - digits < 6; at++) {
		if (*at < '0' || *at > '9')
			return -EINVAL;
		size = size * 10 + (*at - '0');
	}
	if (at != end || size < 1 || size > ACCESS_BYTES_MAX)
		return -EINVAL;
	if (address + (size - 1) < address)
		return -EINVAL;
	*address_out = address;
	*size_out = size;
	return 0;
}

/* The line [AT, END), END at its newline: 0, -EINVAL or the sink's error. */
static int lackey_slow(struct lackey *lackey, const char *at, const char *end)
{
	uint64_t address, size;

	if (end > at && end[-1] == '\r')
		end--;
	if (end - at > 3) {
		const struct lackey_line *line = line_of(lackey, at);

		if (line != NULL &&
			parse_access(at + 3, end, &address, &size) == 0)
			return lackey_access(lackey, line, address, size);
	}
	int known = lackey_talk(lackey, at, end - at);

	if (known < 0)
		return known;
	return known == 0 && lackey->strict ? -EINVAL : 0;
}

/*
 * The usual line at AT: gives where the next begins; NULL: take lackey_slow.
 * Reads at most 24 bytes from AT on.  What it takes holds no newline but the
 * last character, so it never goes past the end of whole lines.
 */
static inline const char *lackey_usual(struct lackey *lackey, const char *at)
{
	const struct lackey_line *line = line_of(lackey, at);

	if (line == NULL)
		return NULL;
	uint64_t w1 = load64(at + 3), w2 = load64(at + 11), bad = 0;
	uint64_t comma = zero_bytes(w2 ^ BYTES_OF(','));

	if (comma == 0)
		return NULL;
	unsigned more_bits = (__builtin_ctzll(comma) >> 3) * 8;
	/* The digits before the comma to the top, '0' below them. */
	uint64_t rest =
		(w2 << (56 - more_bits)) << 8 | BYTES_OF('0') >> more_bits;
	uint64_t address = hex8(w1, &bad) << (more_bits / 2);

	address |= hex8(rest, &bad);
	at += 12 + more_bits / 8;
	uint32_t first = (unsigned char)at[0] - '0', size = first;
	uint32_t one_digit = at[1] == '\n';

	if (!one_digit) {
		uint32_t second = (unsigned char)at[1] - '0';

		size = first * 10 + second;
		if (at[2] != '\n' || second > 9)
			return NULL;
	}
	uint64_t page_bytes = UINT64_C(1) << lackey->page_shift;

	if (bad != 0 || first > 9 || size == 0 ||
		(address & (page_bytes - 1)) + size > page_bytes)
		return NULL;
	if (line->count != 0)
		runs_add(&lackey->runs, address >> lackey->page_shift,
			line->kinds, line->count);
	lackey->references += line->count;
	return at + 3 - one_digit;
}

int lackey_feed(struct lackey *lackey, const char *text, size_t bytes,
	const char **bad_out)
{
	const char *at = text, *end = text + bytes;

	while (at < end) {
		if (runs_full(&lackey->runs)) {
			int error = runs_flush(&lackey->runs);

			if (error != 0)
				return error;
		}
		const char *next = lackey_usual(lackey, at);

		lackey->lines++;
		if (next == NULL) {
			next = memchr(at, '\n', end - at);
			if (next == NULL)
				next = end;
			int error = lackey_slow(lackey, at, next);

			*bad_out = at;
			if (error != 0)
				return error;
			next++;
		}
		at = next;
	}
	return runs_flush(&lackey->runs);
}

/* M is a load and a store; of what KINDS leaves out, nothing is counted. */
static void lackey_set_line(
	struct lackey *lackey, const char *head, unsigned kinds, unsigned kept)
{
	struct lackey_line *line = &lackey->line[head[1] & 31];

	line->head = (unsigned char)head[0] |
		     (uint32_t)(unsigned char)head[1] << 8 |
		     (uint32_t)(unsigned char)head[2] << 16;
	line->kinds = kinds & kept;
	line->count = __builtin_popcount(line->kinds);
}

int lackey_open(const struct lackey_options *options,
	const struct run_sink *sink, struct lackey **out)
{
	struct lackey *lackey = calloc(1, sizeof(*lackey));

	if (lackey == NULL)
		return -ENOMEM;
	lackey->page_shift = __builtin_ctz(options->page_bytes);
	lackey->strict = options->strict;
	/* No line begins so: rows that stand for nothing. */
	for (unsigned i = 0; i < 32; i++)
		lackey->line[i].head = UINT32_MAX;
	lackey_set_line(lackey, "I  ", TRACE_INSTRUCTION, options->kinds);
	lackey_set_line(lackey, " L ", TRACE_READ, options->kinds);
	lackey_set_line(lackey, " S ", TRACE_WRITE, options->kinds);
	lackey_set_line(
		lackey, " M ", TRACE_READ | TRACE_WRITE, options->kinds);
	runs_init(&lackey->runs, sink);
	*out = lackey;
	return 0;
}

void lackey_close(struct lackey *lackey)
{
	if (lackey == NULL)
		return;
	lackey_maps_free(&lackey->maps);
	free(lackey->file);
	free(lackey->call);
	free(lackey);
}

uint64_t lackey_lines(const struct lackey *lackey)
{
	return lackey->lines;
}

uint64_t lackey_references(const struct lackey *lackey)
{
	return lackey->references;
}

uint64_t lackey_children(const struct lackey *lackey)
{
	return lackey->children;
}

const char *lackey_exec(const struct lackey *lackey)
{
	return lackey->exec_references == lackey->references ? lackey->exec
							     : NULL;
}
