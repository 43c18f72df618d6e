/*
 * lru: evicts the page whose last reference is the oldest.
 *
 * Class: sees every reference (ideal LRU; a self-pager can only come near
 * it).  A stack algorithm (Mattson, Gecsei, Slutz, Traiger, "Evaluation
 * techniques for storage hierarchies", IBM Systems Journal 9(2), 1970).
 * Parameters: none.  Cost: 20 to 36 bytes a frame, O(1) a reference
 * amortised.  No departure from the textbook.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/queue.h"

enum { AHEAD = 16 }; /* references whose places are loaded ahead */

struct lru {
	struct policy policy;
	struct queue queue; /* by last reference */
};

static int lru_create(const struct policy_config *config, struct policy **out)
{
	struct lru *lru = calloc(1, sizeof(*lru));

	if (!lru)
		return -ENOMEM;
	if (queue_init(&lru->queue, config->frames)) {
		free(lru);
		return -ENOMEM;
	}
	lru->policy.ops = &policy_lru;
	*out = &lru->policy;
	return 0;
}

static void lru_destroy(struct policy *policy)
{
	struct lru *lru = (struct lru *)policy;

	queue_fini(&lru->queue);
	free(lru);
}

static void lru_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	(void)page;
	queue_push(&((struct lru *)policy)->queue, frame);
}

static void lru_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct queue *queue = &((struct lru *)policy)->queue;
	const uint32_t *frames = references->frames;
	size_t count = references->count;
	size_t i;

	while (count) {
		/* what the log's shortest length has room for, at least */
		size_t part = count < 1024 ? count : 1024;

		queue_reserve(queue, part);
		for (i = 0; i < part; i++) {
			if (i + AHEAD < part)
				__builtin_prefetch(
					&queue->place[frames[i + AHEAD]], 1);
			queue_touch(queue, frames[i]);
		}
		frames += part;
		count -= part;
	}
}

static uint32_t lru_evict(struct policy *policy)
{
	return queue_pop(&((struct lru *)policy)->queue);
}

static uint32_t lru_peek(struct policy *policy, uint8_t *rank_out)
{
	uint32_t frame = lru_evict(policy);

	(void)rank_out;
	if (frame != FRAME_NONE)
		queue_unpop(&((struct lru *)policy)->queue);
	return frame;
}

static void lru_remove(struct policy *policy, uint32_t frame)
{
	queue_remove(&((struct lru *)policy)->queue, frame);
}

static uint32_t lru_guess(struct policy *policy, unsigned which)
{
	return queue_guess(&((struct lru *)policy)->queue, which);
}

static uint32_t lru_upcoming(
	struct policy *policy, uint32_t *frames, uint32_t most)
{
	return queue_upcoming(&((struct lru *)policy)->queue, frames, most);
}

static const char *lru_check(const struct policy *policy, const uint8_t *member)
{
	const struct lru *lru = (const struct lru *)policy;

	return queue_check(&lru->queue, member);
}

const struct policy_ops policy_lru = {
	.name = "lru",
	.about = "the page whose last reference is the oldest",
	.paper = "R. L. Mattson, J. Gecsei, D. R. Slutz, I. L. Traiger, "
		 "\"Evaluation techniques for storage hierarchies\", IBM "
		 "Systems Journal 9(2), 1970",
	.cost = "20 to 36 bytes a frame",
	.knows = POLICY_EVERY_REFERENCE,
	.is_stack = true,
	.create = lru_create,
	.destroy = lru_destroy,
	.insert = lru_insert,
	.reference = lru_reference,
	.evict = lru_evict,
	.peek = lru_peek,
	.remove = lru_remove,
	.guess = lru_guess,
	.upcoming = lru_upcoming,
	.check = lru_check,
};
