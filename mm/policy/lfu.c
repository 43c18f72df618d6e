/*
 * lfu: evicts the page that was used least often, with ageing: a page's key is
 * the number of its uses since it came in, plus the key of the page that was
 * evicted last, as it was when the page was last used.  So what was used often
 * long ago falls behind.  Of equal keys the one whose last use is the oldest
 * goes.
 *
 *	key = uses + age      at each use, and when it comes in
 *	age = key             of the victim
 *
 * LFU-DA: M. Arlitt, L. Cherkasova, J. Dilley, R. Friedrich, T. Jin,
 * "Evaluating content management techniques for web proxy caches", ACM
 * SIGMETRICS Performance Evaluation Review 27(4), 2000, with all pages of one
 * size and cost.  Class: sees every reference.  Not a stack algorithm.
 * Parameter: plain, no ageing: the age stays 0.
 * Cost: 52 bytes a frame, O(1) a reference, O(log frames) an eviction.
 * Departure: none; the paper leaves ties open.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/least.h"

static const struct policy_parameter parameters[] = {
	{"plain", "no ageing", 0, 0, 1, POLICY_FLAG},
	{0},
};

struct lfu {
	struct policy policy;
	struct least least; /* by (uses + age, last use) */
	uint64_t *uses;	    /* [frames] */
	uint64_t age, now;
	bool plain;
};

static struct lfu *lfu_of(struct policy *policy)
{
	return (struct lfu *)policy;
}

static void lfu_destroy(struct policy *policy)
{
	least_fini(&lfu_of(policy)->least);
	free(lfu_of(policy)->uses);
	free(policy);
}

static int lfu_create(const struct policy_config *config, struct policy **out)
{
	struct lfu *lfu = calloc(1, sizeof(*lfu));

	if (!lfu)
		return -ENOMEM;
	lfu->policy.ops = &policy_lfu;
	lfu->plain = policy_value(&policy_lfu, config, 0) != 0;
	lfu->uses = calloc(config->frames, sizeof(*lfu->uses));
	if (!lfu->uses || least_init(&lfu->least, config->frames)) {
		lfu_destroy(&lfu->policy);
		return -ENOMEM;
	}
	*out = &lfu->policy;
	return 0;
}

static struct least_key use(struct lfu *lfu, uint32_t frame)
{
	return (struct least_key){++lfu->uses[frame] + lfu->age, ++lfu->now};
}

static void lfu_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct lfu *lfu = lfu_of(policy);

	(void)page;
	lfu->uses[frame] = 0;
	least_insert(&lfu->least, frame, use(lfu, frame));
}

static void lfu_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct lfu *lfu = lfu_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++)
		least_raise(&lfu->least, references->frames[i],
			use(lfu, references->frames[i]));
}

static uint32_t lfu_peek(struct policy *policy, uint8_t *rank_out)
{
	(void)rank_out;
	return least_find(&lfu_of(policy)->least);
}

static void lfu_remove(struct policy *policy, uint32_t frame)
{
	least_remove(&lfu_of(policy)->least, frame);
}

static uint32_t lfu_evict(struct policy *policy)
{
	struct lfu *lfu = lfu_of(policy);
	uint32_t frame = lfu_peek(policy, NULL);

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	if (!lfu->plain)
		lfu->age = lfu->least.key[frame].first;
	lfu_remove(policy, frame);
	return frame;
}

static const char *lfu_check(const struct policy *policy, const uint8_t *member)
{
	const struct lfu *lfu = (const struct lfu *)policy;
	uint32_t frame;

	for (frame = 0; frame < lfu->least.frames; frame++)
		if (member[frame] &&
			lfu->least.key[frame].first < lfu->uses[frame])
			return "lfu: a key below the number of uses";
	return least_check(&lfu->least, member);
}

const struct policy_ops policy_lfu = {
	.name = "lfu",
	.about = "the page used least often, with ageing (LFU-DA)",
	.paper = "M. Arlitt, L. Cherkasova, J. Dilley, R. Friedrich, T. Jin, "
		 "\"Evaluating content management techniques for web proxy "
		 "caches\", Performance Evaluation Review 27(4), 2000",
	.frame_bytes = 52,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = lfu_create,
	.destroy = lfu_destroy,
	.insert = lfu_insert,
	.reference = lfu_reference,
	.evict = lfu_evict,
	.peek = lfu_peek,
	.remove = lfu_remove,
	.check = lfu_check,
};
