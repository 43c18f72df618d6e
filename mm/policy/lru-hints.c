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
 * Invariants
 * 1. Each frame held is in the list of its rank (aged.h).
 * 2. A frame of another rank than its base is at RANK_FIRST (cold), or is
 *    one of the recent ones: its base is RANK_ONCE and its rank RANK_NORMAL.
 */
#include <errno.h>
#include <stdlib.h>

#include "mm/policy/aged.h"
#include "mm/policy/recent.h"

struct hinted {
	struct policy policy;
	struct aged aged;     /* a list a rank */
	uint8_t *base;	      /* [frames] the rank it has when referenced */
	struct recent recent; /* read-once, in their short while */
};

static struct hinted *hinted_of(struct policy *policy)
{
	return (struct hinted *)policy;
}

static void hinted_destroy(struct policy *policy)
{
	struct hinted *hinted = hinted_of(policy);

	aged_fini(&hinted->aged);
	free(hinted->base);
	free(hinted);
}

static int hinted_create(
	const struct policy_config *config, struct policy **out)
{
	struct hinted *hinted = calloc(1, sizeof(*hinted));

	if (!hinted)
		return -ENOMEM;
	hinted->base = calloc(config->frames, 1);
	if (!hinted->base || aged_init(&hinted->aged, config->frames, RANKS)) {
		hinted_destroy(&hinted->policy);
		return -ENOMEM;
	}
	hinted->policy.ops = &policy_lru_hints;
	*out = &hinted->policy;
	return 0;
}

static void forget_recent(struct hinted *hinted, uint32_t frame)
{
	if (hinted->base[frame] == RANK_ONCE &&
		hinted->aged.in[frame] == RANK_NORMAL)
		recent_forget(&hinted->recent, frame);
}

/* The frame, which has just been linked, is the most recent. */
static void note_recent(struct hinted *hinted, uint32_t frame)
{
	uint32_t over = recent_note(&hinted->recent, frame);

	if (over != FRAME_NONE)
		aged_move(&hinted->aged, over, RANK_ONCE);
}

/* The frame, which is in no list, is referenced. */
static inline void use_frame(struct hinted *hinted, uint32_t frame)
{
	uint8_t base = hinted->base[frame];

	aged_use(&hinted->aged, frame, base == RANK_ONCE ? RANK_NORMAL : base);
	if (base == RANK_ONCE)
		note_recent(hinted, frame);
}

static void hinted_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct hinted *hinted = hinted_of(policy);

	hinted->base[frame] = page->rank;
	use_frame(hinted, frame);
}

static void hinted_remove(struct policy *policy, uint32_t frame)
{
	struct hinted *hinted = hinted_of(policy);

	forget_recent(hinted, frame);
	aged_remove(&hinted->aged, frame);
}

static void hinted_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct hinted *hinted = hinted_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++) {
		uint32_t frame = references->frames[i];

		forget_recent(hinted, frame);
		aged_remove(&hinted->aged, frame);
		use_frame(hinted, frame);
	}
}

static uint32_t hinted_peek(struct policy *policy, uint8_t *rank_out)
{
	struct hinted *hinted = hinted_of(policy);
	uint32_t frame = FRAME_NONE;
	uint8_t rank;

	for (rank = 0; rank < RANKS && frame == FRAME_NONE; rank++) {
		frame = aged_oldest(&hinted->aged, rank);
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
	struct hinted *hinted = hinted_of(policy);

	forget_recent(hinted, frame);
	if (!cold)
		hinted->base[frame] = rank;
	if (hinted->aged.in[frame] != rank)
		aged_move(&hinted->aged, frame, rank);
}

static const char *check_frame(const struct hinted *hinted, uint32_t frame)
{
	uint8_t rank = hinted->aged.in[frame], base = hinted->base[frame];
	bool recent = recent_has(&hinted->recent, frame);

	if (recent != (base == RANK_ONCE && rank == RANK_NORMAL))
		return "lru-hints: recent, or not, and should not be";
	if (rank != base && rank != RANK_FIRST && !recent)
		return "lru-hints: neither at its base nor cold";
	return NULL;
}

static const char *hinted_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct hinted *hinted = (const struct hinted *)policy;
	uint32_t held = 0, expected = 0;
	const char *why = NULL;
	uint32_t i;

	for (i = 0; i < RANKS && !why; i++)
		why = aged_check(&hinted->aged, i, member, &held);
	for (i = 0; i < hinted->aged.frames && !why; i++) {
		expected += !!member[i];
		if (member[i])
			why = check_frame(hinted, i);
	}
	if (!why && held != expected)
		why = "lru-hints: has lost a frame";
	return why;
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
