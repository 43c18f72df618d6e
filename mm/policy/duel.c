/*
 * duel: two experts, LRU and LFU, each name a victim; lots decide whom to
 * follow, by weights that are learnt: who had a page evicted that comes back
 * has been wrong, and loses weight, the more the sooner it comes back.
 *
 *	victim:   LRU's with probability w, else LFU's; the key and uses of the
 *	          page go into the ghosts of who chose it, if they differ
 *	coming:   a ghost of LRU:  w(LFU) *= e^(RATE * r)   r = d^t, d^N = 0.005
 *	          a ghost of LFU:  w(LRU) *= e^(RATE * r)   t since its eviction
 *	          w = w(LRU) / (w(LRU) + w(LFU)), within 0.01 and 0.99
 *
 * G. Vietri, L. V. Rodriguez, W. A. Martinez, S. Lyons, J. Liu, R. Rangaswami,
 * M. Zhao, G. Narasimhan, "Driving cache replacement with ML-based LeCaR",
 * HotStorage 2018.  All is from there, and from the authors' own program what
 * the paper leaves open: the number of ghosts, the bounds of the weights, that
 * a page which comes back has the uses that it had, and that no ghost is left
 * where both name the same page.  Of their Cacheus (FAST 2021) nothing: there
 * the rate adapts too, and the experts are others.
 * Class: sees every reference.  Not a stack algorithm.
 * Parameters: rate, 0.45; discount, what is left of a regret after as many
 * references as frames (N), 0.5 %; ghosts, of each expert, 50 % of the frames:
 * the authors' program's.  It draws lots.
 * Cost: 102 to 106 bytes a frame; O(1) a reference, O(log frames) an eviction.
 * Departures: of pages used equally often LFU takes the one used longest ago;
 * the program takes the one of the lowest number.
 *
 * Invariants
 * 1. 0.01 <= w <= 0.99.
 * 2. Each expert has ghosts_most ghosts at most, and COMING_MOST are coming.
 */
#include "mm/policy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "mm/policy/draw.h"
#include "mm/policy/ghosts.h"
#include "mm/policy/least.h"

/* Lists of ghosts.  The regret of those that are coming is settled; they wait
 * for their page-in, which may fail. */
enum { LRU, LFU, COMING, LISTS, UNDRAWN = LISTS };

enum { COMING_MOST = 64 };

enum { RATE, DISCOUNT, GHOSTS };

static const struct policy_parameter parameters[] = {
	[RATE] = {"rate", "how fast the weights are learnt", 0.45, 0, 10,
		POLICY_PLAIN},
	[DISCOUNT] = {"discount", "left of a regret after so many references",
		0.005, 1e-9, 1, POLICY_SHARE},
	[GHOSTS] = {"ghosts", "pages that an expert may regret", 0.5, 0, 64,
		POLICY_SHARE},
	{0},
};

struct duel {
	struct policy policy;
	struct lists lru; /* one, by last use */
	struct least lfu; /* by (uses, last use) */
	uint64_t *key;	  /* [frames] of the page it holds */
	struct ghosts ghosts;
	uint64_t *uses;	   /* [ghosts] as it was evicted */
	uint64_t *evicted; /* [ghosts] when */
	uint64_t now;	   /* references */
	uint64_t random;
	double weight;	       /* of LRU */
	double rate, discount; /* the latter of one reference */
	uint32_t ghosts_most;
	unsigned expert; /* who names the next victim; UNDRAWN */
};

static struct duel *duel_of(struct policy *policy)
{
	return (struct duel *)policy;
}

static void duel_destroy(struct policy *policy)
{
	struct duel *duel = duel_of(policy);

	lists_fini(&duel->lru);
	least_fini(&duel->lfu);
	ghosts_fini(&duel->ghosts);
	free(duel->key);
	free(duel->uses);
	free(duel->evicted);
	free(duel);
}

static double value(const struct policy_config *config, unsigned parameter)
{
	return policy_value(&policy_duel, config, parameter);
}

static int duel_create(const struct policy_config *config, struct policy **out)
{
	struct duel *duel = calloc(1, sizeof(*duel));
	uint32_t ghosts;

	if (!duel)
		return -ENOMEM;
	duel->policy.ops = &policy_duel;
	duel->weight = 0.5;
	duel->expert = UNDRAWN;
	duel->random = policy_seed(config);
	duel->rate = value(config, RATE);
	duel->discount = pow(value(config, DISCOUNT), 1.0 / config->frames);
	duel->ghosts_most = policy_pages(&policy_duel, config, GHOSTS);
	ghosts = 2 * duel->ghosts_most + COMING_MOST;
	duel->key = calloc(config->frames, sizeof(*duel->key));
	duel->uses = calloc(ghosts, sizeof(*duel->uses));
	duel->evicted = calloc(ghosts, sizeof(*duel->evicted));
	if (!duel->key || !duel->uses || !duel->evicted ||
		lists_init(&duel->lru, config->frames, 1) ||
		least_init(&duel->lfu, config->frames) ||
		ghosts_init(&duel->ghosts, ghosts, LISTS)) {
		duel_destroy(&duel->policy);
		return -ENOMEM;
	}
	*out = &duel->policy;
	return 0;
}

/* EXPERT chose a page that comes back after TIME references. */
static void regret(struct duel *duel, unsigned expert, uint64_t time)
{
	double gain = exp(duel->rate * pow(duel->discount, time));
	double lru = duel->weight, lfu = 1 - duel->weight;

	if (expert == LRU)
		lfu *= gain;
	else
		lru *= gain;
	duel->weight = lru / (lru + lfu);
	if (duel->weight > 0.99)
		duel->weight = 0.99;
	if (duel->weight < 0.01)
		duel->weight = 0.01;
}

static void duel_coming(struct policy *policy, uint64_t key)
{
	struct duel *duel = duel_of(policy);
	uint32_t ghost = ghosts_find(&duel->ghosts, key);
	unsigned expert;

	if (ghost == FRAME_NONE ||
		lists_has(&duel->ghosts.lists, COMING, ghost))
		return;
	expert = lists_has(&duel->ghosts.lists, LRU, ghost) ? LRU : LFU;
	regret(duel, expert, duel->now + 1 - duel->evicted[ghost]);
	if (ghosts_size(&duel->ghosts, COMING) == COMING_MOST)
		ghosts_drop(&duel->ghosts, COMING);
	lists_move(&duel->ghosts.lists, COMING, ghost);
}

static void duel_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct duel *duel = duel_of(policy);
	struct least_key key = {1, ++duel->now};
	uint32_t ghost = ghosts_find(&duel->ghosts, page->key);

	if (ghost != FRAME_NONE) {
		key.first = duel->uses[ghost] + 1;
		ghosts_remove(&duel->ghosts, ghost);
	}
	duel->key[frame] = page->key;
	least_insert(&duel->lfu, frame, key);
	lists_push(&duel->lru, 0, frame);
}

static void duel_reference(
	struct policy *policy, const struct policy_references *references)
{
	struct duel *duel = duel_of(policy);
	struct least_key key;
	uint32_t frame;
	size_t i;

	for (i = 0; i < references->count; i++) {
		frame = references->frames[i];
		key = duel->lfu.key[frame];
		key.first++;
		key.second = ++duel->now;
		least_raise(&duel->lfu, frame, key);
		lists_move(&duel->lru, 0, frame);
	}
}

static uint32_t duel_peek(struct policy *policy, uint8_t *rank_out)
{
	struct duel *duel = duel_of(policy);
	const uint32_t lots = 1U << 31;

	(void)rank_out;
	if (!duel->lfu.size)
		return FRAME_NONE;
	if (duel->expert == UNDRAWN)
		duel->expert =
			policy_draw(&duel->random, lots) < duel->weight * lots
				? LRU
				: LFU;
	return duel->expert == LRU ? lists_oldest(&duel->lru, 0)
				   : least_find(&duel->lfu);
}

static void duel_remove(struct policy *policy, uint32_t frame)
{
	struct duel *duel = duel_of(policy);

	lists_remove(&duel->lru, frame);
	least_remove(&duel->lfu, frame);
}

static uint32_t duel_evict(struct policy *policy)
{
	struct duel *duel = duel_of(policy);
	uint32_t frame = duel_peek(policy, NULL);
	unsigned expert = duel->expert;
	uint32_t ghost;

	if (frame == FRAME_NONE)
		return FRAME_NONE;
	duel->expert = UNDRAWN;
	if (lists_oldest(&duel->lru, 0) != least_find(&duel->lfu)) {
		ghost = ghosts_keep(&duel->ghosts, expert, duel->key[frame],
			duel->ghosts_most);
		duel->uses[ghost] = duel->lfu.key[frame].first;
		duel->evicted[ghost] = duel->now + 1;
	}
	duel_remove(policy, frame);
	return frame;
}

static const char *duel_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct duel *duel = (const struct duel *)policy;
	const char *why = lists_check_members(&duel->lru, member);

	if (!why)
		why = least_check(&duel->lfu, member);
	if (!why)
		why = ghosts_check(&duel->ghosts);
	if (!why && !(duel->weight >= 0.01 && duel->weight <= 0.99))
		why = "duel: a weight out of bounds";
	if (!why &&
		(ghosts_size(&duel->ghosts, LRU) > duel->ghosts_most ||
			ghosts_size(&duel->ghosts, LFU) > duel->ghosts_most ||
			ghosts_size(&duel->ghosts, COMING) > COMING_MOST))
		why = "duel: too many ghosts";
	return why;
}

const struct policy_ops policy_duel = {
	.name = "duel",
	.about = "lru or lfu, by lots whose weights are learnt from regrets",
	.paper = "G. Vietri et al., \"Driving cache replacement with ML-based "
		 "LeCaR\", HotStorage 2018",
	.frame_bytes = 106,
	.parameters = parameters,
	.knows = POLICY_EVERY_REFERENCE,
	.draws = true,
	.create = duel_create,
	.destroy = duel_destroy,
	.coming = duel_coming,
	.insert = duel_insert,
	.reference = duel_reference,
	.evict = duel_evict,
	.peek = duel_peek,
	.remove = duel_remove,
	.check = duel_check,
};
