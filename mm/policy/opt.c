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
 * Each reference gives a page a new key, the number of the event that uses
 * it next, and an eviction wants the largest.  A page's key lies in the
 * future until the page is used or evicted, so whatever lies in the past is
 * stale and can be told by its key alone.  Most keys lie near, and their
 * entries are never looked at again; so only those from a threshold on are
 * kept in a heap, and the others lie in a pile:
 *
 *      pile: any order, keys < threshold       heap: keys >= threshold
 *     [ . . . . . . . . ->              free             <- . . . . max ]
 *
 * A reference appends to the pile, mostly.  When the heap is empty the
 * threshold comes down and a part of the pile moves over; when the array is
 * full the stale entries leave.  (Compare quickheaps: Navarro and Paredes,
 * "On sorting, heaps, and minimum spanning trees", Algorithmica 57, 2010.)
 *
 * Parameters: none.  Cost: 40 bytes a frame; O(1) a reference and
 * O(log frames) an eviction, amortised; O(frames) an insert after a remove.
 *
 * Invariants
 * 1. Each frame held has exactly one entry with key == keys[frame]; an entry
 *    with another key is stale.
 * 2. Live entries of the pile are < threshold, those of the heap >= it.
 * 3. Each entry of the heap is at most its parent.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"

enum {
	AHEAD = 16,
	SAMPLE = 256, /* keys looked at to set a threshold */
	SHARE = 8,    /* one of so many of the pile moves to the heap */
};

#define KEY_NONE 0 /* of a frame that is not held; no event is used next at 0 */

struct entry {
	uint64_t key;
	uint32_t frame;
};

struct opt {
	struct policy policy;
	struct entry *entries; /* the pile from the left, the heap from the
				  right: its root is the last */
	uint64_t *keys;	       /* [frames] */
	size_t capacity, pile, heap;
	uint64_t threshold;
	uint64_t now;	 /* keys below are stale */
	uint64_t nevers; /* pages that got their last use, so far */
	bool removals;	 /* there may be stale entries with future keys */
	uint32_t frames;
};

static struct opt *opt_of(struct policy *policy)
{
	return (struct opt *)policy;
}

static void opt_destroy(struct policy *policy)
{
	struct opt *opt = opt_of(policy);

	memory_unmap(opt->entries, opt->capacity * sizeof(*opt->entries));
	memory_unmap(opt->keys, opt->frames * sizeof(*opt->keys));
	free(opt);
}

static int opt_create(const struct policy_config *config, struct policy **out)
{
	struct opt *opt = calloc(1, sizeof(*opt));

	if (!opt)
		return -ENOMEM;
	opt->frames = config->frames;
	opt->capacity = 2 * (size_t)config->frames + 1024;
	opt->entries = memory_map(opt->capacity * sizeof(*opt->entries));
	opt->keys = memory_map(config->frames * sizeof(*opt->keys));
	if (!opt->entries || !opt->keys) {
		opt_destroy(&opt->policy);
		return -ENOMEM;
	}
	opt->policy.ops = &policy_opt;
	*out = &opt->policy;
	return 0;
}

/* The heap's entry number I, root 0, four children each. */
static struct entry *heap_at(const struct opt *opt, size_t i)
{
	return &opt->entries[opt->capacity - 1 - i];
}

static void sift_up(struct opt *opt, size_t i, struct entry entry)
{
	while (i && heap_at(opt, (i - 1) / 4)->key < entry.key) {
		*heap_at(opt, i) = *heap_at(opt, (i - 1) / 4);
		i = (i - 1) / 4;
	}
	*heap_at(opt, i) = entry;
}

static void sift_down(struct opt *opt, size_t i, struct entry entry)
{
	size_t child, end, largest;

	while ((child = 4 * i + 1) < opt->heap) {
		end = child + 4 < opt->heap ? child + 4 : opt->heap;
		for (largest = child++; child < end; child++)
			if (heap_at(opt, child)->key >
				heap_at(opt, largest)->key)
				largest = child;
		if (heap_at(opt, largest)->key <= entry.key)
			break;
		*heap_at(opt, i) = *heap_at(opt, largest);
		i = largest;
	}
	*heap_at(opt, i) = entry;
}

static void heap_order(struct opt *opt)
{
	size_t i;

	for (i = opt->heap / 4 + 1; i-- > 0;)
		if (i < opt->heap)
			sift_down(opt, i, *heap_at(opt, i));
}

static bool is_live(const struct opt *opt, const struct entry *entry)
{
	if (entry->key < opt->now)
		return false;
	return !opt->removals || opt->keys[entry->frame] == entry->key;
}

/* Stale entries leave both parts; at most one a frame is left. */
static void compact(struct opt *opt)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < opt->pile; i++) {
		opt->entries[kept] = opt->entries[i];
		kept += is_live(opt, &opt->entries[i]);
	}
	opt->pile = kept;
	kept = 0;
	for (i = 0; i < opt->heap; i++)
		if (is_live(opt, heap_at(opt, i)))
			*heap_at(opt, kept++) = *heap_at(opt, i);
	opt->heap = kept;
	heap_order(opt);
	opt->removals = false;
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* About one of SHARE of the pile's keys is at least the new threshold. */
static uint64_t lower_threshold(const struct opt *opt)
{
	uint64_t keys[SAMPLE];
	size_t i;

	if (opt->pile < SAMPLE)
		return 0;
	for (i = 0; i < SAMPLE; i++)
		keys[i] = opt->entries[i * (opt->pile / SAMPLE)].key;
	qsort(keys, SAMPLE, sizeof(keys[0]), compare_keys);
	return keys[SAMPLE - SAMPLE / SHARE];
}

/* Called with the heap empty: moves the pile's largest keys over. */
static void refill_heap(struct opt *opt)
{
	size_t kept = 0;
	size_t i;

	compact(opt);
	opt->threshold = lower_threshold(opt);
	for (i = 0; i < opt->pile; i++) {
		/* a copy: the heap may grow over where it stood */
		struct entry entry = opt->entries[i];

		if (entry.key >= opt->threshold)
			*heap_at(opt, opt->heap++) = entry;
		else
			opt->entries[kept++] = entry;
	}
	opt->pile = kept;
	heap_order(opt);
}

static void set_key(struct opt *opt, uint32_t frame, uint64_t next_use)
{
	struct entry entry = {next_use, frame};

	if (next_use == NEXT_USE_NEVER)
		entry.key -= opt->nevers++;
	if (opt->keys[frame] == entry.key)
		return;
	opt->keys[frame] = entry.key;
	if (opt->pile + opt->heap == opt->capacity) {
		compact(opt);
		/* references that hints make take keys back that are not past */
		if (opt->pile + opt->heap > opt->frames) {
			opt->removals = true;
			compact(opt);
		}
	}
	if (entry.key < opt->threshold)
		opt->entries[opt->pile++] = entry;
	else
		sift_up(opt, opt->heap++, entry);
}

static void opt_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct opt *opt = opt_of(policy);

	/* what was removed may come back with the key it had */
	if (opt->removals)
		compact(opt);
	set_key(opt, frame, page->next_use);
}

static void opt_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct opt *opt = opt_of(policy);
	const uint32_t *frames = references->frames;
	size_t i;

	for (i = 0; i < references->count; i++) {
		if (i + AHEAD < references->count)
			__builtin_prefetch(&opt->keys[frames[i + AHEAD]], 1);
		set_key(opt, frames[i], references->next_use[i]);
	}
	if (opt->now < references->now)
		opt->now = references->now;
}

static uint32_t opt_evict(struct policy *policy)
{
	struct opt *opt = opt_of(policy);
	struct entry top;

	for (;;) {
		if (!opt->heap)
			refill_heap(opt);
		if (!opt->heap)
			return FRAME_NONE;
		top = *heap_at(opt, 0);
		opt->heap--;
		if (opt->heap)
			sift_down(opt, 0, *heap_at(opt, opt->heap));
		if (opt->keys[top.frame] == top.key)
			break;
	}
	opt->keys[top.frame] = KEY_NONE;
	return top.frame;
}

static void opt_remove(struct policy *policy, uint32_t frame)
{
	opt_of(policy)->keys[frame] = KEY_NONE;
	opt_of(policy)->removals = true;
}

/* The root; then the largest of its children. */
static uint32_t opt_guess(struct policy *policy, unsigned which)
{
	struct opt *opt = opt_of(policy);
	size_t child, end, largest;

	if (opt->heap <= which)
		return FRAME_NONE;
	if (!which)
		return heap_at(opt, 0)->frame;
	end = opt->heap < 5 ? opt->heap : 5;
	for (largest = 1, child = 2; child < end; child++)
		if (heap_at(opt, child)->key > heap_at(opt, largest)->key)
			largest = child;
	return heap_at(opt, largest)->frame;
}

/* Marks the frame of ENTRY in SEEN if it is live. */
static const char *check_entry(const struct opt *opt,
	const struct entry *entry, bool in_heap, uint8_t *seen)
{
	if (entry->frame >= opt->frames)
		return "opt: a frame that does not exist";
	if (opt->keys[entry->frame] != entry->key)
		return NULL;
	if (in_heap != (entry->key >= opt->threshold))
		return "opt: an entry on the wrong side of the threshold";
	if (seen[entry->frame]++)
		return "opt: two live entries for a frame";
	return NULL;
}

static const char *check_entries(
	const struct opt *opt, const uint8_t *member, uint8_t *seen)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < opt->pile && !why; i++)
		why = check_entry(opt, &opt->entries[i], false, seen);
	for (i = 0; i < opt->heap && !why; i++) {
		why = check_entry(opt, heap_at(opt, i), true, seen);
		if (i && heap_at(opt, (i - 1) / 4)->key < heap_at(opt, i)->key)
			why = "opt: the heap is out of order";
	}
	for (i = 0; i < opt->frames && !why; i++) {
		if (!!member[i] != !!seen[i])
			why = "opt: frames held are not the frames given";
		if (!member[i] && opt->keys[i] != KEY_NONE)
			why = "opt: a key of a frame that is not held";
	}
	return why;
}

static const char *opt_check(const struct policy *policy, const uint8_t *member)
{
	const struct opt *opt = (const struct opt *)policy;
	uint8_t *seen = calloc(opt->frames, 1);
	const char *why;

	if (!seen)
		return "opt: no memory to check with";
	why = check_entries(opt, member, seen);
	free(seen);
	return why;
}

const struct policy_ops policy_opt = {
	.name = "opt",
	.about = "the page whose next use lies furthest ahead (Belady's MIN)",
	.knows = POLICY_ORACLE,
	.create = opt_create,
	.destroy = opt_destroy,
	.insert = opt_insert,
	.reference = opt_reference,
	.evict = opt_evict,
	.remove = opt_remove,
	.guess = opt_guess,
	.check = opt_check,
};
