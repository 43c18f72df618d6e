/*
 * 2q: new pages go through a FIFO queue (A1in); those used again after they
 * left it, while they have a ghost (in A1out), are hot and live in an LRU list
 * (Am).
 *
 *	new -> A1in --oldest leaves--> A1out (ghosts) --used again--> Am
 *
 * A use of a page in A1in changes nothing: such uses come close together and
 * tell little.  The victim is the oldest of A1in if that has more than kin
 * pages, else the oldest of Am, which leaves no ghost.
 *
 * T. Johnson, D. Shasha, "2Q: a low overhead high performance buffer
 * management replacement algorithm", VLDB 1994: the full version.
 * Class: sees every reference.  Not a stack algorithm.
 * Parameters: kin, 25 % of the frames; kout, ghosts, 50 % of the frames: the
 * paper's; one page at least each.
 * Cost: 17 bytes a frame and 25 a ghost (30 to 32 in all), O(1).
 * Departures: where the paper does not say it, a page's ghost goes before the
 * victim's comes, so that a page does not lose its own.  With Am empty
 * the victim is A1in's.
 *
 * Invariant: A1out has kout ghosts at most, and one more while its page comes.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/ghosts.h"

enum { NEW, HOT, LISTS };

enum { KIN, KOUT };

static const struct policy_parameter parameters[] = {
	[KIN] = {"kin", "pages in the queue of new ones", 0.25, 0, 1,
		POLICY_SHARE},
	[KOUT] = {"kout", "ghosts of pages that left it", 0.5, 0, 8,
		POLICY_SHARE},
	{0},
};

struct twoq {
	struct policy policy;
	struct lists lists;
	struct ghosts ghosts; /* one list: A1out */
	uint64_t *key;	      /* [frames] of the page it holds */
	uint32_t kin, kout;
	bool awaited; /* the page of a ghost is coming */
};

static void twoq_destroy(struct policy *policy)
{
	struct twoq *twoq = (struct twoq *)policy;

	lists_fini(&twoq->lists);
	ghosts_fini(&twoq->ghosts);
	free(twoq->key);
	free(twoq);
}

static int twoq_create(const struct policy_config *config, struct policy **out)
{
	struct twoq *twoq = calloc(1, sizeof(*twoq));

	if (!twoq)
		return -ENOMEM;
	twoq->policy.ops = &policy_2q;
	twoq->kin = policy_pages(&policy_2q, config, KIN);
	twoq->kout = policy_pages(&policy_2q, config, KOUT);
	twoq->key = calloc(config->frames, sizeof(*twoq->key));
	if (!twoq->key || lists_init(&twoq->lists, config->frames, LISTS) ||
		ghosts_init(&twoq->ghosts, twoq->kout + 2, 1)) {
		twoq_destroy(&twoq->policy);
		return -ENOMEM;
	}
	*out = &twoq->policy;
	return 0;
}

static void trim_ghosts(struct twoq *twoq)
{
	while (ghosts_size(&twoq->ghosts, 0) > twoq->kout + twoq->awaited)
		ghosts_drop(&twoq->ghosts, 0);
}

/* The ghost is the newest from now on, so that it stays until `insert`. */
static void twoq_coming(struct policy *policy, uint64_t key)
{
	struct twoq *twoq = (struct twoq *)policy;

	twoq->awaited = ghosts_find(&twoq->ghosts, key) != FRAME_NONE;
	if (twoq->awaited)
		ghosts_push(&twoq->ghosts, 0, key);
	trim_ghosts(twoq);
}

static void twoq_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct twoq *twoq = (struct twoq *)policy;
	uint32_t ghost = ghosts_find(&twoq->ghosts, page->key);

	twoq->key[frame] = page->key;
	lists_push(&twoq->lists, ghost == FRAME_NONE ? NEW : HOT, frame);
	if (ghost != FRAME_NONE)
		ghosts_remove(&twoq->ghosts, ghost);
	twoq->awaited = false;
	trim_ghosts(twoq);
}

static void twoq_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct twoq *twoq = (struct twoq *)policy;
	size_t i;

	for (i = 0; i < references->count; i++)
		if (lists_has(&twoq->lists, HOT, references->frames[i]))
			lists_move(&twoq->lists, HOT, references->frames[i]);
}

static uint32_t twoq_peek(struct policy *policy, uint8_t *rank_out)
{
	struct twoq *twoq = (struct twoq *)policy;
	bool is_new =
		twoq->lists.size[NEW] > twoq->kin || !twoq->lists.size[HOT];

	(void)rank_out;
	return lists_oldest(&twoq->lists, is_new ? NEW : HOT);
}

static uint32_t twoq_evict(struct policy *policy)
{
	struct twoq *twoq = (struct twoq *)policy;
	uint32_t frame = twoq_peek(policy, NULL);

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	if (lists_has(&twoq->lists, NEW, frame)) {
		ghosts_push(&twoq->ghosts, 0, twoq->key[frame]);
		trim_ghosts(twoq);
	}
	lists_remove(&twoq->lists, frame);
	return frame;
}

static void twoq_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&((struct twoq *)policy)->lists, frame);
}

static const char *twoq_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct twoq *twoq = (const struct twoq *)policy;
	const char *why = lists_check_members(&twoq->lists, member);

	if (!why)
		why = ghosts_check(&twoq->ghosts);
	if (!why && ghosts_size(&twoq->ghosts, 0) > twoq->kout + twoq->awaited)
		why = "2q: too many ghosts";
	return why;
}

const struct policy_ops policy_2q = {
	.name = "2q",
	.about = "a queue for new pages; those that come back are hot: lru",
	.paper = "T. Johnson, D. Shasha, \"2Q: a low overhead high performance "
		 "buffer management replacement algorithm\", VLDB 1994",
	.frame_bytes = 32,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = twoq_create,
	.destroy = twoq_destroy,
	.coming = twoq_coming,
	.insert = twoq_insert,
	.reference = twoq_reference,
	.evict = twoq_evict,
	.peek = twoq_peek,
	.remove = twoq_remove,
	.check = twoq_check,
};
