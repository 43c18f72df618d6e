/*
 * gclock: clock with a count of uses a page instead of a bit: the hand takes
 * one off each page it comes by, and evicts the first that has none left.
 *
 *	reference: count = min(count + 1, most)       comes in: count = initial
 *	hand:      count ? count-- : victim
 *
 * A. J. Smith, "Sequentiality and prefetching in database systems", ACM TODS
 * 3(3), 1978; so named and described in W. Effelsberg, T. Haerder, "Principles
 * of database buffer management", ACM TODS 9(4), 1984.
 * Class: sees every reference.  Not a stack algorithm.
 * Parameters: initial, the count that a page comes in with, 1 use; most, what
 * a count can be, 5 uses.  Cost: 10 bytes a frame; O(1) a reference, and at
 * most `most` rounds an eviction.
 * Departure: the papers' counts have no bound, and so have the hand's rounds.
 *
 * Invariant: no count is above `most`.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

enum { INITIAL, MOST };

static const struct policy_parameter parameters[] = {
	[INITIAL] = {"initial", "uses that a page comes in with", 1, 0, 255,
		POLICY_COUNT},
	[MOST] = {"most", "uses that are counted", 5, 1, 255, POLICY_COUNT},
	{0},
};

struct gclock {
	struct policy policy;
	struct lists lists; /* one: the hand stands at the oldest */
	uint8_t *uses;	    /* [frames] */
	uint8_t initial, most;
};

static struct gclock *gclock_of(struct policy *policy)
{
	return (struct gclock *)policy;
}

static void gclock_destroy(struct policy *policy)
{
	lists_fini(&gclock_of(policy)->lists);
	free(gclock_of(policy)->uses);
	free(policy);
}

static int gclock_create(
	const struct policy_config *config, struct policy **out)
{
	struct gclock *gclock = calloc(1, sizeof(*gclock));

	if (!gclock)
		return -ENOMEM;
	gclock->policy.ops = &policy_gclock;
	gclock->most = policy_value(&policy_gclock, config, MOST);
	gclock->initial = policy_value(&policy_gclock, config, INITIAL);
	if (gclock->initial > gclock->most)
		gclock->initial = gclock->most;
	gclock->uses = calloc(config->frames, 1);
	if (!gclock->uses || lists_init(&gclock->lists, config->frames, 1)) {
		gclock_destroy(&gclock->policy);
		return -ENOMEM;
	}
	*out = &gclock->policy;
	return 0;
}

static void gclock_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct gclock *gclock = gclock_of(policy);

	(void)page;
	gclock->uses[frame] = gclock->initial;
	lists_push(&gclock->lists, 0, frame);
}

static void gclock_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct gclock *gclock = gclock_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++)
		if (gclock->uses[references->frames[i]] < gclock->most)
			gclock->uses[references->frames[i]]++;
}

/* Ends: each page that is spared has one use less. */
static uint32_t gclock_peek(struct policy *policy, uint8_t *rank_out)
{
	struct gclock *gclock = gclock_of(policy);
	uint32_t frame;

	(void)rank_out;
	while ((frame = lists_oldest(&gclock->lists, 0)) != FRAME_NONE &&
		gclock->uses[frame]) {
		gclock->uses[frame]--;
		lists_move(&gclock->lists, 0, frame);
	}
	return frame;
}

static void gclock_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&gclock_of(policy)->lists, frame);
}

static uint32_t gclock_evict(struct policy *policy)
{
	uint32_t frame = gclock_peek(policy, NULL);

	if (frame != FRAME_NONE)
		gclock_remove(policy, frame);
	return frame;
}

static const char *gclock_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct gclock *gclock = (const struct gclock *)policy;
	uint32_t frame;

	for (frame = 0; frame < gclock->lists.nodes; frame++)
		if (member[frame] && gclock->uses[frame] > gclock->most)
			return "gclock: a count above the most";
	return lists_check_members(&gclock->lists, member);
}

const struct policy_ops policy_gclock = {
	.name = "gclock",
	.about = "clock with a count of uses a page instead of a bit",
	.paper = "A. J. Smith, \"Sequentiality and prefetching in database "
		 "systems\", ACM TODS 3(3), 1978",
	.frame_bytes = 10,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = gclock_create,
	.destroy = gclock_destroy,
	.insert = gclock_insert,
	.reference = gclock_reference,
	.evict = gclock_evict,
	.peek = gclock_peek,
	.remove = gclock_remove,
	.check = gclock_check,
};
