/*
 * lirs: pages whose last two uses lie close together (LIR) stay; the others
 * (HIR) go through a short queue.
 *
 *	stack S, by last use                     queue Q
 *	newest                       oldest      newest  oldest
 *	LIR HIR LIR ghost HIR LIR ... LIR        HIR HIR HIR -> victim
 *	                               `- the bottom is a LIR page, always
 *
 * A HIR page that is used while it is in S was used again sooner than the
 * bottom of S: it becomes LIR, and the bottom becomes HIR.  A victim that is
 * in S stays there as a ghost.
 *
 * S. Jiang, X. Zhang, "LIRS: an efficient low inter-reference recency set
 * replacement policy to improve buffer cache performance", SIGMETRICS 2002.
 * Class: sees every reference.  Not a stack algorithm.
 * Parameters: hirs, pages that are HIR, 1 % of the frames, one at least; stack,
 * entries of S, 500 % of the frames (the paper leaves both open, and used
 * 1 %); authors: what the authors' own program does: hirs is 2 at least, stack
 * is 2500 times the frames, and a use of the page used last changes nothing.
 * Cost: 35 bytes a frame and 34 to 38 an entry of S (205 to 225 in all), O(1)
 * amortised.
 * authors takes address space for 2500 entries a frame, MOST at most, and the
 * memory of those it comes to use.
 * Departures: where there are as few frames as HIR pages, one is LIR all the
 * same.  With Q empty, as the pager took frames out, the bottom of S goes.
 *
 * Nodes: the frames, and behind them the slots of ghosts.
 *
 * Invariants
 * 1. A frame held is in S or in Q or in both; it is LIR iff it is not in Q.
 * 2. HIR pages and ghosts of S are in `hirs` too, in the same order.
 * 3. The oldest of S is LIR; S has `most` entries at most.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/keys.h"
#include "mm/policy/lists.h"

enum { MOST = 1 << 24 }; /* entries of S */

enum { HIRS, STACK, AUTHORS };

static const struct policy_parameter parameters[] = {
	[HIRS] = {"hirs", "pages that are in the queue", 0.01, 0, 1,
		POLICY_SHARE},
	[STACK] = {"stack", "entries of the stack", 5, 1, 2500, POLICY_SHARE},
	[AUTHORS] = {"authors", "as the authors' own program", 0, 0, 1,
		POLICY_FLAG},
	{0},
};

struct lirs {
	struct policy policy;
	struct lists stack, hirs; /* of nodes */
	struct lists queue;	  /* of frames */
	struct keys ghosts;
	uint64_t *key; /* [frames] of the page it holds */
	uint32_t frames;
	uint32_t lirs, lirs_most; /* LIR pages, and how many there may be */
	uint32_t most;		  /* entries of S */
	uint32_t last;		  /* frame used last */
	bool authors;
};

static struct lirs *lirs_of(struct policy *policy)
{
	return (struct lirs *)policy;
}

static void lirs_destroy(struct policy *policy)
{
	struct lirs *lirs = lirs_of(policy);

	lists_fini(&lirs->stack);
	lists_fini(&lirs->hirs);
	lists_fini(&lirs->queue);
	keys_fini(&lirs->ghosts);
	free(lirs->key);
	free(lirs);
}

static double value(const struct policy_config *config, unsigned parameter)
{
	return policy_value(&policy_lirs, config, parameter);
}

static void set_sizes(struct lirs *lirs, const struct policy_config *config)
{
	const double frames = config->frames;
	double hirs, stack;

	lirs->authors = value(config, AUTHORS) != 0;
	hirs = (lirs->authors ? 0.01 : value(config, HIRS)) * frames;
	stack = (lirs->authors ? 2500 : value(config, STACK)) * frames;
	if (hirs < 1 + lirs->authors)
		hirs = 1 + lirs->authors;
	lirs->most = stack < MOST ? stack : MOST;
	if (lirs->most < config->frames)
		lirs->most = config->frames;
	lirs->lirs_most = hirs < frames ? config->frames - (uint32_t)hirs : 1;
}

static int lirs_create(const struct policy_config *config, struct policy **out)
{
	struct lirs *lirs = calloc(1, sizeof(*lirs));
	uint32_t ghosts, nodes;

	if (!lirs)
		return -ENOMEM;
	set_sizes(lirs, config);
	ghosts = lirs->most + 1;
	nodes = config->frames + ghosts;
	lirs->policy.ops = &policy_lirs;
	lirs->frames = config->frames;
	lirs->last = FRAME_NONE;
	lirs->key = calloc(config->frames, sizeof(*lirs->key));
	if (!lirs->key || lists_init(&lirs->stack, nodes, 1) ||
		lists_init(&lirs->hirs, nodes, 1) ||
		lists_init(&lirs->queue, config->frames, 1) ||
		keys_init(&lirs->ghosts, ghosts)) {
		lirs_destroy(&lirs->policy);
		return -ENOMEM;
	}
	*out = &lirs->policy;
	return 0;
}

static bool is_ghost(const struct lirs *lirs, uint32_t node)
{
	return node >= lirs->frames;
}

/* A HIR page or a ghost leaves S. */
static void leave_stack(struct lirs *lirs, uint32_t node)
{
	lists_remove(&lirs->stack, node);
	lists_remove(&lirs->hirs, node);
	if (is_ghost(lirs, node))
		keys_remove(&lirs->ghosts, node - lirs->frames);
}

/* Down to the next LIR page: invariant 3. */
static void prune(struct lirs *lirs)
{
	uint32_t bottom;

	while ((bottom = lists_oldest(&lirs->stack, 0)) != FRAME_NONE &&
		lists_has(&lirs->hirs, 0, bottom))
		leave_stack(lirs, bottom);
}

static void limit_stack(struct lirs *lirs)
{
	while (lirs->stack.size[0] > lirs->most)
		leave_stack(lirs, lists_oldest(&lirs->hirs, 0));
}

static void demote_bottom(struct lirs *lirs)
{
	uint32_t bottom = lists_oldest(&lirs->stack, 0);

	lists_remove(&lirs->stack, bottom);
	lists_push(&lirs->queue, 0, bottom);
	lirs->lirs--;
	prune(lirs);
}

/* FRAME, which is nowhere, becomes LIR. */
static void make_lir(struct lirs *lirs, uint32_t frame)
{
	lists_push(&lirs->stack, 0, frame);
	if (++lirs->lirs > lirs->lirs_most)
		demote_bottom(lirs);
}

static void make_hir(struct lirs *lirs, uint32_t frame)
{
	lists_push(&lirs->stack, 0, frame);
	lists_push(&lirs->hirs, 0, frame);
	lists_push(&lirs->queue, 0, frame);
}

/* FRAME, which is nowhere, comes to the newest end. */
static void enter(struct lirs *lirs, uint32_t frame, bool is_lir)
{
	if (is_lir)
		make_lir(lirs, frame);
	else
		make_hir(lirs, frame);
	prune(lirs);
	limit_stack(lirs);
}

static void lirs_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct lirs *lirs = lirs_of(policy);
	uint32_t ghost = keys_find(&lirs->ghosts, page->key);
	bool is_lir = ghost != FRAME_NONE || lirs->lirs < lirs->lirs_most;

	lirs->key[frame] = page->key;
	lirs->last = frame;
	if (ghost != FRAME_NONE)
		leave_stack(lirs, lirs->frames + ghost);
	enter(lirs, frame, is_lir);
}

static void lirs_remove(struct policy *policy, uint32_t frame)
{
	struct lirs *lirs = lirs_of(policy);

	if (lirs->last == frame)
		lirs->last = FRAME_NONE;
	if (!lists_has(&lirs->queue, 0, frame)) {
		lirs->lirs--;
		lists_remove(&lirs->stack, frame);
		prune(lirs);
		return;
	}
	lists_remove(&lirs->queue, frame);
	if (lists_has(&lirs->stack, 0, frame))
		leave_stack(lirs, frame);
}

static void use(struct lirs *lirs, uint32_t frame)
{
	bool is_lir = !lists_has(&lirs->queue, 0, frame) ||
		      lists_has(&lirs->stack, 0, frame);

	lirs_remove(&lirs->policy, frame);
	enter(lirs, frame, is_lir);
}

static void lirs_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct lirs *lirs = lirs_of(policy);
	size_t i;

	for (i = 0; i < references->count; i++) {
		if (lirs->authors && references->frames[i] == lirs->last)
			continue;
		use(lirs, references->frames[i]);
		lirs->last = references->frames[i];
	}
}

static uint32_t lirs_peek(struct policy *policy, uint8_t *rank_out)
{
	struct lirs *lirs = lirs_of(policy);

	(void)rank_out;
	if (!lirs->queue.size[0] && lirs->stack.size[0])
		demote_bottom(lirs);
	return lists_oldest(&lirs->queue, 0);
}

static uint32_t lirs_evict(struct policy *policy)
{
	struct lirs *lirs = lirs_of(policy);
	uint32_t frame = lirs_peek(policy, NULL);
	uint32_t ghost;

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	if (lists_has(&lirs->stack, 0, frame)) {
		ghost = keys_add(&lirs->ghosts, lirs->key[frame]);
		lists_replace(&lirs->stack, frame, lirs->frames + ghost);
		lists_replace(&lirs->hirs, frame, lirs->frames + ghost);
	}
	lists_remove(&lirs->queue, frame);
	return frame;
}

/* Invariants 2 and 3. */
static const char *check_stack(const struct lirs *lirs)
{
	uint32_t node = lists_oldest(&lirs->stack, 0);
	uint32_t hir = lists_oldest(&lirs->hirs, 0);
	uint32_t count = 0;

	if (node != FRAME_NONE && lists_has(&lirs->hirs, 0, node))
		return "lirs: the bottom of the stack is no LIR page";
	for (; node != FRAME_NONE; node = lists_newer(&lirs->stack, node)) {
		if (node == hir)
			hir = lists_newer(&lirs->hirs, hir);
		else if (is_ghost(lirs, node) ||
			 lists_has(&lirs->queue, 0, node))
			return "lirs: a HIR page that is not in their list";
		else
			count++;
	}
	if (hir != FRAME_NONE)
		return "lirs: HIR pages in another order than in the stack";
	if (count != lirs->lirs || lirs->lirs > lirs->lirs_most)
		return "lirs: the number of LIR pages is wrong";
	if (lirs->stack.size[0] > lirs->most)
		return "lirs: the stack is too long";
	return NULL;
}

static const char *lirs_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct lirs *lirs = (const struct lirs *)policy;
	const char *why = lists_check(&lirs->queue);
	uint32_t frame;

	for (frame = 0; frame < lirs->frames; frame++)
		if (!!member[frame] !=
			(lists_has(&lirs->stack, 0, frame) ||
				lists_has(&lirs->queue, 0, frame)))
			return "lirs: frames held are not the frames given";
	if (!why)
		why = lists_check(&lirs->stack);
	if (!why)
		why = lists_check(&lirs->hirs);
	if (!why)
		why = keys_check(&lirs->ghosts);
	return why ? why : check_stack(lirs);
}

const struct policy_ops policy_lirs = {
	.name = "lirs",
	.about = "keeps pages whose last two uses lie close together",
	.paper = "S. Jiang, X. Zhang, \"LIRS: an efficient low inter-reference "
		 "recency set replacement policy to improve buffer cache "
		 "performance\", SIGMETRICS 2002",
	.frame_bytes = 225,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.create = lirs_create,
	.destroy = lirs_destroy,
	.insert = lirs_insert,
	.reference = lirs_reference,
	.evict = lirs_evict,
	.peek = lirs_peek,
	.remove = lirs_remove,
	.check = lirs_check,
};
