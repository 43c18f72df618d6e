/*
 * sfifo: segmented FIFO.  Pages come into a first list, a FIFO; those that
 * fall out of it wait in a second one, and come back to the first when they
 * are used there.  With no second list it is fifo, with all but one page in
 * the second it is lru.
 *
 *	new --> first (FIFO) --> second (by age) --> victim
 *	          ^------- used -----'
 *
 * R. Turner, H. Levy, "Segmented FIFO page replacement", SIGMETRICS 1981: as
 * VMS has it.
 * Class: realisable: pages that fall into the second list are unmapped, so
 * that a use of one is a soft fault, which moves it; uses of those in the first
 * are neither seen nor paid for.  Not a stack algorithm.
 * Parameter: second, size of the second list, 33 % of the frames; one page at
 * least is in the first.  Cost: 9 bytes a frame, O(1).
 * Departures: whether a dirty page in the second list is written ahead is the
 * pager's affair (clean_ahead).  Where the pager took the second list's pages
 * out, the victim is the oldest of the first.
 *
 * Invariants: there are first_most pages in the first list at most; no page of
 * the second is mapped.
 */
#include "mm/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

enum { FIRST, SECOND, LISTS };

static const struct policy_parameter parameters[] = {
	{"second", "size of the second list", 0.33, 0, 1, POLICY_SHARE},
	{0},
};

struct sfifo {
	struct policy policy;
	struct policy_config config;
	struct lists lists;
	uint32_t first_most;
};

static int sfifo_create(const struct policy_config *config, struct policy **out)
{
	struct sfifo *sfifo = calloc(1, sizeof(*sfifo));
	uint32_t second =
		policy_value(&policy_sfifo, config, 0) * config->frames;

	if (!sfifo)
		return -ENOMEM;
	if (lists_init(&sfifo->lists, config->frames, LISTS)) {
		free(sfifo);
		return -ENOMEM;
	}
	sfifo->policy.ops = &policy_sfifo;
	sfifo->config = *config;
	sfifo->first_most =
		second < config->frames ? config->frames - second : 1;
	*out = &sfifo->policy;
	return 0;
}

static void sfifo_destroy(struct policy *policy)
{
	struct sfifo *sfifo = (struct sfifo *)policy;

	lists_fini(&sfifo->lists);
	free(sfifo);
}

/* The first list has one more page now.  The one that will fall out of it next
 * is loaded meanwhile. */
static void overflow(struct sfifo *sfifo)
{
	const struct policy_config *config = &sfifo->config;
	struct lists *lists = &sfifo->lists;
	uint32_t oldest = lists_oldest(lists, FIRST);

	if (lists->size[FIRST] <= sfifo->first_most)
		return;
	lists_move(lists, SECOND, oldest);
	config->prefetch(config->context, lists_oldest(lists, FIRST));
	config->unmap(config->context, oldest);
}

static void sfifo_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct sfifo *sfifo = (struct sfifo *)policy;

	(void)page;
	lists_push(&sfifo->lists, FIRST, frame);
	overflow(sfifo);
}

static void sfifo_touch(struct policy *policy, uint32_t frame)
{
	struct sfifo *sfifo = (struct sfifo *)policy;

	if (lists_has(&sfifo->lists, FIRST, frame))
		return;
	lists_move(&sfifo->lists, FIRST, frame);
	overflow(sfifo);
}

static uint32_t sfifo_peek(struct policy *policy, uint8_t *rank_out)
{
	const struct lists *lists = &((struct sfifo *)policy)->lists;

	(void)rank_out;
	return lists_oldest(lists, lists->size[SECOND] ? SECOND : FIRST);
}

static void sfifo_remove(struct policy *policy, uint32_t frame)
{
	lists_remove(&((struct sfifo *)policy)->lists, frame);
}

static uint32_t sfifo_evict(struct policy *policy)
{
	uint32_t frame = sfifo_peek(policy, NULL);

	if (frame != FRAME_NONE)
		sfifo_remove(policy, frame);
	return frame;
}

/* What comes into the first list from now on goes after all that is in it. */
static uint32_t sfifo_upcoming(
	struct policy *policy, uint32_t *frames, uint32_t most)
{
	const struct lists *lists = &((struct sfifo *)policy)->lists;
	uint32_t count = lists_upcoming(lists, SECOND, frames, most);

	return count +
	       lists_upcoming(lists, FIRST, frames + count, most - count);
}

static const char *sfifo_check(
	const struct policy *policy, const uint8_t *member)
{
	const struct sfifo *sfifo = (const struct sfifo *)policy;

	if (sfifo->lists.size[FIRST] > sfifo->first_most)
		return "sfifo: too many pages in the first list";
	return lists_check_members(&sfifo->lists, member);
}

const struct policy_ops policy_sfifo = {
	.name = "sfifo",
	.about = "fifo with a second list that gives back what is used there",
	.paper = "R. Turner, H. Levy, \"Segmented FIFO page replacement\", "
		 "SIGMETRICS 1981",
	.cost = "9 bytes a frame",
	.parameters = parameters,
	.knows = POLICY_REALISABLE,
	.create = sfifo_create,
	.destroy = sfifo_destroy,
	.insert = sfifo_insert,
	.touch = sfifo_touch,
	.evict = sfifo_evict,
	.peek = sfifo_peek,
	.remove = sfifo_remove,
	.upcoming = sfifo_upcoming,
	.check = sfifo_check,
};
