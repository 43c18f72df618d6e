/*
 * mru: evicts the page whose last reference is the latest.  Of a loop that is
 * larger than the memory it keeps the part that fits, where lru keeps nothing.
 *
 * H.-T. Chou, D. J. DeWitt, "An evaluation of buffer management strategies for
 * relational database systems", VLDB 1985.
 * Class: sees every reference.  A stack algorithm: which of two pages goes
 * first does not depend on the number of frames.
 * Parameters: none.  Cost: 9 bytes a frame, O(1).  Departure: none.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

struct mru {
	struct policy policy;
	struct lists lists; /* one, by last reference */
};

static int mru_create(const struct policy_config *config, struct policy **out)
{
	struct mru *mru = calloc(1, sizeof(*mru));

	if (!mru)
		return -ENOMEM;
	if (lists_init(&mru->lists, config->frames, 1)) {
		free(mru);
		return -ENOMEM;
	}
	mru->policy.ops = &policy_mru;
	*out = &mru->policy;
	return 0;
}

static void mru_destroy(struct policy *policy)
{
	struct mru *mru = (struct mru *)policy;

	lists_fini(&mru->lists);
	free(mru);
}

static void mru_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	(void)page;
	lists_push(&((struct mru *)policy)->lists, 0, frame);
}

static void mru_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct mru *mru = (struct mru *)policy;
	size_t i;

	for (i = 0; i < references->count; i++)
		lists_move(&mru->lists, 0, references->frames[i]);
}

static uint32_t mru_peek(struct policy *policy, uint8_t *rank_out)
{
	(void)rank_out;
	return lists_newest(&((struct mru *)policy)->lists, 0);
}

static void mru_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&((struct mru *)policy)->lists, frame);
}

static uint32_t mru_evict(struct policy *policy)
{
	uint32_t frame = mru_peek(policy, NULL);

	if (frame != FRAME_NONE)
		mru_remove(policy, frame);
	return frame;
}

static const char *mru_check(const struct policy *policy, const uint8_t *member)
{
	return lists_check_members(
		&((const struct mru *)policy)->lists, member);
}

const struct policy_ops policy_mru = {
	.name = "mru",
	.about = "the page whose last reference is the latest",
	.paper = "H.-T. Chou, D. J. DeWitt, \"An evaluation of buffer "
		 "management strategies for relational database systems\", "
		 "VLDB 1985",
	.frame_bytes = 9,
	.knows = POLICY_EVERY_REFERENCE,
	.is_stack = true,
	.create = mru_create,
	.destroy = mru_destroy,
	.insert = mru_insert,
	.reference = mru_reference,
	.evict = mru_evict,
	.peek = mru_peek,
	.remove = mru_remove,
	.check = mru_check,
};
