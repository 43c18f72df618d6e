/*
 * car: arc with clocks for its lists: a use sets a bit only, which is looked
 * at when the hand comes by.
 *
 *	T1: pages used once lately    T2: more often
 *	hand at T1, if |T1| >= max(1, p), else at T2:
 *	    bit set: cleared, the page goes behind the hand of T2
 *	    not set: the victim; a ghost in B1, or B2
 *
 * p moves as in arc, when a page that has a ghost comes in; it goes to T2.
 *
 * S. Bansal, D. S. Modha, "CAR: clock with adaptive replacement", FAST 2004.
 * p is a real number.  Class: realisable.  Not a stack algorithm.
 * Parameters: bit_at_load, 1 by default; the paper's is 0.
 * Cost: 67 to 75 bytes a frame; each page scanned O(1).
 * Departures: none while the memory is full, but the bit at load.  Where the
 * pager takes frames out, or has fewer than it was made for, the other clock
 * gives the victim if the one that should is empty.
 *
 * Invariants (c: the frames)
 * 1. |T1| + |B1| <= c and |T1| + |T2| + |B1| + |B2| <= 2c, once a page is in.
 * 2. 0 <= p <= c.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/adaptive.h"

struct car {
	struct policy policy;
	struct policy_config config;
	struct adaptive adaptive; /* the hands stand at the oldest */
};

static struct car *car_of(struct policy *policy)
{
	return (struct car *)policy;
}

static int car_create(const struct policy_config *config, struct policy **out)
{
	struct car *car = calloc(1, sizeof(*car));

	if (!car)
		return -ENOMEM;
	if (adaptive_init(&car->adaptive, config->frames)) {
		free(car);
		return -ENOMEM;
	}
	car->policy.ops = &policy_car;
	car->config = *config;
	*out = &car->policy;
	return 0;
}

static void car_destroy(struct policy *policy)
{
	adaptive_fini(&car_of(policy)->adaptive);
	free(policy);
}

static void car_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct car *car = car_of(policy);
	uint32_t ghost = ghosts_find(&car->adaptive.ghosts, page->key);

	if (ghost != FRAME_NONE)
		adaptive_learn(&car->adaptive, ghost);
	adaptive_insert(&car->adaptive, frame, page->key);
	if (!car->config.bit_at_load)
		car->config.harvest(car->config.context, frame);
}

/* Ends: a page that is spared has its bit cleared. */
static uint32_t car_peek(struct policy *policy, uint8_t *rank_out)
{
	struct car *car = car_of(policy);
	struct lists *lists = &car->adaptive.lists;
	double least = car->adaptive.p > 1 ? car->adaptive.p : 1;
	uint32_t frame;
	bool is_once;

	(void)rank_out;
	for (;;) {
		is_once = lists->size[ONCE] >= least || !lists->size[OFTEN];
		frame = lists_oldest(lists, is_once ? ONCE : OFTEN);
		if (frame == FRAME_NONE ||
			!car->config.harvest(car->config.context, frame))
			return frame;
		lists_move(lists, OFTEN, frame);
	}
}

static uint32_t car_evict(struct policy *policy)
{
	uint32_t frame = car_peek(policy, NULL);

	if (frame != FRAME_NONE)
		adaptive_evict(&car_of(policy)->adaptive, frame);
	return frame;
}

static void car_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&car_of(policy)->adaptive.lists, frame);
}

static const char *car_check(const struct policy *policy, const uint8_t *member)
{
	return adaptive_check(&((const struct car *)policy)->adaptive, member);
}

const struct policy_ops policy_car = {
	.name = "car",
	.about = "arc with clocks: looks at referenced bits only",
	.paper = "S. Bansal, D. S. Modha, \"CAR: clock with adaptive "
		 "replacement\", FAST 2004",
	.frame_bytes = 75,
	.knows = POLICY_REALISABLE,
	.create = car_create,
	.destroy = car_destroy,
	.insert = car_insert,
	.evict = car_evict,
	.peek = car_peek,
	.remove = car_remove,
	.check = car_check,
};
