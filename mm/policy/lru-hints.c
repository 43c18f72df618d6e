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
 * hints O(log frames) a frame that changed its rank.
 *
 * A frame that changes its rank keeps its age.  It is put at the list's end
 * all the same, and the list is sorted when it next gives a victim: hints
 * come for many frames at once.
 *
 * Invariants
 * 1. Each frame held is in the list of its rank, linked both ways.
 * 2. A frame of another rank than its base is at RANK_FIRST (cold), or is
 *    one of the recent ones: its base is RANK_ONCE and its rank RANK_NORMAL.
 * 3. A list that is not marked as unsorted has its frames by last reference.
 */
#include "mm/policy/recent.h"

#include <errno.h>
#include <stdlib.h>

struct link {
	uint64_t used;	       /* number of the last reference */
	uint32_t newer, older; /* frames; the list's head closes the ring */
};

struct hinted {
	struct policy policy;
	struct link *links;   /* [frames + RANKS]: the heads come last */
	uint8_t *rank;	      /* [frames] the list it is in */
	uint8_t *base;	      /* [frames] the list it goes to when referenced */
	struct recent recent; /* read-once, in their short while */
	uint64_t references;
	uint32_t frames;
	bool unsorted[RANKS];
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
	hinted->links =
		calloc((size_t)config->frames + RANKS, sizeof(*hinted->links));
	hinted->rank = calloc(config->frames, 1);
	hinted->base = calloc(config->frames, 1);
	if (!hinted->links || !hinted->rank || !hinted->base) {
		hinted_destroy(&hinted->policy);
		return -ENOMEM;
	}
	for (head = config->frames; head < config->frames + RANKS; head++)
		hinted->links[head] = (struct link){0, head, head};
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

/* At the recent end of its rank's list. */
static void link_frame(struct hinted *hinted, uint32_t frame, uint8_t rank)
{
	uint32_t head = hinted->frames + rank;
	uint32_t older = hinted->links[head].older;
	struct link *link = &hinted->links[frame];

	hinted->rank[frame] = rank;
	link->newer = head;
	link->older = older;
	hinted->links[head].older = frame;
	hinted->links[older].newer = frame;
}

/* Two rows along `newer`, ended by FRAME_NONE, into one by last reference. */
static uint32_t merge(struct hinted *hinted, uint32_t a, uint32_t b)
{
	uint32_t first = FRAME_NONE;
	uint32_t *end = &first;

	while (a != FRAME_NONE && b != FRAME_NONE) {
		uint32_t *from =
			hinted->links[a].used < hinted->links[b].used ? &a : &b;

		*end = *from;
		end = &hinted->links[*from].newer;
		*from = *end;
	}
	*end = a != FRAME_NONE ? a : b;
	return first;
}

/* Merge sort; bins[i] holds a sorted row of 2^i frames, or none. */
static void sort_list(struct hinted *hinted, uint32_t head)
{
	struct link *links = hinted->links;
	uint32_t at = links[head].newer, older = head;
	uint32_t bins[32], next;
	unsigned i;

	for (i = 0; i < 32; i++)
		bins[i] = FRAME_NONE;
	for (; at != head; at = next) {
		next = links[at].newer;
		links[at].newer = FRAME_NONE;
		for (i = 0; bins[i] != FRAME_NONE; i++) {
			at = merge(hinted, bins[i], at);
			bins[i] = FRAME_NONE;
		}
		bins[i] = at;
	}
	for (at = FRAME_NONE, i = 0; i < 32; i++)
		at = merge(hinted, bins[i], at);
	for (; at != FRAME_NONE; older = at, at = links[at].newer) {
		links[older].newer = at;
		links[at].older = older;
	}
	links[older].newer = head;
	links[head].older = older;
	hinted->unsorted[head - hinted->frames] = false;
}

/* To another rank, with its age: it may be older than those it comes to. */
static void move_frame(struct hinted *hinted, uint32_t frame, uint8_t rank)
{
	uint32_t newest = hinted->links[hinted->frames + rank].older;

	unlink_frame(hinted, frame);
	if (hinted->links[newest].used > hinted->links[frame].used)
		hinted->unsorted[rank] = true;
	link_frame(hinted, frame, rank);
}

static void forget_recent(struct hinted *hinted, uint32_t frame)
{
	if (hinted->base[frame] == RANK_ONCE &&
		hinted->rank[frame] == RANK_NORMAL)
		recent_forget(&hinted->recent, frame);
}

/* The frame, which has just been linked, is the most recent. */
static void note_recent(struct hinted *hinted, uint32_t frame)
{
	uint32_t over = recent_note(&hinted->recent, frame);

	if (over != FRAME_NONE)
		move_frame(hinted, over, RANK_ONCE);
}

/* The frame, which is in no list, is referenced. */
static inline void use_frame(struct hinted *hinted, uint32_t frame)
{
	uint8_t base = hinted->base[frame];

	hinted->links[frame].used = ++hinted->references;
	link_frame(hinted, frame, base == RANK_ONCE ? RANK_NORMAL : base);
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
	unlink_frame(hinted, frame);
}

static void hinted_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct hinted *hinted = hinted_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++) {
		uint32_t frame = references->frames[i];

		forget_recent(hinted, frame);
		unlink_frame(hinted, frame);
		use_frame(hinted, frame);
	}
}

static uint32_t hinted_peek(struct policy *policy, uint8_t *rank_out)
{
	struct hinted *hinted = hinted_of(policy);
	uint32_t head;

	for (head = hinted->frames; head < hinted->frames + RANKS; head++) {
		if (hinted->links[head].newer == head)
			continue;
		if (hinted->unsorted[head - hinted->frames])
			sort_list(hinted, head);
		*rank_out = head - hinted->frames;
		return hinted->links[head].newer; /* the ring's other end */
	}
	return FRAME_NONE;
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
	if (hinted->rank[frame] != rank)
		move_frame(hinted, frame, rank);
}

/* One ring: links agree both ways, ranks are right. Adds to COUNT. */
static const char *check_ring(const struct hinted *hinted, uint8_t rank,
	const uint8_t *member, uint32_t *count)
{
	uint32_t head = hinted->frames + rank;
	uint64_t used = UINT64_MAX;
	uint32_t frame;

	for (frame = hinted->links[head].older; frame != head;
		frame = hinted->links[frame].older) {
		if (frame >= hinted->frames)
			return "lru-hints: a ring runs into another's head";
		if (hinted->links[hinted->links[frame].older].newer != frame)
			return "lru-hints: links do not agree";
		if (hinted->links[frame].used >= used &&
			!hinted->unsorted[rank])
			return "lru-hints: a list out of order";
		used = hinted->links[frame].used;
		if (hinted->rank[frame] != rank)
			return "lru-hints: a frame in another rank's ring";
		if (recent_has(&hinted->recent, frame) !=
			(hinted->base[frame] == RANK_ONCE &&
				rank == RANK_NORMAL))
			return "lru-hints: recent, or not, and should not be";
		if (rank != hinted->base[frame] && rank != RANK_FIRST &&
			!recent_has(&hinted->recent, frame))
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
