/*
 * Written by hand rather than with strtoull and strtod, which take blanks,
 * signs, "nan", and the locale's decimal comma.
 */
#include "cli/number.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this a double is not exact to one frame or byte. */
#define FRAMES_VALUE_MAX 9007199254740992.0

struct unit {
	const char *name;
	uint64_t factor;
	bool bytes;
};

static const struct unit units[] = {
	{"", 1, false},
	{"k", 1000, false},
	{"M", 1000000, false},
	{"G", 1000000000, false},
	{"T", 1000000000000, false},
	{"B", 1, true},
	{"kB", 1000, true},
	{"MB", 1000000, true},
	{"GB", 1000000000, true},
	{"TB", 1000000000000, true},
	{"KiB", 1ull << 10, true},
	{"MiB", 1ull << 20, true},
	{"GiB", 1ull << 30, true},
	{"TiB", 1ull << 40, true},
};

static const struct unit *find_unit(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == length &&
			memcmp(units[i].name, name, length) == 0)
			return &units[i];
	return NULL;
}

/* The value of digit C, or BASE if it is none. */
static unsigned digit_value(char c, unsigned base)
{
	unsigned value = base;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value < base ? value : base;
}

int number_parse(const char *text, uint64_t *out)
{
	const struct unit *unit;
	unsigned base = 10;
	uint64_t value = 0;
	bool too_large = false;
	const char *digits;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	digits = text;
	for (unsigned digit; (digit = digit_value(*text, base)) < base;
		text++) {
		too_large |= __builtin_mul_overflow(value, base, &value);
		too_large |= __builtin_add_overflow(value, digit, &value);
	}
	unit = find_unit(text, strlen(text));
	if (text == digits || !unit || (base == 16 && unit->factor != 1))
		return -EINVAL;
	too_large |= __builtin_mul_overflow(value, unit->factor, &value);
	if (too_large)
		return -ERANGE;
	*out = value;
	return 0;
}

/* Digits, perhaps a point and more digits. Returns what follows, or NULL. */
static const char *parse_decimal(const char *text, double *out)
{
	const char *digits = text;
	double value = 0, weight = 1;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (*text - '0');
	if (text == digits)
		return NULL;
	if (*text == '.') {
		digits = ++text;
		for (; *text >= '0' && *text <= '9'; text++) {
			value = value * 10 + (*text - '0');
			weight *= 10;
		}
		if (text == digits)
			return NULL;
	}
	*out = value / weight;
	return text;
}

int number_parse_real(const char *text, double *out, bool *percent_out)
{
	double value;
	const char *rest = parse_decimal(text, &value);

	if (!rest || (*rest && strcmp(rest, "%") != 0))
		return -EINVAL;
	*percent_out = *rest;
	*out = *rest ? value / 100 : value;
	return 0;
}

/* One size of the list, the LENGTH letters at TEXT. */
static int parse_spec(const char *text, size_t length, struct frames_spec *out)
{
	const char *end = text + length;
	const struct unit *unit;
	double value;
	const char *rest = parse_decimal(text, &value);

	if (!rest || rest > end || !(value > 0))
		return -EINVAL;
	if (end - rest == 1 && *rest == '%') {
		if (value > 100)
			return -EINVAL;
		*out = (struct frames_spec){FRAMES_SHARE, value / 100};
		return 0;
	}
	unit = find_unit(rest, end - rest);
	if (!unit)
		return -EINVAL;
	value *= unit->factor;
	/* "1.5M" frames are a count, "1.5" are not. */
	if (value > FRAMES_VALUE_MAX || value != floor(value))
		return -EINVAL;
	*out = (struct frames_spec){
		unit->bytes ? FRAMES_BYTES : FRAMES_COUNT, value};
	return 0;
}

int frames_parse(const char *text, struct frames_spec **specs_out,
	unsigned *count_out, const char **bad_out)
{
	struct frames_spec *specs;
	unsigned count = 1;

	*bad_out = text;
	for (const char *c = text; *c; c++)
		count += *c == ',';
	specs = calloc(count, sizeof(*specs));
	if (!specs)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		size_t length = strcspn(text, ",");

		if (parse_spec(text, length, &specs[i]) != 0) {
			*bad_out = text;
			free(specs);
			return -EINVAL;
		}
		text += length + 1;
	}
	*specs_out = specs;
	*count_out = count;
	return 0;
}

uint64_t frames_resolve(
	const struct frames_spec *spec, uint64_t pages, uint32_t page_bytes)
{
	double frames = 0;

	switch (spec->unit) {
	case FRAMES_COUNT:
		frames = spec->value;
		break;
	case FRAMES_BYTES:
		frames = floor(spec->value / page_bytes);
		break;
	case FRAMES_SHARE:
		frames = floor(spec->value * pages + 0.5);
		break;
	}
	return frames < 1 ? 1 : (uint64_t)frames;
}
