/* By the table of well-formed byte sequences: Unicode standard, table 3-7. */
#include "cli/utf8.h"

static bool in_range(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

/* Whether the COUNT bytes at TEXT continue a character; the terminating
 * zero does not, so nothing is read past it. */
static bool continues(const unsigned char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!in_range(text[i], 0x80, 0xbf))
			return false;
	return true;
}

size_t utf8_length(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	/* What the second byte may be: this keeps out overlong forms (after
	 * E0, F0), surrogates (after ED) and what is too large (after F4). */
	unsigned char low = 0x80, high = 0xbf;

	if (c[0] < 0x80)
		return 1;
	if (in_range(c[0], 0xc2, 0xdf))
		return continues(c + 1, 1) ? 2 : 0;
	if (c[0] == 0xe0 || c[0] == 0xf0)
		low = c[0] == 0xe0 ? 0xa0 : 0x90;
	if (c[0] == 0xed || c[0] == 0xf4)
		high = c[0] == 0xed ? 0x9f : 0x8f;
	if (!in_range(c[0], 0xe0, 0xf4) || !in_range(c[1], low, high))
		return 0;
	if (c[0] < 0xf0)
		return continues(c + 2, 1) ? 3 : 0;
	return continues(c + 2, 2) ? 4 : 0;
}

bool utf8_is_visible(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	if (c[0] == 0xc2 && in_range(c[1], 0x80, 0x9f))
		return false; /* the second set of control characters */
	return c[0] >= 0x20 && c[0] != 0x7f;
}

size_t utf8_columns(const char *text)
{
	size_t columns = 0;

	while (*text) {
		size_t length = utf8_length(text);

		text += length > 0 ? length : 1;
		columns++;
	}
	return columns;
}
