/* The lists, ghosts and target of arc and car: see adaptive.h. */
#include "mm/policy/adaptive.h"

#include <errno.h>
#include <stdlib.h>

int adaptive_init(struct adaptive *adaptive, uint32_t frames)
{
	adaptive->frames = frames;
	adaptive->key = calloc(frames, sizeof(*adaptive->key));
	if (adaptive->key && !lists_init(&adaptive->lists, frames, LISTS) &&
		!ghosts_init(&adaptive->ghosts, 2 * frames, LISTS))
		return 0;
	adaptive_fini(adaptive);
	return -ENOMEM;
}

void adaptive_fini(struct adaptive *adaptive)
{
	lists_fini(&adaptive->lists);
	ghosts_fini(&adaptive->ghosts);
	free(adaptive->key);
}

/* How far a ghost of a list of OWN ghosts moves p. */
static double step(uint32_t own, uint32_t other)
{
	return other > own ? (double)other / own : 1;
}

void adaptive_learn(struct adaptive *adaptive, uint32_t ghost)
{
	uint32_t once = ghosts_size(&adaptive->ghosts, ONCE);
	uint32_t often = ghosts_size(&adaptive->ghosts, OFTEN);

	if (lists_has(&adaptive->ghosts.lists, ONCE, ghost))
		adaptive->p += step(once, often);
	else
		adaptive->p -= step(often, once);
	if (adaptive->p < 0)
		adaptive->p = 0;
	if (adaptive->p > adaptive->frames)
		adaptive->p = adaptive->frames;
}

static uint32_t count_once(const struct adaptive *adaptive)
{
	return adaptive->lists.size[ONCE] +
	       ghosts_size(&adaptive->ghosts, ONCE);
}

static uint32_t count_often(const struct adaptive *adaptive)
{
	return adaptive->lists.size[OFTEN] +
	       ghosts_size(&adaptive->ghosts, OFTEN);
}

void adaptive_insert(struct adaptive *adaptive, uint32_t frame, uint64_t key)
{
	uint32_t ghost = ghosts_find(&adaptive->ghosts, key);
	uint64_t most = 2 * (uint64_t)adaptive->frames;

	adaptive->key[frame] = key;
	lists_push(&adaptive->lists, ghost == FRAME_NONE ? ONCE : OFTEN, frame);
	if (ghost != FRAME_NONE)
		ghosts_remove(&adaptive->ghosts, ghost);
	while (count_once(adaptive) > adaptive->frames)
		ghosts_drop(&adaptive->ghosts, ONCE);
	while ((uint64_t)count_once(adaptive) + count_often(adaptive) > most)
		ghosts_drop(&adaptive->ghosts, OFTEN);
}

void adaptive_evict(struct adaptive *adaptive, uint32_t frame)
{
	unsigned list = lists_has(&adaptive->lists, ONCE, frame) ? ONCE : OFTEN;

	lists_remove(&adaptive->lists, frame);
	ghosts_push(&adaptive->ghosts, list, adaptive->key[frame]);
}

const char *adaptive_check(
	const struct adaptive *adaptive, const uint8_t *member)
{
	const char *why = lists_check_members(&adaptive->lists, member);

	if (!why)
		why = ghosts_check(&adaptive->ghosts);
	if (!why && count_once(adaptive) > adaptive->frames)
		why = "more than c pages and ghosts used once";
	if (!why && (adaptive->p < 0 || adaptive->p > adaptive->frames))
		why = "p is out of its range";
	return why;
}
