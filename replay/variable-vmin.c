/*
 * vmin: a page stays if it is used again within the next tau references, and
 * leaves at once if it is not.
 *
 * B. G. Prieve and R. S. Fabry, "VMIN - an optimal variable-space page
 * replacement algorithm", CACM 19(5), 1976.  To keep a page for d references
 * takes a frame for d; to let it go takes one for the reference at hand, and
 * a fault.  Where a fault costs as much as tau references of a frame, or one
 * less, the cheaper of the two is
 *
 *	next use within tau references?   yes: keep it   no: let it go
 *
 * and, as each page is judged by itself, no policy with demand paging has less
 *
 *	space + tau x faults
 *
 * So none that takes as little space has fewer faults.  Its faults are those
 * of ws with the same window: a next use within tau is a last use within tau.
 * Class: oracle.  With a larger window it holds the same and more.
 * Parameter: tau, in references.  Cost: 1 byte a page; O(1) a use.
 * Departures: none.
 */
#include "replay/variable.h"

#include <errno.h>
#include <stdlib.h>

struct vmin {
	struct variable_run *run;
	uint64_t tau;
};

static const struct policy_parameter parameters[] = {
	[VARIABLE_WINDOW] = {"tau",
		"references that it looks ahead; 0: what gives the mean "
		"residency asked",
		VARIABLE_WINDOW_FIT, 0, VARIABLE_WINDOW_MAX, POLICY_COUNT},
	{0},
};

static int vmin_create(
	const struct variable_config *config, struct variable **out)
{
	struct vmin *vmin = calloc(1, sizeof(*vmin));

	if (!vmin)
		return -ENOMEM;
	vmin->run = config->run;
	vmin->tau = config->values[VARIABLE_WINDOW];
	*out = (struct variable *)vmin;
	return 0;
}

static void vmin_destroy(struct variable *variable)
{
	free(variable);
}

static void vmin_use(struct variable *variable, const struct variable_use *use)
{
	struct vmin *vmin = (struct vmin *)variable;

	/* never is more than any window */
	if (use->next > vmin->tau)
		variable_leave(vmin->run, use->page, use->last + 1);
}

const struct variable_ops variable_vmin = {
	.about =
		{
			.name = "vmin",
			.about = "pages not used in the next tau references: "
				 "the best "
				 "of variable space",
			.paper = "B. G. Prieve, R. S. Fabry, \"VMIN - an "
				 "optimal "
				 "variable-space page replacement algorithm\", "
				 "CACM "
				 "19(5), 1976",
			.frame_bytes = 1,
			.parameters = parameters,
			.knows = POLICY_ORACLE,
			.is_stack = true,
			.needs_time = true,
		},
	.create = vmin_create,
	.destroy = vmin_destroy,
	.use = vmin_use,
};
