#include <config.h>

#include "tracer/alias.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Slots that weigh less than one (the mean) are filled up by such as weigh
 * more:
 *
 *	 weight        slot
 *	|  a  |       | a |b|     a < 1: the rest of its slot is b's,
 *	|  bbbbb |    | ...       and b has that much less to place.
 *
 * Both kinds wait in one array, the light ones from its start, the heavy
 * ones from its end.
 */
static void share_out(
	struct alias_slot *slot, double *weight, uint32_t *wait, uint32_t count)
{
	uint32_t light = 0, heavy = count;

	for (uint32_t i = 0; i < count; i++) {
		if (weight[i] < 1)
			wait[light++] = i;
		else
			wait[--heavy] = i;
	}
	while (light > 0 && heavy < count) {
		uint32_t low = wait[--light];
		uint32_t high = wait[heavy];

		slot[low].own = (uint32_t)(weight[low] * UINT32_MAX);
		slot[low].other = high;
		weight[high] -= 1 - weight[low];
		if (weight[high] < 1) {
			heavy++;
			wait[light++] = high;
		}
	}
	/* What is left weighs one, but for rounding. */
	while (light > 0) {
		uint32_t left = wait[--light];

		slot[left] = (struct alias_slot){UINT32_MAX, left};
	}
	for (; heavy < count; heavy++)
		slot[wait[heavy]] =
			(struct alias_slot){UINT32_MAX, wait[heavy]};
}

int alias_create(struct alias *alias, double *weight, uint32_t count)
{
	struct alias_slot *slot = malloc((size_t)count * sizeof(*slot));
	uint32_t *wait = malloc((size_t)count * sizeof(*wait));
	double sum = 0;

	if (!slot || !wait) {
		free(slot);
		free(wait);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++)
		sum += weight[i];
	for (uint32_t i = 0; i < count; i++)
		weight[i] *= count / sum;
	share_out(slot, weight, wait, count);
	free(wait);
	alias->slot = slot;
	alias->count = count;
	return 0;
}

void alias_destroy(struct alias *alias)
{
	free(alias->slot);
	alias->slot = NULL;
}
