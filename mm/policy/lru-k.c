/*
 * lru-k: evicts the page whose K-th last use is the oldest; pages that were not
 * used K times count as never, and go first, by their last use.
 *
 *	uses of a page, K = 2:      x        x    x     now
 *	                                     `- its age
 *
 * The times of the last K uses are kept for some while after the page left.
 *
 * E. J. O'Neil, P. E. O'Neil, G. Weikum, "The LRU-K page replacement algorithm
 * for database disk buffering", SIGMOD 1993.
 * Class: sees every reference.  lru-k with k=1 is lru.  Not a stack algorithm
 * as it is here: what is remembered depends on the memory size.
 * Parameters: k, 2; history, pages whose times are kept after they left, 200 %
 * of the frames.
 * Cost: 52 + 8 K bytes a frame and 25 + 8 K a page of history (150 to 158 in
 * all), O(K) a reference, O(log frames) an eviction.
 * Departures: the Retained Information Period is not a time but a number of
 * pages: memory is sized beforehand.  The Correlated Reference Period is 0,
 * as events are runs of references to one page already.  The subsidiary
 * policy, which the paper leaves open, is LRU.
 *
 * Invariants
 * 1. times[frame * k ..] are the last uses, the latest first; 0: never.
 * 2. There are history_most pages of history at most.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy/ghosts.h"
#include "mm/policy/least.h"

enum { K, HISTORY };

static const struct policy_parameter parameters[] = {
	[K] = {"k", "uses that count", 2, 1, 16, POLICY_COUNT},
	[HISTORY] = {"history", "pages remembered after they left", 2, 0, 64,
		POLICY_SHARE},
	{0},
};

struct lruk {
	struct policy policy;
	struct least least;    /* by (K-th last use, last use) */
	struct ghosts history; /* one list, by when they left */
	uint64_t *key;	       /* [frames] of the page it holds */
	uint64_t *times;       /* [frames * k] */
	uint64_t *ghost_times; /* [history_most * k] */
	uint64_t now;
	uint32_t k, history_most;
};

static struct lruk *lruk_of(struct policy *policy)
{
	return (struct lruk *)policy;
}

static void lruk_destroy(struct policy *policy)
{
	struct lruk *lruk = lruk_of(policy);

	least_fini(&lruk->least);
	ghosts_fini(&lruk->history);
	free(lruk->key);
	free(lruk->times);
	free(lruk->ghost_times);
	free(lruk);
}

static int lruk_create(const struct policy_config *config, struct policy **out)
{
	struct lruk *lruk = calloc(1, sizeof(*lruk));
	size_t size;

	if (!lruk)
		return -ENOMEM;
	lruk->policy.ops = &policy_lru_k;
	lruk->k = policy_value(&policy_lru_k, config, K);
	lruk->history_most = policy_pages(&policy_lru_k, config, HISTORY);
	size = lruk->k * sizeof(*lruk->times);
	lruk->key = calloc(config->frames, sizeof(*lruk->key));
	lruk->times = calloc(config->frames, size);
	lruk->ghost_times = calloc(lruk->history_most, size);
	if (!lruk->key || !lruk->times || !lruk->ghost_times ||
		least_init(&lruk->least, config->frames) ||
		ghosts_init(&lruk->history, lruk->history_most, 1)) {
		lruk_destroy(&lruk->policy);
		return -ENOMEM;
	}
	*out = &lruk->policy;
	return 0;
}

static uint64_t *times_of(struct lruk *lruk, uint32_t frame)
{
	return &lruk->times[(size_t)frame * lruk->k];
}

static uint64_t *ghost_times_of(struct lruk *lruk, uint32_t ghost)
{
	return &lruk->ghost_times[(size_t)ghost * lruk->k];
}

static struct least_key use(struct lruk *lruk, uint32_t frame)
{
	uint64_t *times = times_of(lruk, frame);

	memmove(times + 1, times, (lruk->k - 1) * sizeof(*times));
	times[0] = ++lruk->now;
	return (struct least_key){times[lruk->k - 1], times[0]};
}

static void lruk_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct lruk *lruk = lruk_of(policy);
	uint32_t ghost = ghosts_find(&lruk->history, page->key);
	size_t size = lruk->k * sizeof(*lruk->times);

	lruk->key[frame] = page->key;
	memset(times_of(lruk, frame), 0, size);
	if (ghost != FRAME_NONE) {
		memcpy(times_of(lruk, frame), ghost_times_of(lruk, ghost),
			size);
		ghosts_remove(&lruk->history, ghost);
	}
	least_insert(&lruk->least, frame, use(lruk, frame));
}

static void lruk_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct lruk *lruk = lruk_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++)
		least_raise(&lruk->least, references->frames[i],
			use(lruk, references->frames[i]));
}

static uint32_t lruk_peek(struct policy *policy, uint8_t *rank_out)
{
	(void)rank_out;
	return least_find(&lruk_of(policy)->least);
}

static void lruk_remove(struct policy *policy, uint32_t frame)
{
	least_remove(&lruk_of(policy)->least, frame);
}

static uint32_t lruk_evict(struct policy *policy)
{
	struct lruk *lruk = lruk_of(policy);
	uint32_t frame = lruk_peek(policy, NULL);
	uint32_t ghost;

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	lruk_remove(policy, frame);
	ghost = ghosts_keep(
		&lruk->history, 0, lruk->key[frame], lruk->history_most);
	memcpy(ghost_times_of(lruk, ghost), times_of(lruk, frame),
		lruk->k * sizeof(*lruk->times));
	return frame;
}

static const char *lruk_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct lruk *lruk = (const struct lruk *)policy;
	const char *why = least_check(&lruk->least, member);
	const uint64_t *times;
	uint32_t i;

	if (!why)
		why = ghosts_check(&lruk->history);
	if (!why && ghosts_size(&lruk->history, 0) > lruk->history_most)
		why = "lru-k: too long a history";
	for (i = 0; i < lruk->least.frames && !why; i++) {
		times = &lruk->times[(size_t)i * lruk->k];
		if (member[i] && lruk->least.key[i].first != times[lruk->k - 1])
			why = "lru-k: a key that is not the K-th last use";
	}
	return why;
}

const struct policy_ops policy_lru_k = {
	.name = "lru-k",
	.about = "the page whose K-th last use is the oldest",
	.paper = "E. J. O'Neil, P. E. O'Neil, G. Weikum, \"The LRU-K page "
		 "replacement algorithm for database disk buffering\", SIGMOD "
		 "1993",
	.frame_bytes = 158,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = lruk_create,
	.destroy = lruk_destroy,
	.insert = lruk_insert,
	.reference = lruk_reference,
	.evict = lruk_evict,
	.peek = lruk_peek,
	.remove = lruk_remove,
	.check = lruk_check,
};
