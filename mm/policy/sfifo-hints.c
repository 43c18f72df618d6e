/*
 * sfifo-hints: what lru-hints does, as far as faults alone can tell: segmented
 * FIFO within the ranks that hints give to pages.
 *
 *	            first (FIFO)    second (unmapped)
 *	rank 9         o o o           o o
 *	   ...
 *	rank 2         o o             o o     --> victim: of the lowest rank,
 *	rank 1, once                   o o         the second's oldest, or else
 *	rank 0                         o           the first's; if it is not
 *	                                           in hand
 *
 * Ranks are those of lru-hints, and so is the short while of a read-once page.
 * A page that comes in, or is used in the second list, goes to the first list
 * of its rank.  All first lists together have as many pages as sfifo's has.
 * If there is one more, one falls into the second list of its rank.  If a page
 * came in, it is the oldest of the lowest rank that has more pages in the first
 * list than in the second, or, if there is none, of the lowest that has any: of
 * those that go soon it must be known which are used.  If one came back, it is
 * the oldest of all ranks: few pages of a low rank, all of them in use, would
 * fault in turn for ever.
 *
 * What is called cold, and a read-once page whose short while is over, is
 * unmapped at once: its next use ends that, and must be seen.
 *
 * In hand are the IN_HAND pages that came in, or back, last, of a priority:
 * they go if there are no others.  Where hints hold more than there is memory,
 * the pages of low ranks would have no frame but the last one's, and each
 * instruction would fault for all that it and those around it use.
 *
 * R. Turner, H. Levy, "Segmented FIFO page replacement", SIGMETRICS 1981; the
 * ranks are this project's.  Without a hint it is sfifo.
 * Class: realisable.  Not a stack algorithm.
 * Parameter: second, size of the second lists, 33 % of the frames; one page at
 * least is in a first one.  Cost: 18 bytes a frame, O(ranks) a fault; after
 * hints O(log frames) a frame that changed its rank, which keeps its age.
 *
 * Invariants: those of ranked.h, with two lists a rank, and
 * 1. Lists' sizes are right.
 * 2. There are first_most pages in first lists at most; of RANK_ONCE none.
 * 3. No page of a second list is mapped.
 */
#include <errno.h>
#include <stdlib.h>

#include "mm/policy/ranked.h"

enum {
	SECOND = RANKS, /* the first lists come first */
	LISTS = 2 * RANKS,
	IN_HAND = 16,	/* pages: what a loop uses at a time */
	HAND_SHARE = 4, /* in a small memory, one of so many frames */
};

static const struct policy_parameter parameters[] = {
	{"second", "size of the second lists", 0.33, 0, 1, POLICY_SHARE},
	{0},
};

struct segmented {
	struct policy policy;
	struct policy_config config;
	struct ranked ranked;
	uint32_t size[LISTS];
	uint32_t first; /* pages in first lists */
	uint32_t first_most;
	uint32_t in_hand; /* pages that were used last */
};

static struct segmented *segmented_of(struct policy *policy)
{
	return (struct segmented *)policy;
}

static void segmented_destroy(struct policy *policy)
{
	struct segmented *segmented = segmented_of(policy);

	ranked_fini(&segmented->ranked);
	free(segmented);
}

static int segmented_create(
	const struct policy_config *config, struct policy **out)
{
	struct segmented *segmented = calloc(1, sizeof(*segmented));
	uint32_t second =
		policy_value(&policy_sfifo_hints, config, 0) * config->frames;

	if (!segmented)
		return -ENOMEM;
	if (ranked_init(&segmented->ranked, config->frames, LISTS / RANKS)) {
		segmented_destroy(&segmented->policy);
		return -ENOMEM;
	}
	segmented->policy.ops = &policy_sfifo_hints;
	segmented->config = *config;
	segmented->first_most =
		second < config->frames ? config->frames - second : 1;
	segmented->in_hand = config->frames / HAND_SHARE;
	if (segmented->in_hand > IN_HAND)
		segmented->in_hand = IN_HAND;
	*out = &segmented->policy;
	return 0;
}

static bool is_waiting(const struct segmented *segmented, uint32_t frame)
{
	return segmented->ranked.aged.in[frame] >= SECOND;
}

static void count_in(struct segmented *segmented, uint8_t list)
{
	segmented->size[list]++;
	segmented->first += list < SECOND;
}

static void count_out(struct segmented *segmented, uint8_t list)
{
	segmented->size[list]--;
	segmented->first -= list < SECOND;
}

static void move_frame(
	struct segmented *segmented, uint32_t frame, uint8_t list)
{
	if (segmented->ranked.aged.in[frame] == list)
		return;
	count_out(segmented, segmented->ranked.aged.in[frame]);
	count_in(segmented, list);
	aged_move(&segmented->ranked.aged, frame, list);
}

/* To the second list of RANK, unmapped. */
static void let_wait(struct segmented *segmented, uint32_t frame, uint8_t rank)
{
	bool waits = is_waiting(segmented, frame);

	move_frame(segmented, frame, SECOND + rank);
	if (!waits)
		segmented->config.unmap(segmented->config.context, frame);
}

/* FRAME, which is in no list, is used: to the first one of its rank. */
static void use_frame(struct segmented *segmented, uint32_t frame)
{
	uint32_t over = ranked_use(&segmented->ranked, frame);

	count_in(segmented, segmented->ranked.aged.in[frame]);
	if (over != FRAME_NONE)
		let_wait(segmented, over, RANK_ONCE);
}

/* Which falls, as USED came in; that stays mapped, or its use would never be
 * done. */
static uint32_t next_to_fall(struct segmented *segmented, uint32_t used)
{
	const uint32_t *size = segmented->size;
	uint32_t falls = FRAME_NONE, oldest;
	uint8_t rank;

	for (rank = 0; rank < RANKS; rank++) {
		oldest = aged_oldest(&segmented->ranked.aged, rank);
		if (oldest == FRAME_NONE || oldest == used)
			continue;
		if (size[rank] > size[SECOND + rank])
			return oldest;
		if (falls == FRAME_NONE)
			falls = oldest;
	}
	return falls;
}

/* Of all ranks. */
static uint32_t oldest_mapped(struct segmented *segmented)
{
	const struct aged_link *links = segmented->ranked.aged.links;
	uint32_t falls = FRAME_NONE, oldest;
	uint8_t rank;

	for (rank = 0; rank < RANKS; rank++) {
		oldest = aged_oldest(&segmented->ranked.aged, rank);
		if (oldest != FRAME_NONE &&
			(falls == FRAME_NONE ||
				links[oldest].used < links[falls].used))
			falls = oldest;
	}
	return falls;
}

static void let_fall(struct segmented *segmented, uint32_t frame)
{
	let_wait(segmented, frame, segmented->ranked.aged.in[frame]);
}

/* What comes in with RANK_FIRST was read ahead, or is cold still. */
static void segmented_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct segmented *segmented = segmented_of(policy);

	segmented->ranked.base[frame] = page->rank;
	use_frame(segmented, frame);
	if (page->rank == RANK_FIRST)
		let_wait(segmented, frame, RANK_FIRST);
	if (segmented->first > segmented->first_most)
		let_fall(segmented, next_to_fall(segmented, frame));
}

static void segmented_remove(struct policy *policy, uint32_t frame)
{
	struct segmented *segmented = segmented_of(policy);

	count_out(segmented, segmented->ranked.aged.in[frame]);
	ranked_remove(&segmented->ranked, frame);
}

static void segmented_touch(struct policy *policy, uint32_t frame)
{
	struct segmented *segmented = segmented_of(policy);

	if (!is_waiting(segmented, frame))
		return;
	segmented_remove(policy, frame);
	use_frame(segmented, frame);
	if (segmented->first > segmented->first_most)
		let_fall(segmented, oldest_mapped(segmented));
}

static bool is_in_hand(const struct segmented *segmented, uint32_t frame)
{
	const struct aged *aged = &segmented->ranked.aged;

	return ranked_rank(&segmented->ranked, frame) >= RANK_PRIORITY &&
	       aged->uses - aged->links[frame].used < segmented->in_hand;
}

/* The first of LIST to go, of those that are IN_HAND or not. */
static uint32_t first_of(
	struct segmented *segmented, unsigned list, bool in_hand)
{
	uint32_t frame = aged_oldest(&segmented->ranked.aged, list);

	/* those in hand are the newest of a list */
	if (frame != FRAME_NONE && is_in_hand(segmented, frame) != in_hand)
		return FRAME_NONE;
	return frame;
}

static uint32_t first_to_go(
	struct segmented *segmented, bool in_hand, uint8_t *rank_out)
{
	uint32_t frame = FRAME_NONE;
	uint8_t rank;

	for (rank = 0; rank < RANKS && frame == FRAME_NONE; rank++) {
		frame = first_of(segmented, SECOND + rank, in_hand);
		if (frame == FRAME_NONE)
			frame = first_of(segmented, rank, in_hand);
		*rank_out = rank;
	}
	return frame;
}

static uint32_t segmented_peek(struct policy *policy, uint8_t *rank_out)
{
	struct segmented *segmented = segmented_of(policy);
	uint32_t frame = first_to_go(segmented, false, rank_out);

	return frame != FRAME_NONE ? frame
				   : first_to_go(segmented, true, rank_out);
}

static uint32_t segmented_evict(struct policy *policy)
{
	uint8_t rank;
	uint32_t frame = segmented_peek(policy, &rank);

	if (frame != FRAME_NONE)
		segmented_remove(policy, frame);
	return frame;
}

static void segmented_rank(
	struct policy *policy, uint32_t frame, uint8_t rank, bool cold)
{
	struct segmented *segmented = segmented_of(policy);

	ranked_hint(&segmented->ranked, frame, rank, cold);
	if (rank <= RANK_ONCE || is_waiting(segmented, frame))
		let_wait(segmented, frame, rank);
	else
		move_frame(segmented, frame, rank);
}

/* Of LIST, the oldest first, into FRAMES; returns how many. */
static uint32_t list_upcoming(struct segmented *segmented, unsigned list,
	bool in_hand, uint32_t *frames, uint32_t most)
{
	uint32_t frame = aged_oldest(&segmented->ranked.aged, list);
	uint32_t count = 0;

	for (; count < most && frame != FRAME_NONE;
		frame = aged_newer(&segmented->ranked.aged, frame))
		if (is_in_hand(segmented, frame) == in_hand)
			frames[count++] = frame;
	return count;
}

static uint32_t segmented_upcoming(
	struct policy *policy, uint32_t *frames, uint32_t most)
{
	struct segmented *segmented = segmented_of(policy);
	uint32_t count = 0, i;
	uint8_t rank;

	for (i = 0; i < 2 * RANKS; i++) {
		rank = i % RANKS;
		count += list_upcoming(segmented, SECOND + rank, i >= RANKS,
			frames + count, most - count);
		count += list_upcoming(segmented, rank, i >= RANKS,
			frames + count, most - count);
	}
	return count;
}

static const char *segmented_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct segmented *segmented = (const struct segmented *)policy;
	uint32_t counts[AGED_LISTS_MAX], first = 0, i;
	const char *why = ranked_check(&segmented->ranked, member, counts);

	for (i = 0; i < LISTS && !why; i++) {
		if (counts[i] != segmented->size[i])
			why = "sfifo-hints: a list's size is wrong";
		first += i < SECOND ? counts[i] : 0;
	}
	if (why)
		return why;
	if (first != segmented->first || first > segmented->first_most)
		return "sfifo-hints: too many pages in the first lists";
	if (segmented->size[RANK_ONCE])
		return "sfifo-hints: a read-once page that is not unmapped";
	return NULL;
}

const struct policy_ops policy_sfifo_hints = {
	.name = "sfifo-hints",
	.about = "sfifo within the ranks that hints give to pages",
	.paper = "R. Turner, H. Levy, \"Segmented FIFO page replacement\", "
		 "SIGMETRICS 1981",
	.frame_bytes = 18,
	.parameters = parameters,
	.knows = POLICY_REALISABLE,
	.takes_hints = true,
	.create = segmented_create,
	.destroy = segmented_destroy,
	.insert = segmented_insert,
	.touch = segmented_touch,
	.evict = segmented_evict,
	.peek = segmented_peek,
	.remove = segmented_remove,
	.rank = segmented_rank,
	.upcoming = segmented_upcoming,
	.check = segmented_check,
};
