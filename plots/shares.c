/* Memory in per cent of a program's pages.  See shares.h. */
#include "config.h"

#include "plots/shares.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double share_of(uint64_t frames, uint64_t pages)
{
	static const double usual[] = {100, 50, 25, 75, 10, 20, 30, 40, 60, 70,
		80, 90, 5, 1, 2, 3, 15, 0.5, 0.1};
	double share = 100 * (double)frames / (double)pages;
	char text[32];

	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (llround(usual[i] / 100 * (double)pages) ==
			(long long)frames)
			return usual[i];
	snprintf(text, sizeof(text), "%.2g", share);
	return strtod(text, NULL);
}

int shares_add(struct shares *shares, double share)
{
	unsigned at = 0;
	double *more;

	while (at < shares->count && shares->share[at] < share)
		at++;
	if (at < shares->count && shares->share[at] == share)
		return 0;
	more = reallocarray(
		shares->share, (size_t)shares->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	shares->share = more;
	memmove(&more[at + 1], &more[at], (shares->count - at) * sizeof(*more));
	more[at] = share;
	shares->count++;
	return 0;
}

void shares_free(struct shares *shares)
{
	free(shares->share);
	*shares = (struct shares){0};
}
