/*
 * lru-hints: lru within ranks; of the lowest rank that has a page, the page
 * whose last reference is the oldest.
 *
 *   rank 0    what was called cold (until it is referenced again), and what
 *             was read ahead and not used yet
 *   rank 1    read-once pages
 *   rank 2..9 priority 0..7; pages without a hint have priority 4
 *
 * The short while in which a read-once page is used is over when RECENT
 * others were used since.  Until then it ranks as a page without a hint does:
 * a program that scans a tree goes back to the nodes above, and to the page
 * at hand after it has used others.
 *
 * Class: sees every reference.  A stack algorithm also when ranks change
 * over time, as long as they do not depend on the memory size: the pages,
 * ordered by (rank, last reference), are one list for all sizes.  Nor does a
 * short while depend on it: of the pages used since, none is evicted before.
 * Without a hint it is lru.  Parameters: none (the hints are the pager's).
 * Cost: 18 bytes a frame, O(1) a reference, O(ranks) an eviction; after
 * hints O(log frames) a frame that changed its rank, which keeps its age.
 *
 * Invariants: those of ranked.h, with a list a rank.
 */
#include <errno.h>
#include <stdlib.h>

#include "mm/policy/ranked.h"

struct hinted {
	struct policy policy;
	struct ranked ranked;
};

static struct hinted *hinted_of(struct policy *policy)
{
	return (struct hinted *)policy;
}

static void hinted_destroy(struct policy *policy)
{
	struct hinted *hinted = hinted_of(policy);

	ranked_fini(&hinted->ranked);
	free(hinted);
}

static int hinted_create(
	const struct policy_config *config, struct policy **out)
{
	struct hinted *hinted = calloc(1, sizeof(*hinted));

	if (!hinted)
		return -ENOMEM;
	if (ranked_init(&hinted->ranked, config->frames, 1)) {
		hinted_destroy(&hinted->policy);
		return -ENOMEM;
	}
	hinted->policy.ops = &policy_lru_hints;
	*out = &hinted->policy;
	return 0;
}

/* The frame, which is in no list, is referenced. */
static inline void use_frame(struct hinted *hinted, uint32_t frame)
{
	uint32_t over = ranked_use(&hinted->ranked, frame);

	if (over != FRAME_NONE)
		aged_move(&hinted->ranked.aged, over, RANK_ONCE);
}

static void hinted_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct hinted *hinted = hinted_of(policy);

	hinted->ranked.base[frame] = page->rank;
	use_frame(hinted, frame);
}

static void hinted_remove(struct policy *policy, uint32_t frame)
{
	ranked_remove(&hinted_of(policy)->ranked, frame);
}

static void hinted_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct hinted *hinted = hinted_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++) {
		ranked_remove(&hinted->ranked, references->frames[i]);
		use_frame(hinted, references->frames[i]);
	}
}

static uint32_t hinted_peek(struct policy *policy, uint8_t *rank_out)
{
	struct hinted *hinted = hinted_of(policy);
	uint32_t frame = FRAME_NONE;
	uint8_t rank;

	for (rank = 0; rank < RANKS && frame == FRAME_NONE; rank++) {
		frame = aged_oldest(&hinted->ranked.aged, rank);
		*rank_out = rank;
	}
	return frame;
}

static uint32_t hinted_evict(struct policy *policy)
{
	uint8_t rank;
	uint32_t frame = hinted_peek(policy, &rank);

	if (frame != FRAME_NONE)
		hinted_remove(policy, frame);
	return frame;
}

static void hinted_rank(
	struct policy *policy, uint32_t frame, uint8_t rank, bool cold)
{
	struct ranked *ranked = &hinted_of(policy)->ranked;

	ranked_hint(ranked, frame, rank, cold);
	if (ranked->aged.in[frame] != rank)
		aged_move(&ranked->aged, frame, rank);
}

static const char *hinted_check(
	const struct policy *policy, const uint8_t *member)
{
	uint32_t counts[AGED_LISTS_MAX];

	return ranked_check(
		&((const struct hinted *)policy)->ranked, member, counts);
}

const struct policy_ops policy_lru_hints = {
	.name = "lru-hints",
	.about = "lru within the ranks that hints give to pages",
	.frame_bytes = 18,
	.knows = POLICY_EVERY_REFERENCE,
	.is_stack = true,
	.takes_hints = true,
	.create = hinted_create,
	.destroy = hinted_destroy,
	.insert = hinted_insert,
	.reference = hinted_reference,
	.evict = hinted_evict,
	.peek = hinted_peek,
	.remove = hinted_remove,
	.rank = hinted_rank,
	.check = hinted_check,
};
