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
 * Cost: 67 to 75 bytes a frame, O(1) a reference and an eviction.
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

#include "mm/policy/adaptive.h"

struct arc {
	struct policy policy;
	struct adaptive adaptive;
	uint64_t coming;
	bool is_coming;	   /* p was told of the page `coming` */
	bool was_frequent; /* it has a ghost in B2 */
};

static struct arc *arc_of(struct policy *policy)
{
	return (struct arc *)policy;
}

static int arc_create(const struct policy_config *config, struct policy **out)
{
	struct arc *arc = calloc(1, sizeof(*arc));

	if (!arc)
		return -ENOMEM;
	if (adaptive_init(&arc->adaptive, config->frames)) {
		free(arc);
		return -ENOMEM;
	}
	arc->policy.ops = &policy_arc;
	*out = &arc->policy;
	return 0;
}

static void arc_destroy(struct policy *policy)
{
	adaptive_fini(&arc_of(policy)->adaptive);
	free(policy);
}

static void arc_coming(struct policy *policy, uint64_t key)
{
	struct arc *arc = arc_of(policy);
	struct ghosts *ghosts = &arc->adaptive.ghosts;
	uint32_t ghost = ghosts_find(ghosts, key);

	if (arc->is_coming && arc->coming == key)
		return; /* told before; it did not get a frame then */
	arc->coming = key;
	arc->is_coming = true;
	arc->was_frequent =
		ghost != FRAME_NONE && lists_has(&ghosts->lists, OFTEN, ghost);
	if (ghost != FRAME_NONE)
		adaptive_learn(&arc->adaptive, ghost);
}

static void arc_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct arc *arc = arc_of(policy);

	arc->is_coming = arc->was_frequent = false;
	adaptive_insert(&arc->adaptive, frame, page->key);
}

static void arc_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct lists *lists = &arc_of(policy)->adaptive.lists;
	size_t i;

	for (i = 0; i < references->count; i++)
		lists_move(lists, OFTEN, references->frames[i]);
}

static uint32_t arc_peek(struct policy *policy, uint8_t *rank_out)
{
	struct arc *arc = arc_of(policy);
	const struct lists *lists = &arc->adaptive.lists;
	uint32_t once = lists->size[ONCE];
	bool is_once = once > arc->adaptive.p ||
		       (arc->was_frequent && once == arc->adaptive.p);

	(void)rank_out;
	if (!once || !lists->size[OFTEN])
		is_once = once;
	return lists_oldest(lists, is_once ? ONCE : OFTEN);
}

static uint32_t arc_evict(struct policy *policy)
{
	uint32_t frame = arc_peek(policy, NULL);

	if (frame != FRAME_NONE)
		adaptive_evict(&arc_of(policy)->adaptive, frame);
	return frame;
}

static void arc_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&arc_of(policy)->adaptive.lists, frame);
}

static const char *arc_check(const struct policy *policy, const uint8_t *member)
{
	return adaptive_check(&((const struct arc *)policy)->adaptive, member);
}

const struct policy_ops policy_arc = {
	.name = "arc",
	.about =
		"lists of pages used once and more often; ghosts tell how long",
	.paper = "N. Megiddo, D. S. Modha, \"ARC: a self-tuning, low overhead "
		 "replacement cache\", FAST 2003",
	.frame_bytes = 75,
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
