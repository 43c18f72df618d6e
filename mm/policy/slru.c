/*
 * slru: an LRU list in two segments.  A page comes into the probationary one,
 * is protected once it is used again, and comes back to the newest end of the
 * probationary one when the protected one is full.
 *
 *	        .-------- used again --------.
 *	        |                            v
 *	new -> probationary <--oldest-- protected
 *	        `-> the oldest is the victim
 *
 * R. Karedla, J. S. Love, B. G. Wherry, "Caching strategies to improve disk
 * system performance", IEEE Computer 27(3), 1994.
 * Class: sees every reference.  Not a stack algorithm.
 * Parameter: protected, the size of that segment, 80 % of the frames (the
 * paper leaves it to be tuned).  Cost: 9 bytes a frame, O(1).
 * Departure: where the pager took the probationary ones out, the victim is
 * the oldest protected one.
 *
 * Invariant: there are `most` protected pages at most.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

enum { PROBATIONARY, PROTECTED, LISTS };

static const struct policy_parameter parameters[] = {
	{"protected", "size of the protected segment", 0.8, 0, 1, POLICY_SHARE},
	{0},
};

struct slru {
	struct policy policy;
	struct lists lists;
	uint32_t most; /* protected pages */
};

static int slru_create(const struct policy_config *config, struct policy **out)
{
	struct slru *slru = calloc(1, sizeof(*slru));

	if (!slru)
		return -ENOMEM;
	if (lists_init(&slru->lists, config->frames, LISTS)) {
		free(slru);
		return -ENOMEM;
	}
	slru->policy.ops = &policy_slru;
	slru->most = policy_value(&policy_slru, config, 0) * config->frames;
	*out = &slru->policy;
	return 0;
}

static void slru_destroy(struct policy *policy)
{
	struct slru *slru = (struct slru *)policy;

	lists_fini(&slru->lists);
	free(slru);
}

static void slru_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	(void)page;
	lists_push(&((struct slru *)policy)->lists, PROBATIONARY, frame);
}

static void slru_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct slru *slru = (struct slru *)policy;
	struct lists *lists = &slru->lists;
	size_t i;

	for (i = 0; i < references->count; i++) {
		lists_move(lists, PROTECTED, references->frames[i]);
		if (lists->size[PROTECTED] > slru->most)
			lists_move(lists, PROBATIONARY,
				lists_oldest(lists, PROTECTED));
	}
}

static uint32_t slru_peek(struct policy *policy, uint8_t *rank_out)
{
	const struct lists *lists = &((struct slru *)policy)->lists;

	(void)rank_out;
	return lists_oldest(
		lists, lists->size[PROBATIONARY] ? PROBATIONARY : PROTECTED);
}

static void slru_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&((struct slru *)policy)->lists, frame);
}

static uint32_t slru_evict(struct policy *policy)
{
	uint32_t frame = slru_peek(policy, NULL);

	if (frame != FRAME_NONE)
		slru_remove(policy, frame);
	return frame;
}

static const char *slru_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct slru *slru = (const struct slru *)policy;

	if (slru->lists.size[PROTECTED] > slru->most)
		return "slru: too many protected pages";
	return lists_check_members(&slru->lists, member);
}

const struct policy_ops policy_slru = {
	.name = "slru",
	.about = "lru in two segments: pages used again are protected",
	.paper = "R. Karedla, J. S. Love, B. G. Wherry, \"Caching strategies "
		 "to improve disk system performance\", IEEE Computer 27(3), "
		 "1994",
	.frame_bytes = 9,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = slru_create,
	.destroy = slru_destroy,
	.insert = slru_insert,
	.reference = slru_reference,
	.evict = slru_evict,
	.peek = slru_peek,
	.remove = slru_remove,
	.check = slru_check,
};
