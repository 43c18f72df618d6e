/*
 * mq: LRU queues by how often pages were used: 2^i times or more, queue i.  A
 * page that is not used for a life time goes one queue down.
 *
 *	queue 2:  used 4 .. 7 times   --life over--.
 *	queue 1:  used 2 .. 3 times   <------------' --life over--.
 *	queue 0:  used once                          <------------'
 *	victim:   the oldest of the lowest queue that has one
 *
 * Ghosts keep how often a page was used.
 *
 * Y. Zhou, J. F. Philbin, K. Li, "The multi-queue replacement algorithm for
 * second level buffer caches", USENIX 2001: figure 6.
 * Class: sees every reference.  Not a stack algorithm.
 * Parameters: queues, 8; ghosts, 400 % of the frames: the paper's; life, in
 * references, 400 % of the frames (the paper measures it on the trace: the
 * distance in time at which most pages are used again).
 * Cost: 29 bytes a frame and 29 a ghost (145 to 161 in all), O(queues)
 * a reference.
 * Departures: none but the life time.
 *
 * Invariant: there are ghosts_most ghosts at most.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/ghosts.h"

enum { QUEUES_MOST = 16 };

enum { QUEUES, GHOSTS, LIFE };

static const struct policy_parameter parameters[] = {
	[QUEUES] = {"queues", "queues", 8, 1, QUEUES_MOST, POLICY_COUNT},
	[GHOSTS] = {"ghosts", "pages whose uses are kept", 4, 0, 64,
		POLICY_SHARE},
	[LIFE] = {"life", "references until a page goes down", 4, 0, 1e6,
		POLICY_SHARE},
	{0},
};

struct mq {
	struct policy policy;
	struct lists lists;
	struct ghosts ghosts; /* one list */
	uint32_t *ghost_uses; /* [ghosts_most] */
	uint64_t *key;	      /* [frames] of the page it holds */
	uint64_t *expires;    /* [frames] */
	uint32_t *uses;	      /* [frames] */
	uint64_t now, life;   /* references */
	uint32_t ghosts_most;
};

static void mq_destroy(struct policy *policy)
{
	struct mq *mq = (struct mq *)policy;

	lists_fini(&mq->lists);
	ghosts_fini(&mq->ghosts);
	free(mq->ghost_uses);
	free(mq->key);
	free(mq->expires);
	free(mq->uses);
	free(mq);
}

static double value(const struct policy_config *config, unsigned parameter)
{
	return policy_value(&policy_mq, config, parameter);
}

static int mq_create(const struct policy_config *config, struct policy **out)
{
	struct mq *mq = calloc(1, sizeof(*mq));
	uint32_t frames = config->frames;

	if (!mq)
		return -ENOMEM;
	mq->policy.ops = &policy_mq;
	mq->life = value(config, LIFE) * frames;
	mq->ghosts_most = policy_pages(&policy_mq, config, GHOSTS);
	mq->ghost_uses = calloc(mq->ghosts_most, sizeof(*mq->ghost_uses));
	mq->key = calloc(frames, sizeof(*mq->key));
	mq->expires = calloc(frames, sizeof(*mq->expires));
	mq->uses = calloc(frames, sizeof(*mq->uses));
	if (!mq->ghost_uses || !mq->key || !mq->expires || !mq->uses ||
		lists_init(&mq->lists, frames, value(config, QUEUES)) ||
		ghosts_init(&mq->ghosts, mq->ghosts_most, 1)) {
		mq_destroy(&mq->policy);
		return -ENOMEM;
	}
	*out = &mq->policy;
	return 0;
}

/* Of each queue but the lowest, the oldest goes down if its life is over. */
static void adjust(struct mq *mq)
{
	uint32_t frame;
	unsigned i;

	mq->now++;
	for (i = 1; i < mq->lists.count; i++) {
		frame = lists_oldest(&mq->lists, i);
		if (frame == FRAME_NONE || mq->expires[frame] >= mq->now)
			continue;
		lists_move(&mq->lists, i - 1, frame);
		mq->expires[frame] = mq->now + mq->life;
	}
}

/* One more use of a frame, which is in no queue. */
static void use(struct mq *mq, uint32_t frame)
{
	unsigned queue;

	if (mq->uses[frame] < UINT32_MAX)
		mq->uses[frame]++;
	queue = 31 - __builtin_clz(mq->uses[frame]);
	if (queue >= mq->lists.count)
		queue = mq->lists.count - 1;
	lists_push(&mq->lists, queue, frame);
	mq->expires[frame] = mq->now + mq->life;
	adjust(mq);
}

static void mq_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct mq *mq = (struct mq *)policy;
	uint32_t ghost = ghosts_find(&mq->ghosts, page->key);

	mq->key[frame] = page->key;
	mq->uses[frame] = 0;
	if (ghost != FRAME_NONE) {
		mq->uses[frame] = mq->ghost_uses[ghost];
		ghosts_remove(&mq->ghosts, ghost);
	}
	use(mq, frame);
}

static void mq_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct mq *mq = (struct mq *)policy;
	size_t i;

	for (i = 0; i < references->count; i++) {
		lists_remove(&mq->lists, references->frames[i]);
		use(mq, references->frames[i]);
	}
}

static uint32_t mq_peek(struct policy *policy, uint8_t *rank_out)
{
	struct mq *mq = (struct mq *)policy;
	unsigned i;

	(void)rank_out;
	for (i = 0; i < mq->lists.count; i++)
		if (mq->lists.size[i])
			return lists_oldest(&mq->lists, i);
	return FRAME_NONE;
}

static void mq_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&((struct mq *)policy)->lists, frame);
}

static uint32_t mq_evict(struct policy *policy)
{
	struct mq *mq = (struct mq *)policy;
	uint32_t frame = mq_peek(policy, NULL);
	uint32_t ghost;

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	mq_remove(policy, frame);
	ghost = ghosts_keep(&mq->ghosts, 0, mq->key[frame], mq->ghosts_most);
	mq->ghost_uses[ghost] = mq->uses[frame];
	return frame;
}

static const char *mq_check(const struct policy *policy, const uint8_t *member)
{
	const struct mq *mq = (const struct mq *)policy;
	const char *why = lists_check_members(&mq->lists, member);
	uint32_t frame;

	if (!why)
		why = ghosts_check(&mq->ghosts);
	for (frame = 0; frame < mq->lists.nodes && !why; frame++)
		if (member[frame] && mq->expires[frame] > mq->now + mq->life)
			why = "mq: a page that lives too long";
	if (!why && ghosts_size(&mq->ghosts, 0) > mq->ghosts_most)
		why = "mq: too many ghosts";
	return why;
}

const struct policy_ops policy_mq = {
	.name = "mq",
	.about = "lru queues by number of uses; unused pages go down",
	.paper = "Y. Zhou, J. F. Philbin, K. Li, \"The multi-queue replacement "
		 "algorithm for second level buffer caches\", USENIX 2001",
	.frame_bytes = 161,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = mq_create,
	.destroy = mq_destroy,
	.insert = mq_insert,
	.reference = mq_reference,
	.evict = mq_evict,
	.peek = mq_peek,
	.remove = mq_remove,
	.check = mq_check,
};
