/*
 * arc: two LRU lists, of pages used once lately (T1) and more often (T2);
 * ghosts of each (B1, B2) tell which of the two should have been longer.
 *
 *	        oldest            newest   oldest            newest
 *	B1 ghosts | T1 frames             B2 ghosts | T2 frames
 *	          <-- |T1| is to be p -->
 *
 * A page that comes back and has a ghost in B1 makes p larger by
 * max(1, |B2| / |B1|), one in B2 smaller by max(1, |B1| / |B2|), and goes to
 * T2.  The victim is the oldest of T1 if that is longer than p, else of T2.
 *
 * N. Megiddo, D. S. Modha, "ARC: a self-tuning, low overhead replacement
 * cache", FAST 2003.  p is a real number, as the paper has it.
 * Class: sees every reference.  Not a stack algorithm.  Parameters: none.
 * Cost: 67 bytes a frame, O(1) a reference and an eviction.
 * Departures: none while the memory is full.  Where the pager takes frames
 * out, or has fewer than it was made for, the other list gives the victim if
 * the one that should is empty.  Ghosts too many are dropped when the page
 * comes in, not before the victim leaves: the same ones are left.
 *
 * Invariants (c: the frames)
 * 1. |T1| + |B1| <= c and |T1| + |T2| + |B1| + |B2| <= 2c, once a page is in.
 * 2. 0 <= p <= c.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/ghosts.h"

enum { ONCE, OFTEN, LISTS }; /* T1 and T2 in lists, B1 and B2 in ghosts */

struct arc {
	struct policy policy;
	struct lists lists;
	struct ghosts ghosts;
	uint64_t *key; /* [frames] of the page it holds */
	uint64_t coming;
	double p; /* pages */
	uint32_t frames;
	bool is_coming;	   /* p was told of the page `coming` */
	bool was_frequent; /* it has a ghost in B2 */
};

static void arc_destroy(struct policy *policy)
{
	struct arc *arc = (struct arc *)policy;

	lists_fini(&arc->lists);
	ghosts_fini(&arc->ghosts);
	free(arc->key);
	free(arc);
}

static int arc_create(const struct policy_config *config, struct policy **out)
{
	struct arc *arc = calloc(1, sizeof(*arc));

	if (!arc)
		return -ENOMEM;
	arc->policy.ops = &policy_arc;
	arc->frames = config->frames;
	arc->key = calloc(config->frames, sizeof(*arc->key));
	if (!arc->key || lists_init(&arc->lists, config->frames, LISTS) ||
		ghosts_init(&arc->ghosts, 2 * config->frames, LISTS)) {
		arc_destroy(&arc->policy);
		return -ENOMEM;
	}
	*out = &arc->policy;
	return 0;
}

/* How far a ghost of a list of OWN ghosts moves p. */
static double step(uint32_t own, uint32_t other)
{
	return other > own ? (double)other / own : 1;
}

static void arc_coming(struct policy *policy, uint64_t key)
{
	struct arc *arc = (struct arc *)policy;
	uint32_t ghost = ghosts_find(&arc->ghosts, key);
	uint32_t once = ghosts_size(&arc->ghosts, ONCE);
	uint32_t often = ghosts_size(&arc->ghosts, OFTEN);

	if (arc->is_coming && arc->coming == key)
		return; /* it could not have a frame yet */
	arc->coming = key;
	arc->is_coming = true;
	arc->was_frequent = false;
	if (ghost == FRAME_NONE)
		return;
	arc->was_frequent = lists_has(&arc->ghosts.lists, OFTEN, ghost);
	if (arc->was_frequent)
		arc->p -= step(often, once);
	else
		arc->p += step(once, often);
	if (arc->p < 0)
		arc->p = 0;
	if (arc->p > arc->frames)
		arc->p = arc->frames;
}

static void trim_ghosts(struct arc *arc)
{
	const uint32_t *frames = arc->lists.size;
	const uint32_t *ghosts = arc->ghosts.lists.size;

	while (frames[ONCE] + ghosts[ONCE] > arc->frames)
		ghosts_drop(&arc->ghosts, ONCE);
	while ((uint64_t)frames[ONCE] + frames[OFTEN] + ghosts[ONCE] +
			ghosts[OFTEN] >
		2 * (uint64_t)arc->frames)
		ghosts_drop(&arc->ghosts, OFTEN);
}

static void arc_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct arc *arc = (struct arc *)policy;
	uint32_t ghost = ghosts_find(&arc->ghosts, page->key);

	arc->is_coming = arc->was_frequent = false;
	arc->key[frame] = page->key;
	lists_push(&arc->lists, ghost == FRAME_NONE ? ONCE : OFTEN, frame);
	if (ghost != FRAME_NONE)
		ghosts_remove(&arc->ghosts, ghost);
	trim_ghosts(arc);
}

static void arc_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct arc *arc = (struct arc *)policy;
	size_t i;

	for (i = 0; i < references->count; i++)
		lists_move(&arc->lists, OFTEN, references->frames[i]);
}

static uint32_t arc_peek(struct policy *policy, uint8_t *rank_out)
{
	struct arc *arc = (struct arc *)policy;
	uint32_t once = arc->lists.size[ONCE];
	bool is_once = once > arc->p || (arc->was_frequent && once == arc->p);

	(void)rank_out;
	if (!once || !arc->lists.size[OFTEN])
		is_once = once;
	return lists_oldest(&arc->lists, is_once ? ONCE : OFTEN);
}

static uint32_t arc_evict(struct policy *policy)
{
	struct arc *arc = (struct arc *)policy;
	uint32_t frame = arc_peek(policy, NULL);
	unsigned list;

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	list = lists_has(&arc->lists, OFTEN, frame) ? OFTEN : ONCE;
	lists_remove(&arc->lists, frame);
	ghosts_push(&arc->ghosts, list, arc->key[frame]);
	return frame;
}

static void arc_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&((struct arc *)policy)->lists, frame);
}

static const char *arc_check(const struct policy *policy, const uint8_t *member)
{
	const struct arc *arc = (const struct arc *)policy;
	const uint32_t *frames = arc->lists.size;
	const uint32_t *ghosts = arc->ghosts.lists.size;
	const char *why = lists_check_members(&arc->lists, member);

	if (!why)
		why = ghosts_check(&arc->ghosts);
	if (!why && frames[ONCE] + ghosts[ONCE] > arc->frames)
		why = "arc: too many pages used once";
	if (!why && (arc->p < 0 || arc->p > arc->frames))
		why = "arc: p is out of its range";
	return why;
}

const struct policy_ops policy_arc = {
	.name = "arc",
	.about = "lists of pages used once and more often; ghosts tell how long",
	.paper = "N. Megiddo, D. S. Modha, \"ARC: a self-tuning, low overhead "
		 "replacement cache\", FAST 2003",
	.cost = "67 bytes a frame",
	.knows = POLICY_EVERY_REFERENCE,
	.create = arc_create,
	.destroy = arc_destroy,
	.coming = arc_coming,
	.insert = arc_insert,
	.reference = arc_reference,
	.evict = arc_evict,
	.peek = arc_peek,
	.remove = arc_remove,
	.check = arc_check,
};
