/*
 * seq: clock, until pages fault in sequence: then the page is taken that came
 * in DISTANCE pages ago in a long sequence, or the next one back that is still
 * there.  So a scan or a loop too large for memory eats its own tail.
 *
 *	a sequence that goes up, of LENGTH pages or more
 *	low                                high
 *	 |  resident  |  evicted  | DISTANCE |--> next fault
 *	              ^ victim
 *
 * A page fault
 *	next to the end of a sequence, in its direction, extends it;
 *	within one, cuts off its end from there on, and starts another;
 *	else starts one, of one page, which may come to go up or down.
 * Where it extends two, the one that was extended last goes on and the other
 * is forgotten, as is one that it runs into.  Of the sequences that are too
 * many, the one extended longest ago is forgotten, among those of up to LENGTH
 * pages, or if there are none of up to twice as many, and so on.
 *
 * Among the long sequences, the one whose RECENCY-th last fault is the latest
 * gives the victim, if it has a page to give.
 *
 * G. Glass, P. Cao, "Adaptive page replacement based on memory reference
 * behavior", SIGMETRICS 1997.
 * Class: realisable.  Not a stack algorithm.
 * Parameters (L, N and M there): length, 20 pages; recency, 5 faults;
 * distance, 20 pages; sequences, 200: the paper's.  bit_at_load, 1 by default.
 * Cost: 26 bytes a frame and 160 a sequence; O(sequences) a page-in, and
 * O(sequences * distance) an eviction, at worst.
 * Departures: the paper's is LRU as long as there are no sequences; this is
 * clock, as LRU can't be had.  A page-in counts once its victim is chosen.
 * What is next to a page is so in its store.
 *
 * Invariants
 * 1. Sequences do not overlap; low <= high.
 * 2. The frames in list S hold pages of sequence S, the newest the closest to
 *    its head; no page of a sequence is in memory and not in its list.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy/lists.h"

enum { LENGTH, RECENCY, DISTANCE, SEQUENCES };

enum { RECENCY_MOST = 16, NONE = LISTS_MAX };

static const struct policy_parameter parameters[] = {
	[LENGTH] = {"length", "pages of a long sequence", 20, 1, 1e6,
		POLICY_COUNT},
	[RECENCY] = {"recency", "which of its last faults counts", 5, 1,
		RECENCY_MOST, POLICY_COUNT},
	[DISTANCE] = {"distance", "pages from its head that are spared", 20, 0,
		1e6, POLICY_COUNT},
	[SEQUENCES] = {"sequences", "sequences that are kept", 200, 1, 250,
		POLICY_COUNT},
	{0},
};

enum direction { UNUSED, SINGLE, UP, DOWN };

struct sequence {
	uint64_t low, high;	      /* pages */
	uint64_t times[RECENCY_MOST]; /* of faults, the latest first */
	enum direction direction;
};

struct seq {
	struct policy policy;
	struct policy_config config;
	struct lists clock;	    /* one: the hand stands at the oldest */
	struct lists members;	    /* of the sequence of that number */
	struct sequence *sequences; /* [sequences_most] */
	uint64_t *key;		    /* [frames] of the page it holds */
	uint64_t faults;
	uint64_t length, distance;
	unsigned recency, sequences_most;
};

static struct seq *seq_of(struct policy *policy)
{
	return (struct seq *)policy;
}

static void seq_destroy(struct policy *policy)
{
	struct seq *seq = seq_of(policy);

	lists_fini(&seq->clock);
	lists_fini(&seq->members);
	free(seq->sequences);
	free(seq->key);
	free(seq);
}

static double value(const struct policy_config *config, unsigned parameter)
{
	return policy_value(&policy_seq, config, parameter);
}

static int seq_create(const struct policy_config *config, struct policy **out)
{
	struct seq *seq = calloc(1, sizeof(*seq));

	if (!seq)
		return -ENOMEM;
	seq->policy.ops = &policy_seq;
	seq->config = *config;
	seq->length = value(config, LENGTH);
	seq->recency = value(config, RECENCY);
	seq->distance = value(config, DISTANCE);
	seq->sequences_most = value(config, SEQUENCES);
	seq->sequences = calloc(seq->sequences_most, sizeof(*seq->sequences));
	seq->key = calloc(config->frames, sizeof(*seq->key));
	if (!seq->sequences || !seq->key ||
		lists_init(&seq->clock, config->frames, 1) ||
		lists_init(
			&seq->members, config->frames, seq->sequences_most)) {
		seq_destroy(&seq->policy);
		return -ENOMEM;
	}
	*out = &seq->policy;
	return 0;
}

static uint64_t length_of(const struct sequence *sequence)
{
	return sequence->high - sequence->low + 1;
}

static bool contains(const struct sequence *sequence, uint64_t page)
{
	return sequence->direction && sequence->low <= page &&
	       page <= sequence->high;
}

static bool goes_up_to(const struct sequence *sequence, uint64_t page)
{
	return (sequence->direction == UP || sequence->direction == SINGLE) &&
	       page > sequence->high && page - sequence->high == 1;
}

static bool goes_down_to(const struct sequence *sequence, uint64_t page)
{
	return (sequence->direction == DOWN || sequence->direction == SINGLE) &&
	       page < sequence->low && sequence->low - page == 1;
}

/* Those of its pages that are outside of it leave its list: the newest. */
static void trim(struct seq *seq, unsigned number)
{
	uint32_t frame;

	while ((frame = lists_newest(&seq->members, number)) != FRAME_NONE &&
		!contains(&seq->sequences[number], seq->key[frame]))
		lists_remove(&seq->members, frame);
}

static void forget(struct seq *seq, unsigned number)
{
	seq->sequences[number].direction = UNUSED;
	trim(seq, number);
}

/* The fault of PAGE, which is in FRAME, is the latest of a sequence. */
static void note(struct seq *seq, unsigned number, uint32_t frame)
{
	uint64_t *times = seq->sequences[number].times;

	memmove(times + 1, times, (RECENCY_MOST - 1) * sizeof(*times));
	times[0] = seq->faults;
	lists_push(&seq->members, number, frame);
}

/* The one extended longest ago, of those short enough. */
static unsigned oldest(const struct seq *seq)
{
	const struct sequence *sequences = seq->sequences;
	unsigned oldest = NONE, i;
	uint64_t most;

	for (most = seq->length; oldest == NONE; most *= 2)
		for (i = 0; i < seq->sequences_most; i++)
			if (length_of(&sequences[i]) <= most &&
				(oldest == NONE ||
					sequences[i].times[0] <
						sequences[oldest].times[0]))
				oldest = i;
	return oldest;
}

static void start(struct seq *seq, uint64_t page, uint32_t frame)
{
	unsigned number = 0;

	while (number < seq->sequences_most && seq->sequences[number].direction)
		number++;
	if (number == seq->sequences_most) {
		number = oldest(seq);
		forget(seq, number);
	}
	seq->sequences[number] = (struct sequence){
		.low = page, .high = page, .direction = SINGLE};
	note(seq, number, frame);
}

/* Cuts off what lies at the head from PAGE on, and PAGE; or all of it. */
static void cut(struct seq *seq, unsigned number, uint64_t page)
{
	struct sequence *sequence = &seq->sequences[number];

	if (page == (sequence->direction == DOWN ? sequence->high
						 : sequence->low)) {
		forget(seq, number);
		return;
	}
	if (sequence->direction == DOWN)
		sequence->low = page + 1;
	else
		sequence->high = page - 1;
	trim(seq, number);
}

static void extend(
	struct seq *seq, unsigned number, uint64_t page, uint32_t frame)
{
	struct sequence *sequence = &seq->sequences[number];

	if (page > sequence->high) {
		sequence->high = page;
		sequence->direction = UP;
	} else {
		sequence->low = page;
		sequence->direction = DOWN;
	}
	note(seq, number, frame);
}

/* The sequence that PAGE is in; NONE. */
static unsigned find_around(const struct seq *seq, uint64_t page)
{
	unsigned i;

	for (i = 0; i < seq->sequences_most; i++)
		if (contains(&seq->sequences[i], page))
			return i;
	return NONE;
}

/* The sequence that PAGE extends, or NONE; if there are two, the other one is
 * forgotten. */
static unsigned find_before(struct seq *seq, uint64_t page)
{
	const struct sequence *sequences = seq->sequences;
	unsigned found = NONE, other, i;

	for (i = 0; i < seq->sequences_most; i++) {
		if (!goes_up_to(&sequences[i], page) &&
			!goes_down_to(&sequences[i], page))
			continue;
		other = found;
		found = i;
		if (other == NONE)
			continue;
		if (sequences[other].times[0] > sequences[i].times[0]) {
			found = other;
			other = i;
		}
		forget(seq, other);
	}
	return found;
}

static void count_fault(struct seq *seq, uint64_t page, uint32_t frame)
{
	unsigned around = find_around(seq, page);
	unsigned before = find_before(seq, page);

	seq->faults++;
	if (before != NONE) {
		if (around != NONE)
			forget(seq, around);
		extend(seq, before, page, frame);
	} else if (around == NONE) {
		start(seq, page, frame);
	} else if (seq->sequences[around].direction == SINGLE) {
		note(seq, around, frame);
	} else {
		cut(seq, around, page);
		start(seq, page, frame);
	}
}

static void seq_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct seq *seq = seq_of(policy);

	seq->key[frame] = page->key;
	lists_push(&seq->clock, 0, frame);
	count_fault(seq, page->key, frame);
	if (!seq->config.bit_at_load)
		seq->config.harvest(seq->config.context, frame);
}

/* The latest page of a sequence that is far enough from its head. */
static uint32_t give(const struct seq *seq, unsigned number)
{
	const struct sequence *sequence = &seq->sequences[number];
	uint32_t frame = lists_newest(&seq->members, number);
	uint64_t page;

	for (; frame != FRAME_NONE; frame = lists_older(&seq->members, frame)) {
		page = seq->key[frame];
		if ((sequence->direction == DOWN
				    ? page - sequence->low
				    : sequence->high - page) >= seq->distance)
			break;
	}
	return frame;
}

/* What the long sequences give; FRAME_NONE: nothing. */
static uint32_t find_in_sequences(const struct seq *seq)
{
	const struct sequence *sequence;
	uint64_t latest = 0, time;
	uint32_t found = FRAME_NONE, frame;
	unsigned i;

	for (i = 0; i < seq->sequences_most; i++) {
		sequence = &seq->sequences[i];
		time = sequence->times[seq->recency - 1];
		if (!sequence->direction || time <= latest ||
			length_of(sequence) < seq->length)
			continue;
		frame = give(seq, i);
		if (frame == FRAME_NONE)
			continue;
		found = frame;
		latest = time;
	}
	return found;
}

/* Ends: a page that is spared has its bit cleared. */
static uint32_t seq_peek(struct policy *policy, uint8_t *rank_out)
{
	struct seq *seq = seq_of(policy);
	uint32_t frame = find_in_sequences(seq);

	(void)rank_out;
	if (frame != FRAME_NONE)
		return frame;
	while ((frame = lists_oldest(&seq->clock, 0)) != FRAME_NONE &&
		seq->config.harvest(seq->config.context, frame))
		lists_move(&seq->clock, 0, frame);
	return frame;
}

static void seq_remove(struct policy *policy, uint32_t frame)
{
	struct seq *seq = seq_of(policy);

	lists_remove(&seq->clock, frame);
	if (seq->members.in[frame])
		lists_remove(&seq->members, frame);
}

static uint32_t seq_evict(struct policy *policy)
{
	uint32_t frame = seq_peek(policy, NULL);

	if (frame != FRAME_NONE)
		seq_remove(policy, frame);
	return frame;
}

/* Invariant 1. */
static const char *check_sequences(const struct seq *seq)
{
	const struct sequence *sequence;
	unsigned i, j;

	for (i = 0; i < seq->sequences_most; i++) {
		sequence = &seq->sequences[i];
		if (!sequence->direction)
			continue;
		if (sequence->low > sequence->high)
			return "seq: a sequence ends before it starts";
		for (j = 0; j < i; j++)
			if (contains(&seq->sequences[j], sequence->low) ||
				contains(&seq->sequences[j], sequence->high))
				return "seq: two sequences overlap";
	}
	return NULL;
}

/* Invariant 2. */
static const char *check_members(const struct seq *seq, const uint8_t *member)
{
	const struct lists *lists = &seq->members;
	uint32_t frame, newer;
	uint64_t page;
	unsigned around;

	for (frame = 0; frame < lists->nodes; frame++) {
		if (!member[frame])
			continue;
		page = seq->key[frame];
		around = find_around(seq, page);
		if (lists->in[frame] != (around == NONE ? 0 : around + 1))
			return "seq: a page is not listed with its sequence";
		newer = around == NONE ? FRAME_NONE : lists_newer(lists, frame);
		if (newer != FRAME_NONE &&
			(seq->key[newer] > page) !=
				(seq->sequences[around].direction == UP))
			return "seq: pages are not in their sequence's order";
	}
	return NULL;
}

static const char *seq_check(const struct policy *policy, const uint8_t *member)
{
	const struct seq *seq = (const struct seq *)policy;
	const char *why = lists_check_members(&seq->clock, member);

	if (!why)
		why = lists_check(&seq->members);
	if (!why)
		why = check_sequences(seq);
	return why ? why : check_members(seq, member);
}

const struct policy_ops policy_seq = {
	.name = "seq",
	.about = "clock, but pages that came in in sequence go early",
	.paper =
		"G. Glass, P. Cao, \"Adaptive page replacement based on memory "
		"reference behavior\", SIGMETRICS 1997",
	.frame_bytes = 26,
	.parameters = parameters,
	.knows = POLICY_REALISABLE,
	.create = seq_create,
	.destroy = seq_destroy,
	.insert = seq_insert,
	.evict = seq_evict,
	.peek = seq_peek,
	.remove = seq_remove,
	.check = seq_check,
};
