/*
 * w-tinylfu: a small LRU window for new pages before a main memory (slru);
 * who leaves the window stays only if it was used more often lately than the
 * page that would make way for it.
 *
 *	new -> window --oldest--> used more often than main's victim?
 *	                            yes: probationary, main's victim goes
 *	                            no:  it is the victim
 *	main:  probationary --used again--> protected --oldest--> probationary
 *
 * How often is told by a sketch, which forgets with time.
 *
 * G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient cache
 * admission policy", ACM Transactions on Storage 13(4), 2017.
 * Class: sees every reference.  Not a stack algorithm.
 * Parameters: window, 1 % of the frames, one at least; protected, 80 % of the
 * main memory; sample, uses until counts are halved, 1000 % of the frames.
 * Cost: 17 bytes a frame and 4 to 8 for the sketch (21 to 25 in all), O(1) a
 * reference amortised.
 * Departures: no doorkeeper (a Bloom filter in front of the sketch, which
 * saves memory): every use is counted.  A counter takes a byte.
 *
 * Invariants
 * 1. The window has window_most pages at most, once a page is in.
 * 2. There are protected_most protected pages at most.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"
#include "mm/policy/sketch.h"

enum { WINDOW, PROBATIONARY, PROTECTED, LISTS };

enum { SHARE_WINDOW, SHARE_PROTECTED, SHARE_SAMPLE };

static const struct policy_parameter parameters[] = {
	[SHARE_WINDOW] = {"window", "size of the window for new pages", 0.01, 0,
		1, POLICY_SHARE},
	[SHARE_PROTECTED] = {"protected", "of the rest, what is protected", 0.8,
		0, 1, POLICY_SHARE},
	[SHARE_SAMPLE] = {"sample", "uses until counts are halved", 10, 1, 1e6,
		POLICY_SHARE},
	{0},
};

struct tinylfu {
	struct policy policy;
	struct lists lists;
	struct sketch sketch;
	uint64_t *key; /* [frames] of the page it holds */
	uint64_t coming;
	uint32_t window_most, protected_most;
	bool is_coming; /* the use that brings the page `coming` was counted */
};

static struct tinylfu *tinylfu_of(struct policy *policy)
{
	return (struct tinylfu *)policy;
}

static void tinylfu_destroy(struct policy *policy)
{
	struct tinylfu *tinylfu = tinylfu_of(policy);

	lists_fini(&tinylfu->lists);
	sketch_fini(&tinylfu->sketch);
	free(tinylfu->key);
	free(tinylfu);
}

static int tinylfu_create(
	const struct policy_config *config, struct policy **out)
{
	struct tinylfu *tinylfu = calloc(1, sizeof(*tinylfu));
	const struct policy_ops *ops = &policy_w_tinylfu;
	uint32_t frames = config->frames;

	if (!tinylfu)
		return -ENOMEM;
	tinylfu->policy.ops = ops;
	tinylfu->window_most = policy_pages(ops, config, SHARE_WINDOW);
	tinylfu->protected_most = policy_value(ops, config, SHARE_PROTECTED) *
				  (frames - tinylfu->window_most);
	tinylfu->key = calloc(frames, sizeof(*tinylfu->key));
	if (!tinylfu->key || lists_init(&tinylfu->lists, frames, LISTS) ||
		sketch_init(&tinylfu->sketch, frames,
			policy_value(ops, config, SHARE_SAMPLE) * frames)) {
		tinylfu_destroy(&tinylfu->policy);
		return -ENOMEM;
	}
	*out = &tinylfu->policy;
	return 0;
}

static void tinylfu_coming(struct policy *policy, uint64_t key)
{
	struct tinylfu *tinylfu = tinylfu_of(policy);

	if (tinylfu->is_coming && tinylfu->coming == key)
		return; /* told before; it did not get a frame then */
	tinylfu->coming = key;
	tinylfu->is_coming = true;
	sketch_note(&tinylfu->sketch, key);
}

/* While there is room, what leaves the window stays. */
static void tinylfu_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct tinylfu *tinylfu = tinylfu_of(policy);
	struct lists *lists = &tinylfu->lists;

	tinylfu->is_coming = false;
	tinylfu->key[frame] = page->key;
	lists_push(lists, WINDOW, frame);
	if (lists->size[WINDOW] > tinylfu->window_most)
		lists_move(lists, PROBATIONARY, lists_oldest(lists, WINDOW));
}

static void use(struct tinylfu *tinylfu, uint32_t frame)
{
	struct lists *lists = &tinylfu->lists;

	sketch_note(&tinylfu->sketch, tinylfu->key[frame]);
	if (lists_has(lists, WINDOW, frame)) {
		lists_move(lists, WINDOW, frame);
		return;
	}
	lists_move(lists, PROTECTED, frame);
	if (lists->size[PROTECTED] > tinylfu->protected_most)
		lists_move(lists, PROBATIONARY, lists_oldest(lists, PROTECTED));
}

static void tinylfu_reference(
	struct policy *policy, const struct policy_references *references)
{
	size_t i;

	for (i = 0; i < references->count; i++)
		use(tinylfu_of(policy), references->frames[i]);
}

static unsigned count_of(const struct tinylfu *tinylfu, uint32_t frame)
{
	return sketch_count(&tinylfu->sketch, tinylfu->key[frame]);
}

static uint32_t tinylfu_peek(struct policy *policy, uint8_t *rank_out)
{
	struct tinylfu *tinylfu = tinylfu_of(policy);
	const struct lists *lists = &tinylfu->lists;
	uint32_t candidate = lists_oldest(lists, WINDOW);
	uint32_t victim = lists_oldest(lists, PROBATIONARY);

	(void)rank_out;
	if (victim == FRAME_NONE)
		victim = lists_oldest(lists, PROTECTED);
	if (victim == FRAME_NONE)
		return candidate;
	if (lists->size[WINDOW] < tinylfu->window_most)
		return victim;
	return count_of(tinylfu, candidate) > count_of(tinylfu, victim)
		       ? victim
		       : candidate;
}

static void tinylfu_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&tinylfu_of(policy)->lists, frame);
}

static uint32_t tinylfu_evict(struct policy *policy)
{
	uint32_t frame = tinylfu_peek(policy, NULL);

	if (frame != FRAME_NONE)
		tinylfu_remove(policy, frame);
	return frame;
}

static const char *tinylfu_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct tinylfu *tinylfu = (const struct tinylfu *)policy;

	if (tinylfu->lists.size[WINDOW] > tinylfu->window_most)
		return "w-tinylfu: the window is too large";
	if (tinylfu->lists.size[PROTECTED] > tinylfu->protected_most)
		return "w-tinylfu: too many protected pages";
	return lists_check_members(&tinylfu->lists, member);
}

const struct policy_ops policy_w_tinylfu = {
	.name = "w-tinylfu",
	.about = "a window, then slru for pages used often enough lately",
	.paper = "G. Einziger, R. Friedman, B. Manes, \"TinyLFU: a highly "
		 "efficient cache admission policy\", ACM Transactions on "
		 "Storage 13(4), 2017",
	.frame_bytes = 25,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = tinylfu_create,
	.destroy = tinylfu_destroy,
	.coming = tinylfu_coming,
	.insert = tinylfu_insert,
	.reference = tinylfu_reference,
	.evict = tinylfu_evict,
	.peek = tinylfu_peek,
	.remove = tinylfu_remove,
	.check = tinylfu_check,
};
