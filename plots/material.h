/* All that figures are made of: rows of several kinds, and maps of traces. */
#ifndef PLOTS_MATERIAL_H
#define PLOTS_MATERIAL_H

#include "base/message.h"
#include "plots/lengths.h"
#include "plots/map.h"
#include "plots/points.h"
#include "plots/ratios.h"
#include "plots/tuned.h"

struct material {
	struct names policies;
	struct points points;
	struct ratios ratios;
	struct lengths lengths;
	struct tuned tuned;
	struct map *maps; /* [maps_count] */
	unsigned maps_count;
	unsigned told_most; /* policies that a figure tells apart */
};

/*
 * Adds what PATH holds to MATERIAL, which is {0} at first: a trace; a file of
 * rows, whose header says of which kind they are ("-": standard input); or a
 * folder of such files (*.csv), with those of its folder curves/.  -errno with
 * a message.  To be freed whatever is returned.
 */
int material_read(const char *path, const struct map_options *options,
	struct material *material, struct message *message);

/*
 * When all is read: puts it in order.  ONLY, if not NULL, is a list of
 * policies with commas between: nothing else is left, and all of them are told
 * apart; "lru-k" is any of its parameters.  -EINVAL: no row is of one of
 * them; -ENOMEM; each with a message.
 */
int material_settle(
	struct material *material, const char *only, struct message *message);
void material_free(struct material *material);

#endif
