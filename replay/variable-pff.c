/*
 * pff: at a fault, if the one before it was long ago, all pages leave that
 * were not used since.
 *
 * W. W. Chu and H. Opderbeck, "The page fault frequency replacement
 * algorithm", AFIPS FJCC 1972; "Program behavior and the page-fault-frequency
 * replacement algorithm", Computer 9(11), 1976.  A program that faults more
 * often than the critical frequency P needs more memory, and gets a frame for
 * each fault.  If the time since the last fault is 1/P or more, it has too
 * much:
 *
 *	fault                 fault      fault
 *	--+---a--b--a-----------+---a------+-----	interval <= the first
 *	  bits are cleared      all but a, b        gap, > the second
 *	                        leave; cleared
 *
 * Class: realisable: it looks at bits at faults only.  Not a stack algorithm:
 * with a longer interval it may have more faults (M. A. Franklin, G. S.
 * Graham, R. K. Gupta, "Anomalies with variable partition paging algorithms",
 * CACM 21(3), 1978).
 * Parameter: interval, 1/P, in references.  Cost: 17 bytes a page; O(1) a use
 * and a page that leaves, amortised.
 * Departures: none.  The papers leave open whether the reference that faults
 * sets the page's bit; it does, but with bit_at_load 0.
 *
 * Invariants
 * 1. The list has the pages that are in memory; those used since the last
 *    fault, by their `used`, are newer than all others.
 */
#include "replay/variable.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/lists.h"

struct pff {
	struct variable_run *run;
	struct lists lists; /* one, of pages */
	uint64_t *used;	    /* [pages] faults so far when it was used last */
	uint64_t faults;
	uint64_t last_fault; /* time */
	uint64_t interval;
	uint64_t bits; /* set since the last fault, but by what came in */
	bool bit_at_load;
};

static const struct policy_parameter parameters[] = {
	[VARIABLE_WINDOW] = {"interval",
		"references between faults from which on it lets pages go; 0: "
		"what gives the mean residency asked",
		VARIABLE_WINDOW_FIT, 0, VARIABLE_WINDOW_MAX, POLICY_COUNT},
	{0},
};

static void pff_destroy(struct variable *variable)
{
	struct pff *pff = (struct pff *)variable;

	lists_fini(&pff->lists);
	free(pff->used);
	free(pff);
}

static int pff_create(
	const struct variable_config *config, struct variable **out)
{
	struct pff *pff = calloc(1, sizeof(*pff));

	if (!pff)
		return -ENOMEM;
	pff->run = config->run;
	pff->interval = config->values[VARIABLE_WINDOW];
	pff->bit_at_load = config->bit_at_load;
	pff->used = calloc(config->pages, sizeof(*pff->used));
	if (!pff->used || lists_init(&pff->lists, config->pages, 1)) {
		pff_destroy((struct variable *)pff);
		return -ENOMEM;
	}
	*out = (struct variable *)pff;
	return 0;
}

static void pff_fault(struct variable *variable, uint64_t now)
{
	struct pff *pff = (struct pff *)variable;
	uint32_t oldest;

	variable_scan(pff->run, variable_resident(pff->run), pff->bits);
	if (now - pff->last_fault >= pff->interval)
		while ((oldest = lists_oldest(&pff->lists, 0)) != FRAME_NONE &&
			pff->used[oldest] < pff->faults) {
			lists_remove(&pff->lists, oldest);
			variable_leave(pff->run, oldest, now);
		}
	pff->bits = 0;
	pff->faults++;
	pff->last_fault = now;
}

static void pff_use(struct variable *variable, const struct variable_use *use)
{
	struct pff *pff = (struct pff *)variable;

	if (use->fault) {
		bool sets = pff->bit_at_load || use->last > use->first;

		pff->used[use->page] = pff->faults - !sets;
		pff->bits += !pff->bit_at_load && sets;
		lists_push(&pff->lists, 0, use->page);
	} else if (pff->used[use->page] < pff->faults) {
		pff->used[use->page] = pff->faults;
		pff->bits++;
		lists_move(&pff->lists, 0, use->page);
	}
}

static const char *pff_check(
	const struct variable *variable, const uint8_t *member)
{
	const struct pff *pff = (const struct pff *)variable;
	uint32_t page = lists_oldest(&pff->lists, 0);
	bool used = false;

	for (; page != FRAME_NONE; page = lists_newer(&pff->lists, page)) {
		if (pff->used[page] > pff->faults)
			return "pff: a use after all faults so far";
		if (used && pff->used[page] < pff->faults)
			return "pff: the list is not in order";
		used = pff->used[page] == pff->faults;
	}
	return lists_check_members(&pff->lists, member);
}

const struct variable_ops variable_pff = {
	.about =
		{
			.name = "pff",
			.about = "at a fault long after the last, pages not "
				 "used since "
				 "that",
			.paper =
				"W. W. Chu, H. Opderbeck, \"Program behavior "
				"and the "
				"page-fault-frequency replacement algorithm\", "
				"Computer 9(11), 1976",
			.frame_bytes = 17,
			.parameters = parameters,
			.knows = POLICY_REALISABLE,
			.needs_time = true,
		},
	.create = pff_create,
	.destroy = pff_destroy,
	.fault = pff_fault,
	.use = pff_use,
	.check = pff_check,
};
