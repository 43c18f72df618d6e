/* How many times OPT's faults each policy has, over traces, at the memory
 * sizes that they share. */
#ifndef PLOTS_RATIOS_H
#define PLOTS_RATIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "plots/points.h"
#include "plots/shares.h"

struct ratio_point {
	unsigned policy, trace;
	double share; /* per cent */
	double ratio; /* faults / OPT's */
};

struct ratios {
	struct ratio_point *points; /* [count] */
	size_t count;
	struct shares shares; /* at which there are several traces */
};

/* From the replays among POINTS, settled. 0 or -ENOMEM. */
int ratios_find(const struct points *points, const struct names *policies,
	struct ratios *out);
/* Drops what is of policies whose KEEP is not set.  0 or -ENOMEM. */
int ratios_keep(struct ratios *ratios, const bool *keep);
void ratios_free(struct ratios *ratios);

/* How many policies there are at SHARE. */
unsigned ratios_policies(const struct ratios *ratios, double share);

/* $ratios and $spreads (quartiles and the largest) at SHARE, the best policy
 * first. 0 or -ENOMEM. */
int ratios_write(const struct ratios *ratios, double share, FILE *stream);

#endif
