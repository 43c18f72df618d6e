/*
 * s3-fifo: three FIFO queues: a small one for new pages (S), the main one (M),
 * and ghosts of those that left S unused (G).
 *
 *	new ------------> S --used more than once--> M --.
 *	has a ghost ---------------------------------^   | used: again, one
 *	                  `--else--> victim, ghost in G  |  use taken off
 *	                                        victim <-'
 *
 * S gives the victim as long as it has a tenth of the frames, else M.
 *
 * J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you
 * need for cache eviction", SOSP 2023: algorithm 1.
 * Class: sees every reference: its counters of 0 to 3 uses need more than a
 * referenced bit.  Not a stack algorithm.
 * Parameters: small, the size of S, 10 % of the frames; ghosts, as many as M
 * has pages, 90 % of the frames: the paper's; one at least each.
 * Cost: 41 to 45 bytes a frame, O(1) amortised.
 * Departures: one page leaves at a time.  So when a page of S goes to M and
 * one of M has to leave for it, that is the victim, and the search ends; the
 * paper's goes on to find one in S too.  A page that moves keeps no uses.
 *
 * Invariant: G has ghosts_most ghosts at most.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/ghosts.h"

enum { SMALL, MAIN, LISTS };

enum { USES_MOST = 3 };

enum { SHARE_SMALL, SHARE_GHOSTS };

static const struct policy_parameter parameters[] = {
	[SHARE_SMALL] = {"small", "size of the queue of new pages", 0.1, 0, 1,
		POLICY_SHARE},
	[SHARE_GHOSTS] = {"ghosts", "ghosts of pages that left it", 0.9, 0, 8,
		POLICY_SHARE},
	{0},
};

struct s3 {
	struct policy policy;
	struct lists lists;
	struct ghosts ghosts; /* one list: G */
	uint64_t *key;	      /* [frames] of the page it holds */
	uint8_t *uses;	      /* [frames] */
	uint32_t small_most, main_most, ghosts_most;
};

static void s3_destroy(struct policy *policy)
{
	struct s3 *s3 = (struct s3 *)policy;

	lists_fini(&s3->lists);
	ghosts_fini(&s3->ghosts);
	free(s3->key);
	free(s3->uses);
	free(s3);
}

static int s3_create(const struct policy_config *config, struct policy **out)
{
	struct s3 *s3 = calloc(1, sizeof(*s3));

	if (!s3)
		return -ENOMEM;
	s3->policy.ops = &policy_s3_fifo;
	s3->small_most = policy_pages(&policy_s3_fifo, config, SHARE_SMALL);
	s3->main_most = config->frames - s3->small_most;
	s3->ghosts_most = policy_pages(&policy_s3_fifo, config, SHARE_GHOSTS);
	s3->key = calloc(config->frames, sizeof(*s3->key));
	s3->uses = calloc(config->frames, sizeof(*s3->uses));
	if (!s3->key || !s3->uses ||
		lists_init(&s3->lists, config->frames, LISTS) ||
		ghosts_init(&s3->ghosts, s3->ghosts_most, 1)) {
		s3_destroy(&s3->policy);
		return -ENOMEM;
	}
	*out = &s3->policy;
	return 0;
}

static void s3_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct s3 *s3 = (struct s3 *)policy;
	uint32_t ghost = ghosts_find(&s3->ghosts, page->key);

	s3->key[frame] = page->key;
	s3->uses[frame] = 0;
	lists_push(&s3->lists, ghost == FRAME_NONE ? SMALL : MAIN, frame);
	if (ghost != FRAME_NONE)
		ghosts_remove(&s3->ghosts, ghost);
}

static void s3_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct s3 *s3 = (struct s3 *)policy;
	size_t i;

	for (i = 0; i < references->count; i++)
		if (s3->uses[references->frames[i]] < USES_MOST)
			s3->uses[references->frames[i]]++;
}

/* The first of M that was not used; FRAME_NONE: M is empty. */
static uint32_t find_in_main(struct s3 *s3)
{
	uint32_t frame;

	while ((frame = lists_oldest(&s3->lists, MAIN)) != FRAME_NONE &&
		s3->uses[frame]) {
		s3->uses[frame]--;
		lists_move(&s3->lists, MAIN, frame);
	}
	return frame;
}

/* The first of S that was not used, or one of M that has to make room;
 * FRAME_NONE: S is empty now. */
static uint32_t find_in_small(struct s3 *s3)
{
	uint32_t frame;

	while ((frame = lists_oldest(&s3->lists, SMALL)) != FRAME_NONE) {
		if (s3->uses[frame] <= 1)
			return frame;
		s3->uses[frame] = 0;
		lists_move(&s3->lists, MAIN, frame);
		if (s3->lists.size[MAIN] > s3->main_most)
			return find_in_main(s3);
	}
	return FRAME_NONE;
}

/* Asks for M's share where the paper asks for S's: the same while the memory
 * is full, and when it is not, what is named once is named again. */
static uint32_t s3_peek(struct policy *policy, uint8_t *rank_out)
{
	struct s3 *s3 = (struct s3 *)policy;
	uint32_t frame = FRAME_NONE;

	(void)rank_out;
	if (s3->lists.size[MAIN] <= s3->main_most)
		frame = find_in_small(s3);
	return frame == FRAME_NONE ? find_in_main(s3) : frame;
}

static void s3_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&((struct s3 *)policy)->lists, frame);
}

static uint32_t s3_evict(struct policy *policy)
{
	struct s3 *s3 = (struct s3 *)policy;
	uint32_t frame = s3_peek(policy, NULL);

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	if (lists_has(&s3->lists, SMALL, frame))
		ghosts_keep(&s3->ghosts, 0, s3->key[frame], s3->ghosts_most);
	s3_remove(policy, frame);
	return frame;
}

static const char *s3_check(const struct policy *policy, const uint8_t *member)
{
	const struct s3 *s3 = (const struct s3 *)policy;
	const char *why = lists_check_members(&s3->lists, member);

	if (!why)
		why = ghosts_check(&s3->ghosts);
	if (!why && ghosts_size(&s3->ghosts, 0) > s3->ghosts_most)
		why = "s3-fifo: too many ghosts";
	return why;
}

const struct policy_ops policy_s3_fifo = {
	.name = "s3-fifo",
	.about = "a small queue for new pages, a main one, and ghosts",
	.paper = "J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, \"FIFO "
		 "queues are all you need for cache eviction\", SOSP 2023",
	.frame_bytes = 45,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = s3_create,
	.destroy = s3_destroy,
	.insert = s3_insert,
	.reference = s3_reference,
	.evict = s3_evict,
	.peek = s3_peek,
	.remove = s3_remove,
	.check = s3_check,
};
