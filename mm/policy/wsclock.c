/*
 * wsclock: clock that evicts pages which have left the working set.
 *
 *	hand -> page -> page -> ... -> page	referenced: note the time, clear
 *	        |                               else, noted tau ago or longer:
 *	        '-- goes to the end if spared   evict
 *
 * R. W. Carr and J. L. Hennessy, "WSClock - a simple and effective algorithm
 * for virtual memory management", SOSP 1981.  A page is in the working set
 * while it was used in the last tau of virtual time.  When it was used is not
 * known; when its bit was last found set is.
 *
 * Class: realisable.  Not a stack algorithm.
 * Parameters: tau, in virtual time: references in a replay, and page-ins where
 * nobody tells the time; as much by default as a fault costs (replay's
 * --fault-cost).  bit_at_load, 1 by default.
 * Cost: 17 bytes a frame; each page scanned O(1).
 * Departures.
 * 1. When all pages are in the working set the paper suspends a program, and
 *    takes its frames.  Here is one program and its memory is what it is, so
 *    the hand goes on as clock's.  No sweep over all pages is made again
 *    before one of them can have left the working set.
 * 2. Dirty pages are evicted as others are, and written then; in the paper
 *    they are queued for that, and the hand goes on.
 *
 * Invariants
 * 1. The list has the frames that are held, from the hand on the oldest first.
 * 2. No frame's time is before `earliest`: the least of those at the last
 *    sweep that found nothing.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

enum { TAU };

static const struct policy_parameter parameters[] = {
	[TAU] = {"tau", "virtual time after which a page unused is out", 1e5, 0,
		1e15, POLICY_COUNT},
	{0},
};

struct wsclock {
	struct policy policy;
	struct policy_config config;
	struct lists lists; /* one */
	uint64_t *used;	    /* [frames] when the bit was last found set */
	uint64_t tau;
	uint64_t earliest; /* of `used`, at least */
	uint64_t inserts;
};

static struct wsclock *wsclock_of(struct policy *policy)
{
	return (struct wsclock *)policy;
}

static void wsclock_destroy(struct policy *policy)
{
	struct wsclock *wsclock = wsclock_of(policy);

	lists_fini(&wsclock->lists);
	free(wsclock->used);
	free(wsclock);
}

static int wsclock_create(
	const struct policy_config *config, struct policy **out)
{
	struct wsclock *wsclock = calloc(1, sizeof(*wsclock));

	if (!wsclock)
		return -ENOMEM;
	wsclock->policy.ops = &policy_wsclock;
	wsclock->config = *config;
	wsclock->tau = policy_value(&policy_wsclock, config, TAU);
	wsclock->used = calloc(config->frames, sizeof(*wsclock->used));
	if (!wsclock->used || lists_init(&wsclock->lists, config->frames, 1)) {
		wsclock_destroy(&wsclock->policy);
		return -ENOMEM;
	}
	*out = &wsclock->policy;
	return 0;
}

static uint64_t time_now(const struct wsclock *wsclock)
{
	const struct policy_config *config = &wsclock->config;

	return config->now ? config->now(config->context) : wsclock->inserts;
}

static void wsclock_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct wsclock *wsclock = wsclock_of(policy);

	(void)page;
	wsclock->inserts++;
	wsclock->used[frame] = time_now(wsclock);
	lists_push(&wsclock->lists, 0, frame);
	if (!wsclock->config.bit_at_load)
		wsclock->config.harvest(wsclock->config.context, frame);
}

/* Looks at FRAME, which is at the hand.  Was it referenced? */
static bool look(struct wsclock *wsclock, uint32_t frame, uint64_t now)
{
	const struct policy_config *config = &wsclock->config;
	uint32_t ahead = lists_newer(&wsclock->lists, frame);

	if (ahead != FRAME_NONE)
		config->prefetch(config->context, ahead);
	if (!config->harvest(config->context, frame))
		return false;
	wsclock->used[frame] = now;
	return true;
}

/* Once round, until one that has left the working set is at the hand. */
static bool sweep(struct wsclock *wsclock, uint64_t now)
{
	uint32_t left = wsclock->lists.size[0], frame;
	uint64_t earliest = now;

	for (; left; left--) {
		frame = lists_oldest(&wsclock->lists, 0);
		if (!look(wsclock, frame, now) &&
			now - wsclock->used[frame] > wsclock->tau)
			return true;
		if (wsclock->used[frame] < earliest)
			earliest = wsclock->used[frame];
		lists_move(&wsclock->lists, 0, frame);
	}
	wsclock->earliest = earliest;
	return false;
}

/* Moves the hand to the victim. */
static uint32_t wsclock_peek(struct policy *policy, uint8_t *rank_out)
{
	struct wsclock *wsclock = wsclock_of(policy);
	uint64_t now = time_now(wsclock);
	uint32_t frame;

	(void)rank_out;
	if (now - wsclock->earliest > wsclock->tau && sweep(wsclock, now))
		return lists_oldest(&wsclock->lists, 0);
	/* ends: the second time round all is clear */
	while ((frame = lists_oldest(&wsclock->lists, 0)) != FRAME_NONE &&
		look(wsclock, frame, now))
		lists_move(&wsclock->lists, 0, frame);
	return frame;
}

static void wsclock_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&wsclock_of(policy)->lists, frame);
}

static uint32_t wsclock_evict(struct policy *policy)
{
	uint32_t frame = wsclock_peek(policy, NULL);

	if (frame != FRAME_NONE)
		wsclock_remove(policy, frame);
	return frame;
}

static const char *wsclock_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct wsclock *wsclock = (const struct wsclock *)policy;
	uint32_t frame = lists_oldest(&wsclock->lists, 0);

	for (; frame != FRAME_NONE; frame = lists_newer(&wsclock->lists, frame))
		if (wsclock->used[frame] < wsclock->earliest)
			return "wsclock: a page used before the earliest";
	return lists_check_members(&wsclock->lists, member);
}

const struct policy_ops policy_wsclock = {
	.name = "wsclock",
	.about = "clock that looks for pages not used for tau",
	.paper = "R. W. Carr, J. L. Hennessy, \"WSClock - a simple and "
		 "effective algorithm for virtual memory management\", SOSP "
		 "1981",
	.frame_bytes = 17,
	.parameters = parameters,
	.knows = POLICY_REALISABLE,
	.needs_time = true,
	.create = wsclock_create,
	.destroy = wsclock_destroy,
	.insert = wsclock_insert,
	.evict = wsclock_evict,
	.peek = wsclock_peek,
	.remove = wsclock_remove,
	.check = wsclock_check,
};
