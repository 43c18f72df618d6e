/*
 * What a reduced trace (tracer/sad.h) is good for:
 *
 *	frames	 0 .... K ............. 4 K .......... pages ......
 *	lru, opt   no   | yes . . . . . . . . . . . . . . . . . . .
 *	by order   no . . . . . . . . . | close . . . .| yes . . . .
 *	others	   no . . . . . . . . . . . . . . . . .| yes . . . .
 *
 * By order of arrival or use: fifo, clock, lru-hints.  The counts of these and
 * of the others depend on when a page was used between two uses that are
 * kept.  On recorded programs fifo is off by 4 to 8 % at K and by 0.4 % at
 * 4 K, clock by 3 to 35 % and by 0.6 %; how far the others are is not known.
 * With a frame for each page only first uses count, and those are all there.
 */
#include "replay/exact.h"

#include <inttypes.h>
#include <stdio.h>

/* For traces that do not hold every reference. */
static enum exactness answer_by_fidelity(
	const struct trace_info *info, char *why, size_t bytes)
{
	if (info->fidelity == TRACE_FIRST_TOUCHES)
		snprintf(why, bytes,
			"the trace holds only the first touch of each page "
			"(page faults), so nothing is ever wanted again");
	else
		snprintf(why, bytes,
			"the trace holds samples: most uses of a page are not "
			"in it");
	return EXACT_NO;
}

/* Are its counts close to the right ones if the memory is far larger than what
 * the trace was reduced for? */
static bool comes_close(const struct policy_ops *policy)
{
	return policy == &policy_fifo || policy == &policy_clock ||
	       policy == &policy_lru_hints;
}

/* Is it all the same to it how many references a run has? */
static bool is_by_order(const struct policy_ops *policy)
{
	return policy == &policy_fifo || policy == &policy_sfifo ||
	       policy == &policy_sfifo_hints || policy == &policy_lru ||
	       policy == &policy_lru_hints || policy == &policy_opt;
}

static enum exactness answer_by_reduction(
	const struct exact_question *question, char *why, size_t bytes)
{
	const struct policy_ops *policy = question->policy;
	uint64_t reduction = question->info->reduction;
	bool exact = policy == &policy_lru || policy == &policy_opt;

	if (question->frames < reduction) {
		snprintf(why, bytes,
			"the trace was reduced for %" PRIu64
			" frames and more; what fewer need is not in it",
			reduction);
		return EXACT_NO;
	}
	if (question->ahead && policy->knows != POLICY_ORACLE) {
		snprintf(why, bytes,
			"the trace was reduced for one victim at a time, "
			"written when it goes");
		return EXACT_NO;
	}
	if (exact)
		return EXACT_YES;
	if (!comes_close(policy)) {
		snprintf(why, bytes,
			"the trace was reduced for lru and opt; %s depends on "
			"references that are not in it",
			policy->name);
		return EXACT_NO;
	}
	snprintf(why, bytes,
		"the trace was reduced for lru and opt; %s is close from %d "
		"times %" PRIu64 " frames on",
		policy->name, TRACE_CLOSE_TIMES, reduction);
	return question->frames >= TRACE_CLOSE_TIMES * reduction ? EXACT_CLOSE
								 : EXACT_NO;
}

/* For policies that look at the time. */
static enum exactness answer_by_time(
	const struct exact_question *question, char *why, size_t bytes)
{
	const char *name = question->policy->name;

	if (question->info->no_counts)
		snprintf(why, bytes,
			"%s measures time in references, and the trace does "
			"not tell how many a run has",
			name);
	else if (question->info->reduction > 1)
		snprintf(why, bytes,
			"%s looks at when pages were used last, and the trace "
			"was reduced: uses are left out",
			name);
	else
		return EXACT_YES;
	return EXACT_NO;
}

enum exactness exact_answer(
	const struct exact_question *question, char *why, size_t bytes)
{
	const struct trace_info *info = question->info;

	why[0] = '\0';
	if (info->fidelity != TRACE_EVERY_REFERENCE)
		return answer_by_fidelity(info, why, bytes);
	/* But a hint may throw a page out at any size. */
	if (question->frames >= info->pages && !question->policy->takes_hints)
		return EXACT_YES;
	if (question->policy->needs_time)
		return answer_by_time(question, why, bytes);
	if (!question->bit_at_load && info->no_counts &&
		!is_by_order(question->policy)) {
		snprintf(why, bytes,
			"with --bit-at-load 0 it counts how many references a "
			"run has, which the trace does not tell");
		return EXACT_NO;
	}
	if (info->reduction > 1)
		return answer_by_reduction(question, why, bytes);
	return EXACT_YES;
}

const char *exact_name(enum exactness exactness)
{
	static const char *const names[] = {
		[EXACT_YES] = "yes",
		[EXACT_CLOSE] = "close",
		[EXACT_NO] = "no",
	};

	return names[exactness];
}
