/*
 * clock-pro: lirs with referenced bits.  All pages that were used lately, hot
 * or cold, in memory or not, stand in one list by their last use, about; three
 * hands go round it.
 *
 *	list head                                        hand of hot pages
 *	  cold*  hot  cold*  (cold*)  hot  cold  (cold*)  hot
 *	                                   ^ hand of cold pages: last in memory
 *	  ( ) not in memory                       ^ hand of tests
 *	  *   in its test: since it was put at the head
 *
 * A new page is cold.  If it is used again in its test, which ends when the
 * hand of hot pages comes by, it was used again sooner than a hot page was,
 * and is hot; the last hot page then is cold.
 *
 *	hand of cold pages, when a frame is wanted: the page it stands at
 *	    bit not set: the victim; stays in the list if in its test
 *	    bit set: to the head; hot if in its test, else its test starts
 *	hand of hot pages, while there are more hot ones than may be: cold pages
 *	that it passes end their test; a hot one, bit set: to the head; not set:
 *	cold, to the head, and the hand goes on to the next hot one
 *	hand of tests, while more are not in memory than frames: ends a test
 *
 * A cold page whose test ends leaves the list if it is not in memory.  May be
 * cold: one more for each that becomes hot, one less for each test that ends.
 *
 * S. Jiang, F. Chen, X. Zhang, "CLOCK-Pro: an effective improvement of the
 * CLOCK replacement", USENIX 2005: sections 4.2 to 4.4.
 * Class: realisable.  Not a stack algorithm.
 * Parameters: cold, pages that may be cold at first, 1 % of the frames;
 * bit_at_load, 1 by default; the paper's is 0, and with 1 all new pages look
 * used again.
 * Cost: 69 to 73 bytes a frame; each page scanned O(1) amortised.
 * Departures: none from what the paper says.  It leaves open, and programs that
 * follow it do differently: whether a use after its test starts another test
 * of a cold page (it does, as in lirs); how many may be cold (one page at
 * least, all but one at most); where the hands of cold pages and of tests stand
 * when the hand of hot pages passes them (at the last such page, which is how
 * the paper defines them); and the start (pages are hot until as many are as
 * may be, as in the authors' own program).  Where the pager has taken all cold
 * pages out, a hot one is made cold.
 * On traces of lirs's paper it has within 5 % of the faults of the authors'
 * own program, mostly within 1 %, but 9 % fewer on one with many frames
 * (sprite, 800).
 *
 * Nodes: the frames, and behind them the slots of ghosts.
 *
 * Invariants
 * 1. Each frame held is in `all`; it is cold iff it is in `cold`.
 * 2. A ghost is in `all` and in its test.  There are as many as frames at most.
 * 3. `cold` and `test` are in the order of `all`.  No hot page is in its test.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/keys.h"
#include "mm/policy/lists.h"

static const struct policy_parameter parameters[] = {
	{"cold", "pages that may be cold at first", 0.01, 0, 1, POLICY_SHARE},
	{0},
};

struct pro {
	struct policy policy;
	struct policy_config config;
	struct lists all, test; /* of nodes */
	struct lists cold;	/* of frames */
	struct keys ghosts;
	uint64_t *key; /* [frames] of the page it holds */
	uint32_t frames, hot;
	uint32_t cold_most; /* pages that may be cold */
	bool is_filling;    /* no victim was wanted yet */
};

static struct pro *pro_of(struct policy *policy)
{
	return (struct pro *)policy;
}

static void pro_destroy(struct policy *policy)
{
	struct pro *pro = pro_of(policy);

	lists_fini(&pro->all);
	lists_fini(&pro->test);
	lists_fini(&pro->cold);
	keys_fini(&pro->ghosts);
	free(pro->key);
	free(pro);
}

/* Within its bounds. */
static void set_cold_most(struct pro *pro, uint32_t pages)
{
	if (pages >= pro->frames)
		pages = pro->frames - 1;
	pro->cold_most = pages ? pages : 1;
}

static int pro_create(const struct policy_config *config, struct policy **out)
{
	struct pro *pro = calloc(1, sizeof(*pro));
	const uint32_t ghosts = config->frames + 1;
	const uint32_t nodes = config->frames + ghosts;

	if (!pro)
		return -ENOMEM;
	pro->policy.ops = &policy_clock_pro;
	pro->config = *config;
	pro->frames = config->frames;
	pro->is_filling = true;
	set_cold_most(pro, policy_pages(&policy_clock_pro, config, 0));
	pro->key = calloc(config->frames, sizeof(*pro->key));
	if (!pro->key || lists_init(&pro->all, nodes, 1) ||
		lists_init(&pro->test, nodes, 1) ||
		lists_init(&pro->cold, config->frames, 1) ||
		keys_init(&pro->ghosts, ghosts)) {
		pro_destroy(&pro->policy);
		return -ENOMEM;
	}
	*out = &pro->policy;
	return 0;
}

static bool is_ghost(const struct pro *pro, uint32_t node)
{
	return node >= pro->frames;
}

static bool is_in_test(const struct pro *pro, uint32_t node)
{
	return lists_has(&pro->test, 0, node);
}

static bool is_hot(const struct pro *pro, uint32_t node)
{
	return !is_ghost(pro, node) && !lists_has(&pro->cold, 0, node);
}

static bool was_referenced(const struct pro *pro, uint32_t frame)
{
	return pro->config.harvest(pro->config.context, frame);
}

/* It leaves the list, and with that its test. */
static void forget_ghost(struct pro *pro, uint32_t node)
{
	lists_remove(&pro->all, node);
	lists_remove(&pro->test, node);
	keys_remove(&pro->ghosts, node - pro->frames);
}

static void end_test(struct pro *pro, uint32_t node)
{
	set_cold_most(pro, pro->cold_most - 1);
	if (is_ghost(pro, node))
		forget_ghost(pro, node);
	else
		lists_remove(&pro->test, node);
}

/* The hand of hot pages passes cold ones. */
static void pass_cold(struct pro *pro)
{
	uint32_t node;

	while (pro->hot && (node = lists_oldest(&pro->all, 0)) != FRAME_NONE &&
		!is_hot(pro, node)) {
		if (!is_ghost(pro, node)) {
			lists_move(&pro->all, 0, node);
			lists_move(&pro->cold, 0, node);
		}
		if (is_in_test(pro, node))
			end_test(pro, node);
	}
}

/* The hand of hot pages turns one cold; there is one.  Ends: those that are
 * spared have their bit cleared. */
static void cool_one(struct pro *pro)
{
	uint32_t frame;

	for (;;) {
		pass_cold(pro);
		frame = lists_oldest(&pro->all, 0);
		lists_move(&pro->all, 0, frame);
		if (!was_referenced(pro, frame))
			break;
	}
	lists_push(&pro->cold, 0, frame);
	pro->hot--;
	pass_cold(pro);
}

/* A page that was used again in its test, and is in no list, is hot. */
static void make_hot(struct pro *pro, uint32_t frame)
{
	lists_push(&pro->all, 0, frame);
	pro->hot++;
	set_cold_most(pro, pro->cold_most + 1);
	while (pro->hot + pro->cold_most > pro->frames)
		cool_one(pro);
}

/* A cold page, which is in no list. */
static void start_test(struct pro *pro, uint32_t frame)
{
	lists_push(&pro->all, 0, frame);
	lists_push(&pro->cold, 0, frame);
	lists_push(&pro->test, 0, frame);
}

static void pro_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct pro *pro = pro_of(policy);
	uint32_t ghost = keys_find(&pro->ghosts, page->key);

	pro->key[frame] = page->key;
	if (!pro->config.bit_at_load)
		was_referenced(pro, frame);
	if (ghost != FRAME_NONE) {
		forget_ghost(pro, pro->frames + ghost);
		make_hot(pro, frame);
	} else if (pro->is_filling && pro->hot + pro->cold_most < pro->frames) {
		lists_push(&pro->all, 0, frame);
		pro->hot++;
	} else {
		start_test(pro, frame);
	}
}

static void pro_remove(struct policy *policy, uint32_t frame)
{
	struct pro *pro = pro_of(policy);

	pro->hot -= is_hot(pro, frame);
	lists_remove(&pro->all, frame);
	if (lists_has(&pro->cold, 0, frame))
		lists_remove(&pro->cold, frame);
	if (is_in_test(pro, frame))
		lists_remove(&pro->test, frame);
}

/* Ends: a page that is spared has its bit cleared. */
static uint32_t pro_peek(struct policy *policy, uint8_t *rank_out)
{
	struct pro *pro = pro_of(policy);
	uint32_t frame;
	bool was_in_test;

	(void)rank_out;
	pro->is_filling = false;
	for (;;) {
		frame = lists_oldest(&pro->cold, 0);
		if (frame == FRAME_NONE) {
			if (!pro->hot)
				return FRAME_NONE;
			cool_one(pro);
			continue;
		}
		if (!was_referenced(pro, frame))
			return frame;
		was_in_test = is_in_test(pro, frame);
		pro_remove(policy, frame);
		if (was_in_test)
			make_hot(pro, frame);
		else
			start_test(pro, frame);
	}
}

static uint32_t pro_evict(struct policy *policy)
{
	struct pro *pro = pro_of(policy);
	uint32_t frame = pro_peek(policy, NULL);
	uint32_t ghost;

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	if (!is_in_test(pro, frame)) {
		pro_remove(policy, frame);
		return frame;
	}
	ghost = pro->frames + keys_add(&pro->ghosts, pro->key[frame]);
	lists_replace(&pro->all, frame, ghost);
	lists_replace(&pro->test, frame, ghost);
	lists_remove(&pro->cold, frame);
	while (pro->ghosts.size > pro->frames)
		end_test(pro, lists_oldest(&pro->test, 0));
	return frame;
}

/* Invariants 2 and 3. */
static const char *check_order(const struct pro *pro)
{
	uint32_t node = lists_oldest(&pro->all, 0);
	uint32_t cold = lists_oldest(&pro->cold, 0);
	uint32_t test = lists_oldest(&pro->test, 0);
	uint32_t hot = 0, ghosts = 0;

	for (; node != FRAME_NONE; node = lists_newer(&pro->all, node)) {
		hot += is_hot(pro, node);
		ghosts += is_ghost(pro, node);
		if (is_hot(pro, node) && is_in_test(pro, node))
			return "clock-pro: a hot page is in its test";
		if (is_ghost(pro, node) && !is_in_test(pro, node))
			return "clock-pro: a ghost is not in its test";
		if (node == cold)
			cold = lists_newer(&pro->cold, cold);
		if (node == test)
			test = lists_newer(&pro->test, test);
	}
	if (cold != FRAME_NONE || test != FRAME_NONE)
		return "clock-pro: lists in different orders";
	if (hot != pro->hot)
		return "clock-pro: the number of hot pages is wrong";
	if (ghosts != pro->ghosts.size || ghosts > pro->frames)
		return "clock-pro: the number of ghosts is wrong";
	return NULL;
}

static const char *pro_check(const struct policy *policy, const uint8_t *member)
{
	const struct pro *pro = (const struct pro *)policy;
	const char *why = lists_check(&pro->all);
	uint32_t frame;

	for (frame = 0; frame < pro->frames; frame++)
		if (!!member[frame] != lists_has(&pro->all, 0, frame))
			return "clock-pro: frames held are not those given";
	if (!why)
		why = lists_check(&pro->cold);
	if (!why)
		why = lists_check(&pro->test);
	if (!why)
		why = keys_check(&pro->ghosts);
	return why ? why : check_order(pro);
}

const struct policy_ops policy_clock_pro = {
	.name = "clock-pro",
	.about = "lirs with referenced bits: three hands round one clock",
	.paper = "S. Jiang, F. Chen, X. Zhang, \"CLOCK-Pro: an effective "
		 "improvement of the CLOCK replacement\", USENIX 2005",
	.frame_bytes = 73,
	.parameters = parameters,
	.knows = POLICY_REALISABLE,
	.create = pro_create,
	.destroy = pro_destroy,
	.insert = pro_insert,
	.evict = pro_evict,
	.peek = pro_peek,
	.remove = pro_remove,
	.check = pro_check,
};
