/* Frames by rank and age: see ranked.h. */
#include "mm/policy/ranked.h"

#include <errno.h>
#include <stdlib.h>

int ranked_init(struct ranked *ranked, uint32_t frames, unsigned lists_a_rank)
{
	ranked->base = calloc(frames, 1);
	if (!ranked->base)
		return -ENOMEM;
	return aged_init(&ranked->aged, frames, lists_a_rank * RANKS);
}

void ranked_fini(struct ranked *ranked)
{
	aged_fini(&ranked->aged);
	free(ranked->base);
}

static const char *check_frame(const struct ranked *ranked, uint32_t frame)
{
	uint8_t rank = ranked_rank(ranked, frame), base = ranked->base[frame];
	bool recent = recent_has(&ranked->recent, frame);

	if (recent != (base == RANK_ONCE && rank == RANK_NORMAL))
		return "ranked: recent, or not, and should not be";
	if (rank != base && rank != RANK_FIRST && !recent)
		return "ranked: neither at its base nor cold";
	return NULL;
}

const char *ranked_check(const struct ranked *ranked, const uint8_t *member,
	uint32_t counts[AGED_LISTS_MAX])
{
	const struct aged *aged = &ranked->aged;
	uint32_t held = 0, expected = 0, i;
	const char *why = NULL;

	for (i = 0; i < aged->lists && !why; i++) {
		counts[i] = 0;
		why = aged_check(aged, i, member, &counts[i]);
		held += counts[i];
	}
	for (i = 0; i < aged->frames && !why; i++) {
		expected += !!member[i];
		if (member[i])
			why = check_frame(ranked, i);
	}
	if (!why && held != expected)
		why = "ranked: has lost a frame";
	return why;
}
