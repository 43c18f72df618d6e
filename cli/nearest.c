/*
 * Edit distance with swaps (the "optimal string alignment" distance): most
 * slips of the fingers are one edit in it, "rceord" for "record" included.
 */
#include "cli/nearest.h"

#include <string.h>

#define LENGTH_MAX 31

static unsigned min_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* distance[i][j] is that of the first i letters of A from the first j of B;
 * only the last three rows are needed. */
static unsigned count_edits(const char *a, const char *b)
{
	unsigned rows[3][LENGTH_MAX + 1];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > LENGTH_MAX || b_length > LENGTH_MAX)
		return 2 * LENGTH_MAX;
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = min_of(row[j], above[j] + 1);
			row[j] = min_of(row[j], row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1])
				row[j] = min_of(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

const char *nearest_name(
	const char *typed, const char *const *names, size_t count)
{
	const char *nearest = NULL;
	unsigned edits_min = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned edits = count_edits(typed, names[i]);

		if (edits > (strlen(names[i]) + 2) / 3)
			continue;
		if (!nearest || edits < edits_min) {
			nearest = names[i];
			edits_min = edits;
		}
	}
	return nearest;
}
