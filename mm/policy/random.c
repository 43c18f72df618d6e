/*
 * random: evicts any page, each as likely as the others.  What a policy that
 * knows something should do better than.
 *
 *	held: [ 4 | 0 | 7 | 2 | 5 ]     the lot is drawn among these
 *	            ^-- leaves: the last one takes its place
 *
 * L. A. Belady, "A study of replacement algorithms for a virtual-storage
 * computer", IBM Systems Journal 5(2), 1966.
 * Class: realisable; it looks at no bits.  Not a stack algorithm.
 * Parameters: none but the seed.  Cost: 8 bytes a frame, O(1).
 * Departure: none.
 *
 * Invariant: at[held[i]] == i for each i < size.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/draw.h"

struct lots {
	struct policy policy;
	uint32_t *held; /* [frames] the first SIZE are */
	uint32_t *at;	/* [frames] place in held; FRAME_NONE: not held */
	uint32_t frames, size;
	uint32_t next; /* the victim, if it was drawn already; FRAME_NONE */
	uint64_t random;
};

static void lots_destroy(struct policy *policy)
{
	struct lots *lots = (struct lots *)policy;

	free(lots->held);
	free(lots->at);
	free(lots);
}

static int lots_create(const struct policy_config *config, struct policy **out)
{
	struct lots *lots = calloc(1, sizeof(*lots));
	uint32_t frame;

	if (!lots)
		return -ENOMEM;
	lots->policy.ops = &policy_random;
	lots->frames = config->frames;
	lots->next = FRAME_NONE;
	lots->random = policy_seed(config);
	lots->held = calloc(config->frames, sizeof(*lots->held));
	lots->at = calloc(config->frames, sizeof(*lots->at));
	if (!lots->held || !lots->at) {
		lots_destroy(&lots->policy);
		return -ENOMEM;
	}
	for (frame = 0; frame < config->frames; frame++)
		lots->at[frame] = FRAME_NONE;
	*out = &lots->policy;
	return 0;
}

/* A victim drawn before does not stand: the new page may be it too. */
static void lots_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct lots *lots = (struct lots *)policy;

	(void)page;
	lots->at[frame] = lots->size;
	lots->held[lots->size++] = frame;
	lots->next = FRAME_NONE;
}

static uint32_t lots_peek(struct policy *policy, uint8_t *rank_out)
{
	struct lots *lots = (struct lots *)policy;

	(void)rank_out;
	if (lots->next == FRAME_NONE && lots->size)
		lots->next = lots->held[policy_draw(&lots->random, lots->size)];
	return lots->next;
}

static void lots_remove(struct policy *policy, uint32_t frame)
{
	struct lots *lots = (struct lots *)policy;
	uint32_t last = lots->held[--lots->size];

	lots->held[lots->at[frame]] = last;
	lots->at[last] = lots->at[frame];
	lots->at[frame] = FRAME_NONE;
	if (lots->next == frame)
		lots->next = FRAME_NONE;
}

static uint32_t lots_evict(struct policy *policy)
{
	uint32_t frame = lots_peek(policy, NULL);

	if (frame != FRAME_NONE)
		lots_remove(policy, frame);
	return frame;
}

static const char *lots_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct lots *lots = (const struct lots *)policy;
	uint32_t frame, count = 0;

	for (frame = 0; frame < lots->frames; frame++) {
		if (!!member[frame] != (lots->at[frame] != FRAME_NONE))
			return "random: frames held are not the frames given";
		if (!member[frame])
			continue;
		count++;
		if (lots->at[frame] >= lots->size ||
			lots->held[lots->at[frame]] != frame)
			return "random: a frame is not where it should be";
	}
	if (count != lots->size)
		return "random: the size is wrong";
	if (lots->next != FRAME_NONE && !member[lots->next])
		return "random: drew a frame that is not held";
	return NULL;
}

const struct policy_ops policy_random = {
	.name = "random",
	.about = "any page, by lot",
	.paper = "L. A. Belady, \"A study of replacement algorithms for a "
		 "virtual-storage computer\", IBM Systems Journal 5(2), 1966",
	.frame_bytes = 8,
	.knows = POLICY_REALISABLE,
	.draws = true,
	.create = lots_create,
	.destroy = lots_destroy,
	.insert = lots_insert,
	.evict = lots_evict,
	.peek = lots_peek,
	.remove = lots_remove,
	.check = lots_check,
};
