/*
 * lru-hints: lru within ranks; of the lowest rank that has a page, the page
 * whose last reference is the oldest.
 *
 *   rank 0    first to go: read-once pages, and what was called cold (until
 *             it is referenced again)
 *   rank 1..8 priority 0..7; pages without a hint have priority 4
 *
 * Class: sees every reference.  A stack algorithm also when ranks change
 * over time, as long as they do not depend on the memory size: the pages,
 * ordered by (rank, last reference), are one list for all sizes.
 * Without a hint it is lru.  Parameters: none (the hints are the pager's).
 * Cost: 10 bytes a frame, O(1) a reference, O(ranks) an eviction.
 *
 * Invariants
 * 1. Each frame held is in the list of its rank, linked both ways.
 * 2. A frame of another rank than its base is at RANK_FIRST (cold).
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

struct link {
	uint32_t newer, older; /* frames; the list's head closes the ring */
};

struct hinted {
	struct policy policy;
	struct link *links; /* [frames + RANKS]: the heads come last */
	uint8_t *rank;	    /* [frames] the list it is in */
	uint8_t *base;	    /* [frames] the list it goes to when referenced */
	uint32_t frames;
};

static struct hinted *hinted_of(struct policy *policy)
{
	return (struct hinted *)policy;
}

static void hinted_destroy(struct policy *policy)
{
	struct hinted *hinted = hinted_of(policy);

	free(hinted->links);
	free(hinted->rank);
	free(hinted->base);
	free(hinted);
}

static int hinted_create(
	const struct policy_config *config, struct policy **out)
{
	struct hinted *hinted = calloc(1, sizeof(*hinted));
	uint32_t head;

	if (!hinted)
		return -ENOMEM;
	hinted->frames = config->frames;
	hinted->links = calloc(
		(size_t)config->frames + RANKS, sizeof(*hinted->links));
	hinted->rank = calloc(config->frames, 1);
	hinted->base = calloc(config->frames, 1);
	if (!hinted->links || !hinted->rank || !hinted->base) {
		hinted_destroy(&hinted->policy);
		return -ENOMEM;
	}
	for (head = config->frames; head < config->frames + RANKS; head++)
		hinted->links[head] = (struct link){head, head};
	hinted->policy.ops = &policy_lru_hints;
	*out = &hinted->policy;
	return 0;
}

static void unlink_frame(struct hinted *hinted, uint32_t frame)
{
	struct link *link = &hinted->links[frame];

	hinted->links[link->newer].older = link->older;
	hinted->links[link->older].newer = link->newer;
}

/* As the most recent of its rank. */
static void link_frame(struct hinted *hinted, uint32_t frame, uint8_t rank)
{
	uint32_t head = hinted->frames + rank;
	uint32_t older = hinted->links[head].older;

	hinted->rank[frame] = rank;
	hinted->links[frame] = (struct link){head, older};
	hinted->links[head].older = frame;
	hinted->links[older].newer = frame;
}

static void hinted_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	hinted_of(policy)->base[frame] = page->rank;
	link_frame(hinted_of(policy), frame, page->rank);
}

static void hinted_remove(struct policy *policy, uint32_t frame)
{
	unlink_frame(hinted_of(policy), frame);
}

static void hinted_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct hinted *hinted = hinted_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++) {
		uint32_t frame = references->frames[i];

		unlink_frame(hinted, frame);
		link_frame(hinted, frame, hinted->base[frame]);
	}
}

static uint32_t hinted_evict(struct policy *policy)
{
	struct hinted *hinted = hinted_of(policy);
	uint32_t head, frame;

	for (head = hinted->frames; head < hinted->frames + RANKS; head++) {
		frame = hinted->links[head].newer; /* the ring's other end */
		if (frame == head)
			continue;
		unlink_frame(hinted, frame);
		return frame;
	}
	return FRAME_NONE;
}

static void hinted_rank(
	struct policy *policy, uint32_t frame, uint8_t rank, bool cold)
{
	struct hinted *hinted = hinted_of(policy);

	if (!cold)
		hinted->base[frame] = rank;
	unlink_frame(hinted, frame);
	link_frame(hinted, frame, rank);
}

/* One ring: links agree both ways, ranks are right. Adds to COUNT. */
static const char *check_ring(const struct hinted *hinted, uint8_t rank,
	const uint8_t *member, uint32_t *count)
{
	uint32_t head = hinted->frames + rank;
	uint32_t frame;

	for (frame = hinted->links[head].older; frame != head;
		frame = hinted->links[frame].older) {
		if (frame >= hinted->frames)
			return "lru-hints: a ring runs into another's head";
		if (hinted->links[hinted->links[frame].older].newer != frame)
			return "lru-hints: links do not agree";
		if (hinted->rank[frame] != rank)
			return "lru-hints: a frame in another rank's ring";
		if (rank != hinted->base[frame] && rank != RANK_FIRST)
			return "lru-hints: neither at its base nor cold";
		if (!member[frame])
			return "lru-hints: holds a frame it was not given";
		if (++*count > hinted->frames)
			return "lru-hints: more frames than there are";
	}
	return NULL;
}

static const char *hinted_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct hinted *hinted = (const struct hinted *)policy;
	uint32_t held = 0, expected = 0;
	const char *why;
	uint32_t i;

	for (i = 0; i < RANKS; i++) {
		why = check_ring(hinted, i, member, &held);
		if (why)
			return why;
	}
	for (i = 0; i < hinted->frames; i++)
		expected += !!member[i];
	return held == expected ? NULL : "lru-hints: has lost a frame";
}

const struct policy_ops policy_lru_hints = {
	.name = "lru-hints",
	.about = "lru within the ranks that hints give to pages",
	.knows = POLICY_EVERY_REFERENCE,
	.takes_hints = true,
	.create = hinted_create,
	.destroy = hinted_destroy,
	.insert = hinted_insert,
	.reference = hinted_reference,
	.evict = hinted_evict,
	.remove = hinted_remove,
	.rank = hinted_rank,
	.check = hinted_check,
};
