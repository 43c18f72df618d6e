/*
 * mglru: generations of pages, as in the Linux kernel's multi-generational
 * LRU.  The ageing walks over all pages, puts those found referenced into the
 * youngest generation, and then opens a younger one; pages come into that.
 * The eviction takes from the oldest, once there are three.
 *
 *	min                              max
 *	[oldest] --- [ ... ] --- [referenced when last walked] --- [new]
 *	   |  `- referenced since: to the youngest
 *	   `- else: victim
 *
 * The ageing is put off as long as it can be: it runs when there are two
 * generations, for these had no second look yet; or three, if the youngest has
 * more than half of the pages, or the oldest less than a quarter.  There are
 * four at most, so.
 *
 * To age a page is to note its generation; it is moved to that one's list
 * when the eviction meets it in the list of the oldest.  So which of two pages
 * of a generation goes first depends on when they were met, as there.
 *
 * Y. Zhao, Documentation/mm/multigen_lru.rst and mm/vmscan.c of Linux (6.1,
 * 2022).  Class: realisable.  Not a stack algorithm.
 * Parameters: bit_at_load, 1 by default, as there.
 * Cost: 10 bytes a frame; a walk scans all pages.  There are two at least for
 * each time that all cold pages are evicted: many, where few pages are cold.
 * Departures: all pages are of one kind, and mapped: no tiers of those that
 * are read by system calls, and nothing to balance by refaults.  The walk
 * passes over no page tables for having had few referenced pages, and a page
 * found referenced at its eviction does not have its neighbours looked at.
 *
 * Invariants
 * 1. min + 1 <= max <= min + 3.
 * 2. A frame held has a generation from min to max, and pages[] counts them.
 * 3. A frame is in the list of its generation, or of an older one.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

enum { GENERATIONS = 4, GENERATIONS_MIN = 2 };

struct mglru {
	struct policy policy;
	struct policy_config config;
	struct lists lists;	     /* of a generation: number % GENERATIONS */
	uint8_t *generation;	     /* [frames] % GENERATIONS */
	uint32_t pages[GENERATIONS]; /* of each */
	uint64_t min, max;	     /* numbers of the oldest, the youngest */
};

static struct mglru *mglru_of(struct policy *policy)
{
	return (struct mglru *)policy;
}

static void mglru_destroy(struct policy *policy)
{
	lists_fini(&mglru_of(policy)->lists);
	free(mglru_of(policy)->generation);
	free(policy);
}

static int mglru_create(const struct policy_config *config, struct policy **out)
{
	struct mglru *mglru = calloc(1, sizeof(*mglru));

	if (!mglru)
		return -ENOMEM;
	mglru->policy.ops = &policy_mglru;
	mglru->config = *config;
	mglru->max = GENERATIONS_MIN - 1;
	mglru->generation = calloc(config->frames, 1);
	if (!mglru->generation ||
		lists_init(&mglru->lists, config->frames, GENERATIONS)) {
		mglru_destroy(&mglru->policy);
		return -ENOMEM;
	}
	*out = &mglru->policy;
	return 0;
}

static void mglru_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct mglru *mglru = mglru_of(policy);
	unsigned youngest = mglru->max % GENERATIONS;

	(void)page;
	mglru->generation[frame] = youngest;
	mglru->pages[youngest]++;
	lists_push(&mglru->lists, youngest, frame);
	if (!mglru->config.bit_at_load)
		mglru->config.harvest(mglru->config.context, frame);
}

/* The page is in the youngest generation now; its list knows later. */
static void rejuvenate(struct mglru *mglru, uint32_t frame)
{
	unsigned youngest = mglru->max % GENERATIONS;

	mglru->pages[mglru->generation[frame]]--;
	mglru->pages[youngest]++;
	mglru->generation[frame] = youngest;
}

static bool should_age(const struct mglru *mglru)
{
	uint64_t generations = mglru->max - mglru->min + 1;
	uint64_t total = 0;
	unsigned i;

	if (generations != GENERATIONS_MIN + 1)
		return generations <= GENERATIONS_MIN;
	for (i = 0; i < GENERATIONS; i++)
		total += mglru->pages[i];
	return mglru->pages[mglru->max % GENERATIONS] * 2ull > total ||
	       mglru->pages[mglru->min % GENERATIONS] * 4ull < total;
}

static void age(struct mglru *mglru)
{
	uint32_t frame;

	for (frame = 0; frame < mglru->lists.nodes; frame++)
		if (mglru->lists.in[frame] &&
			mglru->config.harvest(mglru->config.context, frame))
			rejuvenate(mglru, frame);
	mglru->max++;
}

/* Names the victim, or makes some progress towards it and returns FRAME_NONE.
 * There are three generations at least. */
static uint32_t look_at_one(struct mglru *mglru)
{
	unsigned oldest = mglru->min % GENERATIONS;
	uint32_t frame = lists_oldest(&mglru->lists, oldest);

	if (frame == FRAME_NONE) {
		mglru->min++;
		return FRAME_NONE;
	}
	if (mglru->generation[frame] == oldest) {
		if (!mglru->config.harvest(mglru->config.context, frame))
			return frame;
		rejuvenate(mglru, frame);
	}
	lists_move(&mglru->lists, mglru->generation[frame], frame);
	return FRAME_NONE;
}

/* Ends: all bits are clear after a walk, and the generations go on. */
static uint32_t mglru_peek(struct policy *policy, uint8_t *rank_out)
{
	struct mglru *mglru = mglru_of(policy);
	uint32_t frame = FRAME_NONE, held = 0;
	unsigned i;

	(void)rank_out;
	for (i = 0; i < GENERATIONS; i++)
		held += mglru->pages[i];
	while (held && frame == FRAME_NONE) {
		while (should_age(mglru))
			age(mglru);
		frame = look_at_one(mglru);
	}
	return frame;
}

static void mglru_remove(struct policy *policy, uint32_t frame)
{
	struct mglru *mglru = mglru_of(policy);

	mglru->pages[mglru->generation[frame]]--;
	lists_remove(&mglru->lists, frame);
}

static uint32_t mglru_evict(struct policy *policy)
{
	uint32_t frame = mglru_peek(policy, NULL);

	if (frame != FRAME_NONE)
		mglru_remove(policy, frame);
	return frame;
}

static const char *mglru_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct mglru *mglru = (const struct mglru *)policy;
	uint32_t pages[GENERATIONS] = {0};
	uint64_t age_of, list_age;
	uint32_t frame;
	unsigned i;

	if (mglru->max < mglru->min + 1 || mglru->max > mglru->min + 3)
		return "mglru: too few generations, or too many";
	for (frame = 0; frame < mglru->lists.nodes; frame++) {
		if (!member[frame])
			continue;
		pages[mglru->generation[frame]]++;
		age_of = (mglru->max - mglru->generation[frame]) % GENERATIONS;
		list_age = (mglru->max - (mglru->lists.in[frame] - 1)) %
			   GENERATIONS;
		if (mglru->min + age_of > mglru->max)
			return "mglru: a generation that is over";
		if (list_age < age_of)
			return "mglru: in the list of a younger generation";
	}
	for (i = 0; i < GENERATIONS; i++)
		if (pages[i] != mglru->pages[i])
			return "mglru: the pages are not counted rightly";
	return lists_check_members(&mglru->lists, member);
}

const struct policy_ops policy_mglru = {
	.name = "mglru",
	.about = "generations; walks over all bits make the young ones",
	.paper = "Y. Zhao, Documentation/mm/multigen_lru.rst and mm/vmscan.c "
		 "of Linux 6.1, 2022",
	.frame_bytes = 10,
	.knows = POLICY_REALISABLE,
	.create = mglru_create,
	.destroy = mglru_destroy,
	.insert = mglru_insert,
	.evict = mglru_evict,
	.peek = mglru_peek,
	.remove = mglru_remove,
	.check = mglru_check,
};
