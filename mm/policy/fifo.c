/*
 * fifo: evicts the page that came in first.
 *
 * Class: realisable (sees faults only).  Not a stack algorithm: more memory
 * can mean more faults (Belady, Nelson, Shedler, CACM 12(6), 1969).
 * Parameters: none.  Cost: 20 to 36 bytes a frame, O(1).
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/queue.h"

struct fifo {
	struct policy policy;
	struct queue queue; /* by arrival */
};

static int fifo_create(const struct policy_config *config, struct policy **out)
{
	struct fifo *fifo = calloc(1, sizeof(*fifo));

	if (!fifo)
		return -ENOMEM;
	if (queue_init(&fifo->queue, config->frames)) {
		free(fifo);
		return -ENOMEM;
	}
	fifo->policy.ops = &policy_fifo;
	*out = &fifo->policy;
	return 0;
}

static void fifo_destroy(struct policy *policy)
{
	struct fifo *fifo = (struct fifo *)policy;

	queue_fini(&fifo->queue);
	free(fifo);
}

static void fifo_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	(void)page;
	queue_push(&((struct fifo *)policy)->queue, frame);
}

static uint32_t fifo_evict(struct policy *policy)
{
	return queue_pop(&((struct fifo *)policy)->queue);
}

static uint32_t fifo_peek(struct policy *policy, uint8_t *rank_out)
{
	uint32_t frame = fifo_evict(policy);

	(void)rank_out;
	if (frame != FRAME_NONE)
		queue_unpop(&((struct fifo *)policy)->queue);
	return frame;
}

static void fifo_remove(struct policy *policy, uint32_t frame)
{
	queue_remove(&((struct fifo *)policy)->queue, frame);
}

static uint32_t fifo_guess(struct policy *policy, unsigned which)
{
	return queue_guess(&((struct fifo *)policy)->queue, which);
}

static uint32_t fifo_upcoming(
	struct policy *policy, uint32_t *frames, uint32_t most)
{
	return queue_upcoming(&((struct fifo *)policy)->queue, frames, most);
}

static const char *fifo_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct fifo *fifo = (const struct fifo *)policy;

	return queue_check(&fifo->queue, member);
}

const struct policy_ops policy_fifo = {
	.name = "fifo",
	.about = "the page that came in first",
	.cost = "20 to 36 bytes a frame",
	.knows = POLICY_REALISABLE,
	.create = fifo_create,
	.destroy = fifo_destroy,
	.insert = fifo_insert,
	.evict = fifo_evict,
	.peek = fifo_peek,
	.remove = fifo_remove,
	.guess = fifo_guess,
	.upcoming = fifo_upcoming,
	.check = fifo_check,
};
