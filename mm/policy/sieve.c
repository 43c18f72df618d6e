/*
 * sieve: pages stay in the order in which they came; a hand goes from the
 * oldest to the newest, spares those referenced since it last came by, and
 * evicts the first that was not.
 *
 *	oldest -> ... -> hand -> ... -> newest
 *	                   `------------> and round again from the oldest
 *
 * Unlike clock's, a page that is spared stays where it is, so that new ones
 * stand together in front of the hand and are soon looked at.
 *
 * Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is simpler
 * than LRU: an efficient turn-key eviction algorithm for web caches", NSDI
 * 2024.  Class: realisable.  Not a stack algorithm.
 * Parameters: bit_at_load, 1 by default; the paper's is 0.
 * Cost: 9 bytes a frame; each page scanned O(1).
 * Departure: none but the bit at load.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

struct sieve {
	struct policy policy;
	struct policy_config config;
	struct lists lists; /* one, by arrival */
	uint32_t hand;	    /* where to look next; FRAME_NONE: the oldest */
};

static int sieve_create(const struct policy_config *config, struct policy **out)
{
	struct sieve *sieve = calloc(1, sizeof(*sieve));

	if (!sieve)
		return -ENOMEM;
	if (lists_init(&sieve->lists, config->frames, 1)) {
		free(sieve);
		return -ENOMEM;
	}
	sieve->policy.ops = &policy_sieve;
	sieve->config = *config;
	sieve->hand = FRAME_NONE;
	*out = &sieve->policy;
	return 0;
}

static void sieve_destroy(struct policy *policy)
{
	struct sieve *sieve = (struct sieve *)policy;

	lists_fini(&sieve->lists);
	free(sieve);
}

static void sieve_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct sieve *sieve = (struct sieve *)policy;

	(void)page;
	lists_push(&sieve->lists, 0, frame);
	if (!sieve->config.bit_at_load)
		sieve->config.harvest(sieve->config.context, frame);
}

/* Moves the hand to the victim.  Ends: the second time round all is clear. */
static uint32_t sieve_peek(struct policy *policy, uint8_t *rank_out)
{
	struct sieve *sieve = (struct sieve *)policy;
	const struct policy_config *config = &sieve->config;
	uint32_t ahead;

	(void)rank_out;
	for (;;) {
		if (sieve->hand == FRAME_NONE)
			sieve->hand = lists_oldest(&sieve->lists, 0);
		if (sieve->hand == FRAME_NONE)
			return FRAME_NONE;
		ahead = lists_newer(&sieve->lists, sieve->hand);
		if (ahead != FRAME_NONE)
			config->prefetch(config->context, ahead);
		if (!config->harvest(config->context, sieve->hand))
			return sieve->hand;
		sieve->hand = ahead;
	}
}

static void sieve_remove(struct policy *policy, uint32_t frame)
{
	struct sieve *sieve = (struct sieve *)policy;

	if (sieve->hand == frame)
		sieve->hand = lists_newer(&sieve->lists, frame);
	lists_remove(&sieve->lists, frame);
}

static uint32_t sieve_evict(struct policy *policy)
{
	uint32_t frame = sieve_peek(policy, NULL);

	if (frame != FRAME_NONE)
		sieve_remove(policy, frame);
	return frame;
}

static const char *sieve_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct sieve *sieve = (const struct sieve *)policy;

	if (sieve->hand != FRAME_NONE &&
		!lists_has(&sieve->lists, 0, sieve->hand))
		return "sieve: the hand is at a frame that is not held";
	return lists_check_members(&sieve->lists, member);
}

const struct policy_ops policy_sieve = {
	.name = "sieve",
	.about = "fifo whose hand passes over pages referenced since, in place",
	.paper = "Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "
		 "\"SIEVE is simpler than LRU: an efficient turn-key eviction "
		 "algorithm for web caches\", NSDI 2024",
	.frame_bytes = 9,
	.knows = POLICY_REALISABLE,
	.create = sieve_create,
	.destroy = sieve_destroy,
	.insert = sieve_insert,
	.evict = sieve_evict,
	.peek = sieve_peek,
	.remove = sieve_remove,
	.check = sieve_check,
};
