/*
 * clock: fifo that gives a page whose referenced bit is set another round.
 *
 * Class: realisable; the bits it reads are what a self-pager pays for.  The
 * hand of the textbook's clock (Corbato, "A paging experiment with the
 * Multics system", 1968) is here the tail of a queue: a page that is spared
 * goes to the head, which is the place just behind the hand.  The victims
 * are the same, in the same order.
 * Parameters: bit_at_load, 1 by default: the access that faulted is done
 * again once the page is mapped, and sets the bit.  Simulators of caches
 * start with 0.  Cost: 20 to 36 bytes a frame; each page scanned O(1).
 * Not a stack algorithm.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/queue.h"

enum { AHEAD = 4 }; /* pages whose bits are loaded ahead of the hand */

struct clock {
	struct policy policy;
	struct queue queue; /* from the hand on */
	struct policy_config config;
};

static int clock_create(const struct policy_config *config, struct policy **out)
{
	struct clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return -ENOMEM;
	if (queue_init(&clock->queue, config->frames)) {
		free(clock);
		return -ENOMEM;
	}
	clock->config = *config;
	clock->policy.ops = &policy_clock;
	*out = &clock->policy;
	return 0;
}

static void clock_destroy(struct policy *policy)
{
	struct clock *clock = (struct clock *)policy;

	queue_fini(&clock->queue);
	free(clock);
}

static void clock_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct clock *clock = (struct clock *)policy;

	(void)page;
	queue_push(&clock->queue, frame);
	if (!clock->config.bit_at_load)
		clock->config.harvest(clock->config.context, frame);
}

/* Ends: a spared page has its bit cleared, so the second time round it goes */
static uint32_t clock_evict(struct policy *policy)
{
	struct clock *clock = (struct clock *)policy;
	const struct policy_config *config = &clock->config;
	uint32_t frame, ahead;

	while ((frame = queue_pop(&clock->queue)) != FRAME_NONE) {
		ahead = queue_peek(&clock->queue, AHEAD);
		if (ahead != FRAME_NONE)
			config->prefetch(config->context, ahead);
		if (!config->harvest(config->context, frame))
			break;
		queue_push(&clock->queue, frame);
	}
	return frame;
}

static uint32_t clock_peek(struct policy *policy, uint8_t *rank_out)
{
	uint32_t frame = clock_evict(policy);

	(void)rank_out;
	if (frame != FRAME_NONE)
		queue_unpop(&((struct clock *)policy)->queue);
	return frame;
}

static void clock_remove(struct policy *policy, uint32_t frame)
{
	queue_remove(&((struct clock *)policy)->queue, frame);
}

static const char *clock_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct clock *clock = (const struct clock *)policy;

	return queue_check(&clock->queue, member);
}

const struct policy_ops policy_clock = {
	.name = "clock",
	.about = "fifo that spares a page referenced since the last round",
	.paper = "F. J. Corbato, \"A paging experiment with the Multics "
		 "system\", 1968",
	.frame_bytes = 36,
	.knows = POLICY_REALISABLE,
	.create = clock_create,
	.destroy = clock_destroy,
	.insert = clock_insert,
	.evict = clock_evict,
	.peek = clock_peek,
	.remove = clock_remove,
	.check = clock_check,
};
