/* UTF-8 as far as output needs it: what is whole, what it takes to show. */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Bytes of the character that TEXT starts with: 1 to 4; 0 if it is none
 * (cut short, overlong, a surrogate, beyond U+10FFFF).  TEXT is not empty.
 */
size_t utf8_length(const char *text);

/* Whether the character at TEXT is none that controls a terminal. */
bool utf8_is_visible(const char *text);

/*
 * Columns that TEXT takes on a terminal, each character one and each byte
 * that is not UTF-8 one (wide and combining characters are not told apart).
 */
size_t utf8_columns(const char *text);

#endif
