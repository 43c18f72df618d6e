/* Which name somebody may have meant. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/*
 * The one of COUNT NAMES that is fewest edits (a letter put in, left out,
 * changed, or two neighbours swapped) away from TYPED; the first of equals.
 * NULL when none is near: more than a third of its letters would change.
 * O(COUNT * length^2), no allocation; names of more than 31 letters are
 * never near.
 */
const char *nearest_name(
	const char *typed, const char *const *names, size_t count);

#endif
