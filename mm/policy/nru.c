/*
 * nru: a page of the lowest class that is not empty, by lot:
 *
 *	0  not referenced, clean      2  referenced, clean
 *	1  not referenced, dirty      3  referenced, dirty
 *
 * "Referenced" is since the last tick, which clears all referenced bits.
 *
 * A. S. Tanenbaum, "Operating systems: design and implementation", 1987,
 * section 4.4.2 ("not recently used").
 * Class: realisable.  Not a stack algorithm.
 * Parameter: period, page-ins from tick to tick, 50 % of the frames, one at
 * least (the book's ticks are some of the timer's; what a policy sees of time
 * is page-ins).  bit_at_load, 1 by default.  It draws lots.
 * Cost: 8 bytes a frame; a look at all frames each tick, else O(1) looks a
 * page-in, amortised.
 * Departures: the book looks at all pages for each victim.  Here a page is
 * known to be of some class or a higher one, as bits only get set until the
 * next tick; one of the lowest known class is drawn and looked at, and is the
 * victim unless its class turns out to be higher.  So each page of the lowest
 * class is as likely as the others, and few are looked at.  But a page that is
 * cleaned between ticks counts as dirty until it is looked at.
 *
 *	held: [ class 0 | class 1 | class 2 | class 3 ]
 *	                ^end[0]   ^end[1]   ^end[2]   ^end[3]: how many
 *
 * Invariant: at[held[i]] == i for each i < end[3], and the ends ascend.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/draw.h"

enum { DIRTY = 1, REFERENCED = 2, CLASSES = 4 };

static const struct policy_parameter parameters[] = {
	{"period", "page-ins until referenced bits are cleared", 0.5, 0, 1e6,
		POLICY_SHARE},
	{0},
};

struct nru {
	struct policy policy;
	struct policy_config config;
	uint32_t *held; /* [frames] by the class that is known */
	uint32_t *at;	/* [frames] place in held; FRAME_NONE: not held */
	uint32_t end[CLASSES];
	uint32_t period, page_ins; /* since the last tick */
	uint32_t next;		   /* the victim, if drawn; FRAME_NONE */
	uint64_t random;
};

static struct nru *nru_of(struct policy *policy)
{
	return (struct nru *)policy;
}

static void nru_destroy(struct policy *policy)
{
	free(nru_of(policy)->held);
	free(nru_of(policy)->at);
	free(policy);
}

static int nru_create(const struct policy_config *config, struct policy **out)
{
	struct nru *nru = calloc(1, sizeof(*nru));
	uint32_t frame;

	if (!nru)
		return -ENOMEM;
	nru->policy.ops = &policy_nru;
	nru->config = *config;
	nru->period = policy_pages(&policy_nru, config, 0);
	nru->next = FRAME_NONE;
	nru->random = policy_seed(config);
	nru->held = calloc(config->frames, sizeof(*nru->held));
	nru->at = calloc(config->frames, sizeof(*nru->at));
	if (!nru->held || !nru->at) {
		nru_destroy(&nru->policy);
		return -ENOMEM;
	}
	for (frame = 0; frame < config->frames; frame++)
		nru->at[frame] = FRAME_NONE;
	*out = &nru->policy;
	return 0;
}

static void put(struct nru *nru, uint32_t place, uint32_t frame)
{
	nru->held[place] = frame;
	nru->at[frame] = place;
}

/* FRAME, which is in no class, comes into that of LEVEL: the first of each
 * higher one makes room by going to its end. */
static void enter(struct nru *nru, uint32_t frame, unsigned level)
{
	unsigned i;

	for (i = CLASSES - 1; i > level; i--) {
		if (nru->end[i] > nru->end[i - 1])
			put(nru, nru->end[i], nru->held[nru->end[i - 1]]);
		nru->end[i]++;
	}
	put(nru, nru->end[level]++, frame);
}

static unsigned class_of(const struct nru *nru, uint32_t frame)
{
	unsigned level = 0;

	while (nru->at[frame] >= nru->end[level])
		level++;
	return level;
}

/* The last of its class takes its place, the last of the next the last's. */
static void leave(struct nru *nru, uint32_t frame)
{
	uint32_t hole = nru->at[frame];
	unsigned i;

	for (i = class_of(nru, frame); i < CLASSES; i++) {
		nru->end[i]--;
		if (nru->end[i] != hole)
			put(nru, hole, nru->held[nru->end[i]]);
		hole = nru->end[i];
	}
	nru->at[frame] = FRAME_NONE;
}

static bool is_dirty(const struct nru *nru, uint32_t frame)
{
	return nru->config.is_dirty(nru->config.context, frame);
}

static bool look(const struct nru *nru, uint32_t frame)
{
	return nru->config.harvest(nru->config.context, frame);
}

/* Nothing is referenced any more. */
static void tick(struct nru *nru)
{
	uint32_t count = nru->end[CLASSES - 1], clean = 0, frame, i;

	for (i = 0; i < count; i++) {
		frame = nru->held[i];
		look(nru, frame);
		if (is_dirty(nru, frame))
			continue;
		put(nru, i, nru->held[clean]);
		put(nru, clean++, frame);
	}
	nru->end[0] = clean;
	for (i = DIRTY; i < CLASSES; i++)
		nru->end[i] = count;
}

/* A victim drawn before does not stand: the new page may be it too. */
static void nru_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct nru *nru = nru_of(policy);

	(void)page;
	if (nru->page_ins++ == nru->period) {
		tick(nru);
		nru->page_ins = 1;
	}
	enter(nru, frame, 0);
	nru->next = FRAME_NONE;
	if (!nru->config.bit_at_load)
		look(nru, frame);
}

/* Ends: a page that is not the victim comes into a higher class. */
static uint32_t nru_peek(struct policy *policy, uint8_t *rank_out)
{
	struct nru *nru = nru_of(policy);
	uint32_t frame, first = 0;
	unsigned level = 0, found;

	(void)rank_out;
	while (nru->next == FRAME_NONE && level < CLASSES) {
		if (nru->end[level] == first) {
			level++;
			continue;
		}
		frame = nru->held[first + policy_draw(&nru->random,
						  nru->end[level] - first)];
		found = level & REFERENCED;
		if (look(nru, frame))
			found = REFERENCED;
		if (is_dirty(nru, frame))
			found |= DIRTY;
		if (found > level) {
			leave(nru, frame);
			enter(nru, frame, found);
		} else {
			nru->next = frame;
		}
	}
	return nru->next;
}

static void nru_remove(struct policy *policy, uint32_t frame)
{
	struct nru *nru = nru_of(policy);

	leave(nru, frame);
	if (nru->next == frame)
		nru->next = FRAME_NONE;
}

static uint32_t nru_evict(struct policy *policy)
{
	uint32_t frame = nru_peek(policy, NULL);

	if (frame != FRAME_NONE)
		nru_remove(policy, frame);
	return frame;
}

static const char *nru_check(const struct policy *policy, const uint8_t *member)
{
	const struct nru *nru = (const struct nru *)policy;
	uint32_t frame, count = 0;
	unsigned i;

	for (frame = 0; frame < nru->config.frames; frame++) {
		if (!!member[frame] != (nru->at[frame] != FRAME_NONE))
			return "nru: frames held are not the frames given";
		if (!member[frame])
			continue;
		count++;
		if (nru->at[frame] >= nru->end[CLASSES - 1] ||
			nru->held[nru->at[frame]] != frame)
			return "nru: a frame is not where it should be";
	}
	for (i = 1; i < CLASSES; i++)
		if (nru->end[i] < nru->end[i - 1])
			return "nru: a class ends before it starts";
	if (count != nru->end[CLASSES - 1])
		return "nru: the size is wrong";
	if (nru->next != FRAME_NONE && !member[nru->next])
		return "nru: drew a frame that is not held";
	return NULL;
}

const struct policy_ops policy_nru = {
	.name = "nru",
	.about = "of the pages not referenced lately, rather a clean one, by "
		 "lot",
	.paper = "A. S. Tanenbaum, \"Operating systems: design and "
		 "implementation\", 1987",
	.frame_bytes = 8,
	.parameters = parameters,
	.knows = POLICY_REALISABLE,
	.draws = true,
	.create = nru_create,
	.destroy = nru_destroy,
	.insert = nru_insert,
	.evict = nru_evict,
	.peek = nru_peek,
	.remove = nru_remove,
	.check = nru_check,
};
