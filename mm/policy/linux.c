/*
 * linux: two lists, as in the Linux kernel.  Pages come into the inactive one
 * and have to be found referenced there twice to become active; the mark that
 * they were found once stays while they are active, and after.  A page that
 * comes back is active at once if it would have stayed in had the active list
 * been given up for it: that is what its refault distance tells.
 *
 *	            .-- referenced again --------.
 *	            |                            v
 *	new --> inactive <--oldest, unlooked-- active
 *	          |  ^ referenced once: another round
 *	          `-> victim; its ghost keeps the age
 *
 * The age of the lists counts pages evicted and pages made active: each moves
 * the pages of the inactive list one place on.  So
 *
 *	refault distance = age now - age at the eviction
 *
 * is how many more places the page would have needed: it takes them from the
 * active list if distance <= pages active.
 *
 * J. Weiner, mm/workingset.c and mm/vmscan.c of Linux (3.15, 2014, and on; the
 * rules for what is found referenced are those since 5.9, 2020).
 * Class: realisable.  Not a stack algorithm.
 * Parameters: ratio, of the active list to the inactive one above which active
 * pages are made inactive, 1 (Linux: 1 below 1 GiB, the root of ten times the
 * GiB above); bit_at_load, 1 by default, as there.
 * Cost: 51 to 55 bytes a frame; each page scanned O(1).
 * Departures: one page is looked for at a time, not 32.  All pages are of one
 * kind: not of files and anonymous, nor of programs' text, which Linux spares.
 * Ghosts are forgotten after as many evictions as there are frames: their
 * distance is above any length of the active list then.
 *
 * Invariant: there are as many ghosts as frames at most.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/ghosts.h"

enum { INACTIVE, ACTIVE, LISTS };

static const struct policy_parameter parameters[] = {
	{"ratio", "active pages an inactive one", 1, 0, 1000, POLICY_PLAIN},
	{0},
};

struct two {
	struct policy policy;
	struct policy_config config;
	struct lists lists;
	struct ghosts ghosts; /* one list */
	uint64_t *evicted;    /* [frames] the age then, by ghost */
	uint64_t *key;	      /* [frames] of the page it holds */
	bool *once;	      /* [frames] found referenced, inactive */
	uint64_t age;
	double ratio;
};

static struct two *two_of(struct policy *policy)
{
	return (struct two *)policy;
}

static void two_destroy(struct policy *policy)
{
	struct two *two = two_of(policy);

	lists_fini(&two->lists);
	ghosts_fini(&two->ghosts);
	free(two->evicted);
	free(two->key);
	free(two->once);
	free(two);
}

static int two_create(const struct policy_config *config, struct policy **out)
{
	struct two *two = calloc(1, sizeof(*two));

	if (!two)
		return -ENOMEM;
	two->policy.ops = &policy_linux;
	two->config = *config;
	two->ratio = policy_value(&policy_linux, config, 0);
	two->evicted = calloc(config->frames, sizeof(*two->evicted));
	two->key = calloc(config->frames, sizeof(*two->key));
	two->once = calloc(config->frames, sizeof(*two->once));
	if (!two->evicted || !two->key || !two->once ||
		lists_init(&two->lists, config->frames, LISTS) ||
		ghosts_init(&two->ghosts, config->frames, 1)) {
		two_destroy(&two->policy);
		return -ENOMEM;
	}
	*out = &two->policy;
	return 0;
}

static void two_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct two *two = two_of(policy);
	uint32_t ghost = ghosts_find(&two->ghosts, page->key);
	unsigned list = INACTIVE;

	if (ghost != FRAME_NONE) {
		if (two->age - two->evicted[ghost] <= two->lists.size[ACTIVE]) {
			list = ACTIVE;
			two->age++;
		}
		ghosts_remove(&two->ghosts, ghost);
	}
	two->key[frame] = page->key;
	two->once[frame] = false;
	lists_push(&two->lists, list, frame);
	if (!two->config.bit_at_load)
		two->config.harvest(two->config.context, frame);
}

/* Active pages become inactive, whether they were referenced or not. */
static void balance(struct two *two)
{
	struct lists *lists = &two->lists;
	uint32_t frame;

	while (lists->size[INACTIVE] * two->ratio < lists->size[ACTIVE]) {
		frame = lists_oldest(lists, ACTIVE);
		two->config.harvest(two->config.context, frame);
		lists_move(lists, INACTIVE, frame);
	}
}

/* Ends: a page becomes active, or its bit is clear when it comes round. */
static uint32_t two_peek(struct policy *policy, uint8_t *rank_out)
{
	struct two *two = two_of(policy);
	struct lists *lists = &two->lists;
	uint32_t frame;

	(void)rank_out;
	for (;;) {
		balance(two);
		frame = lists_oldest(lists, INACTIVE);
		if (frame == FRAME_NONE)
			return FRAME_NONE;
		if (!two->config.harvest(two->config.context, frame))
			break;
		lists_move(lists, two->once[frame] ? ACTIVE : INACTIVE, frame);
		two->age += two->once[frame];
		two->once[frame] = true;
	}
	two->once[frame] = false;
	return frame;
}

static void two_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&two_of(policy)->lists, frame);
}

static uint32_t two_evict(struct policy *policy)
{
	struct two *two = two_of(policy);
	uint32_t frame = two_peek(policy, NULL);
	uint32_t ghost;

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	ghost = ghosts_keep(
		&two->ghosts, 0, two->key[frame], two->config.frames);
	two->evicted[ghost] = two->age++;
	two_remove(policy, frame);
	return frame;
}

static const char *two_check(const struct policy *policy, const uint8_t *member)
{
	const struct two *two = (const struct two *)policy;
	const char *why = lists_check_members(&two->lists, member);

	if (!why)
		why = ghosts_check(&two->ghosts);
	if (!why && ghosts_size(&two->ghosts, 0) > two->config.frames)
		why = "linux: too many ghosts";
	return why;
}

const struct policy_ops policy_linux = {
	.name = "linux",
	.about = "active and inactive list; ghosts tell the refault distance",
	.paper = "J. Weiner, mm/workingset.c and mm/vmscan.c of Linux, since "
		 "5.9, 2020",
	.frame_bytes = 55,
	.parameters = parameters,
	.knows = POLICY_REALISABLE,
	.create = two_create,
	.destroy = two_destroy,
	.insert = two_insert,
	.evict = two_evict,
	.peek = two_peek,
	.remove = two_remove,
	.check = two_check,
};
