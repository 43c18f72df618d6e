/*
 * opt: evicts the page whose next use lies furthest ahead.
 *
 * Class: oracle.  A stack algorithm.  L. A. Belady, "A study of replacement
 * algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966
 * (MIN).  Demand paging: the faulting page always comes in.  Of pages never
 * used again the one whose last use is the oldest goes first, so that
 * write-backs too are the same on every run; faults do not depend on it.
 * It minimises faults, not write-backs.
 *
 * A reference gives its frame a new key, the number of the event that uses
 * the page next; an eviction wants the frame with the largest.  Most keys lie
 * near, and are replaced long before they are the largest.  So keys are only
 * noted, one store a reference, and a heap holds just those from a threshold
 * on:
 *
 *      keys   [ 17 | 90 | 23 | 71 | 19 | 88 ]       threshold 80
 *                    |                  |
 *      heap          +---- (90, 1) -----+-- (88, 5)
 *
 * When the heap is empty the threshold comes down to where about one key of
 * SHARE is above it, and those are collected.  The heap is a selection from
 * the keys and nothing more, so it can be thrown away at any time: when it
 * is full, and when time has passed the threshold, so that every new key
 * would go into it.  (Compare Navarro and Paredes, "On sorting, heaps, and
 * minimum spanning trees", Algorithmica 57, 2010, for sorting only what is
 * asked for.)
 *
 * Parameters: none.  Cost: 24 bytes a frame; O(1) a reference and
 * O(SHARE + log frames) an eviction, amortised.
 *
 * Invariants
 * 1. keys[frame] is KEY_NONE iff the frame is not held.
 * 2. Each frame whose key is >= threshold has an entry with that key in the
 *    heap; an entry with a key that its frame has no more is stale.
 * 3. Each entry of the heap is at most its parent.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"

enum {
	AHEAD = 16,
	SHARE = 8,	    /* one of so many of the keys goes to the heap */
	SAMPLE = 2 * SHARE, /* keys looked at to set a threshold */
};

#define KEY_NONE 0 /* no event is used next at 0 */

struct entry {
	uint64_t key;
	uint32_t frame;
};

struct opt {
	struct policy policy;
	uint64_t *keys;	    /* [frames] */
	struct entry *heap; /* [frames] root 0, four children each */
	uint32_t heap_size;
	uint32_t frames;
	uint64_t threshold; /* UINT64_MAX: the heap is empty */
	uint64_t nevers;    /* pages that got their last use, so far */
};

static struct opt *opt_of(struct policy *policy)
{
	return (struct opt *)policy;
}

static void opt_destroy(struct policy *policy)
{
	struct opt *opt = opt_of(policy);

	memory_unmap(opt->heap, opt->frames * sizeof(*opt->heap));
	memory_unmap(opt->keys, opt->frames * sizeof(*opt->keys));
	free(opt);
}

static int opt_create(const struct policy_config *config, struct policy **out)
{
	struct opt *opt = calloc(1, sizeof(*opt));

	if (!opt)
		return -ENOMEM;
	opt->frames = config->frames;
	opt->threshold = UINT64_MAX;
	opt->heap = memory_map(opt->frames * sizeof(*opt->heap));
	opt->keys = memory_map(opt->frames * sizeof(*opt->keys));
	if (!opt->heap || !opt->keys) {
		opt_destroy(&opt->policy);
		return -ENOMEM;
	}
	opt->policy.ops = &policy_opt;
	*out = &opt->policy;
	return 0;
}

static void sift_up(struct entry *heap, uint32_t i, struct entry entry)
{
	while (i && heap[(i - 1) / 4].key < entry.key) {
		heap[i] = heap[(i - 1) / 4];
		i = (i - 1) / 4;
	}
	heap[i] = entry;
}

/* The largest of the entries from FIRST to before END. */
static uint32_t largest_of(
	const struct entry *heap, uint32_t first, uint32_t end)
{
	uint32_t largest = first;

	for (uint32_t i = first + 1; i < end; i++)
		if (heap[i].key > heap[largest].key)
			largest = i;
	return largest;
}

static void sift_down(
	struct entry *heap, uint32_t size, uint32_t i, struct entry entry)
{
	uint64_t first; /* 4 * i + 1 may be larger than 32 bits hold */
	uint32_t largest;

	while ((first = 4 * (uint64_t)i + 1) < size) {
		largest = largest_of(
			heap, first, first + 4 < size ? first + 4 : size);
		if (heap[largest].key <= entry.key)
			break;
		heap[i] = heap[largest];
		i = largest;
	}
	heap[i] = entry;
}

static void drop_heap(struct opt *opt)
{
	opt->heap_size = 0;
	opt->threshold = UINT64_MAX;
}

/*
 * The second largest of a sample of keys: with SAMPLE = 2 * SHARE about one
 * key of SHARE is at least that.
 */
static uint64_t find_threshold(const struct opt *opt)
{
	uint64_t largest = KEY_NONE, second = KEY_NONE, key;
	uint32_t i;

	for (i = 0; i < SAMPLE; i++) {
		key = opt->keys[i * (uint64_t)opt->frames / SAMPLE];
		if (key > largest) {
			second = largest;
			largest = key;
		} else if (key > second) {
			second = key;
		}
	}
	return second > KEY_NONE ? second : KEY_NONE + 1;
}

/* Collects the keys from a new threshold on.  O(frames). */
static void fill_heap(struct opt *opt)
{
	uint32_t size = 0;
	uint32_t i;

	opt->threshold = find_threshold(opt);
	for (i = 0; i < opt->frames; i++)
		if (opt->keys[i] >= opt->threshold)
			opt->heap[size++] = (struct entry){opt->keys[i], i};
	opt->heap_size = size;
	for (i = size / 4 + 1; i-- > 0;)
		if (i < size)
			sift_down(opt->heap, size, i, opt->heap[i]);
}

static inline void set_key(struct opt *opt, uint32_t frame, uint64_t next_use)
{
	uint64_t key = next_use;

	if (next_use == NEXT_USE_NEVER)
		key -= ++opt->nevers;
	opt->keys[frame] = key;
	if (key < opt->threshold)
		return;
	if (opt->heap_size == opt->frames)
		drop_heap(opt);
	else
		sift_up(opt->heap, opt->heap_size++,
			(struct entry){key, frame});
}

static void opt_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	set_key(opt_of(policy), frame, page->next_use);
}

static void opt_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct opt *opt = opt_of(policy);
	const uint32_t *frames = references->frames;
	size_t i;

	if (references->now >= opt->threshold)
		drop_heap(opt);
	for (i = 0; i < references->count; i++) {
		if (i + AHEAD < references->count)
			__builtin_prefetch(&opt->keys[frames[i + AHEAD]], 1);
		set_key(opt, frames[i], references->next_use[i]);
	}
}

static void drop_root(struct opt *opt)
{
	opt->heap_size--;
	if (opt->heap_size)
		sift_down(opt->heap, opt->heap_size, 0,
			opt->heap[opt->heap_size]);
}

/* Stale roots go; those that stay are the largest keys. */
static uint32_t opt_peek(struct policy *policy, uint8_t *rank_out)
{
	struct opt *opt = opt_of(policy);

	(void)rank_out;
	for (;;) {
		if (!opt->heap_size)
			fill_heap(opt);
		if (!opt->heap_size)
			return FRAME_NONE;
		if (opt->keys[opt->heap[0].frame] == opt->heap[0].key)
			return opt->heap[0].frame;
		drop_root(opt);
	}
}

static uint32_t opt_evict(struct policy *policy)
{
	struct opt *opt = opt_of(policy);
	uint32_t frame = opt_peek(policy, NULL);

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	drop_root(opt);
	opt->keys[frame] = KEY_NONE;
	return frame;
}

static void opt_remove(struct policy *policy, uint32_t frame)
{
	opt_of(policy)->keys[frame] = KEY_NONE;
}

/* The root; then the largest of its children. */
static uint32_t opt_guess(struct policy *policy, unsigned which)
{
	struct opt *opt = opt_of(policy);
	uint32_t end = opt->heap_size < 5 ? opt->heap_size : 5;

	if (opt->heap_size <= which)
		return FRAME_NONE;
	return opt->heap[which ? largest_of(opt->heap, 1, end) : 0].frame;
}

/* Invariants 2 and 3; SEEN gets a mark for each frame with a live entry. */
static const char *check_heap(const struct opt *opt, uint8_t *seen)
{
	const struct entry *entry;
	uint32_t i;

	for (i = 0; i < opt->heap_size; i++) {
		entry = &opt->heap[i];
		if (entry->frame >= opt->frames)
			return "opt: a frame that does not exist";
		if (i && opt->heap[(i - 1) / 4].key < entry->key)
			return "opt: the heap is out of order";
		if (opt->keys[entry->frame] == entry->key)
			seen[entry->frame] = 1;
	}
	for (i = 0; i < opt->frames; i++)
		if (opt->keys[i] >= opt->threshold && !seen[i])
			return "opt: the heap lacks a large key";
	return NULL;
}

static const char *opt_check(const struct policy *policy, const uint8_t *member)
{
	const struct opt *opt = (const struct opt *)policy;
	uint8_t *seen = calloc(opt->frames, 1);
	const char *why;
	uint32_t i;

	if (!seen)
		return "opt: no memory to check with";
	why = check_heap(opt, seen);
	for (i = 0; i < opt->frames && !why; i++)
		if (!!member[i] != (opt->keys[i] != KEY_NONE))
			why = "opt: frames held are not the frames given";
	free(seen);
	return why;
}

const struct policy_ops policy_opt = {
	.name = "opt",
	.about = "the page whose next use lies furthest ahead (Belady's MIN)",
	.paper = "L. A. Belady, \"A study of replacement algorithms for a "
		 "virtual-storage computer\", IBM Systems Journal 5(2), "
		 "1966",
	.frame_bytes = 24,
	.knows = POLICY_ORACLE,
	.is_stack = true,
	.create = opt_create,
	.destroy = opt_destroy,
	.insert = opt_insert,
	.reference = opt_reference,
	.evict = opt_evict,
	.peek = opt_peek,
	.remove = opt_remove,
	.guess = opt_guess,
	.check = opt_check,
};
