/*
 * ws: the working set: the pages of the last tau references.
 *
 *	references   a b c a a a b		tau = 3
 *	working set  a ab abc abc ac a ab	b leaves at time 4, c at 5
 *
 * P. J. Denning, "The working set model for program behavior", CACM 11(5),
 * 1968.  W(t, tau) is the set of pages with a reference in (t - tau, t].  So
 * a page leaves tau references after its last one, and a use is a fault if it
 * comes later than that.  Class: sees every reference, and its time.  With a
 * larger window it holds the same and more.
 * Parameter: tau, in references.  Cost: 17 bytes a page; O(1) a use.
 * Departures: none.
 *
 * Invariants
 * 1. The list has the pages that are in memory, in the order of their last
 *    uses.
 */
#include "replay/variable.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

struct ws {
	struct variable_run *run;
	struct lists lists; /* one, of pages */
	uint64_t *last;	    /* [pages] time of the last use */
	uint64_t tau;
};

static const struct policy_parameter parameters[] = {
	[VARIABLE_WINDOW] = {"tau",
		"references that it looks back; 0: what gives the mean "
		"residency asked",
		VARIABLE_WINDOW_FIT, 0, VARIABLE_WINDOW_MAX, POLICY_COUNT},
	{0},
};

static void ws_destroy(struct variable *variable)
{
	struct ws *ws = (struct ws *)variable;

	lists_fini(&ws->lists);
	free(ws->last);
	free(ws);
}

static int ws_create(
	const struct variable_config *config, struct variable **out)
{
	struct ws *ws = calloc(1, sizeof(*ws));

	if (!ws)
		return -ENOMEM;
	ws->run = config->run;
	ws->tau = config->values[VARIABLE_WINDOW];
	ws->last = calloc(config->pages, sizeof(*ws->last));
	if (!ws->last || lists_init(&ws->lists, config->pages, 1)) {
		ws_destroy((struct variable *)ws);
		return -ENOMEM;
	}
	*out = (struct variable *)ws;
	return 0;
}

static void ws_advance(struct variable *variable, uint64_t now, uint32_t page)
{
	struct ws *ws = (struct ws *)variable;
	uint32_t oldest;
	uint64_t leaves;

	while ((oldest = lists_oldest(&ws->lists, 0)) != FRAME_NONE) {
		leaves = ws->last[oldest] + ws->tau;
		/* used just in time: no other page is as old */
		if (leaves > now || (leaves == now && oldest == page))
			return;
		lists_remove(&ws->lists, oldest);
		variable_leave(ws->run, oldest, leaves);
	}
}

static void ws_use(struct variable *variable, const struct variable_use *use)
{
	struct ws *ws = (struct ws *)variable;

	ws->last[use->page] = use->last;
	if (use->fault)
		lists_push(&ws->lists, 0, use->page);
	else
		lists_move(&ws->lists, 0, use->page);
}

static const char *ws_check(
	const struct variable *variable, const uint8_t *member)
{
	const struct ws *ws = (const struct ws *)variable;
	uint32_t page = lists_oldest(&ws->lists, 0), newer;

	for (; page != FRAME_NONE; page = newer) {
		newer = lists_newer(&ws->lists, page);
		if (newer != FRAME_NONE && ws->last[newer] <= ws->last[page])
			return "ws: the list is not in order";
	}
	return lists_check_members(&ws->lists, member);
}

const struct variable_ops variable_ws = {
	.about =
		{
			.name = "ws",
			.about = "pages not used in the last tau references: "
				 "the "
				 "working set stays",
			.paper = "P. J. Denning, \"The working set model for "
				 "program "
				 "behavior\", CACM 11(5), 1968",
			.frame_bytes = 17,
			.parameters = parameters,
			.knows = POLICY_EVERY_REFERENCE,
			.is_stack = true,
			.needs_time = true,
		},
	.create = ws_create,
	.destroy = ws_destroy,
	.advance = ws_advance,
	.use = ws_use,
	.check = ws_check,
};
